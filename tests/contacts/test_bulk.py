"""JOB-1, JOB-2, JOB-4: every run of an action is a job, small or large, dry or real."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.utils import timezone, translation

from contacts import bulk
from contacts.actions import ActionRefused, actions
from contacts.bulk import run_now, start_action
from contacts.merging import merge
from contacts.models import Contact
from contacts.selection import Selection, SelectionChanged
from desk.actors import Actor
from desk.jobs.kinds import kind_of, label_of
from desk.jobs.queueing import JobCannotBeUndone, cancel_job, undo_job, why_no_undo
from desk.jobs.telling import told_counts
from desk.jobs.working import new_token, work_off
from desk.models import AuditEntry, Job, JobChunk, Operator, Site
from tags.models import ContactTag, Tag
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}


@pytest.fixture
def actor(bob: Operator) -> Actor:
    return Actor.of_operator(bob, "127.0.0.1")


def attach(site: Site, actor: Actor, selection: Selection, *tags: str, **options: Any) -> Job:
    params = {"tags": list(tags) or ["VIP"], "create": True}
    return start_action(actions.get("attachTags"), selection, params, site=site, actor=actor, **options)


def ticked(*contacts: Contact) -> Selection:
    return Selection(ids=tuple(contact.pk for contact in contacts), expected_count=len(contacts))


def counts(job: Job) -> Mapping[str, Any]:
    return {name: getattr(job, name) for name in ("done", "changed", "unchanged", "refused")}


def test_small_set_is_done_when_the_call_returns(shop: Site, actor: Actor) -> None:
    """JOB-1: and still is a job, with who and what."""
    people = [ContactFactory(site=shop) for _ in range(3)]
    job = attach(shop, actor, ticked(*people))
    assert (job.state, job.background, job.total) == (Job.State.DONE, False, 3)
    assert counts(job) == {"done": 3, "changed": 3, "unchanged": 0, "refused": 0}
    assert (job.operator, job.address) == (actor.operator, "127.0.0.1")
    assert ContactTag.objects.filter(job_id=job.pk).count() == 3
    with translation.override("en"):
        assert label_of(job) == "Attach tags: VIP"
        assert told_counts(job) == "3 changed"


def test_large_set_waits_for_the_worker(shop: Site, actor: Actor) -> None:
    """JOB-1"""
    people = [ContactFactory(site=shop) for _ in range(3)]
    job = attach(shop, actor, ticked(*people), at_once=2)
    assert (job.state, job.background, job.total) == (Job.State.QUEUED, True, 3)
    assert not ContactTag.objects.exists()
    assert run_now(job).changed == 3


def test_large_set_is_worked_off_in_batches_each_once(
    shop: Site, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JOB-2: slice by slice; the audit log has one entry with the number of all."""
    monkeypatch.setattr(bulk, "fix_set", lambda job, ids, *, size: _fix(job, ids, size=4))
    for _ in range(10):
        ContactFactory(site=shop)
    job = attach(shop, actor, Selection(filter={}, expected_count=10), at_once=0)
    seen = []
    while (ended := work_off(job.pk, token=new_token(), seconds=0)).more:
        seen.append(Job.objects.get(pk=job.pk).done)
    assert seen == [0, 4, 8, 10, 10]
    assert not ended.more
    assert ContactTag.objects.count() == 10
    entry = AuditEntry.objects.get(action="contact.tag")
    assert entry.details == {"tags": ["VIP"], "contacts": 10, "job": str(job.pk), "filter": "everybody"}


_fix = bulk.fix_set


