"""JOB-2: signs of life while a worker is busy with something long that has no batches.

Fixing the set of a million people may take longer than a worker may be silent. Without a pulse the next one would
begin it anew, and then the next, for ever. Batches need none: each is short and writes the sign of life itself.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from desk.models import Job

logger = logging.getLogger(__name__)

# What takes longer than this hangs, whatever it says.
LONGEST = 3600.0


@contextmanager
def pulse(job_id: int, token: str) -> Iterator[None]:
    """Renew the sign of life of the job from a thread until the block is left, four times within JOB_DEAD_AFTER."""
    if connection.in_atomic_block:
        # Inside somebody's transaction nobody else sees the claim, and on SQLite the thread would wait for us.
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(job_id, token, over), name=f"pulse {job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(job_id: int, token: str, over: threading.Event) -> None:
    end = time.monotonic() + LONGEST
    try:
        while not over.wait(settings.JOB_DEAD_AFTER / 4) and time.monotonic() < end:
            _say_alive(job_id, token)
    finally:
        connection.close()


def _say_alive(job_id: int, token: str) -> None:
    try:
        Job.objects.filter(pk=job_id, claim=token).update(heartbeat_at=timezone.now())
    except DatabaseError as error:
        # The next beat comes in time; if none does, another worker takes over, which is what it is for.
        logger.warning("Job %s could not give a sign of life: %s", job_id, error)
        connection.close_if_unusable_or_obsolete()
