"""IMP-3, IMP-6, UNI-1..4: whom a row is about, what is written into them, and who turns out to be one person.

    row               | who has its phone or e-mail for sure  | the row
    ------------------+----------------------------------------+---------------------------------------------------
    with a memberId   | whoever                                | is the member of that memberId, there or new
    without           | a lead (the phone decides first)       | is that lead
    without           | no lead, exactly one member            | joins the member, as a lead that never booted would
    without           | no lead; no member, or several of them | is a new lead

Then the table of ``contacts.unifying`` is gone through, for the phones and e-mails that have come to the person by the
row. A row that joins a member makes no contact: there would be nothing in it that the member does not get, and the same
file again finds the member.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from contacts.folding import fold
from contacts.importing.applying import RowRefused, apply_row, fill_new
from contacts.importing.people import Person
from contacts.importing.rows_of_file import StagedRow, type_Point
from contacts.importing.world import Holder, World
from contacts.junk import MAX_JOINS, REASONS
from contacts.models import Kind, KnownField, LeadReason, PendingMerge
from contacts.suggesting import Suggested
from desk.ids import new_id

_NORMS = {"email": ("email_norm", "email_qualified"), "mobileNumber": ("mobile_number_norm", "mobile_number_qualified")}


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody else who has ``point``."""

    pk: int
    point: type_Point
    holder: Holder


class Hands(Protocol):
    """Who does what was decided: the check only notes it, the run writes it."""

    def merge(self, world: World, member: int, lead: int, point: type_Point) -> int | None:
        """Unify them now; the number of the merge, None when the rule refuses it."""

    def leave_pending(self, world: World, row: PendingMerge) -> None:
        """Link a lead that has booted with its member."""

    def suggest(self, world: World, pair: Suggested) -> None:
        """Leave a pair to an operator."""

    def freeze(self, world: World, point: type_Point) -> None:
        """UNI-14: the value would join too many."""


def work_row(world: World, row: StagedRow, hands: Hands) -> None:
    """Decide whom ``row`` is about and write it into them. Raises ``RowRefused``; then nothing was written."""
    person = _who(world, row)
    is_new = person is None
    if person is None:
        person = _somebody_new(row)
        row.is_touched = fill_new(person, row.values, world.manner)
        world.add_person(person, row.member_id)
    else:
        row.is_touched = apply_row(person, row.values, world.manner, joins=row.joins)
    row.creates, row.contact_id = is_new, person.id
    row.is_first = person.rows == 0
    person.rows += 1
    _Arrival(world, row, person, hands).unify()


def _who(world: World, row: StagedRow) -> Person | None:
    if row.member_id:
        known = world.by_member.get(row.member_id)
        return None if known is None else world.person(known)
    points = world.usable(row)
    if not points:
        raise RowRefused(*_nobody_to_find(world, row))
    for point in points:
        lead = _lead_with(world, point)
        if lead is not None:
            return lead
    members = {
        world.leads_to.get(pk, pk)
        for point in points
        for pk, holder in world.holders[point].items()
        if holder.is_member and holder.qualified
    }
    if len(members) != 1:
        return None
    row.joins = True
    return world.people[members.pop()]


def _nobody_to_find(world: World, row: StagedRow) -> tuple[str, str]:
    """Which field is to blame, and why."""
    for point in row.points():
        return point[0], world.dead[point]
    key = next((key for key in ("mobileNumber", "email") if key in row.values), "")
    return key, "unusable_contact_point" if key else "no_contact_point"


def _lead_with(world: World, point: type_Point) -> Person | None:
    """The lead who has it for sure: who has it now before who had it once, then who is known longest."""
    leads = [pk for pk, holder in world.holders[point].items() if holder.qualified and not holder.is_member]
    if not leads:
        return None
    column, flag = _NORMS[point[0]]

    def order(pk: int) -> tuple[bool, int]:
        now = world.people[pk].now
        return (not (now[column] == point[1] and now[flag]), pk)

    return world.people[min(leads, key=order)]


