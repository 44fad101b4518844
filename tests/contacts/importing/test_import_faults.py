"""IMP-8, JOB-2: imports by real workers that are killed and doubled half-way, and two of them at once.

The measure is an undisturbed import of the same file into another site, in the tests' own process.
"""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from contacts.bulk import run_now
from contacts.importing import plan
from contacts.importing.starting import start_run
from contacts.importing.storing import directory
from contacts.models import Contact, ContactChange, ContactImport, CustomerNumberCounter, KnownValue, Merge
from desk.actors import SYSTEM
from desk.jobs.queueing import undo_job
from desk.models import Job, Site
from tags.models import ContactTag
from tests.contacts.importing.imports import check, counts, fresh, load, run
from tests.desk.jobs.plant import Plant
from tests.desk.jobs.plant import module_plant as module_plant
from tests.desk.jobs.plant import plant as plant

HEADER = ["memberId", "name", "mobileNumber", "email", "tags", "profile.points:number"]
ROWS = [
    [
        f"m{n % 270}" if n % 3 else "",
        f"Person {n}",
        f"010-2000-{n % 280:04}",
        f"p{n % 250}@x.example" if n % 5 else "",
        "vip, new" if n % 4 else "vip",
        str(n) if n % 7 else "many",
    ]
    for n in range(300)
]
BEFORE = [[f"m{n}", f"Old {n}", "", "", "old", "1"] for n in range(0, 270, 2)]
LEADS = [["", f"Lead {n}", f"010-2000-{n:04}", "", "", ""] for n in range(0, 40)]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check makes the batches, and the run keeps to them in whichever process it is."""
    monkeypatch.setattr(plan, "rows_at_once", lambda: 20)


@pytest.fixture
def at_the_plant(plant: Plant) -> Plant:
    """Its workers find the stored files."""
    files = plant.folder / "files"
    files.mkdir(exist_ok=True)
    link = Path(files / "imports")
    if not link.exists():
        link.symlink_to(directory())
    return plant


def prepared(site: Site, plant: Plant) -> ContactImport:
    """People there already, and the file checked; a worker of the plant may be quicker than this process."""
    load(site, HEADER, BEFORE, wait=plant.wait_for)
    load(site, HEADER[:4], [row[:4] for row in LEADS], wait=plant.wait_for)
    return check(site, HEADER, ROWS, tag="faults", wait=plant.wait_for)


def outcome(site: Site, made: ContactImport) -> dict[str, Any]:
    """All that can be seen, with people named by what they are known by, so that two sites can be compared."""
    made = fresh(made)
    job = made.run_job
    assert job is not None
    names = {
        contact.pk: f"{contact.member_id} {contact.mobile_number} {contact.email}"
        for contact in Contact.objects.filter(site=site)
    }
    people = Contact.objects.filter(site=site).select_related("profile")
    return {
        "job": (job.state, job.total, job.done, job.changed, job.unchanged, job.refused, job.claim),
        "verdicts": counts(made),
        "created": made.ran["contactsCreated"],
        "replanned": made.ran.get("replanned", 0),
        "people": Counter(
            (names[one.pk], one.name, one.kind, str(one.profile.values), str(one.profile.import_tags)) for one in people
        ),
        "known": Counter(
            (names[pk], *told)
            for pk, *told in KnownValue.objects.filter(site=site).values_list("contact_id", "field", "value", "source")
        ),
        "tags": Counter(
            (names[pk], tag, job_id == job.pk)
            for pk, tag, job_id in ContactTag.objects.filter(site=site).values_list("contact_id", "tag__name", "job_id")
        ),
        "merges": Merge.objects.filter(site=site).count(),
        "journal": ContactChange.objects.filter(job_id=job.pk).count(),
        "numbers": CustomerNumberCounter.objects.get(site=site).last,
        "refusals": Counter(job.refusals.values_list("line", "code")),
    }


def killed_at(plant: Plant, *gates: str) -> None:
    """The worker comes to each gate, is killed there, and another takes over after a minute."""
    for gate in gates:
        plant.wait_at(gate)
        plant.kill()
        plant.open(gate)
        plant.staff(1)
        plant.pass_a_minute()


def gate(kind: str, when: str, **cursor: Any) -> str:
    """A place in a job; PostgreSQL keeps the keys of JSON by length."""
    if connection.vendor == "postgresql":
        cursor = dict(sorted(cursor.items(), key=lambda one: (len(one[0]), one[0])))
    return f"{kind}.step.{when}.{cursor}"


def rows_gate(when: str, batch: int) -> str:
    return gate("import", when, phase="rows", batch=batch, after=0)


def test_worker_killed_twice_equals_an_undisturbed_import(at_the_plant: Plant, shop: Site, elsewhere: Site) -> None:
    """JOB-2: once with a batch done and not committed, once right after a commit; nothing twice, nothing skipped."""
    plant = at_the_plant
    undisturbed = outcome(elsewhere, run(prepared(elsewhere, plant), wait=plant.wait_for))
    made = prepared(shop, plant)
    gates = [rows_gate("after", 3), rows_gate("committed", 9)]
    plant.shut(*gates)
    plant.staff(1)
    job = start_run(made, actor=SYSTEM)
    killed_at(plant, *gates)
    plant.wait_for(job)
    assert outcome(shop, made) == undisturbed
    assert undisturbed["merges"] > 0
    assert sum(undisturbed["verdicts"].values()) == len(ROWS)


def test_message_delivered_many_times_to_two_workers_equals_an_undisturbed_import(
    at_the_plant: Plant, shop: Site, elsewhere: Site
) -> None:
    """JOB-2."""
    plant = at_the_plant
    undisturbed = outcome(elsewhere, run(prepared(elsewhere, plant), wait=plant.wait_for))
    made = prepared(shop, plant)
    plant.slice(0)
    plant.staff(2)
    job = start_run(made, actor=SYSTEM)
    plant.deliver_again(job, times=5)
    plant.wait_for(job)
    assert outcome(shop, made) == undisturbed


def test_undo_whose_worker_is_killed_leaves_the_people_as_they_were(at_the_plant: Plant, shop: Site) -> None:
    """IMP-8."""
    plant = at_the_plant
    made = prepared(shop, plant)
    before = state(shop)
    made = run(made)
    assert made.run_job is not None
    place = gate("importUndo", "after", phase="created", line=0)
    plant.shut(place)
    plant.staff(1)
    undo = undo_job(made.run_job, actor=SYSTEM, background=True)
    killed_at(plant, place)
    plant.wait_for(undo)
    undo.refresh_from_db()
    assert (undo.state, undo.refused) == (Job.State.DONE, 0)
    assert state(shop) == before


def state(site: Site) -> Counter[Any]:
    """Everybody's values, leads by their numbers."""
    people = Contact.objects.filter(site=site).select_related("profile")
    return Counter(
        (one.member_id, one.customer_number, one.name, one.mobile_number, one.email, str(one.profile.values))
        for one in people
    )


