"""IMP-4: rows are worked off together and get their verdicts; the check and the run come through here alike.

Rows that may concern one person are one batch (``close_batch``), whatever lies between them in the file. So batches do
not depend on each other, a person is written once, and the same file again finds everybody as the file leaves them.
Within a batch rows are gone through as if imported one after another: those with a memberId first, then those without,
each in the order of the file. So a row without one meets all members of the file, wherever they stand in it.
"""

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contacts.importing.applying import Manner, RowRefused
from contacts.importing.resolving import Hands, work_row
from contacts.importing.row_values import Refusal
from contacts.importing.rows_of_file import RowsOfFile, StagedRow, in_order, type_Point
from contacts.importing.tag_columns import tag_column
from contacts.importing.verdicts import EXAMPLES
from contacts.importing.world import World
from contacts.known_values import Origin
from contacts.models import ContactImport, Source, Verdict

# Rows from further down in the file that one batch takes in at most. Only a file that names one person thousands of
# times has more; the rest is left to the next batches.
MOST_OTHERS = 4_000
FILL, REPLACE = "fill", "replace"


def world_of(contact_import: ContactImport, now: datetime.datetime, *, locks: bool) -> World:
    """An empty world for a batch of this import."""
    columns = [column for column in contact_import.mapping["columns"] if column["field"] is not None]
    modes = {column["field"]: column.get("mode") for column in columns}
    tags = tag_column() if "tags" in modes else None
    manner = Manner(filled=frozenset(field for field, mode in modes.items() if mode == FILL))
    if tags is not None:
        key = tags.key
        manner = Manner(manner.filled, modes["tags"] == REPLACE, lambda labels: frozenset(map(key, labels)))
    origin = Origin(Source.IMPORT, contact_import.name, now)
    return World(contact_import.site, origin, manner, RowsOfFile(contact_import), tags=tags, locks=locks)


def headers_of(contact_import: ContactImport) -> dict[str, tuple[int, str]]:
    """{public name: (number of its column, its header)}."""
    columns = contact_import.mapping["columns"]
    return {column["field"]: (column["column"], column["header"]) for column in columns if column["field"] is not None}


def close_batch(world: World, rows: Sequence[StagedRow]) -> tuple[list[StagedRow], bool]:
    """``rows`` with all further rows of the file that may be about the same people, in the order of work.

    The answer also says whether some had to be left out.
    """
    batch = {row.line: row for row in rows}
    last = max(batch)
    asked: tuple[set[str], set[type_Point]] = set(), set()
    new: Sequence[StagedRow] = rows
    room = MOST_OTHERS
    while new and room > 0:
        member_ids, points = world.keys_of(world.add(new))
        member_ids |= {row.member_id for row in new if row.member_id}
        points |= {point for row in new for point in world.usable(row)}
        member_ids, points = member_ids - asked[0], points - asked[1]
        asked = asked[0] | member_ids, asked[1] | points
        found = world.rows.of_same_people(member_ids=member_ids, points=points, after=last, most=room + 1)
        new = [row for row in found if row.line not in batch][:room]
        batch |= {row.line: row for row in new}
        room -= len(new)
    if room <= 0:
        world.add(new)
    return in_order(batch.values()), room <= 0


def work_rows(world: World, rows: Sequence[StagedRow], hands: Hands, headers: Mapping[str, tuple[int, str]]) -> None:
    """Go through ``rows`` in order; who is refused says why."""
    for row in rows:
        work_one(world, row, hands, headers)
    give_verdicts(world, rows)


def work_one(world: World, row: StagedRow, hands: Hands, headers: Mapping[str, tuple[int, str]]) -> None:
    """One row; its verdict comes when the batch is through."""
    try:
        work_row(world, row, hands)
    except RowRefused as refused:
        column = headers.get(refused.key, (None, ""))[0]
        row.refusal = Refusal(row.line, refused.code, column, refused.values)


def give_verdicts(world: World, rows: Sequence[StagedRow]) -> None:
    """What became of each row, when all that concerns its person is decided."""
    changed: dict[int, bool] = {}
    for row in rows:
        if row.contact_id is not None and row.contact_id not in changed:
            changed[row.contact_id] = world.people[row.contact_id].is_changed
        row.verdict = _verdict(row, changed).value


def _verdict(row: StagedRow, changed: Mapping[int, bool]) -> Verdict:
    if row.refusal is not None or row.contact_id is None:
        return Verdict.REFUSED
    is_changed = changed[row.contact_id]
    if row.merges or (row.joins and row.is_touched and is_changed):
        return Verdict.MERGED
    if row.pending or row.suggested:
        return Verdict.DELAYED if row.pending else Verdict.SUGGESTED
    if not row.is_first:
        return Verdict.DUPLICATE
    if row.creates:
        return Verdict.CREATED
    return Verdict.UPDATED if is_changed else Verdict.UNCHANGED


@dataclass(frozen=True, slots=True)
class Tally:
    """A batch in numbers: what a job's progress and an import's report are made of."""

    verdicts: Mapping[str, int]
    created: int
    examples: Mapping[str, list[int]]

    @classmethod
    def of(cls, rows: Sequence[StagedRow], before: Mapping[str, Any]) -> "Tally":
        """``before``: the result of the job so far, which may have enough examples."""
        known = before.get("examples", {})
        examples: dict[str, list[int]] = {}
        for row in rows:
            lines = examples.setdefault(row.verdict, [])
            if len(lines) + len(known.get(row.verdict, ())) < EXAMPLES:
                lines.append(row.line)
        return cls(Counter(row.verdict for row in rows), sum(row.creates for row in rows), examples)

    @property
    def refused(self) -> int:
        """Rows left out."""
        return self.verdicts.get(Verdict.REFUSED, 0)

    @property
    def unchanged(self) -> int:
        """Rows that say what is known already, or what another row has said."""
        return self.verdicts.get(Verdict.UNCHANGED, 0) + self.verdicts.get(Verdict.DUPLICATE, 0)

    @property
    def changed(self) -> int:
        """The others."""
        return sum(self.verdicts.values()) - self.refused - self.unchanged

    def as_result(self) -> dict[str, Any]:
        """For the result of a job, which adds up."""
        examples = {verdict: lines for verdict, lines in self.examples.items() if lines}
        return {"verdicts": dict(self.verdicts), "contactsCreated": self.created, "examples": examples}
