"""Files to send in tests: the smallest of each kind that is really one."""

import io
import struct
import zipfile
import zlib


def png(width: int = 3, height: int = 2, more: bytes = b"") -> bytes:
    header = struct.pack(">II", width, height) + b"\x08\x02\x00\x00\x00"
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * (3 * 3 + 1) * 2)), (b"IEND", b"")]
    made = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made) + more


def jpeg(width: int = 640, height: int = 480, more: bytes = b"", orientation: int = 1, order: str = ">") -> bytes:
    app = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    tiff = {">": b"MM", "<": b"II"}[order] + struct.pack(f"{order}HIH", 42, 8, 2)
    tags = struct.pack(f"{order}HHII", 0x010F, 2, 4, 0) + struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"\xff\xe1" + struct.pack(">H", 1_002) + (b"Exif\0\0" + tiff + tags).ljust(1_000, b"\0")
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    return b"\xff\xd8" + app + exif + frame + b"\xff\xda\x00\x0c" + b"\x03" * 10 + b"\x55" * 50 + b"\xff\xd9" + more


def gif(width: int = 5, height: int = 4, more: bytes = b"") -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0" + b"\x3b" + more


def webp(width: int = 7, height: int = 6) -> bytes:
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0"
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def archive(**names: bytes) -> bytes:
    """A ZIP; ``__`` in a name is a slash, ``_`` before an ending a dot is written as it is."""
    return archive_of({name.replace("__", "/"): data for name, data in names.items()})


def archive_of(names: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as opened:
        for name, data in names.items():
            opened.writestr(name, data)
    return written.getvalue()


def docx(**more: bytes) -> bytes:
    return archive_of({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", **more})


def xlsx(names: dict[str, bytes] | None = None) -> bytes:
    return archive_of({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>", **(names or {})})


def odf(mimetype: str) -> bytes:
    return archive_of({"mimetype": mimetype.encode(), "content.xml": b"<c/>"})


def compound(*names: str) -> bytes:
    """A compound file (OLE2) whose directory holds these names."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HH", header, 30, 9, 6)
    struct.pack_into("<I", header, 44, 1)  # one sector of the table
    struct.pack_into("<I", header, 48, 1)  # the directory begins in sector 1
    header[76:512] = b"\xff" * 436
    struct.pack_into("<I", header, 76, 0)
    entries = [_entry(name) for name in ("Root Entry", *names)]
    sectors = [entries[at : at + 4] for at in range(0, len(entries), 4)]
    chain = [0xFFFFFFFD, *(at + 2 for at in range(len(sectors) - 1)), 0xFFFFFFFE]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    return bytes(header) + table + b"".join(b"".join(sector).ljust(512, b"\0") for sector in sectors)


def _entry(name: str) -> bytes:
    text = name.encode("utf-16-le")
    return text.ljust(64, b"\0") + struct.pack("<HB", len(text) + 2, 2) + b"\0" * 61


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
MP3 = b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\x00" + b"\0" * 100
MP4 = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2" + b"\0" * 40
MOV = b"\0\0\0\x14ftypqt  \0\0\x02\0qt  " + b"\0" * 40
M4A = b"\0\0\0\x18ftypM4A \0\0\x02\0isomiso2" + b"\0" * 40
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + b"\0" * 40
WAV = b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40
OGG = b"OggS\0\x02" + b"\0" * 40
EXE = b"MZ\x90\0\x03" + b"\0" * 100
ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 100
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
