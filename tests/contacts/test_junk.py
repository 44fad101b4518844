"""UNI-14: junk never joins people, and what would join too many is frozen."""

import datetime

import pytest

from contacts.adding import add_contact
from contacts.boot_request import BootRequest
from contacts.booting import BootRefused, boot
from contacts.candidates import Point, candidates_for
from contacts.details import change_details
from contacts.junk import (
    MAX_JOINS,
    count_join,
    freeze,
    frozen_values,
    is_frozen,
    is_junk,
    junk_sightings,
    matches_nobody,
    thaw,
)
from contacts.matching import contacts_by
from contacts.member_ids import member_hash
from contacts.models import (
    Contact,
    FrozenValue,
    Identity,
    JunkSighting,
    Kind,
    KnownField,
    MergeSuggestion,
    PendingMerge,
    Source,
)
from contacts.profile_values import DetailRefused
from contacts.suggesting import refresh_suggestions
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Operator, Site
from tests.contacts.browser import DAY, MINUTE, NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

MEMBER_IDS = ["null", "NULL", "undefined", "Undefined", "0", "guest", "ｇｕｅｓｔ", "none", "nan", "(null)"]
EMAIL = "all@shop.example"


def tell(contact: Contact, source: Source = Source.API, **changes: object) -> Contact:
    return change_details(contact, changes, source=source, source_label="", actor=SYSTEM, now=NOON)


# --- the list ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[(KnownField.MEMBER_ID, value) for value in MEMBER_IDS],
        (KnownField.EMAIL, "test@test.com"),
        (KnownField.MOBILE_NUMBER, "+821000000000"),
    ],
)
def test_the_usual_junk_is_junk_from_the_start(shop: Site, field: KnownField, value: str) -> None:
    assert is_junk(shop, field, value)
    assert matches_nobody(shop, field, value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (KnownField.MEMBER_ID, "00"),
        (KnownField.MEMBER_ID, "guest1"),
        (KnownField.MEMBER_ID, "1"),
        (KnownField.EMAIL, "guest@shop.example"),
        (KnownField.MOBILE_NUMBER, "+821000000001"),
    ],
)
def test_what_only_looks_like_it_is_not(shop: Site, field: KnownField, value: str) -> None:
    assert not is_junk(shop, field, value)


def test_a_site_has_a_list_of_its_own(shop: Site, elsewhere: Site) -> None:
    """UNI-14: in any spelling; SITE-2: nobody else's."""
    shop.junk_values = ["KIOSK", "010-9999-9999", "Info@Shop.example"]
    for field, value in (
        (KnownField.MEMBER_ID, "kiosk"),
        (KnownField.MOBILE_NUMBER, "+821099999999"),
        (KnownField.EMAIL, "info@shop.example"),
    ):
        assert is_junk(shop, field, value)
        assert not is_junk(elsewhere, field, value)
    assert not is_junk(shop, KnownField.MEMBER_ID, "null")


# --- junk memberIds at boot ------------------------------------------------------------------------------------


@pytest.mark.parametrize("member_id", MEMBER_IDS)
def test_visitors_with_a_junk_member_id_do_not_collapse_into_one(shop: Site, member_id: str) -> None:
    """UNI-14, KIND-6: two browsers, two people, and none of them a member."""
    first, second = Browser(shop).boot(member_id), Browser(shop).boot(member_id)
    assert first.contact.pk != second.contact.pk
    assert set(Contact.objects.values_list("kind", "member_id")) == {(Kind.ANONYMOUS, None)}


def test_a_junk_member_id_is_as_none(shop: Site) -> None:
    """UNI-14, BOOT-5, BOOT-6: a known visitor goes on, a member who signed out is a stranger after the session."""
    browser = Browser(shop)
    visitor = browser.boot("undefined").contact
    assert browser.boot("undefined").contact == visitor
    member = browser.boot("kim").contact
    assert browser.boot("undefined").contact == member
    assert browser.wait(31 * MINUTE).boot("undefined").contact != member


def test_a_member_of_that_name_from_before_is_matched_no_longer(shop: Site) -> None:
    """UNI-14: its history stays closed."""
    old = ContactFactory(site=shop, member_id="guest")
    assert Browser(shop).boot("guest").contact != old


