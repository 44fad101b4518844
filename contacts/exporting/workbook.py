"""A workbook of one sheet, written row by row into a file that can be cut off after any piece and gone on with.

A zip archive wants a part's size and checksum in front of it; they are filled in at the end. The sheet is compressed in
pieces that end at whole bytes (``Z_FULL_FLUSH``), so that any number of them, one after the other, is one stream.
openpyxl and its kind write a workbook in one go: a killed job would begin anew.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import BinaryIO, NamedTuple
from xml.sax.saxutils import escape

MAX_ROWS = 1_048_575  # below the header
_MAX_PART = 0xFFFF_FFFF
_SHEET = "xl/worksheets/sheet1.xml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_OTHER_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
    f'<Override PartName="/{_SHEET}" ContentType="{_TYPES}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="contacts" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # The second font and the second format are the header's.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill '
    'patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border>'
    '<left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" '
    'fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" '
    'xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs><cellStyles '
    'count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_SHEET_HEAD = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
_SHEET_TAIL = "</sheetData></worksheet>"
# What XML cannot hold, and what would be taken for the way to write it.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
_STORED, _DEFLATED = 0, 8
_DAY_ONE = 0x21  # 1980-01-01; the archive does not tell when it was written

Cell = str | int | float


class WorkbookTooLarge(Exception):
    """The sheet has more bytes than a workbook can hold."""


class SheetState(NamedTuple):
    """How far the sheet is: the file's size, the checksum and size of the XML so far, the number of the last row."""

    size: int
    crc: int
    unpacked: int
    row: int


def column_letters(number: int) -> str:
    """0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def begin(file: BinaryIO, header: Sequence[str]) -> SheetState:
    """Write everything up to and including the header into an empty file."""
    for name, text in _OTHER_PARTS.items():
        data = f"{_XML}{text}".encode()
        file.write(_local(name, _STORED, zlib.crc32(data), len(data), len(data)))
        file.write(data)
    file.write(_local(_SHEET, _DEFLATED, 0, 0, 0))
    state = _written(file, _SHEET_HEAD, SheetState(file.tell(), 0, 0, 0))
    return add_rows(file, state, [header], style=' s="1"')


def add_rows(file: BinaryIO, state: SheetState, rows: Iterable[Sequence[Cell]], *, style: str = "") -> SheetState:
    """Write rows at the end of the file; ``file`` stands there."""
    number = state.row
    letters: list[str] = []
    xml: list[str] = []
    for row in rows:
        number += 1
        while len(letters) < len(row):
            letters.append(column_letters(len(letters)))
        cells = [
            _cell(f"{letters[place]}{number}", value, style)
            for place, value in enumerate(row)
            if value not in ("", None)
        ]
        xml.append(f'<row r="{number}">{"".join(cells)}</row>')
    return _written(file, "".join(xml), state)._replace(row=number)


def finish(file: BinaryIO, state: SheetState) -> int:
    """Close the sheet and the archive; answers the size of the file."""
    state = _written(file, _SHEET_TAIL, state)
    file.write(b"\x03\x00")  # the end of a compressed stream
    parts = [(name, _STORED, zlib.crc32(data), len(data), len(data)) for name, data in _others()]
    sheet_at = _sheet_at()
    packed = file.tell() - sheet_at - _LOCAL.size - len(_SHEET)
    if max(packed, state.unpacked, file.tell()) >= _MAX_PART:
        raise WorkbookTooLarge
    parts.append((_SHEET, _DEFLATED, state.crc, packed, state.unpacked))
    directory_at = place = file.tell()
    offset = 0
    for name, method, crc, packed_size, size in parts:
        head = (20, 20, 0x800, method, 0, _DAY_ONE, crc, packed_size, size, len(name), 0, 0, 0, 0, 0, offset)
        file.write(_CENTRAL.pack(b"PK\x01\x02", *head) + name.encode())
        offset += _LOCAL.size + len(name) + packed_size
        place = file.tell()
    file.write(_END.pack(b"PK\x05\x06", 0, 0, len(parts), len(parts), place - directory_at, directory_at, 0))
    end = file.tell()
    file.seek(sheet_at)
    file.write(_local(_SHEET, _DEFLATED, state.crc, packed, state.unpacked))
    return end


def _others() -> list[tuple[str, bytes]]:
    return [(name, f"{_XML}{text}".encode()) for name, text in _OTHER_PARTS.items()]


def _sheet_at() -> int:
    return sum(_LOCAL.size + len(name) + len(data) for name, data in _others())


def _local(name: str, method: int, crc: int, packed: int, size: int) -> bytes:
    return _LOCAL.pack(b"PK\x03\x04", 20, 0x800, method, 0, _DAY_ONE, crc, packed, size, len(name), 0) + name.encode()


def _written(file: BinaryIO, xml: str, state: SheetState) -> SheetState:
    data = xml.encode()
    compressor = zlib.compressobj(4, zlib.DEFLATED, -15)
    file.write(compressor.compress(data) + compressor.flush(zlib.Z_FULL_FLUSH))
    return SheetState(file.tell(), zlib.crc32(data, state.crc), state.unpacked + len(data), state.row)


def _cell(place: str, value: Cell, style: str) -> str:
    if isinstance(value, str):
        text = _UNWRITABLE.sub(_as_code, value) if _UNWRITABLE.search(value) else value
        return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
    return f'<c r="{place}"{style}><v>{value!r}</v></c>'


def _as_code(match: re.Match[str]) -> str:
    return f"_x{ord(match[0]):04X}_"
