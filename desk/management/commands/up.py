"""``manage.py up``: the whole desk as one program, with web server, streams, worker and scheduler (docs/operations.md).

Brings the database and the static files up to date when they are not, makes the demo when ``DEMO`` is on, then
keeps the four children running (``desk.jobs.supervising``). Only one of it runs on one ``DATA_DIR``.
"""

import contextlib
import fcntl
import hashlib
import http.client
import io
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import RedisError

from desk.jobs.supervising import Program, Supervisor


class Command(BaseCommand):
    help = "Runs web server, streams, worker and scheduler until Ctrl-C."
    requires_system_checks = []  # `make check` runs them; at every start they would only cost time

    def handle(self, *args: Any, **options: Any) -> None:
        with _alone_on(settings.DATA_DIR), heeding_ctrl_c() as heed:
            _require_free_port("PORT", settings.PORT)
            if settings.STREAM_PORT:
                _require_free_port("STREAM_PORT", settings.STREAM_PORT)
            self._bring_up_to_date()
            heed()
            welcome = self._welcome()
            heed()
            stream_port = settings.STREAM_PORT or _free_port()
            supervisor = Supervisor(_programs(stream_port), environment=_environment(stream_port), out=sys.stdout)
            waiting = True

            def welcome_once() -> None:
                nonlocal waiting
                if waiting and _web_answers():
                    waiting = False
                    supervisor.say(welcome)

            connection.close()
            code = supervisor.run(on_tick=welcome_once)
        if code:
            raise CommandError("The desk has stopped.")

    def _bring_up_to_date(self) -> None:
        _require_services()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stderr.write("Preparing the database …")
            call_command("migrate", interactive=False, verbosity=0)
        # With DEBUG the files are served from where they are.
        if not settings.DEBUG and not _static_files_are_current():
            self.stderr.write("Collecting static files …")
            call_command("collectstatic", interactive=False, verbosity=0)
            _static_mark().write_text(_static_fingerprint())

    def _welcome(self) -> str:
        """What is said once the web server answers; makes the demo first, when there is to be one."""
        lines = ["", f"Dangol is ready: {_address()}/"]
        if _address() != settings.PUBLIC_URL:
            lines.append(f"Known to the world as {settings.PUBLIC_URL}/")
        if settings.DEMO:
            said = io.StringIO()
            call_command("ensure_demo", stdout=said)
            lines.append(said.getvalue().rstrip())
        return "\n".join([*lines, "Ctrl-C stops it.", ""])


# --- before the start -------------------------------------------------------------------------------------


@contextlib.contextmanager
def heeding_ctrl_c() -> Iterator[Callable[[], None]]:
    """No Ctrl-C is lost. Python drops one that arrives within a finalizer ("Exception ignored in …"), of which a
    migration runs thousands: what is yielded raises it again, at the next place where stopping is safe."""
    told = False

    def note(number: int, frame: object) -> None:
        nonlocal told
        told = True
        raise KeyboardInterrupt

    def heed() -> None:
        if told:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield heed
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _alone_on(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system frees it when this process ends, however it ends."""
    with (folder / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CommandError(
                f"A desk already runs on {folder} (process {lock.read().strip() or 'unknown'}). "
                "Stop it, or give this one another DATA_DIR and PORT."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _require_free_port(name: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(
        settings.BIND_ADDRESS, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        # As servers do: connections of an earlier start that are still winding down are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {settings.BIND_ADDRESS}:{port}: {error.strerror}. "
                "If another program, or an earlier start, has the port, stop it or choose another: "
                f"make run {name}=8001"
            ) from error


def _free_port() -> int:
    """A port that is free now; where nobody said one, the streams take whichever it is."""
    family = socket.getaddrinfo(settings.BIND_ADDRESS, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    with socket.socket(family) as probe:
        probe.bind((settings.BIND_ADDRESS, 0))
        return int(probe.getsockname()[1])


def _require_services() -> None:
    """Say in one line that PostgreSQL or Redis does not answer, instead of failing in every child."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise CommandError(f"The database does not answer: {error}") from error
    try:
        cache.get("up")
    except RedisError as error:
        raise CommandError(f"Redis does not answer: {error}") from error


def _static_mark() -> Path:
    return Path(settings.STATIC_ROOT) / ".collected-from"


def _static_files_are_current() -> bool:
    mark = _static_mark()
    return mark.exists() and mark.read_text() == _static_fingerprint()


def _static_fingerprint() -> str:
    """Name, size and time of every static file: far quicker than reading them, and a change moves one of them."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{storage.path(name)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


# --- the children -----------------------------------------------------------------------------------------


def _programs(stream_port: int) -> list[Program]:
    return [
        Program("web", _web()),
        Program("streams", _streams(stream_port)),
        Program("worker", _worker()),
        Program("beat", _beat()),
    ]


def _web() -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "config.wsgi:application", "--interface", "wsgi"),
        *("--host", settings.BIND_ADDRESS, "--port", str(settings.PORT), "--workers", "1"),
        *("--blocking-threads", str(settings.WEB_THREADS), "--workers-kill-timeout", "10", "--no-ws"),
    ]


def _streams(port: int) -> list[str]:
    # All open streams are in one process, whose one reader of the database serves them all. By default granian answers
    # as many at a time as wait in its backlog; here a stream is an answer that lasts.
    return [
        *(sys.executable, "-m", "granian", "config.asgi:application", "--interface", "asgi"),
        *("--host", settings.BIND_ADDRESS, "--port", str(port), "--workers", "1"),
        *("--backlog", "2048", "--backpressure", str(settings.STREAM_LIMIT + 1000)),
        *("--workers-kill-timeout", "5", "--http", "1", "--no-ws"),
    ]


def _worker() -> list[str]:
    # Threads with either broker: the work is SQL, which waits outside the interpreter's lock, and the tests
    # run what runs. Gossip, mingle and heartbeats are talk between workers, of which there is one.
    # Celery's advice against root is about pickle, which this one does not read; it would be six lines at each start.
    return [
        *(sys.executable, "-W", "ignore::UserWarning:celery.platforms"),
        *("-m", "celery", "--quiet", "--skip-checks", "-A", "config.celery"),
        *("worker", "--loglevel", "INFO"),
        *("-P", "threads", "-c", str(settings.WORKER_THREADS)),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def _beat() -> list[str]:
    # No pid file: one that a killed beat left behind would keep every later one from starting.
    return [
        *(sys.executable, "-m", "celery", "--quiet", "-A", "config.celery"),
        *("beat", "--loglevel", "INFO", "--pidfile="),
    ]


def _environment(stream_port: int) -> dict[str, str]:
    ours = {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1", "STREAM_PORT": str(stream_port)}
    return os.environ | ours


# --- the welcome ------------------------------------------------------------------------------------------


def _address() -> str:
    return f"http://{_local_host()}:{settings.PORT}"


def _local_host() -> str:
    """Where this machine itself finds the web server."""
    return "127.0.0.1" if settings.BIND_ADDRESS in ("0.0.0.0", "::") else settings.BIND_ADDRESS


def _web_answers() -> bool:
    server = http.client.HTTPConnection(_local_host(), settings.PORT, timeout=2)
    try:
        # The front page brings the URLs and templates in, so the first person does not wait for them.
        server.request("GET", "/")
        server.getresponse()
    except OSError:
        return False
    except http.client.HTTPException:
        return False
    else:
        return True
    finally:
        server.close()
