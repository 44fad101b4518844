"""JOB-2: Celery's side of the jobs: what is sent when, and what becomes of a failure."""

from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import OperationalError
from django.db import DatabaseError
from django.utils import timezone

from desk.jobs import running
from desk.jobs.running import find_jobs, run_here, run_job, send
from desk.models import Job, Site
from tests.desk.jobs.toy import Toy, add_toy, did, fresh, notes, once


class Broker:
    """Stands where Celery hands messages over, and keeps (job, turn, countdown)."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, int, float]] = []
        self.error: Exception | None = None

    def apply_async(self, args: tuple[int, int], *, countdown: float, retry: bool) -> None:
        assert not retry
        if self.error:
            raise self.error
        self.sent.append((*args, countdown))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Broker:
    broker = Broker()
    monkeypatch.setattr(run_job, "apply_async", broker.apply_async)
    settings.JOB_SLICE = 0.0
    return broker


def fail(job: Job) -> None:
    raise DatabaseError("Key (email)=(kim@example.com) already exists.")


def test_slice_sends_the_next_turn_until_the_job_is_done(shop: Site, toy: Toy, broker: Broker) -> None:
    job = add_toy(shop)
    run_job(job.pk, 0)
    while broker.sent and not fresh(job).finished:
        run_job(*broker.sent[-1][:2])
    assert did(job) == once(10)
    assert broker.sent == [(job.pk, turn, 0) for turn in range(1, len(broker.sent) + 1)]


def test_message_of_an_earlier_turn_sends_nothing(shop: Site, toy: Toy, broker: Broker) -> None:
    """Messages do not multiply: one that does nothing has no successor."""
    job = add_toy(shop)
    run_job(job.pk, 0)
    for _ in range(10):
        run_job(job.pk, 0)
    assert broker.sent == [(job.pk, 1, 0)]


def test_failed_batch_is_tried_again_later_each_time(shop: Site, toy: Toy, broker: Broker) -> None:
    job = add_toy(shop)
    run_job(job.pk, 0)
    toy.on_step = fail
    for turn in range(1, 7):
        run_job(job.pk, turn)
    assert [countdown for _job, _turn, countdown in broker.sent] == [0, 2, 4, 8, 16]
    assert (fresh(job).state, fresh(job).error) == (Job.State.FAILED, "failed")
    assert not did(job)


def test_reason_of_a_failure_holds_no_values_of_rows(shop: Site, toy: Toy, broker: Broker) -> None:
    """The text of a database error may be somebody's address."""
    toy.on_start = fail
    job = add_toy(shop)
    run_job(job.pk, 0)
    assert job.notes.get().values == {"reason": "DatabaseError"}


def test_broker_that_is_away_is_no_error(
    shop: Site, toy: Toy, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    """The job stays given back, and is found when the broker is there again."""
    broker.error = OperationalError("no route")
    job = add_toy(shop)
    run_job(job.pk, 0)
    assert "could not be told of job" in caplog.text
    assert (fresh(job).claim, fresh(job).turn) == ("", 1)
    broker.error = None
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=11))
    find_jobs()
    assert broker.sent == [(job.pk, 1, 0)]


@pytest.mark.parametrize("error", [OperationalError(), DatabaseError(), ConnectionRefusedError()], ids=repr)
def test_whatever_the_broker_raises_is_logged(broker: Broker, error: Exception) -> None:
    broker.error = error
    send(1, 0)


def test_search_tells_only_of_jobs_nobody_works_on(shop: Site, toy: Toy, broker: Broker) -> None:
    lost, working, new = add_toy(shop), add_toy(shop), add_toy(shop)
    Job.objects.filter(pk=lost.pk).update(created_at=timezone.now() - timedelta(seconds=11))
    Job.objects.filter(pk=working.pk).update(claim="a", heartbeat_at=timezone.now() - timedelta(seconds=30))
    find_jobs()
    assert broker.sent == [(lost.pk, 0, 0)]
    assert fresh(new).state == Job.State.QUEUED


# --- at once, within the request ------------------------------------------------------------------------


def test_small_job_is_done_when_the_call_returns(shop: Site, toy: Toy, broker: Broker) -> None:
    job = run_here(add_toy(shop, background=False))
    assert (job.state, did(job), broker.sent) == (Job.State.DONE, once(10), [])


def test_small_job_the_database_has_no_time_for_goes_on_in_the_background(shop: Site, toy: Toy, broker: Broker) -> None:
    """A deadlock or a lock waited for too long is not the operator's business."""
    toy.on_step = lambda job: fail(job) if job.done else None
    job = run_here(add_toy(shop, background=False))
    assert (job.state, job.background, job.claim, job.done) == (Job.State.RUNNING, True, "", 4)
    assert broker.sent == [(job.pk, 1, 2)]
    toy.on_step = lambda job: None
    run_job(job.pk, 1)
    while not fresh(job).finished:
        run_job(job.pk, fresh(job).turn)
    assert did(job) == once(10)
    assert notes(job) == ["started", "tried_again", "done"]


def test_names_celery_knows_the_tasks_by() -> None:
    """The schedule in the settings names them."""
    assert (running.run_job.name, running.find_jobs.name) == ("desk.run_job", "desk.find_jobs")
