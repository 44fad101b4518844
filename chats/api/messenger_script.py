"""The door of ``/plugin-messenger.js``: the parts of ``chats/messenger/`` as a module with one function.

The window of the plugin. ``plugin.js`` loads it from the same desk when it is opened for the first time.
"""

import functools
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from desk.api.scripts import Script, join_parts, script_response

FOLDER = Path(__file__).resolve().parent.parent / "messenger"


@functools.cache
def script() -> Script:
    """The script of this process. A module is strict by itself."""
    return join_parts(FOLDER, before="export default (kit) => {\n", after="};\n")


@require_safe
def messenger_script(request: HttpRequest) -> HttpResponse:
    """``GET /plugin-messenger.js``."""
    return script_response(request, script())
