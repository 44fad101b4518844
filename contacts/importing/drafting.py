"""IMP-2: an import before it is checked: how its file is read and where its columns go, as far as somebody has got.

What is told here is kept at once, whether or not it could be carried out already, so that an operator may leave and
come back. A check or a run looks at it as it is; while one of them works nothing may be changed.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from contacts.importing.columns import guess_columns
from contacts.importing.reading import Understood, read_rows, understand
from contacts.importing.starting import ImportRefused
from contacts.importing.storing import path_of, why_gone
from contacts.models import ContactImport

_READING = ("format", "encoding", "separator", "header", "sheet")
# Rows whose cells are shown as examples of a column: the first ones may be empty there.
LOOKED_AT = 200
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How an operator says a file is to be read; None: as it was understood."""

    encoding: str | None = None
    separator: str | None = None
    header: bool | None = None
    sheet: str | None = None


def look_at(contact_import: ContactImport, reading: Reading | None = None) -> Understood:
    """The file as ``reading`` says, or as it was kept; ``FileRefused``, or ``ImportRefused`` when it is gone."""
    told = contact_import.mapping
    as_kept = Reading(told.get("encoding"), told.get("separator"), told.get("header"), told.get("sheet"))
    wanted = reading or as_kept
    try:
        path = path_of(contact_import)
        return understand(
            path,
            contact_import.name,
            encoding=None if told.get("format") == "xlsx" else wanted.encoding,
            separator=None if told.get("format") == "xlsx" else wanted.separator,
            header=wanted.header,
            sheet=wanted.sheet,
        )
    except FileNotFoundError:
        raise ImportRefused(why_gone(contact_import)) from None


def keep_reading(contact_import: ContactImport, understood: Understood) -> None:
    """Read the file so from now on. Columns that were mapped stay so while they have the same names."""
    guessed = guess_columns(understood.header, understood.sample, contact_import.site)
    mapped = {column["header"]: column for column in contact_import.mapping.get("columns", [])}
    columns = [{**mapped.get(column["header"], column), "column": column["column"]} for column in guessed]
    _keep(contact_import, {**understood.as_data(), "columns": columns})


def keep_columns(contact_import: ContactImport, columns: Sequence[Mapping[str, Any]], import_tag: str) -> None:
    """Where the columns go, right or wrong, and the tag."""
    read = {name: contact_import.mapping[name] for name in _READING if name in contact_import.mapping}
    _keep(contact_import, {**read, "columns": [dict(column) for column in columns]}, import_tag)


def examples_of(contact_import: ContactImport) -> list[list[str]]:
    """The first values of each column that are not empty, at most ``EXAMPLES`` of each."""
    columns = contact_import.mapping.get("columns", [])
    found: list[list[str]] = [[] for _column in columns]
    for cells in _first_rows(contact_import):
        for values, cell in zip(found, cells, strict=False):
            if len(values) < EXAMPLES and cell.strip() and cell not in values:
                values.append(cell)
    return found


def _first_rows(contact_import: ContactImport) -> Iterator[Sequence[str]]:
    if contact_import.mapping.get("format") == "xlsx":
        # To read further a workbook has to be rewritten as a whole, for which nobody is to wait here.
        yield from look_at(contact_import).sample
        return
    try:
        rows = read_rows(path_of(contact_import), contact_import.mapping)
        yield from (row.cells for row in itertools.islice(rows, LOOKED_AT))
    except FileNotFoundError:
        raise ImportRefused(why_gone(contact_import)) from None


@transaction.atomic
def _keep(contact_import: ContactImport, mapping: Mapping[str, Any], import_tag: str | None = None) -> None:
    held = (
        ContactImport.objects.select_for_update(of=("self",), no_key=True)
        .select_related("check_job")
        .get(pk=contact_import.pk)
    )
    if held.forgotten_at is not None:
        raise ImportRefused(why_gone(held))
    if held.run_job_id or held.ran:
        raise ImportRefused("imported_already")
    if held.check_job is not None and not held.check_job.finished:
        raise ImportRefused("check_running")
    contact_import.mapping = held.mapping = dict(mapping)
    if import_tag is not None:
        contact_import.import_tag = held.import_tag = import_tag.strip()[:100]
    held.save(update_fields=["mapping", "import_tag"])
