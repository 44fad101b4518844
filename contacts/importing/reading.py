"""IMP-1: what a file is and how its rows are read.

``understand`` looks at the head of a file and says what it takes it for; an operator may say otherwise. ``read_rows``
then reads it as it was understood, from the start or from any row on. CSV and TSV are read where they lie. A workbook,
a file in UTF-16 and one with the line ends of old Macs is rewritten once as UTF-8 beside the stored file
(``prepare``), so that it too can be read on from any row.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contacts.importing.encodings import ENCODINGS, NotText, guess_encoding
from contacts.importing.names import looks_like_header
from contacts.importing.preparing import Readable, prepare, sheets
from contacts.importing.reasons import FileRefused, Problem
from contacts.importing.rows import MAX_COLUMNS, Position, Row

SEPARATORS = (",", ";", "\t")
SAMPLE = 5
_LOOKED_AT = 50
_HEAD = 1 << 16
_HTML = (b"<!doctype html", b"<html", b"<table", b"<meta", b"<head", b"<style", b"<?xml")
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Understood:
    """What a file was taken for. ``header_row`` is the line of the header, None when there is none.

    ``header`` names every column, made up where the file does not; ``sample`` are the first rows after it.
    """

    format: str
    encoding: str
    separator: str
    header_row: int | None
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The part of a mapping that says how the file is read, as plain JSON."""
        return {
            "format": self.format,
            "encoding": self.encoding,
            "separator": self.separator,
            "header": self.header_row is not None,
            "sheet": self.sheet,
        }


def understand(
    path: Path,
    name: str,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    header: bool | None = None,
    sheet: str | None = None,
) -> Understood:
    """Look at the file at ``path``, which was called ``name``; what is given is taken as said.

    Raises ``FileRefused`` for what is no table of people.
    """
    if encoding is not None and encoding not in ENCODINGS:
        raise FileRefused("encoding_unknown", {"encoding": encoding})
    if separator is not None and separator not in SEPARATORS:
        raise FileRefused("separator_unknown", {"separator": separator})
    with path.open("rb") as file:
        head = file.read(_HEAD)
    _refuse_what_is_no_table(head)
    if head.startswith(_ZIP):
        return _understand_workbook(path, header=header, sheet=sheet)
    return _understand_text(path, name, encoding=encoding, separator=separator, header=header)


def read_rows(path: Path, told: Mapping[str, Any], *, start: Mapping[str, int] | None = None) -> Iterator[Row]:
    """The rows of people in the file, as ``told`` (a mapping, or ``Understood.as_data()``) says it is to be read.

    ``start`` is a row's ``position``: reading goes on after that row at once, without reading what comes before.
    """
    readable = prepare(path, told)
    rows = readable.rows(Position(**start) if start is not None else None)
    return itertools.islice(rows, 1, None) if start is None and told["header"] else rows


def size_of(path: Path, told: Mapping[str, Any]) -> int:
    """How far ``next_offset`` of the last row will be: what the progress of reading is measured by."""
    return prepare(path, told).path.stat().st_size


def _refuse_what_is_no_table(head: bytes) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise FileRefused("empty")
    if head.startswith(_OLD_EXCEL):
        # A workbook with a password is packed into the same container as the old format.
        raise FileRefused("encrypted" if "EncryptedPackage".encode("utf-16-le") in head else "old_excel")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower().startswith(_HTML):
        raise FileRefused("html")


def _understand_workbook(path: Path, *, header: bool | None, sheet: str | None) -> Understood:
    look = sheets().look(path, sheet=sheet, rows=_LOOKED_AT)
    problems = (
        [Problem("other_sheets", {"count": len(look.filled), "sheet": look.sheet})] if len(look.filled) > 1 else []
    )
    if look.formulas_without_values:
        problems.append(Problem("formulas_without_values"))
    return _understood(
        look.rows,
        format="xlsx",
        encoding="utf-8-sig",
        separator=",",
        header=header,
        problems=problems,
        sheet=look.sheet,
        sheets=look.names,
    )


def _understand_text(
    path: Path, name: str, *, encoding: str | None, separator: str | None, header: bool | None
) -> Understood:
    problems = []
    if encoding is None:
        try:
            guess = guess_encoding(path)
        except NotText:
            raise FileRefused("binary") from None
        encoding = guess.encoding
        if not guess.sure:
            problems.append(Problem("encoding_likely"))
    readable = prepare(path, {"format": "csv", "encoding": encoding, "separator": ","})
    separator = separator or _guess_separator(readable, name)
    rows = [
        (row.line, row.cells) for row in itertools.islice(replace(readable, separator=separator).rows(), _LOOKED_AT)
    ]
    return _understood(
        rows,
        format="tsv" if separator == "\t" else "csv",
        encoding=encoding,
        separator=separator,
        header=header,
        problems=problems,
    )


def _guess_separator(readable: "Readable", name: str) -> str:
    """The separator by which most of the first rows get the same number of cells, the more the better."""

    def regularity(separator: str) -> tuple[float, int]:
        rows = itertools.islice(replace(readable, separator=separator).rows(), _LOOKED_AT)
        widths = Counter(len(row.cells) for row in rows)
        (width, count) = widths.most_common(1)[0] if widths else (1, 0)
        return (0.0, 0) if width == 1 else (round(count / widths.total(), 1), width)

    best = max(SEPARATORS, key=regularity)
    if regularity(best) == (0.0, 0):
        return "\t" if name.lower().endswith((".tsv", ".tab")) else ","
    return best


def _understood(
    rows: Sequence[tuple[int, Sequence[str]]],
    *,
    format: str,
    encoding: str,
    separator: str,
    header: bool | None,
    problems: list[Problem],
    sheet: str | None = None,
    sheets: tuple[str, ...] = (),
) -> Understood:
    if not rows:
        raise FileRefused("empty")
    first_line, first = rows[0]
    if len(first) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", {"columns": len(first), "limit": MAX_COLUMNS})
    has_header = looks_like_header(first) if header is None else header
    if header is None and not has_header:
        problems.append(Problem("no_header"))
    names, told_of_names = _column_names(first if has_header else [""] * len(first))
    people = rows[1:] if has_header else rows
    if not people:
        problems.append(Problem("no_rows"))
    return Understood(
        format=format,
        encoding=encoding,
        separator=separator,
        header_row=first_line if has_header else None,
        header=names,
        sample=tuple((*cells, *[""] * (len(names) - len(cells))) for _line, cells in people[:SAMPLE]),
        sheet=sheet,
        sheets=sheets,
        problems=(*problems, *(told_of_names if has_header else ())),
    )


def _column_names(cells: Sequence[str]) -> tuple[tuple[str, ...], list[Problem]]:
    """Every column by a name of its own: a blank one by its letter, a second “이름” as “이름 (2)”."""
    names: list[str] = []
    problems = []
    taken = {" ".join(cell.split()) for cell in cells}
    for number, cell in enumerate(cells):
        header = name = " ".join(cell.split())
        if not name:
            name = column_letters(number)
            problems.append(Problem("blank_header", {"column": column_letters(number), "name": name}, number))
        elif name in names:
            name = next(other for n in itertools.count(2) if (other := f"{header} ({n})") not in taken)
            values = {"column": column_letters(number), "header": header, "name": name}
            problems.append(Problem("duplicate_header", values, number))
        taken.add(name)
        names.append(name)
    return tuple(names), problems


def column_letters(number: int) -> str:
    """The name of a column as in a spreadsheet: 0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
