"""JOB-1, JOB-4: asking for background work and for its undoing, once; forgetting what ended long ago."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from desk.actors import SYSTEM, Actor
from desk.jobs import running
from desk.jobs.queueing import (
    JobCannotBeUndone,
    actor_of,
    add_job,
    cancel_job,
    forget_old_jobs,
    undo_job,
    why_no_undo,
    write_note,
)
from desk.jobs.working import work_off
from desk.models import AuditEntry, Job, JobRefusal, Operator, Site
from desk.registry import UnknownName
from tests.desk.jobs.toy import Toy, add_toy, fresh, notes

NOW = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)
A = "a" * 32


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What the broker is told: (job, turn)."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(running.run_job, "apply_async", lambda args, **options: sent.append(args))
    return sent


def finished(site: Site, **options: Any) -> Job:
    job = add_toy(site, background=False, **options)
    work_off(job.pk, token=A)
    return fresh(job)


# --- adding -----------------------------------------------------------------------------------------------


def test_job_is_queued_as_the_one_who_asked(shop: Site, toy: Toy, bob: Operator) -> None:
    actor = Actor.of_operator(bob, "127.0.0.1")
    job = fresh(add_job("toy", site=shop, actor=actor, params={"a": [1]}, total=7))
    assert (job.state, job.turn, job.claim, job.heartbeat_at, job.cursor) == (Job.State.QUEUED, 0, "", None, None)
    assert (job.params, job.total, job.dry_run, job.background) == ({"a": [1]}, 7, False, True)
    assert actor_of(job) == actor


def test_unknown_kind_is_refused_at_once(shop: Site, toy: Toy) -> None:
    with pytest.raises(UnknownName):
        add_job("toi", site=shop, actor=SYSTEM, params={})
    assert not Job.objects.exists()


def test_worker_hears_of_a_job_when_it_is_committed(
    shop: Site, toy: Toy, sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    """Not before: it would find no row."""
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            job = add_toy(shop)
        assert sent == []
    assert sent == [(job.pk, 0)]


def test_job_that_rolls_back_is_told_to_nobody(
    shop: Site, toy: Toy, sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            add_toy(shop)
            transaction.set_rollback(True)
    assert sent == []
    assert not Job.objects.exists()


def test_job_that_is_done_at_once_is_told_to_nobody(
    shop: Site, toy: Toy, sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        add_toy(shop, background=False)
    assert sent == []


# --- undoing ----------------------------------------------------------------------------------------------


def test_undo_is_a_job_of_its_own(shop: Site, toy: Toy, bob: Operator) -> None:
    job = finished(shop)
    undo = undo_job(job, actor=Actor.of_operator(bob))
    assert (undo.kind, undo.undo_of, undo.site, undo.operator) == ("toyUndo", job, shop, bob)
    assert not undo.background  # small as the job was
    assert why_no_undo(job) == "undone_already"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"dry_run": True}, "was_dry_run", id="dry run"),
        pytest.param({"state": "running", "finished_at": None}, "not_finished", id="running"),
        pytest.param({"changed": 0}, "nothing_changed", id="nothing changed"),
        pytest.param({"created_at": timezone.now() - timedelta(days=31)}, "too_old", id="31 days"),
        pytest.param({"created_at": timezone.now() - timedelta(days=29)}, None, id="29 days"),
        pytest.param({"kind": "toyUndo"}, "no_undo", id="an undo"),
        pytest.param({"kind": "forgotten"}, "no_undo", id="kind unknown"),
        pytest.param({"state": "failed"}, None, id="failed half-way"),
        pytest.param({"state": "cancelled"}, None, id="cancelled half-way"),
    ],
)
def test_who_may_not_be_undone(shop: Site, toy: Toy, fields: dict[str, Any], code: str | None) -> None:
    job = finished(shop)
    Job.objects.filter(pk=job.pk).update(**fields)
    assert why_no_undo(fresh(job)) == code
    if code:
        with pytest.raises(JobCannotBeUndone) as refused:
            undo_job(fresh(job), actor=SYSTEM)
        assert refused.value.code == code


@pytest.mark.parametrize(("state", "code"), [("failed", None), ("cancelled", None), ("done", "undone_already")])
def test_undo_that_came_to_nothing_may_be_asked_for_again(shop: Site, toy: Toy, state: str, code: str | None) -> None:
    job = finished(shop)
    undo = undo_job(job, actor=SYSTEM)
    Job.objects.filter(pk=undo.pk).update(state=state, finished_at=timezone.now())
    assert why_no_undo(job) == code


def test_of_many_who_press_undo_at_once_one_makes_the_job(transactional_db: None, shop: Site, toy: Toy) -> None:
    """JOB-4"""
    job = finished(shop)
    barrier = threading.Barrier(5)
    answers: list[str] = []

    def press() -> None:
        barrier.wait()
        try:
            undo_job(job, actor=SYSTEM)
            answers.append("undoing")
        except JobCannotBeUndone as refused:
            answers.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["undoing", *["undone_already"] * 4]
    assert Job.objects.filter(undo_of=job).count() == 1


# --- cancelling from many sides ---------------------------------------------------------------------------


def test_cancelling_and_beginning_at_once_ends_in_one_of_both(transactional_db: None, shop: Site, toy: Toy) -> None:
    """Either the worker was first and hears of it, or the job never begins; the row is never both."""
    jobs = [add_toy(shop, background=False) for _ in range(6)]
    barrier = threading.Barrier(2)

    def work() -> None:
        for job in jobs:
            barrier.wait()
            work_off(job.pk, token=A)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    for job in jobs:
        barrier.wait()
        cancel_job(job, actor=SYSTEM)
    worker.join()
    for job in map(fresh, jobs):
        assert job.finished
        assert notes(job)[-1] in {"done", "cancelled", "cancel_asked"}
        assert (job.state == Job.State.CANCELLED) == ("cancelled" in notes(job))


def test_cancelling_is_told_to_the_audit_log_once(shop: Site, toy: Toy, bob: Operator) -> None:
    """JOB-1: who stopped it stays known after the job's own log is gone."""
    job = add_toy(shop, background=False)
    for _ in range(2):
        cancel_job(job, actor=Actor.of_operator(bob))
    [entry] = AuditEntry.objects.filter(action="job.cancel")
    assert (entry.operator, entry.target_id, entry.details) == (bob, str(job.pk), {"kind": job.kind})


