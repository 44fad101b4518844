"""UNI-1..4, BOOT-3, BOOT-11: what happens when a phone or an e-mail arrives that somebody else has too."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from contacts.adding import add_contact
from contacts.details import change_details
from contacts.merging import find_contact
from contacts.models import Contact, Identity, KnownValue, Merge, MergeSuggestion, PendingMerge, Source
from contacts.suggesting import dismiss, refresh_suggestions
from contacts.undoing import undo_merge
from contacts.unifying import pending_of
from desk.actors import PLUGIN, SYSTEM, Actor
from desk.models import AuditEntry, Operator, Site
from tests.contacts.browser import DAY, NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

EMAIL, PHONE = "kim@shop.example", "+821055551234"
TRUSTED = [(Source.OPERATOR, "edit"), (Source.API, "api"), (Source.IMPORT, "import")]
OTHERS = [Source.FORM, Source.SCRIPT, Source.MESSENGER, Source.LOOKUP]


def tell(contact: Contact, source: Source = Source.OPERATOR, **changes: Any) -> Contact:
    return change_details(contact, changes, source=source, source_label="Bob", actor=SYSTEM, now=NOON)


@pytest.fixture
def member(shop: Site) -> Contact:
    return tell(ContactFactory(site=shop, member_id="kim", name="Kim"), email=EMAIL, mobileNumber=PHONE)


@pytest.fixture
def lead(shop: Site) -> Contact:
    """Entered by hand: has never booted."""
    return ContactFactory(site=shop, name="Lead")


@pytest.fixture
def visitor(shop: Site) -> Browser:
    return Browser(shop)


def pairs() -> set[tuple[int, int, str]]:
    return {(row.first_id, row.second_id, row.reason) for row in MergeSuggestion.objects.all()}


def pair(one: Contact, other: Contact, reason: str = "sameEmail") -> tuple[int, int, str]:
    return (min(one.pk, other.pk), max(one.pk, other.pk), reason)


# --- a trusted detail comes to a lead ------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "trigger"), TRUSTED)
@pytest.mark.parametrize("detail", [{"email": " KIM@shop.example"}, {"mobileNumber": "010-5555-1234"}])
def test_a_lead_that_never_booted_is_unified_at_once(
    member: Contact, lead: Contact, source: Source, trigger: str, detail: dict[str, str]
) -> None:
    """UNI-2, UNI-3: whoever writes gets the member back."""
    assert tell(lead, source, **detail) == member
    assert Contact.objects.get() == member
    made = Merge.objects.get()
    assert (made.trigger, made.absorbed_id, made.actor) == (trigger, lead.pk, SYSTEM.label)


@pytest.mark.parametrize("source", OTHERS)
def test_other_doors_unify_nobody(member: Contact, lead: Contact, source: Source) -> None:
    """UNI-2: what the visitor or the page tells moves nothing, in the background neither."""
    tell(lead, source, email=EMAIL)
    refresh_suggestions(member.site, NOON)
    assert Contact.objects.count() == 2
    assert pairs() == {pair(member, lead)}


def test_a_lead_that_has_booted_waits_for_its_browser(member: Contact, visitor: Browser) -> None:
    """UNI-3: linked as pending; nothing of the member moves."""
    lead = visitor.boot(profile={"name": "Someone"}).contact
    tell(lead, Source.IMPORT, email=EMAIL)
    row = PendingMerge.objects.get()
    assert (row.contact_id, row.member_id, row.field, row.value) == (lead.pk, member.pk, "email", EMAIL)
    assert (row.source, row.source_label, row.at) == ("import", "Bob", NOON)
    assert Contact.objects.filter(managed=True).count() == 2
    assert not MergeSuggestion.objects.exists()


def test_both_of_a_pending_pair_say_so(member: Contact, visitor: Browser) -> None:
    """UNI-3: the desk shows the pair on either page."""
    lead = tell(visitor.boot().contact, email=EMAIL)
    [of_lead], [of_member] = pending_of(lead), pending_of(member)
    assert (of_lead.other, of_member.other) == (member, lead)
    assert (of_lead.value, of_lead.why, of_lead.since) == (EMAIL, "e-mail", NOON)


def test_a_pending_pair_is_unified_when_the_browser_signs_in(member: Contact, visitor: Browser) -> None:
    """UNI-3, BOOT-3: and then it is settled."""
    tell(visitor.boot().contact, email=EMAIL)
    assert visitor.boot("kim").contact == member
    assert not PendingMerge.objects.exists()
    assert Merge.objects.get().trigger == "boot"


def test_a_pending_lead_that_signs_up_as_somebody_else_no_longer_waits(
    shop: Site, member: Contact, visitor: Browser
) -> None:
    """UNI-1: never member into member; the operator is asked."""
    lead = tell(visitor.boot().contact, email=EMAIL)
    visitor.boot("lee")
    assert pending_of(member) == []
    refresh_suggestions(shop, NOON)
    assert not PendingMerge.objects.exists()
    assert pairs() == {pair(member, lead)}


def test_a_pending_lead_that_signs_in_as_another_member_is_settled(
    shop: Site, member: Contact, visitor: Browser
) -> None:
    """UNI-1, BOOT-3."""
    ContactFactory(site=shop, member_id="lee")
    tell(visitor.boot().contact, email=EMAIL)
    visitor.boot("lee")
    assert not PendingMerge.objects.exists()


def test_several_members_are_suggested(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-4."""
    twin = tell(ContactFactory(site=shop, member_id="lee"), email=EMAIL)
    assert pairs() == {pair(member, twin)}
    assert tell(lead, email=EMAIL) == lead
    assert pairs() == {pair(member, twin), pair(member, lead), pair(twin, lead)}


