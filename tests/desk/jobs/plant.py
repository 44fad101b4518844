"""A plant of real workers on the test database, with a broker that can be taken away; for the tests of faults.

The broker is the one the suite runs on: the embedded one, or a Redis of the plant's own, so that it can be stopped.
Time is not waited for: what a minute of silence does is told to the rows (``pass_a_minute``), and the search that
beat would start is started here.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from config.celery import app
from desk.jobs.running import find_jobs, send
from desk.models import BrokerMessage, Job
from tests.desk.jobs.toy import fresh

BATCH = 50
PATIENCE = 90.0  # far more than anything takes; a test that waits so long has failed


class Redis:
    """A server of our own on a free port that keeps nothing when it is stopped."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._log.parent)
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < end, self._log.read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


class Nursery:
    """Where workers come from (``tests.desk.jobs.nursery``)."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.desk.jobs.nursery"],
                env=environment,
                cwd=settings.BASE_DIR,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )

    def bear(self) -> int:
        """A new worker: its process id. It is not ready yet."""
        return self._ask("bear")

    def end_of(self, pid: int) -> int:
        """Wait until the worker has ended; its exit code."""
        return self._ask(f"end {pid}")

    def has_ended(self, pid: int) -> bool:
        """Whether the worker is gone, of itself or not."""
        return bool(self._ask(f"ended {pid}"))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=PATIENCE)

    def _ask(self, line: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(line, file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


class Plant:
    """The workers, their gates and their traces. What a test leaves shut is opened before the next (``tidy``)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "gates").mkdir()
        self.slice(5)
        self.log = folder / "log"
        self.workers: list[int] = []
        self._supervised = False
        self.redis = Redis(folder / "redis.log") if settings.REDIS_URL else None
        environment = os.environ | {
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": settings.SECRET_KEY,
            "FAULTS_FOLDER": str(folder),
            "FAULTS_BATCH": str(BATCH),
            "FAULTS_LOG": str(self.log),
            "CELERY_SKIP_CHECKS": "1",  # they are the web server's business, and take a second of each start
            "REDIS_URL": self.redis.url if self.redis else "",
        }
        database = connection.settings_dict
        if connection.vendor == "sqlite":
            # The worker finds the test database where its own would be.
            (folder / "desk.sqlite3").symlink_to(database["NAME"])
        else:
            environment["DATABASE_URL"] = f"{settings.DATABASE_URL.rpartition('/')[0]}/{database['NAME']}"
        self._nursery = Nursery(environment, self.log)

    # --- workers ----------------------------------------------------------------------------------------

    def staff(self, count: int) -> list[int]:
        """``count`` workers that are ready: their process ids. Those who live stay; who has ended is replaced."""
        self._replace_ended()
        while len(self.workers) < count:
            self.workers.append(self._nursery.bear())
        while len(self.workers) > count:
            pid = self.workers[-1]
            os.kill(pid, signal.SIGTERM)
            self.end_of(pid)
        self.wait(self._all_ready, "workers that are ready")
        return self.workers

    def _replace_ended(self) -> None:
        for pid in [pid for pid in self.workers if self._nursery.has_ended(pid)]:
            self.end_of(pid)
            self.workers.append(self._nursery.bear())

    def _all_ready(self) -> bool:
        return {f"ready {pid}" for pid in self.workers} <= set(self.trace())

    def kill(self) -> None:
        """``kill -9`` every worker; the next ones start with nothing but what is in the database and the broker."""
        for pid in list(self.workers):
            os.kill(pid, signal.SIGKILL)
            self.end_of(pid)

    def end_of(self, pid: int) -> int:
        """Wait until the worker has ended; its exit code."""
        code = self._nursery.end_of(pid)
        self.workers.remove(pid)
        return code

    # --- gates and traces ---------------------------------------------------------------------------------

    def slice(self, seconds: float) -> None:
        """How long a worker stays with a job before others have their turn."""
        # In one step: a worker may be reading it.
        written = self.folder / "slice.new"
        written.write_text(str(seconds))
        written.replace(self.folder / "slice")

    def shut(self, *gates: str) -> None:
        """Whoever comes to one of these stays there."""
        for gate in gates:
            (self.folder / "gates" / gate).touch()

    def open(self, *gates: str) -> None:
        for gate in gates or [path.name for path in (self.folder / "gates").iterdir()]:
            (self.folder / "gates" / gate).unlink()

    def trace(self) -> list[str]:
        """What the workers have passed since the test began, in order."""
        file = self.folder / "trace"
        return file.read_text().splitlines() if file.exists() else []

    def wait_at(self, gate: str, times: int = 1) -> None:
        """Until a worker has come to the gate."""
        self.wait(lambda: self.trace().count(gate) >= times, f"somebody at {gate}")

    # --- waiting ------------------------------------------------------------------------------------------

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Until ``condition`` holds; fails with the workers' log."""
        end = time.monotonic() + seconds
        while not condition():
            if self._supervised:
                self._replace_ended()
            if time.monotonic() > end:
                raise AssertionError(f"waited for {what}\n{self.trace()[-30:]}\n{self.log.read_text()[-8000:]}")
            time.sleep(0.02)

    def wait_for(self, *jobs: Job) -> None:
        """Until the jobs have come to an end."""
        pks = [job.pk for job in jobs]
        self.wait(lambda: not Job.objects.filter(pk__in=pks, finished_at=None).exists(), "the end of the jobs")

    def wait_until_given_back(self, job: Job) -> None:
        """Until no worker has the job in hand, though it has not ended."""
        self.wait(lambda: fresh(job).claim == "" and fresh(job).turn > 0, "the end of the slice")

    # --- what passes with time ------------------------------------------------------------------------------

    def pass_a_minute(self) -> None:
        """More than JOB_DEAD_AFTER without a sign of life from anybody; and then the search that beat starts."""
        BrokerMessage.objects.update(visible_at=timezone.now())
        ago = timezone.now() - timedelta(seconds=settings.JOB_DEAD_AFTER + 1)
        Job.objects.filter(finished_at=None).update(heartbeat_at=ago, created_at=ago)
        find_jobs()

    def deliver_again(self, job: Job, times: int) -> None:
        """The broker hands the very message of the job's turn out once more, and again."""
        for _ in range(times):
            send(job.pk, fresh(job).turn)

    def supervise(self) -> None:
        """From now on a worker that ends is replaced while the test waits, as the supervisor does it."""
        self._supervised = True

    # --- the broker ---------------------------------------------------------------------------------------

    @contextmanager
    def without_broker(self) -> Iterator[None]:
        """Nothing can be sent and nothing is received; what was in the queue is lost."""
        self._take_broker()
        try:
            yield
        finally:
            self._return_broker()

    def _take_broker(self) -> None:
        if self.redis:
            self.redis.stop()
            return
        BrokerMessage.objects.all().delete()
        self._rename("desk_brokermessage", "desk_away")

    def _return_broker(self) -> None:
        if self.redis:
            self.redis.start()
        else:
            self._rename("desk_away", "desk_brokermessage")

    def _rename(self, old: str, new: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")

    # --- beginning and end --------------------------------------------------------------------------------

    def tidy(self) -> None:
        """Between two tests: open gates, an empty trace, nobody at work."""
        self._supervised = False
        self.open()
        self.slice(5)
        if Job.objects.filter(finished_at=None).exists():
            self.kill()  # the test has failed: whatever they are at, the next has nothing to do with it
        lines = [line for line in self.trace() if line.startswith("ready ")]
        (self.folder / "trace").write_text("".join(f"{line}\n" for line in lines))

    def close(self) -> None:
        self.kill()
        self._nursery.close()
        if self.redis:
            self.redis.stop()


@contextmanager
def sending_to(plant: Plant) -> Iterator[None]:
    """The tests' own process sends to the plant's broker."""
    if plant.redis is None:
        yield
        return
    before = app.conf.broker_url
    _use_broker(plant.redis.url)
    try:
        yield
    finally:
        _use_broker(before)


def _use_broker(url: str) -> None:
    app.conf.update(broker_url=url)
    app._pool = app.amqp._producer_pool = None  # each keeps the connections of the URL it was made for


@pytest.fixture(scope="module")
def module_plant(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """One for all tests of a module, for a worker takes seconds to start."""
    plant = Plant(tmp_path_factory.mktemp("plant"))
    if plant.redis:
        plant.redis.start()
    try:
        with sending_to(plant):
            yield plant
    finally:
        plant.close()


@pytest.fixture
def plant(transactional_db: None, module_plant: Plant) -> Iterator[Plant]:
    """Open gates, an empty trace, nobody at work; and so again for the next."""
    yield module_plant
    module_plant.tidy()
