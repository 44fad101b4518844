"""``manage.py up``: the whole desk, really started; on the embedded default, whatever the other tests run on."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from desk.management.commands.up import heeding_ctrl_c

pytestmark = pytest.mark.processes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Desk:
    """One ``manage.py up`` on its own folder and port."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._said = folder / "said.txt"
        ours = {"DATA_DIR": str(folder), "PORT": str(port), "DATABASE_URL": "", "REDIS_URL": "", "DEMO": "0"}
        with self._said.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=settings.BASE_DIR,
                env=os.environ | ours,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._said.read_text()

    def wait_for(self, condition: Callable[[], bool], seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.said
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def answers(self) -> bool:
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            server.request("GET", "/")
            return server.getresponse().status < 500
        except OSError:
            return False
        finally:
            server.close()

    def streams_answer(self) -> bool:
        """Whether the process with the streams is where the pages' policy lets them connect to (CHAT-4)."""
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            web.request("GET", "/desk/login/")
            policy = web.getresponse().headers["Content-Security-Policy"]
            named = re.search(r"connect-src 'self' http://127\.0\.0\.1:(\d+)", policy)
            assert named, policy
            streams = http.client.HTTPConnection("127.0.0.1", int(named[1]), timeout=5)
            streams.request("GET", "/streams/")
            return streams.getresponse().status == 204
        except OSError:
            return False
        finally:
            web.close()

    def children(self) -> dict[str, int]:
        """Name and process of the direct children (of those, that is, which have become what they shall be)."""
        listing = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {
            name: pid
            for pid, command in ((int(text), command_of(text)) for text in listing.split())
            for name in ("config.wsgi:application", "config.asgi:application", "beat", "worker")
            if f"\0{name}\0" in command and "manage.py" not in command
        }

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=90)  # far beyond what it may take: a busy machine is slow, not wrong


Start = Callable[..., Desk]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    desks: list[Desk] = []

    def start_one(folder: Path = tmp_path, port: int | None = None) -> Desk:
        desks.append(Desk(folder, port or free_port()))
        return desks[-1]

    yield start_one
    for desk in desks:
        desk.stop()


def command_of(pid: str) -> str:
    """The command line of a process; empty when it ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def processes_on(folder: Path) -> list[str]:
    """Command lines of every process that was started with this DATA_DIR."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"DATA_DIR={folder}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # gone meanwhile, or not ours
    return found


def test_the_desk_starts_mends_itself_and_stops(start: Start, tmp_path: Path) -> None:
    desk = start()
    desk.wait_for(lambda: "Dangol is ready" in desk.said)
    assert f"http://127.0.0.1:{desk.port}/" in desk.said
    assert desk.answers()
    desk.wait_for(desk.streams_answer)
    assert set(desk.children()) == {"config.wsgi:application", "config.asgi:application", "beat", "worker"}

    for name, pid in desk.children().items():
        os.kill(pid, signal.SIGKILL)
        desk.wait_for(lambda name=name, pid=pid: desk.children().get(name, pid) != pid)  # type: ignore[misc]
    desk.wait_for(desk.answers)
    desk.wait_for(desk.streams_answer)
    desk.wait_for(lambda: "celery@" in desk.said)

    began = time.monotonic()
    assert desk.stop() == 0
    assert time.monotonic() - began < 15
    assert processes_on(tmp_path) == []

    # Nothing is prepared a second time.
    again = start()
    again.wait_for(lambda: again.said.count("Dangol is ready") == 2)
    assert again.said.count("Preparing the database") == 1
    assert again.said.count("Collecting static files") == 1


def test_taken_port_is_said(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        desk = start(port=other.getsockname()[1])
        assert desk.process.wait(timeout=90) == 1
    assert re.search(r"Cannot listen on 127.0.0.1:\d+: Address already in use", desk.said)
    assert "Traceback" not in desk.said


def test_second_desk_on_the_same_data_is_refused(start: Start, tmp_path: Path) -> None:
    first = start()
    first.wait_for(lambda: (tmp_path / "up.lock").exists() and (tmp_path / "up.lock").read_text() != "")
    second = start()
    assert second.process.wait(timeout=90) == 1
    assert f"already runs on {tmp_path} (process {first.process.pid})" in second.said


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_ctrl_c_that_falls_into_a_finalizer_is_heeded_at_the_next_step() -> None:
    """Python drops the exception there, and the desk would start all the same."""

    class Dying:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    with heeding_ctrl_c() as heed:
        heed()
        Dying()
        with pytest.raises(KeyboardInterrupt):
            heed()
