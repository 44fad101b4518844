"""IMP-4, IMP-8: an upload is kept as it came, under a name nobody can guess, and hashed while it is written.

What is confirmed after the dry run is this very file. When the disk is full nothing is half stored: neither the file
nor a row. File, staged rows and rejects hold personal data and go after 30 days; the counts stay. The file goes before
that when somebody in it is erased (``importing.erasing``).
"""

import datetime
import errno
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contacts.left_files import remove_after_commit, remove_left
from contacts.models import ContactImport, ImportBatch, ImportReject, ImportRow
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

MAX_BYTES = 500 * 1024 * 1024
KEPT = datetime.timedelta(days=30)
MAX_NAME = 255
_CHUNK = 1 << 20
# The disk, the quota or the largest file a process may write.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORGOTTEN_AT_ONCE = 5_000


class StorageFull(Exception):
    """There was no room for the upload; nothing of it was kept."""


class UploadTooLarge(Exception):
    """The upload is larger than ``limit`` bytes; nothing of it was kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class Readable(Protocol):
    """An open file, or what Django makes of an upload."""

    def read(self, size: int = -1, /) -> bytes: ...


def store_upload(site: Site, file: Readable, name: str, *, actor: Actor, max_bytes: int = MAX_BYTES) -> ContactImport:
    """Keep ``file``, which was called ``name``, and make its import.

    Raises ``StorageFull``, ``UploadTooLarge``; whatever happens, nothing is half kept.
    """
    stored_as = f"{site.pk}-{secrets.token_hex(24)}"
    path = directory() / stored_as
    try:
        size, digest = _write(file, path, max_bytes)
        return _register(site, name, stored_as, size=size, digest=digest, actor=actor)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _FULL:
            raise StorageFull from error
        raise


def _write(file: Readable, path: Path, max_bytes: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with path.open("wb") as stored:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > max_bytes:
                raise UploadTooLarge(max_bytes)
            digest.update(chunk)
            stored.write(chunk)
        stored.flush()
        # Not in the hands of the system yet: a disk that is full may say so only now.
        os.fsync(stored.fileno())
    return size, digest.hexdigest()


@transaction.atomic
def _register(site: Site, name: str, stored_as: str, *, size: int, digest: str, actor: Actor) -> ContactImport:
    shown = Path(name.replace("\\", "/")).name
    shown = "".join(char for char in shown if char.isprintable()).strip()[-MAX_NAME:] or "import.csv"
    now = timezone.now()
    made = ContactImport.objects.create(
        site=site,
        name=shown,
        size=size,
        sha256=digest,
        stored_as=stored_as,
        import_tag=default_tag(shown, site, now),
        operator=actor.operator,
        actor=actor.label[:120],
        created_at=now,
    )
    record("contactimport.upload", actor=actor, site=site, target=made, details={"name": shown, "size": size})
    return made


def default_tag(name: str, site: Site, now: datetime.datetime) -> str:
    """IMP-7: the import tag that is offered: the name of the file and the day."""
    stem = Path(name).stem.strip() or "import"
    return f"{stem[:80]} {now.astimezone(site.zone).date().isoformat()}"


def directory() -> Path:
    """Where uploads lie; outside of what the web server serves."""
    path = Path(settings.DATA_DIR) / "files" / "imports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def path_of(contact_import: ContactImport) -> Path:
    """The stored file; ``FileNotFoundError`` when it was forgotten."""
    if not contact_import.stored_as:
        raise FileNotFoundError(contact_import.name)
    return directory() / contact_import.stored_as


def is_unchanged(contact_import: ContactImport) -> bool:
    """Whether the stored file still is what was uploaded."""
    try:
        with path_of(contact_import).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == contact_import.sha256
    except FileNotFoundError:
        return False


def discard(contact_import: ContactImport, *, now: datetime.datetime) -> None:
    """Delete the file and everything that was read from it; what the import has done stays, and its counts."""
    for path in _files_of(contact_import):
        path.unlink(missing_ok=True)
    while forget_some_rows(contact_import):
        pass
    ContactImport.objects.filter(pk=contact_import.pk).update(forgotten_at=now, stored_as="")


def withdraw(imports: Sequence[ContactImport]) -> None:
    """RET-4: the files of these go with the commit, and what reading them has put beside them; their rows stay."""
    if imports:
        ContactImport.objects.filter(pk__in=[one.pk for one in imports]).update(stored_as="")
        remove_after_commit([directory() / one.stored_as for one in imports])


def was_withdrawn(contact_import: ContactImport) -> bool:
    """Whether the file went before its time, because somebody in it was erased. The rows of a run are kept as ever."""
    forgotten_at = contact_import.forgotten_at
    return not contact_import.stored_as and (forgotten_at is None or forgotten_at < contact_import.created_at + KEPT)


def why_gone(contact_import: ContactImport) -> str:
    """The code of the reason (``starting.REFUSALS``)."""
    return "withdrawn" if was_withdrawn(contact_import) else "forgotten"


def discard_withdrawn(*, now: datetime.datetime) -> int:
    """Every hour: what was read from files that were withdrawn before they were imported; nobody needs it. How many."""
    unused = ContactImport.objects.filter(stored_as="", forgotten_at=None, run_job=None, ran={})
    ended = [one for one in unused.select_related("check_job") if one.check_job is None or one.check_job.finished]
    for contact_import in ended:
        discard(contact_import, now=now)
    return len(ended)


def remove_left_uploads() -> int:
    """Every hour: files that no import names, left by a server that died; answers how many."""
    return remove_left(
        directory(), lambda: ContactImport.objects.exclude(stored_as="").values_list("stored_as", flat=True)
    )


def forget_some_rows(contact_import: ContactImport) -> int:
    """Take away some thousand of the rows that were read from the file, which stays; 0 when none are left."""
    return next(
        (gone for model in (ImportRow, ImportReject, ImportBatch) if (gone := _delete_some(model, contact_import))), 0
    )


def _files_of(contact_import: ContactImport) -> Iterator[Path]:
    """The file, and what reading it has put beside it."""
    if contact_import.stored_as:
        yield from directory().glob(f"{contact_import.stored_as}*")


def _delete_some(model: type[ImportRow | ImportReject | ImportBatch], contact_import: ContactImport) -> int:
    """Some thousand rows at a time, so that nobody waits for SQLite's only writer."""
    place = "number" if model is ImportBatch else "line"
    rows = model._default_manager.filter(site=contact_import.site_id, contact_import=contact_import)
    places = list(rows.order_by(place).values_list(place, flat=True)[:_FORGOTTEN_AT_ONCE])
    return rows.filter(**{f"{place}__lte": places[-1]}).delete()[0] if places else 0


def forget_old_imports(*, now: datetime.datetime) -> int:
    """Every night: the files and rows of imports that were uploaded more than 30 days ago; returns how many imports."""
    old = ContactImport.objects.filter(created_at__lt=now - KEPT, forgotten_at=None)
    for contact_import in old:
        discard(contact_import, now=now)
    return len(old)
