"""What a stream says of what happened, as server-sent events.

Every event carries its number as ``id``. Where a visitor is told several things of one event, the message itself comes
last and alone has the id: a connection that breaks in between has the others told again, and no message twice.
"""

import datetime
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from chats.api.plugin.shapes import visitor_chat_data, visitor_message_data
from chats.models import SHARED_CHANNELS, Author, Chat, ContactChats, Happened, Message, StreamEvent
from chats.stream_rights import visits_of
from chats.stream_words import desk_events
from chats.streaming import News

# Numbered pieces of a stream.
Chunk = tuple[int, bytes]
_TOLD_TO_VISITORS = (Happened.MESSAGE, Happened.CHAT, Happened.READ)

# How soon a browser's own EventSource comes back, in milliseconds.
BEGINNING = b"retry: 2000\n\n"


def position(number: int) -> bytes:
    """A sign of life; it says how far the stream has come, so that who comes back later has less to catch up with."""
    return b":\nid: %d\n\n" % number


def reset(number: int) -> bytes:
    """Something is lost: look at everything anew, and go on from here."""
    return _event("reset", {}, number)


def desk_chunks(news: News, *, now: datetime.datetime) -> list[Chunk]:
    """What all operators of the site are told."""
    return [(told.number, _event(told.name, told.data, told.number)) for told in desk_events(news, now=now)]


def visitor_chunks(
    events: Sequence[StreamEvent], open_visits: Collection[int], *, now: datetime.datetime
) -> dict[int, list[Chunk]]:
    """What each of these visits is told: of its contact's chats with browsers and apps, as both are now (UNI-8)."""
    events = [event for event in events if event.kind in _TOLD_TO_VISITORS]
    if not events or not open_visits:
        return {}
    owners = dict(
        Chat.objects.filter(pk__in={event.chat for event in events}, channel__in=SHARED_CHANNELS).values_list(
            "pk", "contact_id"
        )
    )
    visits: dict[int, list[int]] = defaultdict(list)
    for visit_id, contact_id in visits_of(set(owners.values()), now=now).items():
        if visit_id in open_visits:
            visits[contact_id].append(visit_id)
    told = [event for event in events if owners.get(event.chat) in visits]
    pieces = _pieces(told, owners)
    chunks: dict[int, list[Chunk]] = defaultdict(list)
    for event in told:
        for visit_id in visits[owners[event.chat]]:
            if event.number in pieces:
                chunks[visit_id].append((event.number, pieces[event.number]))
    return chunks


def _pieces(events: Sequence[StreamEvent], owners: dict[int, int]) -> dict[int, bytes]:
    """Each event as its visitor hears it, by number."""
    if not events:
        return {}
    chats = Chat.objects.select_related("assignee").in_bulk({event.chat for event in events})
    contacts = {owners[event.chat] for event in events}
    unread = dict(ContactChats.objects.filter(contact__in=contacts).values_list("contact_id", "unread"))
    messages = _messages(events)
    pieces = {}
    for event in events:
        chat, message = chats.get(event.chat), messages.get((event.chat, event.message))
        if chat is None:  # erased meanwhile
            continue
        waiting = {"unread": unread.get(owners[event.chat], 0)}
        if event.kind == Happened.READ:
            pieces[event.number] = _event("unread", waiting, event.number)
        elif event.kind == Happened.CHAT:
            pieces[event.number] = _event("chat", visitor_chat_data(chat), event.number)
        elif message is not None:
            new_room = _event("chat", visitor_chat_data(chat)) if message.number == 1 else b""
            to_read = _event("unread", waiting) if message.author != Author.VISITOR else b""
            pieces[event.number] = new_room + to_read + _event("message", visitor_message_data(message), event.number)
    return pieces


def _messages(events: Iterable[StreamEvent]) -> dict[tuple[int, int], Message]:
    numbers: dict[int, list[int]] = defaultdict(list)
    for event in events:
        if event.kind == Happened.MESSAGE:
            numbers[event.chat].append(event.message)
    if not numbers:
        return {}
    wanted = reduce(or_, (Q(chat=chat, number__in=few) for chat, few in numbers.items()))
    found = Message.objects.filter(wanted).prefetch_related("attachments")
    return {(message.chat_id, message.number): message for message in found}


def _event(name: str, data: dict[str, Any], number: int | None = None) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = f"event: {name}\n" + ("" if number is None else f"id: {number}\n")
    return f"{head}data: {text}\n\n".encode()
