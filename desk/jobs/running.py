"""Celery's side of the jobs: sending a job's id, running a slice of it, finding the ones nobody works on (JOB-2).

Celery carries ids and turns, nothing else. A message that cannot be sent is no error: the search finds the job.
"""

import datetime
import logging
from functools import partial

from celery import current_app, shared_task
from celery.exceptions import OperationalError
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from desk.jobs.working import new_token, note_failure, waiting_jobs, work_off
from desk.models import Job

logger = logging.getLogger(__name__)

UNHEARD = datetime.timedelta(seconds=10)
UNHEARD_TASK = 600  # seconds after which a task that nobody took up is found anew, and the old message is worth nothing
TRIES = 5  # batches in a row that may fail before the job does


def send_later(job: Job) -> None:
    """Tell the workers of the job when the present transaction commits."""
    transaction.on_commit(partial(send, job.pk, job.turn))


def send(job_id: int, turn: int, *, seconds: float = 0) -> None:
    """Tell the workers; a broker that is away is logged, and the job found by ``find_jobs`` when it is back."""
    try:
        run_job.apply_async((job_id, turn), countdown=seconds, retry=False)
    except (OperationalError, DatabaseError, OSError) as error:
        logger.warning("The queue could not be told of job %s; it will be found: %s", job_id, error)


def run_soon(task: str, *ids: int) -> None:
    """Tell the workers to run the task of that name, when the present transaction commits.

    A broker that is away is logged: whoever calls this has a search that finds what was not told.
    """
    transaction.on_commit(partial(_send_task, task, ids), robust=True)


def _send_task(task: str, ids: tuple[int, ...]) -> None:
    try:
        current_app.send_task(task, args=ids, retry=False, expires=UNHEARD_TASK)
    except (OperationalError, DatabaseError, OSError) as error:
        logger.warning("The queue could not be told of %s; it will be found: %s", task, error)


def run_here(job: Job) -> Job:
    """Work the job off before this returns; answers its row as it is then.

    When the database has no time for it (a deadlock, a lock waited for too long), what is left goes on in the
    background, as after a worker's failure. Not inside a transaction: each batch commits by itself.
    """
    token = new_token()
    try:
        work_off(job.pk, token=token)
    except DatabaseError as error:
        logger.warning("Job %s goes on in the background: %s", job.pk, type(error).__name__)
        _try_again(job.pk, token, error)
        Job.objects.filter(pk=job.pk).update(background=True)
    return Job.objects.select_related("site", "operator", "undo_of").get(pk=job.pk)


@shared_task(name="desk.run_job")
def run_job(job_id: int, turn: int) -> None:
    """A slice of the job; then it stands at the end of the queue, so that many jobs and other work share the worker."""
    token = new_token()
    try:
        ended = work_off(job_id, token=token, turn=turn, seconds=settings.JOB_SLICE)
    except Exception as error:
        # Anything: a deadlock, a server that restarts, a mistake of ours. The batch is rolled back; the job must
        # neither hang nor take the worker with it. If the database is away, the job is found when it is back.
        logger.exception("Job %s failed", job_id)
        _try_again(job_id, token, error)
    else:
        if ended.more:
            send(job_id, ended.turn)


def _try_again(job_id: int, token: str, error: Exception) -> None:
    """Give the job back, for a moment later; for ever when it has failed too often."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    # The text of a database error holds values of rows: only its name is kept.
    ended = note_failure(job_id, token, type(error).__name__, most=TRIES)
    if ended.more:
        send(job_id, ended.turn, seconds=2**ended.failures)


@shared_task(name="desk.find_jobs")
def find_jobs() -> None:
    """Every ten seconds: jobs whose message was lost or whose worker died. A message too many does nothing."""
    for job_id, turn in waiting_jobs(now=timezone.now(), unheard=UNHEARD):
        send(job_id, turn)
