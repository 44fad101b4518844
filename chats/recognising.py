"""CHAT-9: what a file is, by its bytes alone; and whether its name and the sender's claim agree with them.

A picture under the ending of another kind of picture gets its right one, for telephones and browsers mix these up and
no harm can come of it. Any other disagreement is refused, with the reason.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from chats import file_kinds as kinds
from chats.containers import NoContainer, find_archive_end, read_archive, read_compound
from chats.errors import ChatRefused
from chats.file_kinds import Family, Kind
from chats.file_names import MAX_NAME, clean_name, split_name
from chats.pictures import NoPicture, size_of

# A picture of more pixels fills the memory of whoever looks at it.
MAX_PIXELS = 100_000_000
_CHUNK = 1 << 18

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", kinds.PNG),
    (b"\xff\xd8\xff", kinds.JPEG),
    (b"GIF87a", kinds.GIF),
    (b"GIF89a", kinds.GIF),
    (b"%PDF-", kinds.PDF),
    (b"OggS", kinds.OGG),
    (b"ID3", kinds.MP3),
    (b"#!AMR", kinds.AMR),
    (b"\xff\xf1", kinds.AAC),
    (b"\xff\xf9", kinds.AAC),
)
_PROGRAMS = (
    *(b"MZ", b"\x7fELF", b"#!", b"\0asm", b"dex\n", b"\xca\xfe\xba\xbe", b"\xca\xfe\xd0\x0d"),
    *(b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"L\0\0\0\x01\x14\x02\0"),
)
_ZIP, _COMPOUND, _MATROSKA = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1a\x45\xdf\xa3"
_BRANDS = ((b"qt  ", kinds.MOV), (b"M4A", kinds.M4A), (b"M4B", kinds.M4A), (b"3g", kinds.THREE_GP))
_VIDEO_BRANDS = (b"iso", b"mp4", b"avc1", b"M4V", b"MSNV", b"dash", b"mmp4", b"f4v", b"XAVC")
_OPEN_XML = (("word/", kinds.DOCX), ("xl/", kinds.XLSX), ("ppt/", kinds.PPTX))
_MACRO_PLACES = ("xl/macrosheets/", "basic/", "scripts/")
_MIMETYPES = {kind.type: kind for kind in (kinds.ODT, kinds.ODS, kinds.ODP, kinds.HWPX)}
_COMPOUND_NAMES = (
    ("worddocument", kinds.DOC),
    ("workbook", kinds.XLS),
    ("book", kinds.XLS),
    ("powerpoint document", kinds.PPT),
    ("fileheader", kinds.HWP),
)
_MARKUP = re.compile(rb"<(?:script|html|!doctype|iframe|svg|body|\?php)[\s>]", re.IGNORECASE)
_MARKUP_START = re.compile(r"\s*<[a-z!?%/]", re.IGNORECASE)
_MARKUP_SHOWN = re.compile(r"<(?:script|html|!doctype|iframe|svg|body|\?php)[\s>]", re.IGNORECASE)
_LOOKED_INTO = 1_024
# What may stand in a text beside letters: tab, line ends, form feed, and the colours of logs.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ENCODINGS = ("utf-8", "cp949", "cp932")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What the file is, the name to keep it under, and of pictures the size in pixels."""

    kind: Kind
    name: str
    width: int | None = None
    height: int | None = None


def recognise(file: BinaryIO, size: int, *, name: str, claimed: str = "") -> Recognised:
    """``ChatRefused`` when it is none of the kinds that are taken, or pretends to be another than it is."""
    shown = clean_name(name)
    ending = split_name(shown)[1].lower()
    if not size:
        raise ChatRefused("file_empty", path="file", name=shown)
    for code, endings in (
        ("file_executable", kinds.EXECUTABLE),
        ("file_active", kinds.ACTIVE),
        ("file_macros", kinds.MACROS),
    ):
        if ending in endings:
            raise ChatRefused(code, path="file", name=shown)
    try:
        kind = _kind_of(file, size, ending)
        width, height = size_of(kind, file) if kind.family == Family.PICTURE else (None, None)
    except _Refused as refused:
        raise ChatRefused(refused.code, path="file", name=shown) from None
    except (NoContainer, NoPicture):
        raise ChatRefused("file_broken", path="file", name=shown) from None
    if width and height and width * height > MAX_PIXELS:
        raise ChatRefused("picture_too_large", path="file", name=shown)
    if not may_be_called(kind, ending) or not kinds.may_be_claimed(kind, claimed):
        raise ChatRefused("file_disguised", path="file", name=shown, type=kind.type)
    return Recognised(kind, _with_ending(shown, kind), width, height)


