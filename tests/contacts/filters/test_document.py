"""FIL-1, FIL-11: what is a filter, and what is refused: at once, with path and code, before anybody is asked about."""

import contextlib
import json
import random
import time
from typing import Any

import pytest

from contacts.filters.document import parse_filter, parse_filter_text
from contacts.filters.errors import FilterError
from contacts.models import ProfileField
from desk.models import Site

NAME = {"key": "name", "op": "is", "values": ["Kim"]}


def refused(data: Any, site: Site) -> list[tuple[str, str]]:
    """Path and code of every problem."""
    with pytest.raises(FilterError) as error:
        parse_filter(data, site=site)
    assert all(problem.message for problem in error.value.problems)
    return [(problem.path, problem.code) for problem in error.value.problems]


@pytest.fixture
def site() -> Site:
    """A site that is nowhere: a test with it proves that the database was not asked."""
    return Site(name="Nowhere", code="NOWHERE", time_zone="Asia/Seoul")


@pytest.mark.parametrize("data", [{}, {"and": []}])
def test_the_empty_filter_is_everybody(data: dict[str, Any], site: Site) -> None:
    """FIL-1"""
    filter = parse_filter(data, site=site)
    assert (filter.root, filter.data) == (None, {})


BAD: list[tuple[Any, str, str]] = [
    (None, "", "object_expected"),
    ([], "", "object_expected"),
    ("", "", "object_expected"),
    (5, "", "object_expected"),
    ({"or": []}, "or", "empty_group"),
    ({"not": {}}, "not.key", "name_expected"),
    ({"and": [{}]}, "and[0].key", "name_expected"),
    ({"and": [{"and": []}]}, "and[0].and", "empty_group"),
    ({"and": {}}, "and", "list_expected"),
    ({"and": None}, "and", "list_expected"),
    ({"and": [NAME], "or": [NAME]}, "", "ambiguous"),
    ({"and": [NAME], "key": "name"}, "", "ambiguous"),
    ({"and": [[NAME]]}, "and[0]", "object_expected"),
    ({"AND": [NAME]}, "AND", "unknown_member"),
    ({**NAME, "surprise": 1}, "surprise", "unknown_member"),
    ({"key": "name", "op": "is"}, "values", "wrong_number_of_values"),
    ({"key": "name", "op": "is", "values": []}, "values", "wrong_number_of_values"),
    ({"key": "name", "op": "is", "values": "Kim"}, "values", "list_expected"),
    ({"key": "name", "op": "is", "values": {"0": "Kim"}}, "values", "list_expected"),
    ({"key": "name", "op": "is", "values": [5]}, "values[0]", "text_expected"),
    ({"key": "name", "op": "is", "values": [None]}, "values[0]", "text_expected"),
    ({"key": "name", "op": "is", "values": [["Kim"]]}, "values[0]", "text_expected"),
    ({"key": "name", "op": "contains", "values": [""]}, "values[0]", "empty_value"),
    ({"key": "name", "op": "contains", "values": ["x", " \u3000\n"]}, "values[1]", "empty_value"),
    ({"key": "name", "op": "is", "values": ["a\0b"]}, "values[0]", "invalid_text"),
    ({"key": "name", "op": "is", "values": ["\ud800"]}, "values[0]", "invalid_text"),
    ({"key": "name", "op": "is", "values": ["x" * 1001]}, "values[0]", "too_long"),
    ({"key": "name", "op": "exists", "values": ["x"]}, "values", "wrong_number_of_values"),
    ({"key": "name", "op": "gt", "values": ["x"]}, "op", "unknown_operator"),
    ({"key": "name", "op": "IS", "values": ["x"]}, "op", "unknown_operator"),
    ({"key": "name", "op": "is", "values": ["x"], "unit": "day"}, "unit", "not_expected"),
    ({"key": "name", "op": "is", "values": ["x"], "within": {"value": 1, "unit": "day"}}, "within", "not_expected"),
    ({"key": "name", "op": "is", "values": ["x"], "where": []}, "where", "not_expected"),
    ({"key": "Name", "op": "is", "values": ["x"]}, "key", "unknown_field"),
    ({"key": "name__contains", "op": "is", "values": ["x"]}, "key", "unknown_field"),
    ({"key": "site", "op": "is", "values": ["x"]}, "key", "unknown_field"),
    ({"key": "name'; DROP TABLE contacts_contact; --", "op": "is", "values": ["x"]}, "key", "unknown_field"),
    ({"key": "", "op": "is", "values": ["x"]}, "key", "name_expected"),
    ({"key": "x" * 101, "op": "is", "values": ["x"]}, "key", "name_expected"),
    ({"key": "\ud800", "op": "is", "values": ["x"]}, "key", "invalid_text"),
    ({"key": 5, "op": "is", "values": ["x"]}, "key", "name_expected"),
    ({"key": "name", "op": None, "values": ["x"]}, "op", "name_expected"),
    ({"key": "member", "op": "is", "values": ["true"]}, "values[0]", "boolean_expected"),
    ({"key": "member", "op": "is", "values": [1]}, "values[0]", "boolean_expected"),
    ({"key": "member", "op": "is", "values": [True, False]}, "values", "wrong_number_of_values"),
    ({"key": "member", "op": "exists"}, "op", "unknown_operator"),
    ({"key": "kind", "op": "is", "values": ["anonymous"]}, "values[0]", "unknown_value"),
    ({"key": "kind", "op": "isNot", "values": ["memebr"]}, "values[0]", "unknown_value"),
    ({"key": "sessionsCount", "op": "gte", "values": ["3"]}, "values[0]", "number_expected"),
    ({"key": "sessionsCount", "op": "gte", "values": [True]}, "values[0]", "number_expected"),
    ({"key": "sessionsCount", "op": "gte", "values": [float("nan")]}, "values[0]", "out_of_range"),
    ({"key": "sessionsCount", "op": "gte", "values": [float("inf")]}, "values[0]", "out_of_range"),
    ({"key": "sessionsCount", "op": "gte", "values": [10**30]}, "values[0]", "out_of_range"),
    ({"key": "sessionsCount", "op": "gte", "values": [10**4000]}, "values[0]", "out_of_range"),
    ({"key": "sessionsCount", "op": "gte", "values": [-(10**4000)]}, "values[0]", "out_of_range"),
    ({"key": "sessionsCount", "op": "gte", "values": [1, 2]}, "values", "wrong_number_of_values"),
    ({"key": "sessionsCount", "op": "between", "values": [2, 1]}, "values", "wrong_order"),
    ({"key": "sessionsCount", "op": "between", "values": [2]}, "values", "wrong_number_of_values"),
    ({"key": "createdAt", "op": "before", "values": ["yesterday"]}, "values[0]", "invalid_date"),
    ({"key": "createdAt", "op": "before", "values": ["2026-02-30"]}, "values[0]", "invalid_date"),
    ({"key": "createdAt", "op": "before", "values": ["20260230"]}, "values[0]", "invalid_date"),
    ({"key": "createdAt", "op": "before", "values": ["0000-01-01"]}, "values[0]", "invalid_date"),
    ({"key": "createdAt", "op": "before", "values": ["9999-12-31T23:59:59-12:00"]}, "values[0]", "invalid_date"),
    ({"key": "createdAt", "op": "before", "values": ["２０２６-01-01"]}, "values[0]", "invalid_date"),
    ({"key": "createdAt", "op": "before", "values": [1767225600]}, "values[0]", "date_expected"),
    ({"key": "createdAt", "op": "between", "values": ["2026-01-02", "2026-01-01"]}, "values", "wrong_order"),
    ({"key": "createdAt", "op": "withinLast", "values": [6]}, "unit", "unknown_unit"),
    ({"key": "createdAt", "op": "withinLast", "values": [6], "unit": "months"}, "unit", "unknown_unit"),
    ({"key": "createdAt", "op": "withinLast", "values": [6], "unit": ["day"]}, "unit", "unknown_unit"),
    ({"key": "createdAt", "op": "withinLast", "values": [0], "unit": "day"}, "values[0]", "out_of_range"),
    ({"key": "createdAt", "op": "withinLast", "values": [1.5], "unit": "day"}, "values[0]", "integer_expected"),
    ({"key": "createdAt", "op": "withinLast", "values": [101], "unit": "year"}, "values[0]", "out_of_range"),
    ({"key": "event.Order", "op": "atLeast", "values": [-1]}, "values[0]", "out_of_range"),
    ({"key": "event.Order", "op": "atLeast"}, "values", "wrong_number_of_values"),
    ({"key": "event.Order", "op": "did", "values": [1]}, "values", "wrong_number_of_values"),
    ({"key": "event.Order", "op": "did", "within": {"value": 1}}, "within", "invalid"),
    ({"key": "event.Order", "op": "did", "within": 30}, "within", "invalid"),
    ({"key": "event.Order", "op": "did", "within": {"value": 0, "unit": "day"}}, "within", "out_of_range"),
    ({"key": "event.Order", "op": "did", "where": {}}, "where", "list_expected"),
    ({"key": "event.Order", "op": "did", "where": [5]}, "where[0]", "object_expected"),
    ({"key": "event.Order", "op": "did", "where": [{"or": [NAME]}]}, "where[0].or", "unknown_member"),
    (
        {"key": "event.Order", "op": "did", "where": [{"key": "a", "op": "gt", "values": ["5"]}]},
        "where[0].values[0]",
        "number_expected",
    ),
    (
        {"key": "event.Order", "op": "did", "where": [{"key": "a", "op": "before", "values": ["soon"]}]},
        "where[0].values[0]",
        "invalid_date",
    ),
    (
        {"key": "event.Order", "op": "did", "where": [{"key": "a", "op": "between", "values": [1, "2026-01-01"]}]},
        "where[0].values",
        "mixed_values",
    ),
    (
        {
            "key": "event.Order",
            "op": "did",
            "where": [{"key": "a", "op": "between", "values": ["2026-01-02", "2026-01-01"]}],
        },
        "where[0].values",
        "wrong_order",
    ),
    (
        {"key": "event.Order", "op": "did", "where": [{"key": "a", "op": "withinLast", "values": [1]}]},
        "where[0].unit",
        "unknown_unit",
    ),
    ({"key": "event.", "op": "did"}, "key", "unknown_field"),
    ({"key": f"event.{'x' * 65}", "op": "did"}, "key", "unknown_field"),
]


