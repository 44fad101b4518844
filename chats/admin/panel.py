"""CHAT-5: the panel beside the conversation, an htmx fragment with tabs. What is said in it is in the modules beside.

``chat_panel`` answers the whole with one tab filled, ``chat_panel_tab`` what is in a tab: when it is chosen, and anew
when something happened that it shows (``panel.js``). A room of another site is not there (SITE-2).
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chats.admin.panel_requests import requests_context
from chats.admin.panel_words import change_line, file_line, parameter_facts, past_line, room_facts, spoken
from chats.admin.routing_shown import routed
from chats.models import Chat, FirstTab
from chats.panel import CUSTOM, LOOKUP, Tab, find_room, first_tab, read_room, tabs_of
from chats.panel_history import (
    PAGE_SIZE,
    HistoryRefused,
    channels_of,
    memos_of,
    read_conversation,
    read_history,
)
from contacts.admin.coming_back import page_behind
from contacts.admin.contact_page import header_of, identities_of
from contacts.admin.formats import moment
from contacts.admin.merge_boxes import pending_pairs_of, suggested_pairs_of
from contacts.admin.profile_cards import cards_of
from contacts.models import Channel, ProfileField
from desk.access import Access
from desk.admin import access_of, actor_of, operator_of
from desk.admin.site import desk_site
from desk.disclosing import saw

_OTHERS = 5
_LAST = "marketing"
_LARGEST = (1 << 31) - 1


def room_of(request: HttpRequest, chat_id: int) -> tuple[Access, Chat]:
    """The room on the site on show; ``Http404`` for any other."""
    access = access_of(request)
    if not access.may("chats.view"):
        raise PermissionDenied
    chat = find_room(access.site, chat_id)
    if chat is None:
        raise Http404
    return access, chat


@require_GET
def show_panel(request: HttpRequest, chat_id: int) -> HttpResponse:
    """The tabs, with the one that is asked for, or that the operator had open last, filled."""
    access, chat = room_of(request, chat_id)
    tabs = tabs_of(access.site, works=access.may("chats.work"))
    name = request.GET.get("tab", "") or first_tab(access.site, operator_of(request), tabs)
    chosen = _tab(tabs, name)
    context = {
        "chat": chat,
        "tabs": [(tab, tab.name == name, reverse("admin:chat_panel_tab", args=[chat.pk, tab.name])) for tab in tabs],
        "body": _body(request, access, chat, chosen),
    }
    return TemplateResponse(request, "chats/panel.html", context)


@require_GET
def show_tab(request: HttpRequest, chat_id: int, name: str) -> HttpResponse:
    """What is in one tab; of the history, with ``place``, its next page."""
    access, chat = room_of(request, chat_id)
    tab = _tab(tabs_of(access.site, works=name == LOOKUP and access.may("chats.work")), name)
    if name == FirstTab.HISTORY and "place" in request.GET:
        return TemplateResponse(request, "chats/panel_history_rows.html", _history(request, access, chat))
    return HttpResponse(_body(request, access, chat, tab))


def _tab(tabs: list[Tab], name: str) -> Tab:
    for tab in tabs:
        if tab.name == name:
            return tab
    raise Http404


def _body(request: HttpRequest, access: Access, chat: Chat, tab: Tab) -> str:
    if chat.contact.managed:
        saw(access, chat.contact, actor=actor_of(request))
    if tab.name.startswith(CUSTOM):
        return render_to_string("chats/panel_custom.html", {"tab": tab}, request=request)
    if tab.name == LOOKUP:
        return render_to_string("chats/panel_lookup.html", {"chat": chat}, request=request)
    contexts = {FirstTab.ROOM: _room, FirstTab.CUSTOMER: _customer, FirstTab.HISTORY: _history}
    context = {"chat": chat, **contexts[FirstTab(tab.name)](request, access, chat)}
    return render_to_string(f"chats/panel_{tab.name}.html", context, request=request)


def _room(request: HttpRequest, access: Access, chat: Chat) -> dict[str, Any]:
    room = read_room(chat, now=timezone.now())
    return {
        "facts": room_facts(access, room),
        "routed": routed(access, chat),
        "tags": room.tags,
        "parameters": parameter_facts(access, chat),
        "files": [file_line(access, file) for file in room.files],
        "files_more": room.files_count - len(room.files),
        "changes": [change_line(access, change) for change in room.changes],
        **requests_context(request, access, chat, room.requests),
    }


def _customer(request: HttpRequest, access: Access, chat: Chat) -> dict[str, Any]:
    """The person as on the person's own page, by the same fragments; somebody anonymous has none (KIND-5)."""
    contact = chat.contact
    if not contact.managed or not access.may("contacts.view"):
        return {"nobody": True}
    cards = cards_of(access, contact, list(ProfileField.objects.filter(site=access.site)))
    others = Chat.objects.filter(contact=contact).exclude(pk=chat.pk).order_by("-opened_at", "-pk")
    return {
        **header_of(request, contact, back=_back(request, chat)),
        # What one needs while talking comes first; language and consent stand below.
        "cards": [card for card in cards if card.name != _LAST],
        "last_cards": [card for card in cards if card.name == _LAST],
        "identities": identities_of(access, contact),
        "pending_pairs": pending_pairs_of(access, contact),
        "suggested_pairs": suggested_pairs_of(access, contact),
        "others": [_other(access, other) for other in others[:_OTHERS]],
    }


