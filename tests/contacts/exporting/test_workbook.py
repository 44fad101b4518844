"""IMP-9: a workbook that is written piece by piece is one that everybody can read."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.exporting import workbook
from contacts.exporting.workbook import SheetState, WorkbookTooLarge, column_letters
from contacts.importing.preparing import forget_copies
from contacts.importing.reading import read_rows, understand

ROWS: list[list[workbook.Cell]] = [["김철수", 5, "a & b <c>"], ["이영희", -2.5, ""], ["박", 0, "줄\n둘"]]


def made(rows: list[list[workbook.Cell]], *, pieces: int = 1, header: list[str] | None = None) -> io.BytesIO:
    file = io.BytesIO()
    state = workbook.begin(file, header or ["name", "n", "text"])
    for start in range(0, len(rows), pieces):
        state = workbook.add_rows(file, state, rows[start : start + pieces])
    workbook.finish(file, state)
    file.seek(0)
    return file


@pytest.mark.parametrize("pieces", [1, 2, 100])
def test_openpyxl_reads_what_was_written(pieces: int) -> None:
    sheet = openpyxl.load_workbook(made(ROWS, pieces=pieces))["contacts"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["name", "n", "text"], ["김철수", 5, "a & b <c>"], ["이영희", -2.5, None], ["박", 0, "줄\n둘"]
    ]  # fmt: skip


def test_the_archive_is_whole() -> None:
    """Every checksum and size is right, also of the part that was compressed in pieces."""
    with zipfile.ZipFile(made(ROWS)) as archive:
        assert archive.testzip() is None
        assert "xl/worksheets/sheet1.xml" in archive.namelist()


def test_a_text_is_never_a_formula() -> None:
    sheet = openpyxl.load_workbook(made([["=1+1", 1, "x"]]))["contacts"]
    assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", "=1+1")


def test_a_header_stands_out_and_stays() -> None:
    sheet = openpyxl.load_workbook(made(ROWS))["contacts"]
    assert sheet["A1"].font.b
    assert sheet.freeze_panes == "A2"


def test_what_was_written_after_the_last_state_is_cut_off() -> None:
    """JOB-2: a killed worker leaves nothing twice."""
    file = io.BytesIO()
    state = workbook.begin(file, ["name", "n", "text"])
    state = SheetState(**workbook.add_rows(file, state, ROWS[:1])._asdict())
    workbook.add_rows(file, state, ROWS[1:])
    file.truncate(state.size)
    file.seek(state.size)
    state = workbook.add_rows(file, state, ROWS[1:])
    workbook.finish(file, state)
    sheet = openpyxl.load_workbook(file)["contacts"]
    assert [cell.value for cell in sheet["A"]] == ["name", "김철수", "이영희", "박"]


def test_a_sheet_of_more_than_four_gigabytes_is_refused() -> None:
    file = io.BytesIO()
    state = workbook.begin(file, ["name"])
    with pytest.raises(WorkbookTooLarge):
        workbook.finish(file, state._replace(unpacked=1 << 32))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.lists(
            st.one_of(st.text(max_size=10), st.integers(-(2**53) + 1, 2**53 - 1), st.floats(-1e14, 1e14)),
            min_size=3,
            max_size=3,
        ),
        max_size=5,
    )
)
def test_any_texts_and_numbers_are_read_as_they_were(rows: list[list[workbook.Cell]], tmp_path: Path) -> None:
    """IMP-9: property: also control characters, and what looks like the way to write them."""
    path = tmp_path / "people.xlsx"
    named = [[f"r{number}", *row] for number, row in enumerate(rows)]
    path.write_bytes(made(named, header=["name", "a", "b", "c"]).getvalue())
    forget_copies(path)
    told = understand(path, path.name, header=True).as_data()
    read = [row.cells for row in read_rows(path, told)]
    wanted = [[cell if isinstance(cell, str) else float(cell) for cell in row] for row in named]
    assert [
        [
            cell if isinstance(was, str) else pytest.approx(float(cell), rel=1e-14)
            for cell, was in zip(row, before, strict=True)
        ]
        for row, before in zip(read, named, strict=True)
    ] == wanted


def test_letters_of_columns() -> None:
    assert [column_letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