@pytest.mark.parametrize(("data", "path", "code"), BAD)
def test_what_is_no_filter_is_refused_with_its_place(data: Any, path: str, code: str, site: Site) -> None:
    """FIL-1, FIL-11: also when it is one of several conditions, and when it is negated."""
    assert refused(data, site)[0] == (path, code)
    if isinstance(data, dict) and data:
        nested = refused({"and": [NAME, {"not": data}]}, site)[0]
        assert nested == (".".join(filter(None, ("and[1].not", path))), code)


def test_custom_fields_are_known_by_their_registration(shop: Site, elsewhere: Site) -> None:
    """FIL-1, SITE-2: an unknown one is refused, not ignored; another site's is unknown."""
    ProfileField.objects.create(site=shop, key="size", type="number")
    data = {"key": "profile.size", "op": "gte", "values": [1]}
    assert parse_filter(data, site=shop).data == {"and": [data]}
    assert refused(data, elsewhere) == [("key", "unknown_field")]
    assert refused({**data, "op": "contains"}, shop) == [("op", "unknown_operator")]
    assert refused({"key": "profile.none", "op": "empty"}, shop) == [("key", "unknown_field")]


def test_custom_fields_of_a_filter_are_looked_up_in_one_statement(shop: Site, django_assert_num_queries: Any) -> None:
    """The only statement that reading a filter without tags and segments needs."""
    for number in range(20):
        ProfileField.objects.create(site=shop, key=f"k{number}", type="text")
    data = {"or": [{"key": f"profile.k{number}", "op": "exists"} for number in range(20)]}
    with django_assert_num_queries(1):
        parse_filter(data, site=shop)


