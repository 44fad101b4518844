"""TAG-3, TAG-5: attaching and detaching a batch of contacts, and taking that back."""

import datetime
import threading

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from contacts.models import Contact
from desk.actors import PLUGIN, Actor
from desk.ids import new_id
from desk.jobs.kinds import Refused
from desk.models import AuditEntry, Operator, Site
from tags.errors import TagRefused
from tags.models import ContactTag, DetachedTag
from tags.tagging import (
    attach_tags,
    detach_tags,
    plan_attach,
    plan_detach,
    set_tags,
    undo_attach,
    undo_detach,
)
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

NOW = datetime.datetime(2026, 11, 22, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.fixture
def actor(bob: Operator) -> Actor:
    return Actor.of_operator(bob, "127.0.0.1")


def everybody() -> list[int]:
    return list(Contact.objects.order_by("pk").values_list("pk", flat=True))


def pairs() -> set[tuple[int, int]]:
    return set(ContactTag.objects.values_list("contact_id", "tag_id"))


def test_attachment_knows_who_made_it_when_and_by_which_job(shop: Site, bob: Operator, actor: Actor) -> None:
    """TAG-5"""
    contact, tag = ContactFactory(site=shop), TagFactory(site=shop)
    attach_tags([contact.pk], [tag], site=shop, actor=actor, now=NOW, job_id=77)
    row = ContactTag.objects.get()
    assert (row.site, row.tag, row.contact) == (shop, tag, contact)
    assert (row.source, row.source_label, row.operator, row.at, row.job_id) == ("operator", "Bob", bob, NOW, 77)


def test_every_tag_goes_to_every_contact_and_nobody_else(shop: Site, actor: Actor) -> None:
    """TAG-3"""
    chosen = [ContactFactory(site=shop).pk for _ in range(3)]
    ContactFactory(site=shop)
    tags = [TagFactory(site=shop) for _ in range(2)]
    assert attach_tags(chosen, tags, site=shop, actor=actor, now=NOW).changed == chosen
    assert pairs() == {(contact, tag.pk) for contact in chosen for tag in tags}


def test_attaching_again_changes_nothing_and_keeps_the_first_maker(shop: Site, actor: Actor) -> None:
    """TAG-3: idempotent."""
    contact, tag = ContactFactory(site=shop), TagFactory(site=shop)
    attach_tags([contact.pk], [tag], site=shop, actor=PLUGIN, now=NOW)
    later = NOW + datetime.timedelta(days=1)
    outcome = attach_tags([contact.pk], [tag], site=shop, actor=actor, now=later, job_id=1)
    assert (outcome.changed, outcome.unchanged) == ([], [contact.pk])
    row = ContactTag.objects.get()
    assert (row.at, row.source, row.job_id) == (NOW, "plugin", None)


def test_contact_with_one_of_two_tags_gets_the_other(shop: Site, actor: Actor) -> None:
    """TAG-3"""
    contact = ContactFactory(site=shop)
    tags = [TagFactory(site=shop) for _ in range(2)]
    ContactTagFactory(site=shop, tag=tags[0], contact=contact)
    assert attach_tags([contact.pk], tags, site=shop, actor=actor, now=NOW).changed == [contact.pk]
    assert ContactTag.objects.count() == 2


def test_contact_that_would_exceed_twenty_is_left_alone_and_refused(shop: Site, actor: Actor) -> None:
    """TAG-1: the others are served."""
    full, free = ContactFactory(site=shop), ContactFactory(site=shop)
    for _ in range(19):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=full)
    new = [TagFactory(site=shop) for _ in range(2)]
    outcome = attach_tags(everybody(), new, site=shop, actor=actor, now=NOW)
    assert (outcome.changed, outcome.refused) == ([free.pk], (Refused("contact_full", full.pk),))
    assert full.tag_attachments.count() == 19
    assert free.tag_attachments.count() == 2


def test_exactly_twenty_are_allowed_and_what_is_there_does_not_count_twice(shop: Site, actor: Actor) -> None:
    """TAG-1"""
    contact, last = ContactFactory(site=shop), TagFactory(site=shop)
    for _ in range(19):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=contact)
    assert attach_tags([contact.pk], [last], site=shop, actor=actor, now=NOW).changed == [contact.pk]
    assert attach_tags([contact.pk], [last], site=shop, actor=actor, now=NOW).unchanged == [contact.pk]


def test_whoever_a_merge_left_with_more_than_twenty_is_unchanged_by_a_tag_already_there(
    shop: Site, actor: Actor
) -> None:
    """TAG-1: refused is only who would get a further one."""
    contact = ContactFactory(site=shop)
    tags = [TagFactory(site=shop) for _ in range(22)]
    for tag in tags:
        ContactTagFactory(site=shop, tag=tag, contact=contact)
    outcome = attach_tags([contact.pk], tags[:1], site=shop, actor=actor, now=NOW)
    assert (outcome.unchanged, outcome.refused) == ([contact.pk], ())