def may_be_called(kind: Kind, ending: str) -> bool:
    """Whether a file of ``kind`` may come under this ending; none at all is no lie."""
    if not ending or ending in kind.extensions:
        return True
    return kind.family == Family.PICTURE and any(ending in one.extensions for one in _PICTURES)


_PICTURES = (kinds.PNG, kinds.JPEG, kinds.GIF, kinds.WEBP)


class _Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _with_ending(name: str, kind: Kind) -> str:
    stem, ending = split_name(name)
    if ending.lower() in kind.extensions:
        return name
    right = f".{kind.extensions[0]}"
    return f"{(stem or kind.family)[: MAX_NAME - len(right)]}{right}"


def _kind_of(file: BinaryIO, size: int, ending: str) -> Kind:
    file.seek(0)
    head = file.read(64)
    if head.startswith(_ZIP):
        return _of_archive(file, size)
    kind = _by_start(head)
    if kind is None and head.startswith(_PROGRAMS):
        raise _Refused("file_executable")
    if kind is None and head.startswith(_COMPOUND):
        kind = _of_compound(file, size)
    if kind is None:
        return _of_text(file, ending)
    # A second file behind the first: a PDF may hold a ZIP within, nothing else does.
    if find_archive_end(file, size, to_the_end=kind is kinds.PDF) is not None:
        raise _Refused("file_two_kinds")
    if kind.family == Family.PICTURE and any(map(_MARKUP.search, _overlapping(file))):
        raise _Refused("file_two_kinds")
    return kind


def _by_start(head: bytes) -> Kind | None:
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": kinds.WEBP, b"WAVE": kinds.WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    if head.startswith(_MATROSKA) and b"webm" in head:
        return kinds.WEBM
    return kinds.MP3 if _is_frame(head) else None


def _is_frame(head: bytes) -> bool:
    """A frame of MPEG audio, layer III, with a bit rate and a sampling rate that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return False
    return head[2] >> 4 not in (0, 15) and head[2] & 12 != 12


def _of_brand(brand: bytes) -> Kind | None:
    known = next((kind for start, kind in _BRANDS if brand.startswith(start)), None)
    return known or (kinds.MP4 if brand.startswith(_VIDEO_BRANDS) else None)


def _of_archive(file: BinaryIO, size: int) -> Kind:
    archive = read_archive(file, size)
    lower = [name.lower() for name in archive.names]
    if any(name.endswith("vbaproject.bin") or name.startswith(_MACRO_PLACES) for name in lower):
        raise _Refused("file_macros")
    if any(split_name(name)[1] in kinds.EXECUTABLE for name in lower) or "meta-inf/manifest.mf" in lower:
        raise _Refused("file_executable")
    if archive.mimetype in _MIMETYPES:
        return _MIMETYPES[archive.mimetype]
    if "[content_types].xml" in lower:
        for start, kind in _OPEN_XML:
            if any(name.startswith(start) for name in lower):
                return kind
    raise _Refused("file_archive")


def _of_compound(file: BinaryIO, size: int) -> Kind:
    names = read_compound(file, size)
    if names & {"_vba_project", "_vba_project_cur", "macros", "vba"}:
        raise _Refused("file_macros")
    kind = next((kind for name, kind in _COMPOUND_NAMES if name in names), None)
    if kind is None:
        raise _Refused("file_kind")
    return kind


def _of_text(file: BinaryIO, ending: str) -> Kind:
    file.seek(0)
    head = file.read(4)
    encodings = next(((encoding,) for bom, encoding in _BOMS if head.startswith(bom)), _ENCODINGS)
    for encoding in encodings:
        beginning = _read_text(file, encoding)
        if beginning is None:
            continue
        if _MARKUP_START.match(beginning) or _MARKUP_SHOWN.search(beginning):
            raise _Refused("file_active")
        return next((kind for kind in (kinds.CSV, kinds.TSV) if ending in kind.extensions), kinds.TEXT)
    raise _Refused("file_kind")


def _read_text(file: BinaryIO, encoding: str) -> str | None:
    """The beginning of the file when all of it is text in this encoding."""
    file.seek(0)
    decoder, beginning = codecs.getincrementaldecoder(encoding)(), ""
    try:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            if _NO_TEXT.search(text):
                return None
            beginning = beginning or text[:_LOOKED_INTO]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return beginning


def _overlapping(file: BinaryIO) -> Iterator[bytes]:
    """All of the file in pieces, each with the end of the one before."""
    file.seek(0)
    before = b""
    while chunk := file.read(_CHUNK):
        yield before + chunk
        before = chunk[-16:]
