"""IMP-3, IMP-6: everybody whom some rows of a file may be about, in memory, and who has which phone and e-mail.

Rows are added as they are found; what they ask of the database is asked for all of them at once. Junk, frozen and
crowded values find nobody (UNI-14). Whom a row is about and what follows is said in ``resolving``.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from contacts.importing.applying import Manner
from contacts.importing.loading import (
    Pairs,
    frozen_among,
    holders_of,
    joins_today,
    load_pairs,
    load_people,
    lock_contacts,
    members_of,
)
from contacts.importing.people import Person
from contacts.importing.rows_of_file import RowsOfFile, StagedRow, type_Point
from contacts.importing.tag_columns import TagColumn
from contacts.junk import junk_of
from contacts.known_values import Origin
from desk.models import Site

# So many people with one value are looked at, as in ``contacts.unifying``.
MOST_HOLDERS = 25


class PeopleChanged(Exception):
    """Somebody was merged or deleted between being found and being locked: the batch has to look again."""


@dataclass(slots=True)
class Holder:
    """A lead or member who has a value, or had it. ``booted``: has a browser or app of its own (UNI-3)."""

    is_member: bool
    qualified: bool
    booted: bool


@dataclass(slots=True)
class World:
    """``locks``: everybody is locked before being read, for the run. ``leads_to``: whom unified people are part of."""

    site: Site
    origin: Origin
    manner: Manner
    rows: RowsOfFile
    tags: TagColumn | None = None
    locks: bool = False
    people: dict[int, Person] = field(default_factory=dict)
    by_member: dict[str, int] = field(default_factory=dict)
    holders: dict[type_Point, dict[int, Holder]] = field(default_factory=dict)
    dead: dict[type_Point, str] = field(default_factory=dict)
    leads_to: dict[int, int] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _pairs: Pairs | None = None
    _joins: dict[type_Point, int] | None = None

    @property
    def day(self) -> datetime.date:
        """The day of the site on which joins are counted."""
        return self.origin.now.astimezone(self.site.zone).date()

    def add(self, rows: Sequence[StagedRow]) -> set[int]:
        """Find everybody whom ``rows`` may be about; returns the ids of those who are new here."""
        member_ids = {row.member_id for row in rows if row.member_id} - self._asked
        self._asked |= member_ids
        points = {point for row in rows for point in row.points()} - self.holders.keys()
        found = members_of(self.site, member_ids)
        named = self._find_holders(points)
        ids = (set(found.values()) | named) - self.people.keys()
        if self.locks:
            held = {pk for point in points for pk in self.holders[point]} | set(found.values())
            if not lock_contacts(self.site, held - self.people.keys()):
                raise PeopleChanged
        self.by_member |= found
        loaded = load_people(self.site, ids)
        if self.tags is not None:
            for pk, carried in self.tags.carried(self.site, loaded).items():
                loaded[pk].tags = loaded[pk].had_tags = carried
        self.people |= loaded
        for point in points:
            for pk, holder in self.holders[point].items():
                if holder.booted and pk in self.people:
                    self.people[pk].booted = True
        return ids

    def _find_holders(self, points: Collection[type_Point]) -> set[int]:
        """Who has ``points``; returns the ids of those whom a row may be about: who has one of them for sure."""
        if not points:
            return set()
        self.holders |= {point: {} for point in points}
        junk = junk_of(self.site)
        for name, norm in points:
            # Normal forms are folded already.
            if norm in junk.texts or (name == "mobileNumber" and norm in junk.phones):
                self.dead[name, norm] = "junk_contact_point"
        alive = points - self.dead.keys()
        crowded = self.rows.crowded(alive) | frozen_among(self.site, alive)
        self.dead |= dict.fromkeys(crowded, "frozen_contact_point")
        named: set[int] = set()
        found: dict[type_Point, list[tuple[bool, bool, int, bool]]] = {}
        for point, is_lead, is_typed, pk, booted in holders_of(self.site, list(alive - crowded)):
            found.setdefault(point, []).append((is_lead, is_typed, pk, booted))
        for point, people in found.items():
            for is_lead, is_typed, pk, booted in sorted(people)[:MOST_HOLDERS]:
                self.holders[point][pk] = Holder(not is_lead, not is_typed, booted)
                if not is_typed:
                    named.add(pk)
        return named

    def keys_of(self, ids: Iterable[int]) -> tuple[set[str], set[type_Point]]:
        """What other rows of the file could name these people by: memberIds, current and known phones and e-mails."""
        member_ids: set[str] = set()
        points: set[type_Point] = set()
        for pk in ids:
            person = self.people[pk]
            if person.now["member_id"]:
                member_ids.add(person.now["member_id"])
            for (name, _value), norm in person.norms.items():
                if name in ("mobileNumber", "email"):
                    points.add((name, norm))
            for name, column in (("mobileNumber", "mobile_number_norm"), ("email", "email_norm")):
                if person.now[column]:
                    points.add((name, person.now[column]))
        return member_ids, points - self.dead.keys()

    def usable(self, row: StagedRow) -> list[type_Point]:
        """The phone and the e-mail of a row by which somebody can be found."""
        return [point for point in row.points() if point not in self.dead] if self.dead else row.points()

    def person(self, pk: int) -> Person:
        """Who ``pk`` is now, also when it was unified into somebody since."""
        return self.people[self.leads_to.get(pk, pk)]

    def add_person(self, person: Person, member_id: str) -> None:
        """Somebody new."""
        self.people[person.id] = person
        if member_id:
            self.by_member[member_id] = person.id

    def hold(self, point: type_Point, person: Person) -> None:
        """The person has ``point`` for sure from now on."""
        there = self.holders[point].get(person.id)
        if there is None:
            self.holders[point][person.id] = Holder(person.is_member, True, person.booted)
        else:
            there.qualified = True

    def unified(self, lead: int, member: int) -> None:
        """``lead`` is part of ``member`` now; whatever named it names the member."""
        for pk, target in list(self.leads_to.items()):
            if target == lead:
                self.leads_to[pk] = member
        self.leads_to[lead] = member
        for held in self.holders.values():
            was = held.pop(lead, None)
            if was is not None:
                now = held.setdefault(member, Holder(True, False, was.booted))
                now.qualified |= was.qualified
        self.pairs.waiting.pop(lead, None)

    @property
    def pairs(self) -> Pairs:
        """What is known of pairs among everybody here; asked for when the first two people meet."""
        if self._pairs is None:
            ids = {pk for held in self.holders.values() for pk in held} | self.people.keys()
            self._pairs = load_pairs(self.site, ids)
        return self._pairs

    def count_join(self, point: type_Point) -> int:
        """UNI-14: how many contacts the value has joined today, this one among them."""
        if self._joins is None:
            self._joins = joins_today(self.site, self.holders, self.day)
        self._joins[point] = self._joins.get(point, 0) + 1
        return self._joins[point]
