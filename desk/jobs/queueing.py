"""JOB-1, JOB-4: asking for background work, for its end, and for its undoing."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from desk.actors import Actor
from desk.audit import record
from desk.jobs.kinds import job_kinds, kind_of
from desk.jobs.running import send_later
from desk.models import Job, JobNote, JobRefusal, Site

UNDO_TIME = datetime.timedelta(days=30)
FORGOTTEN_AT_ONCE = 5_000


class JobCannotBeUndone(Exception):
    """There is no undo; ``code`` says why (``JobKind.told``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def add_job(
    kind: str,
    *,
    site: Site,
    actor: Actor,
    params: Mapping[str, Any],
    dry_run: bool = False,
    background: bool = True,
    undo_of: Job | None = None,
    total: int | None = None,
) -> Job:
    """A new job of ``kind``, as ``actor``; with ``background`` the worker hears of it when the transaction commits.

    Without, the caller works it off itself (``desk.jobs.working.work_off``); what it leaves undone the worker finds.
    """
    job = Job.objects.create(
        site=site,
        kind=job_kinds.get(kind).name,
        operator=actor.operator,
        actor_kind=actor.kind,
        actor=actor.label[:120],
        address=actor.address,
        params=dict(params),
        dry_run=dry_run,
        background=background,
        undo_of=undo_of,
        total=total,
        created_at=timezone.now(),
    )
    if background:
        send_later(job)
    return job


def actor_of(job: Job) -> Actor:
    """Who the worker acts as: the one who asked for the job."""
    return Actor(job.actor_kind, job.actor, job.operator, job.address)


@transaction.atomic
def cancel_job(job: Job, *, actor: Actor) -> bool:
    """Ask the job to stop: at once when nobody works on it, else after the present batch. False when it has ended."""
    now = timezone.now()
    open_ = Job.objects.filter(pk=job.pk, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    # The row is locked by the first of these, so no worker can take the job between them.
    if not open_.filter(cancel_asked_at=None).update(cancel_asked_at=now):
        return open_.exists()
    write_note(job, "cancel_asked", {"actor": actor.label})
    record("job.cancel", actor=actor, site=job.site, target=job, details={"kind": job.kind})
    if open_.filter(claim="").update(state=Job.State.CANCELLED, finished_at=now):
        write_note(job, "cancelled")
    return True


def why_no_undo(job: Job) -> str | None:
    """None when an undo may be offered, else the code of the reason."""
    if job.kind not in job_kinds or kind_of(job).undo is None:
        return "no_undo"
    reasons = [
        (job.dry_run, "was_dry_run"),
        (not job.finished, "not_finished"),
        (not job.changed, "nothing_changed"),
        (timezone.now() - job.created_at > UNDO_TIME, "too_old"),
        (any(one.state not in (Job.State.FAILED, Job.State.CANCELLED) for one in job.undos.all()), "undone_already"),
    ]
    return next((code for holds, code in reasons if holds), None) or kind_of(job).may_undo(job)


def undo_job(job: Job, *, actor: Actor, background: bool | None = None) -> Job:
    """The job that takes ``job`` back; ``JobCannotBeUndone`` when there is none or somebody was quicker.

    It runs in the background when ``job`` did, unless ``background`` says otherwise.
    """
    if (code := why_no_undo(job)) is not None:
        raise JobCannotBeUndone(code)
    undo = kind_of(job).undo
    assert undo is not None  # why_no_undo
    in_background = job.background if background is None else background
    try:
        return add_job(undo, site=job.site, actor=actor, params={}, undo_of=job, background=in_background)
    except IntegrityError as error:
        # The database decides who of several was first (job_undone_once).
        raise JobCannotBeUndone("undone_already") from error


def write_note(job: Job, code: str, values: Mapping[str, Any] | None = None, *, level: str = "info") -> None:
    """A line in the job's log."""
    JobNote.objects.create(
        site_id=job.site_id, job=job, at=timezone.now(), level=level, code=code, values=dict(values or {})
    )


def forget_old_jobs(*, now: datetime.datetime) -> int:
    """Delete what ended long ago: dry runs after a day, the rest after 90 days (their undo ended after 30).

    Answers how many jobs.
    """
    dry, old = now - datetime.timedelta(days=1), now - datetime.timedelta(days=90)
    ended = Job.objects.filter(Q(finished_at__lt=old) | Q(dry_run=True, finished_at__lt=dry))
    # An undo before what it undid, which would take it along.
    jobs = list(ended.order_by("-pk").values_list("pk", flat=True))
    for pk in jobs:
        _forget(pk)
    return len(jobs)


def _forget(job_id: int) -> None:
    """Its refusals first and a few at a time: a job may have a million, and SQLite has one writer."""
    refusals = JobRefusal.objects.filter(job_id=job_id).order_by("pk").values_list("pk", flat=True)
    while batch := list(refusals[:FORGOTTEN_AT_ONCE]):
        JobRefusal.objects.filter(job_id=job_id, pk__lte=batch[-1]).delete()
    Job.objects.filter(pk=job_id).delete()
