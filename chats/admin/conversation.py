"""CHAT-4: one room on the page: its head, what was said, the composer; older messages, and what is new."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chats.admin.conversation_items import show_items
from chats.admin.inbox import look_context, page_context
from chats.admin.inbox_rows import (
    CHANNEL_ICONS,
    channel_word,
    customer_name,
    grade_of,
    state_badge,
    state_word,
)
from chats.admin.panel_frames import allow_frames
from chats.admin.reaching import asked_list, seen_room
from chats.admin.routing_shown import rule_of
from chats.categories import categories_of
from chats.conversation import Stretch, customer_tags, read_newest, read_older, read_since
from chats.handling import CHOSEN
from chats.messaging import MAX_TEXT
from chats.models import SHARED_CHANNELS, Category, Chat, RoomTag
from chats.noting import MAX_MEMO, MAX_NOTE, MAX_ROOM_TAG, MAX_ROOM_TAGS
from chats.team_overview import people_of
from chats.teams import teams_of
from desk.access import Access
from desk.admin import access_of
from desk.admin.site import desk_site
from desk.models import Site

_DIGITS = 18


@require_GET
def show_chat(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """The whole page with this room open; for a click in the list the room alone."""
    chat, access = seen_room(request, chat_id), access_of(request)
    context = room_context(request, access, chat)
    if request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request"):
        return TemplateResponse(
            request, "chats/conversation.html", {**context, **look_context(access), "fragment": True}
        )
    asked = asked_list(request, default="" if chat.is_open else "closed")
    page = TemplateResponse(
        request, "chats/inbox.html", {**page_context(request, access, asked), **context, "title": _("Inbox")}
    )
    return allow_frames(page, access.site)


@require_GET
def show_older(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """The page of messages before number ``before``."""
    chat = seen_room(request, chat_id)
    before = request.GET.get("before", "")
    if not (before.isascii() and before.isdigit() and len(before) <= _DIGITS):
        raise Http404
    stretch = read_older(chat, int(before))
    return TemplateResponse(request, "chats/conversation_items.html", _told(access_of(request), chat, stretch))


@require_GET
def show_news(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """What is new after message ``after`` and id ``since``, with the head as it is now; 205: too much, read anew."""
    chat, access = seen_room(request, chat_id), access_of(request)
    places = [request.GET.get(name, "") for name in ("after", "since")]
    if not all(place.isascii() and place.isdigit() and len(place) <= _DIGITS + 1 for place in places):
        raise Http404
    stretch = read_since(chat, int(places[0]), int(places[1]))
    if stretch is None:
        return HttpResponse(status=205)
    context = {**head_context(request, access, chat), **_told(access, chat, stretch)}
    return TemplateResponse(request, "chats/conversation_news.html", context)


def head_of(request: HttpRequest, chat: Chat, problem: str = "") -> HttpResponse:
    """The head of the conversation as it is now: what deeds answer with. ``problem``: why nothing was changed."""
    context = {**head_context(request, access_of(request), chat), "problem": problem}
    return HttpResponse(render_to_string("chats/conversation_head.html", context, request))


def room_context(request: HttpRequest, access: Access, chat: Chat) -> dict[str, Any]:
    """Everything about one room."""
    stretch = read_newest(chat)
    return {
        **head_context(request, access, chat),
        **_told(access, chat, stretch),
        "panel_url": _panel_url(chat),
        "max_text": MAX_TEXT,
        "max_memo": MAX_MEMO,
    }


def head_context(request: HttpRequest, access: Access, chat: Chat) -> dict[str, Any]:
    """The head: who, where, how it stands, and for who may the choices."""
    may_work = access.may("chats.work")
    tags = list(RoomTag.objects.filter(attachments__chat=chat).order_by("name_folded"))
    context: dict[str, Any] = {
        "chat": chat,
        "may_work": may_work,
        "name": customer_name(access, chat.contact),
        "contact_url": reverse("admin:contacts_contact_change", args=[str(chat.contact_id)])
        if access.may("contacts.view")
        else "",
        "grade": grade_of(chat.contact),
        "tags": customer_tags(chat.contact),
        "channel": channel_word(chat),
        "channel_icon": CHANNEL_ICONS.get(chat.channel, "chat"),
        "state": state_word(chat.state),
        "state_badge": state_badge(chat.state),
        "is_open": chat.is_open,
        "is_mine": chat.assignee_id == access.operator.pk,
        "category": _category_words(chat),
        "rule": rule_of(chat),
        "room_tags": [tag.name for tag in tags],
        "tells_reads": chat.channel in SHARED_CHANNELS,
        "max_note": MAX_NOTE,
        "max_room_tag": MAX_ROOM_TAG,
        "max_room_tags": MAX_ROOM_TAGS,
    }
    if may_work:
        context |= {
            "states": [(state.value, state_word(state)) for state in CHOSEN],
            "people": people_of(access.site),
            "teams": list(teams_of(access.site)),
            "categories": _categories(access.site),
        }
    return context


def _told(access: Access, chat: Chat, stretch: Stretch) -> dict[str, Any]:
    name = customer_name(access, chat.contact)
    return {
        "chat": chat,
        "items": show_items(stretch.items, customer=name, operator_id=access.operator.pk),
        "older": stretch.older,
        "newest": stretch.newest,
        "last_id": stretch.last_id,
    }


def _category_words(chat: Chat) -> str:
    """“Delivery › Late › parcel”."""
    category = chat.category
    names = [category.parent.name if category and category.parent else "", category.name if category else ""]
    return " › ".join(filter(None, [*names, chat.category_note]))


def _categories(site: Site) -> list[tuple[Category, list[Category]]]:
    """The categories in use, level 2 below level 1."""
    return [
        (branch.top, [one for one in branch.below if one.active]) for branch in categories_of(site) if branch.top.active
    ]


def _panel_url(chat: Chat) -> str:
    try:
        return reverse("admin:chat_panel", args=[chat.pk])
    except NoReverseMatch:
        return ""


desk_site.add_page("inbox/<int:chat_id>/", show_chat, "inbox_chat")
desk_site.add_page("inbox/<int:chat_id>/older/", show_older, "inbox_older")
desk_site.add_page("inbox/<int:chat_id>/news/", show_news, "inbox_news")
