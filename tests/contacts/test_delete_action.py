"""RET-8, JOB-4: deleting many, as a job that asks before and cannot be undone."""

from typing import Any

import pytest
from django.utils import timezone

from contacts import bulk
from contacts.actions import ActionRefused, actions, actions_for
from contacts.bulk import run_now, start_action
from contacts.models import Contact, DeletionCount, Event
from contacts.selection import Selection, SelectionChanged
from contacts.told_selections import told_selection
from desk.access import access_to
from desk.actors import Actor
from desk.jobs.queueing import JobCannotBeUndone, undo_job
from desk.jobs.working import new_token, work_off
from desk.models import AuditEntry, Job, Operator, Site
from tests.contacts.browser import Browser
from tests.contacts.test_erasing import everything_as_text
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

DELETE = actions.get("delete")


@pytest.fixture
def actor(alice: Operator) -> Actor:
    return Actor.of_operator(alice, "127.0.0.1")


def delete(site: Site, actor: Actor, selection: Selection, confirm: int | None = None, **options: Any) -> Job:
    params = {"confirm": confirm, "reason": "withdrawn"}
    return start_action(DELETE, selection, params, site=site, actor=actor, **options)


def ticked(*contacts: Contact) -> Selection:
    return Selection(ids=tuple(contact.pk for contact in contacts), expected_count=len(contacts))


def withdrawn(*member_ids: str, count: int) -> Selection:
    """The routine: paste memberIds, choose all."""
    document = {"and": [{"key": "memberId", "op": "is", "values": list(member_ids)}]}
    return Selection(filter=document, expected_count=count)


def test_withdrawn_members_are_found_by_their_ids_and_deleted(shop: Site, actor: Actor) -> None:
    """RET-8, FIL-5: filter memberId by split keywords → select all → delete."""
    members = [ContactFactory(site=shop, member_id=f"withdrawn-{n}") for n in range(3)]
    stays = ContactFactory(site=shop, member_id="stays")
    job = delete(shop, actor, withdrawn(*[one.member_id for one in members], "unknown", count=3), confirm=3)
    assert (job.state, job.changed, job.total) == (Job.State.DONE, 3, 3)
    assert Contact.objects.get() == stays


def test_the_audit_log_says_why_and_how_many_but_not_who(shop: Site, actor: Actor) -> None:
    """SITE-4, RET-4: one entry for all, and neither it nor the job keeps a name or a memberId."""
    for n in range(3):
        ContactFactory(site=shop, member_id=f"zzz-{n}", name=f"zzz {n}")
    chosen = withdrawn("zzz-0", "zzz-1", "zzz-2", count=3)
    delete(shop, actor, chosen, dry_run=True)
    job = delete(shop, actor, chosen, confirm=3)
    entry = AuditEntry.objects.get(action="contact.delete")
    assert (entry.reason, entry.operator, entry.address) == ("withdrawn", actor.operator, "127.0.0.1")
    assert entry.details == {"contacts": 3, "job": str(job.pk), "filter": "Member ID is “3 values”"}
    assert "zzz" not in everything_as_text()


def test_more_than_one_needs_the_number_typed(shop: Site, actor: Actor) -> None:
    """RET-8: nothing is begun without it."""
    people = [ContactFactory(site=shop) for _ in range(2)]
    for wrong in (None, 1, 3):
        with pytest.raises(ActionRefused) as refused:
            delete(shop, actor, ticked(*people), confirm=wrong)
        assert (refused.value.code, refused.value.path) == ("confirmation_required", "params.confirm")
    assert Contact.objects.count() == 2
    assert not Job.objects.exists()
    assert delete(shop, actor, ticked(people[0])).changed == 1
    assert Contact.objects.get() == people[1]


def test_the_number_is_the_one_that_was_shown(shop: Site, actor: Actor) -> None:
    """RET-8: somebody left the set since; a set that has grown is refused whatever was typed."""
    people = [ContactFactory(site=shop) for _ in range(3)]
    people[0].profile.delete()
    people.pop(0).delete()
    chosen = Selection(filter={}, expected_count=3)
    assert delete(shop, actor, chosen, confirm=3, dry_run=True).changed == 2
    ContactFactory(site=shop)
    ContactFactory(site=shop)
    with pytest.raises(SelectionChanged):
        delete(shop, actor, chosen, confirm=3)
    assert Contact.objects.count() == 4


