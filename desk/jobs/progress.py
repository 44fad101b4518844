"""JOB-1, JOB-3: how far a job is, how fast it goes and how long it will take, from its row alone."""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from desk.models import Job

# Below this a rate says nothing yet.
LEAST_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Progress:
    """``percent`` 0–100 (None: not known yet); ``rate`` items a second; ``seconds_left`` None while nobody can say."""

    percent: int | None
    rate: float | None
    seconds_left: float | None
    seconds: float


def progress_of(job: Job) -> Progress:
    """From the start to the last sign of life; a job that waits for its turn is not counted as slower."""
    if job.started_at is None:
        return Progress(0 if job.state == Job.State.QUEUED else None, None, None, 0.0)
    until = job.finished_at or job.heartbeat_at or timezone.now()
    seconds = max((until - job.started_at).total_seconds(), 0.0)
    rate = job.done / seconds if job.done and seconds >= LEAST_SECONDS else None
    if job.total is None:
        return Progress(100 if job.finished else None, rate, None, seconds)
    percent = 100 if job.total == 0 or job.state == Job.State.DONE else min(99, job.done * 100 // job.total)
    left = None if rate is None or job.finished else max(job.total - job.done, 0) / rate
    return Progress(percent, rate, left, seconds)


# A queued job that waits longer than this is said to; a running one that gives no sign of life too.
WAITS_AFTER = datetime.timedelta(seconds=15)


def waits_for_worker(job: Job, *, now: datetime.datetime) -> bool:
    """Whether nobody works on it just now, longer than is usual: the worker is away or has its hands full."""
    if job.finished:
        return False
    return now - (job.heartbeat_at or job.created_at) > WAITS_AFTER