def test_several_problems_are_told_at_once(site: Site) -> None:
    """FIL-1: but no more than twenty."""
    data = {"and": [{"key": "nope", "op": "is"}, NAME, {"key": "name", "op": "is", "values": [5, "x", None]}]}
    assert refused(data, site) == [
        ("and[0].key", "unknown_field"),
        ("and[2].values[0]", "text_expected"),
        ("and[2].values[2]", "text_expected"),
    ]
    assert len(refused({"key": "name", "op": "is", "values": [5] * 5000}, site)) == 20


@pytest.mark.parametrize(
    ("data", "canonical"),
    [
        (NAME, {"and": [NAME]}),
        ({"not": {"not": NAME}}, {"and": [NAME]}),
        ({"not": NAME}, {"not": NAME}),
        ({"or": [NAME]}, {"or": [NAME]}),
        (
            {"values": ["Kim", "ＫＩＭ", "Lee", "kim"], "op": "is", "key": "name"},
            {"and": [{"key": "name", "op": "is", "values": ["Kim", "Lee"]}]},
        ),
        (
            {"key": "name", "op": "exists", "values": []},
            {"and": [{"key": "name", "op": "exists"}]},
        ),
        (
            {"key": "sessionsCount", "op": "gte", "values": [3.0]},
            {"and": [{"key": "sessionsCount", "op": "gte", "values": [3]}]},
        ),
        (
            {"key": "sessionsCount", "op": "between", "values": [3, 3]},
            {"and": [{"key": "sessionsCount", "op": "between", "values": [3, 3]}]},
        ),
    ],
)
def test_the_canonical_form(data: dict[str, Any], canonical: dict[str, Any], site: Site) -> None:
    """FIL-1: stable, and the same key order always."""
    filter = parse_filter(data, site=site)
    assert json.dumps(filter.data) == json.dumps(canonical)
    assert parse_filter(filter.data, site=site).data == canonical


