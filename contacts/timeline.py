"""LIST-5: what a contact's page tells, newest first, from many sources in one order.

An upper app adds a source (tags, chats) to ``timeline_sources`` from ``AppConfig.ready()``. Every source answers its
own entries older than a place; the pages are cut here. Page views are told by the visit they belong to.
"""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise

from contacts.models import Contact
from desk.registry import Registry

PAGE_SIZE = 30
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Line:
    """One line below an entry: ``label`` is already in the active language. ``personal`` names a detail to mask."""

    label: str
    value: str
    before: str = ""
    at: datetime.datetime | None = None
    personal: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened. ``actor`` is who did it, in words; ``lines`` are the particulars.

    ``link``: the page that knows more, by the name of its address and its argument, with what it is called.
    """

    at: datetime.datetime
    id: int
    icon: str
    title: str
    detail: str = ""
    actor: str = ""
    lines: Sequence[Line] = ()
    more: int = 0  # lines that are not listed
    link: tuple[str, int, str] | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """Only what is older than ``at``, or of that same moment with an id below ``id``."""

    at: datetime.datetime
    id: int

    def older(self, field: str) -> Q:
        """The condition on rows whose time is in ``field``; the plain bound lets an index serve it."""
        return Q(**{f"{field}__lte": self.at}) & (Q(**{f"{field}__lt": self.at}) | Q(pk__lt=self.id))


Load = Callable[[Contact, Bound | None, int], list[Entry]]


@dataclass(frozen=True, slots=True)
class TimelineSource:
    """``load`` answers at most so many entries below the bound, newest first. ``name`` is what one filters by."""

    name: str
    label: str | Promise
    icon: str
    load: Load


timeline_sources: Registry[TimelineSource] = Registry("timeline sources")


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """``older`` is the place where the next page begins, empty at the end."""

    entries: list[tuple[TimelineSource, Entry]]
    older: str


class PlaceRefused(ValueError):
    """A place in the timeline that cannot be read."""


def read_timeline(
    contact: Contact, *, types: Iterable[str] = (), place: str = "", size: int = PAGE_SIZE
) -> TimelinePage:
    """One page of the entries of the sources named in ``types`` (none: of all).

    ``UnknownName`` for a source nobody registered, ``PlaceRefused`` for a place not made here. One statement per
    source, or two where a source has lines to load.
    """
    names = list(types) or timeline_sources.names()
    sources = [timeline_sources.get(name) for name in names]
    at, last_name, last_id = _read_place(place)
    found: list[tuple[datetime.datetime, str, int, TimelineSource, Entry]] = []
    for source in sources:
        bound = None if at is None else Bound(at, _first_unseen(source.name, last_name, last_id))
        found += [(entry.at, source.name, entry.id, source, entry) for entry in source.load(contact, bound, size + 1)]
    found.sort(key=lambda row: row[:3], reverse=True)
    older = ""
    if len(found) > size:
        at, name, number, *_ = found[size - 1]
        older = f"{at.isoformat()}:{name}:{number}"
    return TimelinePage([(source, entry) for _, _, _, source, entry in found[:size]], older)


_ABOVE_ALL_IDS = (1 << 63) - 1


def _first_unseen(name: str, last_name: str, last_id: int) -> int:
    """Entries of one moment stand by source and id: which ids of this source come after the last one shown?"""
    if name == last_name:
        return last_id
    return _ABOVE_ALL_IDS if name < last_name else 0


def _read_place(place: str) -> tuple[datetime.datetime | None, str, int]:
    if not place:
        return None, "", 0
    try:
        at, name, number = place.rsplit(":", 2)
        moment, last_id = datetime.datetime.fromisoformat(at), int(number)
    except ValueError as error:
        raise PlaceRefused(place) from error
    if moment.tzinfo is None or not 0 <= last_id <= _ABOVE_ALL_IDS:
        raise PlaceRefused(place)
    return moment, name, last_id


def newest(rows: QuerySet[M], field: str, bound: Bound | None, limit: int) -> list[M]:
    """The rows of a source by the time in ``field``: what nearly every source needs."""
    if bound is not None:
        rows = rows.filter(bound.older(field))
    return list(rows.order_by(f"-{field}", "-pk")[:limit])
