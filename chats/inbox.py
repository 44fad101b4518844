"""CHAT-4: which rooms the inbox lists, and how many there are.

A view is a question with an order that an index answers; its pages are found from their neighbour (keyset), so the
hundredth costs what the first does. A room in which nobody has said anything yet is in no list.
"""

import datetime
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.db import models
from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Cast

from chats.models import Chat, Presence, State, TeamMember
from chats.presence import GONE_AFTER
from contacts.filters.matching import matching
from contacts.time_limit import time_limit
from desk.access import Access
from desk.models import Operator, Site
from tags.models import ContactTag

PAGE = 40
COUNTED_UP_TO = 1_000  # closed rooms are many, and nobody works through them
VIEWS = ("waiting", "mine", "team", "all", "hold", "closed")
FIRST_VIEW = "waiting"
_SALT = "chats.inbox"
# What a list is ordered by, newest first; what a search finds, by opening: ids are made in the order of time.
_BY_MESSAGE, _BY_END, _BY_OPENING = "last_message_at", "closed_at", ""


class InboxRefused(ValueError):
    """A view that there is not, or a place that was not given here; ``parameter`` says which."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Asked:
    """A list: one of ``VIEWS``, or what a search finds in all rooms, closed ones too."""

    view: str = FIRST_VIEW
    search: str = ""

    def __post_init__(self) -> None:
        if self.view not in VIEWS:
            raise InboxRefused("view")


@dataclass(frozen=True, slots=True)
class Label:
    """A customer tag as a row shows it."""

    name: str
    color: str


@dataclass(slots=True)
class Room:
    """A row: the chat with contact, assignee and grade; the customer's tags, and who else has the room open."""

    chat: Chat
    tags: list[Label] = field(default_factory=list)
    present: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RoomPage:
    """``after``: the place where the next page begins, empty on the last."""

    rooms: list[Room]
    after: str


def list_rooms(access: Access, asked: Asked, *, now: datetime.datetime, place: str = "", size: int = PAGE) -> RoomPage:
    """One page in two statements, whatever its length, for ``team`` in three. ``TookTooLong`` for a search that does
    not come to an end.
    """
    order = _order(asked)
    rows = _rooms(access, asked)
    if place:
        rows = rows.filter(_beyond(order, place))
    keys = (f"-{order}", "-id") if order else ("-id",)
    # A search has its time and no more (FIL-11); the views are read from an index.
    with time_limit(first_rows=True) if asked.search.strip() else nullcontext():
        found = list(rows.order_by(*keys)[: size + 1])
    more, found = len(found) > size, found[:size]
    return RoomPage(_dressed(access, found, now=now), _place_of(order, found[-1]) if more else "")


def rooms_of(access: Access, asked: Asked, ids: Sequence[int], *, now: datetime.datetime) -> list[Room]:
    """Those of ``ids`` that belong to the list as it is now: what a change to a room means for who looks at a list."""
    found = list(_rooms(access, asked).filter(pk__in=list(ids)))
    return _dressed(access, found, now=now)


def count_rooms(access: Access) -> dict[str, int]:
    """How many rooms each view has; of closed ones at most ``COUNTED_UP_TO``. Four statements on partial indexes, five
    for who is in a team.
    """
    site, me, mine = access.site, access.operator, _teams_of(access)
    open_ = Chat.objects.filter(site=site, closed_at=None, last_message_at__isnull=False)
    states: dict[str, int] = dict(open_.order_by().values_list("state").annotate(n=Count("pk")))
    colleagues = Q(assignee__in=mine.mates) if mine else ~Q(assignee=me)
    having = open_.filter(assignee__isnull=False).aggregate(
        mine=Count("pk", filter=Q(assignee=me)), team=Count("pk", filter=colleagues)
    )
    waiting = open_.filter(team__in=mine.teams, assignee=None).count() if mine else 0
    closed = Chat.objects.filter(site=site, closed_at__isnull=False).order_by("-closed_at").values("pk")[:COUNTED_UP_TO]
    return {
        "waiting": states.get(State.WAITING, 0),
        "mine": having["mine"],
        "team": having["team"] + waiting,
        "all": sum(states.values()),
        "hold": states.get(State.ON_HOLD, 0),
        "closed": closed.count(),
    }


def count_unseen(access: Access) -> int:
    """Open rooms in which a customer's message waits to be seen by this operator: theirs, and nobody's."""
    unseen = Chat.objects.filter(site=access.site, closed_at=None, unseen__gt=0)
    return unseen.filter(Q(assignee=access.operator) | Q(assignee=None)).count()


def find_room(access: Access, chat_id: int) -> Chat | None:
    """The room with what its head shows, in one statement; None when the site has no such room."""
    return _with_people(Chat.objects.filter(site=access.site, pk=chat_id)).select_related("routing").first()


def find_by_number(access: Access, number: int) -> Chat | None:
    """The room of this number."""
    return Chat.objects.select_related("contact").filter(site=access.site, number=number).first()


