"""JOB-2: the loop that works a job off: one worker at a time, every batch once, whatever happens in between."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from desk.actors import SYSTEM
from desk.jobs.chunks import chunk_ids, fix_set
from desk.jobs.kinds import JobStopped, JobTaken, job_kinds
from desk.jobs.pulse import pulse
from desk.jobs.queueing import cancel_job
from desk.jobs.working import Slice, add_results, new_token, note_failure, waiting_jobs, work_off
from desk.models import Job, JobRefusal, Site
from tests.desk.jobs.toy import Toy, add_toy, did, fresh, notes, once

NOW = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)
DEAD = timedelta(seconds=61)
A, B = "a" * 32, "b" * 32


def one_batch(job: Job, token: str = A, **options: Any) -> Slice:
    """A slice that ends after the first thing it does."""
    return work_off(job.pk, token=token, seconds=0, **options)


def in_threads(count: int, function: Callable[[int], Any]) -> list[Any]:
    """What ``function(number)`` answered in each of ``count`` threads that begin together."""
    barrier = threading.Barrier(count)
    answers: list[Any] = [None] * count

    def run(number: int) -> None:
        barrier.wait()
        try:
            answers[number] = function(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def beat(job: Job, seconds_ago: float, **fields: Any) -> None:
    """As if the last sign of life had been so long ago."""
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=seconds_ago), **fields)


# --- a job without troubles -----------------------------------------------------------------------------


def test_job_does_every_item_once_and_adds_up(shop: Site, toy: Toy) -> None:
    job = add_toy(shop, total=99)
    assert work_off(job.pk, token=A) == Slice(more=False)
    job = fresh(job)
    assert did(job) == once(10)
    assert (job.state, job.claim, job.error, job.cursor) == (Job.State.DONE, "", "", None)
    assert (job.total, job.done, job.changed, job.unchanged, job.refused) == (10, 10, 4, 4, 2)
    assert job.result == {"batches": 3, "last": "9", "seen": [0, 4, 8], "finished": 1}
    assert notes(job) == ["started", "done"]
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.created_at <= job.started_at <= job.finished_at


def test_refused_items_are_kept_with_their_reasons(shop: Site, toy: Toy) -> None:
    """JOB-1"""
    job = add_toy(shop)
    work_off(job.pk, token=A)
    rows = JobRefusal.objects.filter(job=job).order_by("pk").values_list("site", "target_id", "line", "code", "values")
    assert list(rows) == [
        (shop.pk, 0, None, "seventh", {"n": 0}),
        (shop.pk, 7, None, "seventh", {"n": 7}),
    ]


def test_job_with_nothing_to_do_is_done(shop: Site, toy: Toy) -> None:
    toy.items = 0
    job = add_toy(shop)
    work_off(job.pk, token=A)
    job = fresh(job)
    assert (job.state, job.total, job.done, job.result) == (Job.State.DONE, 0, 0, {"finished": 1})
    assert not did(job)


def test_kind_without_finish_ends_as_well(shop: Site, toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(job_kinds._items, "toy", toy.undo)
    job = add_toy(shop)
    work_off(job.pk, token=A)
    assert (fresh(job).state, fresh(job).result["batches"]) == (Job.State.DONE, 3)


def test_unknown_kind_fails_and_says_so(shop: Site, toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of a version that knew more is not left waiting for ever."""
    job = add_toy(shop)
    monkeypatch.delitem(job_kinds._items, "toy")
    assert not work_off(job.pk, token=A).more
    assert (fresh(job).state, fresh(job).error) == (Job.State.FAILED, "kind_unknown")


@pytest.mark.parametrize("state", [Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED])
def test_finished_job_is_left_alone(shop: Site, toy: Toy, state: Job.State) -> None:
    job = add_toy(shop)
    Job.objects.filter(pk=job.pk).update(state=state, finished_at=timezone.now())
    assert work_off(job.pk, token=A) == Slice(more=False)
    assert fresh(job).started_at is None