def test_batch_costs_the_same_statements_however_many_contacts(
    shop: Site, actor: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """TAG-3, speed.md rule 7: (PostgreSQL: lock,) look, insert; the savepoint's two are the test's."""
    tags = [TagFactory(site=shop) for _ in range(3)]
    ids = [ContactFactory(site=shop).pk for _ in range(30)]
    extra = 1 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(2 + 2 + extra):
        attach_tags(ids, tags, site=shop, actor=actor, now=NOW)


def test_contacts_and_tags_of_another_site_are_never_touched(shop: Site, elsewhere: Site, actor: Actor) -> None:
    """SITE-2"""
    foreign, own = ContactFactory(site=elsewhere), ContactFactory(site=shop)
    tag, foreign_tag = TagFactory(site=shop), TagFactory(site=elsewhere)
    assert attach_tags([foreign.pk], [tag], site=shop, actor=actor, now=NOW).changed == []
    with pytest.raises(TagRefused):
        attach_tags([own.pk], [foreign_tag], site=shop, actor=actor, now=NOW)
    assert not ContactTag.objects.exists()
    ContactTagFactory(site=elsewhere, tag=foreign_tag, contact=foreign)
    detach_tags([foreign.pk], [foreign_tag], site=shop, job_id=1)
    assert ContactTag.objects.exists()


def test_tag_that_is_gone_is_named(shop: Site, actor: Actor) -> None:
    """TAG-1: never a silent nothing."""
    contact, tag = ContactFactory(site=shop), TagFactory(site=shop, name="Gone")
    tag.delete()
    tag.pk = new_id()
    with pytest.raises(TagRefused, match="Gone"):
        attach_tags([contact.pk], [tag], site=shop, actor=actor, now=NOW)


def test_contact_that_is_gone_is_in_no_part_of_the_outcome(shop: Site, actor: Actor) -> None:
    """JOB-2: the job says of those that they are gone."""
    there, tag = ContactFactory(site=shop), TagFactory(site=shop)
    ids = [there.pk, new_id()]
    for outcome in (
        plan_attach(ids, [tag], site=shop),
        attach_tags(ids, [tag], site=shop, actor=actor, now=NOW),
        plan_detach(ids, [tag], site=shop),
        detach_tags(ids, [tag], site=shop),
    ):
        assert (outcome.changed, outcome.unchanged) == ([there.pk], [])


def test_detach_takes_off_what_is_there(shop: Site) -> None:
    """TAG-3: idempotent."""
    tagged, bare = ContactFactory(site=shop), ContactFactory(site=shop)
    tag, kept = TagFactory(site=shop), TagFactory(site=shop)
    for one in (tag, kept):
        ContactTagFactory(site=shop, tag=one, contact=tagged)
    outcome = detach_tags(everybody(), [tag], site=shop)
    assert (outcome.changed, outcome.unchanged) == ([tagged.pk], [bare.pk])
    assert pairs() == {(tagged.pk, kept.pk)}
    assert detach_tags(everybody(), [tag], site=shop).unchanged == [tagged.pk, bare.pk]


def test_dry_run_answers_what_the_run_answers_and_writes_nothing(shop: Site, actor: Actor) -> None:
    """JOB-4"""
    tag, other = TagFactory(site=shop), TagFactory(site=shop)
    contacts = [ContactFactory(site=shop) for n in range(3)]
    ContactTagFactory(site=shop, tag=tag, contact=contacts[0])
    for _ in range(20):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=contacts[1])
    planned = plan_attach(everybody(), [tag], site=shop)
    assert ContactTag.objects.count() == 21
    assert planned == attach_tags(everybody(), [tag], site=shop, actor=actor, now=NOW)
    planned = plan_detach(everybody(), [tag, other], site=shop)
    assert ContactTag.objects.count() == 22
    assert planned == detach_tags(everybody(), [tag, other], site=shop)


def test_undone_attach_leaves_what_was_there_before(shop: Site, actor: Actor) -> None:
    """TAG-4: exactly the attachments the job made go."""
    before, after, tag = ContactFactory(site=shop), ContactFactory(site=shop), TagFactory(site=shop)
    ContactTagFactory(site=shop, tag=tag, contact=before)
    attach_tags(everybody(), [tag], site=shop, actor=actor, now=NOW, job_id=5)
    assert undo_attach(everybody(), [tag], site=shop, job_id=5).changed == [after.pk]
    assert pairs() == {(before.pk, tag.pk)}


