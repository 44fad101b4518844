"""IMP-1, IMP-5: what a file is taken for, and its rows, whatever it holds."""

import codecs
import csv
import io
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.importing.encodings import ENCODINGS
from contacts.importing.preparing import forget_copies, prepare
from contacts.importing.reading import SEPARATORS, Understood, column_letters, read_rows, size_of, understand
from contacts.importing.reasons import FileRefused, told
from contacts.importing.rows import Row

HEADER = "이름,휴대폰,이메일"
TWO = f"{HEADER}\n김철수,010-1234-5678,kim@example.com\n이영희,010-2222-3333,lee@example.com\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stored"


def look(path: Path, data: bytes | str, name: str = "people.csv", **said: Any) -> Understood:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return understand(path, name, **said)


def rows_of(path: Path, data: bytes | str, **said: Any) -> list[Row]:
    return list(read_rows(path, look(path, data, **said).as_data()))


def codes(understood: Understood) -> list[str]:
    return [problem.code for problem in understood.problems]


def test_a_plain_file_is_understood(path: Path) -> None:
    """IMP-1: format, encoding, separator, header and the first rows."""
    understood = look(path, TWO)
    assert (understood.format, understood.encoding, understood.separator) == ("csv", "utf-8", ",")
    assert (understood.header_row, understood.header) == (1, ("이름", "휴대폰", "이메일"))
    assert understood.sample[0] == ("김철수", "010-1234-5678", "kim@example.com")
    assert understood.problems == ()


def test_no_more_than_five_rows_are_shown(path: Path) -> None:
    assert len(look(path, HEADER + "\n김,1,2" * 20).sample) == 5


@pytest.mark.parametrize("separator", SEPARATORS, ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_every_encoding_with_every_separator_is_read(encoding: str, separator: str, path: Path) -> None:
    """IMP-1: a table comes out as it went in; what its encoding cannot tell is chosen by the operator."""
    table = [["name", "휴대폰", "memo"], ["김철수", "010-1234-5678", 'a "b"\nc'], ["박", "", "d, e; f"]]
    if encoding in {"cp932", "euc_jp"}:
        table = [["name", "携帯電話", "memo"], ["山田", "090-1234-5678", 'a "b"\nc'], ["森", "", "d, e; f"]]
    if encoding == "cp1252":
        table = [["name", "phone", "memo"], ["José", "+49 30 1234", 'a "b"\nc'], ["Ü", "", "d, e; f"]]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(table)
    data = out.getvalue().encode(encoding)
    understood = look(path, data, encoding="euc_jp" if encoding == "euc_jp" else None)
    assert (understood.encoding, understood.separator) == (encoding, separator)
    assert list(understood.header) == table[0]
    rows = list(read_rows(path, understood.as_data()))
    assert [row.cells for row in rows] == table[1:]
    assert [(row.line, row.problem) for row in rows] == [(2, None), (4, None)]


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)
tables = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8)
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]), lines=st.booleans())
def test_any_table_comes_out_as_it_went_in(table: list[list[str]], encoding: str, lines: bool, tmp_path: Path) -> None:
    """IMP-1: property: whatever stands in the cells, read from the start and on from every row."""
    path = tmp_path / "any"
    forget_copies(path)
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n" if lines else "\n").writerows(table)
    bom = codecs.BOM_UTF8 if encoding == "utf-8-sig" else b""
    path.write_bytes(bom + out.getvalue().encode(encoding.removesuffix("-sig")))
    told_ = {"format": "csv", "encoding": encoding, "separator": ",", "header": False, "sheet": None}
    if not encoding.startswith("utf-16"):  # rewritten with line feeds, also within cells
        wanted = [row for row in table if any(cell.strip() for cell in row)]
        rows = list(read_rows(path, told_))
        assert [row.cells for row in rows] == wanted
        for place, row in enumerate(rows):
            assert list(read_rows(path, told_, start=row.position)) == rows[place + 1 :]
    else:
        wanted = [row for row in table if any(cell.strip() for cell in row)]
        assert [row.cells for row in read_rows(path, told_)] == wanted


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), encoding=st.sampled_from(list(ENCODINGS)), separator=st.sampled_from(SEPARATORS))
def test_no_bytes_whatsoever_raise_an_exception(data: bytes, encoding: str, separator: str, tmp_path: Path) -> None:
    """IMP-5: rows with problems, or a refusal of the file; never another error; reading on agrees with reading."""
    path = tmp_path / "noise"
    forget_copies(path)
    path.write_bytes(data)
    try:
        understood = understand(path, "noise.csv", encoding=encoding, separator=separator)
        rows = list(read_rows(path, understood.as_data()))
    except FileRefused:
        return
    for place in range(0, len(rows), 3):
        assert list(read_rows(path, understood.as_data(), start=rows[place].position)) == rows[place + 1 :]


