"""FIL-2..4 for ``tags``."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from contacts.filters.document import parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.fields import filter_fields
from contacts.filters.matching import matching
from contacts.filters.reading import PROGRAM
from contacts.folding import fold
from contacts.models import Contact
from desk.models import Site
from tags.filter_fields import with_renamed_tags
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

NAMES = ["VIP", "지역/서울", "지역/부산", "알림톡/전송완료"]


@pytest.fixture
def people(shop: Site) -> dict[int, set[str]]:
    """A contact for every set of the four tags: who carries what."""
    tags = {name: TagFactory(site=shop, name=name) for name in NAMES}
    carried: dict[int, set[str]] = {}
    for size in range(len(NAMES) + 1):
        for names in itertools.combinations(NAMES, size):
            contact = ContactFactory(site=shop)
            for name in names:
                ContactTagFactory(site=shop, tag=tags[name], contact=contact)
            carried[contact.pk] = set(names)
    return carried


def found(site: Site, **condition: Any) -> set[int]:
    document = {"and": [{"key": "tags", **condition}]}
    return set(matching(site, parse_filter(document, site=site)).values_list("pk", flat=True))


def contains(names: set[str], *texts: str) -> bool:
    return any(fold(text) in fold(name) for name in names for text in texts)


@pytest.mark.parametrize(
    ("op", "values", "expected"),
    [
        ("anyOf", ["vip", "지역/서울"], lambda names: bool(names & {"VIP", "지역/서울"})),
        ("allOf", ["ＶＩＰ", "지역/서울"], lambda names: names >= {"VIP", "지역/서울"}),
        ("noneOf", ["VIP", "지역/부산"], lambda names: not names & {"VIP", "지역/부산"}),
        ("contains", ["지역", "전송"], lambda names: contains(names, "지역", "전송")),
        ("notContains", ["전송완료"], lambda names: not contains(names, "전송완료")),
    ],
)
def test_operator_means_what_plain_python_says(
    shop: Site, people: dict[int, set[str]], op: str, values: list[str], expected: Callable[[set[str]], bool]
) -> None:
    """FIL-3, FIL-4"""
    wanted = {pk for pk, names in people.items() if expected(names)}
    assert 0 < len(wanted) < len(people)
    assert found(shop, op=op, values=values) == wanted


@pytest.mark.parametrize(("op", "expected"), [("exists", True), ("empty", False)])
def test_exists_and_empty_split_everybody(shop: Site, people: dict[int, set[str]], op: str, expected: bool) -> None:
    """FIL-4"""
    assert found(shop, op=op) == {pk for pk, names in people.items() if bool(names) is expected}


def test_text_that_no_tag_contains_is_carried_by_nobody(shop: Site, people: dict[int, set[str]]) -> None:
    """FIL-4: and its complement by everybody."""
    assert found(shop, op="contains", values=["없음"]) == set()
    assert found(shop, op="notContains", values=["없음"]) == set(people)


def test_unknown_or_deleted_tag_is_refused_with_its_place(shop: Site, elsewhere: Site) -> None:
    """FIL-1, SEG-1: it matches nobody and says so; another site's tag is unknown here (SITE-2)."""
    TagFactory(site=shop, name="VIP")
    TagFactory(site=elsewhere, name="secret")
    for op in ("anyOf", "allOf", "noneOf"):
        document = {"and": [{"key": "tags", "op": op, "values": ["VIP", "secret"]}]}
        with pytest.raises(FilterError) as refused:
            parse_filter(document, site=shop)
        problem = refused.value.problems[0]
        assert (problem.path, problem.code) == ("and[0].values[1]", "unknown_tag")
        assert "secret" in problem.message


def test_tags_are_asked_by_id_without_joins(
    shop: Site, people: dict[int, set[str]], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """speed.md rule 2: names first, then EXISTS."""
    with django_assert_num_queries(2):  # the names; the people
        found(shop, op="anyOf", values=["VIP", "지역/서울"])
    document = {"and": [{"key": "tags", "op": "allOf", "values": ["VIP", "지역/서울"]}]}
    sql = str(matching(shop, parse_filter(document, site=shop)).query)
    assert sql.count("EXISTS") == 2
    assert "JOIN" not in sql
    assert "DISTINCT" not in sql


def test_builder_is_offered_the_tags_of_the_site(shop: Site, elsewhere: Site) -> None:
    """FIL-9"""
    for name in ("VIP", "지역/서울", "지역/부산"):
        TagFactory(site=shop, name=name)
    TagFactory(site=elsewhere, name="지역/제주")
    suggest = filter_fields.get("tags").suggest
    assert suggest is not None
    assert [choice.value for choice in suggest(shop, "지역", PROGRAM)] == ["지역/부산", "지역/서울"]
    assert [choice.value for choice in suggest(shop, "vi", PROGRAM)] == ["VIP"]
    assert len(suggest(shop, "", PROGRAM)) == 3


def test_document_follows_a_renamed_tag() -> None:
    """TAG-2: names only, not texts that are looked for, and nothing else of the document."""
    document = {
        "or": [
            {"key": "tags", "op": "noneOf", "values": ["vip", "new"]},
            {"not": {"key": "tags", "op": "anyOf", "values": ["VIP"]}},
            {"key": "tags", "op": "contains", "values": ["VIP"]},
            {"key": "name", "op": "is", "values": ["VIP"]},
        ]
    }
    renamed = with_renamed_tags(document, {"vip": "Gold"})
    assert renamed == {
        "or": [
            {"key": "tags", "op": "noneOf", "values": ["Gold", "new"]},
            {"not": {"key": "tags", "op": "anyOf", "values": ["Gold"]}},
            {"key": "tags", "op": "contains", "values": ["VIP"]},
            {"key": "name", "op": "is", "values": ["VIP"]},
        ]
    }


def test_anonymous_visitors_are_not_found_by_their_tags(shop: Site) -> None:
    """KIND-5"""
    visitor = ContactFactory(site=shop, kind="anonymous", lead_reason="")
    ContactTagFactory(site=shop, tag=TagFactory(site=shop, name="VIP"), contact=visitor)
    assert Contact.objects.count() == 1
    assert found(shop, op="anyOf", values=["VIP"]) == set()
