"""BOOT-3..7, BOOT-10..12: who is at the door."""

import pytest

from contacts.models import Contact, Event, Identity, Kind, Merge
from contacts.models.identity import MAX_IDENTITIES
from contacts.visits import visitor_of
from desk.models import AuditEntry, Site
from tests.contacts.browser import DAY, MINUTE, NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


# --- BOOT-3: the member exists ----------------------------------------------------------------------------


def test_an_anonymous_browser_that_signs_in_is_unified_into_the_member(shop: Site) -> None:
    """BOOT-3, UNI-1: its identity belongs to the member from now on, and what it did before too."""
    member = ContactFactory(site=shop, member_id="lucas")
    browser = Browser(shop)
    stranger = browser.boot(page="/before")
    signed_in = browser.boot("lucas")
    assert signed_in.contact.pk == member.pk
    assert signed_in.identity.pk == stranger.identity.pk
    assert not Contact.objects.filter(pk=stranger.contact.pk).exists()
    assert Event.objects.get(property={"page": "/before"}).contact_id == member.pk


def test_a_lead_that_signs_in_is_unified_into_the_member(shop: Site) -> None:
    """BOOT-3, UNI-1."""
    member = ContactFactory(site=shop, member_id="lucas")
    browser = Browser(shop)
    lead = browser.boot(profile={"email": "lucas@example.com"})
    assert lead.contact.kind == Kind.LEAD
    assert browser.boot("lucas").contact.pk == member.pk
    assert Merge.objects.get().absorbed_id == lead.contact.pk


def test_another_member_on_one_browser_gets_an_identity_of_their_own(shop: Site) -> None:
    """BOOT-3: the first member and their identity stay untouched."""
    browser = Browser(shop)
    first = browser.boot("alice")
    second = browser.boot("bob")
    assert second.contact.pk != first.contact.pk
    assert second.identity.key != first.identity.key
    assert Identity.objects.get(key=first.identity.key).contact_id == first.contact.pk
    assert visitor_of(first.token, now=NOON) is not None


def test_an_existing_member_may_displace_another_on_one_browser(shop: Site) -> None:
    """BOOT-3: D is another member and M exists."""
    member = ContactFactory(site=shop, member_id="bob")
    browser = Browser(shop)
    first = browser.boot("alice")
    second = browser.boot("bob")
    assert second.contact.pk == member.pk
    assert second.identity.contact_id == member.pk
    assert Identity.objects.get(key=first.identity.key).contact_id == first.contact.pk


def test_a_new_browser_of_a_member_gets_an_identity_under_the_member(shop: Site) -> None:
    """BOOT-3: no D."""
    phone, laptop = Browser(shop), Browser(shop)
    first, second = phone.boot("alice"), laptop.boot("alice")
    assert first.contact.pk == second.contact.pk
    assert first.identity.pk != second.identity.pk


def test_a_member_boots_again_as_themselves(shop: Site) -> None:
    """BOOT-3."""
    browser = Browser(shop)
    first = browser.boot("alice")
    again = browser.wait(DAY).boot("alice")
    assert (again.contact.pk, again.identity.pk) == (first.contact.pk, first.identity.pk)


def test_the_member_id_of_an_absorbed_member_boots_into_the_survivor(shop: Site) -> None:
    """UNI-6: the absorbed memberId stays an alias."""
    member = ContactFactory(site=shop, member_id="lucas")
    member.aliases.create(site=shop, type="memberId", value="old-lucas")
    browser = Browser(shop)
    assert browser.boot("old-lucas").contact.pk == member.pk
    assert browser.boot("old-lucas").contact.pk == member.pk
    assert Identity.objects.count() == 1


# --- BOOT-4: no such member ---------------------------------------------------------------------------------


def test_an_anonymous_browser_that_signs_up_keeps_number_and_history(shop: Site) -> None:
    """BOOT-4."""
    browser = Browser(shop)
    stranger = browser.boot(page="/before")
    member = browser.boot("lucas")
    assert (member.contact.pk, member.contact.customer_number) == (
        stranger.contact.pk,
        stranger.contact.customer_number,
    )
    assert member.contact.kind == Kind.MEMBER
    assert Event.objects.get().contact_id == member.contact.pk
    assert not Merge.objects.exists()


def test_a_lead_that_signs_up_keeps_its_number(shop: Site) -> None:
    """BOOT-4."""
    browser = Browser(shop)
    lead = browser.boot(profile={"mobileNumber": "010-1234-5678"})
    member = browser.boot("lucas")
    assert member.contact.pk == lead.contact.pk
    assert member.contact.mobile_number == "+821012345678"


def test_a_promoted_visitor_keeps_the_session(shop: Site) -> None:
    """BOOT-4, BOOT-8: signing up is no new visit."""
    browser = Browser(shop)
    before = browser.boot()
    after = browser.boot("lucas")
    assert after.token == before.token
    assert after.contact.sessions_count == 1


def test_a_new_member_without_a_browser_history_is_created(shop: Site) -> None:
    """BOOT-4: no D."""
    booted = Browser(shop).boot("lucas")
    assert (booted.contact.kind, booted.contact.member_id) == (Kind.MEMBER, "lucas")


# --- BOOT-5, 6, 7: no memberId ------------------------------------------------------------------------------


def test_a_member_who_logged_out_goes_on_as_themselves_within_the_session(shop: Site) -> None:
    """BOOT-5."""
    browser = Browser(shop)
    member = browser.boot("alice")
    assert browser.wait(29 * MINUTE).boot().contact.pk == member.contact.pk


