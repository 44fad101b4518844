"""TAG-3, TAG-5: attaching and detaching."""

import datetime
import threading

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from contacts import bulk
from contacts.actions import Outcome
from contacts.models import Contact
from desk.actors import PLUGIN, Actor
from desk.models import AuditEntry, Operator, Site
from tags.errors import TagRefused
from tags.models import ContactTag
from tags.tagging import attach_tags, detach_tags, plan_attach, plan_detach, set_tags
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

NOW = datetime.datetime(2026, 11, 22, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.fixture
def actor(bob: Operator) -> Actor:
    return Actor.of_operator(bob, "127.0.0.1")


def test_attachment_knows_who_made_it_and_when(shop: Site, bob: Operator, actor: Actor) -> None:
    """TAG-5"""
    contact, tag = ContactFactory(site=shop), TagFactory(site=shop)
    attach_tags(Contact.objects.filter(pk=contact.pk), [tag], site=shop, actor=actor, now=NOW)
    row = ContactTag.objects.get()
    assert (row.site, row.tag, row.contact) == (shop, tag, contact)
    assert (row.source, row.source_label, row.operator, row.at) == ("operator", "Bob", bob, NOW)


def test_every_tag_goes_to_every_contact_and_nobody_else(shop: Site, actor: Actor) -> None:
    """TAG-3"""
    chosen = [ContactFactory(site=shop) for _ in range(3)]
    ContactFactory(site=shop)
    tags = [TagFactory(site=shop) for _ in range(2)]
    contacts = Contact.objects.filter(pk__in=[contact.pk for contact in chosen])
    assert attach_tags(contacts, tags, site=shop, actor=actor, now=NOW) == Outcome(changed=3)
    pairs = set(ContactTag.objects.values_list("contact_id", "tag_id"))
    assert pairs == {(contact.pk, tag.pk) for contact in chosen for tag in tags}


def test_attaching_again_changes_nothing_and_keeps_the_first_maker(shop: Site, actor: Actor) -> None:
    """TAG-3: idempotent."""
    ContactFactory(site=shop)
    tag = TagFactory(site=shop)
    attach_tags(shop.contacts.all(), [tag], site=shop, actor=PLUGIN, now=NOW)
    later = NOW + datetime.timedelta(days=1)
    assert attach_tags(shop.contacts.all(), [tag], site=shop, actor=actor, now=later) == Outcome(unchanged=1)
    assert ContactTag.objects.get().at == NOW
    assert ContactTag.objects.get().source == "plugin"


def test_contact_with_one_of_two_tags_gets_the_other(shop: Site, actor: Actor) -> None:
    """TAG-3"""
    contact = ContactFactory(site=shop)
    tags = [TagFactory(site=shop) for _ in range(2)]
    ContactTagFactory(site=shop, tag=tags[0], contact=contact)
    assert attach_tags(shop.contacts.all(), tags, site=shop, actor=actor, now=NOW).changed == 1
    assert ContactTag.objects.count() == 2


def test_contact_that_would_exceed_twenty_is_left_alone_and_named(shop: Site, actor: Actor) -> None:
    """TAG-1: the others are served."""
    full, free = ContactFactory(site=shop, name="Kim"), ContactFactory(site=shop, name="Lee")
    for _ in range(19):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=full)
    new = [TagFactory(site=shop) for _ in range(2)]
    outcome = attach_tags(shop.contacts.all(), new, site=shop, actor=actor, now=NOW)
    assert (outcome.changed, outcome.refused_count) == (1, 1)
    assert (outcome.refused[0].contact_id, outcome.refused[0].label) == (full.pk, "Kim")
    assert "Kim" in outcome.refused[0].reason
    assert full.tag_attachments.count() == 19
    assert free.tag_attachments.count() == 2
    # Up to exactly twenty is allowed, and what is there already does not count twice.
    assert attach_tags(shop.contacts.filter(pk=full.pk), new[:1], site=shop, actor=actor, now=NOW).changed == 1
    assert attach_tags(shop.contacts.filter(pk=full.pk), new[:1], site=shop, actor=actor, now=NOW).unchanged == 1