def test_a_cell_keeps_the_line_ends_it_was_written_with(path: Path) -> None:
    (row,) = rows_of(path, b'name,memo\r\nAlice,"one\r\ntwo"\r\n')
    assert row.cells == ["Alice", "one\r\ntwo"]


@pytest.mark.parametrize("separator", SEPARATORS, ids=["comma", "semicolon", "tab"])
def test_the_line_that_tells_excel_the_separator_is_no_row(separator: str, path: Path) -> None:
    """Some programs begin a file with “sep=;”."""
    understood = look(path, f"\ufeffsep={separator}\r\n" + TWO.replace(",", separator))
    assert (understood.separator, understood.header_row, understood.header[0]) == (separator, 2, "이름")
    rows = list(read_rows(path, understood.as_data()))
    assert [(row.line, row.cells[0]) for row in rows] == [(3, "김철수"), (4, "이영희")]


def test_line_ends_of_old_macs_end_lines(path: Path) -> None:
    rows = rows_of(path, TWO.replace("\n", "\r"))
    assert [row.cells[0] for row in rows] == ["김철수", "이영희"]


# --- headers ---------------------------------------------------------------------------------------------------


def test_a_column_that_is_there_twice_is_made_distinct_and_told(path: Path) -> None:
    """IMP-1: duplicate headers."""
    understood = look(path, "이름,메모,메모,메모 (2)\n김,1,2,3\n")
    assert understood.header == ("이름", "메모", "메모 (3)", "메모 (2)")
    assert codes(understood) == ["duplicate_header"]
    assert "메모 (3)" in understood.problems[0].message


def test_a_column_without_a_name_is_called_by_its_letter(path: Path) -> None:
    understood = look(path, "이름,,이메일\n김,x,a@b.kr\n")
    assert understood.header == ("이름", "B", "이메일")
    assert codes(understood) == ["blank_header"]


def test_a_missing_header_is_noticed(path: Path) -> None:
    """IMP-1: the first row is a person; nobody is lost."""
    understood = look(path, "김철수,010-1234-5678,kim@example.com\n이영희,010-2222-3333,lee@example.com\n")
    assert (understood.header_row, understood.header) == (None, ("A", "B", "C"))
    assert codes(understood) == ["no_header"]
    assert len(list(read_rows(path, understood.as_data()))) == 2


def test_an_operator_may_say_that_there_is_a_header_or_none(path: Path) -> None:
    assert look(path, TWO, header=False).sample[0][0] == "이름"
    assert look(path, "a@b.kr,1\nc@d.kr,2\n", header=True).header == ("a@b.kr", "1")


def test_a_file_with_a_header_only_is_understood_and_has_no_rows(path: Path) -> None:
    understood = look(path, HEADER + "\n")
    assert codes(understood) == ["no_rows"]
    assert list(read_rows(path, understood.as_data())) == []


