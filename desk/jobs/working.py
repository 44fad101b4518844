"""JOB-2: the loop that works a job off, batch by batch.

Safe because of three things. Only the holder of ``claim`` works: it is taken by compare-and-swap, and every batch
checks it under a lock of the row. A batch's work commits together with its progress, so a killed worker repeats and
skips nothing. And the row, not the message, says what is left, so whoever comes next goes on where it ends.
"""

import datetime
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from desk.jobs.kinds import JobKind, JobStopped, JobTaken, Refused, Step, job_kinds, kind_of
from desk.jobs.pulse import pulse
from desk.models import Job, JobNote, JobRefusal

OPEN = (Job.State.QUEUED, Job.State.RUNNING)
# SQLite has one writer, and who waits for it looks again every 25 ms at first: time for somebody else's turn.
SQLITE_PAUSE = 0.03
LISTED = 100  # so many entries of a list in the result are kept


@dataclass(frozen=True, slots=True)
class Slice:
    """How a slice of work ended: ``more`` is left to do, in which ``turn``, after how many ``failures`` in a row."""

    more: bool
    turn: int = 0
    failures: int = 0


def new_token() -> str:
    """What a worker claims a job under."""
    return secrets.token_hex(16)


def work_off(job_id: int, *, token: str, turn: int | None = None, seconds: float | None = None) -> Slice:
    """Work on the job until it is finished, or for ``seconds``; nothing when it is finished or somebody has it.

    ``turn``: only if this is still its turn. What a batch raises is raised here, with the claim still held
    (``note_failure`` gives it back).
    """
    if not _claim(job_id, token, turn):
        return Slice(more=False)
    end = None if seconds is None else time.monotonic() + seconds
    while _advance(job_id, token):
        if end is not None and time.monotonic() >= end:
            return _give_back(job_id, token)
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            time.sleep(SQLITE_PAUSE)
    return Slice(more=False)


# --- the claim --------------------------------------------------------------------------------------------


def _claim(job_id: int, token: str, turn: int | None) -> bool:
    """Whether this worker now has the job; not when it is finished, not our turn or in a living worker's hands."""
    job = Job.objects.filter(pk=job_id, state__in=OPEN).first()
    now = timezone.now()
    if job is None or (turn is not None and job.turn != turn) or (job.claim and not _is_dead(job, now)):
        return False
    with transaction.atomic():
        # Compare-and-swap on all that was read: of several workers that saw the same row, one finds it unchanged.
        seen = Job.objects.filter(
            pk=job_id, state=job.state, claim=job.claim, turn=job.turn, heartbeat_at=job.heartbeat_at
        )
        mine = bool(seen.update(claim=token, heartbeat_at=now, state=Job.State.RUNNING))
        if mine and job.claim:
            _note(job, "taken_over", level="warning")
    return mine


def _is_dead(job: Job, now: datetime.datetime) -> bool:
    # A sign of life from the future is as little worth as an old one: somebody has set the clock back.
    return job.heartbeat_at is None or abs(now - job.heartbeat_at) > _dead_after()


def _dead_after() -> datetime.timedelta:
    return datetime.timedelta(seconds=settings.JOB_DEAD_AFTER)


def _give_back(job_id: int, token: str) -> Slice:
    """The slice is over: whoever hears of the next turn goes on."""
    held = Job.objects.filter(pk=job_id, claim=token)
    if not held.update(claim="", turn=F("turn") + 1, failures=0, heartbeat_at=timezone.now()):
        return Slice(more=False)
    return Slice(more=True, turn=Job.objects.values_list("turn", flat=True).get(pk=job_id))


# --- one batch --------------------------------------------------------------------------------------------


def _advance(job_id: int, token: str) -> bool:
    """Do the next thing; False when there is none: finished, cancelled, failed, or the job is another worker's now."""
    job = Job.objects.select_related("site", "operator", "undo_of").filter(pk=job_id, claim=token).first()
    if job is None:
        return False
    if job.kind not in job_kinds:
        return _settle(job, token, Job.State.FAILED, "kind_unknown")
    through = job.started_at is not None and job.cursor is None
    if job.cancel_asked_at and not through:
        return _settle(job, token, Job.State.CANCELLED)
    move = _finish if through else _begin if job.started_at is None else _step
    try:
        return move(kind_of(job), job, token)
    except JobStopped as stopped:
        return _settle(job, token, Job.State.FAILED, stopped.code, stopped.values)
    except JobTaken:
        return False


def _begin(kind: JobKind, job: Job, token: str) -> bool:
    with pulse(job.pk, token):
        start = kind.start(job)
    now = timezone.now()
    with transaction.atomic():
        mine = Job.objects.filter(pk=job.pk, claim=token, started_at=None)
        if not mine.update(total=start.total, cursor=start.cursor, started_at=now, heartbeat_at=now):
            return False
        _note(job, "started", {"total": "?" if start.total is None else start.total})
    return True


