"""IMP-1: a file of more than a million rows is refused before any of them is staged.

Told at once for nearly all files: whoever has fewer line ends than that has fewer rows. Others are read to the end of
what is allowed, which takes some seconds, for a row may go over several lines.
"""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contacts.importing.preparing import prepare
from contacts.importing.reading import read_rows
from desk.jobs.kinds import JobStopped
from desk.jobs.telling import number

MAX_ROWS = 1_000_000
_CHUNK = 1 << 20


def check_rows(path: Path, told: Mapping[str, Any]) -> None:
    """Whether the file at ``path``, read as ``told`` (a mapping), may be imported; else the job is stopped."""
    if _line_ends(prepare(path, told).path) < MAX_ROWS:
        return
    if next(itertools.islice(read_rows(path, told), MAX_ROWS, None), None) is not None:
        raise JobStopped("too_many_rows", {"limit": number(MAX_ROWS)})


def _line_ends(path: Path) -> int:
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))
