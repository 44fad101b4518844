"""FIL-1: documents in the style of Channel are read as filters of ours; FIL-4 for what their negatives mean."""

import json
import time
from typing import Any

import pytest

from contacts.filters.document import parse_filter, parse_filter_text
from contacts.filters.errors import FilterError
from contacts.filters.matching import matching
from contacts.models import ProfileField
from desk.models import Site
from tests.contacts.filters.people import NOW, Person, matches


def foreign(key: str, operator: str, *values: Any, type_: str | None = None) -> dict[str, Any]:
    """One condition as they write it."""
    data = {"key": key, "type": type_, "operator": operator, "values": list(values)}
    return {name: part for name, part in data.items() if part is not None}


def ours(key: str, op: str, *values: Any) -> dict[str, Any]:
    return {"key": key, "op": op, "values": list(values)} if values else {"key": key, "op": op}


def refused(data: Any, site: Site) -> list[tuple[str, str]]:
    with pytest.raises(FilterError) as error:
        parse_filter(data, site=site)
    return [(problem.path, problem.code) for problem in error.value.problems]


@pytest.fixture
def site() -> Site:
    """A site that is nowhere: the database is not asked."""
    return Site(name="Nowhere", code="NOWHERE", time_zone="Asia/Seoul")


@pytest.mark.parametrize(
    ("theirs", "canonical"),
    [
        (foreign("user.member", "$eq", True, type_="boolean"), ours("member", "is", True)),
        (foreign("user.member", "$ne", True, type_="boolean"), {"not": ours("member", "is", True)}),
        (foreign("user.memberId", "$eq", "m-1", type_="string"), ours("memberId", "is", "m-1")),
        (foreign("user.memberId", "$exist", type_="string"), ours("memberId", "exists")),
        (foreign("user.memberId", "$nexist", type_="string"), ours("memberId", "empty")),
        (foreign("user.profile.name", "$in", "Kim", "Lee", type_="string"), ours("name", "is", "Kim", "Lee")),
        (foreign("user.name", "$nin", "Kim", "Lee", type_="string"), ours("name", "isNot", "Kim", "Lee")),
        (foreign("user.profile.email", "$prefix", "kim@", type_="string"), ours("email", "startsWith", "kim@")),
        (foreign("user.profile.mobileNumber", "$eq", "010-1234-5678"), ours("mobileNumber", "is", "010-1234-5678")),
        (foreign("user.mobileNumber", "$exist"), ours("mobileNumber", "exists")),
        (foreign("user.type", "$eq", "lead", type_="string"), ours("kind", "is", "lead")),
        (foreign("user.sessionsCount", "$gte", 3, type_="number"), ours("sessionsCount", "gte", 3)),
        (foreign("user.sessionsCount", "$gt", 3, type_="number"), ours("sessionsCount", "gt", 3)),
        (foreign("user.sessionsCount", "$ne", 3, 4, type_="number"), ours("sessionsCount", "isNot", 3, 4)),
        (foreign("user.web.browser", "$eq", "Chrome"), ours("web.browser", "is", "Chrome")),
        (foreign("user.language", "$in", "ko", "ja"), ours("language", "is", "ko", "ja")),
        (foreign("user.country", "$nin", "KR"), ours("country", "isNot", "KR")),
        (foreign("user.unsubscribeEmail", "$eq", False), ours("unsubscribeEmail", "is", False)),
        (foreign("user.tags", "$nexist", type_="list"), ours("tags", "empty")),
        (foreign("user.importTags", "$nin", "봄", type_="list"), ours("importTags", "noneOf", "봄")),
        (
            foreign("user.profile.birthDate", "$lt", "2000-01-01", type_="date"),
            ours("birthDate", "before", "2000-01-01"),
        ),
        (foreign("user.lastSeenAt", "$gt", "2026-03-01", type_="date"), ours("lastSeenAt", "after", "2026-03-01")),
        (
            foreign("user.lastSeenAt", "$gte", 1772290800000, type_="datetime"),
            {
                "or": [
                    ours("lastSeenAt", "on", "2026-02-28T15:00:00+00:00"),
                    ours("lastSeenAt", "after", "2026-02-28T15:00:00+00:00"),
                ]
            },
        ),
        (foreign("user.createdAt", "$eq", 1772290800000, type_="date"), ours("createdAt", "on", "2026-03-01")),
        (
            foreign("user.createdAt", "$lte", "2026-03-01"),
            {"or": [ours("createdAt", "on", "2026-03-01"), ours("createdAt", "before", "2026-03-01")]},
        ),
        (
            foreign("user.createdAt", "$nin", "2026-03-01", "2026-03-02", "2026-03-01"),
            {"not": {"or": [ours("createdAt", "on", "2026-03-01"), ours("createdAt", "on", "2026-03-02")]}},
        ),
        ({"key": "user.name", "operator": "$exist", "values": None}, ours("name", "exists")),
        ({"key": "user.name", "operator": "$exist"}, ours("name", "exists")),
    ],
)
def test_each_condition_becomes_ours(theirs: dict[str, Any], canonical: dict[str, Any], site: Site) -> None:
    """The canonical document is in our language alone, and reads as itself."""
    whole = {"and": [{"or": [theirs]}]}
    data = parse_filter(whole, site=site).data
    assert data == {"and": [{"or": [canonical]}]}
    assert parse_filter(data, site=site).data == data
    assert parse_filter_text(json.dumps(whole), site=site).data == data


