"""A job, or a sweep, worked off by a process of its own, as a worker does, with the memory it took.

``python -m benchmarks.job_process job JOB`` is that process, and ``… sweep RUN``.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent


class JobProcess:
    """Runs ``job`` to its end while the ``with`` block goes on; ``memory`` in words afterwards."""

    what = "job"

    def __init__(self, job) -> None:
        self._job = job
        self.memory = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.job_process", self.what, str(self._job.pk)],
            cwd=ROOT,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def __exit__(self, *exc: object) -> None:
        self.memory = self._process.communicate()[0].strip()
        assert self._process.returncode == 0, self._process.returncode


class SweepProcess(JobProcess):
    """The same for the run of a sweep."""

    what = "sweep"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

    import django

    django.setup()

    before = _peak()
    {"job": _work_off, "sweep": _sweep}[sys.argv[1]](int(sys.argv[2]))
    print(f"{before:.0f} MB → {_peak():.0f} MB")


def _work_off(pk: int) -> None:
    from desk.jobs.working import new_token, work_off
    from desk.models import Job

    work_off(pk, token=new_token())
    job = Job.objects.get(pk=pk)
    assert job.state == Job.State.DONE, (job.state, job.error, job.error_values)


def _sweep(pk: int) -> None:
    from contacts.models import RetentionRun
    from contacts.sweeping import go_on

    go_on(pk)
    assert RetentionRun.objects.get(pk=pk).finished_at is not None


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