def test_a_logged_out_browser_is_a_stranger_after_half_an_hour(shop: Site) -> None:
    """BOOT-6: a new anonymous contact with a new veil id."""
    browser = Browser(shop)
    member = browser.boot("alice")
    stranger = browser.wait(30 * MINUTE).boot()
    assert stranger.contact.kind == Kind.ANONYMOUS
    assert stranger.contact.pk != member.contact.pk
    assert stranger.identity.key != member.identity.key


def test_deleting_the_session_makes_a_logged_out_browser_a_stranger_at_once(shop: Site) -> None:
    """BOOT-7."""
    browser = Browser(shop)
    member = browser.boot("alice")
    stranger = browser.forget_session().boot()
    assert stranger.contact.pk != member.contact.pk
    assert stranger.contact.kind == Kind.ANONYMOUS


@pytest.mark.parametrize("profile", [{}, {"email": "kim@example.com"}], ids=["anonymous", "lead"])
def test_a_stranger_comes_back_as_the_same_contact(shop: Site, profile: dict[str, object]) -> None:
    """BOOT-6: D anonymous or lead."""
    browser = Browser(shop)
    first = browser.boot(profile=profile)
    again = browser.wait(40 * DAY).boot()
    assert (again.contact.pk, again.identity.pk) == (first.contact.pk, first.identity.pk)


def test_a_first_visit_makes_an_anonymous_contact(shop: Site) -> None:
    """BOOT-6: no D."""
    booted = Browser(shop).boot()
    assert booted.contact.kind == Kind.ANONYMOUS
    assert booted.contact.customer_number == 1


def test_a_page_may_bring_its_own_new_veil_id(shop: Site) -> None:
    """BOOT-12: several tabs of a new browser agree on one id before they boot."""
    assert Browser(shop, veil_id="tab-made-this").boot().identity.key == "tab-made-this"


def test_a_session_of_another_browser_is_worthless(shop: Site) -> None:
    """BOOT-5, BOOT-8: a session is bound to its identity."""
    alice, thief = Browser(shop), Browser(shop)
    member = alice.boot("alice")
    thief.boot()
    thief.session = alice.session
    assert thief.boot().contact.pk != member.contact.pk


def test_a_session_without_its_veil_id_is_worthless(shop: Site) -> None:
    """BOOT-5."""
    browser = Browser(shop)
    member = browser.boot("alice")
    browser.veil_id = None
    assert browser.boot().contact.pk != member.contact.pk


# --- BOOT-10: web and app -----------------------------------------------------------------------------------


def test_web_and_app_stay_apart_until_they_carry_one_member_id(shop: Site) -> None:
    """BOOT-10, even under one veil id."""
    web, app = Browser(shop, veil_id="one-human"), Browser(shop, veil_id="one-human")
    on_web, in_app = web.boot(), app.boot(platform="app")
    assert on_web.contact.pk != in_app.contact.pk
    assert web.boot("alice").contact.pk == app.boot("alice", platform="app").contact.pk
    assert Contact.objects.count() == 1
    assert set(Identity.objects.values_list("channel", flat=True)) == {"web", "app"}


def test_an_app_tells_its_name_and_version(shop: Site) -> None:
    """FIL-2: ``mobile.*``."""
    contact = Browser(shop).boot(platform="app", app_name="Shop", app_version="1.2").contact
    assert (contact.mobile_app_name, contact.mobile_app_version, contact.web_browser) == ("Shop", "1.2", "")


# --- BOOT-11: fifty identities ------------------------------------------------------------------------------


@pytest.fixture
def full_member(shop: Site) -> Contact:
    member = ContactFactory(site=shop, member_id="alice")
    Identity.objects.bulk_create(
        Identity(site=shop, contact=member, channel="web", key=f"old-{n}", created_at=NOON, last_boot_at=NOON)
        for n in range(MAX_IDENTITIES)
    )
    return member


def test_the_fifty_first_browser_is_served_as_a_separate_contact(shop: Site, full_member: Contact) -> None:
    """BOOT-11: and it is on record."""
    booted = Browser(shop).boot("alice")
    assert booted.contact.pk != full_member.pk
    assert booted.contact.kind == Kind.ANONYMOUS
    assert Identity.objects.filter(contact=full_member).count() == MAX_IDENTITIES
    entry = AuditEntry.objects.get(action="identity.refused")
    assert entry.target_id == str(full_member.pk)


def test_a_visitor_who_signs_in_to_a_full_member_stays_who_they_are(shop: Site, full_member: Contact) -> None:
    """BOOT-11."""
    browser = Browser(shop)
    before = browser.boot(page="/")
    after = browser.boot("alice")
    assert after.contact.pk == before.contact.pk
    assert after.contact.kind == Kind.ANONYMOUS
    assert not Merge.objects.exists()


def test_the_fiftieth_browser_fits(shop: Site, full_member: Contact) -> None:
    """BOOT-11."""
    Identity.objects.filter(key="old-0").delete()
    assert Browser(shop).boot("alice").contact.pk == full_member.pk


# --- BOOT-12: sites stay apart ------------------------------------------------------------------------------


def test_a_session_of_another_site_is_worthless(shop: Site, elsewhere: Site) -> None:
    """BOOT-12, SITE-2: veil id and session of the other site make a new contact here."""
    there = Browser(elsewhere)
    other = there.boot("alice")
    here = Browser(shop, veil_id=there.veil_id)
    here.session = there.session
    booted = here.boot()
    assert booted.contact.pk != other.contact.pk
    assert booted.contact.site_id == shop.pk
    assert booted.contact.kind == Kind.ANONYMOUS


def test_one_member_id_is_two_people_on_two_sites(shop: Site, elsewhere: Site) -> None:
    """SITE-2."""
    assert Browser(shop).boot("alice").contact.pk != Browser(elsewhere).boot("alice").contact.pk
