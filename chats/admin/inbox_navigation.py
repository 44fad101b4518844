"""CHAT-4: the inbox in the sidebar with what waits to be seen, and rooms by number in the palette."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chats.admin.inbox_rows import customer_name, state_word
from chats.inbox import count_unseen, find_by_number
from desk.access import Access
from desk.admin import access_of
from desk.admin.navigation import Entry, Section, navigation
from desk.palette import Hit, palette_sources

_DIGITS = 18


def _entries(request: HttpRequest) -> list[Entry]:
    access = access_of(request)
    if not access.may("chats.view"):
        return []
    title = gettext_lazy("Open chats with messages that nobody has seen: yours, and those that nobody has")
    return [Entry(gettext_lazy("Inbox"), reverse("admin:inbox"), "inbox", lambda: count_unseen(access), title=title)]


def _rooms(access: Access, query: str) -> list[Hit]:
    """The chat of a number, written with or without “#”."""
    digits = query.strip().removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS) or not access.may("chats.view"):
        return []
    chat = find_by_number(access, int(digits))
    if chat is None:
        return []
    detail = f"{customer_name(access, chat.contact)} · {state_word(chat.state)}"
    url = reverse("admin:inbox_chat", args=[chat.pk])
    return [Hit(_("Chat #%(number)s") % {"number": chat.number}, detail, url, "chat")]


navigation.register("inbox", Section("inbox", "", 10, _entries))
palette_sources.register("chats", _rooms)
