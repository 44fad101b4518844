"""SEG-5: a person's page tells in which segments they are, and for each why, or why not."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact
from desk.models import Operator, Site
from segments.membership import memberships
from segments.models import Segment
from tests.conftest import client_of
from tests.factories import ContactFactory, SegmentFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}
BROKEN = {"key": "tags", "op": "noneOf", "values": ["gone"]}


@pytest.fixture
def kim(shop: Site) -> Contact:
    return ContactFactory(site=shop, name="Kim", email="kim@example.com", memo="")


def test_all_segments_are_asked_in_one_statement(shop: Site, kim: Contact) -> None:
    """SEG-5, SEG-1: the empty filter is everybody, a refused one nobody."""
    documents = ({}, MEMBERS, {"not": MEMBERS}, BROKEN)
    segments = [SegmentFactory(site=shop, filter=document) for document in documents]
    segments = list(Segment.objects.filter(pk__in=[one.pk for one in segments]).select_related("site").order_by("pk"))
    with CaptureQueriesContext(connection) as statements:
        found = memberships(kim, segments, now=timezone.now())
    assert list(found.values()) == [True, False, True, False]
    assert sum("contacts_contact" in one["sql"] for one in statements) == 1


def test_the_card_lists_segments_the_operator_sees(
    shop: Site, elsewhere: Site, kim: Contact, bob: Operator, victor: Operator
) -> None:
    """SEG-5, SEG-6, SITE-2"""
    SegmentFactory(site=shop, name="Leads", filter={"not": MEMBERS})
    SegmentFactory(site=shop, name="Members", filter=MEMBERS)
    SegmentFactory(site=shop, name="Bob's", filter={}, owner=bob, shared=False)
    SegmentFactory(site=elsewhere, name="Foreign", filter={})
    url = reverse("admin:contact_segments", args=[kim.pk])
    page = client_of(victor).get(url).content.decode()
    inside, outside = page.split("Not in these segments")
    assert ("Leads" in inside, "Members" in outside, "Bob" in page, "Foreign" in page) == (True, True, False, False)
    assert "Bob&#x27;s" in client_of(bob).get(url).content.decode()
    person = client_of(victor).get(reverse("admin:contacts_contact_change", args=[kim.pk])).content.decode()
    assert f'hx-get="{url}"' in person


def _why(operator: Operator, contact: Contact, segment: Segment) -> str:
    response = client_of(operator).get(reverse("admin:contact_segment_why", args=[contact.pk, segment.pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_each_condition_is_told_with_the_persons_value(shop: Site, kim: Contact, alice: Operator) -> None:
    """SEG-5"""
    email = {"key": "email", "op": "endsWith", "values": ["@example.com"]}
    segment = SegmentFactory(site=shop, filter={"and": [email, *MEMBERS["and"], {"key": "memo", "op": "empty"}]})
    page = _why(alice, kim, segment)
    assert page.count("#check") == 2
    assert page.count("#close") == 1
    assert "E-mail: <strong>kim@example.com</strong>" in page
    assert "Memo: <strong>has no value</strong>" in page


def test_personal_values_are_masked_here_too(shop: Site, kim: Contact, victor: Operator) -> None:
    """SITE-4"""
    segment = SegmentFactory(site=shop, filter={"and": [{"key": "email", "op": "exists"}]})
    page = _why(victor, kim, segment)
    assert "k••••@example.com" in page
    assert "kim@example.com" not in page


def test_a_refused_segment_says_why_instead(shop: Site, kim: Contact, alice: Operator) -> None:
    """SEG-1"""
    assert "There is no tag “gone”." in _why(alice, kim, SegmentFactory(site=shop, filter=BROKEN))


def test_a_segment_that_names_nothing_is_everybody(shop: Site, kim: Contact, alice: Operator) -> None:
    """SEG-5: nested ones are unfolded."""
    everybody = SegmentFactory(site=shop, name="Everybody", filter={})
    assert "Everybody" in _why(alice, kim, everybody)
    outer = SegmentFactory(site=shop, filter={"key": "segment", "op": "notIn", "values": [str(everybody.pk)]})
    assert "Segment “Everybody”" in _why(alice, kim, outer)


def test_who_may_ask(
    shop: Site, elsewhere: Site, kim: Contact, alice: Operator, bob: Operator, charlie: Operator
) -> None:
    """SITE-2, KIND-5, SEG-6: not of another site's people or segments, nor of strangers, nor of others' private ones."""
    segment = SegmentFactory(site=shop, filter={})
    private = SegmentFactory(site=shop, filter={}, owner=bob, shared=False)
    foreign = SegmentFactory(site=elsewhere, filter={})
    stranger = ContactFactory(site=shop, kind="anonymous")
    asked = [
        (alice, kim, segment, 200),
        (alice, kim, private, 404),
        (bob, kim, private, 200),
        (alice, kim, foreign, 404),
        (alice, stranger, segment, 404),
        (charlie, kim, foreign, 404),
        (charlie, kim, segment, 404),
    ]
    for operator, contact, one, status in asked:
        url = reverse("admin:contact_segment_why", args=[contact.pk, one.pk])
        assert client_of(operator).get(url).status_code == status
    for operator, contact, status in ((alice, stranger, 404), (charlie, kim, 404)):
        assert client_of(operator).get(reverse("admin:contact_segments", args=[contact.pk])).status_code == status