def test_set_is_fixed_when_the_job_begins(shop: Site, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """JOB-2: contacts that carry the tag leave a filter for those without it; nobody is skipped, nobody joins."""
    monkeypatch.setattr(bulk, "fix_set", lambda job, ids, *, size: _fix(job, ids, size=3))
    TagFactory(site=shop, name="VIP")
    for _ in range(8):
        ContactFactory(site=shop)
    without = {"and": [{"key": "tags", "op": "noneOf", "values": ["VIP"]}]}
    job = attach(shop, actor, Selection(filter=without, expected_count=8), at_once=0)
    work_off(job.pk, token=new_token(), seconds=0)
    late = ContactFactory(site=shop)
    assert run_now(job).changed == 8
    assert not late.tag_attachments.exists()


def test_agent_ticks_three_and_attaches_an_existing_and_a_new_tag(shop: Site, actor: Actor) -> None:
    """TAG-3, JOB-4: dry run, then the same numbers for real; the dry run makes no tag."""
    TagFactory(site=shop, name="VIP")
    people = [ContactFactory(site=shop) for _ in range(3)]
    planned = attach(shop, actor, ticked(*people), "VIP", "신규", dry_run=True)
    assert (planned.dry_run, planned.changed) == (True, 3)
    assert planned.result["examples"]["changed"] == [str(one.pk) for one in people]
    assert not ContactTag.objects.exists()
    assert Tag.objects.count() == 1
    assert not AuditEntry.objects.filter(action="contact.tag").exists()
    done = attach(shop, actor, ticked(*people), "VIP", "신규")
    assert counts(done) == counts(planned)
    assert set(Tag.objects.values_list("name", flat=True)) == {"VIP", "신규"}
    assert ContactTag.objects.count() == 6


def test_dry_run_counts_tags_that_are_yet_to_be_made(shop: Site, actor: Actor) -> None:
    """JOB-4, TAG-1: refused are named with the reason."""
    contact = ContactFactory(site=shop)
    for _ in range(20):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=contact)
    planned = attach(shop, actor, ticked(contact), "brand new", dry_run=True)
    refusal = planned.refusals.get()
    assert (planned.refused, refusal.target_id) == (1, contact.pk)
    with translation.override("en"):
        assert kind_of(planned).told(refusal.code, refusal.values) == "Would carry more than 20 tags."


def test_all_matching_but_not_more_than_were_seen(shop: Site, actor: Actor) -> None:
    """TAG-3, LIST-3: the refusal says by how many, and nothing is changed."""
    for number in range(4):
        ContactFactory(site=shop, member_id=f"m{number}")
    ContactFactory(site=shop)
    with pytest.raises(SelectionChanged) as grown:
        attach(shop, actor, Selection(filter=MEMBERS, expected_count=3))
    assert (grown.value.expected, grown.value.found) == (3, 4)
    assert not Job.objects.exists()
    assert attach(shop, actor, Selection(filter=MEMBERS, expected_count=4)).changed == 4


def test_set_that_grew_until_the_job_began_fails_it(shop: Site, actor: Actor) -> None:
    """LIST-3: in the background too."""
    ContactFactory(site=shop, member_id="m1")
    job = attach(shop, actor, Selection(filter=MEMBERS, expected_count=1), at_once=0)
    ContactFactory(site=shop, member_id="m2")
    job = run_now(job)
    assert (job.state, job.error, job.error_values) == (Job.State.FAILED, "grown", {"expected": 1, "found": 2})
    assert not ContactTag.objects.exists()


def test_unknown_parameter_is_refused_before_there_is_a_job(shop: Site, actor: Actor) -> None:
    """TAG-1: errors name the tag."""
    with pytest.raises(ActionRefused, match="nope") as refused:
        start_action(actions.get("detachTags"), Selection(ids=(1,)), {"tags": ["nope"]}, site=shop, actor=actor)
    assert refused.value.path == "params.tags"
    assert not Job.objects.exists()


def test_who_is_deleted_or_merged_meanwhile_is_told(shop: Site, actor: Actor) -> None:
    """JOB-2: nothing is skipped silently."""
    stays, goes, merged = (ContactFactory(site=shop) for _ in range(3))
    survivor = ContactFactory(site=shop, member_id="m1")
    job = attach(shop, actor, ticked(stays, goes, merged), at_once=0)
    work_off(job.pk, token=new_token(), seconds=0)
    gone = goes.pk
    goes.delete()
    merge(survivor, merged, actor=actor, trigger="operator", now=timezone.now())
    job = run_now(job)
    assert counts(job) == {"done": 3, "changed": 1, "unchanged": 0, "refused": 2}
    told = {(one.target_id, one.code): one.values for one in job.refusals.all()}
    assert told == {(gone, "gone"): {}, (merged.pk, "merged"): {"number": survivor.customer_number}}


