"""CHAT-4: which operators have a room open, and who of them is typing.

A page that shows a room says so every few seconds (``be_present``) and when it goes (``leave``). Whoever has not been
heard of for half a minute is gone; the next sign of life of anybody else in the room finds that out and tells it, so
nothing has to sweep. Only changes are told: a sign of life that changes nothing is one small update.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from chats.models import Chat, Happened, Presence
from chats.opening import hold_chat
from chats.telling import tell
from desk.models import Operator

GONE_AFTER = datetime.timedelta(seconds=30)
# Typing is said again every few seconds while it goes on; who stops without a word has stopped after this.
TYPING_FOR = datetime.timedelta(seconds=8)
# A sign of life is written when the last one is older than this.
WRITTEN_EVERY = datetime.timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Present:
    """An operator who has the room open."""

    id: int
    name: str
    typing: bool


def be_present(chat: Chat, operator: Operator, *, typing: bool, now: datetime.datetime) -> bool:
    """The operator has the room open; whether this changed anything for those who look on."""
    if _is_told(list(Presence.objects.filter(chat=chat)), operator, typing=typing, now=now):
        until = now + TYPING_FOR if typing else None
        mine = Presence.objects.filter(chat=chat, operator=operator)
        mine.filter(Q(seen_at__lte=now - WRITTEN_EVERY) | Q(typing_until__isnull=False)).update(
            seen_at=now, typing_until=until
        )
        return False
    with transaction.atomic():
        held = hold_chat(chat)
        # Asked again under the room's lock: of two pages that say the same at once one tells.
        known = list(Presence.objects.filter(chat=held))
        changed = not _is_told(known, operator, typing=typing, now=now)
        _forget_the_gone(held, now)
        Presence.objects.update_or_create(
            chat=held,
            operator=operator,
            defaults={
                "site_id": held.site_id,
                "seen_at": now,
                "typing_until": now + TYPING_FOR if typing else None,
            },
        )
        if changed:
            tell(held, Happened.PRESENCE, now=now)
    return changed


def leave(chat: Chat, operator: Operator, *, now: datetime.datetime) -> bool:
    """The operator has closed the room; False when nobody thought otherwise."""
    with transaction.atomic():
        held = hold_chat(chat)
        gone, _ = Presence.objects.filter(chat=held, operator=operator).delete()
        if gone:
            tell(held, Happened.PRESENCE, now=now)
    return bool(gone)


def present_in(chat_ids: Iterable[int], *, now: datetime.datetime) -> dict[int, list[Present]]:
    """Who is in these rooms now, by name; a room where nobody is has an empty list."""
    rooms: dict[int, list[Present]] = {chat_id: [] for chat_id in chat_ids}
    rows = Presence.objects.select_related("operator").filter(chat__in=list(rooms), seen_at__gt=now - GONE_AFTER)
    for row in sorted(rows, key=lambda row: (str(row.operator), row.operator_id)):
        rooms[row.chat_id].append(Present(row.operator_id, str(row.operator), _types(row, now)))
    return rooms


def forget_presences(*, now: datetime.datetime) -> int:
    """Rows of rooms that nobody has opened since; nobody is shown by them any longer."""
    return Presence.objects.filter(seen_at__lte=now - 10 * GONE_AFTER).delete()[0]


def _is_told(known: list[Presence], operator: Operator, *, typing: bool, now: datetime.datetime) -> bool:
    """Whether those who look on know all of it: I am here and type or not, and nobody else has gone or fallen still."""
    mine = [row for row in known if row.operator_id == operator.pk]
    if not mine or _has_news(mine[0], now) or _types(mine[0], now) != typing:
        return False
    return not any(_has_news(row, now) for row in known)


def _forget_the_gone(chat: Chat, now: datetime.datetime) -> None:
    Presence.objects.filter(chat=chat, seen_at__lte=now - GONE_AFTER).delete()
    Presence.objects.filter(chat=chat, typing_until__lte=now).update(typing_until=None)


def _has_news(row: Presence, now: datetime.datetime) -> bool:
    """Gone, or fallen still, without a word."""
    return row.seen_at <= now - GONE_AFTER or (row.typing_until is not None and row.typing_until <= now)


def _types(row: Presence, now: datetime.datetime) -> bool:
    return row.typing_until is not None and row.typing_until > now
