"""``GET /desk/stream/`` and ``/desk/stream/poll/``: what happens on the site, told to the pages of the desk (CHAT-4).

The stream itself is held by a process of its own; here the operator is known and sent on to it with a ticket. Pages
that cannot reach it ask the second address every few seconds.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from chats.stream_address import OperatorTicket, stream_url
from chats.stream_words import desk_events
from chats.streaming import last_number, news_since
from desk.access import Access, access_to
from desk.admin import access_of, operator_of
from desk.admin.site import desk_site

_HIGHEST = 2**63 - 1


@require_GET
def stream(request: HttpRequest) -> HttpResponseBase:
    """Send the page on to its stream; 204 where this desk runs none."""
    access = _access(request)
    ticket = OperatorTicket(access.site.pk, operator_of(request).pk, str(request.session.session_key))
    where = stream_url(ticket, host=request.get_host(), after=_number(request, "after"))
    response = HttpResponse(status=204 if where is None else 307)
    if where is not None:
        response["Location"] = where
    return response


@require_GET
def poll(request: HttpRequest) -> HttpResponseBase:
    """What happened behind ``after``; without it nothing but the number to begin with."""
    site_id, after = _access(request).site.pk, _number(request, "after")
    if after is None:
        events: list[dict[str, Any]] = []
        last = last_number(site_id)
    else:
        news = news_since(site_id, after)
        last = news.last
        events = [
            {"event": told.name, "id": told.number, "data": told.data} for told in desk_events(news, now=timezone.now())
        ]
    return JsonResponse({"site": str(site_id), "last": last, "events": events})


def _access(request: HttpRequest) -> Access:
    """To the site that the page shows, which may be another than the one chosen since in another tab."""
    access = access_of(request)
    wanted = _number(request, "site")
    if wanted is not None and wanted != access.site.pk:
        other = access_to(operator_of(request), wanted)
        if other is None or other.site.pk != wanted:
            raise PermissionDenied
        access = other
    if not access.may("chats.view"):
        raise PermissionDenied
    return access


def _number(request: HttpRequest, name: str) -> int | None:
    """A number of the query; what is none counts as not given."""
    text = request.GET.get(name, "") or (request.headers.get("last-event-id", "") if name == "after" else "")
    return min(int(text), _HIGHEST) if text.isascii() and text.isdecimal() and len(text) < 20 else None


desk_site.add_page("stream/", stream, "stream")
desk_site.add_page("stream/poll/", poll, "stream_poll")
