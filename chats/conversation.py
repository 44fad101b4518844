"""CHAT-4, CHAT-6: what a conversation tells, in the order in which it happened: messages, memos, who had it, requests,
when it ended and went on.

Messages are paged by their number; everything else goes with the messages it happened between. All of them have ids
that are made in the order of time, so no two clocks are compared.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet

from chats.models import Assignment, Attachment, Chat, ChatRequest, Memo, Message, State
from contacts.models import Contact
from desk.models import AuditEntry
from tags.models import ContactTag

PAGE = 50
MOST_BESIDE = 200  # memos and lines between two pages of messages; more are a machine's doing
VIP = "vip"
_ENDED, _WENT_ON = "chat.close", "chat.reopen"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a conversation. ``kind``: message, memo, assignment, request, answer, closed, reopened."""

    kind: str
    id: int
    at: datetime.datetime
    row: Any
    attachments: list[Attachment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a conversation. ``older``: the number before which more is to be read, 0 at the beginning.

    ``newest``: the number of the last message of the chat that is in here or before; ``last_id``: the last id read.
    """

    items: list[Item]
    older: int
    newest: int
    last_id: int


def read_newest(chat: Chat, *, size: int = PAGE) -> Stretch:
    """The end of the conversation."""
    return _read(chat, Message.objects.filter(chat=chat), before_id=None, size=size)


def read_older(chat: Chat, before: int, *, size: int = PAGE) -> Stretch:
    """What comes before message ``before``."""
    anchor = Message.objects.filter(chat=chat, number=before).values_list("pk", flat=True).first()
    if anchor is None:
        return Stretch([], 0, 0, 0)
    return _read(chat, Message.objects.filter(chat=chat, number__lt=before), before_id=anchor, size=size)


def read_since(chat: Chat, after: int, since: int, *, size: int = 4 * PAGE) -> Stretch | None:
    """What came after message ``after`` and after id ``since``; None when it is more than ``size`` messages."""
    messages = list(Message.objects.filter(chat=chat, number__gt=after).order_by("number")[: size + 1])
    if len(messages) > size:
        return None
    items = sorted([*_of_messages(messages), *_beside(chat, after=since)], key=lambda item: item.id)
    newest = messages[-1].number if messages else after
    return Stretch(items, 0, newest, max([since, *(item.id for item in items)]))


def item_of(message: Message) -> Item:
    """One message with its files."""
    return _of_messages([message])[0]


def customer_tags(contact: Contact) -> list[ContactTag]:
    """The customer's tags, by name, one that says VIP first: on top of the conversation, where space may end."""
    found = ContactTag.objects.filter(site_id=contact.site_id, contact=contact).select_related("tag")
    return sorted(found.order_by("tag__name_folded"), key=lambda one: VIP not in one.tag.name_folded)


def _read(chat: Chat, messages: QuerySet[Message], *, before_id: int | None, size: int) -> Stretch:
    found = list(messages.order_by("-number")[: size + 1])
    more, found = len(found) > size, found[:size][::-1]
    after_id = found[0].pk - 1 if more else 0
    items = [*_of_messages(found), *_beside(chat, after=after_id, before=before_id)]
    if before_id is None and not more:
        items += _end_without_entry(chat, items)
    items.sort(key=lambda item: item.id)
    newest = found[-1].number if found else 0
    return Stretch(items, found[0].number if more else 0, newest, max([0, *(item.id for item in items)]))


def _of_messages(messages: list[Message]) -> list[Item]:
    files: dict[int, list[Attachment]] = {}
    # Chats without any file are most; a message with nothing but files is the only sure sign, so they are asked for.
    if messages:
        for file in Attachment.objects.filter(message__in=messages).order_by("pk"):
            files.setdefault(file.message_id or 0, []).append(file)
    return [Item("message", one.pk, one.at, one, files.get(one.pk, [])) for one in messages]


def _beside(chat: Chat, *, after: int, before: int | None = None) -> list[Item]:
    """Memos, hand-overs, requests and their answers, ends: with an id above ``after`` and below ``before``."""
    bounds: dict[str, int] = {"pk__gt": after}
    if before is not None:
        bounds["pk__lt"] = before
    ends = AuditEntry.objects.filter(
        site=chat.site_id, target_type="chat", target_id=str(chat.pk), action__in=[_ENDED, _WENT_ON]
    )
    return [
        *_items("memo", Memo.objects.filter(chat=chat, **bounds)),
        *_items("assignment", Assignment.objects.filter(chat=chat, **bounds)),
        *_items("request", ChatRequest.objects.filter(chat=chat, **bounds)),
        *(
            Item("closed" if entry.action == _ENDED else "reopened", entry.pk, entry.at, entry)
            for entry in ends.filter(**bounds).order_by("-pk")[:MOST_BESIDE]
        ),
    ]


def _items(kind: str, rows: QuerySet[Any]) -> Iterable[Item]:
    return (Item(kind, row.pk, row.at, row) for row in rows.order_by("-pk")[:MOST_BESIDE])


def _end_without_entry(chat: Chat, items: list[Item]) -> list[Item]:
    """A unification and an import close chats without a line in the log: the chat's own row says when and by whom."""
    if chat.state != State.CLOSED or chat.closed_at is None:
        return []
    last = max((item for item in items if item.kind in ("closed", "reopened")), key=lambda item: item.id, default=None)
    if last is not None and last.kind == "closed":
        return []
    row: Model = AuditEntry(actor=chat.closed_by, at=chat.closed_at)
    return [Item("closed", max([0, *(item.id for item in items)]) + 1, chat.closed_at, row)]
