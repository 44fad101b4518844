"""LIST-4: entering a person."""

from collections.abc import Mapping

import pytest

from contacts.adding import Added, NothingToFindBy, add_contact
from contacts.models import Contact, ContactAlias, Kind, LeadReason, ProfileField, Source
from contacts.profile_values import DetailRefused
from desk.actors import Actor
from desk.models import AuditEntry, Operator, Site
from tests.contacts.browser import NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


def add(site: Site, operator: Operator, details: Mapping[str, object]) -> Added:
    return add_contact(site, details, actor=Actor.of_operator(operator), source=Source.OPERATOR, now=NOON)


def test_a_phone_is_enough_for_a_lead(shop: Site, bob: Operator) -> None:
    """LIST-4, KIND-2: entered by an operator."""
    added = add(shop, bob, {"name": "Kim", "mobileNumber": "010-1234-5678", "profile.size": 3})
    contact = Contact.objects.get()
    assert added.created
    assert (contact.kind, contact.lead_reason) == (Kind.LEAD, LeadReason.ENTERED)
    assert (contact.mobile_number, contact.mobile_number_qualified) == ("+821012345678", True)
    assert contact.profile.values == {"size": 3}
    assert ProfileField.objects.get().key == "size"


def test_a_member_id_makes_a_member(shop: Site, bob: Operator) -> None:
    """LIST-4."""
    assert add(shop, bob, {"memberId": "lucas"}).contact.kind == Kind.MEMBER


@pytest.mark.parametrize("details", [{}, {"name": "Kim"}, {"email": " ", "mobileNumber": "", "memberId": ""}])
def test_a_name_alone_is_refused(shop: Site, bob: Operator, details: dict[str, object]) -> None:
    """LIST-4: needs a phone, an e-mail or a memberId."""
    with pytest.raises(NothingToFindBy):
        add(shop, bob, details)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("member_id", ["a b", "x" * 256, 7])
def test_a_malformed_member_id_is_refused(shop: Site, bob: Operator, member_id: object) -> None:
    """KIND-6."""
    with pytest.raises(DetailRefused) as refusal:
        add(shop, bob, {"memberId": member_id})
    assert refusal.value.path == "memberId"


@pytest.mark.parametrize(
    "again",
    [
        {"mobileNumber": "+82 10 1234 5678"},
        {"email": "KIM@example.com"},
        {"email": "new@example.com", "mobileNumber": "01012345678"},
    ],
)
def test_one_that_exists_is_shown_instead(shop: Site, bob: Operator, again: dict[str, object]) -> None:
    """LIST-4: found by phone or e-mail in any spelling, and left as it is."""
    first = add(shop, bob, {"name": "Kim", "mobileNumber": "010-1234-5678", "email": "kim@example.com"})
    second = add(shop, bob, {"name": "Someone", **again})
    assert (second.contact, second.created) == (first.contact, False)
    assert Contact.objects.get().name == "Kim"


def test_one_that_exists_is_found_by_an_earlier_phone(shop: Site, bob: Operator) -> None:
    """LIST-4, QUAL-3."""
    browser = Browser(shop)
    browser.boot(profile={"mobileNumber": "010-1234-5678"})
    lead = browser.boot(profile={"mobileNumber": "010-8765-4321"}).contact
    assert add(shop, bob, {"mobileNumber": "010-1234-5678"}).contact == lead


def test_one_that_exists_is_found_by_member_id_also_an_absorbed_one(shop: Site, bob: Operator) -> None:
    """LIST-4, UNI-6."""
    member = ContactFactory(site=shop, member_id="lucas")
    ContactAlias.objects.create(site=shop, type="memberId", value="old", contact=member)
    assert add(shop, bob, {"memberId": "lucas"}).contact == member
    assert add(shop, bob, {"memberId": "old"}).contact == member


def test_a_number_nobody_can_call_matches_nobody(shop: Site, bob: Operator) -> None:
    """QUAL-4."""
    add(shop, bob, {"mobileNumber": "call me"})
    assert add(shop, bob, {"mobileNumber": "call me"}).created


def test_people_of_another_site_are_not_found(shop: Site, elsewhere: Site, bob: Operator) -> None:
    """SITE-2."""
    ContactFactory(site=elsewhere, mobile_number="+821012345678")
    assert add(shop, bob, {"mobileNumber": "010-1234-5678"}).created


def test_an_addition_is_in_the_audit_log(shop: Site, bob: Operator) -> None:
    """SITE-4."""
    contact = add(shop, bob, {"mobileNumber": "010-1234-5678"}).contact
    entry = AuditEntry.objects.get(action="contact.add")
    assert (entry.target_id, entry.operator) == (str(contact.pk), bob)


def test_numbers_go_on_from_the_last(shop: Site, bob: Operator) -> None:
    """Customer numbers: in order, also when an existing person was shown in between."""
    numbers = [
        add(shop, bob, {"mobileNumber": phone}).contact.customer_number
        for phone in ("010-1111-1111", "010-1111-1111", "010-2222-2222")
    ]
    assert numbers == [1, 1, 2]
