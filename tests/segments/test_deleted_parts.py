"""SEG-1: a tag, field or segment that a segment names is deleted: it says so and matches nobody, wherever it is used."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from contacts.filters.compile import Purpose
from contacts.filters.document import parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.matching import matching
from contacts.models import ProfileField
from desk.actors import SYSTEM
from desk.models import Operator, Site
from segments.counting import count_segment, problems_of, refresh_counts
from segments.models import Segment
from segments.saving import delete_segment
from tags.grade_catalogue import create_grade, delete_grade
from tags.grade_rules import add_rule
from tags.leaving import delete_tag
from tags.models import Grade, Tag
from tests.conftest import client_of
from tests.contacts.api.open.conftest import Program
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory

NOW = datetime.datetime(2026, 11, 22, 3, tzinfo=datetime.UTC)

# What a segment may name, how it is deleted, and what is said then.
PARTS: dict[str, tuple[dict[str, Any], Callable[[Site], None], str]] = {
    "tag": (
        {"key": "tags", "op": "anyOf", "values": ["VIP"]},
        lambda site: delete_tag(Tag.objects.get(site=site), actor=SYSTEM) and None,
        "There is no tag “VIP”.",
    ),
    "grade": (
        {"key": "grade", "op": "is", "values": ["Gold"]},
        lambda site: delete_grade(Grade.objects.get(site=site), actor=SYSTEM) and None,
        "There is no grade “Gold”.",
    ),
    "field": (
        {"key": "profile.size", "op": "is", "values": ["L"]},
        lambda site: ProfileField.objects.filter(site=site).delete() and None,
        "There is no field “profile.size”.",
    ),
    "segment": (
        {"key": "segment", "op": "in", "values": ["77"]},
        lambda site: delete_segment(Segment.objects.get(pk=77), actor=SYSTEM),
        "There is no segment “77”.",
    ),
}


def used(condition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Everywhere a condition may stand in a segment; each way would match somebody if it were merely left out."""
    negative = {"anyOf": "noneOf", "is": "isNot", "in": "notIn"}[condition["op"]]
    return {
        "plain": condition,
        "negated": {"not": condition},
        "its negative": {**condition, "op": negative},
        "an alternative": {"or": [condition, {"key": "name", "op": "exists"}]},
        "deep": {"and": [{"not": {"or": [{"and": [condition]}, {"key": "name", "op": "is", "values": ["x"]}]}}]},
    }


@pytest.fixture
def crowd(shop: Site, alice: Operator) -> None:
    """One who has everything, and one who has nothing."""
    ProfileField.objects.create(site=shop, key="size", type="text")
    kim = ContactFactory(site=shop, name="Kim", member_id="m", values={"size": "L"})
    ContactTagFactory(site=shop, tag=TagFactory(site=shop, name="VIP"), contact=kim)
    gold = create_grade(shop, "Gold", actor=SYSTEM)
    add_rule(shop, criterion="memberId", value="m", grade=gold, actor=SYSTEM, now=NOW)
    ContactFactory(site=shop, name="Lee")
    SegmentFactory(pk=77, site=shop, filter={"key": "member", "op": "is", "values": [True]})


@pytest.mark.parametrize("part", PARTS)
def test_it_says_so_and_matches_nobody(part: str, shop: Site, crowd: None) -> None:
    """However it names the part, by itself and by way of other segments, counted alone or in one pass."""
    condition, delete, reason = PARTS[part]
    segments = {way: SegmentFactory(site=shop, filter=document) for way, document in used(condition).items()}
    outer = {
        (way, op): SegmentFactory(site=shop, filter={"key": "segment", "op": op, "values": [str(inner.pk)]})
        for way, inner in segments.items()
        for op in ("in", "notIn")
    }
    whole = SegmentFactory(site=shop, filter={})
    assert all(problems_of(segment) == () for segment in [*segments.values(), *outer.values()])
    delete(shop)
    refresh_counts(shop, now=NOW)
    for segment in [*segments.values(), *outer.values()]:
        segment.refresh_from_db()
        [problem] = problems_of(segment)
        assert reason in problem.message
        assert problem.path.endswith(("values[0]", "key"))
        assert (segment.count, segment.counted_at) == (None, NOW)
        with pytest.raises(FilterError):
            count_segment(segment, now=NOW)
        for op in ("in", "notIn"):
            with pytest.raises(FilterError) as refused:
                parse_filter({"key": "segment", "op": op, "values": [str(segment.pk)]}, site=shop)
            assert refused.value.problems[0].code == "segment_refused"
    whole.refresh_from_db()
    assert whole.count == 2


@pytest.mark.parametrize("part", PARTS)
def test_its_people_are_not_shown_at_any_door(part: str, shop: Site, alice: Operator, crowd: None) -> None:
    """FIL-11: the list and the open API tell why instead."""
    condition, delete, reason = PARTS[part]
    segment = SegmentFactory(site=shop, filter={"not": condition})
    delete(shop)
    page = client_of(alice).get("/desk/contacts/contact/", {"segment": str(segment.pk)}).content.decode()
    assert reason in page
    assert "Lee" not in page
    program = Program(shop)
    for path in (f"segments/{segment.pk}/contacts", f"segments/{segment.pk}/count"):
        status, answer = program.get(path)
        assert (status, answer["error"]["code"]) == (409, "segment_refused")
    _status, told = program.get(f"segments/{segment.pk}")
    assert (told["valid"], told["count"], told["problems"][0]["code"]) == (False, None, f"unknown_{part}")
    status, answer = program.get("contacts", segment=str(segment.pk))
    assert (status, answer["error"]["details"][0]["code"]) == (400, "segment_refused")


def test_a_part_that_comes_back_mends_the_segment(shop: Site, crowd: None) -> None:
    """The conditions were kept as they are."""
    segment = SegmentFactory(site=shop, filter={"not": {"key": "tags", "op": "anyOf", "values": ["VIP"]}})
    delete_tag(Tag.objects.get(site=shop), actor=SYSTEM)
    assert problems_of(segment)
    TagFactory(site=shop, name="vip")
    assert problems_of(segment) == ()
    filter = parse_filter(segment.filter, site=shop)
    assert matching(shop, filter, now=NOW, purpose=Purpose.COUNT).count() == 2
