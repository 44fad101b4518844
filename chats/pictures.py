"""How large a picture is shown, in pixels, from its header alone: nothing is ever decoded, so nothing can swell."""

import struct
from typing import BinaryIO

from chats.file_kinds import GIF, JPEG, PNG, Kind

# JPEG: the segments that tell the size of a frame.
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_MOST_SEGMENTS = 2_000
_APP1, _EXIF, _ORIENTATION, _MOST_TAGS = 0xE1, b"Exif\0\0", 0x0112, 200


class NoPicture(Exception):
    """The header does not tell a size."""


def size_of(kind: Kind, file: BinaryIO) -> tuple[int, int]:
    """Width and height of a picture of ``kind``; ``NoPicture`` when its header is broken."""
    file.seek(0)
    try:
        if kind is PNG:
            width, height = _png(file.read(26))
        elif kind is GIF:
            width, height = struct.unpack("<HH", file.read(10)[6:])
        elif kind is JPEG:
            width, height = _jpeg(file)
        else:
            width, height = _webp(file.read(30))
    except (struct.error, IndexError):
        raise NoPicture from None
    if not width or not height:
        raise NoPicture
    return width, height


def _png(head: bytes) -> tuple[int, int]:
    if head[8:16] != b"\0\0\0\rIHDR":
        raise NoPicture
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _jpeg(file: BinaryIO) -> tuple[int, int]:
    file.seek(2)
    lies_on_its_side = False
    for _ in range(_MOST_SEGMENTS):
        if file.read(1) != b"\xff":
            raise NoPicture
        marker = b"\xff"
        while marker == b"\xff":
            marker = file.read(1)
        if not marker or marker[0] in (0xD9, 0xDA):
            raise NoPicture
        if marker[0] in _WITHOUT_LENGTH:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if marker[0] in _FRAMES:
            _bits, height, width = struct.unpack(">BHH", file.read(5))
            return (height, width) if lies_on_its_side else (width, height)
        following = file.tell() + max(0, length - 2)
        if marker[0] == _APP1 and file.read(6) == _EXIF:
            lies_on_its_side = _orientation(file.read(max(0, length - 8))) >= 5
        file.seek(following)
    raise NoPicture


def _orientation(exif: bytes) -> int:
    """How a camera was held (EXIF); browsers turn the picture accordingly. From 5 on width and height change places."""
    order = ">" if exif[:2] == b"MM" else "<"
    try:
        (place,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, place)
        for number in range(min(count, _MOST_TAGS)):
            tag, _type, _count, value = struct.unpack_from(f"{order}HHIH", exif, place + 2 + 12 * number)
            if tag == _ORIENTATION:
                return int(value) if value <= 8 else 1
    except struct.error:
        pass
    return 1


def _webp(head: bytes) -> tuple[int, int]:
    chunk = head[12:16]
    if chunk == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if chunk == b"VP8L" and head[20] == 0x2F:
        (bits,) = struct.unpack("<I", head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    raise NoPicture
