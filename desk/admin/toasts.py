"""Toasts: short results at the corner of the next page, or at once for a page that asked with htmx."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

UNDO_PREFIX = "undo:"
_LEVELS = {
    "info": messages.INFO,
    "success": messages.SUCCESS,
    "warning": messages.WARNING,
    "error": messages.ERROR,
}


def toast(request: HttpRequest, text: str | Promise, *, level: str = "success", undo_url: str = "") -> None:
    """Show ``text`` on the next page; the Undo button posts to ``undo_url``."""
    messages.add_message(request, _LEVELS[level], str(text), extra_tags=UNDO_PREFIX + undo_url if undo_url else "")


def toast_now(response: HttpResponse, text: str | Promise, *, level: str = "success", undo_url: str = "") -> None:
    """Show ``text`` with this answer to an htmx request."""
    _LEVELS[level]  # an unknown level is an error, here as above
    shown: dict[str, Any] = {"level": level, "text": str(text)}
    if undo_url:
        shown["undo"] = undo_url
    earlier = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**earlier, "toast": shown})
