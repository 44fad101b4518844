"""BOOT-1..14: who is at the door."""

import datetime

import pytest

from contacts.boot_request import BootRequest
from contacts.booting import BootRefused, boot
from contacts.member_ids import member_hash
from contacts.models import Contact, ContactProfile, Event, Identity, Kind, KnownValue, Merge, ProfileField, Visit
from contacts.models.identity import MAX_IDENTITIES
from contacts.profile_values import DetailRefused
from contacts.visits import visitor_of
from desk.models import AuditEntry, MemberHashMode, Site
from tests.contacts.browser import DAY, MINUTE, NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


def assert_nothing_stored() -> None:
    for model in (Contact, ContactProfile, Identity, Visit, Event, KnownValue, ProfileField):
        assert not model.objects.exists(), f"{model.__name__} rows were left behind"


# --- BOOT-1: what is not admitted -----------------------------------------------------------------------


def test_an_unknown_plugin_key_is_refused(shop: Site) -> None:
    """BOOT-1."""
    with pytest.raises(BootRefused) as refusal:
        boot(BootRequest(plugin_key="0" * 32), now=NOON)
    assert refusal.value.code == "plugin_key_unknown"
    assert_nothing_stored()


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.evil", "http://shop.example", None])
def test_a_page_of_another_origin_is_refused(shop: Site, origin: str | None) -> None:
    """BOOT-1: the origin must be listed to the letter."""
    shop.allowed_origins = ["https://shop.example"]
    shop.save()
    with pytest.raises(BootRefused) as refusal:
        Browser(shop).boot(origin=origin)
    assert refusal.value.code == "origin_not_allowed"
    assert_nothing_stored()


def test_a_page_of_a_listed_origin_boots(shop: Site) -> None:
    """BOOT-1."""
    shop.allowed_origins = ["https://shop.example"]
    shop.save()
    assert Browser(shop).boot(origin="https://shop.example").contact.kind == Kind.ANONYMOUS


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ({"veil_id": ""}, "veilId"),
        ({"veil_id": "a b"}, "veilId"),
        ({"veil_id": "x" * 129}, "veilId"),
        ({"member_id": ""}, "memberId"),
        ({"member_id": " "}, "memberId"),
        ({"member_id": "a b"}, "memberId"),
        ({"member_id": "a\u3000"}, "memberId"),
        ({"member_id": "a\x07"}, "memberId"),
        ({"member_id": "\ud800"}, "memberId"),
        ({"member_id": "x" * 256}, "memberId"),
        ({"language": "korean language"}, "language"),
        ({"platform": "fax"}, "platform"),
        ({"utm": {"colour": "red"}}, "utm.colour"),
        ({"utm": {"source": "x" * 256}}, "utm.source"),
        ({"profile": {"name": "x" * 101}}, "profile.name"),
        ({"profile": {"name": 5}}, "profile.name"),
        ({"profile": {"memberId": "lucas"}}, "profile.memberId"),
        ({"profile": {"nested": {"a": 1}}}, "profile.nested"),
        ({"profile": {"list": [1]}}, "profile.list"),
        ({"profile": {"long": "x" * 1_001}}, "profile.long"),
        ({"profile": {"list": ["x"] * 51}}, "profile.list"),
        ({"profile": {"n": float("nan")}}, "profile.n"),
        ({"profile": {"n": 10**30}}, "profile.n"),
        ({"profile": {"nul": "a\0b"}}, "profile.nul"),
        ({"profile": {"k" * 65: 1}}, "profile"),
        ({"profile": {"": 1}}, "profile"),
        ({"profile": {"7": 1}}, "profile.7"),
        ({"profile": {f"k{n}": n for n in range(101)}}, "profile"),
        ({"profile": {f"k{n}": "x" * 900 for n in range(20)}}, "profile"),
        ({"profile": {"birthDate": "2026-02-30"}}, "profile.birthDate"),
        ({"profile_once": {"nested": {}}}, "profileOnce.nested"),
        ({"app_name": "x" * 81, "platform": "app"}, "appName"),
    ],
)
def test_a_malformed_boot_is_refused_by_name_and_leaves_nothing(shop: Site, told: dict[str, object], path: str) -> None:
    """BOOT-1, KIND-6."""
    with pytest.raises(DetailRefused) as refusal:
        boot(BootRequest(plugin_key=shop.plugin_key, **told), now=NOON)  # type: ignore[arg-type]
    assert refusal.value.path == path
    assert_nothing_stored()


