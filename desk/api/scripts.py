"""Scripts that pages of other people load: the parts of a folder as one text, the same for every site.

Put together once per process, compressed once. Short to cache and cheap to ask again (ETag), so that a new version of
the desk is on every page within minutes; any page may load it, also one that isolates itself from other origins.
"""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers

# Seconds a browser uses its copy without asking.
MAX_AGE = 300


@dataclass(frozen=True, slots=True)
class Script:
    """What is served: ``plain`` and ``packed`` (gzip) are the same text."""

    plain: bytes
    packed: bytes
    etag: str


def join_parts(folder: Path, *, before: str, after: str) -> Script:
    """The parts in the order of their file names, between ``before`` and ``after``."""
    parts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js"))]
    plain = "\n".join([before, *parts, after]).encode()
    return Script(
        plain=plain,
        packed=gzip.compress(plain, 9, mtime=0),
        # Weak: the compressed and the plain answer are the same script, not the same bytes.
        etag=f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"',
    )


def script_response(request: HttpRequest, script: Script) -> HttpResponse:
    """The answer to a page that asks for the script."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(script.packed if packed else script.plain, content_type="text/javascript; charset=utf-8")
    if packed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response["ETag"] = script.etag
    answer = get_conditional_response(request, etag=script.etag, response=response) or response
    # After the check: a "not modified" needs these as well, and would lose them.
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
