"""BOOT-14, JOB-4: blocking many, and taking it back where nobody has decided otherwise since."""

import pytest
from django.utils import timezone

from contacts.actions import actions
from contacts.blocking import block, unblock
from contacts.bulk import run_now, start_action
from contacts.merging import merge
from contacts.models import Contact, ContactChange
from contacts.selection import Selection
from contacts.undoing import undo_merge
from desk.actors import SYSTEM, Actor
from desk.jobs.kinds import label_of
from desk.jobs.queueing import undo_job
from desk.models import AuditEntry, Job, Operator, Site
from tests.factories import ContactFactory


@pytest.fixture
def actor(bob: Operator) -> Actor:
    return Actor.of_operator(bob, "127.0.0.1")


def do(name: str, site: Site, actor: Actor, *contacts: Contact, dry_run: bool = False) -> Job:
    chosen = Selection(ids=tuple(contact.pk for contact in contacts), expected_count=len(contacts))
    return start_action(actions.get(name), chosen, {}, site=site, actor=actor, dry_run=dry_run)


def blocked(*contacts: Contact) -> list[bool]:
    found = dict(Contact.objects.values_list("pk", "blocked"))
    return [found[contact.pk] for contact in contacts]


def lines(contact: Contact) -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(target_type="contact", target_id=str(contact.pk))
    return list(entries.order_by("pk").values_list("action", "actor"))


def test_those_who_are_not_blocked_yet_are_and_each_has_a_line(shop: Site, actor: Actor) -> None:
    """BOOT-14, LIST-5: the timeline of each tells who did it."""
    fresh, already = ContactFactory(site=shop), ContactFactory(site=shop, blocked=True)
    planned = do("block", shop, actor, fresh, already, dry_run=True)
    assert blocked(fresh, already) == [False, True]
    job = do("block", shop, actor, fresh, already)
    assert (job.changed, job.unchanged) == (planned.changed, planned.unchanged) == (1, 1)
    assert blocked(fresh, already) == [True, True]
    assert (lines(fresh), lines(already)) == ([("contact.block", "Bob")], [])
    assert label_of(job) == "Block"


@pytest.mark.parametrize(("name", "was"), [("block", False), ("unblock", True)])
def test_an_undo_takes_back_what_the_job_did_and_nothing_else(shop: Site, actor: Actor, name: str, was: bool) -> None:
    """JOB-4: who was so before stays so."""
    changed, already = ContactFactory(site=shop, blocked=was), ContactFactory(site=shop, blocked=not was)
    job = do(name, shop, actor, changed, already)
    undone = run_now(undo_job(job, actor=actor))
    assert (undone.changed, undone.refused) == (1, 0)
    assert blocked(changed, already) == [was, not was]
    assert [action for action, _actor in lines(changed)] == [
        f"contact.{name}",
        f"contact.{'un' if name == 'block' else ''}block",
    ]
    assert not ContactChange.objects.exists()


def test_an_undo_leaves_whom_somebody_decided_about_since(shop: Site, actor: Actor) -> None:
    """JOB-4: unblocked, or unblocked and blocked once more."""
    people = [ContactFactory(site=shop) for _ in range(3)]
    job = do("block", shop, actor, *people)
    unblock(people[0], actor=SYSTEM, now=timezone.now())
    unblock(people[1], actor=SYSTEM, now=timezone.now())
    block(people[1], actor=SYSTEM, now=timezone.now())
    undone = run_now(undo_job(job, actor=actor))
    assert (undone.changed, undone.refused) == (1, 2)
    assert {one.code for one in undone.refusals.all()} == {"changed_since"}
    assert blocked(*people) == [False, True, False]


def test_an_undo_leaves_whom_somebody_blocked_was_unified_with(shop: Site, actor: Actor) -> None:
    """UNI-7: the block spread with the merge; once that is undone, the job can be taken back."""
    member, lead = ContactFactory(site=shop, member_id="alice"), ContactFactory(site=shop)
    job = do("block", shop, actor, lead)
    made = merge(member, lead, actor=SYSTEM, trigger="operator", now=timezone.now())
    assert blocked(member) == [True]
    undone = run_now(undo_job(job, actor=actor))
    assert (undone.changed, undone.refused, blocked(member)) == (0, 1, [True])
    undo_merge(made, actor=SYSTEM, now=timezone.now())
    assert blocked(member, lead) == [False, True]


def test_a_deleted_person_is_no_hindrance(shop: Site, actor: Actor) -> None:
    """RET-4: the journal went with the person."""
    stays, gone = ContactFactory(site=shop), ContactFactory(site=shop)
    job = do("block", shop, actor, stays, gone)
    start_action(
        actions.get("delete"), Selection(ids=(gone.pk,)), {"reason": "asked", "confirm": None}, site=shop, actor=actor
    )
    undone = run_now(undo_job(job, actor=actor))
    assert (undone.changed, undone.refused) == (1, 0)
    assert blocked(stays) == [False]


def test_another_sites_people_are_out_of_reach(shop: Site, elsewhere: Site, actor: Actor) -> None:
    """SITE-2."""
    contact = ContactFactory(site=elsewhere)
    assert do("block", shop, actor, contact).changed == 0
    assert blocked(contact) == [False]