# --- forgetting -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "dry_run", "left"),
    [
        pytest.param(0.9, True, 1, id="dry run of today"),
        pytest.param(1.1, True, 0, id="dry run of yesterday"),
        pytest.param(89, False, 1, id="89 days"),
        pytest.param(91, False, 0, id="91 days"),
    ],
)
def test_old_jobs_go_with_all_they_have(shop: Site, toy: Toy, days: float, dry_run: bool, left: int) -> None:
    job = finished(shop, dry_run=dry_run)
    write_note(job, "tried_again")
    Job.objects.filter(pk=job.pk).update(finished_at=NOW - timedelta(days=days))
    forget_old_jobs(now=NOW)
    assert Job.objects.count() == left
    assert JobRefusal.objects.exists() == bool(left)


def test_job_that_has_not_ended_is_never_forgotten(shop: Site, toy: Toy) -> None:
    job = add_toy(shop, dry_run=True)
    forget_old_jobs(now=timezone.now() + timedelta(days=1000))
    assert fresh(job).state == Job.State.QUEUED


def test_job_goes_after_its_undo_that_ended_long_ago_too(shop: Site, toy: Toy) -> None:
    job = finished(shop)
    undo = undo_job(job, actor=SYSTEM)
    work_off(undo.pk, token=A)
    Job.objects.update(finished_at=NOW - timedelta(days=91))
    assert forget_old_jobs(now=NOW) == 2
    assert not Job.objects.exists()


def test_very_many_refusals_are_forgotten_in_batches(shop: Site, toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million of them in one transaction would hold up SQLite's only writer."""
    monkeypatch.setattr("desk.jobs.queueing.FORGOTTEN_AT_ONCE", 3)
    toy.items, toy.refuses = 10, 1
    job = finished(shop)
    assert job.refused == 10
    Job.objects.update(finished_at=NOW - timedelta(days=91))
    assert forget_old_jobs(now=NOW) == 1
    assert not JobRefusal.objects.exists()