def test_names_of_columns_are_those_of_a_spreadsheet() -> None:
    assert [column_letters(n) for n in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "empty", id="0-bytes"),
        pytest.param(b"\xef\xbb\xbf", "empty", id="a-mark-only"),
        pytest.param(b"\r\n \r\n\t\r\n", "empty", id="blank-lines"),
        pytest.param(b",,,\r\n,,,\r\n", "empty", id="empty-cells"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "binary", id="a-picture"),
        pytest.param(b"<html><table><tr><td>a</td></tr></table>", "html", id="a-web-page"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "old_excel", id="xls"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900) + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
            id="a-password",
        ),
        pytest.param((",".join(f"c{n}" for n in range(301)) + "\n").encode(), "too_many_columns", id="301-columns"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(data: bytes, code: str, path: Path) -> None:
    """IMP-1: whatever its name says."""
    with pytest.raises(FileRefused) as refused:
        look(path, data)
    assert refused.value.code == code
    assert refused.value.message


@pytest.mark.parametrize("said", [{"encoding": "rot13"}, {"encoding": "zlib"}, {"separator": "|"}], ids=str)
def test_what_an_operator_cannot_choose_is_refused(said: dict[str, str], path: Path) -> None:
    with pytest.raises(FileRefused, match="unknown"):
        look(path, TWO, **said)


# --- rows with problems -------------------------------------------------------------------------------------------


def test_empty_lines_are_left_out_and_lines_keep_their_numbers(path: Path) -> None:
    rows = rows_of(path, f"\n{HEADER}\n\n김,1,\n , , \n,,\n\n이,2,\n\n")
    assert [(row.line, row.cells[0]) for row in rows] == [(4, "김"), (8, "이")]


def test_a_row_with_too_few_or_too_many_cells_is_a_problem_of_that_row(path: Path) -> None:
    """IMP-5: ragged rows."""
    rows = rows_of(path, f"{HEADER}\n김,1\n이,2,c@d.kr,extra\n박,3,e@f.kr\n최,4,g@h.kr,,\n")
    assert [row.problem for row in rows] == ["too_few_cells", "too_many_cells", None, None]
    assert told("too_few_cells", rows[0].problem_values) == "The row has fewer cells (2) than the header (3)."
    assert rows[3].cells == ["최", "4", "g@h.kr"]


def test_bytes_that_are_no_text_cost_their_row(path: Path) -> None:
    rows = rows_of(path, f"{HEADER}\n".encode() + b"\xff\xfe,1,\n" + "김,2,\n".encode())
    assert [(row.line, row.problem) for row in rows] == [(2, "undecodable"), (3, None)]


def test_a_nul_character_costs_its_row(path: Path) -> None:
    rows = rows_of(path, f"{HEADER}\n김\0,1,\n이,2,\n")
    assert [row.problem for row in rows] == ["nul", None]


def test_a_quotation_mark_that_is_not_closed_costs_its_row_and_not_the_rest(path: Path) -> None:
    """IMP-5: the rows after it are read as if nothing had been."""
    rows = rows_of(path, f'{HEADER}\n"김,1,\n' + "이,2,\n" * 1000)
    assert [(row.line, row.problem) for row in rows[:2]] == [(2, "unclosed_quote"), (3, None)]
    assert len(rows) == 1001
    assert rows[0].cells == ["김", "1", ""]


def test_a_quotation_mark_that_is_not_closed_near_the_end_costs_its_row_too(path: Path) -> None:
    """IMP-5: the file ends before a row could be too long."""
    rows = rows_of(path, f'{HEADER}\n김,1,\n"이,2,\n박,3,\n')
    assert [(row.line, row.problem, row.cells[0]) for row in rows] == [
        (2, None, "김"), (3, "unclosed_quote", "이"), (4, None, "박")
    ]  # fmt: skip


def test_a_line_end_outside_quotation_marks_costs_its_row(path: Path) -> None:
    rows = rows_of(path, f"{HEADER}\n김\r철수,1,\n이,2,\n")
    assert [row.problem for row in rows] == ["stray_line_end", None]


def test_a_line_without_end_is_not_held_in_memory(path: Path) -> None:
    path.write_bytes(f"{HEADER}\n".encode() + b"x" * 30_000_000 + "\n이,2,\n".encode())
    told_ = {"format": "csv", "encoding": "utf-8", "separator": ",", "header": True, "sheet": None}
    tracemalloc.start()
    rows = list(read_rows(path, told_))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.problem for row in rows] == ["line_too_long", None]
    assert peak < 8_000_000