def test_junk_from_a_page_is_seen_once_an_hour(shop: Site, elsewhere: Site) -> None:
    """UNI-14: somebody should know, but visitors do not queue for it."""
    for minutes in (0, 1, 59, 61):
        Browser(shop, now=NOON + minutes * MINUTE).boot("undefined")
    [seen] = junk_sightings(shop)
    assert (seen.value, seen.field, seen.first_at, seen.last_at) == ("undefined", "memberId", NOON, NOON + 61 * MINUTE)
    assert not junk_sightings(elsewhere)


def test_junk_that_must_be_proven_is_refused_without_proof(shop: Site) -> None:
    """BOOT-2: nothing is stored, the sighting neither."""
    shop.member_hash_mode = "required"
    shop.save()
    with pytest.raises(BootRefused, match="member_hash_required"):
        Browser(shop).boot("null")
    proof = member_hash(shop.member_hash_secret, "null")
    assert boot(BootRequest(plugin_key=shop.plugin_key, member_id="null", member_hash=proof), now=NOON).contact.pk
    assert JunkSighting.objects.count() == 1
    assert Contact.objects.get().kind == Kind.ANONYMOUS


@pytest.mark.parametrize("member_id", ["", " "])
def test_a_blank_member_id_is_still_an_error(shop: Site, member_id: str) -> None:
    """KIND-6."""
    with pytest.raises(DetailRefused):
        Browser(shop).boot(member_id)


def test_nobody_is_entered_under_a_junk_member_id(shop: Site, bob: Operator) -> None:
    """UNI-14: who types it is told."""
    with pytest.raises(DetailRefused) as refusal:
        add_contact(shop, {"memberId": "NULL"}, actor=Actor.of_operator(bob), source=Source.OPERATOR, now=NOON)
    assert (refusal.value.path, refusal.value.code) == ("memberId", "junk")
    assert "nobody" in refusal.value.message


# --- junk phones and e-mails -----------------------------------------------------------------------------------


@pytest.mark.parametrize("detail", [{"email": "Test@Test.com"}, {"mobileNumber": "010-0000-0000"}])
def test_a_junk_contact_point_joins_and_suggests_nobody(shop: Site, detail: dict[str, str]) -> None:
    """UNI-14: it is kept as it was told."""
    member = tell(ContactFactory(site=shop, member_id="kim"), **detail)
    lead = tell(ContactFactory(site=shop), **detail)
    refresh_suggestions(shop, NOON)
    assert Contact.objects.count() == 2
    assert not MergeSuggestion.objects.exists()
    assert (lead.email, lead.mobile_number) == (member.email, member.mobile_number)


def test_a_person_with_a_junk_phone_is_entered_anew_each_time(shop: Site, bob: Operator) -> None:
    """UNI-14, LIST-4."""
    for _ in range(2):
        details = {"mobileNumber": "010 0000 0000"}
        added = add_contact(shop, details, actor=Actor.of_operator(bob), source=Source.OPERATOR, now=NOON)
        assert added.created


# --- freezing ------------------------------------------------------------------------------------------------


def test_the_twenty_first_join_of_a_day_freezes_the_value(shop: Site) -> None:
    """UNI-14: the write goes through, the two stay apart, and the value is shown."""
    member = tell(ContactFactory(site=shop, member_id="kim"), email=EMAIL)
    leads = [ContactFactory(site=shop) for _ in range(MAX_JOINS + 3)]
    told = [tell(lead, email=EMAIL) for lead in leads]
    assert told == [member] * MAX_JOINS + leads[MAX_JOINS:]
    [frozen] = frozen_values(shop)
    assert (frozen.field, frozen.value, frozen.joins, frozen.frozen_at) == ("email", EMAIL, MAX_JOINS + 1, NOON)
    assert not MergeSuggestion.objects.exists()
    assert AuditEntry.objects.get(action="frozenvalue.freeze").target_id == str(frozen.pk)


def test_a_member_with_a_crowd_of_leads_takes_in_twenty_and_freezes_once(shop: Site) -> None:
    """UNI-14."""
    leads = [tell(ContactFactory(site=shop), Source.OPERATOR, email=EMAIL) for _ in range(MAX_JOINS + 4)]
    member = tell(ContactFactory(site=shop, member_id="kim"), email=EMAIL)
    assert Contact.objects.filter(pk__in=[lead.pk for lead in leads]).count() == 4
    assert frozen_values(shop).get().joins == MAX_JOINS + 1
    assert AuditEntry.objects.filter(action="frozenvalue.freeze").count() == 1
    assert member.pk