def team_of(site: Site) -> QuerySet[Operator]:
    """Whom a chat of the site can be given to, by name."""
    working = Q(memberships__site=site, memberships__role__in=["admin", "agent"])
    return Operator.objects.filter(working, is_active=True).order_by("name", "pk")


def _with_people(rows: QuerySet[Chat]) -> QuerySet[Chat]:
    return rows.select_related("contact", "assignee", "team", "category__parent", "contact__carried_grade__grade")


def _rooms(access: Access, asked: Asked) -> QuerySet[Chat]:
    rooms = Chat.objects.filter(site=access.site, last_message_at__isnull=False)
    # Texts of the page and its parameters are no part of a row.
    rows = _with_people(rooms).defer("page", "parameters")
    return rows.filter(_found(access, asked.search) if asked.search.strip() else _in_view(access, asked.view))


def _in_view(access: Access, view: str) -> Q:
    """``waiting``: nobody has taken it. ``all``: everything that is open."""
    me, is_open = access.operator, Q(closed_at=None)
    if view == "team":
        return is_open & _of_colleagues(access)
    return {
        "waiting": is_open & Q(state=State.WAITING),
        "mine": is_open & Q(assignee=me, assignee__isnull=False),
        "all": is_open,
        "hold": is_open & Q(state=State.ON_HOLD),
        "closed": Q(closed_at__isnull=False),
    }[view]


@dataclass(frozen=True, slots=True)
class _Teams:
    """The teams of an operator, and who else is in them; false for somebody who is in none."""

    teams: set[int]
    mates: set[int]

    def __bool__(self) -> bool:
        return bool(self.teams)


def _teams_of(access: Access) -> _Teams:
    """Numbers, so that the lists are read by indexes; one statement."""
    me = access.operator
    members = TeamMember.objects.filter(site=access.site, team__members__operator=me)
    pairs = set(members.order_by().values_list("team_id", "operator_id"))
    return _Teams({team for team, _one in pairs}, {one for _team, one in pairs} - {me.pk})


def _of_colleagues(access: Access) -> Q:
    """``team``: what waits for one of my teams, and what team-mates have; without teams, what anybody else has."""
    mine = _teams_of(access)
    if not mine:
        return Q(assignee__isnull=False) & ~Q(assignee=access.operator)
    return Q(team__in=mine.teams, assignee=None) | Q(assignee__in=mine.mates)


def _found(access: Access, search: str) -> Q:
    """By room number, or by whatever finds a contact: name, phone in any spelling, e-mail, memberId, its number."""
    words = search.strip()
    number = words.removeprefix("#")
    if "\0" in words:
        return Q(pk__in=[])
    people = Q(contact__in=matching(access.site, search=words).values("pk"))
    return Q(number=int(number)) | people if number.isascii() and number.isdigit() and len(number) < 19 else people


def _order(asked: Asked) -> str:
    if asked.search.strip():
        return _BY_OPENING
    return _BY_END if asked.view == "closed" else _BY_MESSAGE


def _place_of(order: str, chat: Chat) -> str:
    at = getattr(chat, order).isoformat() if order else ""
    return signing.dumps([order, at, chat.pk], salt=_SALT)


def _beyond(order: str, place: str) -> Q:
    try:
        kind, at, pk = signing.loads(place, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:
        raise InboxRefused("place") from error
    if kind != order:
        raise InboxRefused("place")
    if not order:
        return Q(pk__lt=pk)
    moment = datetime.datetime.fromisoformat(at)
    # The first part says again what the rest implies, in the form that a database turns into an index range.
    return Q(**{f"{order}__lte": moment}) & (Q(**{f"{order}__lt": moment}) | Q(pk__lt=pk))


def _dressed(access: Access, chats: Sequence[Chat], *, now: datetime.datetime) -> list[Room]:
    """Tags of the customers and who is in the rooms: one statement for both."""
    rooms = [Room(chat) for chat in chats]
    if not rooms:
        return rooms
    text = models.TextField()
    present = (
        Presence.objects.filter(chat__in=[chat.pk for chat in chats], seen_at__gt=now - GONE_AFTER)
        .exclude(operator=access.operator)
        .values_list("chat_id", Cast("operator__name", text), Value("", output_field=text))
    )
    tags = ContactTag.objects.filter(site=access.site, contact__in={chat.contact_id for chat in chats}).values_list(
        "contact_id", Cast("tag__name", text), Cast("tag__color", text)
    )
    extras: Mapping[Any, list[tuple[str, str]]] = _grouped(present.order_by().union(tags.order_by(), all=True))
    for room in rooms:
        room.present = sorted(name for name, color in extras.get(room.chat.pk, []) if not color)
        room.tags = [Label(name, color) for name, color in sorted(extras.get(room.chat.contact_id, [])) if color]
    return rooms


def _grouped(rows: Any) -> dict[Any, list[tuple[str, str]]]:
    found: dict[Any, list[tuple[str, str]]] = {}
    for key, name, color in rows:
        found.setdefault(key, []).append((name, color))
    return found
