"""The form in which a stored file is read: itself, or a copy in UTF-8 beside it.

A workbook, a file in UTF-16 and one with the line ends of old Macs cannot be read on from the middle. Each is rewritten
once, line by line, next to the stored file; the copy goes with it (``forget_copies``). A copy appears under its name
only when it is complete, so a killed process leaves none that is half written.
"""

import codecs
import contextlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from contacts.importing.encodings import skipped_bom
from contacts.importing.rows import Position, Row, iterate
from desk.ids import new_id

_HEAD = 1 << 20
_CHUNK = 1 << 18
_ZIP = b"PK\x03\x04"
_TOLD_SEPARATORS = (b"sep=,", b"sep=;", b"sep=\t")

# Called now and then while a copy is made, so that a job that does it is not taken for dead.
Beat = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Readable:
    """A file of lines that can be read from any row on. ``numbered``: its rows begin with their number in the sheet."""

    path: Path
    encoding: str
    separator: str
    numbered: bool = False

    def rows(self, position: Position | None = None) -> Iterator[Row]:
        """Its rows from ``position`` on, the header among them."""
        position = position or self._first()
        rows = iterate(self.path, encoding=self.encoding, separator=self.separator, position=position)
        return _renumbered(rows, position) if self.numbered else rows

    def _first(self) -> Position:
        """Behind the byte order mark, and behind the line in which some programs tell Excel the separator."""
        with self.path.open("rb") as file:
            offset = skipped_bom(self.encoding, file.read(4))
            file.seek(offset)
            line = file.readline(10)
        told = line.rstrip(b"\r\n").lower() in _TOLD_SEPARATORS
        return Position(offset + len(line), 2, 0) if told else Position(offset, 1, 0)


def prepare(path: Path, told: Mapping[str, Any], *, beat: Beat = lambda: None) -> Readable:
    """What to read instead of ``path`` when it is ``told`` to be such a file; made now unless it is there already.

    Takes about a minute for a workbook of a million rows; ``beat`` is called meanwhile. ``FileRefused`` when it is
    damaged or too large.
    """
    encoding, separator = told["encoding"], told["separator"]
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_ZIP):
        name = told.get("sheet")
        kind = f"sheet-{zlib.crc32((name or '').encode()):08x}"
        copy = _copy(path, kind, lambda target: sheets().convert(path, name, target, beat))
        return Readable(copy, "utf-8", ",", numbered=True)
    if encoding.startswith("utf-16") or (b"\r" in head and b"\n" not in head):
        copy = _copy(path, encoding, lambda target: _rewrite(path, encoding, target, beat))
        return Readable(copy, "utf-8", separator)
    return Readable(path, encoding, separator)


def forget_copies(path: Path) -> None:
    """Delete what was made of the file at ``path``."""
    for copy in path.parent.glob(f"{path.name}.*.copy*"):
        copy.unlink(missing_ok=True)


def sheets() -> ModuleType:
    """What reads workbooks. Loaded when there is one: it brings openpyxl, for which every command would wait."""
    import contacts.importing.sheets as module  # noqa: PLC0415

    return module


def _copy(path: Path, kind: str, write: Callable[[TextIO], None]) -> Path:
    target = path.with_name(f"{path.name}.{kind}.copy")
    if target.exists():
        return target
    unfinished = path.with_name(f"{target.name}-{new_id()}")
    try:
        with unfinished.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            write(file)
        os.replace(unfinished, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()
    return target


def _rewrite(path: Path, encoding: str, target: TextIO, beat: Beat) -> None:
    """As UTF-8 with line feeds. Half a surrogate pair stays one: in its row it is no text, and is told there."""
    errors = "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with path.open("rb") as file:
        file.seek(skipped_bom(encoding, file.read(4)))
        ends = _LineEnds()
        while chunk := file.read(_CHUNK):
            target.write(ends.translated(decoder.decode(chunk)))
            beat()
        target.write(ends.translated(_last(decoder)))


def _last(decoder: codecs.IncrementalDecoder) -> str:
    """What is left at the end; half a character is a broken one."""
    try:
        return decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "\udcff"


class _LineEnds:
    """CR and CR LF become LF, also where two pieces meet."""

    def __init__(self) -> None:
        self.after_cr = False

    def translated(self, text: str) -> str:
        if not text:
            return text
        if self.after_cr and text[0] == "\n":
            text = text[1:]
        self.after_cr = text.endswith("\r")
        return text.replace("\r\n", "\n").replace("\r", "\n")


def _renumbered(rows: Iterator[Row], position: Position) -> Iterator[Row]:
    """The rows of a sheet: the first cell is the row's number there.

    A sheet has no ragged rows: cells at the end that hold nothing are not in it.
    """
    width = position.width
    for row in rows:
        number, *cells = row.cells
        width = width or len(cells)
        if len(cells) < width:
            cells += [""] * (width - len(cells))
        elif not any(cells[width:]):
            del cells[width:]
        problem = "too_many_cells" if len(cells) > width else None
        yield Row(int(number), cells, row.next_offset, row.next_line, width, problem)