def test_joins_are_counted_by_the_day_of_the_site(shop: Site) -> None:
    """UNI-14: 15:00 UTC is midnight in Seoul."""
    before, after = NOON + 2 * datetime.timedelta(hours=1), NOON + 3 * datetime.timedelta(hours=1)
    assert all(count_join(shop, KnownField.EMAIL, EMAIL, now=before) for _ in range(MAX_JOINS))
    assert count_join(shop, KnownField.EMAIL, EMAIL, now=after)
    assert not count_join(shop, KnownField.EMAIL, EMAIL, now=before)


def test_a_frozen_value_matches_nobody(shop: Site, elsewhere: Site) -> None:
    """UNI-14, SITE-2: in no rule, and on this site only."""
    holder = tell(ContactFactory(site=shop), email=EMAIL)
    point = Point(KnownField.EMAIL, EMAIL)
    assert contacts_by(shop, KnownField.EMAIL, EMAIL).get() == holder
    assert len(candidates_for(shop, [point])) == 1
    freeze(shop, KnownField.EMAIL, EMAIL, joins=21, now=NOON)
    assert not contacts_by(shop, KnownField.EMAIL, EMAIL).exists()
    assert candidates_for(shop, [point]) == []
    assert is_frozen(shop, KnownField.EMAIL, EMAIL)
    assert not is_frozen(elsewhere, KnownField.EMAIL, EMAIL)
    assert not frozen_values(elsewhere)


def test_freezing_takes_back_what_the_value_brought_up(shop: Site) -> None:
    """UNI-14: open suggestions and pending pairs; not what an operator dismissed."""
    member = tell(ContactFactory(site=shop, member_id="kim"), email=EMAIL)
    tell(Browser(shop).boot().contact, email=EMAIL)
    tell(ContactFactory(site=shop, member_id="lee"), email=EMAIL)
    MergeSuggestion.objects.filter(first=member).update(dismissed_at=None)
    assert PendingMerge.objects.exists()
    assert MergeSuggestion.objects.exists()
    freeze(shop, KnownField.EMAIL, EMAIL, joins=21, now=NOON)
    assert not PendingMerge.objects.exists()
    assert not MergeSuggestion.objects.exists()


def test_a_thawed_value_matches_again_and_may_freeze_again(shop: Site, alice: Operator) -> None:
    """UNI-14: its joins count from zero."""
    for _ in range(MAX_JOINS + 1):
        count_join(shop, KnownField.EMAIL, EMAIL, now=NOON)
    frozen = FrozenValue.objects.get()
    actor = Actor.of_operator(alice)
    assert thaw(frozen, actor=actor, now=NOON + DAY)
    assert not thaw(frozen, actor=actor, now=NOON + DAY)
    assert not is_frozen(shop, KnownField.EMAIL, EMAIL)
    assert not frozen_values(shop)
    assert AuditEntry.objects.get(action="frozenvalue.thaw").operator == alice
    assert [count_join(shop, KnownField.EMAIL, EMAIL, now=NOON) for _ in range(MAX_JOINS + 1)][-2:] == [True, False]
    assert frozen_values(shop).get() == frozen


def test_a_value_that_comes_to_many_people_in_a_day_is_frozen_in_the_background(shop: Site) -> None:
    """UNI-14: by doors that look nobody up, too."""
    for _ in range(MAX_JOINS + 1):
        tell(Browser(shop).boot().contact, Source.FORM, email=EMAIL)
    found = refresh_suggestions(shop, NOON)
    assert (found.frozen, found.suggested) == (1, 0)
    assert frozen_values(shop).get().joins == MAX_JOINS + 1
    assert refresh_suggestions(shop, NOON).frozen == 0


