"""CHAT-9: where the files of messages lie: below DATA_DIR, which no web server serves, under names nobody can guess.

No file is without a row that knows it: its name is in ``LeftFile`` before the first byte is written, and leaves that
list in the transaction that makes its attachment. Whoever deletes an attachment puts the name back in the same
transaction, and the file goes after the commit. So whatever is killed, and wherever: what nobody needs is found by the
sweep.
"""

import contextlib
import datetime
import errno
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from django.db import transaction

from chats.errors import ChatRefused
from chats.models import LeftFile
from desk.models import Site

_CHUNK = 1 << 18
# The disk, the quota, or the largest file a process may write.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# Longer than any upload is looked at before it gets its row.
_AT_WORK = datetime.timedelta(hours=1)
_SWEPT_AT_ONCE = 500


class Readable(Protocol):
    """An open file, or what Django makes of an upload."""

    def read(self, size: int = -1, /) -> bytes: ...


def directory() -> Path:
    """Made when it is first needed."""
    path = Path(settings.DATA_DIR) / "attachments"
    path.mkdir(parents=True, exist_ok=True)
    return path


def path_of(key: str) -> Path:
    """Where a file lies; it need not be there. A hundred thousand in one directory would be slow to list."""
    return directory() / key[:2] / key


def max_bytes() -> int:
    """The largest file that is taken."""
    return int(settings.ATTACHMENT_MAX_MB) * 1024 * 1024


def promise_file(site: Site, *, now: datetime.datetime) -> str:
    """The name of a file that is about to be written."""
    key = secrets.token_hex(24)
    LeftFile.objects.create(key=key, site=site, left_at=now)
    return key


def write_file(key: str, file: Readable, *, name: str) -> int:
    """Write it, piece by piece; how many bytes. ``ChatRefused`` when it is too large or the disk is full; then nothing
    of it is kept.
    """
    path, size, most = path_of(key), 0, max_bytes()
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("xb") as stored:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > most:
                    raise ChatRefused("file_too_large", path="file", name=name, most=settings.ATTACHMENT_MAX_MB)
                stored.write(chunk)
            stored.flush()
            # A disk that is full may say so only now.
            os.fsync(stored.fileno())
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise ChatRefused("storage_full", path="file") from error
    return size


def open_file(key: str) -> BinaryIO:
    """The file; ``FileNotFoundError`` when it is gone."""
    return path_of(key).open("rb")


def keep_promise(key: str) -> None:
    """The file has its attachment, in this transaction."""
    LeftFile.objects.filter(key=key).delete()


def remove_after_commit(keys: Iterable[str]) -> None:
    """These are in ``LeftFile`` by this transaction: they go when it is committed."""
    gone = list(keys)
    if gone:
        transaction.on_commit(lambda: remove_files(gone), robust=True)


def remove_files(keys: Iterable[str]) -> None:
    """Off the disk and off the list; one that cannot be removed now stays on the list."""
    gone = [key for key in keys if _remove(key)]
    LeftFile.objects.filter(key__in=gone).delete()


def _remove(key: str) -> bool:
    with contextlib.suppress(FileNotFoundError):
        try:
            path_of(key).unlink()
        except PermissionError:
            return False
    return True


def sweep_left_files(*, now: datetime.datetime) -> int:
    """What was to be removed and is still there: after a crash, or an upload that died. How many."""
    swept = 0
    while True:
        old = LeftFile.objects.filter(left_at__lt=now - _AT_WORK).order_by("key")
        keys = list(old.values_list("key", flat=True)[:_SWEPT_AT_ONCE])
        remove_files(keys)
        swept += len(keys)
        if len(keys) < _SWEPT_AT_ONCE or LeftFile.objects.filter(key__in=keys).exists():
            return swept