def _step(kind: JobKind, job: Job, token: str) -> bool:
    with transaction.atomic():
        # Held to the end of the batch: a worker that was thought dead and one that took over cannot both write.
        held = Job.objects.select_for_update(no_key=True).filter(pk=job.pk, claim=token).first()
        if held is None:
            return False
        for name in ("site", "operator", "undo_of"):
            setattr(held, name, getattr(job, name))
        _commit_without_waiting()
        step = kind.step(held, held.cursor)
        _save_progress(held, step)
    return True


def _commit_without_waiting() -> None:
    """PostgreSQL need not wait for the disk at each batch: if the server dies, the last ones are gone with their
    progress and are done again. The commit that ends the job waits, and with it all that came before.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")


def _save_progress(job: Job, step: Step) -> None:
    job.cursor = step.cursor
    job.done += step.done
    job.changed += step.changed
    job.unchanged += step.unchanged
    job.refused += len(step.refused)
    job.total = step.total if step.total is not None else job.total
    job.result = add_results(job.result, step.result)
    job.heartbeat_at = timezone.now()
    job.failures = 0
    job.save(
        update_fields=[
            *("cursor", "done", "changed", "unchanged", "refused", "total", "result", "heartbeat_at", "failures")
        ]
    )
    _keep_refusals(job, step.refused)


def _keep_refusals(job: Job, refused: tuple[Refused, ...]) -> None:
    rows = [
        JobRefusal(
            site_id=job.site_id,
            job=job,
            target_id=one.target_id,
            line=one.line,
            code=one.code,
            values=dict(one.values),
        )
        for one in refused
    ]
    JobRefusal.objects.bulk_create(rows, batch_size=2_000)


def _finish(kind: JobKind, job: Job, token: str) -> bool:
    result = job.result
    if kind.finish is not None:
        with pulse(job.pk, token):
            result = add_results(result, kind.finish(job))
    return _settle(job, token, Job.State.DONE, result=result)


def _settle(
    job: Job,
    token: str,
    state: Job.State,
    error: str = "",
    values: Mapping[str, Any] | None = None,
    *,
    result: Mapping[str, Any] | None = None,
) -> bool:
    """The job has come to an end. Always False: there is nothing more to do.

    The result is written with the end: a ``finish`` that is repeated after a crash is not added twice.
    """
    now = timezone.now()
    end = {"state": state, "claim": "", "finished_at": now, "heartbeat_at": now}
    end |= {"error": error, "error_values": dict(values or {})}
    if result is not None:
        end["result"] = result
    with transaction.atomic():
        if Job.objects.filter(pk=job.pk, claim=token).update(**end):
            level = "error" if error else "info"
            _note(job, error or str(state), values, level=level)
    return False


def note_failure(job_id: int, token: str, reason: str, *, most: int) -> Slice:
    """Our batch failed for a reason that may pass: give the job back for another try, or end it after ``most``."""
    with transaction.atomic():
        job = Job.objects.select_for_update(no_key=True).filter(pk=job_id, claim=token).first()
        if job is None:
            return Slice(more=False)
        if job.failures + 1 >= most:
            return Slice(more=_settle(job, token, Job.State.FAILED, "failed", {"reason": reason}))
        _note(job, "tried_again", {"reason": reason}, level="warning")
        Job.objects.filter(pk=job_id).update(
            claim="", turn=F("turn") + 1, failures=F("failures") + 1, heartbeat_at=timezone.now()
        )
    return Slice(more=True, turn=job.turn + 1, failures=job.failures + 1)


def waiting_jobs(*, now: datetime.datetime, unheard: datetime.timedelta) -> list[tuple[int, int]]:
    """(id, turn) of the jobs nobody works on: not heard of for ``unheard``, or their worker is dead."""
    dead = _dead_after()
    quiet = Q(heartbeat_at=None, created_at__lt=now - unheard) | _far_from("heartbeat_at", now, unheard)
    lost = (Q(claim="") & quiet) | (~Q(claim="") & _far_from("heartbeat_at", now, dead))
    return list(Job.objects.filter(lost, state__in=OPEN).order_by("pk").values_list("pk", "turn"))


def _far_from(field: str, now: datetime.datetime, time: datetime.timedelta) -> Q:
    return Q(**{f"{field}__lt": now - time}) | Q(**{f"{field}__gt": now + time})


def add_results(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers are summed, lists joined up to ``LISTED`` entries, objects added key by key, other values replaced."""
    result = dict(before)
    for key, value in more.items():
        known = result.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            result[key] = add_results(known, value)
        elif isinstance(value, list) and isinstance(known, list):
            result[key] = [*known, *value][:LISTED]
        elif _is_number(value) and _is_number(known):
            result[key] = known + value
        else:
            result[key] = value
    return result


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _note(job: Job, code: str, values: Mapping[str, Any] | None = None, *, level: str = "info") -> None:
    JobNote.objects.create(
        site_id=job.site_id, job_id=job.pk, at=timezone.now(), level=level, code=code, values=dict(values or {})
    )
