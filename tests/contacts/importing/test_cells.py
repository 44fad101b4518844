"""IMP-3, IMP-5: what the text of a cell means."""

import datetime
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.emails import Email, parse_email
from contacts.importing.cells import CellProblem, column_readers, convert
from contacts.importing.guarding import guard, unguard
from contacts.importing.quick_phones import read_phone
from contacts.importing.spellings import join_list, parse_list, parse_moment, parse_number, parse_yes_or_no
from contacts.models import FieldType, ProfileField
from contacts.phones import Phone, parse_phone
from desk.models import Site

TODAY = datetime.date(2026, 11, 22)
SHOP = Site(phone_country="KR", time_zone="Asia/Seoul")


def cell(field: str, text: str, type_: str | None = None) -> Any:
    return convert(field, text, site=SHOP, today=TODAY, type_=type_)


FIELDS = [
    "name", "memberId", "email", "mobileNumber", "landlineNumber", "birthDate", "address", "memo", "language", "country",
    "city", "unsubscribeEmail", "unsubscribeTexting", "tags",
]  # fmt: skip


@pytest.mark.parametrize("text", ["", " ", "\t", "　"], ids=["nothing", "blank", "tab", "full-width"])
@pytest.mark.parametrize("field", [*FIELDS, *(f"profile.x:{type_}" for type_ in FieldType.values)])
def test_an_empty_cell_says_nothing(field: str, text: str) -> None:
    """IMP-3: it leaves the value as it is."""
    name, _, type_ = field.partition(":")
    assert cell(name, text, type_ or None) is None


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("name", " 김철수 ", "김철수"),
        ("memberId", "m-1", "m-1"),
        ("memberId", "00012", "00012"),
        ("email", "Kim@Example.COM", Email("Kim@Example.COM", "kim@example.com")),
        ("mobileNumber", "010-1234-5678", Phone("+821012345678", "+821012345678")),
        ("mobileNumber", "1012345678", Phone("+821012345678", "+821012345678")),
        ("mobileNumber", "01012345678", Phone("+821012345678", "+821012345678")),
        ("mobileNumber", "０１０－１２３４－５６７８", Phone("+821012345678", "+821012345678")),
        ("mobileNumber", "+81 90-1234-5678", Phone("+819012345678", "+819012345678")),
        ("mobileNumber", "'+821012345678", Phone("+821012345678", "+821012345678")),
        ("mobileNumber", '="01012345678"', Phone("+821012345678", "+821012345678")),
        ("landlineNumber", "02-312-3456", "+8223123456"),
        ("birthDate", "1985년 4월 1일", datetime.date(1985, 4, 1)),
        ("birthDate", "1985-04-01 00:00:00", datetime.date(1985, 4, 1)),
        ("language", "en-GB", "en-GB"),
        ("country", "kr", "KR"),
        ("country", "대한민국", "KR"),
        ("country", "日本", "JP"),
        ("unsubscribeEmail", "Y", True),
        ("unsubscribeTexting", "아니오", False),
        ("tags", "VIP, 서울;VIP\n재구매", ["VIP", "서울", "재구매"]),
        ("memo", "한 줄\n두 줄", "한 줄\n두 줄"),
    ],
)
def test_a_cell_means_a_value(field: str, text: str, value: object) -> None:
    """IMP-3: in the usual spellings of Korean and Japanese tables."""
    assert cell(field, text) == value


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (FieldType.TEXT, " 파랑 ", "파랑"),
        (FieldType.TEXT, "007", "007"),
        (FieldType.NUMBER, "1,234.5", 1234.5),
        (FieldType.NUMBER, "₩12,000", 12000),
        (FieldType.NUMBER, "300円", 300),
        (FieldType.NUMBER, "-3", -3),
        (FieldType.NUMBER, "'-3", -3),
        (FieldType.BOOLEAN, "예", True),
        (FieldType.BOOLEAN, "いいえ", False),
        (FieldType.BOOLEAN, "X", False),
        (FieldType.BOOLEAN, "○", True),
        (FieldType.DATE, "2024年1月31日", "2024-01-31"),
        (FieldType.DATE, "2024-01-31 09:30", "2024-01-31T00:30:00.000Z"),
        (FieldType.DATE, "2024-01-31 오후 3:05", "2024-01-31T06:05:00.000Z"),
        (FieldType.DATE, "2024-01-31T00:30:00.000Z", "2024-01-31T00:30:00.000Z"),
        (FieldType.LIST, "a, b", ["a", "b"]),
        (FieldType.LIST, '["a, b","c"]', ["a, b", "c"]),
    ],
)
def test_a_cell_of_a_custom_field_means_its_stored_value(type_: str, text: str, value: object) -> None:
    """IMP-2: times in the one stored form, a moment without zone in the site's."""
    read = cell("profile.x", text, type_)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("field", "type_", "text", "code"),
    [
        ("mobileNumber", None, "2.5E+11", "rounded"),
        ("mobileNumber", None, "1.01235E+09", "rounded"),
        ("landlineNumber", None, "8.21012E+11", "rounded"),
        ("memberId", None, "1.23457E+15", "rounded"),
        ("memberId", None, "two words", "member_id"),
        ("memberId", None, "x" * 256, "member_id"),
        ("email", None, "x" * 250 + "@a.kr", "text_too_long"),
        ("name", None, "x" * 101, "text_too_long"),
        ("memo", None, "x" * 501, "text_too_long"),
        ("mobileNumber", None, "0" * 51, "text_too_long"),
        ("birthDate", None, "1899-12-31", "not_a_birth_date"),
        ("birthDate", None, "2026-11-23", "not_a_birth_date"),
        ("birthDate", None, "850401", "not_a_birth_date"),
        ("language", None, "한국어", "not_a_language"),
        ("country", None, "Atlantis", "not_a_country"),
        ("unsubscribeEmail", None, "글쎄요", "not_yes_or_no"),
        ("mobileNumber", None, "••••5678", "masked"),
        ("email", None, "k••••@example.com", "masked"),
        ("address", None, "••••", "masked"),
        ("birthDate", None, "••••", "masked"),
        ("name", None, "#N/A", "excel_error"),
        ("profile.x", FieldType.TEXT, "#REF!", "excel_error"),
        ("profile.x", FieldType.NUMBER, "#FORMULA!", "formula_without_value"),
        ("profile.x", FieldType.NUMBER, "많음", "not_a_number"),
        ("profile.x", FieldType.NUMBER, "1e400", "not_a_number"),
        ("profile.x", FieldType.NUMBER, "9007199254740992", "not_a_number"),
        ("profile.x", FieldType.NUMBER, "1" * 5000, "not_a_number"),
        ("profile.x", FieldType.DATE, "2024-02-30", "not_a_date"),
        ("profile.x", FieldType.DATE, "01/02/2024", "not_a_date"),
        ("profile.x", FieldType.BOOLEAN, "2", "not_yes_or_no"),
        ("profile.x", FieldType.TEXT, "x" * 1001, "text_too_long"),
        ("profile.x", FieldType.LIST, ",".join(map(str, range(51))), "list_too_long"),
        ("profile.x", FieldType.LIST, "x" * 1001, "text_too_long"),
    ],
)
def test_a_cell_that_cannot_be_taken_says_why(field: str, type_: str | None, text: str, code: str) -> None:
    """IMP-5: a code that has a sentence in every language."""
    problem = cell(field, text, type_)
    assert isinstance(problem, CellProblem)
    assert problem.code == code
    assert "%(" not in problem.message