# --- too much of it -------------------------------------------------------------------------------------


def _nested(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = NAME
    for _ in range(depth):
        data = {"and": [data]}
    return data


def test_sizes_up_to_the_limits_are_read(site: Site) -> None:
    """FIL-5: 10,000 values are a filter."""
    parse_filter({"key": "memberId", "op": "is", "values": [str(n) for n in range(10_000)]}, site=site)
    parse_filter(_nested(9), site=site)
    parse_filter({"or": [NAME] * 99}, site=site)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: _nested(10), "too_deep"),
        (lambda: _nested(900), "too_deep"),
        (lambda: {"key": "name", "op": "is", "values": ["x"] * 10_001}, "too_many_values"),
        (lambda: {"key": "name", "op": "is", "values": ["x"] * 1_000_000}, "too_many_values"),
        (lambda: {"key": "name", "op": "is", "values": ["x" * 300] * 9_000}, "too_large"),
        (lambda: {"or": [NAME] * 101}, "too_many_conditions"),
        (lambda: {"or": [{"or": [NAME] * 60}, {"and": [NAME] * 60}]}, "too_many_conditions"),
        (lambda: {"key": "event.x", "op": "did", "where": [NAME] * 200}, "too_many_conditions"),
        (lambda: {"or": [{"or": []}] * 100}, "empty_group"),
    ],
)
def test_too_much_is_refused_at_once(make: Any, code: str, site: Site) -> None:
    """FIL-11: within a moment, and without the database."""
    data = make()
    started = time.process_time()
    assert refused(data, site)[0][1] == code
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x", "invalid_json"),
        ("{", "invalid_json"),
        ('{"and": [NaN]}', "invalid_json"),
        ("[" * 100_000, "too_deep"),
        ('{"and":[' * 100_000, "too_deep"),
        ('{"key":"name","op":"is","values":["' + "x" * 10_000_000 + '"]}', "too_large"),
        ("null", "object_expected"),
        ("[]", "object_expected"),
        ('"{}"', "object_expected"),
        ('{"key": "name", "op": "is", "values": ["\\u0000"]}', "invalid_text"),
        ('{"key": "name", "op": "is", "values": ["\\ud800"]}', "invalid_text"),
        ('{"\\ud800": 1}', "unknown_member"),
        ('{"key": "sessionsCount", "op": "is", "values": [' + "9" * 5000 + "]}", "invalid_json"),
    ],
)
def test_a_text_that_is_no_filter_is_refused(text: str, code: str, site: Site) -> None:
    """FIL-11: as it comes in a URL."""
    with pytest.raises(FilterError) as error:
        parse_filter_text(text, site=site)
    assert error.value.problems[0].code == code
    error.value.problems[0].path.encode()


def test_a_url_without_a_filter_is_everybody(site: Site) -> None:
    """FIL-1"""
    assert parse_filter_text("", site=site).root is None


def test_no_noise_is_ever_read_as_everybody(site: Site) -> None:
    """FIL-11: whatever is thrown at it, a filter is refused or asks something."""
    dice = random.Random(3)
    scraps = [None, {}, [], "", 0, True, "name", "is", NAME, {"and": []}, {"or": [NAME]}, {"not": None}, "\0", 1e400]

    def rubbish(depth: int) -> Any:
        kind = dice.randrange(4) if depth else 3
        if kind == 0:
            return {dice.choice(["and", "or", "not", "key", "op", "values", "x"]): rubbish(depth - 1) for _ in range(2)}
        if kind == 1:
            return [rubbish(depth - 1) for _ in range(dice.randrange(3))]
        if kind == 2:
            return {dice.choice(["and", "or", "not"]): rubbish(depth - 1)}
        return dice.choice(scraps)

    for _ in range(3000):
        data = rubbish(4)
        with contextlib.suppress(FilterError):
            assert (parse_filter(data, site=site).root is None) == (data in ({}, {"and": []}))
