"""What the fault tests run in real worker processes: the desk's Celery application with gates in every kind of job.

A gate is a place a worker passes: it says so in the trace, and while the file of that name is there it stays. That
makes the moment of a kill exact. Batches are small, and how long a slice is stands in a file, so that one worker
serves many tests.
"""

import dataclasses
import itertools
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from celery.signals import task_prerun, worker_ready

from config.celery import app

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402

from contacts import bulk, sweeping  # noqa: E402
from desk.jobs.kinds import JobKind, Start, Step, job_kinds  # noqa: E402
from desk.models import Job, Site  # noqa: E402
from tests.desk.jobs.toy import Toy  # noqa: E402

FOLDER = Path(os.environ["FAULTS_FOLDER"])
BATCH = int(os.environ["FAULTS_BATCH"])
STUCK = 120.0  # seconds at a gate that nobody opens: the test is gone

# The end of a lease is told by the tests: they make the messages visible, or search for lost jobs.
app.conf.broker_transport_options |= {"visibility_timeout": 3600}


def note(line: str) -> None:
    """Append one line; O_APPEND keeps lines of several processes whole."""
    file = os.open(FOLDER / "trace", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def gate(name: str) -> None:
    """Pass, and stay while the gate is shut."""
    note(name)
    end = time.monotonic() + STUCK
    while (FOLDER / "gates" / name).exists() and time.monotonic() < end:
        time.sleep(0.005)


def gated(kind: JobKind) -> JobKind:
    """The same kind with gates before and after everything it does."""

    def start(job: Job) -> Start:
        gate(f"{kind.name}.start.before")
        started = kind.start(job)
        gate(f"{kind.name}.start.after")
        return started

    def step(job: Job, cursor: Any) -> Step:
        gate(f"{kind.name}.step.before.{cursor}")
        step = kind.step(job, cursor)
        gate(f"{kind.name}.step.after.{cursor}")
        transaction.on_commit(lambda: gate(f"{kind.name}.step.committed.{cursor}"))
        return step

    return dataclasses.replace(kind, start=start, step=step)


@task_prerun.connect
def _read_slice(**kwargs: Any) -> None:
    settings.JOB_SLICE = float((FOLDER / "slice").read_text())


@worker_ready.connect
def _say_ready(**kwargs: Any) -> None:
    note(f"ready {os.getpid()}")


@app.task(name="tests.how_many_jobs")
def how_many_jobs() -> None:
    """Another piece of work among the jobs: how many of them have not ended when its turn comes."""
    note(f"open jobs {Job.objects.filter(finished_at=None).count()}")


_fix_set = bulk.fix_set
bulk.fix_set = lambda job, ids, *, size: _fix_set(job, ids, size=BATCH)  # type: ignore[assignment]
_delete = sweeping.delete_contacts
_batches: dict[int, Iterator[int]] = defaultdict(itertools.count)


def _delete_with_gates(ids: Any, *, site: Site, **options: Any) -> Any:
    """A sweep's batch, by its number for this site in this process: looked up, deleted, and the deletion committed."""
    number = next(_batches[site.pk])
    gate(f"sweep.before.{number}")
    deleted = _delete(ids, site=site, **options)
    gate(f"sweep.after.{number}")
    transaction.on_commit(lambda: gate(f"sweep.committed.{number}"))
    return deleted


sweeping.delete_contacts = _delete_with_gates  # type: ignore[assignment]
sweeping._batch_size = lambda: BATCH  # type: ignore[assignment]
_toy = Toy(items=60, batch=5)
for _kind in (*job_kinds, _toy.kind, _toy.undo):
    job_kinds._items[_kind.name] = gated(_kind)