def test_what_excel_has_rounded_is_refused_with_that_reason() -> None:
    """IMP-1: the operator can do something about it."""
    assert "Excel has rounded this number" in cell("mobileNumber", "2.5E+11").message


@pytest.mark.parametrize("text", ["없음", "12", "call me", "010-1234"])
def test_a_phone_that_cannot_be_parsed_is_kept_as_typed_and_matches_nobody(text: str) -> None:
    """QUAL-4."""
    assert cell("mobileNumber", text) == Phone(text, "")


def test_an_email_that_is_none_is_kept_as_typed_and_matches_nobody() -> None:
    """QUAL-4."""
    assert cell("email", "없음") == Email("없음", "")


def test_the_columns_of_a_mapping_are_read_by_the_types_of_the_site(shop: Site) -> None:
    """IMP-2: an existing field keeps its type, whatever the mapping says; what is left out is not read."""
    ProfileField.objects.create(site=shop, key="points", type=FieldType.NUMBER)
    columns = [
        {"column": 0, "header": "a", "field": "name", "mode": "fill"},
        {"column": 1, "header": "b", "field": None},
        {"column": 2, "header": "c", "field": "customerNumber"},
        {"column": 3, "header": "d", "field": "profile.points", "type": "text"},
        {"column": 4, "header": "e", "field": "profile.new", "type": "boolean", "new": True},
        {"column": 5, "header": "f", "field": "tags"},
    ]
    readers = column_readers({"columns": columns}, shop, today=TODAY)
    assert [(one.column, one.field, one.mode) for one in readers] == [
        (0, "name", "fill"),
        (3, "profile.points", "overwrite"),
        (4, "profile.new", "overwrite"),
        (5, "tags", "add"),
    ]
    assert [readers[1].convert("5"), readers[2].convert("예")] == [5, True]