def test_custom_fields_are_read_by_their_type(shop: Site) -> None:
    """The same operator is another one of ours on each type."""
    for name in ("text", "number", "date", "boolean", "list"):
        ProfileField.objects.create(site=shop, key=name, type=name)
    members = [
        (foreign("user.profile.text", "$prefix", "go", type_="string"), ours("profile.text", "startsWith", "go")),
        (foreign("user.profile.number", "$in", 1, 2, type_="number"), ours("profile.number", "is", 1, 2)),
        (
            foreign("user.profile.date", "$lt", "2026-01-01", type_="datetime"),
            ours("profile.date", "before", "2026-01-01"),
        ),
        (foreign("user.profile.boolean", "$eq", True, type_="boolean"), ours("profile.boolean", "is", True)),
        (foreign("user.profile.list", "$in", "red", type_="list"), ours("profile.list", "anyOf", "red")),
        (foreign("user.profile.date", "$nexist", type_="string"), ours("profile.date", "empty")),
    ]
    data = parse_filter({"and": [{"or": [theirs for theirs, _ours in members]}]}, site=shop).data
    assert data == {"and": [{"or": [canonical for _theirs, canonical in members]}]}


@pytest.mark.parametrize(
    ("theirs", "meant"),
    [
        (foreign("user.name", "$ne", "Alice", "김민준"), {"not": ours("name", "is", "Alice", "김민준")}),
        (foreign("user.member", "$nin", True), {"not": ours("member", "is", True)}),
        (foreign("user.tags", "$nin", "VIP", type_="list"), {"not": ours("tags", "anyOf", "VIP")}),
        (foreign("user.profile.numberKey", "$ne", 0), {"not": ours("profile.numberKey", "is", 0)}),
        (foreign("user.profile.dateKey", "$ne", "2026-03-31"), {"not": ours("profile.dateKey", "on", "2026-03-31")}),
        (
            foreign("user.lastSeenAt", "$gte", "2026-03-30"),
            {"and": [ours("lastSeenAt", "exists"), {"not": ours("lastSeenAt", "before", "2026-03-30")}]},
        ),
        (
            foreign("user.profile.dateKey", "$lte", "2026-03-30T15:00:00Z"),
            {
                "and": [
                    ours("profile.dateKey", "exists"),
                    {"not": ours("profile.dateKey", "after", "2026-03-30T15:00:00Z")},
                ]
            },
        ),
        (foreign("user.profile.booleanKey", "$in", True, False), ours("profile.booleanKey", "exists")),
        (foreign("user.profile.textKey", "$nexist"), ours("profile.textKey", "empty")),
    ],
)
def test_it_means_the_people_that_the_rules_mean(
    theirs: dict[str, Any], meant: dict[str, Any], people: list[Person], shop: Site
) -> None:
    """FIL-4: negatives are exact complements, so who has no value is in them."""
    found = set(
        matching(shop, parse_filter({"and": [{"or": [theirs]}]}, site=shop), now=NOW).values_list("pk", flat=True)
    )
    expected = {person.contact.pk for person in people if matches(meant, person, shop)}
    assert found == expected
    assert 0 < len(found) < len(people)


def test_both_kinds_of_conditions_may_stand_in_one_tree(site: Site) -> None:
    """Each is known by its own members."""
    data = {"version": 1, "or": [foreign("user.name", "$eq", "Kim"), {"not": ours("name", "contains", "Lee")}]}
    canonical = {"or": [ours("name", "is", "Kim"), {"not": ours("name", "contains", "Lee")}]}
    assert parse_filter(data, site=site).data == canonical


