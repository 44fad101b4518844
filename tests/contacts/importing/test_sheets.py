"""IMP-1: workbooks: what Excel writes, what others write, and what is meant to hurt."""

import contextlib
import datetime
import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from contacts.importing import sheets
from contacts.importing.reading import Understood, read_rows, understand
from contacts.importing.reasons import FileRefused
from contacts.importing.sheet_cells import column_of
from contacts.importing.sheets import number_text

PEOPLE = [["이름", "휴대폰"], ["김철수", "01012345678"], ["이영희", "01022223333"]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stored"


def save(path: Path, *sheets_: tuple[str, list[list[Any]]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets_:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    with path.open("wb") as file:
        book.save(file)


def look(path: Path, **said: Any) -> Understood:
    return understand(path, "people.xlsx", **said)


def cells_of(path: Path, rows: list[list[Any]]) -> list[list[str]]:
    save(path, ("Sheet", rows))
    return [row.cells for row in read_rows(path, look(path, header=False).as_data())]


def edit(path: Path, part: str, *changes: tuple[str, str]) -> None:
    """Change the XML of a part of the workbook."""
    assert part in zipfile.ZipFile(path).namelist()
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == part:
                for before, after in changes:
                    assert before.encode() in data
                    data = data.replace(before.encode(), after.encode())
            new.writestr(info.filename, data)
    path.write_bytes(out.getvalue())


SHEET = "xl/worksheets/sheet1.xml"
SHARED = "xl/sharedStrings.xml"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def save_shared(path: Path, texts: list[str], columns: int, *, listed: bool = True) -> None:
    """A workbook as Excel writes it, with its texts in a part of their own: ``texts`` are its cells, row by row."""
    save(path, ("Sheet", [["x"]]))
    out = io.BytesIO()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = [
        "".join(f'<c t="s"><v>{number}</v></c>' for number in range(first, min(first + columns, len(texts))))
        for first in range(0, len(texts), columns)
    ]
    parts = {
        SHEET: f'<worksheet xmlns="{main}"><sheetData><row>{"</row><row>".join(rows)}</row></sheetData></worksheet>',
        SHARED: f'<sst xmlns="{main}">{"".join(f"<si>{text}</si>" for text in texts)}</sst>',
    }
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name).decode()
            if name == "[Content_Types].xml" and listed:
                data = data.replace("</Types>", f'<Override PartName="/{SHARED}" ContentType="{_TYPE}"/></Types>')
            new.writestr(name, parts.pop(name, data))
        for name, data in parts.items():
            new.writestr(name, data)
    path.write_bytes(out.getvalue())


def test_a_workbook_is_understood_and_read(path: Path) -> None:
    """IMP-1: whatever its name; a row keeps its number in the sheet."""
    save(path, ("명단", [[], PEOPLE[0], [], *PEOPLE[1:]]))
    understood = understand(path, "people.csv")
    assert (understood.format, understood.sheet, understood.header) == ("xlsx", "명단", ("이름", "휴대폰"))
    assert understood.header_row == 2
    rows = list(read_rows(path, understood.as_data()))
    assert [(row.line, row.cells) for row in rows] == [(4, PEOPLE[1]), (5, PEOPLE[2])]
    assert list(read_rows(path, understood.as_data(), start=rows[0].position)) == rows[1:]


def test_the_first_sheet_with_data_is_taken_and_another_can_be_chosen(path: Path) -> None:
    """IMP-1: and that there are more is told."""
    save(path, ("빈 시트", []), ("서울", PEOPLE), ("부산", [["이름"], ["박"]]))
    understood = look(path)
    assert (understood.sheet, understood.sheets) == ("서울", ("빈 시트", "서울", "부산"))
    assert [problem.code for problem in understood.problems] == ["other_sheets"]
    other = look(path, sheet="부산")
    assert [row.cells for row in read_rows(path, other.as_data())] == [["박"]]
    assert [row.cells for row in read_rows(path, understood.as_data())] == PEOPLE[1:]
    with pytest.raises(FileRefused, match="sheet_unknown"):
        look(path, sheet="대구")


def test_a_hidden_sheet_is_not_taken_by_itself(path: Path) -> None:
    save(path, ("codes", PEOPLE), ("people", PEOPLE))
    edit(
        path, "xl/workbook.xml", ('name="codes" sheetId="1" state="visible"', 'name="codes" sheetId="1" state="hidden"')
    )
    assert look(path).sheet == "people"


def test_numbers_and_days_are_told_as_one_would_type_them(path: Path) -> None:
    """IMP-1: whole numbers without .0, days as ISO 8601, leading zeros of texts."""
    row = [
        7, 7.0, 0.1 + 0.2, -3, 1e-7, "007", 250_000_000_000, True, False, datetime.date(2024, 1, 31),
        datetime.datetime(2024, 1, 31, 12, 30), datetime.time(9, 5), None, "끝",
    ]  # fmt: skip
    assert cells_of(path, [row]) == [
        ["7", "7", "0.3", "-3", "1e-07", "007", "250000000000", "TRUE", "FALSE", "2024-01-31", "2024-01-31 12:30:00",
         "09:05:00", "", "끝"]
    ]  # fmt: skip


def test_a_number_beyond_the_digits_of_excel_is_told_as_rounded(path: Path) -> None:
    """IMP-5: 15 digits are kept; that the others are lost must not look like a number."""
    assert number_text("1234567890123450") == "1.23456789012345E+15"
    assert number_text("1.23456789012345E+17") == "1.23456789012345E+17"
    assert number_text("123456789012345") == "123456789012345"
    assert number_text("9007199254740991") == "9007199254740991"  # written by a program that keeps 16


@pytest.mark.parametrize("number", [27, 31, 36, 50, 58])
def test_the_dates_of_eastern_excels_are_dates(number: int, path: Path) -> None:
    """Excel has formats built in for Korean and Japanese dates that are in no list of formats of the workbook."""
    save(path, ("Sheet", [[datetime.date(2024, 1, 31)]]))
    edit(path, "xl/styles.xml", ('<xf numFmtId="164"', f'<xf numFmtId="{number}"'))
    (row,) = read_rows(path, look(path, header=False).as_data())
    assert row.cells == ["2024-01-31"]


def test_the_calendar_of_old_macs_is_known(path: Path) -> None:
    save(path, ("Sheet", [[datetime.date(2024, 1, 31)]]))
    edit(path, "xl/workbook.xml", ("<workbookPr ", '<workbookPr date1904="1" '))
    (row,) = read_rows(path, look(path, header=False).as_data())
    assert row.cells == ["2028-02-01"]


def test_a_formula_shows_its_result(path: Path) -> None:
    save(path, ("Sheet", [["이름", "합계"], ["김", "=1+1"]]))
    edit(path, SHEET, ("<f>1+1</f><v></v>" if b"<v></v>" in _part(path) else "<f>1+1</f><v />", "<f>1+1</f><v>2</v>"))
    (row,) = read_rows(path, look(path).as_data())
    assert row.cells == ["김", "2"]


def _part(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(SHEET)


def test_a_formula_without_a_result_is_told(path: Path) -> None:
    """IMP-5: not taken for an empty cell."""
    save(path, ("Sheet", [["이름", "합계"], ["김", "=1+1"]]))
    understood = look(path)
    assert [problem.code for problem in understood.problems] == ["formulas_without_values"]
    (row,) = read_rows(path, understood.as_data())
    assert row.cells == ["김", "#FORMULA!"]


@pytest.mark.parametrize("listed", [True, False])
def test_shared_texts_are_read_also_where_they_are_not_listed(listed: bool, path: Path) -> None:
    """As Excel keeps them; some programs forget the part in the list of parts."""
    texts = [
        "<t>이름</t>",
        "<t>메모</t>",
        "<r><t>김</t></r><r><t xml:space='preserve'> 철수</t></r>",
        "<t>a_x000D_b</t>",
    ]
    save_shared(path, texts, 2, listed=listed)
    understood = look(path)
    assert understood.header == ("이름", "메모")
    assert [row.cells for row in read_rows(path, understood.as_data())] == [["김 철수", "a\rb"]]


def test_how_a_name_is_read_aloud_is_not_part_of_it(path: Path) -> None:
    """Japanese workbooks carry furigana beside the texts."""
    save_shared(path, ["<t>氏名</t>", '<t>山田</t><rPh sb="0" eb="2"><t>ヤマダ</t></rPh>'], 1)
    (row,) = read_rows(path, look(path).as_data())
    assert row.cells == ["山田"]


def test_a_shared_text_that_is_not_there_is_damage(path: Path) -> None:
    save_shared(path, ["<t>이름</t>", "<t>김</t>"], 1)
    edit(path, SHEET, ("<v>1</v>", "<v>7</v>"))
    with pytest.raises(FileRefused, match="broken_workbook"):
        look(path)


def test_texts_in_the_sheet_itself_and_control_characters_are_read(path: Path) -> None:
    save(path, ("Sheet", [["이름", "n"], [5, 1]]))
    inline = '<c r="A2" t="inlineStr"><is><t>a_x000D_b</t><r><t>c</t></r></is></c>'
    edit(path, SHEET, ('<c r="A2" t="n"><v>5</v></c>', inline))
    (row,) = read_rows(path, look(path).as_data())
    assert row.cells == ["a\rbc", "1"]


def test_cells_and_rows_without_places_are_counted(path: Path) -> None:
    """Some programs leave out where a cell is."""
    save(path, ("Sheet", PEOPLE))
    edit(path, SHEET, *((f' r="{place}"', "") for place in ("A1", "B1", "A2", "B2", "A3", "B3", "1", "2", "3")))
    assert [row.cells for row in read_rows(path, look(path).as_data())] == PEOPLE[1:]


def test_missing_cells_at_the_end_of_a_row_are_empty(path: Path) -> None:
    assert cells_of(path, [["이름", "휴대폰"], ["김"], ["이", "2", "", None]]) == [
        ["이름", "휴대폰"],
        ["김", ""],
        ["이", "2"],
    ]


def test_a_cell_with_very_many_lines_stays_in_its_row(path: Path) -> None:
    rows = cells_of(path, [["이름", "메모"], ["김", "\n".join("줄" * 1 for _ in range(500))], ["이", "2"]])
    assert len(rows) == 3
    assert rows[2] == ["이", "2"]


def test_an_empty_workbook_is_refused(path: Path) -> None:
    save(path, ("Sheet", []))
    with pytest.raises(FileRefused, match="empty"):
        look(path)


def test_a_workbook_too_wide_is_refused(path: Path) -> None:
    save(path, ("Sheet", [["x"] * 301]))
    with pytest.raises(FileRefused, match="too_many_columns"):
        look(path)


# --- what is broken or meant to hurt ---------------------------------------------------------------------------------


def test_a_zip_bomb_is_refused_before_it_is_unpacked(path: Path) -> None:
    """IMP-1: by its sizes; nothing of it is unpacked."""
    save(path, ("Sheet", PEOPLE))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("xl/worksheets/sheet2.xml", "w") as part:
            for _megabyte in range(60):
                part.write(b" " * (1 << 20))
    tracemalloc.start()
    with pytest.raises(FileRefused, match="workbook_too_large"):
        look(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_bomb_that_lies_about_its_size_is_cut_off(path: Path) -> None:
    save(path, ("Sheet", PEOPLE))
    edit(path, SHEET, ("</sheetData>", "</sheetData>" + " " * 3_000_000))
    data = bytearray(path.read_bytes())
    place = data.rfind(SHEET.encode()) - 46 + 24  # the size in the central directory
    data[place : place + 4] = (2_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(FileRefused, match="broken_workbook"):
        list(read_rows(path, look(path).as_data()))


def test_a_bomb_of_entities_is_refused(path: Path) -> None:
    save(path, ("Sheet", PEOPLE))
    bomb = (
        "<!DOCTYPE b [" + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "x" * 10}">' for n in range(9)) + "]>"
    )
    with zipfile.ZipFile(path) as archive:
        head = archive.read(SHEET).decode().split("<sheetPr")[0]
    edit(
        path, SHEET, (head, bomb + head) if not head.startswith("<?xml") else (head, head.replace("?>", f"?>{bomb}", 1))
    )
    with pytest.raises(FileRefused, match="broken_workbook"):
        look(path)


@pytest.mark.parametrize(
    "part",
    [
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/styles.xml",
        "xl/sharedStrings.xml",
        SHEET,
        "xl/_rels/workbook.xml.rels",
    ],
)
@pytest.mark.parametrize("damage", [b"", b"<broken", b"<a/>", b"\xff" * 50], ids=["empty", "cut", "other", "noise"])
def test_a_damaged_workbook_is_refused_and_nothing_else_is_raised(part: str, damage: bytes, path: Path) -> None:
    save_shared(path, ["<t>이름</t>", "<t>김</t>"], 1)
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, damage if name == part else old.read(name))
    path.write_bytes(out.getvalue())
    with contextlib.suppress(FileRefused):
        list(read_rows(path, look(path).as_data()))


@pytest.mark.parametrize("kept", [10, 100, 1_000, 4_000])
def test_a_workbook_that_was_cut_off_is_refused(kept: int, path: Path) -> None:
    save(path, ("Sheet", PEOPLE))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(FileRefused):
        look(path)


def test_another_zip_archive_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("people.csv", "name\nAlice\n")
    with pytest.raises(FileRefused, match="broken_workbook"):
        look(path)


def test_memory_stays_flat_when_every_text_is_another(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """IMP-1: the shared texts of a workbook lie on the disk beyond the first ones."""
    texts = ["<t>이름</t>", "<t>이메일</t>"]
    for number in range(20_000):
        texts += [f"<t>김철수 {number} {'x' * 50}</t>", f"<t>user{number}.{'y' * 50}@example.com</t>"]
    save_shared(path, texts, 2)
    monkeypatch.setattr("contacts.importing.sheet_cells._HELD", 1_000)
    told = look(path).as_data()
    tracemalloc.start()
    assert sum(1 for _row in read_rows(path, told)) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_the_reference_of_a_cell_names_its_column() -> None:
    assert [column_of(reference) for reference in ("A1", "Z9", "AA10", "XFD1048576")] == [0, 25, 26, 16_383]


def test_work_on_a_copy_is_told_now_and_then(path: Path) -> None:
    save(path, ("Sheet", PEOPLE))
    beats: list[int] = []
    with io.StringIO() as target:
        sheets.convert(path, "Sheet", target, lambda: beats.append(1))
        assert target.getvalue().startswith("1,이름,휴대폰\r\n2,")
    assert beats
