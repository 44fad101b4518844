"""FIL-9: a filter in words."""

from typing import Any

import pytest
from django.utils import translation

from contacts.filters.describe import describe
from contacts.filters.document import parse_filter
from contacts.filters.fields import fields_of
from contacts.models import ProfileField
from desk.models import Site
from tests.contacts.filters.people import Person
from tests.factories import SegmentFactory

SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({}, "everybody"),
    ({"key": "member", "op": "is", "values": [True]}, "Member: yes"),
    ({"key": "kind", "op": "isNot", "values": ["lead"]}, "Kind is not lead"),
    ({"key": "name", "op": "contains", "values": ["Kim", "Lee", "Park"]}, "Name contains “Kim”, “Lee” or “Park”"),
    ({"key": "profile.size", "op": "empty"}, "Size (EU) has no value"),
    (
        {"key": "lastSeenAt", "op": "moreThanAgo", "values": [1], "unit": "year"},
        "Last seen is more than 1 year ago",
    ),
    ({"key": "createdAt", "op": "before", "values": ["2026-03-01"]}, "Created is before March 1, 2026"),
    ({"key": "sessionsCount", "op": "between", "values": [1000, 2000]}, "Sessions is between 1,000 and 2,000"),
    ({"key": "tags", "op": "allOf", "values": ["VIP", "전송완료"]}, "Tags: all of “VIP” and “전송완료”"),
    ({"not": {"key": "memo", "op": "exists"}}, "not (Memo has a value)"),
    (
        {
            "and": [
                {"key": "blocked", "op": "is", "values": [False]},
                {"or": [{"key": "name", "op": "exists"}, {"key": "email", "op": "exists"}]},
            ]
        },
        "Blocked: no and (Name has a value or E-mail has a value)",
    ),
    (
        {
            "key": "event.Order",
            "op": "atLeast",
            "values": [2],
            "within": {"value": 30, "unit": "day"},
            "where": [{"key": "amount", "op": "gte", "values": [10000]}],
        },
        "Order happened at least 2 times within the last 30 days, with amount is at least 10,000",
    ),
]


@pytest.mark.parametrize(("document", "sentence"), SENTENCES)
def test_a_filter_reads_as_a_sentence(
    document: dict[str, Any], sentence: str, people: list[Person], shop: Site
) -> None:
    """FIL-9"""
    ProfileField.objects.create(site=shop, key="size", label="Size (EU)", type="text")
    with translation.override("en"):
        assert describe(parse_filter(document, site=shop)) == sentence


def test_many_and_long_values_are_cut(shop: Site) -> None:
    """FIL-9: a sentence stays one."""
    document = {"key": "memberId", "op": "is", "values": ["x" * 200, *map(str, range(10_000 - 1))]}
    with translation.override("en"):
        said = describe(parse_filter(document, site=shop))
    assert said.endswith("or 9,995 others")
    assert len(said) < 150


def test_a_segment_is_called_by_its_name(shop: Site) -> None:
    """FIL-9"""
    segment = SegmentFactory(site=shop, name="Regulars", filter={})
    with translation.override("en"):
        document = {"key": "segment", "op": "notIn", "values": [str(segment.pk)]}
        assert describe(parse_filter(document, site=shop)) == "is not in the segment “Regulars”"


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_every_field_and_operator_can_be_said(language: str, people: list[Person], shop: Site) -> None:
    """FIL-9, L10N-1: no placeholder is left in any language."""
    segment = SegmentFactory(site=shop, filter={})
    values: dict[str, list[Any]] = {
        "text": ["x"],
        "number": [1],
        "date": ["2026-01-01"],
        "boolean": [True],
        "list": ["VIP"],
        "segment": [str(segment.pk)],
        "event": [1],
    }
    with translation.override(language):
        for field in fields_of(shop):
            for operator in field.offered():
                document: dict[str, Any] = {"key": field.key, "op": operator.name}
                wanted = [field.choices(shop)[0].value] if field.choices else values[field.type]
                wanted = ["Gold"] if field.key == "grade" else wanted
                if operator.takes == "duration":
                    document |= {"values": [1], "unit": "day"}
                elif operator.takes == "two":
                    document["values"] = wanted * 2
                elif operator.takes != "nothing":
                    document["values"] = wanted
                said = describe(parse_filter(document, site=shop))
                assert said
                assert "%(" not in said
