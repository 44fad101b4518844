"""CHAT-4: what is told of the things that happened, to operators. Ids only: the page asks for what it shows."""

import datetime
from dataclasses import dataclass
from typing import Any

from chats.models import Happened, StreamEvent
from chats.presence import present_in
from chats.streaming import News


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a stream. ``number``: behind which to go on once it has been taken in."""

    name: str
    number: int
    data: dict[str, Any]


def desk_events(news: News, *, now: datetime.datetime) -> list[Told]:
    """What the desk's pages are told of it; ``reset`` when something is lost."""
    if news.lost:
        return [Told("reset", news.last, {})]
    rooms = present_in({event.chat for event in news.events if event.kind == Happened.PRESENCE}, now=now)
    return [_told(event, rooms) for event in news.events]


def _told(event: StreamEvent, rooms: dict[int, Any]) -> Told:
    if event.kind == Happened.PRESENCE:
        present = [{"id": str(one.id), "name": one.name, "typing": one.typing} for one in rooms[event.chat]]
        return Told(event.kind, event.number, {"chat": str(event.chat), "present": present})
    data = {"chat": str(event.chat), "contact": str(event.contact), "message": event.message}
    return Told(event.kind, event.number, data)