def _somebody_new(row: StagedRow) -> Person:
    """The check gives the id, and the run keeps it: who is new is told by the rows, whatever happens in between."""
    person = Person(row.told_contact if row.told_creates and row.told_contact else new_id(), is_new=True)
    if row.member_id:
        person.now |= {"kind": Kind.MEMBER.value, "member_id": row.member_id, "member_id_folded": fold(row.member_id)}
        person.seen["memberId", row.member_id] = fold(row.member_id)
    else:
        person.now |= {"kind": Kind.LEAD.value, "lead_reason": LeadReason.ENTERED.value}
    return person


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What ``row`` says has come to ``person``: the table of ``contacts.unifying``."""

    world: World
    row: StagedRow
    person: Person
    hands: Hands

    def unify(self) -> None:
        """Look at everybody else who has what has come to the person by this row, and was not known for sure."""
        points = [point for point in self.world.usable(self.row) if self._stands(point) and self._is_news(point)]
        if not points:
            return
        found = list(self._found(points))
        for point in points:
            self.world.hold(point, self.person)
        if not found:
            return
        if self.row.joins:
            self._suggest(self.person.id, found)
        elif self.person.is_member:
            self._of_member(found)
        else:
            self._of_lead(found)

    def _stands(self, point: type_Point) -> bool:
        """Whether it was written: a column may only fill. Of a row that joins it counts what has become known."""
        column, flag = _NORMS[point[0]]
        if self.person.now[column] == point[1] and self.person.now[flag]:
            return True
        return self.row.joins and (point[0], self.row.values[point[0]][0]) in self.person.seen

    def _is_news(self, point: type_Point) -> bool:
        """Else the file says what it, or somebody, has said before: whatever follows from that has followed."""
        there = self.world.holders[point].get(self.person.id)
        return there is None or not there.qualified

    def _found(self, points: list[type_Point]) -> Iterator[Found]:
        for point in points:
            held = self.world.holders[point]
            for pk, holder in sorted(held.items()) if held else ():
                if pk != self.person.id:
                    yield Found(pk, point, holder)

    def _of_lead(self, found: list[Found]) -> None:
        """The lead may be one member."""
        world, lead = self.world, self.person.id
        members = {one.pk for one in found if one.holder.is_member and one.holder.qualified}
        linked = world.pairs.waiting.get(lead, set())
        [member] = members if members and len(members | linked) == 1 else [0]
        if not member or world.pairs.are_apart(lead, member):
            self._suggest(lead, found)
            return
        match = next(one for one in found if one.pk == member and one.holder.qualified)
        is_unified = self._join(lead, self.person.booted, member, match.point)
        known_as = member if is_unified else lead
        self._suggest(known_as, [one for one in found if one.pk != member])

    def _of_member(self, found: list[Found]) -> None:
        """Leads may be the member, unless another member has the value too."""
        world, member = self.world, self.person.id
        crowded = {one.point for one in found if one.holder.is_member and one.holder.qualified}
        leads: dict[int, Found] = {}
        for one in found:
            if not one.holder.is_member and one.holder.qualified and one.point not in crowded:
                leads.setdefault(one.pk, one)
        for lead in list(leads):
            if world.pairs.are_apart(member, lead) or world.pairs.waiting.get(lead, set()) - {member}:
                del leads[lead]
        for lead, match in sorted(leads.items()):
            self._join(lead, match.holder.booted, member, match.point)
        self._suggest(member, [one for one in found if one.pk not in leads])

    def _join(self, lead: int, booted: bool, member: int, point: type_Point) -> bool:
        """Unify or link the two; True when they are one now."""
        world = self.world
        if point in world.dead or world.pairs.wait(lead, member):
            return False
        if world.count_join(point) > MAX_JOINS:
            world.dead[point] = "frozen_contact_point"
            self.hands.freeze(world, point)
            return False
        if booted:
            world.pairs.waiting.setdefault(lead, set()).add(member)
            self.row.pending.append((lead, member))
            self.hands.leave_pending(world, self._pending(lead, member, point))
            return False
        merged = self.hands.merge(world, member, lead, point)
        if merged is None:
            self._suggest(lead, [Found(member, point, Holder(True, True, False))])
            return False
        self.row.merges.append(merged)
        return True

    def _pending(self, lead: int, member: int, point: type_Point) -> PendingMerge:
        origin = self.world.origin
        return PendingMerge(
            site=self.world.site,
            contact_id=lead,
            member_id=member,
            field=point[0],
            value=point[1],
            source=origin.source,
            source_label=origin.label[:120],
            at=origin.now,
        )

    def _suggest(self, pk: int, found: list[Found]) -> None:
        pairs = self.world.pairs
        for one in found:
            if one.point in self.world.dead or pairs.wait(pk, one.pk) or pairs.wait(one.pk, pk):
                continue
            pair, reason = (min(pk, one.pk), max(pk, one.pk)), str(REASONS[KnownField(one.point[0])])
            if pair in pairs.apart or reason in pairs.suggested.get(pair, ()):
                continue
            pairs.suggested.setdefault(pair, set()).add(reason)
            self.row.suggested.append((*pair, reason))
            self.hands.suggest(self.world, Suggested(pk, one.pk, KnownField(one.point[0]), one.point[1]))