def test_visitors_do_not_freeze_what_is_somebodys(shop: Site) -> None:
    """UNI-14: whoever types a member's e-mail in many browsers does not keep the member from being found."""
    member = tell(ContactFactory(site=shop, member_id="kim"), email=EMAIL)
    for _ in range(MAX_JOINS + 5):
        tell(Browser(shop).boot(profile={"email": EMAIL}).contact, Source.FORM, mobileNumber="010-7777-1234")
    assert refresh_suggestions(shop, NOON).frozen == 1
    assert frozen_values(shop).get().field == "mobileNumber"
    assert contacts_by(shop, KnownField.EMAIL, EMAIL).filter(pk=member.pk).exists()
    assert PendingMerge.objects.filter(member=member).count() == 20


def test_a_value_that_trusted_doors_bring_to_many_is_frozen(shop: Site) -> None:
    """UNI-14: an import or a page that tells one e-mail for all its members."""
    for n in range(MAX_JOINS + 1):
        tell(ContactFactory(site=shop, member_id=f"m{n}"), Source.SCRIPT, email=EMAIL)
    assert refresh_suggestions(shop, NOON).frozen == 1


def test_a_value_that_many_people_got_over_time_is_not(shop: Site) -> None:
    """UNI-14: in a day. A family or an office shares a phone; the pairs are few all the same."""
    for days in range(MAX_JOINS + 5):
        contact = ContactFactory(site=shop)
        change_details(
            contact, {"email": EMAIL}, source=Source.FORM, source_label="", actor=SYSTEM, now=NOON - days * DAY / 10
        )
    assert refresh_suggestions(shop, NOON).frozen == 0
    assert (
        MergeSuggestion.objects.count() == 20 + 4 + 3 + 2 - 3
    )  # the first with twenty, the next four among themselves


def test_a_thawed_value_is_not_frozen_again_for_the_same_people(shop: Site) -> None:
    """UNI-14."""
    for _ in range(MAX_JOINS + 1):
        tell(ContactFactory(site=shop), Source.FORM, email=EMAIL)
    refresh_suggestions(shop, NOON)
    thaw(FrozenValue.objects.get(), actor=SYSTEM, now=NOON)
    assert refresh_suggestions(shop, NOON).frozen == 0


# --- a memberId that joins too many ------------------------------------------------------------------------------


def test_a_member_id_that_joins_too_many_visitors_is_frozen(shop: Site) -> None:
    """UNI-14: each further visitor is served as a person of their own."""
    member = ContactFactory(site=shop, member_id="everybody")
    for _ in range(MAX_JOINS):
        browser = Browser(shop)
        browser.boot()
        assert browser.boot("everybody").contact == member
    late = Browser(shop)
    stranger = late.boot().contact
    assert late.boot("everybody").contact == stranger
    assert frozen_values(shop).get().value == "everybody"
    assert Browser(shop).boot("everybody").contact.kind == Kind.ANONYMOUS
    assert Identity.objects.filter(contact=member).count() == MAX_JOINS


def test_browsers_of_the_frozen_member_go_on(shop: Site) -> None:
    """UNI-14: who is the member already is not logged out."""
    browser = Browser(shop)
    member = browser.boot("kim").contact
    freeze(shop, KnownField.MEMBER_ID, "kim", joins=21, now=NOON)
    assert browser.boot("kim").contact == member
    assert browser.wait(31 * MINUTE).boot("kim").contact == member


def test_an_alias_of_a_frozen_member_id_joins_nobody_either(shop: Site) -> None:
    """UNI-14, UNI-6."""
    member = ContactFactory(site=shop, member_id="kim")
    member.aliases.create(site=shop, type="memberId", value="old-kim")
    freeze(shop, KnownField.MEMBER_ID, "kim", joins=21, now=NOON)
    browser = Browser(shop)
    visitor = browser.boot().contact
    assert browser.boot("old-kim").contact == visitor
    assert Browser(shop).boot("old-kim").contact.kind == Kind.ANONYMOUS


def test_who_claims_a_frozen_member_id_does_not_go_on_as_the_member_before(shop: Site) -> None:
    """UNI-14, BOOT-3: on a shared browser the next person does not read the last one's chats."""
    freeze(shop, KnownField.MEMBER_ID, "lee", joins=21, now=NOON)
    browser = Browser(shop)
    kim = browser.boot("kim").contact
    stranger = browser.boot("lee").contact
    assert stranger != kim
    assert stranger.kind == Kind.ANONYMOUS
