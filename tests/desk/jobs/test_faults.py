"""JOB-2: real workers on a real broker, stopped, killed and starved: the job ends as if nothing had been."""

import os
import signal
from collections import Counter

import pytest
from django.db import connection, transaction

from config.celery import app
from desk.actors import SYSTEM
from desk.jobs.queueing import cancel_job, undo_job
from desk.jobs.running import find_jobs
from desk.models import Job, JobNote, Site
from tests.desk.jobs.plant import Plant
from tests.desk.jobs.plant import module_plant as module_plant
from tests.desk.jobs.plant import plant as plant
from tests.desk.jobs.toy import Toy, add_toy, did, fresh, notes, once

ITEMS, BATCHES = 60, 12  # what the toy of fault_app does


@pytest.fixture(autouse=True)
def _known(toy: Toy) -> None:
    """The tests ask for toy jobs; the workers have their own kind, with gates."""


def assert_as_if_undisturbed(job: Job, *, besides: tuple[str, ...] = ()) -> None:
    """Every item once, all counts, results, refusals and lines of the log; ``besides``: lines that may be there too."""
    job = fresh(job)
    assert (job.state, job.error, job.claim, job.cursor) == (Job.State.DONE, "", "", None), notes(job)
    assert did(job) == once(ITEMS)
    assert (job.total, job.done, job.changed, job.unchanged, job.refused) == (60, 60, 25, 26, 9)
    result = {"batches": BATCHES, "last": "59", "seen": list(range(0, 60, 5))}
    assert job.result == (result if job.undo_of_id else {**result, "finished": 1})
    assert Counter(job.refusals.values_list("target_id", flat=True)) == Counter(range(0, 60, 7))
    assert [code for code in notes(job) if code not in besides] == ["started", "done"]


def test_killed_worker_before_within_and_after_a_batch(plant: Plant, shop: Site) -> None:
    """kill -9, four times in one job: while the set is fixed, with a batch done and not committed, right after its
    commit, and before the first statement of the next."""
    gates = ["toy.start.after", "toy.step.after.10", "toy.step.committed.25", "toy.step.before.50"]
    plant.shut(*gates)
    plant.staff(1)
    job = add_toy(shop)
    for gate in gates:
        plant.wait_at(gate)
        plant.kill()
        plant.open(gate)
        plant.staff(1)
        plant.pass_a_minute()
    plant.wait_for(job)
    assert_as_if_undisturbed(job, besides=("taken_over",))
    assert notes(job).count("taken_over") == len(gates)
    # A batch whose work was not committed was done again, one that was committed was not.
    passed = Counter(line for line in plant.trace() if "step.after" in line)
    assert (passed["toy.step.after.10"], passed["toy.step.after.25"], passed["toy.step.after.50"]) == (2, 1, 1)


def test_stopped_worker_hands_the_job_to_the_next(plant: Plant, shop: Site) -> None:
    """SIGTERM: the slice in hand ends, nothing is found dead, nobody waits a minute."""
    (worker,) = plant.staff(1)
    plant.slice(0)
    plant.shut("toy.step.after.20")
    job = add_toy(shop)
    plant.wait_at("toy.step.after.20")
    before = plant.log.read_text().count("Warm shutdown")
    os.kill(worker, signal.SIGTERM)
    plant.wait(lambda: plant.log.read_text().count("Warm shutdown") > before, "a worker that is stopping")
    plant.open()
    assert plant.end_of(worker) == 0
    assert fresh(job).claim == ""
    assert fresh(job).done in (25, 30)  # it may have had the next turn in hand already
    plant.staff(1)
    plant.wait_for(job)
    assert_as_if_undisturbed(job)


def test_message_delivered_ten_times_at_once_to_two_workers(plant: Plant, shop: Site) -> None:
    plant.slice(0)
    plant.shut("toy.start.before")
    job = add_toy(shop)
    plant.deliver_again(job, times=10)
    plant.staff(2)
    plant.wait_at("toy.start.before")
    plant.open()
    plant.wait(lambda: fresh(job).done >= 20, "a few batches")
    plant.deliver_again(job, times=10)
    plant.wait_for(job)
    assert_as_if_undisturbed(job)
    # Each turn was somebody's, once: the doubled messages had no successors.
    assert fresh(job).turn == BATCHES + 1


