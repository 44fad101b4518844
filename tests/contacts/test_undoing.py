"""UNI-10: merge, then undo: the database is as before, row for row, plus what happened since on the survivor."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.details import change_details
from contacts.events import page_view
from contacts.kinds import become_member
from contacts.known_values import Origin
from contacts.merge_plans import plan_merge
from contacts.merging import MergeRefused, find_contact, merge
from contacts.models import (
    Contact,
    ContactAlias,
    Event,
    Identity,
    Kind,
    KnownValue,
    Merge,
    Source,
    Visit,
)
from contacts.moving import merge_participants
from contacts.undoing import UNDO_DAYS, UndoRefused, plan_undo, undo_merge
from contacts.visits import visitor_of
from desk.actors import PLUGIN, SYSTEM, Actor
from desk.models import AuditEntry, Operator, Site
from tags.models import ContactTag, Tag
from tests.contacts.browser import DAY, NOON, Browser
from tests.contacts.merge_people import PAIRS, Drawn, clear, everything, in_order, pair_up, people, settle
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

pytestmark = pytest.mark.django_db
NOW = NOON + DAY
LAW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def do_merge(survivor: Contact, absorbed: Contact, **options: Any) -> Merge:
    options = {"actor": SYSTEM, "trigger": "operator", "now": NOW, "member_into_member": True} | options
    return merge(survivor, absorbed, **options)


def undo(made: Merge, *, now: datetime.datetime = NOW + DAY) -> Contact:
    return undo_merge(made, actor=SYSTEM, now=now)


@pytest.fixture
def tags(shop: Site) -> list[Tag]:
    return [TagFactory(site=shop) for _ in range(5)]


@pytest.fixture
def member(shop: Site) -> Contact:
    return ContactFactory(site=shop, member_id="alice", name="Alice", customer_number=9_000, created_at=NOON)


@pytest.fixture
def lead(shop: Site) -> Contact:
    return ContactFactory(site=shop, name="Kim", email="kim@example.com", customer_number=9_001, created_at=NOON)


@LAW
@given(
    ours=people(),
    theirs=people(),
    chosen=st.sampled_from(["", "survivor", "absorbed"]),
    pairs=st.sets(st.sampled_from(PAIRS)),
)
def test_merge_then_undo_leaves_every_row_as_before(
    shop: Site, tags: list[Tag], ours: Drawn, theirs: Drawn, chosen: str, pairs: set[tuple[int, int, bool]]
) -> None:
    """UNI-10: any two contacts, any choice; log entries apart, and sessions stay ended (UNI-15)."""
    pair = in_order(settle(shop, ours, 1, tags), settle(shop, theirs, 2, tags))
    pair_up(shop, [*pair, ContactFactory(site=shop), ContactFactory(site=shop, member_id="other")], pairs)
    try:
        before = everything()
        choices = {
            one.key: chosen for one in plan_merge(*pair, member_into_member=True).fields if one.choosable and chosen
        }
        made = do_merge(*pair, choices=choices)
        assert everything() != before
        undo(made)
        assert everything() == before
    finally:
        clear()


@LAW
@given(drawn=st.lists(people(), min_size=3, max_size=4), data=st.data())
def test_a_chain_of_merges_undone_last_first_leaves_every_row_as_before(
    shop: Site, tags: list[Tag], drawn: list[Drawn], data: st.DataObject
) -> None:
    """UNI-10: and none of the earlier ones before the later is undone."""
    living = [settle(shop, one, number, tags) for number, one in enumerate(drawn, 1)]
    try:
        stages, made = [everything()], []
        while len(living) > 1:
            survivor = living.pop(data.draw(st.integers(0, len(living) - 1)))
            absorbed = living.pop(data.draw(st.integers(0, len(living) - 1)))
            survivor, absorbed = in_order(survivor, absorbed)
            made.append(do_merge(survivor, absorbed))
            living.append(Contact.objects.get(pk=survivor.pk))
            stages.append(everything())
        while made:
            assert everything() == stages.pop()
            undo(made.pop())
        assert everything() == stages.pop()
    finally:
        clear()


@LAW
@given(ours=people(), theirs=people())
def test_what_happened_since_stays_with_the_survivor_and_the_rest_returns(
    shop: Site, tags: list[Tag], ours: Drawn, theirs: Drawn
) -> None:
    """UNI-10: the returned one is as before; the survivor is as before plus what happened since."""
    pair = in_order(settle(shop, ours, 1, tags), settle(shop, theirs, 2, tags))
    survivor, absorbed = pair
    try:
        before = everything()
        made = do_merge(*pair)
        fresh = TagFactory(site=shop)
        since = [
            Event.objects.create(site=shop, contact=survivor, name="since", at=NOW),
            ContactTagFactory(site=shop, contact=survivor, tag=fresh, at=NOW),
        ]
        changes = {"city": "Jeju", "memo": "new memo", "profile.size": "XL", "email": "since@example.com"}
        change_details(survivor, changes, source=Source.OPERATOR, source_label="Bob", actor=SYSTEM, now=NOW)
        undo(made)
        after = everything()
        for label, field in {
            "contacts.Contact": "id",
            "contacts.ContactProfile": "contact_id",
            "contacts.Event": "contact_id",
            "contacts.Visit": "contact_id",
            "contacts.Identity": "contact_id",
            "contacts.KnownValue": "contact_id",
            "contacts.ContactAlias": "contact_id",
            "tags.ContactTag": "contact_id",
        }.items():
            theirs_now = [row for row in after[label] if row[field] == absorbed.pk]
            assert theirs_now == [row for row in before[label] if row[field] == absorbed.pk], label
        now = Contact.objects.select_related("profile").get(pk=survivor.pk)
        assert (now.city, now.profile.memo, now.profile.values["size"]) == ("Jeju", "new memo", "XL")
        assert (now.email, now.email_qualified) == ("since@example.com", True)
        assert "since@example.com" in now.profile.search_text
        assert {row.contact_id for row in Event.objects.filter(name="since")} == {survivor.pk}
        assert ContactTag.objects.get(tag=fresh).contact_id == survivor.pk
        assert len(since) == 2
        was = next(row for row in before["contacts.Contact"] if row["id"] == survivor.pk)
        for column in ("name", "mobile_number", "sessions_count", "blocked", "created_at", "member_id", "kind"):
            assert getattr(now, column) == was[column], column
    finally:
        clear()


# --- what happened since ----------------------------------------------------------------------------------------


def test_a_counter_loses_what_the_merge_added_and_keeps_what_came_since(
    shop: Site, member: Contact, lead: Contact
) -> None:
    """UNI-10."""
    Contact.objects.filter(pk=member.pk).update(sessions_count=3)
    Contact.objects.filter(pk=lead.pk).update(sessions_count=4)
    made = do_merge(member, lead)
    Contact.objects.filter(pk=member.pk).update(sessions_count=9)
    undo(made)
    assert Contact.objects.get(pk=member.pk).sessions_count == 5
    assert Contact.objects.get(pk=lead.pk).sessions_count == 4


def test_a_browser_that_goes_back_is_no_longer_signed_in(shop: Site, member: Contact) -> None:
    """UNI-15: the member's data is not read through a browser that is somebody else's again; its visits stay."""
    browser = Browser(shop)
    visitor = browser.boot().contact
    booted = browser.wait(DAY).boot("alice", page="/member")
    assert booted.contact.pk == member.pk
    made = Merge.objects.get()
    undo(made, now=browser.now)
    assert visitor_of(booted.token, now=browser.now) is None
    assert Visit.objects.get(pk=booted.visit.pk).contact_id == member.pk
    assert Event.objects.get(property__page="/member").contact_id == member.pk
    again = browser.boot()
    assert again.contact.pk == visitor.pk
    assert page_view("/x").name == "PageView"


def test_sessions_that_the_merge_ended_stay_ended(shop: Site, member: Contact) -> None:
    """UNI-15."""
    browser = Browser(shop)
    booted = browser.boot()
    undo(do_merge(member, booted.contact, now=NOON), now=NOON)
    assert visitor_of(booted.token, now=NOON) is None


def test_a_value_seen_again_since_stays_known_of_both(shop: Site, member: Contact, lead: Contact) -> None:
    """QUAL-3: the returned contact's row is as before, the survivor's tells when it was seen there."""
    told = {"source": Source.API, "source_label": "", "actor": SYSTEM}
    change_details(lead, {"email": "old@example.com"}, now=NOON, **told)  # type: ignore[arg-type]
    before = KnownValue.objects.filter(field="email").values().get()
    made = do_merge(member, lead)
    change_details(member, {"email": "old@example.com"}, now=NOW + DAY, **told)  # type: ignore[arg-type]
    undo(made)
    assert KnownValue.objects.filter(contact=lead, field="email").values().get() == before
    since = KnownValue.objects.get(contact=member, field="email", value="old@example.com")
    assert (since.first_seen_at, since.last_seen_at) == (NOW + DAY, NOW + DAY)


def test_a_tag_taken_off_since_stays_off(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-10: somebody decided so; a tag attached again since is the survivor's."""
    off, again, stays = (TagFactory(site=shop) for _ in range(3))
    for tag in (off, again, stays):
        ContactTagFactory(site=shop, contact=lead, tag=tag, at=NOON)
    made = do_merge(member, lead)
    ContactTag.objects.filter(tag__in=[off, again]).delete()
    ContactTagFactory(site=shop, contact=member, tag=again, at=NOW)
    undo(made)
    assert set(ContactTag.objects.values_list("contact", "tag")) == {(lead.pk, stays.pk), (member.pk, again.pk)}


