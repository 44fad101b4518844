"""The process that holds the streams, really started on the test database; and readers of its streams."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

PATIENCE = 120.0  # far more than anything takes: a busy machine is slow, not wrong


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event; ``id`` is 0 where none was said."""

    name: str
    id: int
    data: Any


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], bool], what: object = "") -> None:
    """Wait for what another process or thread does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what() if callable(what) else what}"
        time.sleep(0.01)


class Listener:
    """Reads a stream in a thread of its own."""

    def __init__(self, port: int, path: str, headers: dict[str, str] | None = None) -> None:
        self.events: list[Event] = []
        self.positions: list[int] = []
        self.ended = False
        self._server = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._server.request("GET", path, headers=headers or {})
        self.response = self._server.getresponse()
        self.status = self.response.status
        if self.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            while line := self.response.readline().decode():
                name, _, value = line.rstrip("\n").partition(":")
                if line != "\n":
                    fields[name] = value.strip()
                    continue
                if "data" in fields:
                    event = Event(fields["event"], int(fields.get("id", "0")), json.loads(fields["data"]))
                    self.events.append(event)
                elif "id" in fields:
                    self.positions.append(int(fields["id"]))
                fields = {}
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        self.ended = True

    def opened(self) -> "Listener":
        """Wait until it is known where the stream stands."""
        until(lambda: bool(self.positions) or self.ended, self)
        return self

    def wait_for(self, count: int, name: str = "") -> list[Event]:
        """The events of this name (or all), as soon as there are ``count``."""
        until(lambda: len(self.of(name)) >= count, lambda: self.events)
        return self.of(name)

    def of(self, name: str = "") -> list[Event]:
        return [event for event in list(self.events) if not name or event.name == name]

    def wait_for_end(self) -> None:
        until(lambda: self.ended, "the end of the stream")

    def close(self) -> None:
        sock = self._server.sock or getattr(self.response.fp, "raw", None)
        if isinstance(sock, socket.socket):
            sock.shutdown(socket.SHUT_RDWR)
        self._server.close()


class Streams:
    """The process; ``settings`` of the test point at it, so that the desk's own addresses lead there."""

    def __init__(
        self, folder: Path, *, port: int | None = None, redis_url: str | None = None, **environment: str
    ) -> None:
        self.port = port or free_port()
        self.log = folder / "streams.log"
        ours = {
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": settings.SECRET_KEY,
            "REDIS_URL": settings.REDIS_URL if redis_url is None else redis_url,
            "PYTHONUNBUFFERED": "1",
            "STREAM_CHECK_EVERY": "0.5",
            **environment,
        }
        database = connection.settings_dict
        if connection.vendor == "sqlite":
            if not (folder / "desk.sqlite3").exists():
                # The process finds the test database where its own would be.
                (folder / "desk.sqlite3").symlink_to(database["NAME"])
        else:
            ours["DATABASE_URL"] = f"{settings.DATABASE_URL.rpartition('/')[0]}/{database['NAME']}"
        command = [sys.executable, "-m", "granian", "config.asgi:application", "--interface", "asgi", "--http", "1"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port), "--workers", "1", "--no-ws", "--workers-kill-timeout", "10"],
                cwd=settings.BASE_DIR,
                env=os.environ | ours,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        """Until it answers."""
        until(self._answers, self.log.read_text)

    def listen(self, url: str, *, headers: dict[str, str] | None = None) -> Listener:
        """Open the stream at ``url``, which the desk's web server gave."""
        parts = urlsplit(url)
        return Listener(self.port, f"{parts.path}?{parts.query}", headers)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
        """Any other request; the body has been read."""
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            server.request(method, path, headers=headers or {})
            response = server.getresponse()
            response.read()
            return response
        finally:
            server.close()

    def stop(self) -> int:
        """As the supervisor does it; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            server.request("GET", "/streams/")
            return server.getresponse().status == 204
        except OSError:
            return False
        finally:
            server.close()


@contextmanager
def streams_in(folder: Path, **options: Any) -> Iterator[Streams]:
    """The process while the block runs."""
    streams = Streams(folder, **options)
    try:
        streams.wait()
        yield streams
    finally:
        streams.stop()
