"""The staged rows of a file (``ImportRow``) as the check and the run read and write them, many with one statement.

Raw statements: making a model instance of each of a million rows takes longer than reading them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from contacts.id_lists import ids_value, in_ids
from contacts.importing.loading import in_texts, texts_value
from contacts.importing.row_values import Refusal
from contacts.importing.tables import as_json, update_many
from contacts.junk import MAX_JOINS
from contacts.models import ContactImport, ImportReject, ImportRow, Verdict

type_Point = tuple[str, str]
_TABLE = ImportRow._meta.db_table
_DECIDED = {"verdict": "text", "creates": "bool", "contact_id": "bigint", "made": "jsonb"}
_COLUMNS = 'line, member_id, phone, email, "values", batch, verdict, creates, contact_id'


@dataclass(slots=True)
class StagedRow:
    """A row of the file; the first columns are as staged, then what the check has told, then what is decided now."""

    line: int
    member_id: str
    phone: str
    email: str
    values: dict[str, Any]
    batch: int = 0
    told: str = ""
    told_creates: bool = False
    told_contact: int | None = None
    verdict: str = ""
    creates: bool = False
    contact_id: int | None = None
    is_first: bool = True
    joins: bool = False
    is_touched: bool = False
    refusal: Refusal | None = None
    merges: list[int] = field(default_factory=list)
    pending: list[tuple[int, int]] = field(default_factory=list)
    # (smaller id, larger id, reason) of suggestions it gave rise to.
    suggested: list[tuple[int, int, str]] = field(default_factory=list)
    _points: list[type_Point] | None = None

    def points(self) -> list[type_Point]:
        """Its phone and its e-mail in their normal forms, the phone first."""
        if self._points is None:
            self._points = [("mobileNumber", self.phone)] if self.phone else []
            if self.email:
                self._points.append(("email", self.email))
        return self._points

    @property
    def is_as_told(self) -> bool:
        """Whether it went as the check has said."""
        return (
            self.verdict == self.told
            and self.creates == self.told_creates
            and (self.contact_id == self.told_contact or not self.contact_id)
        )

    @property
    def made(self) -> dict[str, Any] | None:
        """What the row brought about beside its person's values, for the undo."""
        if not (self.merges or self.pending or self.suggested):
            return None
        return {"merges": self.merges, "pending": self.pending, "suggested": self.suggested}


