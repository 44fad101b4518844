"""CHAT-5: which pages of the company's own the panel may show in its frames: exactly those of the site's tabs.

Called for the page that carries the panel; every other page of the desk shows no frame at all.
"""

from typing import TypeVar
from urllib.parse import urlsplit

from django.http import HttpResponseBase

from chats.models import PanelTab
from desk.models import Site

_Response = TypeVar("_Response", bound=HttpResponseBase)


def allow_frames(response: _Response, site: Site) -> _Response:
    """Name the hosts of the site's tabs in the content policy of this answer; one statement."""
    origins = {_origin(url) for url in PanelTab.objects.filter(site=site).values_list("url", flat=True)} - {""}
    if origins:
        response._csp_update = {"frame-src": sorted(origins)}  # type: ignore[attr-defined]
    return response


def _origin(url: str) -> str:
    """``https://host`` with its port; empty for what is no https address, which no frame may show."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or not host or any(sign in host for sign in " ;,'\"*"):
        return ""
    return f"https://{host}:{port}" if port else f"https://{host}"