def test_a_cell_larger_than_any_cell_costs_its_row(path: Path) -> None:
    rows = rows_of(path, f'{HEADER}\n"{"x" * 200_000}",1,\n이,2,\n')
    assert [row.problem is None for row in rows] == [False, True]


def test_broken_utf_16_is_a_problem_of_its_row(path: Path) -> None:
    broken = TWO.encode("utf-16-le") + "김".encode("utf-16-le") + b"\x00\xd8" + ",1,\n".encode("utf-16-le")
    rows = rows_of(path, broken, encoding="utf-16-le")
    assert [row.problem for row in rows] == [None, None, "undecodable"]


def test_utf_16_that_ends_inside_a_character_is_read_to_its_end(path: Path) -> None:
    rows = rows_of(path, TWO.encode("utf-16-le") + b"\x41", encoding="utf-16-le")
    assert [row.problem for row in rows[:2]] == [None, None]
    assert all(row.problem for row in rows[2:])


# --- position and size --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "cp949"])
def test_reading_goes_on_after_any_row(encoding: str, path: Path) -> None:
    """IMP-8: a killed worker goes on where it was."""
    text = HEADER + "\n" + "".join(f'김{n},"여러\n줄",{n}@x.kr\n\n' for n in range(50))
    understood = look(path, text.encode(encoding))
    rows = list(read_rows(path, understood.as_data()))
    assert len(rows) == 50
    for place in (0, 7, 48, 49):
        assert list(read_rows(path, understood.as_data(), start=rows[place].position)) == rows[place + 1 :]
    assert rows[-1].next_offset <= size_of(path, understood.as_data())


def test_memory_does_not_grow_with_the_file(path: Path) -> None:
    told_ = look(path, HEADER + "\n김철수,010-1234-5678,kim@example.com" * 50_000).as_data()
    tracemalloc.start()
    assert sum(1 for _row in read_rows(path, told_)) == 50_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_bytes_at_row_900_000_of_a_million_are_a_problem_of_that_row(path: Path) -> None:
    """IMP-1: and reading on after it does not read what comes before."""
    with path.open("wb") as file:
        file.write(f"{HEADER}\n".encode())
        line = "김철수,010-1234-5678,kim@example.com\n".encode()
        for number in range(1, 1001):
            file.write(line * 1000 if number != 900 else line * 999 + b"\xba\xba,1,\n")
    told_ = understand(path, "people.csv").as_data()
    broken = [row for row in read_rows(path, told_) if row.problem]
    assert [(row.line, row.problem) for row in broken] == [(900_001, "undecodable")]
    assert sum(1 for _row in read_rows(path, told_, start=broken[0].position)) == 100_000


def test_a_copy_is_made_once_and_goes_with_the_file(path: Path) -> None:
    understood = look(path, TWO.encode("utf-16"))
    copy = prepare(path, understood.as_data()).path
    assert copy != path
    assert copy.exists()
    made = copy.stat().st_ino
    assert prepare(path, understood.as_data()).path.stat().st_ino == made
    forget_copies(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_copy_that_cannot_be_finished_leaves_nothing(path: Path) -> None:
    path.write_bytes(TWO.encode("utf-16"))

    def stop() -> None:
        raise OSError(28, "No space left on device")

    told_ = {"format": "csv", "encoding": "utf-16-le", "separator": ",", "header": True, "sheet": None}
    with pytest.raises(OSError, match="No space"):
        prepare(path, told_, beat=stop)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
