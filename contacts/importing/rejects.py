"""IMP-5: the rows that were left out, as a file like the one they came from, with a column that says why.

The cells are read again from the stored file, so that nothing personal is kept twice. They are written as they were,
in the file's own encoding and with its separator (a workbook's as CSV in UTF-8); formulas are made harmless, which
reading them again undoes. The reason is in the active language; a character that the encoding lacks becomes a question
mark.
"""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from contacts.importing.encodings import bom_of
from contacts.importing.guarding import guard
from contacts.importing.reading import read_rows
from contacts.importing.row_reasons import told
from contacts.importing.row_values import told_values
from contacts.importing.storing import path_of
from contacts.models import ContactImport, ImportReject

_AT_ONCE = 500


def rejected_rows(contact_import: ContactImport) -> Iterator[bytes]:
    """The file piece by piece, whatever its size. ``FileNotFoundError`` when the import was forgotten."""
    path = path_of(contact_import)
    encoding, separator = _written_as(contact_import)
    yield bom_of(encoding)
    headers = [column["header"] for column in sorted(contact_import.mapping["columns"], key=lambda one: one["column"])]
    yield _lines([[*headers, _("Reason")]], encoding, separator)
    rejects = ImportReject.objects.filter(site=contact_import.site_id, contact_import=contact_import)
    waiting = rejects.order_by("line").iterator(chunk_size=2_000)
    reject = next(waiting, None)
    lines: list[list[str]] = []
    if reject is not None:
        for row in read_rows(path, contact_import.mapping):
            if row.line < reject.line:
                continue
            cells = [*row.cells[: len(headers)], *[""] * (len(headers) - len(row.cells))]
            lines.append([*map(guard, cells), _reason(reject, headers)])
            if len(lines) == _AT_ONCE:
                yield _lines(lines, encoding, separator)
                lines = []
            reject = next(waiting, None)
            if reject is None:
                break
    yield _lines(lines, encoding, separator)


def _written_as(contact_import: ContactImport) -> tuple[str, str]:
    """The encoding and the separator of the answer."""
    mapping = contact_import.mapping
    if mapping.get("format") == "xlsx":
        return "utf-8-sig", ","
    return mapping["encoding"], mapping["separator"]


def _reason(reject: ImportReject, headers: list[str]) -> str:
    words = told(reject.code, told_values(reject))
    if reject.column is None or reject.column >= len(headers):
        return words
    return f"{headers[reject.column]}: {words}"


def _lines(rows: list[list[str]], encoding: str, separator: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding.removesuffix("-sig"), "replace")