def test_a_phone_of_one_member_and_an_email_of_another_are_suggested(
    shop: Site, member: Contact, lead: Contact
) -> None:
    """UNI-4: more than one possible member."""
    other = tell(ContactFactory(site=shop, member_id="lee"), email="lee@shop.example")
    assert tell(lead, mobileNumber=PHONE, email="lee@shop.example") == lead
    assert pairs() == {pair(member, lead, "samePhone"), pair(other, lead)}


def test_a_value_the_member_only_typed_is_suggested(shop: Site, lead: Contact) -> None:
    """UNI-4: an unqualified match."""
    member = tell(ContactFactory(site=shop, member_id="kim"), Source.FORM, email=EMAIL)
    assert tell(lead, email=EMAIL) == lead
    assert pairs() == {pair(member, lead)}


def test_two_leads_are_suggested_never_unified(shop: Site, lead: Contact) -> None:
    """UNI-1: never lead into lead."""
    other = tell(ContactFactory(site=shop), email=EMAIL)
    assert tell(lead, email=EMAIL) == lead
    assert pairs() == {pair(other, lead)}


def test_an_earlier_value_of_a_member_counts(member: Contact, lead: Contact) -> None:
    """QUAL-3, UNI-2: a known value finds its contact."""
    tell(member, email="new@shop.example")
    assert tell(lead, email=EMAIL) == member


