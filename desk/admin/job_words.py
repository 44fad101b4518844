"""JOB-1: a job as the desk shows it: in the tray, in the list of jobs and on its own page, in the same words."""

import datetime
from dataclasses import dataclass

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from desk.access import Access
from desk.jobs.permissions import may_manage
from desk.jobs.progress import progress_of, waits_for_worker
from desk.jobs.telling import told_done, told_left, told_rate, told_time
from desk.jobs.words import no_undo_code, shown_label, told, told_outcome
from desk.models import Job

_LOOKS = {
    Job.State.QUEUED: ("info", "clock"),
    Job.State.RUNNING: ("accent", "refresh"),
    Job.State.DONE: ("success", "check"),
    Job.State.FAILED: ("danger", "error"),
    Job.State.CANCELLED: ("neutral", "block"),
}


@dataclass(frozen=True, slots=True)
class ShownJob:
    """``status`` says how it goes or how it ended; ``percent`` None: nobody knows yet. ``look`` is a badge's."""

    id: str
    label: str
    url: str
    state: str
    state_words: str
    look: str
    icon: str
    open: bool
    percent: int | None
    done_words: str
    status: str
    by: str
    at: str
    took: str
    cancel_url: str = ""
    undo_url: str = ""


def show_job(job: Job, access: Access, *, now: datetime.datetime, with_undo: bool = False) -> ShownJob:
    """``with_undo``: look whether it can be undone, which costs a statement."""
    progress = progress_of(job)
    look, icon = _LOOKS[Job.State(job.state)]
    if job.state == Job.State.DONE and job.refused:
        look, icon = "warning", "warning"
    manages = may_manage(access, job)
    undoable = with_undo and manages and job.finished and no_undo_code(job) is None
    return ShownJob(
        id=str(job.pk),
        label=shown_label(job),
        url=reverse("admin:job", args=[job.pk]),
        state=str(job.state),
        state_words=_state_words(job),
        look=look,
        icon=icon,
        open=not job.finished,
        percent=progress.percent,
        done_words=told_done(job),
        status=_status(job, now),
        by="" if job.operator_id == access.operator.pk else job.actor,
        at=shown_time(job.created_at),
        took=told_time(progress.seconds) if job.finished and job.started_at else "",
        cancel_url=reverse("admin:job_cancel", args=[job.pk])
        if manages and not job.finished and not job.cancel_asked_at
        else "",
        undo_url=reverse("admin:job_undo", args=[job.pk]) if undoable else "",
    )


def shown_time(moment: datetime.datetime) -> str:
    """Date and time to the minute in the site's zone."""
    local = timezone.localtime(moment)
    return f"{formats.date_format(local, 'SHORT_DATE_FORMAT').rstrip('.')} {local:%H:%M}"


def _state_words(job: Job) -> str:
    if not job.finished and job.cancel_asked_at:
        return _("stopping")
    return str(Job.State(job.state).label)


def _status(job: Job, now: datetime.datetime) -> str:
    if job.state == Job.State.FAILED:
        return told(job, job.error, job.error_values)
    if job.finished:
        return told_outcome(job)
    if job.cancel_asked_at:
        return _("stopping after the present batch")
    if waits_for_worker(job, now=now):
        return _("waiting for the worker")
    progress = progress_of(job)
    if job.state == Job.State.QUEUED or job.started_at is None:
        return _("starting")
    parts = [
        "" if progress.percent is None else f"{progress.percent} %",
        told_rate(progress.rate),
        told_left(progress.seconds_left),
    ]
    return " · ".join(filter(None, parts)) or _("starting")
