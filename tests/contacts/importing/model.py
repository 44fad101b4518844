"""The rules of an import in a few plain lines, one row after the other: what the engine is held against.

People are dictionaries; nothing is looked up in a database, nothing is done in batches. It knows names, mobile numbers,
e-mails, a custom field and memberIds; a person has a ``browser`` when it has booted.
"""

from dataclasses import dataclass, field
from typing import Any

FIELDS = ("name", "mobileNumber", "email", "size")
POINTS = ("mobileNumber", "email")


@dataclass
class Person:
    """``known``: every phone and e-mail ever told -> whether for sure."""

    name_of: str
    values: dict[str, str] = field(default_factory=dict)
    sure: dict[str, bool] = field(default_factory=dict)
    known: dict[tuple[str, str], bool] = field(default_factory=dict)
    member_id: str = ""
    browser: bool = False

    def has(self, point: tuple[str, str]) -> bool:
        return point in self.known

    def has_surely(self, point: tuple[str, str]) -> bool:
        return self.known.get(point, False)


@dataclass
class Desk:
    """Everybody, and what is left to operators and browsers."""

    people: list[Person] = field(default_factory=list)
    pending: set[tuple[str, str]] = field(default_factory=set)
    suggested: set[frozenset[str]] = field(default_factory=set)
    refused: int = 0
    made: int = 0

    def import_row(self, row: dict[str, str], filled: frozenset[str]) -> None:
        """One row; an empty cell is not in it."""
        points = [(name, row[name]) for name in POINTS if name in row]
        member_id = row.get("memberId", "")
        if not member_id and not points:
            self.refused += 1
            return
        person, joins = self._who(member_id, points)
        if person is None:
            self.made += 1
            person = Person(f"new {self.made}", member_id=member_id)
            self.people.append(person)
        known = [point for point in points if person.has_surely(point)]
        for name in FIELDS:
            if name in row:
                self._write(person, name, row[name], fills=name in filled, joins=joins)
        told = [point for point in points if self._stands(person, point, joins=joins) and point not in known]
        found = [(other, point) for point in told for other in self.people if other is not person and other.has(point)]
        if joins:
            self._suggest(person, found)
        elif person.member_id:
            self._of_member(person, found)
        else:
            self._of_lead(person, found)

    def _who(self, member_id: str, points: list[tuple[str, str]]) -> tuple[Person | None, bool]:
        if member_id:
            return next((person for person in self.people if person.member_id == member_id), None), False
        for point in points:
            leads = [one for one in self.people if not one.member_id and one.has_surely(point)]
            # Who has it now before who had it once, then who came first.
            leads.sort(key=lambda one: not (one.values.get(point[0]) == point[1] and one.sure.get(point[0])))
            if leads:
                return leads[0], False
        members = [one for one in self.people if one.member_id and any(map(one.has_surely, points))]
        return (members[0], True) if len(members) == 1 else (None, False)

    @staticmethod
    def _write(person: Person, name: str, value: str, *, fills: bool, joins: bool) -> None:
        old = person.values.get(name, "")
        if name in POINTS and (joins or not (fills and old)):
            person.known[name, value] = True
        if fills and old:
            return
        if joins and old and not (name in POINTS and not person.sure.get(name)):
            return
        person.values[name] = value
        person.sure[name] = True

    @staticmethod
    def _stands(person: Person, point: tuple[str, str], *, joins: bool) -> bool:
        name, value = point
        if person.values.get(name) == value and person.sure.get(name, False):
            return True
        return joins and person.has_surely(point)

    def _of_lead(self, lead: Person, found: list[tuple[Person, tuple[str, str]]]) -> None:
        members = {one.name_of for one, point in found if one.member_id and one.has_surely(point)}
        linked = {member for waits, member in self.pending if waits == lead.name_of}
        if len(members) != 1 or len(members | linked) != 1:
            self._suggest(lead, found)
            return
        [name] = members
        member = next(one for one in self.people if one.name_of == name)
        known_as = self._join(lead, member)
        self._suggest(known_as, [(one, point) for one, point in found if one is not member])

    def _of_member(self, member: Person, found: list[tuple[Person, tuple[str, str]]]) -> None:
        crowded = {point for one, point in found if one.member_id and one.has_surely(point)}
        leads = []
        for one, point in found:
            elsewhere = any(waits == one.name_of and other != member.name_of for waits, other in self.pending)
            is_lead = not one.member_id and one.has_surely(point) and point not in crowded
            if is_lead and not elsewhere and one not in leads:
                leads.append(one)
        for lead in leads:
            self._join(lead, member)
        self._suggest(member, [(one, point) for one, point in found if one not in leads])

    def _join(self, lead: Person, member: Person) -> Person:
        if (lead.name_of, member.name_of) in self.pending:
            return lead
        if lead.browser:
            self.pending.add((lead.name_of, member.name_of))
            return lead
        for name, value in lead.values.items():
            if not member.values.get(name) or (name in POINTS and lead.sure[name] and not member.sure.get(name)):
                member.values[name], member.sure[name] = value, lead.sure.get(name, True)
        for point, sure in lead.known.items():
            member.known[point] = member.known.get(point, False) or sure
        self.people.remove(lead)
        # What was suggested of either is of the one they are now.
        self.suggested = {
            frozenset(member.name_of if name == lead.name_of else name for name in pair) for pair in self.suggested
        }
        self.suggested = {pair for pair in self.suggested if len(pair) == 2}
        return member

    def _suggest(self, person: Person, found: list[tuple[Person, tuple[str, str]]]) -> None:
        for one, _point in found:
            if {(person.name_of, one.name_of), (one.name_of, person.name_of)} & self.pending:
                continue
            self.suggested.add(frozenset({person.name_of, one.name_of}))

    def state(self) -> list[Any]:
        """Everything that can be compared with the tables, without the names of people."""
        return sorted(
            [
                one.member_id,
                sorted((name, value) for name, value in one.values.items() if value),
                sorted((*point, sure) for point, sure in one.known.items()),
            ]
            for one in self.people
        )
