"""FIL-2, FIL-4, SEG-1 for ``grade``; that its operators mean what plain Python says is ``test_law``."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from contacts.filters.compile import Purpose
from contacts.filters.describe import describe
from contacts.filters.document import parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.fields import filter_fields
from contacts.filters.matching import matching
from contacts.filters.reading import PROGRAM
from desk.actors import SYSTEM
from desk.models import Site
from tags.grade_catalogue import change_grade, create_grade
from tags.grade_filter import with_renamed_grade
from tags.grade_rules import add_rule
from tags.models import Grade
from tests.factories import ContactFactory, SegmentFactory


@pytest.fixture
def gold(shop: Site) -> Grade:
    grade = create_grade(shop, "Gold", actor=SYSTEM)
    ContactFactory(site=shop, name="Kim", member_id="kim")
    ContactFactory(site=shop, name="Lee", member_id="lee")
    add_rule(shop, criterion="memberId", value="kim", grade=grade, actor=SYSTEM, now=timezone.now())
    return grade


def found(site: Site, *, purpose: Purpose = Purpose.PAGE, **condition: Any) -> list[str]:
    filter = parse_filter({"and": [{"key": "grade", **condition}]}, site=site)
    return sorted(matching(site, filter, now=timezone.now(), purpose=purpose).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("op", "same"), [("anyOf", "is"), ("noneOf", "isNot")], ids=["any of is is", "none of is is not"]
)
def test_a_grade_may_be_asked_for_as_of_a_list(shop: Site, gold: Grade, op: str, same: str) -> None:
    """FIL-3: the canonical document has the operators of texts."""
    assert found(shop, op=op, values=["gold"]) == found(shop, op=same, values=["GOLD"])
    filter = parse_filter({"key": "grade", "op": op, "values": ["gold"]}, site=shop)
    assert filter.data == {"and": [{"key": "grade", "op": same, "values": ["gold"]}]}


@pytest.mark.parametrize("op", ["is", "isNot"])
def test_a_grade_that_does_not_exist_is_refused_with_its_place(shop: Site, gold: Grade, op: str) -> None:
    """SEG-1: a deleted grade never becomes everybody."""
    with pytest.raises(FilterError) as refused:
        parse_filter({"and": [{"key": "grade", "op": op, "values": ["gold", "Silver"]}]}, site=shop)
    [problem] = refused.value.problems
    assert (problem.code, problem.path) == ("unknown_grade", "and[0].values[1]")


def test_a_grade_of_another_site_is_not_there(elsewhere: Site, gold: Grade) -> None:
    """SITE-2"""
    with pytest.raises(FilterError):
        parse_filter({"key": "grade", "op": "is", "values": ["Gold"]}, site=elsewhere)
    assert found(elsewhere, op="contains", values=["gold"]) == []


def test_it_is_said_by_its_name(shop: Site, gold: Grade) -> None:
    """FIL-9"""
    assert "Gold" in describe(parse_filter({"key": "grade", "op": "is", "values": ["Gold"]}, site=shop))


def test_the_names_of_grades_are_offered(shop: Site, elsewhere: Site, gold: Grade) -> None:
    """FIL-9"""
    create_grade(elsewhere, "Golden", actor=SYSTEM)
    suggest = filter_fields.get("grade").suggest
    assert suggest is not None
    assert [choice.value for choice in suggest(shop, "ＧＯ", PROGRAM)] == ["Gold"]
    assert suggest(shop, "\0x", PROGRAM) == []


def test_a_renamed_grade_keeps_its_place_in_segments(shop: Site, elsewhere: Site, gold: Grade) -> None:
    """SEG-1"""
    filter = {"and": [{"not": {"key": "grade", "op": "is", "values": ["GOLD"]}}, {"key": "name", "op": "exists"}]}
    mine, theirs = SegmentFactory(site=shop, filter=filter), SegmentFactory(site=elsewhere, filter=filter)
    change_grade(gold, name="Platin", actor=SYSTEM)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.filter["and"][0]["not"]["values"] == ["Platin"]
    assert theirs.filter == filter


def test_only_what_names_the_grade_is_rewritten() -> None:
    document = {
        "or": [
            {"key": "grade", "op": "contains", "values": ["gold"]},
            {"key": "tags", "op": "anyOf", "values": ["gold"]},
            {"key": "grade", "op": "anyOf", "values": ["Gold", "Silver"]},
        ]
    }
    renamed = with_renamed_grade(document, before="gold", after="Platin")
    assert renamed == {"or": [*document["or"][:2], {"key": "grade", "op": "anyOf", "values": ["Platin", "Silver"]}]}


def test_the_grades_are_asked_for_once_and_by_id(
    shop: Site, gold: Grade, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """speed.md: names are resolved when the document is read."""
    with django_assert_num_queries(1):  # the grade of this name
        filter = parse_filter({"key": "grade", "op": "is", "values": ["Gold"]}, site=shop)
    with django_assert_num_queries(1):  # the people
        assert matching(shop, filter, now=timezone.now()).count() == 1
    sql = str(matching(shop, filter, now=timezone.now()).query)
    assert "tags_grade" not in sql.replace("tags_contactgrade", "")