def test_undone_attach_leaves_what_somebody_attached_again_since(shop: Site, actor: Actor) -> None:
    """JOB-4: and nobody changed since."""
    contact, tag = ContactFactory(site=shop), TagFactory(site=shop)
    attach_tags([contact.pk], [tag], site=shop, actor=actor, now=NOW, job_id=5)
    detach_tags([contact.pk], [tag], site=shop)
    attach_tags([contact.pk], [tag], site=shop, actor=actor, now=NOW)
    assert undo_attach([contact.pk], [tag], site=shop, job_id=5).changed == []
    assert pairs() == {(contact.pk, tag.pk)}


def test_undone_detach_puts_back_each_attachment_as_it_was(shop: Site, bob: Operator) -> None:
    """JOB-4, TAG-5: with who made it, and when."""
    tagged, bare, tag = ContactFactory(site=shop), ContactFactory(site=shop), TagFactory(site=shop)
    ContactTagFactory(site=shop, tag=tag, contact=tagged, source="plugin", at=NOW, operator=bob, job_id=3)
    before = list(ContactTag.objects.values())
    detach_tags([tagged.pk, bare.pk], [tag], site=shop, job_id=5)
    assert undo_detach([tagged.pk, bare.pk], site=shop, job_id=5).changed == [tagged.pk]
    assert list(ContactTag.objects.values()) == before


def test_undone_detach_leaves_what_was_attached_again_since(shop: Site, actor: Actor) -> None:
    """JOB-4"""
    contact, tag = ContactFactory(site=shop), TagFactory(site=shop)
    ContactTagFactory(site=shop, tag=tag, contact=contact, source="plugin")
    detach_tags([contact.pk], [tag], site=shop, job_id=5)
    attach_tags([contact.pk], [tag], site=shop, actor=actor, now=NOW)
    assert undo_detach([contact.pk], site=shop, job_id=5).changed == []
    assert ContactTag.objects.get().source == "operator"


def test_undone_detach_does_not_carry_a_contact_past_twenty(shop: Site, actor: Actor) -> None:
    """TAG-1, JOB-4: refused and named; the others get theirs back."""
    full, free, tag = ContactFactory(site=shop), ContactFactory(site=shop), TagFactory(site=shop)
    for contact in (full, free):
        ContactTagFactory(site=shop, tag=tag, contact=contact)
    detach_tags([full.pk, free.pk], [tag], site=shop, job_id=5)
    for _ in range(20):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=full)
    outcome = undo_detach([full.pk, free.pk], site=shop, job_id=5)
    assert (outcome.changed, outcome.refused) == ([free.pk], (Refused("contact_full", full.pk),))


def test_what_a_job_took_off_goes_with_the_contact(shop: Site) -> None:
    """RET-4"""
    contact, tag = ContactFactory(site=shop), TagFactory(site=shop)
    ContactTagFactory(site=shop, tag=tag, contact=contact)
    detach_tags([contact.pk], [tag], site=shop, job_id=5)
    assert DetachedTag.objects.exists()
    contact.delete()
    assert not DetachedTag.objects.exists()


def test_whole_list_is_set_and_what_stays_keeps_its_maker(shop: Site, actor: Actor) -> None:
    """TAG-6: open API sets the whole list."""
    contact = ContactFactory(site=shop)
    old, kept, new = (TagFactory(site=shop) for _ in range(3))
    for tag in (old, kept):
        ContactTagFactory(site=shop, tag=tag, contact=contact, source="plugin", at=timezone.now())
    assert set_tags(contact, [kept, new], actor=actor, now=NOW)
    sources = dict(contact.tag_attachments.values_list("tag_id", "source"))
    assert sources == {kept.pk: "plugin", new.pk: "operator"}
    assert not set_tags(contact, [new, kept], actor=actor, now=NOW)
    assert AuditEntry.objects.get().target_id == str(contact.pk)
    with pytest.raises(TagRefused, match=str(contact)):
        set_tags(contact, [TagFactory(site=shop) for _ in range(21)], actor=actor, now=NOW)


def test_tags_are_no_touch(shop: Site, actor: Actor) -> None:
    """RET-1: a label of the desk's is no contact with the person; bulk tagging must not keep anybody for years."""
    contact = ContactFactory(site=shop)
    attach_tags([contact.pk], [TagFactory(site=shop)], site=shop, actor=actor, now=timezone.now())
    after = Contact.objects.get(pk=contact.pk)
    assert (after.last_touch_at, after.updated_at) == (contact.last_touch_at, contact.updated_at)


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
            attach_tags([contact.pk], batch, site=shop, actor=PLUGIN, now=NOW)  # type: ignore[arg-type]
        finally:
            connection.close()

    threads = [threading.Thread(target=attach, args=[batch]) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert contact.tag_attachments.count() == 20
