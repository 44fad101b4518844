"""IMP-1, IMP-5: the rows of a text file, one at a time and from any of them on, whatever the file holds.

Memory does not grow with the file: a line, a row and a cell have limits. Nothing in a file raises an exception here;
what is wrong with a row is told as its ``problem``, and the next row is read as if nothing had been.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

# Beyond these a file is not a table of people. The last one is also what Python's csv gives a cell.
MAX_COLUMNS = 300
MAX_ROW_LINES = 200
MAX_LINE_BYTES = 1 << 20
MAX_ROW_CHARACTERS = 1 << 17


class Position(NamedTuple):
    """Where to go on: a byte in the file, the number of the line there (from 1), and how wide the table is."""

    offset: int
    line: int
    width: int

    def as_data(self) -> dict[str, int]:
        """Plain JSON, for a job's cursor."""
        return self._asdict()


class Row(NamedTuple):
    """``line`` is where the row begins in the file (for a workbook: the row of the sheet), from 1.

    ``problem`` is a code of ``reasons.ROW_REASONS`` when the row is not to be used; ``cells`` then are what could be
    read of it. ``next_offset`` and ``next_line`` are where the next row begins.
    """

    line: int
    cells: list[str]
    next_offset: int
    next_line: int
    width: int
    problem: str | None = None

    @property
    def position(self) -> dict[str, int]:
        """Where to go on after this row, as plain JSON."""
        return {"offset": self.next_offset, "line": self.next_line, "width": self.width}

    @property
    def problem_values(self) -> dict[str, int]:
        """The values of the sentence of ``problem``."""
        return {"found": len(self.cells), "expected": self.width}


class _RowTooLong(Exception):
    """A quotation mark has swallowed more lines than a row can have."""


class _Lines:
    """The decoded lines of a file, with what is wrong with those of the row being read."""

    def __init__(self, file: BinaryIO, encoding: str, offset: int, line: int) -> None:
        self.file = file
        self.encoding = encoding
        self.go_to(offset, line)

    def go_to(self, offset: int, line: int) -> None:
        """Read on at ``offset``, which is the start of line number ``line``."""
        self.file.seek(offset)
        self.offset = offset
        self.line = line
        self.begin_row()

    def begin_row(self) -> None:
        """Forget the row before."""
        self.problem: str | None = None
        self.taken = 0
        self.first = ""
        self.after_first = 0
        self.at_end = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = self.file.readline(MAX_LINE_BYTES)
        if not raw:
            self.at_end = True
            raise StopIteration
        self.offset += len(raw)
        self.line += 1
        self.taken += 1
        if self.taken > MAX_ROW_LINES:
            raise _RowTooLong
        if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
            self._skip_line()
            raw = raw[:1000]
        try:
            text = raw.decode(self.encoding)
        except UnicodeDecodeError:
            text = raw.decode(self.encoding, "replace")
            self.problem = self.problem or "undecodable"
        if "\0" in text:
            self.problem = self.problem or "nul"
        if self.taken == 1:
            self.first = text
            self.after_first = self.offset
        return text

    def _skip_line(self) -> None:
        """Go to the end of a line that is too long, without holding it."""
        while raw := self.file.readline(MAX_LINE_BYTES):
            self.offset += len(raw)
            if raw.endswith(b"\n"):
                break
        self.problem = "line_too_long"


def iterate(path: Path, *, encoding: str, separator: str, position: Position) -> Iterator[Row]:
    """The rows from ``position`` on, blank ones left out. ``position.width`` 0: the first row decides.

    A row of another width has a problem, unless its further cells are empty.
    """
    with path.open("rb") as file:
        lines = _Lines(file, encoding, position.offset, position.line)
        reader = csv.reader(lines, delimiter=separator)
        width = position.width
        while True:
            lines.begin_row()
            line = lines.line
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _RowTooLong):
                cells = _go_on_after_first(lines, line, separator)
                reader = csv.reader(lines, delimiter=separator)
            else:
                if lines.at_end:  # the reader asked for one more line: it is still inside quotes
                    cells = _go_on_after_first(lines, line, separator)
                    reader = csv.reader(lines, delimiter=separator)
            if not any(cells) or not any(cell.strip() for cell in cells):
                continue
            width = width or len(cells)
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
            problem = lines.problem
            if problem is None and len(cells) != width:
                problem = "too_few_cells" if len(cells) < width else "too_many_cells"
            yield Row(line, cells, lines.offset, lines.line, width, problem)


def _go_on_after_first(lines: _Lines, line: int, separator: str) -> list[str]:
    """A quotation mark that is not closed costs the line it is in, not the rest of the file."""
    first, offset = lines.first, lines.after_first
    lines.go_to(offset, line + 1)
    lines.problem = "unclosed_quote" if '"' in first else "stray_line_end"
    return first.rstrip("\r\n").replace('"', "").split(separator)
