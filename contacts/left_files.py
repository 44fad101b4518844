"""RET-4: files whose row is gone, for their server died between the commit and the removal.

Every hour. A file is written before its row is, so only what has not been written to for an hour counts as left.
"""

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from django.db import transaction

_LEFT_AFTER = 60 * 60  # seconds


def remove_after_commit(paths: Sequence[Path]) -> None:
    """Take files, and copies made of them, from the disk once what says so is committed."""
    if paths:
        transaction.on_commit(lambda: _remove(paths), robust=True)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        for one in path.parent.glob(f"{path.name}*"):
            one.unlink(missing_ok=True)


def remove_left(directory: Path, known: Callable[[], Iterable[str]]) -> int:
    """Files of ``directory`` that belong to none of the names ``known`` answers (asked after looking); how many."""
    old = []
    for path in directory.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _LEFT_AFTER:
                old.append(path)
    if not old:
        return 0
    kept = set(known())
    left = [path for path in old if path.name.partition(".")[0] not in kept]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
