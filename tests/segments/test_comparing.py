"""SEG-3: two segments compared: three numbers in one statement, and a page on which each part opens in the list."""

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact
from desk.models import Operator, Site
from segments.comparing import Comparison, compare
from segments.models import Segment
from segments.sets import filter_of
from tests.conftest import client_of
from tests.factories import ContactFactory, SegmentFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}
NAMED_KIM = {"and": [{"key": "name", "op": "is", "values": ["Kim"]}]}


@pytest.fixture
def people(shop: Site, elsewhere: Site) -> list[Contact]:
    """Three members, of whom one is Kim, and two leads, of whom one is Kim."""
    ContactFactory(site=shop, kind="anonymous")
    ContactFactory(site=elsewhere, name="Kim", member_id="m")
    named = [("Kim", "a"), ("Lee", "b"), ("Park", "c"), ("Kim", None), ("Choi", None)]
    return [ContactFactory(site=shop, name=name, member_id=member_id) for name, member_id in named]


def _compare(a: Segment, b: Segment) -> Comparison:
    return compare(filter_of(a), filter_of(b), now=timezone.now())


def test_the_parts_are_counted_in_one_statement(shop: Site, people: list[Contact]) -> None:
    """SEG-3"""
    members, kims = SegmentFactory(site=shop, filter=MEMBERS), SegmentFactory(site=shop, filter=NAMED_KIM)
    filters = filter_of(members), filter_of(kims)
    with CaptureQueriesContext(connection) as statements:
        found = compare(*filters, now=timezone.now())
    assert found == Comparison(only_a=2, both=1, only_b=1)
    assert found.all == 4
    assert sum("contacts_contact" in one["sql"] for one in statements) == 1


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({}, MEMBERS, Comparison(2, 3, 0)),
        (MEMBERS, {}, Comparison(0, 3, 2)),
        ({}, {}, Comparison(0, 5, 0)),
        (MEMBERS, {"not": MEMBERS}, Comparison(3, 0, 2)),
    ],
)
def test_everybody_and_opposites(a: object, b: object, expected: Comparison, shop: Site, people: list[Contact]) -> None:
    """SEG-3"""
    assert _compare(SegmentFactory(site=shop, filter=a), SegmentFactory(site=shop, filter=b)) == expected


# --- the page ------------------------------------------------------------------------------------------


def _page(operator: Operator, **query: object) -> str:
    response = client_of(operator).get(reverse("admin:segments_segment_compare"), query)
    assert response.status_code == 200
    return response.content.decode()


def test_each_part_opens_the_people_it_counts(shop: Site, people: list[Contact], alice: Operator) -> None:
    """SEG-3: the links are ordinary filters of the list."""
    members = SegmentFactory(site=shop, name="Members", filter=MEMBERS)
    kims = SegmentFactory(site=shop, name="Kims", filter=NAMED_KIM)
    page = _page(alice, a=members.pk, b=kims.pk)
    assert "Only in “Members”" in page
    links = [html.unescape(link) for link in re.findall(r'href="([^"]*filter=[^"]*)"', page)]
    found = []
    for link in links:
        document = json.loads(parse_qs(urlsplit(link).query)["filter"][0])
        response = client_of(alice).get(link)
        assert response.status_code == 200, document
        found.append({name for name in ("Kim", "Lee", "Park", "Choi") if f">{name}<" in response.content.decode()})
    assert found == [{"Lee", "Park"}, {"Kim"}, {"Kim"}]


def test_without_a_choice_the_page_asks_for_one(shop: Site, alice: Operator) -> None:
    """SEG-3: and with fewer than two segments it says what to do."""
    assert "Nothing to compare yet" in _page(alice)
    one, _other = SegmentFactory(site=shop, filter={}), SegmentFactory(site=shop, filter={})
    assert "Choose two segments" in _page(alice)
    assert "one and the same segment" in _page(alice, a=one.pk, b=one.pk)


def test_a_refused_segment_says_why(shop: Site, alice: Operator) -> None:
    """SEG-1, FIL-11: nothing is counted."""
    one = SegmentFactory(site=shop, filter={})
    broken = SegmentFactory(site=shop, filter={"key": "tags", "op": "anyOf", "values": ["gone"]})
    page = _page(alice, a=one.pk, b=broken.pk)
    assert "They cannot be compared" in page
    assert "There is no tag “gone”." in page
    assert "In both" not in page


def test_only_segments_one_sees_are_compared(
    shop: Site, elsewhere: Site, alice: Operator, bob: Operator, victor: Operator
) -> None:
    """SITE-2, SEG-6: somebody else's private one, and one of another site, are not there. Viewers compare too."""
    shared, private = (
        SegmentFactory(site=shop, name="Shared one"),
        SegmentFactory(site=shop, name="Hidden one", owner=bob, shared=False),
    )
    SegmentFactory(site=shop)
    foreign = SegmentFactory(site=elsewhere, name="Foreign one")
    for hidden in (private, foreign):
        page = _page(victor, a=shared.pk, b=hidden.pk)
        assert "is not there any more, or you may not see it" in page
        assert hidden.name not in page
    assert "In both" in _page(bob, a=shared.pk, b=private.pk)
    assert "is not there any more" in _page(alice, a="x", b="1" * 40)
