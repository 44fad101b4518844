"""CHAT-4: the inbox: rooms, the conversation, the panel. This is the page and its list; the parts are beside it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chats.admin.inbox_rows import show_room
from chats.admin.panel_frames import allow_frames
from chats.admin.reaching import asked_list, viewing
from chats.inbox import VIEWS, Asked, InboxRefused, RoomPage, count_rooms, count_unseen, list_rooms, rooms_of
from chats.look import STEP, WIDTHS, LookRefused, remember_tab, remember_width, widths_of
from chats.streaming import last_number
from contacts.time_limit import TookTooLong
from desk.access import Access
from desk.admin import operator_of
from desk.admin.site import desk_site
from desk.ids import read_id

MOST_ASKED = 100


@require_GET
def show_inbox(request: HttpRequest) -> HttpResponseBase:
    """The page without a room."""
    access = viewing(request)
    asked = asked_list(request)
    page = TemplateResponse(request, "chats/inbox.html", page_context(request, access, asked))
    return allow_frames(page, access.site)


@require_GET
def show_rooms(request: HttpRequest) -> HttpResponseBase:
    """The list alone, its next page (``place``), or those of the rooms ``only`` that are in it now."""
    access = viewing(request)
    asked = asked_list(request)
    if "only" in request.GET:
        ids = [found for text in request.GET["only"].split(",")[:MOST_ASKED] if (found := read_id(text)) is not None]
        rooms = [show_room(access, room, asked) for room in rooms_of(access, asked, ids, now=timezone.now())]
        return TemplateResponse(request, "chats/inbox_rows.html", {"rooms": rooms, "asked": asked})
    place = request.GET.get("place", "")
    template = "chats/inbox_rows.html" if place else "chats/inbox_rooms.html"
    return TemplateResponse(request, template, list_context(access, asked, place))


@require_GET
def counts(request: HttpRequest) -> HttpResponseBase:
    """The numbers beside the views, and what waits to be seen."""
    access = viewing(request)
    return JsonResponse({"views": count_rooms(access), "unseen": count_unseen(access)})


@require_POST
def keep_look(request: HttpRequest) -> HttpResponseBase:
    """CHAT-5: widths and the panel's tab, as they were left."""
    access, operator = viewing(request), operator_of(request)
    wanted = [name for name in (*WIDTHS, "panelTab") if name in request.POST]
    if not wanted:
        return HttpResponse(status=400)
    try:
        for name in wanted:
            if name == "panelTab":
                remember_tab(operator, access.site, request.POST[name])
            else:
                remember_width(operator, name, request.POST[name])
    except LookRefused:
        return HttpResponse(status=400)
    return HttpResponse(status=204)


def page_context(request: HttpRequest, access: Access, asked: Asked) -> dict[str, Any]:
    """What the page shows around a room."""
    # First: what happens while the rows are read is told again by the stream.
    stream_after = last_number(access.site.pk)
    return {
        **desk_site.each_context(request),
        **list_context(access, asked, ""),
        **look_context(access),
        "title": _("Inbox"),
        "views": [(name, word) for name, word in zip(VIEWS, _view_words(), strict=True)],
        "step": STEP,
        "stream_url": reverse("admin:stream"),
        "stream_after": stream_after,
        "may_work": access.may("chats.work"),
    }


def look_context(access: Access) -> dict[str, Any]:
    """How wide the areas are, and may be."""
    limits = {name: {"least": least, "most": most} for name, (least, most, _usual) in WIDTHS.items()}
    return {"widths": widths_of(access.operator), "limits": limits}


def list_context(access: Access, asked: Asked, place: str) -> dict[str, Any]:
    """A page of the list; ``Http404`` for a place that was not given here."""
    too_slow = False
    try:
        page = list_rooms(access, asked, now=timezone.now(), place=place)
    except InboxRefused as refused:
        raise Http404 from refused
    except TookTooLong:
        page, too_slow = RoomPage([], ""), True
    return {
        "too_slow": too_slow,
        "rooms": [show_room(access, room, asked) for room in page.rooms],
        "after": page.after,
        "asked": asked,
        "list_name": _("Search results")
        if asked.search.strip()
        else dict(zip(VIEWS, _view_words(), strict=True))[asked.view],
        "may_change_settings": access.may("settings.change"),
    }


def _view_words() -> list[str]:
    return [_("Waiting"), _("Mine"), _("Team"), _("All open"), _("On hold"), _("Closed")]


desk_site.add_page("inbox/", show_inbox, "inbox")
desk_site.add_page("inbox/rooms/", show_rooms, "inbox_rooms")
desk_site.add_page("inbox/counts/", counts, "inbox_counts")
desk_site.add_page("inbox/look/", keep_look, "inbox_look")