def test_broker_that_goes_away_and_comes_back_empty(plant: Plant, shop: Site) -> None:
    """The slice ends without anybody to tell; the search finds the job; the worker finds the broker.

    Or it ends: kombu sometimes dies of a Redis that closes the connection. Then it is started again, as in production.
    """
    plant.staff(1)
    plant.slice(0)
    plant.shut("toy.step.committed.20")
    job = add_toy(shop)
    plant.wait_at("toy.step.committed.20")
    with plant.without_broker():
        plant.open()
        plant.wait_until_given_back(job)
        plant.wait(lambda: "could not be told of job" in plant.log.read_text(), "the worker's warning")
        late = add_toy(shop)  # whoever asks for work meanwhile is not refused, and does not wait
        assert did(job) == once(25)
    plant.supervise()
    plant.pass_a_minute()
    plant.wait_for(job, late)
    assert_as_if_undisturbed(job)
    assert_as_if_undisturbed(late)


def test_twenty_jobs_share_two_workers_with_other_work(plant: Plant, shop: Site) -> None:
    """Slice by slice in turn, so that each gets on and what is queued after them is not kept waiting to the end."""
    plant.slice(0)
    jobs = [add_toy(shop) for _ in range(20)]
    app.send_task("tests.how_many_jobs")
    plant.staff(2)
    find_jobs()
    plant.wait_for(*jobs)
    for job in jobs:
        assert_as_if_undisturbed(job)
    assert "open jobs 20" in plant.trace()


def test_cancel_in_the_middle_leaves_whole_batches_and_an_undo(plant: Plant, shop: Site) -> None:
    """JOB-1, JOB-4"""
    plant.staff(2)
    plant.shut("toy.step.committed.15")
    job = add_toy(shop)
    plant.wait_at("toy.step.committed.15")
    assert cancel_job(job, actor=SYSTEM)
    plant.open()
    plant.wait_for(job)
    assert (fresh(job).state, fresh(job).done, did(job)) == (Job.State.CANCELLED, 20, once(20))
    assert notes(job) == ["started", "cancel_asked", "cancelled"]
    undo = undo_job(fresh(job), actor=SYSTEM)
    plant.wait_for(undo)
    assert_as_if_undisturbed(undo)


def test_job_cancelled_while_its_worker_is_dead_stays_cancelled(plant: Plant, shop: Site) -> None:
    plant.staff(1)
    plant.shut("toy.step.committed.15")
    job = add_toy(shop)
    plant.wait_at("toy.step.committed.15")
    plant.kill()
    assert cancel_job(job, actor=SYSTEM)
    plant.open()
    plant.staff(1)
    plant.pass_a_minute()
    plant.wait_for(job)
    assert (fresh(job).state, did(job)) == (Job.State.CANCELLED, once(20))


def test_database_that_is_busy_for_a_while_delays_the_job_only(plant: Plant, shop: Site) -> None:
    """Somebody else's long transaction: on SQLite it has the only lock, on PostgreSQL that of the job's row."""
    plant.staff(1)
    plant.shut("toy.step.committed.20")
    job = add_toy(shop)
    plant.wait_at("toy.step.committed.20")
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)
        plant.open()
        with connection.cursor() as cursor:  # time passes, seen from the worker
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_sleep(1)")
            else:
                count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000)"
                cursor.execute(f"{count} SELECT max(i) FROM n")
        assert did(job) == once(25)
    plant.wait_for(job)
    assert_as_if_undisturbed(job)


def break_connections() -> None:
    """What a restart of the server does to the workers: each has lost its connection, and its batch."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


if connection.vendor == "postgresql":  # SQLite has no connection to lose

    def test_worker_that_loses_its_database_connection_tries_the_batch_again(plant: Plant, shop: Site) -> None:
        plant.staff(1)
        plant.shut("toy.step.after.20")
        job = add_toy(shop)
        plant.wait_at("toy.step.after.20")
        break_connections()
        plant.open()
        plant.wait_for(job)
        assert_as_if_undisturbed(job, besides=("tried_again",))
        assert JobNote.objects.get(job=job, code="tried_again").values == {"reason": "OperationalError"}
        assert plant.trace().count("toy.step.after.20") == 2
