"""IMP-1: workbooks (.xlsx). What is in one, and a sheet of it rewritten as CSV.

A workbook is a zip archive, and an archive may be a bomb: sizes and proportions are looked at before anything is
unpacked. openpyxl reads what surrounds the cells (which sheets there are, which numbers are dates); it is slow to
load, so nothing imports this module when the desk starts (see ``preparing.sheets``).
"""

import csv
import datetime
import itertools
import math
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import from_excel
from openpyxl.xml.constants import SHARED_STRINGS

from contacts.importing.reasons import FORMULA_WITHOUT_VALUE, FileRefused
from contacts.importing.rows import MAX_COLUMNS, MAX_ROW_LINES
from contacts.importing.sheet_cells import Cell, SharedTexts, rows_of, unescaped

MAX_UNPACKED = 3_000_000_000
MAX_RATIO = 150
# Archives below this are unpacked whatever their proportions.
_HARMLESS = 50_000_000
_MAX_OTHER_PART = 20_000_000
_MAX_PARTS = 5_000
_SHARED = "xl/sharedStrings.xml"
# Formats that Excel has built in for Korean, Japanese and Chinese dates; openpyxl does not know them.
_EASTERN_DATES = {*range(27, 37), *range(50, 59)}
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, ParseError, ExpatError, KeyError, IndexError, ValueError, TypeError,
    AttributeError, NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What is in a workbook: its sheets, those with data, and the first rows of the chosen one."""

    names: tuple[str, ...]
    filled: tuple[str, ...]
    sheet: str
    rows: tuple[tuple[int, list[str]], ...]
    formulas_without_values: bool


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    path: str
    hidden: bool


class _Workbook:
    """An open workbook, checked for size."""

    def __init__(self, path: Path, spool: Any) -> None:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive, path.stat().st_size)
        file = path.open("rb")
        reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        reader.read_manifest()
        reader.read_workbook()
        apply_stylesheet(reader.archive, reader.wb)
        self._file, self.archive, self._spool = file, reader.archive, spool
        self._epoch, self._spans = reader.wb.epoch, reader.wb._timedelta_formats
        eastern = {n for n, style in enumerate(reader.wb._cell_styles) if style.numFmtId in _EASTERN_DATES}
        self._dates = reader.wb._date_formats | eastern
        self.parts = [
            _Part(sheet.name, rel.target, sheet.state != "visible")
            for sheet, rel in reader.parser.find_sheets()
            if "chartsheet" not in rel.Type and rel.target in reader.valid_files
        ]
        shared = reader.package.find(SHARED_STRINGS)
        # Some programs do not list the part; it is there under its usual name nevertheless.
        usual = _SHARED if _SHARED in reader.valid_files else None
        self._shared_path = shared.PartName.lstrip("/") if shared is not None else usual
        self._texts: Sequence[str] = ()

    def close(self) -> None:
        self.archive.close()
        self._file.close()

    def rows(self, part: _Part) -> Iterator[tuple[int, list[str]]]:
        """The number and the texts of every row with something in it."""
        if self._shared_path is not None and not self._texts:
            self._texts = SharedTexts(self.archive.open(self._shared_path), self._spool)
        with self.archive.open(part.path) as source:
            for number, cells in rows_of(source):
                texts = [""] * (cells[-1].column + 1)
                if len(texts) > MAX_COLUMNS:
                    raise FileRefused("too_many_columns", {"columns": len(texts), "limit": MAX_COLUMNS})
                for cell in cells:
                    texts[cell.column] = self._text(cell)
                if any(text.strip() for text in texts):
                    yield number, texts

    def _text(self, cell: Cell) -> str:
        if cell.formula and not cell.text and cell.kind != "str":
            return FORMULA_WITHOUT_VALUE
        if cell.kind == "s":
            return self._texts[int(cell.text)] if cell.text else ""
        if cell.kind == "n":
            if cell.text and cell.style in self._dates:
                return self._moment(float(cell.text), span=cell.style in self._spans)
            return number_text(cell.text)
        if cell.kind == "b":
            return "TRUE" if cell.text.strip() == "1" else "FALSE"
        return unescaped(cell.text)

    def _moment(self, value: float, *, span: bool) -> str:
        """A day as ``2024-01-31``, a moment with its time; a number that is no day is told as Excel does."""
        try:
            moment = from_excel(value, self._epoch, timedelta=span)
        except (OverflowError, ValueError):
            return "#VALUE!"
        if isinstance(moment, datetime.datetime):
            if moment.time() == datetime.time():
                return moment.date().isoformat()
            return moment.isoformat(" ", "milliseconds" if moment.microsecond else "seconds")
        return str(moment)


def number_text(text: str) -> str:
    """A number as one would type it: ``7`` and not ``7.0``, ``0.3`` and not ``0.30000000000000004``.

    Excel keeps 15 digits. A longer whole number with nothing but zeros after them is told as Excel shows it, so that
    whoever reads it knows that digits are lost (``cells.is_rounded``).
    """
    if text.isdigit() and len(text) < 16:
        return text
    digits = text.lstrip("-")
    if digits.isdigit() and digits[15:].strip("0"):
        return text
    value = float(text) if text else math.nan
    if not math.isfinite(value):
        return text
    if value.is_integer():
        return str(int(value)) if abs(value) < 1e15 else f"{value:.14E}"
    return f"{value:.15g}"


@contextmanager
def _opened(path: Path) -> Iterator[_Workbook]:
    with tempfile.TemporaryFile(dir=path.parent) as spool:
        try:
            workbook = _Workbook(path, spool)
        except (*_BROKEN, OSError) as error:
            raise FileRefused("broken_workbook") from error
        try:
            yield workbook
        finally:
            workbook.close()


def _check_size(archive: zipfile.ZipFile, packed: int) -> None:
    """Before anything is unpacked. An archive that lies about its sizes is cut off where it said it ends."""
    infos = archive.infolist()
    unpacked = sum(info.file_size for info in infos)
    too_large = unpacked > MAX_UNPACKED or (unpacked > _HARMLESS and unpacked > MAX_RATIO * packed)
    others = (
        info for info in infos if not info.filename.startswith(("xl/worksheets/", "xl/sharedStrings", "xl/media/"))
    )
    if too_large or len(infos) > _MAX_PARTS or any(info.file_size > _MAX_OTHER_PART for info in others):
        raise FileRefused("workbook_too_large", {"limit": MAX_UNPACKED // 1_000_000})
    if any(info.flag_bits & 1 for info in infos):
        raise FileRefused("encrypted")


def _part(workbook: _Workbook, name: str | None) -> _Part:
    """The sheet of this name; without one the first visible sheet with data."""
    if name is not None:
        for part in workbook.parts:
            if part.name == name:
                return part
        raise FileRefused("sheet_unknown", {"sheet": name})
    filled = _filled(workbook)
    if not filled:
        raise FileRefused("empty")
    return next((part for part in filled if not part.hidden), filled[0])


def _filled(workbook: _Workbook) -> list[_Part]:
    return [part for part in workbook.parts if next(workbook.rows(part), None) is not None]


def look(path: Path, *, sheet: str | None, rows: int) -> Look:
    """What is in the workbook; the first ``rows`` rows of ``sheet``, or of the first one with data."""
    with _opened(path) as workbook, _broken_is_refused():
        filled = _filled(workbook)
        part = _part(workbook, sheet)
        head = list(itertools.islice(workbook.rows(part), rows))
        width = max((len(texts) for _number, texts in head), default=0)
        return Look(
            names=tuple(one.name for one in workbook.parts),
            filled=tuple(one.name for one in filled),
            sheet=part.name,
            rows=tuple((number, texts + [""] * (width - len(texts))) for number, texts in head),
            formulas_without_values=any(FORMULA_WITHOUT_VALUE in texts for _number, texts in head),
        )


def convert(path: Path, sheet: str | None, target: TextIO, beat: Callable[[], None]) -> None:
    """Write the sheet as CSV; each row begins with its number in the sheet."""
    writer = csv.writer(target)
    with _opened(path) as workbook, _broken_is_refused():
        for count, (number, texts) in enumerate(workbook.rows(_part(workbook, sheet))):
            many_lines = sum(text.count("\n") for text in texts) > MAX_ROW_LINES // 2
            writer.writerow([number, *([" ".join(text.split("\n")) for text in texts] if many_lines else texts)])
            if count % 1_000 == 0:
                beat()


@contextmanager
def _broken_is_refused() -> Iterator[None]:
    """Damage that shows only while one reads; not ``OSError``: a full disk is no damage of the file."""
    try:
        yield
    except FileRefused:
        raise
    except _BROKEN as error:
        raise FileRefused("broken_workbook") from error