BAD: list[tuple[Any, str, str]] = [
    (foreign("user.nope", "$eq", "x"), "key", "unknown_field"),
    (foreign("name", "$eq", "x"), "key", "unknown_field"),
    (foreign("userChat.state", "$eq", "x"), "key", "unknown_field"),
    (foreign("user.segment", "$in", "1"), "key", "unknown_field"),
    (foreign("user.event.Order", "$exist"), "key", "unknown_field"),
    (foreign("user.", "$exist"), "key", "unknown_field"),
    (foreign("user.name", "$regex", ".*"), "operator", "unknown_operator"),
    (foreign("user.name", "is", "x"), "operator", "unknown_operator"),
    (foreign("user.name", "$gt", "x"), "operator", "unknown_operator"),
    (foreign("user.name", "$EQ", "x"), "operator", "unknown_operator"),
    (foreign("user.member", "$exist"), "operator", "unknown_operator"),
    (foreign("user.tags", "$prefix", "VIP"), "operator", "unknown_operator"),
    (foreign("user.lastSeenAt", "$prefix", "2026"), "operator", "unknown_operator"),
    (foreign("user.name", "$eq"), "values", "wrong_number_of_values"),
    (foreign("user.name", "$exist", "x"), "values", "wrong_number_of_values"),
    (foreign("user.sessionsCount", "$gt", 1, 2), "values", "wrong_number_of_values"),
    (foreign("user.name", "$eq", "Kim", 5), "values[1]", "text_expected"),
    (foreign("user.name", "$eq", None), "values[0]", "text_expected"),
    (foreign("user.sessionsCount", "$gt", "3", type_="number"), "values[0]", "number_expected"),
    (foreign("user.member", "$eq", "true", type_="boolean"), "values[0]", "boolean_expected"),
    (foreign("user.member", "$eq", True, 1), "values[1]", "boolean_expected"),
    (foreign("user.lastSeenAt", "$gt", "-30d", type_="date"), "values[0]", "invalid_date"),
    (foreign("user.lastSeenAt", "$in", "2026-01-01", "now"), "values[1]", "invalid_date"),
    (foreign("user.lastSeenAt", "$gt", 1e12, type_="date"), "values[0]", "date_expected"),
    (foreign("user.lastSeenAt", "$gt", 10**30, type_="date"), "values[0]", "invalid_date"),
    (foreign("user.lastSeenAt", "$gt", {"unit": "day", "value": 30}), "values[0]", "date_expected"),
    (foreign("user.lastSeenAt", "$gt", True), "values[0]", "date_expected"),
    (foreign("user.type", "$eq", "unified"), "values[0]", "unknown_value"),
    (foreign("user.name", "$eq", "Kim", type_="number"), "type", "wrong_type"),
    (foreign("user.lastSeenAt", "$gt", "2026-01-01", type_="string"), "type", "wrong_type"),
    (foreign("user.name", "$eq", "Kim", type_="relativeDate"), "type", "unknown_type"),
    ({**foreign("user.name", "$eq", "Kim"), "type": 5}, "type", "name_expected"),
    ({**foreign("user.name", "$eq", "Kim"), "op": "is"}, "op", "unknown_member"),
    ({**foreign("user.name", "$eq", "Kim"), "unit": "day"}, "unit", "unknown_member"),
    ({**foreign("user.name", "$eq", "Kim"), "operator": None}, "operator", "name_expected"),
    ({**foreign("user.name", "$eq"), "values": "Kim"}, "values", "list_expected"),
    ({"operator": "$eq", "values": ["x"]}, "key", "name_expected"),
    (ours("user.name", "is", "x"), "key", "unknown_field"),
    (ours("name", "$eq", "x"), "op", "unknown_operator"),
]


@pytest.mark.parametrize(("data", "path", "code"), BAD)
def test_what_has_no_twin_is_refused_with_its_place_in_their_document(
    data: Any, path: str, code: str, site: Site
) -> None:
    """FIL-1, FIL-11: relative times and regular expressions too."""
    assert refused({"and": [{"or": [foreign("user.name", "$exist"), data]}]}, site) == [(f"and[0].or[1].{path}", code)]


def test_an_unknown_tag_or_custom_field_is_told_in_their_words(shop: Site) -> None:
    """SEG-1: the key as they wrote it, the place where they wrote it."""
    document = {"and": [{"or": [foreign("user.tags", "$in", "VIP", type_="list")]}]}
    assert refused(document, shop) == [("and[0].or[0].values[0]", "unknown_tag")]
    with pytest.raises(FilterError, match=r"user\.profile\.size"):
        parse_filter(foreign("user.profile.size", "$exist"), site=shop)


def test_what_would_be_too_much_in_our_language_is_refused_at_once(site: Site) -> None:
    """FIL-11: a day costs a condition of its own, and what is kept must be readable again."""
    days = [f"2026-01-{day:02}" for day in range(1, 29)]
    started = time.process_time()
    assert refused({"or": [foreign("user.createdAt", "$in", *days)] * 4}, site) == [("", "too_many_conditions")]
    assert refused({"or": [foreign("user.createdAt", "$gte", "2026-01-01")] * 60}, site) == [
        ("", "too_many_conditions")
    ]
    many = foreign("user.createdAt", "$in", *(days * 300))
    assert refused({"or": [many] * 10}, site)[0] == ("or[0].values", "too_many_values")
    assert time.process_time() - started < 1
