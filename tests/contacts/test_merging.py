"""UNI-1, UNI-7, UNI-8, UNI-11: two contacts become one, and nothing is lost."""

import dataclasses
import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.db.models import Model

from contacts.details import change_details
from contacts.merging import MergeRefused, find_contact, merge, merge_participants
from contacts.models import (
    Contact,
    ContactAlias,
    ContactChange,
    ContactProfile,
    Identity,
    Kind,
    KnownValue,
    Merge,
    Source,
    Visit,
)
from contacts.visits import visitor_of
from desk.actors import PLUGIN
from desk.models import AuditEntry, Site
from tests.contacts.browser import DAY, NOON, Browser
from tests.factories import ContactFactory, ContactTagFactory, SiteFactory, TagFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(shop: Site) -> Contact:
    return ContactFactory(site=shop, member_id="alice", name="Alice", customer_number=9_000, created_at=NOON - DAY)


@pytest.fixture
def lead(shop: Site) -> Contact:
    """A lead with a row in every table that points at contacts."""
    browser = Browser(shop)
    browser.boot(page="/first", profile={"email": "kim@example.com", "name": "Kim", "size": 1}, utm={"source": "ad"})
    contact = browser.wait(datetime.timedelta(hours=1)).boot(page="/second").contact
    ContactTagFactory(site=shop, contact=contact, tag=TagFactory(site=shop))
    ContactAlias.objects.create(site=shop, type="customerNumber", value="77", contact=contact)
    ContactChange.objects.create(site=shop, job_id=1, contact=contact, before={"blocked": False})
    return contact


def do_merge(survivor: Contact, absorbed: Contact, now: datetime.datetime = NOON + DAY) -> Merge:
    return merge(survivor, absorbed, actor=PLUGIN, trigger="boot", now=now)


def rows_by_table(site: Site) -> dict[str, int]:
    """How many rows each table holds that points at contacts of the site."""
    counts = {}
    for relation in Contact._meta.related_objects:
        model: type[Model] = relation.related_model  # type: ignore[assignment]
        counts[model._meta.label] = model._base_manager.count()
    return counts


