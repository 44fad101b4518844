"""FIL-4, FIL-8: every condition and every tree means the people that a plain Python reading of the rules means."""

import contextlib
from typing import Any

import pytest
from django.db.models import Count
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from contacts.filters.compile import Purpose, compile_filter
from contacts.filters.document import parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.fields import fields_of, find_fields
from contacts.filters.matching import matching
from contacts.filters.operators import OPERATORS, ValueType
from contacts.models import Contact
from desk.models import Site
from tests.contacts.filters.documents import (
    FIELDS,
    PAIRS,
    PROPERTY_OPS,
    SAME_FOR_ALL,
    condition,
    property_condition,
    trees,
)
from tests.contacts.filters.people import NOW, Person, matches

_on_one_crowd = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


def found(document: dict[str, Any], site: Site) -> list[int]:
    """Ids of whom the language finds; a duplicate would show."""
    return sorted(matching(site, parse_filter(document, site=site), now=NOW).values_list("pk", flat=True))


def check(document: dict[str, Any], people: list[Person], site: Site) -> int:
    """Compare with the plain reading; answers how many match."""
    meant = sorted(person.contact.pk for person in people if matches(document, person, site))
    assert found(document, site) == meant
    others = sorted(person.contact.pk for person in people if not matches(document, person, site))
    assert found({"not": document}, site) == others
    filter = parse_filter(document, site=site)
    # Whatever the SQL is made to be fast for, it finds the same people, each once, and counts as many.
    for purpose in Purpose:
        if purpose is not Purpose.PASS:
            contacts = matching(site, filter, now=NOW, purpose=purpose)
            assert sorted(contacts.values_list("pk", flat=True)) == meant
            assert contacts.count() == len(meant)
    condition = compile_filter(filter, now=NOW, purpose=Purpose.PASS)
    counted = Contact.objects.filter(site=site, managed=True).aggregate(n=Count("pk", filter=condition))
    assert counted == {"n": len(meant)}
    return len(meant)


def test_every_operator_of_every_field_is_under_the_law(people: list[Person], shop: Site) -> None:
    """FIL-2, FIL-3: the next field that is registered has to come here; custom fields by type, events by name."""
    there = {(field.key, operator.name) for field in fields_of(shop) for operator in field.offered()}
    assert there == set(PAIRS)
    assert {field.type for field in find_fields(shop, FIELDS).values()} == set(ValueType) - {ValueType.PROPERTY}
    assert set(PROPERTY_OPS) == set(OPERATORS[ValueType.PROPERTY])


@pytest.mark.parametrize(("key", "op"), PAIRS)
def test_each_operator_of_each_field_means_what_the_rules_say(
    key: str, op: str, people: list[Person], shop: Site
) -> None:
    """FIL-3, FIL-4, FIL-7: one that only ever matched nobody or everybody would prove nothing, so it fails."""
    sizes = []

    @settings(max_examples=12, deadline=None, database=None, derandomize=True, suppress_health_check=_on_one_crowd)
    @given(condition(key, op))
    def examples(document: dict[str, Any]) -> None:
        sizes.append(check(document, people, shop))

    examples()
    if (key, op) in SAME_FOR_ALL:
        assert set(sizes) <= {0, len(people)}
    else:
        assert any(0 < size < len(people) for size in sizes), sizes


@pytest.mark.parametrize("op", PROPERTY_OPS)
def test_each_operator_of_event_properties_means_what_the_rules_say(op: str, people: list[Person], shop: Site) -> None:
    """FIL-6"""
    sizes = []

    @settings(max_examples=12, deadline=None, database=None, derandomize=True, suppress_health_check=_on_one_crowd)
    @given(property_condition(op), st.sampled_from(["did", "didNot"]))
    def examples(where: dict[str, Any], how: str) -> None:
        sizes.append(check({"key": "event.Order", "op": how, "where": [where]}, people, shop))

    examples()
    assert any(0 < size < len(people) for size in sizes), sizes


@settings(max_examples=150, deadline=None, suppress_health_check=_on_one_crowd)
@given(document=trees)
def test_a_tree_and_its_negation_split_the_managed_contacts(
    document: dict[str, Any], people: list[Person], shop: Site
) -> None:
    """FIL-4 on whole trees; trees that match nobody or everybody are not counted as evidence."""
    size = sum(matches(document, person, shop) for person in people)
    assume(0 < size < len(people))
    assert check(document, people, shop) == size


@settings(max_examples=50, deadline=None, suppress_health_check=_on_one_crowd)
@given(document=trees, flips=st.integers(2, 4))
def test_the_canonical_document_reads_as_the_same_filter(
    document: dict[str, Any], flips: int, people: list[Person], shop: Site
) -> None:
    """FIL-1: canonical form is stable, and nots cancel in pairs."""
    once = parse_filter(document, site=shop).data
    assert parse_filter(once, site=shop).data == once
    many = document
    for _ in range(flips * 2):
        many = {"not": many}
    with contextlib.suppress(FilterError):  # too deep now; that is not what this is about
        assert parse_filter(many, site=shop).data == once