def test_a_value_that_does_not_fit_its_field_stores_nothing(shop: Site) -> None:
    """BOOT-1: the refusal comes late, when types are known, and takes everything of this boot with it."""
    ProfileField.objects.create(site=shop, key="size", type="number")
    with pytest.raises(DetailRefused) as refusal:
        Browser(shop).boot(profile={"size": "large", "other": 1}, page="/")
    assert refusal.value.path == "profile.size"
    assert not Contact.objects.exists()
    assert not Identity.objects.exists()
    assert [field.key for field in ProfileField.objects.all()] == ["size"]


# --- BOOT-2: member hash ----------------------------------------------------------------------------------

SECRET = "4629de5def93d6a2abea6afa9bd5476d9c6cbc04223f9a2f7e517b535dde3e25"
LUCAS = "99427c7bba36a6902c5fd6383f2fb0214d19b81023296b4bd6b9e024836afea2"


@pytest.fixture
def strict_shop(shop: Site) -> Site:
    shop.member_hash_mode = MemberHashMode.REQUIRED
    shop.member_hash_secret = SECRET
    shop.save()
    return shop


def test_member_hash_of_the_known_vector() -> None:
    """BOOT-2."""
    assert member_hash(SECRET, "lucas") == LUCAS


def test_a_proven_member_id_boots_a_member(strict_shop: Site) -> None:
    """BOOT-2."""
    assert Browser(strict_shop).boot("lucas", member_hash=LUCAS).contact.member_id == "lucas"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (None, "member_hash_required"),
        ("", "member_hash_required"),
        ("0" * 64, "member_hash_invalid"),
        (LUCAS.upper(), "member_hash_invalid"),
        ("é\ud800", "member_hash_invalid"),
    ],
)
def test_an_unproven_member_id_is_refused(strict_shop: Site, given: str | None, code: str) -> None:
    """BOOT-2."""
    with pytest.raises(BootRefused) as refusal:
        Browser(strict_shop).boot("lucas", member_hash=given)
    assert refusal.value.code == code
    assert_nothing_stored()


def test_a_hash_of_the_previous_secret_still_proves(strict_shop: Site) -> None:
    """BOOT-2: against every live secret (SITE-1, rotation)."""
    strict_shop.member_hash_secret, strict_shop.member_hash_secret_previous = "ab" * 32, SECRET
    strict_shop.save()
    assert Browser(strict_shop).boot("lucas", member_hash=LUCAS).contact.member_id == "lucas"


def test_a_stranger_needs_no_hash(strict_shop: Site) -> None:
    """BOOT-2: the hash proves a memberId; without one there is nothing to prove."""
    assert Browser(strict_shop).boot().contact.kind == Kind.ANONYMOUS


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


# --- BOOT-8: sessions ---------------------------------------------------------------------------------------


def test_a_session_slides_with_every_boot(shop: Site) -> None:
    """BOOT-8."""
    browser = Browser(shop)
    token = browser.boot().token
    for _ in range(4):
        booted = browser.wait(20 * MINUTE).boot()
    assert booted.token == token
    assert booted.contact.sessions_count == 1
    assert booted.visit.expires_at == browser.now + 30 * MINUTE


def test_sessions_are_counted_not_boots(shop: Site) -> None:
    """BOOT-8."""
    browser = Browser(shop)
    for _ in range(3):
        browser.boot()
        browser.boot()
        browser.wait(31 * MINUTE)
    contact = Contact.objects.get()
    assert contact.sessions_count == 3
    assert Visit.objects.count() == 3