def test_a_value_somebody_typed_beside_a_member_does_not_hinder(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-2: exactly one member has it as a qualified one; the other is suggested."""
    other = tell(ContactFactory(site=shop, member_id="lee"), Source.FORM, email=EMAIL)
    assert tell(lead, email=EMAIL) == member
    assert pairs() == {pair(member, other)}


def test_a_value_that_was_not_written_matches_nobody(member: Contact, lead: Contact) -> None:
    """BOOT-13: ``once`` left another value standing."""
    tell(lead, email="own@shop.example")
    change_details(lead, {"email": EMAIL}, source=Source.API, source_label="", actor=SYSTEM, now=NOON, once=True)
    assert Contact.objects.count() == 2


def test_a_number_nobody_can_call_matches_nobody(shop: Site, lead: Contact) -> None:
    """QUAL-4."""
    tell(ContactFactory(site=shop, member_id="lee"), mobileNumber="call me")
    tell(lead, mobileNumber="call me")
    assert Contact.objects.count() == 2
    assert not pairs()


def test_people_of_another_site_do_not_match(elsewhere: Site, member: Contact) -> None:
    """SITE-2."""
    lead = ContactFactory(site=elsewhere)
    assert tell(lead, email=EMAIL) == lead
    assert not MergeSuggestion.objects.exists()


# --- a trusted detail comes to a member ----------------------------------------------------------------------


def test_leads_with_the_value_become_the_member(shop: Site, lead: Contact) -> None:
    """UNI-2: it does not matter who was told first."""
    tell(lead, Source.IMPORT, email=EMAIL)
    member = ContactFactory(site=shop, member_id="kim")
    assert tell(member, Source.API, email=EMAIL) == member
    assert Contact.objects.get() == member


def test_leads_with_a_browser_wait(shop: Site, visitor: Browser) -> None:
    """UNI-3."""
    lead = visitor.boot(profile={"email": EMAIL}).contact
    member = ContactFactory(site=shop, member_id="kim")
    tell(member, Source.IMPORT, email=EMAIL)
    assert [one.other for one in pending_of(member)] == [lead]


def test_leads_that_only_typed_the_value_are_suggested(shop: Site, lead: Contact) -> None:
    """UNI-4."""
    tell(lead, Source.FORM, email=EMAIL)
    member = tell(ContactFactory(site=shop, member_id="kim"), email=EMAIL)
    assert pairs() == {pair(member, lead)}


def test_leads_of_two_members_are_suggested(shop: Site, member: Contact, visitor: Browser) -> None:
    """UNI-4: the second member with the value does not take the first one's pending lead."""
    lead = tell(visitor.boot().contact, email=EMAIL)
    other = tell(ContactFactory(site=shop, member_id="lee"), email=EMAIL)
    assert pairs() == {pair(member, other), pair(other, lead)}
    assert [one.other for one in pending_of(lead)] == [member]


def test_members_are_suggested_never_unified(shop: Site, member: Contact) -> None:
    """UNI-1: never member into member."""
    other = ContactFactory(site=shop, member_id="lee")
    assert tell(other, mobileNumber=PHONE) == other
    assert pairs() == {pair(member, other, "samePhone")}


# --- adding by hand --------------------------------------------------------------------------------------------


def test_a_member_who_is_entered_takes_in_the_lead(shop: Site, bob: Operator, lead: Contact) -> None:
    """LIST-4, UNI-2."""
    tell(lead, email=EMAIL)
    details = {"memberId": "kim", "email": EMAIL}
    added = add_contact(shop, details, actor=Actor.of_operator(bob), source=Source.OPERATOR, now=NOON)
    assert added.created
    assert added.contact == Contact.objects.get()
    assert find_contact(shop, id=lead.pk) == added.contact


# --- what an operator has decided ------------------------------------------------------------------------------


def test_a_pair_that_was_dismissed_is_not_unified(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-12: for good, whatever else they come to share."""
    tell(lead, Source.FORM, email=EMAIL)
    refresh_suggestions(shop, NOON)
    assert dismiss(MergeSuggestion.objects.get(), SYSTEM, NOON)
    assert tell(lead, mobileNumber=PHONE) == lead
    refresh_suggestions(shop, NOON)
    assert MergeSuggestion.objects.get().dismissed_at == NOON
    assert not PendingMerge.objects.exists()


def test_a_merge_that_was_undone_is_not_made_again(member: Contact, lead: Contact) -> None:
    """UNI-10: the same import a second time does not undo the undo."""
    tell(lead, Source.IMPORT, email=EMAIL)
    back = undo_merge(Merge.objects.get(), actor=SYSTEM, now=NOON + DAY)
    back.site = member.site
    assert tell(back, Source.IMPORT, email=EMAIL) == back
    assert Contact.objects.count() == 2


# --- limits --------------------------------------------------------------------------------------------------


def test_a_51st_identity_is_suggested_and_recorded(shop: Site, member: Contact, lead: Contact) -> None:
    """BOOT-11: the write succeeds, the two stay apart, and somebody can see why."""
    Identity.objects.bulk_create(
        Identity(site=shop, contact=member, channel="kakao", key=f"n{n}", created_at=NOON) for n in range(50)
    )
    Identity.objects.create(site=shop, contact=lead, channel="line", key="one", created_at=NOON)
    assert tell(lead, email=EMAIL) == lead
    assert Contact.objects.count() == 2
    assert pairs() == {pair(member, lead)}
    assert AuditEntry.objects.get(action="identity.refused").target_id == str(member.pk)


def test_a_change_without_a_contact_point_asks_nothing(lead: Contact, django_assert_num_queries: Any) -> None:
    """The usual edit pays nothing for all this."""
    with django_assert_num_queries(8):  # savepoint, SELECT contact, profile, UPDATE, UPDATE, INSERT, INSERT, release
        tell(lead, name="New")


# --- several doors at once -------------------------------------------------------------------------------------


def at_once(*calls: Callable[[], object]) -> None:
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        try:
            start.wait(30)
            call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(run, call) for call in calls]:
            done.result()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_a_lead_and_a_member_that_get_one_value_at_the_same_moment_become_one(shop: Site, round_: int) -> None:
    """UNI-2, UNI-11: each door locks the other's contact; neither fails, and it happens once."""
    member, lead = ContactFactory(site=shop, member_id="kim"), ContactFactory(site=shop)
    at_once(
        lambda: tell(lead, Source.API, email=EMAIL, mobileNumber=PHONE),
        lambda: tell(member, Source.IMPORT, mobileNumber=PHONE, email=EMAIL),
    )
    assert Contact.objects.get() == member
    assert Merge.objects.count() == 1
    assert KnownValue.objects.filter(contact=member, field="email").count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_doors_bring_many_leads_to_one_member(shop: Site) -> None:
    """UNI-2: ten leads get the member's e-mail at once."""
    member = tell(ContactFactory(site=shop, member_id="kim"), email=EMAIL)
    leads = [ContactFactory(site=shop) for _ in range(10)]
    at_once(*[lambda lead=lead: tell(lead, Source.API, email=EMAIL) for lead in leads])  # type: ignore[misc]
    assert Contact.objects.get() == member
    assert Merge.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_a_browser_that_signs_in_while_its_lead_is_linked_is_unified(shop: Site) -> None:
    """UNI-3, BOOT-3: whichever is first, the pair is settled."""
    member = tell(ContactFactory(site=shop, member_id="kim"), email=EMAIL)
    visitor = Browser(shop)
    lead = visitor.boot(profile={"name": "Lead", "mobileNumber": "010-3333-4444"}).contact

    def edit() -> None:
        from contacts.details import ContactGone  # noqa: PLC0415

        try:
            tell(lead, Source.API, email=EMAIL)
        except ContactGone:
            tell(member, Source.API, email=EMAIL)

    at_once(lambda: visitor.boot("kim"), edit)
    assert Contact.objects.get() == member
    assert not PendingMerge.objects.exists()
    assert PLUGIN.label == Merge.objects.get().actor
