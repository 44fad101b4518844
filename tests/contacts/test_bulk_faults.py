"""JOB-2, JOB-4: actions on very many people by real workers that are killed, doubled and stopped half-way.

The measure is an undisturbed run of the same action on the same people of another site, in the tests' own process:
attachments, counts, refusals, results, the audit log and the job's log must equal it.
"""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from contacts import bulk
from contacts.actions import actions
from contacts.bulk import run_now, start_action
from contacts.deleting import delete_contact
from contacts.merging import merge
from contacts.models import Contact, ContactProfile, DeletionCount, DeletionReason
from contacts.selection import Selection
from desk.actors import SYSTEM
from desk.jobs.chunks import fix_set
from desk.jobs.queueing import cancel_job, undo_job
from desk.models import AuditEntry, Job, Operator, Site
from tags.models import ContactTag
from tests.conftest import client_of
from tests.contacts.api.conftest import Page
from tests.desk.jobs.plant import BATCH, Plant
from tests.desk.jobs.plant import module_plant as module_plant
from tests.desk.jobs.plant import plant as plant
from tests.desk.jobs.toy import fresh, notes
from tests.factories import ContactFactory, TagFactory

PEOPLE = 600
MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}
PARAMS: dict[str, dict[str, Any]] = {
    "attachTags": {"tags": ["VIP"], "create": True},
    "detachTags": {"tags": ["old"]},
    "delete": {"reason": "withdrawn", "confirm": PEOPLE},
}


def populate(site: Site) -> None:
    """600 members and a few leads: some have the tag already, some are full, some carry one that is to be taken off."""
    tags = [TagFactory(site=site, name=name) for name in ("VIP", "old", *(f"tag {number}" for number in range(20)))]
    people = [ContactFactory.build(site=site, member_id=f"m{number:04}") for number in range(PEOPLE)]
    leads = [ContactFactory.build(site=site) for _ in range(20)]
    Contact.objects.bulk_create([*people, *leads])
    ContactProfile.objects.bulk_create(ContactProfile(site=site, contact=contact) for contact in [*people, *leads])
    vip, old, *others = tags
    carried = [(person, vip) for person in people[::7]] + [(person, old) for person in people[::3]]
    # No more than 20 on anybody, or the undo of a detachment would have to refuse them.
    carried += [
        (people[number], tag)
        for number in range(5, PEOPLE, 50)
        for tag in others[(number % 7 == 0) + (number % 3 == 0) :]
    ]
    now = timezone.now()
    ContactTag.objects.bulk_create(
        ContactTag(site=site, contact=contact, tag=tag, source="operator", at=now) for contact, tag in carried
    )


def start(site: Site, action: str, at_once: int = 0) -> Job:
    """Ask for it as the list does: everybody who matches a filter. By default the workers do it."""
    selection = Selection(filter=MEMBERS, expected_count=PEOPLE)
    return start_action(actions.get(action), selection, PARAMS[action], site=site, actor=SYSTEM, at_once=at_once)


class Outcome:
    """All that can be seen of a job, with people named by their member ids, so that two sites can be compared."""

    def __init__(self, job: Job, people: dict[int, str]) -> None:
        job = fresh(job)
        mine = {job.pk, job.undo_of_id}
        self.job = {
            name: getattr(job, name)
            for name in ("state", "error", "claim", "cursor", "total", "done", "changed", "unchanged", "refused")
        }
        examples = job.result.get("examples", {})
        self.result = {key: value for key, value in job.result.items() if key != "examples"}
        self.examples = {key: [people[int(pk)] for pk in ids] for key, ids in examples.items()}
        self.refusals = Counter(
            (people[pk], code) for pk, code in job.refusals.exclude(target_id=None).values_list("target_id", "code")
        )
        attached = ContactTag.objects.filter(site=job.site, contact__in=list(people))
        self.attachments = Counter(
            (people[pk], tag, job_id in mine)
            for pk, tag, job_id in attached.values_list("contact_id", "tag__name", "job_id")
        )
        self.people = sorted(
            people[pk] for pk in Contact.objects.filter(pk__in=list(people)).values_list("pk", flat=True)
        )
        self.audit = Counter(
            (action, details.get("contacts"))
            for action, details in AuditEntry.objects.filter(site=job.site).values_list("action", "details")
        )
        self.deletions = Counter(DeletionCount.objects.filter(site=job.site).values_list("reason", "kind", "count"))
        self.notes = [code for code in notes(job) if code not in {"taken_over", "tried_again"}]