def test_large_sets_are_worked_off_in_chunks(shop: Site, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """TAG-3: all are served, the audit log has one entry with the number of all."""
    monkeypatch.setattr(bulk, "CHUNK", 4)
    tag = TagFactory(site=shop)
    for _ in range(10):
        ContactFactory(site=shop)
    assert attach_tags(shop.contacts.all(), [tag], site=shop, actor=actor, now=NOW).changed == 10
    assert ContactTag.objects.filter(tag=tag).count() == 10
    assert AuditEntry.objects.get(action="contact.tag").details == {"tags": [tag.name], "contacts": 10}
    assert detach_tags(shop.contacts.all(), [tag], site=shop, actor=actor, now=NOW).changed == 10


def test_chunk_costs_the_same_statements_however_many_contacts(
    shop: Site, actor: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """TAG-3, speed.md rule 7: choose, audit, (PostgreSQL: lock,) look, insert; savepoints are not statements of ours."""
    tags = [TagFactory(site=shop) for _ in range(3)]
    for _ in range(30):
        ContactFactory(site=shop)
    extra = 1 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(4 + 2 + extra):
        attach_tags(shop.contacts.all(), tags, site=shop, actor=actor, now=NOW)


def test_set_is_fixed_when_the_work_begins(shop: Site, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """JOB-2: contacts that carry the tag leave a set of those without it; nobody is skipped."""
    monkeypatch.setattr(bulk, "CHUNK", 3)
    tag = TagFactory(site=shop)
    for _ in range(8):
        ContactFactory(site=shop)
    without = shop.contacts.exclude(tag_attachments__tag=tag)
    assert attach_tags(without, [tag], site=shop, actor=actor, now=NOW).changed == 8


def test_contacts_of_another_site_are_never_touched(shop: Site, elsewhere: Site, actor: Actor) -> None:
    """SITE-2"""
    ContactFactory(site=elsewhere)
    tag, foreign_tag = TagFactory(site=shop), TagFactory(site=elsewhere)
    assert attach_tags(Contact.objects.all(), [tag], site=shop, actor=actor, now=NOW) == Outcome()
    ContactFactory(site=shop)
    attach_tags(Contact.objects.all(), [foreign_tag], site=shop, actor=actor, now=NOW)
    assert not ContactTag.objects.exists()


def test_detach_takes_off_what_is_there(shop: Site, actor: Actor) -> None:
    """TAG-3: idempotent."""
    tagged, bare = ContactFactory(site=shop), ContactFactory(site=shop)
    tag, kept = TagFactory(site=shop), TagFactory(site=shop)
    ContactTagFactory(site=shop, tag=tag, contact=tagged)
    ContactTagFactory(site=shop, tag=kept, contact=tagged)
    contacts = Contact.objects.filter(pk__in=[tagged.pk, bare.pk])
    assert detach_tags(contacts, [tag], site=shop, actor=actor, now=NOW) == Outcome(changed=1, unchanged=1)
    assert list(tagged.tag_attachments.values_list("tag_id", flat=True)) == [kept.pk]
    assert detach_tags(contacts, [tag], site=shop, actor=actor, now=NOW) == Outcome(unchanged=2)


def test_dry_run_answers_what_the_run_answers_and_writes_nothing(shop: Site, actor: Actor) -> None:
    """JOB-4"""
    tag, other = TagFactory(site=shop), TagFactory(site=shop)
    contacts = [ContactFactory(site=shop, name=f"P{n}") for n in range(3)]
    ContactTagFactory(site=shop, tag=tag, contact=contacts[0])
    for _ in range(20):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=contacts[1])
    planned = plan_attach(shop.contacts.all(), [tag], site=shop)
    assert ContactTag.objects.count() == 21
    assert planned == attach_tags(shop.contacts.all(), [tag], site=shop, actor=actor, now=NOW)
    planned = plan_detach(shop.contacts.all(), [tag, other], site=shop)
    assert ContactTag.objects.count() == 22
    assert planned == detach_tags(shop.contacts.all(), [tag, other], site=shop, actor=actor, now=NOW)


def test_whole_list_is_set_and_what_stays_keeps_its_maker(shop: Site, actor: Actor) -> None:
    """TAG-6: open API sets the whole list."""
    contact = ContactFactory(site=shop)
    old, kept, new = (TagFactory(site=shop) for _ in range(3))
    for tag in (old, kept):
        ContactTagFactory(site=shop, tag=tag, contact=contact, source="plugin", at=timezone.now())
    assert set_tags(contact, [kept, new], actor=actor, now=NOW) == Outcome(changed=1)
    sources = dict(contact.tag_attachments.values_list("tag_id", "source"))
    assert sources == {kept.pk: "plugin", new.pk: "operator"}
    assert set_tags(contact, [new, kept], actor=actor, now=NOW) == Outcome(unchanged=1)
    with pytest.raises(TagRefused, match=str(contact)):
        set_tags(contact, [TagFactory(site=shop) for _ in range(21)], actor=actor, now=NOW)


def test_tags_are_no_touch(shop: Site, actor: Actor) -> None:
    """RET-1: a label of the desk's is no contact with the person; bulk tagging must not keep anybody for years."""
    contact = ContactFactory(site=shop)
    attach_tags(shop.contacts.all(), [TagFactory(site=shop)], site=shop, actor=actor, now=timezone.now())
    after = Contact.objects.get(pk=contact.pk)
    assert (after.last_touch_at, after.updated_at) == (contact.last_touch_at, contact.updated_at)


def test_single_attachment_is_told_of_its_contact_in_the_audit_log(shop: Site, actor: Actor) -> None:
    """TAG-5: and a page's own calls do not fill the log."""
    contact, tag = ContactFactory(site=shop), TagFactory(site=shop)
    attach_tags(shop.contacts.all(), [tag], site=shop, actor=PLUGIN, now=NOW)
    assert not AuditEntry.objects.exists()
    detach_tags(shop.contacts.all(), [tag], site=shop, actor=actor, now=NOW)
    assert AuditEntry.objects.get().target_id == str(contact.pk)


@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_do_not_carry_a_contact_past_twenty(shop: Site) -> None:
    """TAG-1"""
    contact = ContactFactory(site=shop)
    for _ in range(18):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=contact)
    batches = [[TagFactory(site=shop) for _ in range(2)] for _ in range(4)]
    start = threading.Barrier(4)

    def attach(batch: list[object]) -> None:
        start.wait()
        try:
            attach_tags(shop.contacts.all(), batch, site=shop, actor=PLUGIN, now=NOW)  # type: ignore[arg-type]
        finally:
            connection.close()

    threads = [threading.Thread(target=attach, args=[batch]) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert contact.tag_attachments.count() == 20
