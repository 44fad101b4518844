"""IMP-4, IMP-5: the rows of a file in normal form, staged in batches that commit with their progress.

A row that cannot be read, or has a cell that cannot be taken, is refused with line, column and reason; the good ones
are staged. Whom they are about, and whether they fit, is told later (``plan``): here no contact is looked at.
"""

import datetime
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from contacts.emails import Email
from contacts.folding import fold
from contacts.importing.cells import CellProblem, ColumnReader, column_readers
from contacts.importing.reading import read_rows
from contacts.importing.row_values import Refusal
from contacts.importing.rows import Row
from contacts.importing.storing import path_of
from contacts.importing.tables import as_json, insert_many
from contacts.importing.tag_columns import LabelRefused, TagColumn, tag_column
from contacts.junk import Junk, junk_of
from contacts.models import ContactImport, ImportReject, ImportRow, KnownField
from contacts.phones import Phone

_TABLE = ImportRow._meta.db_table
_COLUMNS = ("line", "member_id", "phone", "email", "person", "values")
_NAMING = frozenset({"memberId", "mobileNumber", "email"})
_NOT_PLANNED = {"batch": 0, "verdict": "", "creates": False}


@dataclass(slots=True)
class Staged:
    """What a batch of reading has brought. ``position``: where to read on; None: the file is through."""

    rows: int = 0
    refused: list[Refusal] = field(default_factory=list)
    position: dict[str, int] | None = None


@dataclass(slots=True)
class Labels:
    """TAG-1: the labels of the file, as far as it was read: those there are, and those that will be made."""

    column: TagColumn
    known: set[str]
    room: int
    made: dict[str, str]
    unusable: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, contact_import: ContactImport, made: Mapping[str, str]) -> "Labels | None":
        """``made``: {key: label} of the batches before. None when the file has no column of labels."""
        column = tag_column()
        if column is None or not any(told["field"] == "tags" for told in contact_import.mapping["columns"]):
            return None
        site = contact_import.site
        known = column.keys_of(site)
        return cls(column, known, column.room(site), dict(made), dict(column.refusal_of(site, known)))

    def check(self, labels: Sequence[str]) -> None:
        """``LabelRefused`` for the first that cannot be attached; the others are noted only when all can."""
        new: dict[str, str] = {}
        for label in labels:
            key = self.column.key(label)
            if key in self.unusable:
                raise LabelRefused(self.unusable[key], label)
            if key not in self.known and key not in self.made:
                new[key] = label
        if len(self.made) + len(new) > self.room:
            raise LabelRefused("site_full", next(iter(new.values())))
        self.made |= new


def stage(
    contact_import: ContactImport,
    position: Mapping[str, int] | None,
    most: int,
    *,
    labels: Labels | None,
    today: datetime.date,
) -> Staged:
    """Read on from ``position`` for ``most`` rows and keep them."""
    reader = RowReader.of(contact_import, labels, today)
    read = read_rows(path_of(contact_import), contact_import.mapping, start=position)
    staged = Staged()
    rows: list[tuple[Any, ...]] = []
    last: Row | None = None
    for last in itertools.islice(read, most):
        told = reader.read(last)
        if isinstance(told, Refusal):
            staged.refused.append(told)
        else:
            rows.append(told)
    staged.rows = len(rows) + len(staged.refused)
    staged.position = last.position if last is not None and staged.rows == most else None
    same = {"site_id": contact_import.site_id, "contact_import_id": contact_import.pk, **_NOT_PLANNED}
    insert_many(_TABLE, _COLUMNS, rows, shared=same)
    ImportReject.objects.bulk_create([refusal.as_reject(contact_import) for refusal in staged.refused])
    return staged


@dataclass(slots=True)
class RowReader:
    """Makes a staged row, or a refusal, of a row of the file."""

    columns: Sequence[ColumnReader]
    headers: Mapping[str, int]
    junk: Junk
    labels: Labels | None

    @classmethod
    def of(cls, contact_import: ContactImport, labels: Labels | None, today: datetime.date) -> "RowReader":
        """For the mapping of an import."""
        columns = column_readers(contact_import.mapping, contact_import.site, today=today)
        return cls(columns, {one.field: one.column for one in columns}, junk_of(contact_import.site), labels)

    def read(self, row: Row) -> tuple[Any, ...] | Refusal:
        """(line, memberId, phone, e-mail, number of the person, values as JSON)."""
        told = self._read(row)
        return replace(told, who=self._who(row.cells)) if isinstance(told, Refusal) else told

    def _who(self, cells: Sequence[str]) -> list[str]:
        """RET-4: whom a row names that is not staged, so that it goes with them."""
        who = []
        for column, name, _mode, convert in self.columns:
            if name in _NAMING and column < len(cells):
                value = convert(cells[column])
                norm = value.norm if isinstance(value, Phone | Email) else value
                if norm and isinstance(norm, str):
                    who.append(norm)
        return who

    def _read(self, row: Row) -> tuple[Any, ...] | Refusal:
        if row.problem is not None:
            return Refusal(row.line, row.problem, None, row.problem_values, while_reading=True)
        values: dict[str, Any] = {}
        cells = row.cells
        for column, name, _mode, convert in self.columns:
            value = convert(cells[column]) if column < len(cells) else None
            if value is None:
                continue
            if isinstance(value, CellProblem):
                return Refusal(row.line, value.code, column, value.values, while_reading=True)
            values[name] = value
        return self._staged(row.line, values)

    def _staged(self, line: int, values: dict[str, Any]) -> tuple[Any, ...] | Refusal:
        member_id = values.pop("memberId", "")
        if member_id and self.junk.has(KnownField.MEMBER_ID, member_id):
            told = {"value": member_id}
            return Refusal(line, "junk_member_id", self.headers["memberId"], told, while_reading=True)
        phone, email = values.get("mobileNumber"), values.get("email")
        phone_norm = email_norm = ""
        if isinstance(phone, Phone):
            phone_norm = phone.norm
            values["mobileNumber"] = [phone.shown, phone_norm]
        if isinstance(email, Email):
            email_norm = email.norm
            values["email"] = [email.shown, email_norm]
        if not (member_id or phone_norm or email_norm):
            return self._nobody(line, values)
        if self.labels is not None and (labels := values.get("tags")):
            try:
                self.labels.check(labels)
            except LabelRefused as refused:
                told = {"label": refused.label}
                return Refusal(line, f"tag.{refused.code}", self.headers["tags"], told, while_reading=True)
        born = values.get("birthDate")
        if isinstance(born, datetime.date):
            values["birthDate"] = born.isoformat()
        person = _number_of(member_id, phone_norm, email_norm, values.get("name", ""))
        return line, member_id, phone_norm, email_norm, person, as_json(values)

    def _nobody(self, line: int, values: Mapping[str, Any]) -> Refusal:
        """IMP-3: a lead needs a phone or an e-mail that somebody can be found by."""
        for key in ("mobileNumber", "email"):
            if key in values:
                return Refusal(line, "unusable_contact_point", self.headers[key], while_reading=True)
        return Refusal(line, "no_contact_point", while_reading=True)


def _number_of(member_id: str, phone: str, email: str, name: str) -> int:
    """A number that rows of the same person share and others do not (UNI-14)."""
    told = "\n".join((member_id, phone, email, fold(name)))
    return int.from_bytes(hashlib.blake2b(told.encode(), digest_size=8).digest(), "big", signed=True)