# --- shortcuts agree with the rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize("country", ["KR", "JP", "US"])
def test_every_block_of_mobile_numbers_is_read_as_phonenumbers_does(country: str) -> None:
    """QUAL-4: the shortcut and the library agree on every block and every way to write it."""
    chance = random.Random(7)
    heads = {"KR": ["010", "011", "10"], "JP": ["070", "080", "090", "060", "90"], "US": ["010"]}[country]
    ways = ["{0}{1}{2}", "{0}-{1}-{2}", "{0} {1} {2}", "{0}-{1}{2}"]
    for head in heads:
        for block in range(0, 10_000, 7):
            typed = chance.choice(ways).format(head, f"{block:04}", f"{chance.randrange(10_000):04}")
            assert read_phone(typed, country) == parse_phone(typed, country), typed
    for start in ("+8210", "+82 10-", "+8190", "+81 80-", "+82 010-", "8210", "+1201"):
        for block in range(0, 10_000, 37):
            typed = f"{start}{block:04}-{chance.randrange(10_000):04}"
            assert read_phone(typed, country) == parse_phone(typed, country), typed


@settings(max_examples=400, deadline=None)
@given(
    typed=st.one_of(
        st.from_regex(r"\+?(82|81)?[- ]?0?(10|[789]0)[- ]?\d{3,4}[- ]?\d{4}", fullmatch=True),
        st.text("0123456789+- ()０１", max_size=16),
    ),
    country=st.sampled_from(["KR", "JP", "US"]),
)
def test_whatever_is_typed_is_the_same_phone_either_way(typed: str, country: str) -> None:
    """QUAL-4: property."""
    assert read_phone(typed, country) == parse_phone(typed, country)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.emails(),
        st.from_regex(r"[A-Za-z0-9_.+-]{1,8}@[A-Za-z0-9.-]{1,12}\.[A-Za-z0-9-]{1,5}", fullmatch=True),
        st.text(max_size=12).map(lambda text: f"{text}@example.com"),
    )
)
def test_an_address_is_the_same_email_either_way(typed: str) -> None:
    """QUAL-4: property."""
    text = typed.strip()
    if text and text[0] not in "'=#＝" and len(text) <= 254:
        assert cell("email", typed) == parse_email(typed)


# --- spellings --------------------------------------------------------------------------------------------------------

DAY = datetime.date(2024, 1, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-31", "2024-1-31", "2024.01.31", "2024.1.31", "2024. 1. 31", "2024. 1. 31.", "2024/01/31", "2024/1/31",
        "20240131", "2024년 1월 31일", "2024년01월31일", "2024年1月31日", "２０２４年１月３１日", "令和6年1月31日", "R6.1.31",
        "2024-01-31(수)", "2024年1月31日(水)", "2024.01.31 (수요일)",
    ],
)  # fmt: skip
def test_days_are_read_in_the_usual_spellings(text: str) -> None:
    """IMP-2."""
    assert parse_moment(text) == DAY


