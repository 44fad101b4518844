"""The door of ``/plugin.js``: the parts of ``contacts/plugin_script/`` as one function, the same for every site.

Put together once per process, compressed once. Short to cache and cheap to ask again (ETag), so that a new version of
the desk is on every page within minutes; any page may load it, also one that isolates itself from other origins.
"""

import functools
import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

FOLDER = Path(__file__).resolve().parent.parent / "plugin_script"
# Seconds a browser uses its copy without asking.
MAX_AGE = 300


@dataclass(frozen=True, slots=True)
class Script:
    """What is served: ``plain`` and ``packed`` (gzip) are the same text."""

    plain: bytes
    packed: bytes
    etag: str


@functools.cache
def script() -> Script:
    """The script of this process; the parts go in the order of their file names."""
    parts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.js"))]
    plain = "\n".join(['(() => {\n"use strict";\n', *parts, "})();\n"]).encode()
    return Script(
        plain=plain,
        packed=gzip.compress(plain, 9, mtime=0),
        # Weak: the compressed and the plain answer are the same script, not the same bytes.
        etag=f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"',
    )


@require_safe
def plugin_script(request: HttpRequest) -> HttpResponse:
    """``GET /plugin.js``."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        script().packed if packed else script().plain, content_type="text/javascript; charset=utf-8"
    )
    if packed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response["ETag"] = script().etag
    answer = get_conditional_response(request, etag=script().etag, response=response) or response
    # After the check: a "not modified" needs these as well, and would lose them.
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
