"""LIST-3, FIL-11: selections."""

from typing import Any

import pytest

from contacts.filters.errors import FilterError
from contacts.models import Contact
from contacts.selection import MAX_IDS, Selection, SelectionChanged, SelectionInvalid, parse_selection
from desk.models import Site
from tests.factories import ContactFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}


def test_ids_select_these_contacts_of_this_site(shop: Site, elsewhere: Site) -> None:
    """SITE-2, KIND-5: neither another site's, nor anonymous ones, nor those that are gone."""
    ours, other = ContactFactory(site=shop), ContactFactory(site=shop)
    foreign = ContactFactory(site=elsewhere)
    visitor = ContactFactory(site=shop, kind="anonymous", lead_reason="")
    selection = Selection(ids=(ours.pk, foreign.pk, visitor.pk, 12345))
    assert list(selection.queryset(shop)) == [ours]
    assert other not in selection.queryset(shop)


def test_no_ids_select_nobody(shop: Site) -> None:
    """FIL-11: never everybody."""
    ContactFactory(site=shop)
    assert not Selection(ids=()).queryset(shop).exists()


def test_filter_search_and_exclusions_combine(shop: Site) -> None:
    """LIST-1, LIST-3"""
    kim, kim2 = (ContactFactory(site=shop, name="Kim", member_id=f"k{n}") for n in range(2))
    ContactFactory(site=shop, name="Kim")
    ContactFactory(site=shop, name="Lee", member_id="l")
    selection = Selection(filter=MEMBERS, search="kim", exclude=(kim2.pk,))
    assert list(selection.queryset(shop)) == [kim]


def test_empty_filter_selects_everybody_managed(shop: Site) -> None:
    """FIL-1"""
    contact = ContactFactory(site=shop)
    ContactFactory(site=shop, kind="anonymous", lead_reason="")
    assert list(Selection(filter={}, expected_count=1).checked(shop)) == [contact]


def test_refused_filter_selects_nobody_and_says_why(shop: Site) -> None:
    """FIL-11: it never falls back to the unfiltered list."""
    ContactFactory(site=shop)
    selection = Selection(filter={"and": [{"key": "nope", "op": "is", "values": [1]}]})
    with pytest.raises(FilterError):
        selection.queryset(shop)


def test_set_that_has_grown_is_refused_with_the_numbers(shop: Site) -> None:
    """LIST-3: a person who saw 2 must not change 3."""
    for _ in range(3):
        ContactFactory(site=shop)
    with pytest.raises(SelectionChanged) as changed:
        Selection(filter={}, expected_count=2).checked(shop)
    assert (changed.value.expected, changed.value.found) == (2, 3)


def test_set_that_has_shrunk_is_taken(shop: Site) -> None:
    """LIST-3"""
    ContactFactory(site=shop)
    assert Selection(filter={}, expected_count=2).checked(shop).count() == 1


@pytest.mark.parametrize(
    ("data", "expected", "path", "code"),
    [
        (None, None, "selection", "invalid"),
        ([], None, "selection", "invalid"),
        ({}, None, "selection", "invalid"),
        ({"ids": [1], "filter": {}}, None, "selection", "invalid"),
        ({"idz": [1]}, None, "selection.idz", "unknown"),
        ({"ids": "1"}, None, "selection.ids", "invalid"),
        ({"ids": ["1", "x"]}, None, "selection.ids[1]", "invalid"),
        ({"ids": [True]}, None, "selection.ids[0]", "invalid"),
        ({"ids": [-1]}, None, "selection.ids[0]", "invalid"),
        ({"ids": ["9" * 19]}, None, "selection.ids[0]", "invalid"),
        ({"ids": ["٣"]}, None, "selection.ids[0]", "invalid"),
        ({"ids": list(range(MAX_IDS + 1))}, None, "selection.ids", "too_many"),
        ({"filter": {}}, None, "expectedCount", "required"),
        ({"filter": []}, 1, "selection.filter", "invalid"),
        ({"filter": {}, "search": 1}, 1, "selection.search", "invalid"),
        ({"filter": {}, "exclude": [None]}, 1, "selection.exclude[0]", "invalid"),
        ({"filter": {}}, "1", "expectedCount", "invalid"),
        ({"filter": {}}, True, "expectedCount", "invalid"),
    ],
)
def test_what_is_no_selection_is_refused_with_its_place(data: Any, expected: Any, path: str, code: str) -> None:
    """architecture.md: fail loudly on the unknown"""
    with pytest.raises(SelectionInvalid) as invalid:
        parse_selection(data, expected_count=expected)
    assert (invalid.value.path, invalid.value.code) == (path, code)


@pytest.mark.parametrize(
    ("data", "expected"),
    [({"ids": ["3", "5"]}, None), ({"filter": MEMBERS, "search": "kim", "exclude": ["7"]}, 12)],
)
def test_selection_goes_out_and_comes_back_the_same(data: dict[str, Any], expected: int | None) -> None:
    """LIST-3: selection is data."""
    selection = parse_selection(data, expected_count=expected)
    assert selection.as_data() == data
    assert parse_selection(selection.as_data(), expected_count=expected) == selection


def test_ids_are_taken_once_and_as_numbers_too(shop: Site) -> None:
    """api.md: ids are opaque strings."""
    assert parse_selection({"ids": ["5", 5, 3]}).ids == (5, 3)
    assert Contact.objects.count() == 0