def at_once(*calls: Callable[[], object]) -> None:
    """Each on a connection of its own; what one raises fails the test."""
    start, errors = threading.Barrier(len(calls)), []

    def work(call: Callable[[], object]) -> None:
        try:
            start.wait(30)
            call()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []


def test_two_imports_of_overlapping_files_at_once_double_nobody(at_the_plant: Plant, shop: Site) -> None:
    """IMP-8: neither deadlock nor duplicate; each file's rows are all done."""
    files = [
        check(
            shop,
            HEADER[:4],
            [[f"m{n}", f"File {which}", f"010-2000-{n:04}", ""] for n in order],
            tag=f"file {which}",
            wait=at_the_plant.wait_for,
        )
        for which, order in enumerate((range(100), range(99, -1, -1)))
    ]
    leads = [
        check(
            shop,
            HEADER[2:4],
            [[f"010-3000-{n:04}", f"l{n}@x.example"] for n in order],
            tag=f"leads {which}",
            wait=at_the_plant.wait_for,
        )
        for which, order in enumerate((range(60), range(59, -1, -1)))
    ]
    jobs = [start_run(made, actor=SYSTEM) for made in (*files, *leads)]
    at_once(*[lambda job=job: run_now(job) for job in jobs])
    # A worker of the plant may have been quicker than a thread.
    at_the_plant.wait_for(*jobs)
    assert [fresh(made).run_job.state for made in (*files, *leads)] == ["done"] * 4  # type: ignore[union-attr]
    assert sorted(Contact.objects.filter(site=shop).values_list("customer_number", flat=True)) == list(range(1, 161))
    assert all(
        sum(counts(fresh(made)).values()) == rows
        for made, rows in zip((*files, *leads), (100, 100, 60, 60), strict=True)
    )
    tags = {
        str(sorted(one))
        for one in Contact.objects.filter(member_id=None).values_list("profile__import_tags", flat=True)
    }
    assert tags == {"['leads 0', 'leads 1']"}