class RowsOfFile:
    """The rows of one import."""

    def __init__(self, contact_import: ContactImport) -> None:
        self.contact_import = contact_import
        self._where = f"FROM {_TABLE} WHERE site_id = %s AND contact_import_id = %s"
        self._values: list[Any] = [contact_import.site_id, contact_import.pk]
        # A check has looked at all values of the file, which do not change.
        self.may_crowd = contact_import.checked.get("crowded", True)
        self.is_crowded = False

    def unplanned(self, after: int, most: int) -> list[StagedRow]:
        """The next rows in the order of the file that belong to no batch yet."""
        return self._read("AND line > %s AND batch = 0 ORDER BY line LIMIT %s", [after, most])

    def of_same_people(
        self, *, member_ids: Collection[str], points: Iterable[type_Point], after: int, most: int
    ) -> list[StagedRow]:
        """Rows after line ``after``, in no batch yet, that name one of these members, phones or e-mails."""
        found: dict[int, StagedRow] = {}
        phones, emails = split_points(points)
        for column, wanted in (("member_id", member_ids), ("phone", phones), ("email", emails)):
            if wanted:
                sql = f"AND {column} {in_texts()} AND NOT {column} = '' AND batch = 0 AND line > %s LIMIT %s"
                found |= {row.line: row for row in self._read(sql, [texts_value(wanted), after, most])}
        return [found[line] for line in sorted(found)][:most]

    def planned_before(self, rows: Sequence[StagedRow], batch: int) -> set[int]:
        """Lines of ``rows`` whose person an earlier batch was about; only a file with one person thousands of times."""
        phones, emails = split_points(point for row in rows for point in row.points())
        known: dict[str, set[str]] = {}
        for column, wanted in (("member_id", {row.member_id for row in rows}), ("phone", phones), ("email", emails)):
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT DISTINCT {column} {self._where} AND {column} {in_texts()} AND NOT {column} = ''"
                    " AND batch > 0 AND batch < %s",
                    [*self._values, texts_value(wanted), batch],
                )
                known[column] = {value for (value,) in cursor.fetchall()}
        return {
            row.line
            for row in rows
            if row.member_id in known["member_id"]
            or (not row.member_id and (row.phone in known["phone"] or row.email in known["email"]))
        }

    def of_batch(self, number: int, *, first: int, last: int, others: Sequence[int]) -> list[StagedRow]:
        """The rows of a batch in the order of work."""
        rows = self._read("AND line BETWEEN %s AND %s AND batch = %s", [first, last, number])
        if others:
            rows += self._read(f"AND line {in_ids()} AND batch = %s", [ids_value(others), number])
        return in_order(rows)

    def crowded(self, points: Iterable[type_Point]) -> set[type_Point]:
        """UNI-14: of these phones and e-mails those that more than 20 different people of the file have."""
        found: set[type_Point] = set()
        if not self.may_crowd:
            return found
        phones, emails = split_points(points)
        for name, column, wanted in (("mobileNumber", "phone", phones), ("email", "email", emails)):
            if not wanted:
                continue
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT {column} {self._where} AND {column} {in_texts()} AND NOT {column} = ''"
                    f" GROUP BY {column} HAVING COUNT(*) > %s AND COUNT(DISTINCT person) > %s",
                    [*self._values, texts_value(wanted), MAX_JOINS, MAX_JOINS],
                )
                found |= {(name, value) for (value,) in cursor.fetchall()}
        self.is_crowded = self.is_crowded or bool(found)
        return found

    def save(self, rows: Sequence[StagedRow], *, batch: int) -> None:
        """Keep what was decided; rejects are rows of their own."""
        if rows:
            _update(self.contact_import, rows, batch)
        self._keep_rejects(rows)

    def _keep_rejects(self, rows: Sequence[StagedRow]) -> None:
        rejects = ImportReject.objects.filter(
            site=self.contact_import.site_id, contact_import=self.contact_import, while_reading=False
        )
        accepted = [row.line for row in rows if row.refusal is None and row.told == Verdict.REFUSED]
        if accepted:
            rejects.filter(line__in=accepted).delete()
        refused = [row.refusal for row in rows if row.refusal is not None and row.told != Verdict.REFUSED]
        ImportReject.objects.bulk_create([refusal.as_reject(self.contact_import) for refusal in refused])

    def _read(self, condition: str, values: Sequence[Any]) -> list[StagedRow]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {_COLUMNS} {self._where} {condition}", [*self._values, *values])
            rows = cursor.fetchall()
        return [
            StagedRow(row[0], row[1], row[2], row[3], orjson.loads(row[4]), row[5], row[6], bool(row[7]), row[8])
            for row in rows
        ]


def in_order(rows: Iterable[StagedRow]) -> list[StagedRow]:
    """The order of work: rows with a memberId first, each part in the order of the file."""
    return sorted(rows, key=lambda row: (not row.member_id, row.line))


def split_points(points: Iterable[type_Point]) -> tuple[set[str], set[str]]:
    """The phones and the e-mails among them."""
    phones: set[str] = set()
    emails: set[str] = set()
    for name, norm in points:
        (phones if name == "mobileNumber" else emails).add(norm)
    return phones, emails


def _update(contact_import: ContactImport, rows: Sequence[StagedRow], batch: int) -> None:
    update_many(
        _TABLE,
        "line",
        _DECIDED,
        [
            (
                row.line,
                row.verdict,
                row.creates,
                row.contact_id,
                None if (made := row.made) is None else as_json(made),
            )
            for row in rows
        ],
        shared={"batch": batch},
        among={"site_id": contact_import.site_id, "contact_import_id": contact_import.pk},
    )
