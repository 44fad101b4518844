"""The embedded broker: claims, leases, transactions; and a real worker that is stopped and killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from kombu import Connection, Queue
from kombu.transport.virtual import Message

from desk.jobs.broker import TableChannel
from desk.models import BrokerMessage, Site
from tests.factories import SiteFactory

TRANSPORT = "desk.jobs.broker:Transport"
WORKER_OPTIONS = ["-P", "threads", "-c", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]


Opener = Callable[..., TableChannel]


@pytest.fixture
def open_channel() -> Iterator[Opener]:
    """Opens channels with their own connections; all are closed while the tables are still there."""
    connections: list[Connection] = []

    def open_one(**options: Any) -> TableChannel:
        connections.append(Connection("desk://", transport=TRANSPORT, transport_options=options))
        return connections[-1].channel()

    yield open_one
    for opened in connections:
        opened.close()


@pytest.fixture
def channel(db: None, open_channel: Opener) -> TableChannel:
    return open_channel()


def send(channel: TableChannel, body: str, queue: str = "celery", **properties: Any) -> None:
    headers = properties.pop("headers", None)
    message = channel.prepare_message(body, content_type="text/plain", content_encoding="utf-8", headers=headers)
    message["properties"] |= properties
    channel.basic_publish(message, exchange="", routing_key=queue)


def take(channel: TableChannel, queue: str = "celery") -> Message | None:
    return channel.basic_get(queue)


def take_body(channel: TableChannel) -> str | None:
    message = take(channel)
    return message.decode() if message else None


# --- one channel ----------------------------------------------------------------------------------------


def test_messages_come_oldest_first(channel: TableChannel) -> None:
    for body in ("one", "two", "three"):
        send(channel, body)
    assert [take_body(channel) for _ in range(4)] == ["one", "two", "three", None]


def test_urgent_message_overtakes(channel: TableChannel) -> None:
    send(channel, "ordinary")
    send(channel, "urgent", priority=9)
    assert [take_body(channel), take_body(channel)] == ["urgent", "ordinary"]


def test_queues_are_separate(channel: TableChannel) -> None:
    send(channel, "other", queue="other")
    assert take(channel, "celery") is None
    assert take(channel, "other").decode() == "other"


def test_message_with_eta_stays_in_the_table_until_then(channel: TableChannel) -> None:
    send(channel, "later", headers={"eta": (timezone.now() + timedelta(minutes=5)).isoformat()})
    send(channel, "now")
    assert [take_body(channel), take_body(channel)] == ["now", None]
    BrokerMessage.objects.filter(visible_at__gt=timezone.now() + timedelta(minutes=4)).update(visible_at=timezone.now())
    assert take_body(channel) == "later"


def test_acknowledged_message_is_gone(channel: TableChannel) -> None:
    send(channel, "one")
    take(channel).ack()
    assert not BrokerMessage.objects.exists()


def test_rejected_message_is_gone(channel: TableChannel) -> None:
    send(channel, "one")
    take(channel).reject()
    assert not BrokerMessage.objects.exists()


def test_requeued_message_comes_again(channel: TableChannel) -> None:
    send(channel, "one")
    take(channel).requeue()
    assert take_body(channel) == "one"


def test_closed_channel_gives_back_what_it_had_in_hand(channel: TableChannel, open_channel: Opener) -> None:
    leaving = open_channel()
    send(channel, "done")
    send(channel, "unfinished")
    take(leaving).ack()
    take(leaving)
    assert take(channel) is None
    leaving.close()
    assert [take_body(channel), take_body(channel)] == ["unfinished", None]


def test_lease_that_ended_gives_the_message_to_the_next(channel: TableChannel, open_channel: Opener) -> None:
    stuck = open_channel(visibility_timeout=0.05)
    send(channel, "one")
    take(stuck)
    assert take(channel) is None
    time.sleep(0.06)
    assert take_body(channel) == "one"
    # What the stuck one had is no longer its to give back.
    stuck.close()
    assert take(open_channel()) is None


def test_living_worker_keeps_its_lease(channel: TableChannel, open_channel: Opener) -> None:
    busy = open_channel(visibility_timeout=0.3)
    send(channel, "one")
    message = take(busy)
    for _ in range(10):
        time.sleep(0.06)
        busy.tend()
        assert take(channel) is None
    message.ack()
    assert not BrokerMessage.objects.exists()


def test_late_acknowledgement_deletes_the_message_for_everybody(channel: TableChannel, open_channel: Opener) -> None:
    slow = open_channel(visibility_timeout=0.01)
    send(channel, "one")
    message = take(slow)
    time.sleep(0.02)
    assert take_body(channel) == "one"
    message.ack()
    assert not BrokerMessage.objects.exists()


def test_purge_counts_what_it_throws_away(channel: TableChannel) -> None:
    send(channel, "one")
    send(channel, "two")
    assert channel._size("celery") == 2
    assert channel.queue_purge("celery") == 2
    assert take(channel) is None


def test_idle_poll_is_one_select(channel: TableChannel, django_assert_num_queries: Any) -> None:
    channel.tend()
    with django_assert_num_queries(1):
        assert take(channel) is None
        channel.tend()


def test_full_worker_asks_nothing(channel: TableChannel, django_assert_num_queries: Any) -> None:
    with Connection("desk://", transport=TRANSPORT) as worker:
        worker.default_channel.basic_qos(0, 1, False)
        consumer = worker.Consumer(Queue("celery"), callbacks=[lambda body, message: None], accept=["text/plain"])
        consumer.consume()
        send(channel, "one")
        send(channel, "two")
        worker.drain_events(timeout=1)
        with django_assert_num_queries(0), pytest.raises(TimeoutError):
            worker.drain_events(timeout=1)


# --- transactions ---------------------------------------------------------------------------------------


def test_message_rolls_back_with_the_work(transactional_db: None, open_channel: Opener) -> None:
    channel = open_channel()
    with transaction.atomic():
        SiteFactory(code="GONE")
        send(channel, "about GONE")
        transaction.set_rollback(True)
    assert not Site.objects.filter(code="GONE").exists()
    assert take(channel) is None


def test_message_is_invisible_until_the_work_commits(transactional_db: None, open_channel: Opener) -> None:
    channel = open_channel()
    seen: list[str | None] = []

    def look() -> None:
        seen.append(take_body(open_channel()))
        connection.close()

    with transaction.atomic():
        send(channel, "one")
        in_thread(look)
    in_thread(look)
    if connection.vendor == "sqlite":
        # The writer holds the only lock: looking is a read, which WAL lets pass.
        assert seen == [None, "one"]
    assert seen[-1] == "one"


def in_thread(function: Callable[[], None]) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def test_racing_workers_never_take_the_same_message(transactional_db: None, open_channel: Opener) -> None:
    sender = open_channel()
    for number in range(60):
        send(sender, str(number))
    barrier = threading.Barrier(4)
    taken: list[str] = []

    def race() -> None:
        channel = open_channel()
        barrier.wait()
        while BrokerMessage.objects.filter(visible_at__lte=timezone.now()).exists():
            if message := take(channel):
                taken.append(message.decode())
                message.ack()
        channel.close()
        connection.close()

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken, key=int) == [str(number) for number in range(60)]
    assert not BrokerMessage.objects.exists()


# --- a real worker --------------------------------------------------------------------------------------


class Workshop:
    """A place where real worker processes work off the test database's queue and leave their traces."""

    def __init__(self, folder: Path) -> None:
        self.trace_file = folder / "trace"
        self.hold_file = folder / "hold"
        self.log = folder / "log"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.environment = os.environ | {
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "REDIS_URL": "",
            "LEASE_SECONDS": "2",
            "TRACE_FILE": str(self.trace_file),
            "HOLD_FILE": str(self.hold_file),
        }
        database = connection.settings_dict
        if connection.vendor == "sqlite":
            # The worker finds the test database where its own would be.
            (folder / "desk.sqlite3").symlink_to(database["NAME"])
        else:
            self.environment["DATABASE_URL"] = f"{settings.DATABASE_URL.rpartition('/')[0]}/{database['NAME']}"

    def send(self, numbers: range) -> None:
        """Put tasks into the queue as the desk would."""
        code = "import django; django.setup(); from tests.desk.jobs.worker_app import work;"
        code += f"[work.delay(number) for number in {numbers!r}]"
        subprocess.run([sys.executable, "-c", code], env=self.environment, check=True, timeout=60)

    def start_worker(self) -> subprocess.Popen[bytes]:
        """The worker as the supervisor starts it, but with a short lease."""
        command = [sys.executable, "-m", "celery", "-A", "tests.desk.jobs.worker_app", "worker", *WORKER_OPTIONS]
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                command,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def counts(self) -> tuple[Counter[int], Counter[int]]:
        """How often each task began and ended."""
        lines = self.trace_file.read_text().split("\n")[:-1] if self.trace_file.exists() else []
        began, ended = Counter[int](), Counter[int]()
        for what, number in map(str.split, lines):
            (began if what == "began" else ended)[int(number)] += 1
        return began, ended

    def wait(self, condition: Callable[[], bool], seconds: float = 40) -> None:
        """Until ``condition`` holds; fails with the worker's log."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{self.counts()}\n{self.log.read_text()}"
            time.sleep(0.05)

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()


@pytest.fixture
def workshop(transactional_db: None, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path)
    yield workshop
    workshop.close()


def once(numbers: range) -> Counter[int]:
    return Counter(numbers)


def test_killed_worker_loses_nothing_and_nothing_is_done_twice(workshop: Workshop) -> None:
    tasks = range(8)
    workshop.send(tasks)
    workshop.hold_file.touch()
    killed = workshop.start_worker()
    workshop.wait(lambda: len(workshop.counts()[0]) == 2)  # both threads have a task in hand
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert BrokerMessage.objects.count() == 8
    workshop.hold_file.unlink()

    workshop.start_worker()
    workshop.wait(lambda: not BrokerMessage.objects.exists())
    began, ended = workshop.counts()
    assert ended == once(tasks)
    assert sum(began.values()) == 8 + 2  # the two that were interrupted began again


def test_stopped_worker_finishes_what_it_has_and_gives_the_rest_back(workshop: Workshop) -> None:
    tasks = range(6)
    workshop.send(tasks)
    workshop.hold_file.touch()
    worker = workshop.start_worker()
    workshop.wait(lambda: len(workshop.counts()[0]) == 2)
    worker.send_signal(signal.SIGTERM)
    workshop.wait(lambda: "Warm shutdown" in workshop.log.read_text())
    workshop.hold_file.unlink()
    assert worker.wait(timeout=20) == 0

    began, ended = workshop.counts()
    assert began == ended
    rest = 6 - len(ended)
    assert 2 <= len(ended) < 6
    # At once, not when a lease has ended.
    assert BrokerMessage.objects.filter(visible_at__lte=timezone.now()).count() == rest

    workshop.start_worker()
    workshop.wait(lambda: not BrokerMessage.objects.exists())
    assert workshop.counts() == (once(tasks), once(tasks))


def test_task_longer_than_the_lease_is_done_once(workshop: Workshop) -> None:
    workshop.send(range(1))
    workshop.hold_file.touch()
    workshop.start_worker()
    workshop.wait(lambda: len(workshop.counts()[0]) == 1)
    time.sleep(3.5)  # the lease is two seconds
    workshop.hold_file.unlink()
    workshop.wait(lambda: not BrokerMessage.objects.exists())
    assert workshop.counts() == (once(range(1)), once(range(1)))
