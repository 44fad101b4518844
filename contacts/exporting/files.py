"""Files of people that grow batch by batch: CSV (UTF-8 with BOM) and XLSX (IMP-9).

A batch is written at the end that the last committed batch has left; what stands behind it is cut off. So a worker that
was killed between writing and committing leaves nothing twice, and a state is all that is needed to go on.
"""

import codecs
import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from contacts.exporting import workbook
from contacts.exporting.workbook import Cell, SheetState
from contacts.importing.guarding import guard
from contacts.models import ContactExport

State = Mapping[str, Any]


class FileLost(Exception):
    """The file is shorter than what was written into it: somebody has deleted or exchanged it."""


def begin(path: Path, format: str, header: Sequence[str]) -> State:
    """A new file with a header, readable by this system user only; one that is there is begun anew."""
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        if format == ContactExport.Format.XLSX:
            state: State = workbook.begin(file, header)._asdict()
        else:
            file.write(codecs.BOM_UTF8 + _as_csv([header]))
            state = {"size": file.tell()}
        _keep(file)
    return state


def add_rows(path: Path, format: str, state: State, rows: Iterable[Sequence[Cell]]) -> State:
    """Write ``rows`` behind what ``state`` says; answers the new one. Texts that look like formulas are guarded."""
    with _opened(path, state) as file:
        if format == ContactExport.Format.XLSX:
            guarded = ([guard(cell) if type(cell) is str else cell for cell in row] for row in rows)
            state = workbook.add_rows(file, SheetState(**state), guarded)._asdict()
        else:
            # A number too is a text here, and a negative one begins like a formula.
            file.write(_as_csv([guard(cell if type(cell) is str else repr(cell)) for cell in row] for row in rows))
            state = {"size": file.tell()}
        _keep(file)
    return state


def finish(path: Path, format: str, state: State) -> int:
    """Close the file; answers its size. Can be repeated."""
    with _opened(path, state) as file:
        size = workbook.finish(file, SheetState(**state)) if format == ContactExport.Format.XLSX else file.tell()
        _keep(file)
    return size


def _opened(path: Path, state: State) -> BinaryIO:
    try:
        file = path.open("r+b")
    except FileNotFoundError as error:
        raise FileLost from error
    if file.seek(0, os.SEEK_END) < state["size"]:
        file.close()
        raise FileLost
    file.truncate(state["size"])
    file.seek(state["size"])
    return file


def _keep(file: BinaryIO) -> None:
    """On the disk before the progress is: a state never tells of bytes that a power cut has taken."""
    file.flush()
    os.fsync(file.fileno())


def _as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
