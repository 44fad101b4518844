"""CHAT-5: what the panel beside a conversation shows of the room, its tabs, and which of them is open first."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from chats import panel_tabs
from chats.agents import agents_in_words, changes_of
from chats.models import (
    Assignment,
    Attachment,
    Chat,
    ChatRequest,
    ChatTag,
    ContactChats,
    FirstTab,
    LookupApi,
)
from chats.requesting import requests_of
from desk.models import Operator, Site

CUSTOM = "custom-"
LOOKUP = "lookup"
PREFERENCE = "panelTab"
_LABELS = {
    FirstTab.ROOM: pgettext_lazy("tab beside a chat", "Room"),
    FirstTab.CUSTOMER: pgettext_lazy("tab beside a chat", "Customer"),
    FirstTab.HISTORY: pgettext_lazy("tab beside a chat", "History"),
}
# Of the files of a room so many are listed; the others stand in the conversation.
MOST_FILES = 50


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab. ``url`` is that of a page of the company's own, empty for the desk's."""

    name: str
    label: str | Promise
    url: str = ""


def tabs_of(site: Site, *, works: bool = True) -> list[Tab]:
    """The desk's tabs, then the site's own in their order, https alone; two statements.

    “Lookup” is there where something can be looked up, for those who ``work`` with chats (LOOK-5).
    """
    rows = [row for row in panel_tabs.tabs_of(site) if row.url.startswith("https://")]
    own = [Tab(f"{CUSTOM}{row.pk}", row.name, row.url) for row in rows]
    desk = [Tab(str(name), label) for name, label in _LABELS.items()]
    if works and LookupApi.objects.filter(site=site, active=True).exists():
        desk.append(Tab(LOOKUP, pgettext_lazy("tab beside a chat", "Lookup")))
    return [*desk, *own]


def first_tab(site: Site, operator: Operator, tabs: list[Tab]) -> str:
    """What the operator had open last on this site, else what the site sets, else History.

    A tab that is gone is as if none had been chosen.
    """
    chosen = operator.preferences.get(PREFERENCE)
    name = chosen.get(str(site.pk)) if isinstance(chosen, dict) else None
    if any(tab.name == name for tab in tabs):
        return str(name)
    return str(panel_tabs.first_tab_of(site))


def find_room(site: Site, chat_id: int) -> Chat | None:
    """The room of this site with whom it is about; one statement."""
    rooms = Chat.objects.select_related(
        "contact__profile", "identity", "assignee", "team", "category__parent", "routing"
    )
    chat = rooms.filter(site=site, pk=chat_id).first()
    if chat is None:
        return None
    chat.site = chat.contact.site = site
    if chat.identity is not None:
        chat.identity.site = site
    return chat


@dataclass(frozen=True, slots=True)
class Room:
    """What is told of a room beside its own row. ``lasted``: until its end, or until now."""

    chat: Chat
    agent: str
    changes: list[Assignment]
    tags: list[str]
    files: list[Attachment]
    files_count: int
    consultations: int
    requests: list[ChatRequest]
    lasted: datetime.timedelta


def read_room(chat: Chat, *, now: datetime.datetime) -> Room:
    """Everything the tab “Room” shows; five statements, six where files are too many to be listed."""
    files = list(Attachment.objects.filter(chat=chat).order_by("-pk")[: MOST_FILES + 1])
    count = len(files)
    if count > MOST_FILES:
        count = Attachment.objects.filter(chat=chat).aggregate(n=Count("pk"))["n"]
    summary = ContactChats.objects.filter(contact=chat.contact_id).first()
    assignments = list(Assignment.objects.filter(chat=chat))
    return Room(
        chat=chat,
        agent=str(chat.assignee) if chat.assignee else bot_of(chat.site),
        changes=changes_of(assignments),
        tags=tags_of([chat]).get(chat.pk, []),
        files=files[:MOST_FILES],
        files_count=count,
        consultations=summary.count if summary else 0,
        requests=list(requests_of(chat)),
        lasted=lasted(chat, now),
    )


def bot_of(site: Site) -> str:
    """Who stands in the agent's place while no human has the chat."""
    return f"Bot-{site.code}"


def agent_of(chat: Chat, assignments: Sequence[Assignment]) -> str:
    """“Bob”, or “before > after” where the chat really changed hands (CHAT-6), or the bot."""
    current = str(chat.assignee) if chat.assignee else ""
    return agents_in_words(assignments) or current or bot_of(chat.site)


def tags_of(chats: Sequence[Chat]) -> dict[int, list[str]]:
    """The names of the room tags of these chats; one statement."""
    rows = ChatTag.objects.filter(chat__in=chats).select_related("tag").order_by("tag__name_folded")
    names: dict[int, list[str]] = {}
    for row in rows:
        names.setdefault(row.chat_id, []).append(row.tag.name)
    return names


def lasted(chat: Chat, now: datetime.datetime) -> datetime.timedelta:
    """From its beginning to its end; of an open chat to ``now``."""
    return max((chat.closed_at or now) - chat.opened_at, datetime.timedelta())