@pytest.mark.parametrize(
    "text",
    ["", "31.1.2024", "1/31/2024", "24-01-31", "2024-13-01", "2024-00-10", "20240230", "2024", "2024-01", "어제"],
)
def test_what_could_be_two_days_is_none(text: str) -> None:
    assert parse_moment(text) is None


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("2024-01-31 15:04", (15, 4, 0)), ("2024-01-31T15:04:05", (15, 4, 5)), ("2024.01.31 15:04:05", (15, 4, 5)),
        ("2024-01-31 오후 3:04", (15, 4, 0)), ("2024-01-31 오전 12:04", (0, 4, 0)), ("2024/01/31 午後 3:04", (15, 4, 0)),
        ("2024-01-31 3:04 PM", (15, 4, 0)), ("2024년 1월 31일 15시 04분", (15, 4, 0)), ("2024年1月31日 15時04分05秒", (15, 4, 5)),
    ],
)  # fmt: skip
def test_moments_are_read_in_the_usual_spellings(text: str, clock: tuple[int, int, int]) -> None:
    assert parse_moment(text) == datetime.datetime.combine(DAY, datetime.time(*clock))


@given(st.datetimes(timezones=st.sampled_from([datetime.UTC, datetime.timezone(datetime.timedelta(hours=9))])))
def test_a_moment_of_an_export_is_read_as_it_was(moment: datetime.datetime) -> None:
    """IMP-9: property."""
    assert parse_moment(moment.isoformat()) == moment


@pytest.mark.parametrize(
    "text", ["25:00", "2024-01-31 25:00", "2024-01-31 13:00 PM", "2024-01-31 10:61", "2024-01-31 x"]
)
def test_a_moment_that_never_was_is_none(text: str) -> None:
    assert parse_moment(text) is None


@given(st.one_of(st.integers(-(2**53) + 1, 2**53 - 1), st.floats(-1e15, 1e15)))
def test_a_number_of_an_export_is_read_as_it_was(number: float) -> None:
    """IMP-9: property."""
    assert parse_number(repr(number)) == number


@given(st.text(max_size=20))
def test_no_text_breaks_a_reader(text: str) -> None:
    """IMP-5: property."""
    parse_moment(text)
    parse_number(text)
    parse_yes_or_no(text)
    for field in FIELDS:
        cell(field, text)


@given(st.lists(st.text(min_size=1, max_size=8), max_size=6))
def test_a_list_of_an_export_is_read_as_it_was(items: list[str]) -> None:
    """IMP-9: property, whatever stands in the entries."""
    assert parse_list(join_list(items)) == items


# --- formulas ---------------------------------------------------------------------------------------------------------


@given(st.text(max_size=20))
def test_guarding_a_text_is_undone_exactly(text: str) -> None:
    """IMP-9: property: a text is behind its cell, whatever it is."""
    assert unguard(guard(text))[0] == text


@given(
    st.text(max_size=20).flatmap(
        lambda rest: st.sampled_from("=+-@\t\r\n\0\x1b＝＋－＠").map(lambda first: first + rest)
    )
)
def test_no_guarded_cell_begins_as_a_formula(text: str) -> None:
    """IMP-9: property."""
    assert guard(text) == f"'{text}"


def test_a_plain_text_is_not_touched() -> None:
    assert [guard(text) for text in ("김철수", "a@b.kr", "010-1234", "1-2", "#1 fan", "")] == [
        "김철수", "a@b.kr", "010-1234", "1-2", "#1 fan", ""
    ]  # fmt: skip


@given(st.text(min_size=1, max_size=20).filter(lambda text: "\0" not in text))
def test_the_text_of_a_custom_field_comes_back_exactly(text: str) -> None:
    """IMP-9: property: with its blanks, its apostrophes and what looks like a formula."""
    assert cell("profile.x", guard(text), FieldType.TEXT) == text