def people_of(site: Site) -> dict[int, str]:
    """{id: member id} of all there are before the job."""
    return dict(Contact.objects.filter(site=site, member_id__isnull=False).values_list("pk", "member_id"))


@pytest.fixture
def filled(plant: Plant, shop: Site) -> Site:
    populate(shop)
    return shop


@pytest.fixture
def twin(elsewhere: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Another site with the same people, for the undisturbed run in batches of the same size."""
    monkeypatch.setattr(bulk, "fix_set", lambda job, ids, *, size: fix_set(job, ids, size=BATCH))
    populate(elsewhere)
    return elsewhere


def killed_at(plant: Plant, *gates: str) -> None:
    """The worker comes to each gate, is killed there, and another takes over after a minute."""
    for gate in gates:
        plant.wait_at(gate)
        plant.kill()
        plant.open(gate)
        plant.staff(1)
        plant.pass_a_minute()


def assert_same(job: Job, people: dict[int, str], undisturbed: Outcome) -> None:
    outcome = Outcome(job, people)
    for name in vars(undisturbed):
        assert getattr(outcome, name) == getattr(undisturbed, name), name


@pytest.mark.parametrize("action", ["attachTags", "detachTags", "delete"])
def test_worker_killed_twice_equals_an_undisturbed_run(plant: Plant, filled: Site, twin: Site, action: str) -> None:
    """JOB-2: once with a batch done and not committed, once right after a commit."""
    theirs, ours = people_of(twin), people_of(filled)
    undisturbed = Outcome(start(twin, action, at_once=PEOPLE), theirs)
    assert undisturbed.job["done"] == PEOPLE
    gates = ["action.step.after.3", "action.step.committed.8"]
    plant.shut(*gates)
    plant.staff(1)
    job = start(filled, action)
    killed_at(plant, *gates)
    plant.wait_for(job)
    assert_same(job, ours, undisturbed)
    assert notes(job).count("taken_over") == 2


@pytest.mark.parametrize("action", ["attachTags", "detachTags"])
def test_undo_whose_worker_is_killed_twice_equals_an_undisturbed_undo(
    plant: Plant, filled: Site, twin: Site, action: str
) -> None:
    """JOB-4: exactly what the job changed is taken back, though the job had been cut up as well."""
    theirs, ours = people_of(twin), people_of(filled)
    before = Counter(ContactTag.objects.filter(site=filled).values_list("contact_id", "tag_id"))
    undisturbed = Outcome(run_now(undo_job(start(twin, action, at_once=PEOPLE), actor=SYSTEM)), theirs)
    plant.staff(1)
    job = start(filled, action)
    plant.wait_for(job)
    gates = ["actionUndo.step.after.2", "actionUndo.step.committed.9"]
    plant.shut(*gates)
    undo = undo_job(fresh(job), actor=SYSTEM, background=True)
    killed_at(plant, *gates)
    plant.wait_for(undo)
    assert_same(undo, ours, undisturbed)
    assert Counter(ContactTag.objects.filter(site=filled).values_list("contact_id", "tag_id")) == before


def test_two_workers_and_every_message_many_times_equal_an_undisturbed_run(
    plant: Plant, filled: Site, twin: Site
) -> None:
    """JOB-2"""
    undisturbed = Outcome(start(twin, "attachTags", at_once=PEOPLE), people_of(twin))
    plant.slice(0)
    plant.staff(2)
    job = start(filled, "attachTags")
    while not fresh(job).finished:
        plant.deliver_again(job, times=5)
        done = fresh(job).done
        plant.wait(lambda done=done: fresh(job).finished or fresh(job).done > done, "the next batch")  # type: ignore[misc]
    assert_same(job, people_of(filled), undisturbed)


def test_cancelled_job_is_undone_as_far_as_it_came(plant: Plant, filled: Site) -> None:
    """JOB-1, JOB-4"""
    plant.staff(1)
    plant.shut("action.step.committed.7")
    before = Counter(ContactTag.objects.filter(site=filled).values_list("contact_id", "tag_id"))
    job = start(filled, "attachTags")
    plant.wait_at("action.step.committed.7")
    cancel_job(job, actor=SYSTEM)
    plant.open()
    plant.wait_for(job)
    assert (fresh(job).state, fresh(job).done) == (Job.State.CANCELLED, 8 * BATCH)
    assert ContactTag.objects.filter(job_id=job.pk).count() == fresh(job).changed
    undo = undo_job(fresh(job), actor=SYSTEM)
    plant.wait_for(undo)
    assert (fresh(undo).state, fresh(undo).changed) == (Job.State.DONE, fresh(job).changed)
    assert Counter(ContactTag.objects.filter(site=filled).values_list("contact_id", "tag_id")) == before


def test_people_deleted_and_merged_while_the_job_runs_are_told_and_nobody_is_skipped(
    plant: Plant, filled: Site
) -> None:
    """JOB-2: of those the job has had already nothing is told; their tag goes over with the rest."""
    plant.staff(1)
    plant.shut("action.step.committed.5")
    people = list(Contact.objects.filter(site=filled, member_id__isnull=False).order_by("pk"))
    job = start(filled, "attachTags")
    plant.wait_at("action.step.committed.5")
    had, to_come = people[:300], people[300:]
    late = [ContactFactory(site=filled, member_id=f"late {number}") for number in range(2)]
    now = timezone.now()
    for person in (had[1], to_come[1], to_come[-2]):
        assert delete_contact(person, actor=SYSTEM, reason=DeletionReason.OPERATOR, now=now)
    for survivor, absorbed in ((late[0], had[2]), (late[1], to_come[2]), (to_come[4], to_come[3])):
        merge(survivor, absorbed, actor=SYSTEM, trigger="operator", now=now, member_into_member=True)
    plant.open()
    plant.wait_for(job)
    job = fresh(job)
    told = dict(job.refusals.exclude(code="contact_full").values_list("target_id", "code"))
    gone = {people[number].pk: "gone" for number in (301, PEOPLE - 2)}
    assert told == gone | {people[number].pk: "merged" for number in (302, 303)}
    assert (job.state, job.done) == (Job.State.DONE, PEOPLE)
    assert job.changed + job.unchanged + job.refused == PEOPLE
    full = set(job.refusals.filter(code="contact_full").values_list("target_id", flat=True))
    assert members_without_the_tag(filled) == full | {late[1].pk}  # who came late is not in the set


def members_without_the_tag(site: Site) -> set[int]:
    carriers = ContactTag.objects.filter(site=site, tag__name="VIP").values("contact_id")
    members = Contact.objects.filter(site=site, member_id__isnull=False)
    return set(members.exclude(pk__in=carriers).values_list("pk", flat=True))


def test_desk_and_plugin_answer_while_jobs_run(plant: Plant, filled: Site, alice: Operator) -> None:
    """Visitors boot and operators page through the list; nobody gets an error or waits for the end of the jobs."""
    cache.clear()
    plant.slice(0)
    plant.staff(2)
    gates = ["action.step.committed.1", "action.step.committed.10"]
    plant.shut(*gates)
    jobs = [start(filled, "attachTags"), start(filled, "detachTags")]
    plant.wait_at(gates[0], times=2)
    page, desk = Page(filled), client_of(alice)

    def boot() -> int:
        page.boot()  # which asserts its 200
        return 200

    def look() -> int:
        return desk.get("/desk/contacts/contact/").status_code

    answers: list[int] = []

    def ask(question: Callable[[], int]) -> None:
        try:
            answers.extend(question() for _ in range(6))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(question,)) for question in (boot, look, look)]
    for thread in threads:
        thread.start()
    plant.open(gates[0])
    for thread in threads:
        thread.join()
    assert answers == [200] * 18
    assert not any(fresh(job).finished for job in jobs)
    plant.open()
    plant.wait_for(*jobs)
    assert [fresh(job).state for job in jobs] == [Job.State.DONE] * 2