def test_job_that_is_gone_is_no_error(shop: Site) -> None:
    assert work_off(4711, token=A) == Slice(more=False)


# --- the claim --------------------------------------------------------------------------------------------


def test_of_many_workers_at_once_one_has_the_job(transactional_db: None, shop: Site, toy: Toy) -> None:
    """A message delivered six times at once."""
    job = add_toy(shop)
    slices = in_threads(6, lambda number: work_off(job.pk, token=new_token(), turn=0))
    assert slices == [Slice(more=False)] * 6
    assert did(job) == once(10)
    assert notes(job) == ["started", "done"]


def test_job_in_living_hands_is_not_taken(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    Job.objects.filter(pk=job.pk).update(claim=A, state=Job.State.RUNNING)
    beat(job, seconds_ago=59)
    assert work_off(job.pk, token=B) == Slice(more=False)
    assert fresh(job).claim == A


def test_job_of_a_dead_worker_is_taken_over_where_it_was(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    with time_machine.travel(NOW, tick=False):
        one_batch(job)
        one_batch(job)
        Job.objects.filter(pk=job.pk).update(claim=A)  # and then it was killed
    with time_machine.travel(NOW + DEAD, tick=False):
        work_off(job.pk, token=B)
    assert did(job) == once(10)
    assert fresh(job).state == Job.State.DONE
    assert notes(job) == ["started", "taken_over", "done"]


def test_worker_with_a_clock_set_back_does_not_hold_its_job_for_ever(shop: Site, toy: Toy) -> None:
    """A sign of life an hour in the future: the machine has found out what time it is, and the worker was killed."""
    job = add_toy(shop)
    one_batch(job)
    beat(job, seconds_ago=-3600, claim=A)
    assert waiting_jobs(now=timezone.now(), unheard=timedelta(seconds=10)) == [(job.pk, 1)]
    work_off(job.pk, token=B)
    assert did(job) == once(10)


def test_old_worker_that_wakes_up_after_the_take_over_writes_nothing(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    one_batch(job)

    def sleep_for_long(job: Job) -> None:
        toy.on_finish = lambda job: None
        beat(job, seconds_ago=120)
        work_off(job.pk, token=B)

    toy.on_finish = sleep_for_long  # the only moment outside a transaction in which it can be overtaken
    assert work_off(job.pk, token=A) == Slice(more=False)
    assert did(job) == once(10)
    assert fresh(job).result["finished"] == 1
    assert notes(job) == ["started", "taken_over", "done"]


def test_start_that_slept_through_a_take_over_changes_nothing(shop: Site, toy: Toy) -> None:
    """It must not exchange the set of the job that is under way."""
    job = add_toy(shop)
    taken: list[bool] = []

    def fix_another(job: Job) -> None:
        fix_set(job, [1, 2, 3])

    def sleep_for_long(job: Job) -> None:
        toy.on_start = fix_another
        beat(job, seconds_ago=120)
        one_batch(job, token=B)
        try:
            fix_set(job, [4, 5])
        except JobTaken:
            taken.append(True)
            raise

    toy.on_start = sleep_for_long
    assert work_off(job.pk, token=A) == Slice(more=False)
    assert taken == [True]
    assert chunk_ids(job, 0) == [1, 2, 3]
    assert (fresh(job).claim, fresh(job).turn, fresh(job).state) == ("", 1, Job.State.RUNNING)
    work_off(job.pk, token=A)
    assert did(job) == once(10)


def test_worker_that_is_overtaken_right_before_its_batch_writes_nothing(shop: Site, toy: Toy) -> None:
    """The claim is asked for once more inside the transaction of the batch."""
    job = add_toy(shop)
    one_batch(job)

    def overtake(execute: Any, sql: str, *args: Any) -> Any:
        if sql.startswith("SAVEPOINT") and fresh(job).claim == A and not overtaken:
            overtaken.append(Job.objects.filter(pk=job.pk).update(claim=B))
        return execute(sql, *args)

    overtaken: list[int] = []
    Job.objects.filter(pk=job.pk).update(claim="")
    with connection.execute_wrapper(overtake):
        assert work_off(job.pk, token=A) == Slice(more=False)
    assert overtaken == [1]
    assert not did(job)
    assert fresh(job).claim == B


def test_batch_in_hand_cannot_be_overtaken(transactional_db: None, shop: Site, toy: Toy) -> None:
    """Even if it takes longer than a worker may be silent: the row is locked until it commits."""
    job = add_toy(shop)
    one_batch(job)
    beat(job, seconds_ago=120, claim=A)
    in_step, go_on = threading.Event(), threading.Event()

    def linger(job: Job) -> None:
        toy.on_step = lambda job: None
        in_step.set()
        go_on.wait(10)

    toy.on_step = linger

    def work(number: int) -> Slice:
        if number == 0:
            return work_off(job.pk, token=B)
        in_step.wait(10)
        threading.Timer(0.2, go_on.set).start()
        return work_off(job.pk, token="c" * 32)

    assert in_threads(2, work) == [Slice(more=False)] * 2
    assert did(job) == once(10)
    assert notes(job).count("taken_over") == 1


def test_long_start_gives_signs_of_life(transactional_db: None, shop: Site, toy: Toy, settings: Any) -> None:
    """Or the next worker would begin it anew, and then the next."""
    settings.JOB_DEAD_AFTER = 0.4
    job = add_toy(shop)
    Job.objects.filter(pk=job.pk).update(claim=A, heartbeat_at=NOW)
    beaten = threading.Event()

    def wait_for_a_beat() -> None:
        while Job.objects.get(pk=job.pk).heartbeat_at == NOW and not beaten.wait(0.01):
            pass

    stop = threading.Timer(10, beaten.set)
    stop.start()
    with pulse(job.pk, A):
        wait_for_a_beat()
    stop.cancel()
    assert not beaten.is_set()
    assert "pulse" not in {thread.name.split()[0] for thread in threading.enumerate()}


def test_pulse_does_not_revive_a_job_that_is_in_other_hands(
    transactional_db: None, shop: Site, toy: Toy, settings: Any
) -> None:
    settings.JOB_DEAD_AFTER = 0.04
    mine, other = add_toy(shop), add_toy(shop)
    Job.objects.filter(pk=mine.pk).update(claim=A, heartbeat_at=NOW)
    Job.objects.filter(pk=other.pk).update(claim=B, heartbeat_at=NOW)
    with pulse(other.pk, A), pulse(mine.pk, A):
        deadline = timezone.now() + timedelta(seconds=10)
        while fresh(mine).heartbeat_at == NOW:
            assert timezone.now() < deadline
    assert fresh(other).heartbeat_at == NOW


# --- a batch and its progress ---------------------------------------------------------------------------


class Crash(BaseException):
    """What no code catches: the worker is gone."""


def crash(job: Job) -> None:
    raise Crash


def test_batch_that_breaks_off_takes_its_progress_along(shop: Site, toy: Toy) -> None:
    """Work and progress are one transaction."""
    job = add_toy(shop)
    one_batch(job)
    one_batch(job)
    before = fresh(job)
    toy.on_step = crash
    with pytest.raises(Crash):
        work_off(job.pk, token=A)
    after = fresh(job)
    assert did(job) == once(4)
    assert (
        (after.cursor, after.done, after.result) == (before.cursor, before.done, before.result) == (4, 4, before.result)
    )
    assert JobRefusal.objects.filter(job=job).count() == 1


@pytest.mark.parametrize("place", ["on_start", "on_step", "on_finish"])
def test_crash_anywhere_and_a_second_worker_equal_an_undisturbed_run(shop: Site, toy: Toy, place: str) -> None:
    undisturbed, job = add_toy(shop), add_toy(shop)
    work_off(undisturbed.pk, token=A)
    for done in (0, 4):

        def crash_there(job: Job, done: int = done) -> None:
            if place != "on_step" or job.done == done:
                raise Crash

        setattr(toy, place, crash_there)
        with pytest.raises(Crash):
            work_off(job.pk, token=A)
        beat(job, seconds_ago=120)
    setattr(toy, place, lambda job: None)
    work_off(job.pk, token=B)
    assert did(job) == did(undisturbed)
    same = ("state", "total", "done", "changed", "unchanged", "refused", "result", "cursor")
    assert [getattr(fresh(job), name) for name in same] == [getattr(fresh(undisturbed), name) for name in same]
    assert job.refusals.count() == undisturbed.refusals.count()
    assert [code for code in notes(job) if code != "taken_over"] == notes(undisturbed)


def test_what_finish_found_is_written_with_the_end(shop: Site, toy: Toy) -> None:
    """In one statement: a worker killed between the two would add it twice."""
    job = add_toy(shop)
    with CaptureQueriesContext(connection) as queries:
        work_off(job.pk, token=A)
    updates = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert ["finished_at" in sql for sql in updates if '"finished": 1' in sql] == [True]


def test_batch_costs_the_same_statements_whatever_the_job(shop: Site, toy: Toy) -> None:
    """Read the job, lock it, work, save the progress; refusals in one insert."""
    toy.items, toy.refuses = 400, 1000
    job = add_toy(shop)
    one_batch(job)
    work_off(job.pk, token=A, seconds=0)

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            one_batch(job)
        return [query["sql"].split(" ")[0] for query in queries]

    first = statements()
    assert first == statements()
    names = [name for name in first if name in {"SELECT", "INSERT", "UPDATE", "DELETE"}]
    # Read, claim | read, lock, the toy's work, progress | give back, turn.
    assert names == ["SELECT", "UPDATE", "SELECT", "SELECT", "INSERT", "UPDATE", "UPDATE", "SELECT"]


# --- slices and turns -----------------------------------------------------------------------------------


def test_slice_gives_the_job_back_for_the_next_turn(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    assert one_batch(job, turn=0) == Slice(more=True, turn=1)
    assert (fresh(job).claim, fresh(job).turn, fresh(job).state) == ("", 1, Job.State.RUNNING)
    assert one_batch(job, turn=1) == Slice(more=True, turn=2)


def test_late_or_doubled_message_of_an_earlier_turn_does_nothing(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    one_batch(job, turn=0)
    before = fresh(job)
    assert one_batch(job, turn=0) == Slice(more=False)
    assert one_batch(job, turn=2) == Slice(more=False)
    assert (fresh(job).done, fresh(job).turn) == (before.done, before.turn)


def test_of_doubled_messages_of_one_turn_one_goes_on(transactional_db: None, shop: Site, toy: Toy) -> None:
    """So that messages never multiply: each turn has one successor."""
    job = add_toy(shop)
    one_batch(job)
    turn = fresh(job).turn
    slices = in_threads(5, lambda number: one_batch(job, token=new_token(), turn=turn))
    assert sum(ended.more for ended in slices) == 1
    assert fresh(job).turn == turn + 1


# --- failing ----------------------------------------------------------------------------------------------


def test_stopped_job_fails_with_its_reason_and_keeps_earlier_batches(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    one_batch(job)
    one_batch(job)

    def stop(job: Job) -> None:
        raise JobStopped("refused", {"reason": "no more"})

    toy.on_step = stop
    assert not work_off(job.pk, token=A).more
    job = fresh(job)
    assert (job.state, job.error, job.error_values) == (Job.State.FAILED, "refused", {"reason": "no more"})
    assert (job.done, job.cursor, did(job)) == (4, 4, once(4))
    assert notes(job) == ["started", "refused"]


def test_start_that_refuses_fails_the_job_before_anything_is_done(shop: Site, toy: Toy) -> None:
    def stop(job: Job) -> None:
        raise JobStopped("grown", {"found": 3})

    toy.on_start = stop
    job = add_toy(shop)
    work_off(job.pk, token=A)
    assert (fresh(job).state, fresh(job).error, fresh(job).started_at) == (Job.State.FAILED, "grown", None)
    assert not did(job)


def test_failure_that_may_pass_is_noted_and_tried_again(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    one_batch(job)

    def fail(job: Job) -> None:
        raise DatabaseError

    toy.on_step = fail
    with pytest.raises(DatabaseError):
        work_off(job.pk, token=A)
    assert note_failure(job.pk, A, "DatabaseError", most=5) == Slice(more=True, turn=2, failures=1)
    assert (fresh(job).claim, fresh(job).failures, fresh(job).state) == ("", 1, Job.State.RUNNING)
    toy.on_step = lambda job: None
    work_off(job.pk, token=B, turn=2)
    assert (fresh(job).state, fresh(job).failures, did(job)) == (Job.State.DONE, 0, once(10))
    assert notes(job) == ["started", "tried_again", "done"]


def test_fifth_failure_in_a_row_ends_the_job(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    one_batch(job)
    one_batch(job)

    def fail(job: Job) -> None:
        raise DatabaseError

    toy.on_step = fail
    more = []
    for _ in range(5):
        with pytest.raises(DatabaseError):
            work_off(job.pk, token=A)
        more.append(note_failure(job.pk, A, "DatabaseError", most=5).more)
    assert more == [True, True, True, True, False]
    job = fresh(job)
    assert (job.state, job.error, job.error_values) == (Job.State.FAILED, "failed", {"reason": "DatabaseError"})
    assert did(job) == once(4)
    assert notes(job) == ["started", *["tried_again"] * 4, "failed"]


def test_failures_with_a_batch_between_them_do_not_add_up(shop: Site, toy: Toy) -> None:
    toy.items, toy.batch = 10, 1
    job = add_toy(shop)

    def fail_every_other_time(job: Job) -> None:
        Job.objects.filter(pk=job.pk).update(params={})
        if job.failures == 0:
            raise DatabaseError

    toy.on_step = fail_every_other_time
    for _ in range(11):
        try:
            assert not work_off(job.pk, token=A).more
        except DatabaseError:
            note_failure(job.pk, A, "DatabaseError", most=5)
    assert (fresh(job).state, did(job)) == (Job.State.DONE, once(10))


def test_failure_of_a_worker_that_was_overtaken_counts_nothing(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    one_batch(job)
    Job.objects.filter(pk=job.pk).update(claim=B)
    assert note_failure(job.pk, A, "DatabaseError", most=1) == Slice(more=False)
    assert (fresh(job).claim, fresh(job).failures) == (B, 0)


# --- cancelling -------------------------------------------------------------------------------------------


def test_queued_job_is_cancelled_at_once(shop: Site, toy: Toy) -> None:
    """JOB-1"""
    job = add_toy(shop)
    assert cancel_job(job, actor=SYSTEM)
    assert fresh(job).state == Job.State.CANCELLED
    assert notes(job) == ["cancel_asked", "cancelled"]
    assert work_off(job.pk, token=A) == Slice(more=False)
    assert not did(job)


def test_running_job_is_cancelled_after_the_present_batch(shop: Site, toy: Toy) -> None:
    """JOB-1: what was done stays."""
    job = add_toy(shop)
    toy.on_step = lambda job: cancel_job(job, actor=SYSTEM) and None
    work_off(job.pk, token=A)
    job = fresh(job)
    assert (job.state, job.done, job.cursor) == (Job.State.CANCELLED, 4, 4)
    assert did(job) == once(4)
    assert notes(job) == ["started", "cancel_asked", "cancelled"]


def test_cancel_while_the_job_begins_is_heard_before_the_first_batch(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    toy.on_start = lambda job: cancel_job(job, actor=SYSTEM) and None
    work_off(job.pk, token=A)
    assert fresh(job).state == Job.State.CANCELLED
    assert not did(job)


def test_cancel_after_the_last_batch_comes_too_late(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    toy.on_finish = lambda job: cancel_job(job, actor=SYSTEM) and None
    work_off(job.pk, token=A)
    assert fresh(job).state == Job.State.DONE
    assert not cancel_job(job, actor=SYSTEM)


def test_asking_twice_to_cancel_is_noted_once(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    Job.objects.filter(pk=job.pk).update(claim=A, state=Job.State.RUNNING, heartbeat_at=timezone.now())
    assert cancel_job(job, actor=SYSTEM)
    assert cancel_job(job, actor=SYSTEM)
    assert notes(job) == ["cancel_asked"]


def test_job_of_a_dead_worker_that_was_to_be_cancelled_is_cancelled_by_the_next(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    one_batch(job)
    beat(job, seconds_ago=120, claim=A)
    cancel_job(job, actor=SYSTEM)
    work_off(job.pk, token=B)
    assert fresh(job).state == Job.State.CANCELLED
    assert not did(job)


# --- finding what nobody works on -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "seconds", "found"),
    [
        pytest.param("", 9, False, id="given back just now"),
        pytest.param("", 11, True, id="given back and the message lost"),
        pytest.param(A, 59, False, id="in living hands"),
        pytest.param(A, 61, True, id="in dead hands"),
        pytest.param("", -11, True, id="clock set back"),
    ],
)
def test_waiting_jobs(shop: Site, toy: Toy, claim: str, seconds: int, found: bool) -> None:
    job = add_toy(shop)
    Job.objects.filter(pk=job.pk).update(
        claim=claim, state=Job.State.RUNNING, turn=F("turn") + 3, heartbeat_at=NOW - timedelta(seconds=seconds)
    )
    assert waiting_jobs(now=NOW, unheard=timedelta(seconds=10)) == ([(job.pk, 3)] if found else [])


@pytest.mark.parametrize(("seconds", "found"), [(9, False), (11, True)])
def test_queued_job_nobody_heard_of_is_waiting(shop: Site, toy: Toy, seconds: int, found: bool) -> None:
    """The message was never sent: the broker was away, or the process died between commit and sending."""
    job = add_toy(shop)
    Job.objects.filter(pk=job.pk).update(created_at=NOW - timedelta(seconds=seconds))
    assert waiting_jobs(now=NOW, unheard=timedelta(seconds=10)) == ([(job.pk, 0)] if found else [])


def test_finished_jobs_wait_for_nobody(shop: Site, toy: Toy) -> None:
    job = add_toy(shop)
    work_off(job.pk, token=A)
    assert waiting_jobs(now=timezone.now() + timedelta(days=1), unheard=timedelta(seconds=10)) == []


# --- results ----------------------------------------------------------------------------------------------


def test_results_of_batches_add_up() -> None:
    """Numbers are summed (a truth value is none), lists joined, objects added key by key, other values replaced."""
    before = {"n": 1, "f": 0.5, "yes": True, "list": [1], "by": {"a": 1}, "text": "old", "kept": 3}
    more = {"n": 2, "f": 1, "yes": True, "list": [2], "by": {"a": 2, "b": 1}, "text": "new", "more": [9]}
    assert add_results(before, more) == {
        "n": 3,
        "f": 1.5,
        "yes": True,
        "list": [1, 2],
        "by": {"a": 3, "b": 1},
        "text": "new",
        "kept": 3,
        "more": [9],
    }
    assert len(add_results({"list": list(range(99))}, {"list": [1, 2, 3]})["list"]) == 100


def test_fixed_set_comes_back_in_slices(shop: Site, toy: Toy) -> None:
    """JOB-2: and a start that is repeated replaces what the killed one left."""
    job = add_toy(shop)
    fix_set(job, range(100, 200), size=7)
    assert fix_set(job, [1, 2, 1 << 62], size=2) == 2
    assert [chunk_ids(job, number) for number in range(3)] == [[1, 2], [1 << 62], None]
