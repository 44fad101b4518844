"""CHAT-9: what a file is, is read from its bytes; what its name or its sender says must agree with them."""

import contextlib
import io
import struct

import pytest

from chats.errors import ChatRefused
from chats.recognising import recognise
from tests.chats import files


def found(data: bytes, name: str, claimed: str = "") -> tuple[str, str]:
    recognised = recognise(io.BytesIO(data), len(data), name=name, claimed=claimed)
    return recognised.kind.type, recognised.name


def refusal(data: bytes, name: str, claimed: str = "") -> str:
    with pytest.raises(ChatRefused) as caught:
        recognise(io.BytesIO(data), len(data), name=name, claimed=claimed)
    assert caught.value.path == "file"
    assert caught.value.message
    return caught.value.code


@pytest.mark.parametrize(
    ("data", "name", "claimed", "kind"),
    [
        (files.png(), "a.png", "image/png", "image/png"),
        (files.jpeg(), "a.JPG", "image/jpeg", "image/jpeg"),
        (files.jpeg(more=b"SEFH" + b"\0" * 90), "telephone.jpg", "image/jpeg", "image/jpeg"),
        (files.gif(), "a.gif", "image/gif", "image/gif"),
        (files.webp(), "a.webp", "", "image/webp"),
        (files.PDF, "a.pdf", "application/pdf", "application/pdf"),
        (
            files.docx(),
            "a.docx",
            "application/octet-stream",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (files.xlsx(), "a.xlsx", "", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (files.odf("application/vnd.oasis.opendocument.text"), "a.odt", "", "application/vnd.oasis.opendocument.text"),
        (files.odf("application/hwp+zip"), "계약서.hwpx", "", "application/hwp+zip"),
        (files.compound("FileHeader", "DocInfo"), "계약서.hwp", "application/x-hwp", "application/x-hwp"),
        (files.compound("Workbook"), "a.xls", "application/vnd.ms-excel", "application/vnd.ms-excel"),
        (files.compound("x", "y", "z", "q", "WordDocument"), "a.doc", "application/msword", "application/msword"),
        ("주문,금액\n1,2\n".encode(), "a.csv", "text/csv", "text/csv"),
        ("주문,금액\r\n1,2\r\n".encode("cp949"), "a.csv", "application/vnd.ms-excel", "text/csv"),
        ("注文\t金額\n".encode("cp932"), "a.txt", "text/plain", "text/plain"),
        ("﻿안녕".encode("utf-16"), "a.txt", "text/plain", "text/plain"),
        (b"1 < 2, a <b and c> d\n", "a.txt", "text/plain", "text/plain"),
        (files.MP3, "a.mp3", "audio/mpeg", "audio/mpeg"),
        (files.MP4, "a.mp4", "video/mp4", "video/mp4"),
        (files.MOV, "a.mov", "video/quicktime", "video/quicktime"),
        (files.M4A, "a.m4a", "audio/x-m4a", "audio/mp4"),
        (files.WEBM, "a.webm", "audio/webm", "video/webm"),
        (files.WAV, "a.wav", "audio/x-wav", "audio/wav"),
        (files.OGG, "a.ogg", "application/ogg", "audio/ogg"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else None,
)
def test_a_file_of_a_usual_kind_is_taken_for_what_it_is(data: bytes, name: str, claimed: str, kind: str) -> None:
    assert found(data, name, claimed) == (kind, name)


@pytest.mark.parametrize(
    ("data", "name", "claimed", "code"),
    [
        (b"", "a.png", "image/png", "file_empty"),
        (files.EXE, "setup.exe", "", "file_executable"),
        (files.EXE, "photo.png", "image/png", "file_executable"),
        (files.EXE, "photo", "", "file_executable"),
        (files.ELF, "a.txt", "text/plain", "file_executable"),
        (b"#!/bin/sh\nrm -rf ~\n", "a.txt", "text/plain", "file_executable"),
        (b"echo hello", "a.bat", "text/plain", "file_executable"),
        (files.png(), "photo.png.exe", "image/png", "file_executable"),
        (files.png(), "photo\u202egnp.exe", "image/png", "file_executable"),
        (files.png(), "photo.exe.", "", "file_executable"),
        (files.HTML, "a.html", "text/html", "file_active"),
        (files.HTML, "a.png", "image/png", "file_active"),
        (files.HTML, "a.txt", "text/plain", "file_active"),
        (b"\xef\xbb\xbf  \n" + files.HTML, "a.csv", "text/csv", "file_active"),
        ("<html>".encode("utf-16"), "a.txt", "", "file_active"),
        (b"hello\n<script >alert(1)</script>", "a.txt", "", "file_active"),
        (files.SVG, "a.svg", "image/svg+xml", "file_active"),
        (files.SVG, "a.png", "image/png", "file_active"),
        (b"alert(1)", "a.js", "text/javascript", "file_active"),
        (files.png(), "a.svg", "image/svg+xml", "file_active"),
        (files.png(), "a.png", "image/svg+xml", "file_disguised"),
        (files.png(), "a.png", "text/html", "file_disguised"),
        (files.png(), "a.png", "application/pdf", "file_disguised"),
        (files.png(), "a.pdf", "application/pdf", "file_disguised"),
        (files.PDF, "a.png", "image/png", "file_disguised"),
        (files.docx(), "a.xlsx", "", "file_disguised"),
        (b"a,b\n", "a.pdf", "", "file_disguised"),
        (files.gif(more=files.HTML), "a.gif", "image/gif", "file_two_kinds"),
        (files.png(more=b"\n<SVG onload=x>"), "a.png", "image/png", "file_two_kinds"),
        (files.jpeg(more=files.archive_of({"x": b"y"})), "a.jpg", "image/jpeg", "file_two_kinds"),
        (files.jpeg(more=files.archive_of({"x": b"y"}) + b"\n\n"), "a.jpg", "image/jpeg", "file_two_kinds"),
        (files.PDF + files.archive_of({"x": b"y"}), "a.pdf", "application/pdf", "file_two_kinds"),
        (b"\0" * 2_000 + files.PDF, "a.pdf", "application/pdf", "file_kind"),
        (files.archive_of({"a.txt": b"x"}), "a.zip", "application/zip", "file_archive"),
        (files.archive_of({"META-INF/MANIFEST.MF": b"x"}), "a.docx", "", "file_executable"),
        (files.docx(**{"word/setup.exe": b"MZ"}), "a.docx", "", "file_executable"),
        (files.docx(**{"word/vbaProject.bin": b"x"}), "a.docx", "", "file_macros"),
        (files.docx(), "a.docm", "", "file_macros"),
        (files.xlsx({"xl/macrosheets/sheet1.xml": b"x"}), "a.xlsx", "", "file_macros"),
        (files.compound("WordDocument", "Macros"), "a.doc", "", "file_macros"),
        (files.compound("!SummaryInformation", "Binary.x"), "a.doc", "", "file_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "", "file_broken"),
        (b"PK\x03\x04" + b"x" * 50, "a.docx", "", "file_broken"),
        (files.docx() + b"tail", "a.docx", "", "file_broken"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "image/png", "file_broken"),
        (b"\xff\xd8\xff", "a.jpg", "image/jpeg", "file_broken"),
        (files.png(0, 5), "a.png", "image/png", "file_broken"),
        (files.png(50_000, 50_000), "a.png", "image/png", "picture_too_large"),
        (b"Rar!\x1a\x07\x01\0" + b"\0" * 50, "a.rar", "", "file_kind"),
        (b"\0\x01\x02\x03" * 50, "a.txt", "text/plain", "file_kind"),
        (b"text\x00with NUL", "a.txt", "text/plain", "file_kind"),
        (b"x", "a.exe.txt.scr", "", "file_executable"),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_refused_with_its_reason(data: bytes, name: str, claimed: str, code: str) -> None:
    assert refusal(data, name, claimed) == code


@pytest.mark.parametrize(
    ("data", "name", "shown"),
    [
        (files.png(), "photo.jpg", "photo.png"),
        (files.webp(), "사진.PNG", "사진.webp"),
        (files.jpeg(), "image", "image.jpg"),
        (files.jpeg(), "", "picture.jpg"),
        (b"hello", "note", "note.txt"),
    ],
)
def test_a_picture_under_the_ending_of_another_gets_its_own(data: bytes, name: str, shown: str) -> None:
    """Telephones and browsers mix them up; without an ending, the file gets one."""
    assert found(data, name)[1] == shown


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (files.png(3, 2), (3, 2)),
        (files.jpeg(4032, 3024), (4032, 3024)),
        (files.jpeg(4032, 3024, orientation=6), (3024, 4032)),
        (files.jpeg(4032, 3024, orientation=8, order="<"), (3024, 4032)),
        (files.jpeg(4032, 3024, orientation=3), (4032, 3024)),
        (files.gif(5, 4), (5, 4)),
        (files.webp(7, 6), (7, 6)),
        (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 320, 200), (320, 200)),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 99 | 49 << 14) + b"\0" * 9, (100, 50)),
    ],
    ids=["png", "jpeg", "turned", "turned the other way", "upside down", "gif", "webp", "webp lossy", "webp lossless"],
)
def test_the_size_of_a_picture_is_read_from_its_header(data: bytes, size: tuple[int, int]) -> None:
    recognised = recognise(io.BytesIO(data), len(data), name="a")
    assert (recognised.width, recognised.height) == size


def test_a_directory_too_large_to_be_read_is_not_read() -> None:
    """A ZIP of hundreds of thousands of names would fill the memory."""
    data = files.archive_of({f"word/{n}".ljust(200, "x"): b"" for n in range(9_000)})
    assert refusal(data, "a.docx") == "file_broken"


@pytest.mark.parametrize("length", [0, 1, 8, 30, 64, 511, 513, 600, 1_000, 1_535])
@pytest.mark.parametrize(
    "data",
    [files.png(), files.jpeg(), files.gif(), files.webp(), files.docx(), files.compound("WordDocument"), files.MP3],
    ids=["png", "jpeg", "gif", "webp", "docx", "compound", "mp3"],
)
def test_a_file_that_ends_too_early_is_taken_or_refused_and_never_an_error(data: bytes, length: int) -> None:
    with contextlib.suppress(ChatRefused):
        found(data[:length], "a")