def test_an_event_deleted_since_stays_deleted(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-10: an undo brings nothing back that was erased."""
    event = Event.objects.create(site=shop, contact=lead, name="order", at=NOON)
    made = do_merge(member, lead)
    event.delete()
    undo(made)
    assert not Event.objects.exists()


def test_a_survivor_that_became_a_member_since_stays_one(shop: Site, lead: Contact) -> None:
    """KIND-4."""
    survivor = ContactFactory(site=shop, kind=Kind.ANONYMOUS, name="")
    made = do_merge(survivor, lead)
    assert Contact.objects.get().kind == Kind.LEAD
    become_member(survivor.pk, shop, "kim", Origin(Source.SCRIPT, "", NOW))
    undo(made)
    assert Contact.objects.get(pk=survivor.pk).member_id == "kim"
    assert Contact.objects.get(pk=lead.pk).kind == Kind.LEAD


def test_an_anonymous_survivor_with_a_phone_since_stays_a_lead(shop: Site, lead: Contact) -> None:
    """KIND-1: the database refuses an anonymous contact with a contact point."""
    survivor = ContactFactory(site=shop, kind=Kind.ANONYMOUS, name="")
    made = do_merge(survivor, lead)
    told = {"source": Source.FORM, "source_label": "", "actor": PLUGIN}
    change_details(survivor, {"mobileNumber": "010-2222-3333"}, now=NOW, **told)  # type: ignore[arg-type]
    undo(made)
    now = Contact.objects.get(pk=survivor.pk)
    assert (now.kind, now.mobile_number, now.email) == (Kind.LEAD, "+821022223333", "")


def test_the_old_names_lead_to_the_returned_contact_again(shop: Site, member: Contact) -> None:
    """UNI-8, UNI-9: a memberId alias, too."""
    other = ContactFactory(site=shop, member_id="bob", customer_number=9_002)
    made = do_merge(member, other)
    assert find_contact(shop, member_id="bob") == member
    undo(made)
    assert find_contact(shop, member_id="bob") == other
    assert find_contact(shop, customer_number=9_002) == other
    assert find_contact(shop, id=other.pk) == other
    assert not ContactAlias.objects.exists()


# --- refusals ----------------------------------------------------------------------------------------------------


def refusal(made: Merge, *, now: datetime.datetime = NOW + DAY) -> str:
    before = everything()
    with pytest.raises(UndoRefused) as refused:
        undo(made, now=now)
    with pytest.raises(UndoRefused) as planned:
        plan_undo(made, now=now)
    assert everything() == before
    assert planned.value.code == refused.value.code
    assert refused.value.message
    return refused.value.code


def test_a_merge_is_undone_for_thirty_days(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-10."""
    made = do_merge(member, lead)
    late = NOW + datetime.timedelta(days=UNDO_DAYS)
    assert refusal(made, now=late + datetime.timedelta(microseconds=1)) == "too_old"
    assert undo(made, now=late).pk == lead.pk


def test_a_merge_is_undone_once(shop: Site, member: Contact, lead: Contact) -> None:
    made = do_merge(member, lead)
    undo(made)
    assert refusal(made) == "undone"


def test_the_later_merge_is_undone_first(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-10: whichever side was merged again."""
    other, end = ContactFactory(site=shop), ContactFactory(site=shop, member_id="end")
    first, second = do_merge(member, lead), do_merge(member, other)
    third = do_merge(end, member)
    assert (refusal(first), refusal(second)) == ("merged_again", "merged_again")
    undo(third)
    assert refusal(first) == "merged_again"
    undo(second)
    assert undo(first).pk == lead.pk


def test_nobody_comes_back_from_a_deleted_survivor(shop: Site, member: Contact, lead: Contact) -> None:
    """RET-4: the record goes with the person."""
    made = do_merge(member, lead)
    Contact.objects.get(pk=member.pk).delete()
    assert not Merge.objects.exists()
    assert refusal(made) == "gone"


def test_a_member_id_that_is_taken_by_now_refuses_the_undo(shop: Site, member: Contact) -> None:
    """KIND-1: one memberId, one member."""
    made = do_merge(member, ContactFactory(site=shop, member_id="bob"))
    ContactFactory(site=shop, member_id="bob")
    assert refusal(made) == "member_id_taken"


# --- records -----------------------------------------------------------------------------------------------------


def test_an_undo_is_on_record_and_the_journal_is_emptied(
    shop: Site, member: Contact, lead: Contact, alice: Operator
) -> None:
    """UNI-11, RET-4: a person's data does not stay behind with another person."""
    made = do_merge(member, lead)
    undo_merge(made, actor=Actor.of_operator(alice), now=NOW + DAY)
    made.refresh_from_db()
    assert (made.undone_at, made.undone_operator, made.undone_by) == (NOW + DAY, alice, str(alice))
    assert made.journal == {}
    assert not made.can_undo(NOW + DAY)
    entry = AuditEntry.objects.get(action="merge.undo")
    assert (entry.target_id, entry.details["returnedCustomerNumber"]) == (str(member.pk), lead.customer_number)


def test_the_plan_of_an_undo_says_what_returns_and_what_stays(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-10, UNI-13."""
    Event.objects.create(site=shop, contact=lead, name="order", at=NOON)
    made = do_merge(member, lead)
    told = {"source": Source.OPERATOR, "source_label": "", "actor": SYSTEM}
    change_details(member, {"email": "since@example.com"}, now=NOW, **told)  # type: ignore[arg-type]
    plan = plan_undo(made, now=NOW)
    assert (plan.returned_id, plan.returned_customer_number) == (lead.pk, lead.customer_number)
    assert {move.relation: move.count for move in plan.moves} == {"contacts.Event.contact": 1}
    stays = {one.key: (one.kept, one.absorbed, one.result) for one in plan.stays}
    assert stays == {"email": ("", "kim@example.com", "since@example.com")}


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(shop: Site) -> None:
    """UNI-10; speed.md, rule 7."""
    counts = set()
    for number, rows in enumerate((1, 300)):
        member = ContactFactory(site=shop, member_id=f"member{number}")
        lead = ContactFactory(site=shop, email=f"{number}@example.com")
        _fill(shop, lead, rows)
        _fill(shop, member, rows)
        with CaptureQueriesContext(connection) as merging:
            made = do_merge(member, lead)
        with CaptureQueriesContext(connection) as undoing:
            undo(made)
        assert KnownValue.objects.filter(contact=lead).count() == 2 * rows
        counts.add((len(merging), len(undoing)))
    (counted,) = counts
    # Per relation a handful, and about ten for the contact itself.
    assert max(counted) <= 10 + 4 * len(merge_participants.names())


def _fill(shop: Site, contact: Contact, rows: int) -> None:
    identities = [
        Identity(site=shop, contact=contact, channel="web", key=f"{contact.pk}-{n}", created_at=NOON)
        for n in range(min(rows, 20))
    ]
    Identity.objects.bulk_create(identities)
    Visit.objects.bulk_create(
        Visit(site=shop, contact=contact, identity=identities[0], started_at=NOON, expires_at=NOON) for _ in range(rows)
    )
    Event.objects.bulk_create(Event(site=shop, contact=contact, name="x", at=NOON) for _ in range(rows))
    KnownValue.objects.bulk_create(
        KnownValue(
            site=shop,
            contact=contact,
            field="name",
            value=f"{prefix}{n}",
            qualified=True,
            source="api",
            first_seen_at=NOON,
            last_seen_at=NOON,
        )
        for n in range(rows)
        for prefix in ("both", str(contact.pk))
    )
    tags = Tag.objects.bulk_create(
        Tag(site=shop, name=f"{contact.pk}{n}", name_folded=f"{contact.pk}{n}") for n in range(rows)
    )
    shared = [Tag.objects.get_or_create(site=shop, name=f"s{n}", name_folded=f"s{n}")[0] for n in range(rows)]
    ContactTag.objects.bulk_create(
        ContactTag(site=shop, contact=contact, tag=tag, source="api", at=NOON) for tag in [*tags, *shared]
    )


def test_merging_twice_after_an_undo_works(shop: Site, member: Contact, lead: Contact) -> None:
    """An undo leaves nothing behind that would stand in the way."""
    before = everything()
    undo(do_merge(member, lead))
    second = do_merge(member, lead, now=NOW + DAY)
    with pytest.raises(MergeRefused, match="gone"):
        do_merge(member, lead)
    undo(second)
    assert everything() == before
