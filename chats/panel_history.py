"""CHAT-5: the history of a person: all chats over all channels, newest first, and reading one of them whole.

Pages are found from their neighbour (keyset), and a page costs as many statements for three chats as for three hundred.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from chats.models import Assignment, Attachment, Chat, Memo, Message
from chats.panel import agent_of, lasted, tags_of
from contacts.models import Channel, Contact
from contacts.timeline import Bound

PAGE_SIZE = 20
READ_SIZE = 100
# “The last …”, in days, by which a long history is narrowed.
PERIODS = {"month": 31, "quarter": 92, "year": 366}


class HistoryRefused(ValueError):
    """A place, channel or period that is none."""


@dataclass(frozen=True, slots=True)
class Past:
    """One chat of the history. ``memo`` is the first line of the latest."""

    chat: Chat
    agent: str
    memo: str
    tags: list[str]
    files: int
    lasted: datetime.timedelta


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """``older``: the place where the next page begins, empty at the end."""

    chats: list[Past]
    older: str


def read_history(
    contact: Contact, *, now: datetime.datetime, channel: str = "", period: str = "", place: str = ""
) -> HistoryPage:
    """One page; three statements. ``HistoryRefused`` for what cannot be read."""
    rows = _narrowed(Chat.objects.filter(contact=contact), channel, period, now)
    if place:
        rows = rows.filter(_read_place(place).older("opened_at"))
    shown = rows.select_related("assignee", "category__parent", "routing").annotate(
        latest_memo=_latest_memo(), files_count=_files_count()
    )
    found = list(shown.order_by("-opened_at", "-pk")[: PAGE_SIZE + 1])
    older, page = "", found[:PAGE_SIZE]
    if len(found) > PAGE_SIZE:
        older = f"{page[-1].opened_at.isoformat()}:{page[-1].pk}"
    return HistoryPage(_told(contact, page, now), older)


def channels_of(contact: Contact) -> list[str]:
    """The channels on which the person ever talked, in the order of ``Channel``; one statement."""
    used = set(Chat.objects.filter(contact=contact).values_list("channel", flat=True).distinct().order_by())
    return [channel for channel in Channel.values if channel in used]


def _narrowed(rows: QuerySet[Chat], channel: str, period: str, now: datetime.datetime) -> QuerySet[Chat]:
    if channel and channel not in Channel.values:
        raise HistoryRefused(channel)
    if period and period not in PERIODS:
        raise HistoryRefused(period)
    if channel:
        rows = rows.filter(channel=channel)
    if period:
        rows = rows.filter(opened_at__gte=now - datetime.timedelta(days=PERIODS[period]))
    return rows


def _latest_memo() -> Subquery:
    return Subquery(Memo.objects.filter(chat=OuterRef("pk")).order_by("-pk").values("text")[:1])


def _files_count() -> Coalesce:
    files = Attachment.objects.filter(chat=OuterRef("pk")).order_by().values("chat")
    return Coalesce(Subquery(files.annotate(n=Count("pk")).values("n")), 0)


def _told(contact: Contact, page: Sequence[Chat], now: datetime.datetime) -> list[Past]:
    tags, assignments = tags_of(page), dict[int, list[Assignment]]()
    for row in Assignment.objects.filter(chat__in=page):
        assignments.setdefault(row.chat_id, []).append(row)
    told = []
    for chat in page:
        chat.site = contact.site
        memo: str = getattr(chat, "latest_memo", None) or ""
        told.append(
            Past(
                chat=chat,
                agent=agent_of(chat, assignments.get(chat.pk, [])),
                memo=next(iter(memo.splitlines()), ""),
                tags=tags.get(chat.pk, []),
                files=getattr(chat, "files_count", 0),
                lasted=lasted(chat, now),
            )
        )
    return told


def _read_place(place: str) -> Bound:
    at, _colon, number = place.rpartition(":")
    try:
        moment, last_id = datetime.datetime.fromisoformat(at), int(number)
    except ValueError as error:
        raise HistoryRefused(place) from error
    if moment.tzinfo is None or not 0 <= last_id < 1 << 63:
        raise HistoryRefused(place)
    return Bound(moment, last_id)


@dataclass(frozen=True, slots=True)
class Reading:
    """A part of a conversation, from its beginning on. ``later``: after which number it goes on, 0 at the end."""

    messages: list[Message]
    later: int


def read_conversation(chat: Chat, *, after: int = 0) -> Reading:
    """The next ``READ_SIZE`` messages with their files; two statements."""
    rows = Message.objects.filter(chat=chat, number__gt=after).order_by("number").prefetch_related("attachments")
    found = list(rows[: READ_SIZE + 1])
    page = found[:READ_SIZE]
    return Reading(page, page[-1].number if len(found) > READ_SIZE else 0)


def memos_of(chat: Chat) -> list[Memo]:
    """What operators noted in the chat, oldest first; one statement."""
    return list(Memo.objects.filter(chat=chat))