def test_a_dry_run_tells_who_would_go_and_what_with_them(shop: Site, actor: Actor) -> None:
    """JOB-4: and nobody goes. The deletion then says the same."""
    people = [Browser(shop).boot(f"m{n}", page="/").contact for n in range(2)] + [ContactFactory(site=shop)]
    Event.objects.create(site=shop, contact=people[0], name="Order", at=timezone.now())
    ContactTagFactory(site=shop, contact=people[2], tag=TagFactory(site=shop))
    planned = delete(shop, actor, ticked(*people), dry_run=True)
    assert Contact.objects.count() == 3
    assert not AuditEntry.objects.filter(action="contact.delete").exists()
    expected = {
        "kinds": {"member": 2, "lead": 1},
        "things": {"identities": 2, "visits": 2, "events": 3, "knownValues": 2, "tags": 1},
    }
    assert {key: planned.result[key] for key in expected} == expected
    assert DELETE.found(planned.result) == (
        "2 members, 1 lead; with them: identities 2, visits 2, events 3, known values 2, customer tags 1"
    )
    done = delete(shop, actor, ticked(*people), confirm=3)
    assert {key: done.result[key] for key in expected} == expected
    assert (planned.changed, done.changed) == (3, 3)


def test_a_deletion_cannot_be_undone(shop: Site, actor: Actor) -> None:
    """JOB-4: "unless it erases"."""
    job = delete(shop, actor, ticked(ContactFactory(site=shop)))
    with pytest.raises(JobCannotBeUndone) as refused:
        undo_job(job, actor=actor)
    assert refused.value.code == "no_undo"


def test_a_killed_worker_repeats_and_skips_nobody(shop: Site, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """JOB-2, RET-6: batch by batch, each counted once; whoever is gone meanwhile is told."""
    fix = bulk.fix_set
    monkeypatch.setattr(bulk, "fix_set", lambda job, ids, *, size: fix(job, ids, size=2))
    people = [ContactFactory(site=shop) for _ in range(7)]
    job = delete(shop, actor, Selection(filter={}, expected_count=7), confirm=7, at_once=0)
    work_off(job.pk, token=new_token(), seconds=0)
    work_off(job.pk, token=new_token(), seconds=0)
    assert Contact.objects.count() == 5
    delete(shop, actor, ticked(people[-1]))
    job = run_now(job)
    assert (job.state, job.done, job.changed, job.refused) == (Job.State.DONE, 7, 6, 1)
    assert job.refusals.get().code == "gone"
    assert not Contact.objects.exists()
    assert DeletionCount.objects.get().count == 7
    assert AuditEntry.objects.filter(action="contact.delete").count() == 2


def test_only_administrators_delete(alice: Operator, bob: Operator, victor: Operator) -> None:
    """SITE-3."""
    may = [
        person for person in (alice, bob, victor) if (found := access_to(person, None)) and DELETE in actions_for(found)
    ]
    assert may == [alice]


def test_the_form_wants_a_reason(shop: Site) -> None:
    """RET-8."""
    for data, fine in (
        ({}, False),
        ({"reason": " "}, False),
        ({"reason": "asked"}, True),
        ({"confirm": "x", "reason": "asked"}, False),
    ):
        assert DELETE.form_class(data, site=shop).is_valid() is fine, data


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "everybody"),
        ({"key": "name", "op": "contains", "values": ["kim"]}, "Name contains “1 value”"),
        ({"not": {"key": "email", "op": "is", "values": ["a@b.c", "d@e.f"]}}, "not (E-mail is “2 values”)"),
        ({"key": "customerNumber", "op": "is", "values": [7]}, "Customer number is “1 value”"),
        ({"key": "birthDate", "op": "on", "values": ["1990-01-01"]}, "Birth date is on “1 value”"),
        ({"key": "member", "op": "is", "values": [True]}, "Member: yes"),
        ({"key": "sessionsCount", "op": "gte", "values": [3]}, "Sessions is at least 3"),
        (
            {"key": "lastSeenAt", "op": "moreThanAgo", "values": [1], "unit": "year"},
            "Last seen is more than 1 year ago",
        ),
        ({"key": "country", "op": "is", "values": ["KR"]}, "Country is “KR”"),
        ({"key": "web.os", "op": "is", "values": ["iOS"]}, "Operating system is “iOS”"),
    ],
    ids=lambda value: value["key"] if isinstance(value, dict) and "key" in value else "",
)
def test_a_filter_is_told_without_what_names_people(shop: Site, document: Any, told: str) -> None:
    """RET-4, SITE-4."""
    filter_ = {"and": [document]} if document else {}
    assert told_selection(Selection(filter=filter_, expected_count=1), shop) == told


def test_a_search_and_exceptions_are_told_without_words(shop: Site) -> None:
    """RET-4."""
    selection = Selection(filter={}, search="kim", exclude=(1, 2), expected_count=1)
    assert told_selection(selection, shop) == "everybody, found by a search, except for 2 people"
    assert told_selection(Selection(ids=(1,)), shop) == ""
    assert told_selection(Selection(filter={"and": [{"key": "nope", "op": "is", "values": [1]}]}), shop) == ""
