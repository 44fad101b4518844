"""KIND-1..6: anonymous → lead → member, never backwards."""

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from contacts.kinds import become_lead, become_member
from contacts.known_values import Origin
from contacts.member_ids import is_member_id
from contacts.models import Contact, ContactProfile, Event, Kind, KnownValue, LeadReason, Source
from desk.models import Site
from tests.contacts.browser import NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

SCRIPT = Origin(Source.SCRIPT, "", NOON)


@pytest.mark.parametrize(
    "contradiction",
    [
        {"kind": Kind.MEMBER},
        {"kind": Kind.MEMBER, "member_id": ""},
        {"kind": Kind.LEAD, "lead_reason": LeadReason.CHAT, "member_id": "x"},
        {"kind": Kind.LEAD},
        {"kind": Kind.ANONYMOUS, "lead_reason": LeadReason.CHAT},
        {"kind": Kind.ANONYMOUS, "member_id": "x"},
        {"kind": Kind.ANONYMOUS, "email": "kim@example.com"},
        {"kind": Kind.ANONYMOUS, "mobile_number": "+821012345678"},
        {"kind": "vip"},
    ],
)
def test_the_database_refuses_a_contradiction(shop: Site, contradiction: dict[str, object]) -> None:
    """KIND-1."""
    columns = {"site": shop, "customer_number": 1, "created_at": NOON, "last_touch_at": NOON, "updated_at": NOON}
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.create(**columns, last_seen_on=NOON.date(), **contradiction)


@pytest.mark.parametrize("reason", list(LeadReason))
def test_an_anonymous_contact_becomes_a_lead(shop: Site, reason: LeadReason) -> None:
    """KIND-2: any one reason is enough."""
    contact = Browser(shop).boot().contact
    assert become_lead(contact, reason, now=NOON)
    contact.refresh_from_db()
    assert (contact.kind, contact.lead_reason, contact.managed) == (Kind.LEAD, reason, True)


def test_becoming_a_lead_twice_changes_nothing(shop: Site) -> None:
    """KIND-2: compare-and-swap; the first reason stays."""
    contact = Browser(shop).boot().contact
    assert become_lead(contact, LeadReason.CHAT, now=NOON)
    assert not become_lead(contact, LeadReason.ANSWER, now=NOON)
    assert Contact.objects.get().lead_reason == LeadReason.CHAT


def test_a_member_does_not_become_a_lead(shop: Site) -> None:
    """KIND-4: never backwards."""
    member = ContactFactory(site=shop, member_id="alice")
    assert not become_lead(member, LeadReason.CHAT, now=NOON)
    assert Contact.objects.get().kind == Kind.MEMBER


@pytest.mark.parametrize("profile", [{"name": "Kim"}, {"size": 1, "at": "2026-01-01"}, {"address": "Seoul"}])
def test_a_name_or_custom_values_alone_make_no_lead(shop: Site, profile: dict[str, object]) -> None:
    """KIND-3."""
    assert Browser(shop).boot(profile=profile).contact.kind == Kind.ANONYMOUS


@pytest.mark.parametrize(
    "profile",
    [
        {"email": "kim@example.com"},
        {"email": "not an address"},
        {"mobileNumber": "010-1234-5678"},
        {"landlineNumber": "02-123-4567"},
    ],
)
def test_a_contact_point_makes_a_lead(shop: Site, profile: dict[str, object]) -> None:
    """KIND-1, KIND-2: for a known visitor, and at the first boot."""
    browser = Browser(shop)
    browser.boot()
    assert browser.boot(profile=profile).contact.kind == Kind.LEAD
    contact = Browser(shop).boot(profile=profile).contact
    assert (contact.kind, contact.lead_reason) == (Kind.LEAD, LeadReason.CONTACT_POINT)


def test_a_lead_stays_a_lead_when_the_contact_point_is_cleared(shop: Site) -> None:
    """KIND-4."""
    browser = Browser(shop)
    browser.boot(profile={"email": "kim@example.com"})
    assert browser.boot(profile={"email": None}).contact.kind == Kind.LEAD


def test_an_anonymous_contact_becomes_a_member(shop: Site) -> None:
    """KIND-4: and the memberId becomes a known value (QUAL-3)."""
    contact = Browser(shop).boot().contact
    member = become_member(contact.pk, shop, "Alice", SCRIPT)
    assert member is not None
    assert (member.kind, member.member_id, member.member_id_folded) == (Kind.MEMBER, "Alice", "alice")
    assert KnownValue.objects.get().value == "Alice"


def test_a_member_keeps_the_member_id(shop: Site) -> None:
    """KIND-4: compare-and-swap."""
    member = ContactFactory(site=shop, member_id="alice")
    assert become_member(member.pk, shop, "bob", SCRIPT) is None
    assert Contact.objects.get().member_id == "alice"


def test_what_was_collected_before_becomes_visible_at_once(shop: Site) -> None:
    """KIND-5: an anonymous contact is not found in the desk; a lead is, with its history."""
    browser = Browser(shop)
    contact = browser.boot(page="/before", profile={"name": "Kim"}).contact
    assert not Contact.objects.filter(managed=True).exists()
    assert ContactProfile.objects.get().search_text == ""
    become_lead(contact, LeadReason.CHAT, now=NOON)
    assert Contact.objects.filter(managed=True).get().pk == contact.pk
    assert "kim" in ContactProfile.objects.get().search_text
    assert Event.objects.get().contact_id == contact.pk


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=255))
def test_any_visible_text_may_be_a_member_id(text: str) -> None:
    """KIND-6: 1–255 characters; they count, not bytes (LIST-6)."""
    assert is_member_id(text)


@pytest.mark.parametrize("text", ["", " ", "a b", "\t", "a\n", "\x00", "a\u00a0b", "a\u2028", "\ud800", "x" * 256])
def test_blank_and_unprintable_member_ids_are_refused(text: str) -> None:
    """KIND-6: a blank one would collapse all visitors into one person."""
    assert not is_member_id(text)