def test_every_row_is_kept(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-8: counts by table; only the emptied profile is gone, and names were added."""
    before = rows_by_table(shop)
    do_merge(member, lead)
    after = rows_by_table(shop)
    expected = before | {
        "contacts.ContactProfile": before["contacts.ContactProfile"] - 1,
        "contacts.ContactAlias": before["contacts.ContactAlias"] + 2,
        "contacts.Merge": 1,
    }
    assert after == expected
    assert before["contacts.Event"] == 2
    assert before["contacts.Visit"] == 2
    assert before["contacts.KnownValue"] == 2
    assert before["tags.ContactTag"] == 1


def test_every_row_belongs_to_the_survivor(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-8."""
    do_merge(member, lead)
    assert set(Contact.objects.values_list("pk", flat=True)) == {member.pk}
    for relation in Contact._meta.related_objects:
        model: type[Model] = relation.related_model  # type: ignore[assignment]
        owners = set(model._base_manager.values_list(relation.field.name, flat=True))
        assert owners <= {member.pk}, model._meta.label


def test_the_journal_holds_both_as_they_were_and_what_moved(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-10: what an undo needs."""
    identity, events = lead.identities.get(), sorted(lead.events.values_list("pk", flat=True))
    journal = do_merge(member, lead).journal
    assert journal["absorbed"]["customer_number"] == lead.customer_number
    assert journal["absorbed"]["email"] == "kim@example.com"
    assert journal["profile"]["values"] == {"size": 1}
    assert journal["survivor"]["email"] == ["", "kim@example.com"]
    assert "name" not in journal["survivor"]
    assert journal["survivorProfile"]["values"] == [{}, {"size": 1}]
    assert journal["moved"]["contacts.Identity.contact"] == [identity.pk]
    assert journal["moved"]["contacts.Event.contact"] == events
    assert set(journal["moved"]) == set(merge_participants.names())


def test_sessions_of_the_absorbed_contact_end(shop: Site, member: Contact) -> None:
    """UNI-8, UNI-15."""
    browser = Browser(shop)
    token = browser.boot().token
    do_merge(member, Identity.objects.get().contact)
    assert visitor_of(token, now=NOON) is None
    assert Visit.objects.get().contact_id == member.pk


def test_sessions_of_the_survivor_go_on(shop: Site, lead: Contact) -> None:
    """UNI-8: only moved identities are logged out."""
    browser = Browser(shop)
    booted = browser.boot("alice")
    do_merge(booted.contact, lead, now=NOON)
    assert visitor_of(booted.token, now=NOON) is not None


def test_counters_add_up_and_the_span_of_time_is_the_longest(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-7: first seen = earliest, last seen = latest."""
    Contact.objects.filter(pk=member.pk).update(sessions_count=5)
    do_merge(member, lead)
    member.refresh_from_db()
    assert member.sessions_count == 7
    assert member.created_at == NOON - DAY
    assert member.last_seen_at == NOON + datetime.timedelta(hours=1)


@pytest.mark.parametrize("flag", ["blocked", "unsubscribe_email", "unsubscribe_texting"])
@pytest.mark.parametrize("holder", ["survivor", "absorbed"])
def test_opt_outs_and_blocks_hold_if_either_had_them(
    shop: Site, member: Contact, lead: Contact, flag: str, holder: str
) -> None:
    """UNI-7."""
    Contact.objects.filter(pk=(member if holder == "survivor" else lead).pk).update(**{flag: True})
    do_merge(member, lead)
    member.refresh_from_db()
    assert getattr(member, flag)


def test_a_value_of_the_member_stands_and_a_missing_one_is_taken_over(
    shop: Site, member: Contact, lead: Contact
) -> None:
    """UNI-7: member's over lead's; a value over none, with its source (QUAL-6)."""
    do_merge(member, lead)
    member.refresh_from_db()
    assert member.name == "Alice"
    assert (member.email, member.email_norm, member.email_qualified) == ("kim@example.com", "kim@example.com", True)
    assert member.profile.values == {"size": 1}
    assert member.profile.utm == {"source": "ad"}
    assert member.profile.sources["email"][0] == Source.SCRIPT


def test_a_qualified_value_goes_over_an_unqualified_one(shop: Site, lead: Contact) -> None:
    """UNI-7."""
    member = ContactFactory(site=shop, member_id="bob", email="typed@example.com", email_qualified=False)
    do_merge(member, lead)
    member.refresh_from_db()
    assert member.email == "kim@example.com"


def test_memos_are_both_kept(shop: Site) -> None:
    """UNI-7: joined, cut at the limit."""
    member = ContactFactory(site=shop, member_id="bob", memo="a" * 300)
    lead = ContactFactory(site=shop, memo="b" * 300)
    do_merge(member, lead)
    profile = ContactProfile.objects.get()
    assert profile.memo == "a" * 300 + "\n" + "b" * 199


def test_a_known_value_both_had_becomes_one(shop: Site, member: Contact, lead: Contact) -> None:
    """QUAL-3: trusted if either was, over the longest span."""
    change_details(
        member, {"email": "kim@example.com"}, source=Source.FORM, source_label="", actor=PLUGIN, now=NOON + 2 * DAY
    )
    do_merge(member, lead)
    value = KnownValue.objects.get(field="email")
    assert (value.contact_id, value.qualified) == (member.pk, True)
    assert (value.first_seen_at, value.last_seen_at) == (NOON, NOON + 2 * DAY)


def test_the_survivor_is_found_by_every_earlier_name(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-8: the absorbed customer number and any old link lead to the survivor."""
    do_merge(member, lead)
    assert find_contact(shop, id=lead.pk) == member
    assert find_contact(shop, customer_number=lead.customer_number) == member
    assert find_contact(shop, customer_number=77) == member
    assert find_contact(shop, member_id="alice") == member


def test_names_of_a_chain_lead_to_its_end(shop: Site, lead: Contact) -> None:
    """UNI-8: absorbed into one who is absorbed in turn."""
    middle, end = ContactFactory(site=shop), ContactFactory(site=shop, member_id="end")
    first = do_merge(middle, lead)
    do_merge(end, middle)
    assert find_contact(shop, id=lead.pk) == end
    first.refresh_from_db()
    assert first.survivor_id == end.pk


def test_names_of_one_site_mean_nothing_on_another(shop: Site, elsewhere: Site, member: Contact) -> None:
    """SITE-2."""
    assert find_contact(elsewhere, id=member.pk) is None
    assert find_contact(elsewhere, customer_number=member.customer_number) is None
    assert find_contact(elsewhere, member_id="alice") is None


def test_finding_a_contact_is_one_statement(
    shop: Site, member: Contact, lead: Contact, django_assert_num_queries: Any
) -> None:
    """Also through an alias, with the profile."""
    do_merge(member, lead)
    with django_assert_num_queries(1):  # SELECT contact + profile, by id or alias
        found = find_contact(shop, id=lead.pk)
        assert found is not None
        assert found.profile.values == {"size": 1}


def test_the_merged_person_is_found_by_the_taken_over_email(shop: Site, member: Contact, lead: Contact) -> None:
    """LIST-1: the search text follows."""
    do_merge(member, lead)
    assert "kim@example.com" in ContactProfile.objects.get().search_text


def test_a_merge_is_in_the_audit_log(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-11."""
    do_merge(member, lead)
    entry = AuditEntry.objects.get(action="contact.merge")
    assert entry.target_id == str(member.pk)
    assert entry.details["absorbedCustomerNumber"] == lead.customer_number


def test_a_member_is_not_absorbed(shop: Site, member: Contact) -> None:
    """UNI-1: never member → member by itself."""
    with pytest.raises(MergeRefused, match="member"):
        do_merge(member, ContactFactory(site=shop, member_id="bob"))


def test_contacts_of_two_sites_are_not_merged(member: Contact, elsewhere: Site) -> None:
    """SITE-2."""
    with pytest.raises(MergeRefused, match="other_site"):
        do_merge(member, ContactFactory(site=elsewhere))


def test_nobody_is_merged_with_themselves(member: Contact) -> None:
    with pytest.raises(MergeRefused, match="same"):
        do_merge(member, member)


def test_a_contact_that_is_gone_is_not_merged_twice(shop: Site, member: Contact, lead: Contact) -> None:
    """UNI-11: compare-and-swap."""
    do_merge(member, lead)
    with pytest.raises(MergeRefused, match="gone"):
        do_merge(member, lead)
    assert Merge.objects.count() == 1


def test_more_than_fifty_identities_are_not_joined(shop: Site, member: Contact, lead: Contact) -> None:
    """BOOT-11."""
    Identity.objects.bulk_create(
        Identity(site=shop, contact=member, channel="app", key=f"n{n}", created_at=NOON) for n in range(50)
    )
    with pytest.raises(MergeRefused, match="too_many_identities"):
        do_merge(member, lead)
    assert Contact.objects.count() == 2


def test_a_lead_may_absorb_a_lead(shop: Site, lead: Contact) -> None:
    """UNI-6: by hand; it stays a lead."""
    other = ContactFactory(site=shop)
    do_merge(lead, other)
    lead.refresh_from_db()
    assert lead.kind == Kind.LEAD


# --- completeness (architecture.md, idea 7) ------------------------------------------------------------------


def relations_to_contact() -> set[str]:
    """Every foreign key of ours that points at a contact."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is Contact
    }


def test_every_relation_to_contact_says_what_a_merge_does_with_it() -> None:
    """UNI-8: a table that nobody declared would stop the first merge that meets a row of it."""
    missing = relations_to_contact() - set(merge_participants.names())
    assert not missing, (
        f"{sorted(missing)} point at contacts, but a merge and its undo do not know what to do with their rows. Register "
        "each in merge_participants (contacts.moving): `move_rows(relation, label=…)` if the rows simply go to the "
        "survivor and back, or a MergeParticipant of your own if two rows may clash (then say so in `tell`), if rows are "
        "links that must be joined, or if they are dropped on purpose (say why). An upper app registers from "
        "AppConfig.ready(). tests/contacts/test_undoing.py then proves that an undo leaves every row as before."
    )


def test_no_participant_is_left_of_a_relation_that_is_gone() -> None:
    """A name nobody needs would hide a typing error."""
    assert set(merge_participants.names()) <= relations_to_contact()


@pytest.mark.django_db(transaction=True)
def test_a_row_nobody_moved_stops_the_merge(monkeypatch: pytest.MonkeyPatch) -> None:
    """UNI-11: everything is as before; the database itself refuses to leave a row behind."""
    shop = SiteFactory()
    member, lead = ContactFactory(site=shop, member_id="alice"), ContactFactory(site=shop)
    ContactAlias.objects.create(site=shop, type="customerNumber", value="77", contact=lead)
    aliases = merge_participants.get("contacts.ContactAlias.contact")
    leaving = dataclasses.replace(aliases, move=lambda survivor, absorbed: [])
    monkeypatch.setitem(merge_participants._items, "contacts.ContactAlias.contact", leaving)
    with pytest.raises(IntegrityError):
        do_merge(member, lead)
    connection.close()
    assert Contact.objects.count() == 2
    assert not Merge.objects.exists()
