"""The door of ``/plugin.js``: the parts of ``contacts/plugin_script/`` as one function."""

import functools
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from desk.api.scripts import Script, join_parts, script_response

FOLDER = Path(__file__).resolve().parent.parent / "plugin_script"


@functools.cache
def script() -> Script:
    """The script of this process."""
    return join_parts(FOLDER, before='(() => {\n"use strict";\n', after="})();\n")


@require_safe
def plugin_script(request: HttpRequest) -> HttpResponse:
    """``GET /plugin.js``."""
    return script_response(request, script())