def test_a_session_ends_exactly_thirty_minutes_after_the_last_activity(shop: Site) -> None:
    """BOOT-8: at the very moment it is over."""
    browser = Browser(shop)
    token = browser.boot().token
    assert browser.wait(30 * MINUTE).boot().token != token


def test_the_token_itself_is_not_stored(shop: Site) -> None:
    """BOOT-8: opaque and unguessable; a stolen database opens no session."""
    token = Browser(shop).boot().token
    digest = Visit.objects.get().token_digest
    assert len(token) >= 43  # 256 bits in base64
    assert token != digest
    assert len(digest or "") == 64


# --- BOOT-9: the life of a veil id --------------------------------------------------------------------------


def test_a_veil_id_lives_a_year_from_its_last_boot(shop: Site) -> None:
    """BOOT-9."""
    browser = Browser(shop)
    first = browser.boot()
    browser.wait(300 * DAY).boot()
    assert browser.wait(364 * DAY).boot().contact.pk == first.contact.pk


def test_an_older_veil_id_is_unknown(shop: Site) -> None:
    """BOOT-9: a new contact with a new veil id."""
    browser = Browser(shop)
    first = browser.boot()
    second = browser.wait(365 * DAY).boot()
    assert second.contact.pk != first.contact.pk
    assert second.identity.key != first.identity.key


def test_a_year_is_counted_from_the_hour_of_the_last_boot(shop: Site) -> None:
    """BOOT-9: the day of a boot is noted once a day, and still the later boot of that day counts."""
    browser = Browser(shop)
    first = browser.boot()
    browser.wait(datetime.timedelta(hours=8)).boot()
    assert browser.wait(365 * DAY - datetime.timedelta(hours=4)).boot().contact.pk == first.contact.pk


def test_a_member_id_on_an_outlived_veil_id_gets_a_new_identity(shop: Site) -> None:
    """BOOT-9, BOOT-3: there is no D."""
    browser = Browser(shop)
    old = browser.boot("alice")
    new = browser.wait(366 * DAY).boot("alice")
    assert new.contact.pk == old.contact.pk
    assert new.identity.pk != old.identity.pk


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


# --- BOOT-13: what a boot tells -----------------------------------------------------------------------------


def test_profiles_merge_key_by_key(shop: Site) -> None:
    """BOOT-13."""
    browser = Browser(shop)
    browser.boot(profile={"size": 1, "colour": "red"})
    assert browser.boot(profile={"size": 2}).contact.profile.values == {"size": 2, "colour": "red"}


def test_null_clears_a_value(shop: Site) -> None:
    """BOOT-13: custom values and the person's own."""
    browser = Browser(shop)
    browser.boot(profile={"size": 1, "name": "Kim"})
    contact = browser.boot(profile={"size": None, "name": None}).contact
    assert (contact.profile.values, contact.name) == ({}, "")


def test_profile_once_writes_only_where_there_is_no_value(shop: Site) -> None:
    """BOOT-13: 0 and false are values (FIL-4)."""
    browser = Browser(shop)
    browser.boot(profile={"count": 0, "flag": False, "empty": "", "name": "Kim"})
    once = {"count": 9, "flag": True, "empty": "now", "new": "x", "name": "Lee"}
    contact = browser.boot(profile_once=once).contact
    assert contact.profile.values == {"count": 0, "flag": False, "empty": "now", "new": "x"}
    assert contact.name == "Kim"


def test_profile_goes_before_profile_once(shop: Site) -> None:
    """BOOT-13."""
    contact = Browser(shop).boot(profile={"a": 1}, profile_once={"a": 2, "b": 3}).contact
    assert contact.profile.values == {"a": 1, "b": 3}


