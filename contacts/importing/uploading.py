"""IMP-1, IMP-4: a file on its way in, from a form or from the open API, until it is a stored import.

While it comes it is written to a temporary file. A disk that is full, and a file that is too large, end in a reason
instead of a broken request: the rest of the body is read and thrown away. What is no table is refused before anything
is kept. Nothing here asks who may import.
"""

import contextlib
import errno
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.importing.preparing import forget_copies
from contacts.importing.reading import Understood, understand
from contacts.importing.reasons import FileRefused
from contacts.importing.storing import MAX_BYTES, StorageFull, UploadTooLarge, discard, store_upload
from contacts.models import ContactImport
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LONGEST_UPLOAD = 24 * 60 * 60  # seconds

REFUSALS: Mapping[str, str | Promise] = {
    "no_file": _("Choose a file first."),
    "full": _("The desk has no room for this file. Nothing was stored. Ask whoever runs the desk to free some space."),
    "too_large": _("The file is larger than %(limit)d MB. Split it, or save it as CSV."),
}


class UploadRefused(Exception):
    """Nothing was kept; ``code`` and ``message`` say why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def refused(code: str) -> UploadRefused:
    """A refusal of ``REFUSALS``, in the active language."""
    return UploadRefused(code, str(REFUSALS[code]) % {"limit": MAX_BYTES // (1024 * 1024)})


class ImportUploadHandler(TemporaryFileUploadHandler):
    """Writes the upload to a file below DATA_DIR. ``problem`` is a code of ``REFUSALS`` when it could not."""

    def __init__(self, request: Any = None, *, max_bytes: int = MAX_BYTES) -> None:
        super().__init__(request)
        self.problem = ""
        self.max_bytes = max_bytes
        self._received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._received = 0
        # Not TemporaryFileUploadHandler's own: the system's directory may be on another, smaller disk.
        super(TemporaryFileUploadHandler, self).new_file(*args, **kwargs)
        try:
            self.file = _TemporaryFile(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)
        except OSError as error:
            self._give_up(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._received += len(raw_data)
        if self._received > self.max_bytes:
            self.problem = "too_large"
            raise SkipFile
        rest = memoryview(raw_data)
        try:
            while rest:
                # Unbuffered: a disk that is nearly full takes a part, and says so with the next.
                rest = rest[self.file.write(rest) :]
        except OSError as error:
            self._give_up(error)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None if self.problem else super().file_complete(file_size)

    def _give_up(self, error: OSError) -> None:
        if error.errno not in _FULL:
            raise error
        self.problem = "full"
        raise SkipFile from error


class _TemporaryFile(TemporaryUploadedFile):
    def __init__(self, name: Any, content_type: Any, size: Any, charset: Any, content_type_extra: Any) -> None:
        directory = Path(settings.DATA_DIR) / "files" / "uploads"
        directory.mkdir(parents=True, exist_ok=True)
        _sweep(directory)
        # Closed by Django at the end of the request, and gone with that.
        file = tempfile.NamedTemporaryFile(buffering=0, suffix=".upload", dir=directory)  # noqa: SIM115
        UploadedFile.__init__(self, file, name, content_type, size, charset, content_type_extra)


def _sweep(directory: Path) -> None:
    """What a killed server has left: it holds personal data, and nobody waits for it any longer."""
    for left in directory.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _LONGEST_UPLOAD:
                left.unlink()


def take_upload(site: Site, file: UploadedFile | None, *, problem: str, actor: Actor) -> ContactImport:
    """Keep what came and understand it; ``problem`` is what the handler says. Raises ``UploadRefused``."""
    if problem:
        raise refused(problem)
    if file is None:
        raise refused("no_file")
    name = file.name or "import.csv"
    try:
        understood = _understand(file, name)
        file.seek(0)
        made = store_upload(site, file, name, actor=actor)
    except FileRefused as error:
        raise UploadRefused(error.code, error.message) from error
    except StorageFull as error:
        raise refused("full") from error
    except UploadTooLarge as error:
        raise refused("too_large") from error
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise refused("full") from error
    made.mapping = understood.as_data()
    made.save(update_fields=["mapping"])
    return made


def _understand(file: UploadedFile, name: str) -> Understood:
    assert isinstance(file, TemporaryUploadedFile)  # the handler's
    path = Path(file.temporary_file_path())
    try:
        return understand(path, name)
    finally:
        forget_copies(path)


def throw_away(contact_import: ContactImport) -> None:
    """Take back an upload of which nothing came: its file and its row."""
    discard(contact_import, now=timezone.now())
    contact_import.delete()


@transaction.atomic
def delete_upload(contact_import: ContactImport, *, actor: Actor) -> bool:
    """Delete an upload that was never checked; False when it has got further since."""
    never_checked = ContactImport.objects.select_for_update().filter(check_job=None, run_job=None, checked={}, ran={})
    held = never_checked.filter(pk=contact_import.pk).first()
    if held is None:
        return False
    details = {"name": held.name, "size": held.size}
    record("contactimport.delete", actor=actor, site=contact_import.site, target=held, details=details)
    throw_away(held)
    return True
