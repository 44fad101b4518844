"""The cells of a sheet and the shared texts of a workbook, out of their XML, one row at a time and in flat memory.

openpyxl keeps every text and a trace of every row; at a million rows that is more than a worker has. It also forgets
that a cell had a formula, when the formula has no result.
"""

import functools
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

_CHUNK = 1 << 16
# So many shared texts are held in memory, the others in a file.
_HELD = 100_000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class BrokenSheet(ValueError):
    """The XML is not what a workbook holds."""


@dataclass(slots=True)
class Cell:
    """A cell as it is written: ``kind`` is its ``t``, ``style`` its ``s``; ``text`` what stands in it."""

    column: int
    kind: str
    style: int
    text: str = ""
    formula: bool = False


def _refuse_entities(*args: object) -> None:
    raise BrokenSheet("an entity is declared")


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse_entities
    return parser


def _feed(parser: expat.XMLParserType, source: IO[bytes]) -> Iterator[None]:
    """Parse ``source``, handing over after every piece."""
    while chunk := source.read(_CHUNK):
        parser.Parse(chunk, False)
        yield
    parser.Parse(b"", True)
    yield


def unescaped(text: str) -> str:
    """Control characters stand as ``_x000D_`` in a workbook."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class SharedTexts(Sequence[str]):
    """The shared texts of a workbook by number, read as far as anybody asked; most of them lie in ``spool``."""

    def __init__(self, source: IO[bytes], spool: IO[bytes]) -> None:
        self._spool = spool
        self._held: list[str] = []
        self._ends = array("Q", [0])
        self._has_read = False
        self._pieces = self._texts(source)

    def _texts(self, source: IO[bytes]) -> Iterator[None]:
        """Read piece by piece; every text of a piece is added before the piece is over."""
        parser = _parser()
        parts: list[str] = []
        # Furigana (rPh) are how a text is read, not what stands in the cell.
        inside = {"t": 0, "rPh": 0}

        def start(name: str, attributes: dict[str, str]) -> None:
            if (local := name.rpartition("}")[2]) in inside:
                inside[local] += 1

        def end(name: str) -> None:
            local = name.rpartition("}")[2]
            if local == "si":
                self._add(unescaped("".join(parts)))
                parts.clear()
            elif local in inside:
                inside[local] -= 1

        def text(data: str) -> None:
            if inside["t"] and not inside["rPh"]:
                parts.append(data)

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
        yield from _feed(parser, source)

    def _add(self, text: str) -> None:
        if len(self._held) < _HELD:
            self._held.append(text)
            return
        data = text.encode("utf-8", "replace")
        if self._has_read:
            self._spool.seek(0, 2)
            self._has_read = False
        self._spool.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def __len__(self) -> int:
        return len(self._held) + len(self._ends) - 1

    def __getitem__(self, index: int) -> str:  # type: ignore[override] # no slices of it are needed
        while index >= len(self):
            try:
                next(self._pieces)
            except StopIteration:
                raise BrokenSheet(f"there is no shared text {index}") from None
        if index < len(self._held):
            return self._held[index]
        place = index - len(self._held)
        self._has_read = True
        self._spool.seek(self._ends[place])
        return self._spool.read(self._ends[place + 1] - self._ends[place]).decode()


def column_of(reference: str) -> int:
    """0 for ``A1``, 27 for ``AB7``."""
    return _column_named(reference.rstrip("0123456789"))


@functools.lru_cache(maxsize=20_000)
def _column_named(letters: str) -> int:
    number = 0
    for char in letters:
        if not "A" <= char <= "Z":
            raise BrokenSheet(f"there is no column {letters}")
        number = number * 26 + ord(char) - 64
    return number - 1


class _Sheet:
    """Takes the events of a sheet's XML and collects its rows."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, list[Cell]]] = []
        self.number = 0
        self.cells: list[Cell] = []
        self.cell: Cell | None = None
        self.column = -1
        self.reading: Callable[[str], None] | None = None
        self.phonetic = False
        self.starts: dict[str, Callable[[dict[str, str]], None]] = {
            "row": self._start_row,
            "c": self._start_cell,
            "v": self._start_text,
            "t": self._start_text,
            "f": self._start_formula,
            "rPh": self._start_phonetic,
        }
        self.ends: dict[str, Callable[[], None]] = {
            "row": self._end_row,
            "c": self._end_cell,
            "v": self._end_text,
            "t": self._end_text,
            "rPh": self._end_phonetic,
        }

    def _start_row(self, attributes: dict[str, str]) -> None:
        self.number = int(attributes["r"]) if "r" in attributes else self.number + 1
        self.cells, self.column = [], -1

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        self.column = column_of(reference) if reference else self.column + 1
        self.cell = Cell(self.column, attributes.get("t", "n"), int(attributes.get("s", 0)))

    def _start_text(self, attributes: dict[str, str]) -> None:
        if self.cell is not None and not self.phonetic:
            self.reading = self._read

    def _start_formula(self, attributes: dict[str, str]) -> None:
        if self.cell is not None:
            self.cell.formula = True

    def _start_phonetic(self, attributes: dict[str, str]) -> None:
        self.phonetic = True

    def _read(self, data: str) -> None:
        if self.cell is not None:
            self.cell.text += data

    def _end_text(self) -> None:
        self.reading = None

    def _end_phonetic(self) -> None:
        self.phonetic = False

    def _end_cell(self) -> None:
        if self.cell is not None and (self.cell.text or self.cell.formula):
            self.cells.append(self.cell)
        self.cell = None

    def _end_row(self) -> None:
        if self.cells:
            self.rows.append((self.number, self.cells))
            self.cells = []


def rows_of(source: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    """Every row of a sheet that holds something, by its number from 1; only cells that hold something."""
    sheet, parser = _Sheet(), _parser()
    # By the whole name, so that the millions of cells of a sheet need one look each.
    starts: dict[str, Callable[[dict[str, str]], None] | None] = {}
    ends: dict[str, Callable[[], None] | None] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        try:
            handler = starts[name]
        except KeyError:
            local = name.rpartition("}")[2]
            handler = starts[name] = sheet.starts.get(local)
            ends[name] = sheet.ends.get(local)
        if handler is not None:
            handler(attributes)

    def end(name: str) -> None:
        if (handler := ends[name]) is not None:
            handler()

    def text(data: str) -> None:
        if sheet.reading is not None:
            sheet.reading(data)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    for _piece in _feed(parser, source):
        rows, sheet.rows = sheet.rows, []
        yield from rows