def test_referrer_and_utm_are_written_once(shop: Site) -> None:
    """BOOT-13: by the first boot that knows them."""
    browser = Browser(shop)
    browser.boot()
    browser.boot(referrer="https://search.example", utm={"source": "ad"})
    profile = browser.boot(referrer="https://other.example", utm={"source": "mail"}).contact.profile
    profile.refresh_from_db()
    assert (profile.referrer, profile.utm) == ("https://search.example", {"source": "ad"})


def test_each_visit_keeps_how_it_began(shop: Site) -> None:
    """LIST-5: the timeline tells page, referrer and campaign of each visit."""
    browser = Browser(shop)
    browser.boot(page="/first", referrer="https://a.example", utm={"source": "ad"})
    browser.wait(31 * MINUTE).boot(page="/second")
    first, second = Visit.objects.order_by("started_at")
    assert (first.page, first.referrer, first.utm) == ("/first", "https://a.example", {"source": "ad"})
    assert (second.page, second.referrer) == ("/second", "")


def test_language_is_taken_for_a_new_contact_only(shop: Site) -> None:
    """BOOT-13."""
    browser = Browser(shop)
    browser.boot(language="ja")
    assert browser.boot(language="en").contact.language == "ja"


def test_an_opt_out_can_be_switched_on_but_not_off(shop: Site) -> None:
    """BOOT-13."""
    browser = Browser(shop)
    browser.boot(unsubscribe_email=True)
    contact = browser.boot(unsubscribe_email=False, unsubscribe_texting=True).contact
    assert (contact.unsubscribe_email, contact.unsubscribe_texting) == (True, True)


def test_a_page_view_is_an_event(shop: Site) -> None:
    """KIND-5: collected from the first page on."""
    booted = Browser(shop).boot(page="/cart")
    event = Event.objects.get()
    assert (event.name, event.property, event.contact_id) == ("PageView", {"page": "/cart"}, booted.contact.pk)


def test_a_very_long_address_is_kept_by_its_beginning(shop: Site) -> None:
    """A site cannot help how long its addresses are."""
    booted = Browser(shop).boot(page="/" + "x" * 5_000)
    assert len(booted.visit.page) == 1_000


def test_the_browser_is_told_by_its_user_agent(shop: Site) -> None:
    """FIL-2: ``web.*``."""
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17.0 Mobile Safari/604.1"
    contact = Browser(shop).boot(user_agent=agent).contact
    assert (contact.web_browser, contact.web_os, contact.web_device) == ("Safari", "iOS", "mobile")


# --- BOOT-14 and the rest -----------------------------------------------------------------------------------


def test_a_blocked_contact_boots_as_usual(shop: Site) -> None:
    """BOOT-14."""
    browser = Browser(shop)
    first = browser.boot()
    Contact.objects.filter(pk=first.contact.pk).update(blocked=True)
    again = browser.boot()
    assert again.contact.pk == first.contact.pk
    assert again.contact.blocked


def test_last_seen_is_written_at_most_every_five_minutes(shop: Site) -> None:
    """speed.md, "Boot and touch": a busy visitor is not an update per page."""
    browser = Browser(shop)
    browser.boot()
    browser.wait(4 * MINUTE).boot()
    assert Contact.objects.get().last_seen_at == NOON
    browser.wait(MINUTE).boot()
    assert Contact.objects.get().last_seen_at == NOON + 5 * MINUTE


def test_a_new_day_is_always_noted(shop: Site) -> None:
    """``last_seen_on`` is the day of ``last_seen_at``, whatever the five minutes say."""
    browser = Browser(shop, now=NOON.replace(hour=23, minute=59))
    browser.boot()
    browser.wait(2 * MINUTE).boot()
    contact = Contact.objects.get()
    assert contact.last_seen_at is not None
    assert contact.last_seen_on == contact.last_seen_at.date() == browser.now.date()


def test_a_boot_carries_the_tags(shop: Site) -> None:
    """api.md: ``user.tags``, told by tags through contacts.visitor_facts."""
    assert Browser(shop).boot().tags == []
