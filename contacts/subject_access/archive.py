"""Subject access: the ZIP with ``person.html``, ``person.json`` and ``attachments/…``.

Every row is read once and written into both documents at once; nothing is gathered, so memory does not grow with the
person's past. The files are temporary and have no name: whatever happens, the system takes them away when they are
closed, at the latest with the process.
"""

import contextlib
import io
import shutil
import tempfile
import zipfile
from typing import IO, BinaryIO, TextIO, cast

from django.conf import settings

from contacts.subject_access.data_file import DataFile
from contacts.subject_access.document import Document
from contacts.subject_access.parts import EnclosedFile, Subject, parts_in_order

HTML, JSON = "person.html", "person.json"


def write_archive(subject: Subject) -> BinaryIO:
    """The whole archive as an open temporary file, at its beginning; whoever takes it closes it.

    In the active language.
    """
    made = _temporary()
    try:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive, _text(_temporary()) as body:
            document = Document(subject, body)
            with _entry(archive, subject, JSON) as out:
                data = DataFile(subject, out)
                for name, part in parts_in_order():
                    document.section(name, part, data.rows(name, part, part.read(subject)))
                data.end()
            with _entry(archive, subject, HTML) as out:
                document.write_page(out)
            for file in subject.files.values():
                _enclose(archive, subject, file)
    except BaseException:
        made.close()
        raise
    made.seek(0)
    return made


def _temporary() -> BinaryIO:
    """Where the desk keeps its files, for there is room; readable by this process alone."""
    return cast(BinaryIO, tempfile.TemporaryFile(dir=settings.DATA_DIR))


def _text(file: IO[bytes]) -> TextIO:
    return io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="\n")


def _entry(archive: zipfile.ZipFile, subject: Subject, name: str) -> TextIO:
    return _text(archive.open(_info(subject, name), "w", force_zip64=True))


def _info(subject: Subject, name: str) -> zipfile.ZipInfo:
    local = subject.now.astimezone(subject.site.zone)
    info = zipfile.ZipInfo(name, date_time=(local.year, local.month, local.day, local.hour, local.minute, 0))
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return info


def _enclose(archive: zipfile.ZipFile, subject: Subject, file: EnclosedFile) -> None:
    """As it is: most are pictures, which do not get smaller. One that went meanwhile is left out."""
    info = _info(subject, file.path)
    info.compress_type = zipfile.ZIP_STORED
    with contextlib.suppress(FileNotFoundError), file.open() as source, archive.open(info, "w") as out:
        shutil.copyfileobj(source, out, 1 << 18)