def test_undone_job_takes_back_what_it_changed(shop: Site, actor: Actor) -> None:
    """JOB-4, TAG-4: what was there before stays, and the undo is a job of its own."""
    before, after = ContactFactory(site=shop), ContactFactory(site=shop)
    ContactTagFactory(site=shop, tag=TagFactory(site=shop, name="VIP"), contact=before)
    job = attach(shop, actor, ticked(before, after))
    undo = run_now(undo_job(job, actor=actor))
    assert (undo.state, undo.kind, undo.changed, undo.unchanged) == (Job.State.DONE, "actionUndo", 1, 1)
    assert list(ContactTag.objects.values_list("contact_id", flat=True)) == [before.pk]
    with translation.override("en"):
        assert label_of(undo) == "Undo: Attach tags: VIP"


def test_undo_of_a_merged_contact_reaches_the_survivor(shop: Site, actor: Actor) -> None:
    """JOB-4: the attachment the job made went over to it."""
    lead, survivor = ContactFactory(site=shop), ContactFactory(site=shop, member_id="m1")
    job = attach(shop, actor, ticked(lead))
    merge(survivor, lead, actor=actor, trigger="operator", now=timezone.now())
    assert ContactTag.objects.get().contact_id == survivor.pk
    run_now(undo_job(job, actor=actor))
    assert not ContactTag.objects.exists()


def test_job_is_undone_once(shop: Site, actor: Actor) -> None:
    """JOB-4"""
    job = attach(shop, actor, ticked(ContactFactory(site=shop)))
    run_now(undo_job(job, actor=actor))
    with pytest.raises(JobCannotBeUndone, match="undone_already"):
        undo_job(job, actor=actor)


def test_cancelled_job_is_undone_as_far_as_it_came(shop: Site, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """JOB-1, JOB-4"""
    monkeypatch.setattr(bulk, "fix_set", lambda job, ids, *, size: _fix(job, ids, size=2))
    people = [ContactFactory(site=shop) for _ in range(6)]
    job = attach(shop, actor, ticked(*people), at_once=0)
    for _ in range(2):
        work_off(job.pk, token=new_token(), seconds=0)
    assert cancel_job(job, actor=actor)
    job = run_now(job)
    assert (job.state, job.done, ContactTag.objects.count()) == (Job.State.CANCELLED, 2, 2)
    undo = run_now(undo_job(job, actor=actor))
    assert (undo.total, undo.changed, ContactTag.objects.count()) == (2, 2, 0)


def test_dry_run_and_a_job_that_changed_nothing_offer_no_undo(shop: Site, actor: Actor) -> None:
    """JOB-4"""
    person = ContactFactory(site=shop)
    assert why_no_undo(attach(shop, actor, ticked(person), dry_run=True)) == "was_dry_run"
    attach(shop, actor, ticked(person))
    assert why_no_undo(attach(shop, actor, ticked(person))) == "nothing_changed"


def test_other_sites_people_are_not_reached_by_their_ids(shop: Site, elsewhere: Site, actor: Actor) -> None:
    """SITE-2"""
    job = attach(shop, actor, ticked(ContactFactory(site=elsewhere)))
    assert (job.total, job.done) == (0, 0)
    assert not JobChunk.objects.exists()
    assert not ContactTag.objects.exists()


def test_ticked_people_are_blocked_and_each_ones_history_tells_it(shop: Site, actor: Actor) -> None:
    """BOOT-14, JOB-4: the dry run says the same numbers; idempotent."""
    people = [ContactFactory(site=shop, blocked=number == 0) for number in range(3)]
    bystander = ContactFactory(site=shop)
    block = actions.get("block")
    planned = start_action(block, ticked(*people), {}, site=shop, actor=actor, dry_run=True)
    assert counts(planned) == {"done": 3, "changed": 2, "unchanged": 1, "refused": 0}
    assert counts(start_action(block, ticked(*people), {}, site=shop, actor=actor)) == counts(planned)
    assert set(shop.contacts.filter(blocked=True)) == set(people)
    assert bystander not in shop.contacts.filter(blocked=True)
    entries = AuditEntry.objects.filter(action="contact.block")
    assert {entry.target_id for entry in entries} == {str(person.pk) for person in people[1:]}
    assert start_action(block, ticked(*people), {}, site=shop, actor=actor).unchanged == 3
    assert start_action(actions.get("unblock"), ticked(*people), {}, site=shop, actor=actor).changed == 3
    assert entries.count() == 2