def _back(request: HttpRequest, chat: Chat) -> str:
    """Where a merge comes back to: the room, with the list beside it as it is now."""
    room, behind = reverse("admin:inbox_chat", args=[chat.pk]), page_behind(request, chat.contact)
    return behind if behind.startswith(room) else room


def _other(access: Access, chat: Chat) -> dict[str, Any]:
    return {
        "url": reverse("admin:inbox_chat", args=[chat.pk]),
        "number": str(chat.number),
        "channel": str(capfirst(chat.get_channel_display())),
        "state": str(capfirst(chat.get_state_display())),
        "is_open": chat.is_open,
        "start": moment(chat.opened_at, access.site.zone),
        "text": chat.last_text,
    }


def _history(request: HttpRequest, access: Access, chat: Chat) -> dict[str, Any]:
    asked = {name: request.GET.get(name, "") for name in ("channel", "period")}
    place = request.GET.get("place", "")
    try:
        page = read_history(chat.contact, now=timezone.now(), place=place, **asked)
    except HistoryRefused as refused:
        raise Http404 from refused
    channels = channels_of(chat.contact) if not place else []
    return {
        "chat": chat,
        "rows": [past_line(access, past, chat) for past in page.chats],
        "older": page.older,
        "asked": asked,
        # A short history needs no filter.
        "filters": bool(page.older or asked["channel"] or asked["period"]),
        "channels": [(channel, capfirst(str(Channel(channel).label))) for channel in channels],
        "periods": [("month", _("Last month")), ("quarter", _("Last 3 months")), ("year", _("Last year"))],
        "size": PAGE_SIZE,
    }


@require_GET
def read_past(request: HttpRequest, chat_id: int, other_id: int) -> HttpResponse:
    """A chat of the same person, read whole: its memos, messages and files; ``after`` goes on where a part ended."""
    access, chat = room_of(request, chat_id)
    other = chat if other_id == chat.pk else find_room(access.site, other_id)
    if other is None or other.contact_id != chat.contact_id:
        raise Http404
    wanted = request.GET.get("after", "0")
    if not (wanted.isascii() and wanted.isdecimal() and int(wanted) <= _LARGEST):
        raise Http404
    after = int(wanted)
    reading = read_conversation(other, after=after)
    context = {
        "chat": chat,
        "other": other,
        "lines": spoken(access, other, reading.messages),
        "later": reading.later,
        "left": other.messages_count - reading.later,
        "url": reverse("admin:chat_panel_read", args=[chat.pk, other.pk]),
    }
    if after:
        return TemplateResponse(request, "chats/panel_read_lines.html", context)
    room = read_room(other, now=timezone.now())
    context |= {
        "facts": [fact for fact in room_facts(access, room) if fact.value],
        "tags": room.tags,
        "memos": [(memo, moment(memo.at, access.site.zone)) for memo in memos_of(other)],
        "changes": [change_line(access, change) for change in room.changes],
        "start": moment(other.opened_at, access.site.zone),
        "elsewhere": other.pk != chat.pk,
    }
    return TemplateResponse(request, "chats/panel_read.html", context)


desk_site.add_page("inbox/<int:chat_id>/panel/", show_panel, "chat_panel")
desk_site.add_page("inbox/<int:chat_id>/panel/<slug:name>/", show_tab, "chat_panel_tab")
desk_site.add_page("inbox/<int:chat_id>/panel/read/<int:other_id>/", read_past, "chat_panel_read")
