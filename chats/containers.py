"""What lies in the containers of office documents: the names in a ZIP, the entries of a Microsoft compound file.

Nothing is unpacked; directories are read with bounds, for whoever made the file may have made it to harm.
"""

import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

_END = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 65_535
_LARGEST_DIRECTORY = 2 * 1024 * 1024
_MOST_ENTRIES = 4_096
# What the library says of a ZIP that is broken, encrypted or packed in some other way.
_UNREADABLE = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, struct.error),
    zlib.error,
)
_NO_SECTOR = 0xFFFFFFFA  # and above: not a sector


class NoContainer(Exception):
    """It cannot be read as what its first bytes say."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The names in a ZIP, and what its ``mimetype`` says when it has one."""

    names: tuple[str, ...]
    mimetype: str


def read_archive(file: BinaryIO, size: int) -> Archive:
    """A ZIP that begins with its first entry and ends with its directory; ``NoContainer`` for any other."""
    end = find_archive_end(file, size)
    if end is None:
        raise NoContainer
    try:
        with zipfile.ZipFile(file) as opened:
            names = tuple(opened.namelist())
            if "mimetype" not in names:
                return Archive(names, "")
            with opened.open("mimetype") as entry:
                return Archive(names, entry.read(200).decode("ascii", "replace").strip())
    except _UNREADABLE:
        raise NoContainer from None


def find_archive_end(file: BinaryIO, size: int, *, to_the_end: bool = True) -> int | None:
    """Where the directory of a ZIP ends, if one lies at the file's end; None when there is none.

    ``to_the_end``: nothing may follow it. Otherwise whatever follows is looked past, as some readers do.
    """
    start = max(0, size - _END_SIZE - _LONGEST_COMMENT)
    file.seek(start)
    tail = file.read()
    place = tail.rfind(_END)
    while place >= 0:
        if len(tail) - place >= _END_SIZE and _is_end(file, start + place, tail[place:], to_the_end=to_the_end):
            return start + place
        place = tail.rfind(_END, 0, place)
    return None


def _is_end(file: BinaryIO, place: int, record: bytes, *, to_the_end: bool) -> bool:
    length, _offset, comment = struct.unpack("<IIH", record[12:_END_SIZE])
    if length > min(place, _LARGEST_DIRECTORY) or (to_the_end and len(record) != _END_SIZE + comment):
        return False
    file.seek(place - length)
    return length > 0 and file.read(4) == b"PK\x01\x02"


def read_compound(file: BinaryIO, size: int) -> frozenset[str]:
    """The names in the directory of a compound file (OLE2), lower case; ``NoContainer`` when it is broken."""
    file.seek(0)
    header = file.read(512)
    if len(header) < 512:
        raise NoContainer
    shift = struct.unpack("<H", header[30:32])[0]
    if shift not in (9, 12):
        raise NoContainer
    length = 1 << shift
    tables = [sector for sector in struct.unpack("<109I", header[76:512]) if sector < _NO_SECTOR]
    sector, names = struct.unpack("<I", header[48:52])[0], set()
    for _ in range(_MOST_ENTRIES * 128 // length):
        if sector >= _NO_SECTOR:
            break
        data = _sector(file, sector, length)
        names |= {_entry_name(data[at : at + 128]) for at in range(0, length, 128)}
        sector = _next_sector(file, tables, sector, length)
    return frozenset(names - {""})


def _sector(file: BinaryIO, number: int, length: int) -> bytes:
    file.seek((number + 1) * length)
    data = file.read(length)
    if len(data) < length:
        raise NoContainer
    return data


def _next_sector(file: BinaryIO, tables: list[int], number: int, length: int) -> int:
    each = length // 4
    if number // each >= len(tables):
        raise NoContainer
    table = _sector(file, tables[number // each], length)
    following: int = struct.unpack_from("<I", table, number % each * 4)[0]
    return following


def _entry_name(entry: bytes) -> str:
    (length,) = struct.unpack("<H", entry[64:66])
    if not entry[66] or not 2 <= length <= 64:
        return ""
    return entry[: length - 2].decode("utf-16-le", "replace").lower()
