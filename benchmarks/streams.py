"""CHAT-4: how long a message is on its way to an operator's screen, and how many open streams one small server holds.

    python -m benchmarks.streams                      on the embedded default, in a temporary folder
    DATABASE_URL=postgres://…/dangol_bench REDIS_URL=… python -m benchmarks.streams

The desk's own web server and stream process, as `make run` starts them. Visitors say something over HTTP; a message is
on the screen when the operator's page has been told, has waited as the page waits (``conversation.js``) and has
fetched the line. Then streams without anything happening: memory and CPU of the process, and how long one message takes
to reach all of them.
"""

import argparse
import asyncio
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from contacts.models import Visit
    from desk.models import Operator, Site

ROOT = Path(__file__).resolve().parent.parent
QUIET = 0.2  # how long the conversation's page waits for more before it fetches
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=int, default=200, help="open streams while messages are sent")
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--rate", type=float, default=5, help="messages a second")
    parser.add_argument("--idle", type=int, nargs="*", default=[1_000, 5_000], help="open streams without messages")
    options = parser.parse_args()
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="dangol-bench-streams-") as folder:
        _set_up(folder)
        with _servers() as servers:
            asyncio.run(_measure(servers, options))


def _set_up(folder: str) -> None:
    """Settings for this process and the servers, before Django reads them."""
    url = os.environ.get("DATABASE_URL", "")
    if url and "bench" not in urlsplit(url).path:
        raise SystemExit("The name of the database must contain “bench”.")
    ours = {
        "DATA_DIR": folder,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "STREAM_PORT": str(_free_port()),
        "STREAM_LIMIT": "15000",
        "STREAM_LIMIT_PER_ADDRESS": "20000",
        "PLUGIN_RATE_PER_ADDRESS": "100000000/min",
        "PLUGIN_RATE_PER_KEY": "100000000/min",
        "LOG_LEVEL": "WARNING",
        "DEBUG": "0",
    }
    os.environ.update(ours)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


@dataclass(slots=True)
class Servers:
    web: int
    web_pid: int
    streams: int
    streams_pid: int


@dataclass(slots=True)
class People:
    """Who takes part: visits of visitors with their tokens and chats, and signed-in operators' cookies."""

    site: "Site"
    operator: "Operator"
    visits: list[tuple["Visit", str, str]] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)


@contextmanager
def _servers() -> Iterator[Servers]:
    from django.conf import settings

    port = _free_port()
    web = [
        *("config.wsgi:application", "--interface", "wsgi", "--port", str(port)),
        *("--blocking-threads", str(settings.WEB_THREADS)),
    ]
    streams = [
        *("config.asgi:application", "--interface", "asgi", "--port", str(settings.STREAM_PORT)),
        *("--backlog", "2048", "--backpressure", "21000", "--http", "1"),
    ]
    running = []
    for command in (web, streams):
        whole = [*(sys.executable, "-m", "granian"), *command, "--workers", "1", "--no-ws", "--log-level", "warning"]
        running.append(subprocess.Popen([*whole, "--workers-kill-timeout", "5"], cwd=ROOT))
    try:
        for one in (port, settings.STREAM_PORT):
            _wait_for(one)
        yield Servers(port, _worker_of(running[0].pid), settings.STREAM_PORT, _worker_of(running[1].pid))
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=30)


async def _measure(servers: Servers, options: argparse.Namespace) -> None:
    people = await asyncio.to_thread(_people, max(options.open, *options.idle, 400) // 10)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {os.environ.get('DATABASE_URL', 'SQLite')[:12]}")
    print(f"stream process with no stream: {_memory(servers.streams_pid):.0f} MB")
    await _delivery(servers, people, options)
    for count in options.idle:
        await _idle(servers, people, count)


# --- a message on its way ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Delivery:
    """Messages by room and number: when each was sent, heard of and shown."""

    servers: Servers
    people: People
    sent: dict[tuple[str, int], float] = field(default_factory=dict)
    told: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    screen: list[float] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def heard(self, *, shows: bool) -> Callable[[dict[str, Any]], None]:
        """What an operator's page does when it is told something; one of them ``shows`` it."""

        def hear(event: dict[str, Any]) -> None:
            if event["event"] == "message":
                key = (event["data"]["chat"], event["data"]["message"])
                self.told.setdefault(key, []).append(time.perf_counter())
                if shows:
                    self.tasks.add(asyncio.create_task(self._show(key)))

        return hear

    async def _show(self, key: tuple[str, int]) -> None:
        await asyncio.sleep(QUIET)
        chat, number = key
        path = f"/desk/inbox/{chat}/news/?after={number - 1}&since={2**62}"
        headers = {"Cookie": self.people.cookies[0], "HX-Request": "true"}
        status, _headers, body = await _ask(self.servers.web, "GET", path, headers)
        assert status == 200, (status, body[:400])
        assert f"message {number} of" in body, body[:400]
        shown = time.perf_counter()
        while key not in self.sent:
            await asyncio.sleep(0.001)
        self.screen.append(shown - self.sent[key])

    async def _say(self, token: str, chat: str, number: int) -> None:
        body = f'{{"text": "message {number} of {chat}"}}'
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        path, start = f"/api/plugin/v1/chats/{chat}/messages", time.perf_counter()
        status, _headers, answer = await _ask(self.servers.web, "POST", path, headers, body)
        assert status == 201, answer
        self.sent[chat, number] = start

    async def say_all(self, count: int, *, rate: float) -> None:
        """In forty rooms in turn, so that the numbers within each are known; until all are on the screen."""
        numbers: dict[str, int] = {}
        for n in range(count):
            _visit, token, chat = self.people.visits[n % 40]
            numbers[chat] = numbers.get(chat, 1) + 1
            self.tasks.add(asyncio.create_task(self._say(token, chat, numbers[chat])))
            await asyncio.sleep(random.expovariate(rate))
        while len(self.screen) < count:
            await asyncio.gather(*self.tasks)
            await asyncio.sleep(0.05)


async def _delivery(servers: Servers, people: People, options: argparse.Namespace) -> None:
    """Half of the streams are operators', half visitors'; every operator's stream is told of every message."""
    delivery, half = _Delivery(servers, people), options.open // 2
    desks = [_listen_at_desk(servers, people.cookies[n // 25], delivery.heard(shows=n == 0)) for n in range(half)]
    visitors = [_listen_as_visitor(servers, people.visits[n % len(people.visits)][1]) for n in range(half)]
    streams = await _open([*desks, *visitors], at_once=20)
    cpu, web_cpu, began = _cpu(servers.streams_pid), _cpu(servers.web_pid), time.perf_counter()
    await delivery.say_all(options.messages, rate=options.rate)
    seconds = time.perf_counter() - began
    arrivals = [arrived - delivery.sent[key] for key, times in delivery.told.items() for arrived in times]
    assert len(arrivals) == options.messages * half, (len(arrivals), options.messages, half)
    print(f"\n{options.open} open streams, {options.messages} messages at {options.messages / seconds:.1f}/s")
    print(f"told to an operator's page:  {_spread(arrivals)}")
    print(f"on the operator's screen:    {_spread(delivery.screen)}")
    print(f"stream process: {(_cpu(servers.streams_pid) - cpu) / seconds:.1%} of a core, ", end="")
    print(f"{_memory(servers.streams_pid):.0f} MB; web server {(_cpu(servers.web_pid) - web_cpu) / seconds:.1%}")
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    await _close(streams)


# --- streams on which nothing happens ---------------------------------------------------------------------


async def _idle(servers: Servers, people: People, count: int) -> None:
    """Ten visitors' streams for each visit, and one operator who is told at the same time."""
    from chats.stream_address import VisitorTicket, make_ticket

    before, heard = _memory(servers.streams_pid), list[float]()
    began = time.perf_counter()
    tickets = [
        make_ticket(VisitorTicket(visit.site_id, visit.pk)) for visit, _token, _chat in people.visits for _ in range(10)
    ][:count]
    streams = await _open(
        [
            _listen(
                servers.streams, f"/streams/visitor?ticket={ticket}", lambda event: heard.append(time.perf_counter())
            )
            for ticket in tickets
        ],
        at_once=100,
    )
    opened = time.perf_counter() - began
    await asyncio.sleep(5)
    cpu, start = _cpu(servers.streams_pid), time.perf_counter()
    await asyncio.sleep(30)
    share = (_cpu(servers.streams_pid) - cpu) / (time.perf_counter() - start)
    after = _memory(servers.streams_pid)
    each = (after - before) * 1024 / count
    print(
        f"\n{count:,} idle streams: opened in {opened:.1f} s; {before:.0f} → {after:.0f} MB, {each:.1f} kB each; ",
        end="",
    )
    print(f"{share:.1%} of a core")
    desks = await _open(
        [
            _listen_at_desk(servers, cookie, lambda event: heard.append(time.perf_counter()))
            for cookie in people.cookies
            for _ in range(25)
        ][:100],
        at_once=20,
    )
    waits = []
    for n in range(20):
        heard.clear()
        _visit, token, chat = people.visits[n]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        start = time.perf_counter()
        await _ask(servers.web, "POST", f"/api/plugin/v1/chats/{chat}/messages", headers, '{"text": "one more"}')
        # The operators, and the visitor's own ten pages.
        while len(heard) < len(desks) + sum(ticket in tickets for ticket in tickets[10 * n : 10 * n + 10]):
            await asyncio.sleep(0.005)
        waits.append(time.perf_counter() - start)
    print(f"a message meanwhile, to all {len(desks)} operators' pages too: {_spread(waits)}")
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    await _close([*streams, *desks])
    await asyncio.sleep(2)


# --- people -------------------------------------------------------------------------------------------------


def _people(visitors: int) -> People:
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from chats.messaging import Text, say
    from chats.models import Author
    from chats.opening import open_room
    from contacts.boot_request import BootRequest
    from contacts.booting import boot
    from desk.actors import PLUGIN
    from desk.models import Membership, Operator, Role, Site

    site = Site.objects.create(name="Bench", code=f"BENCH{time.time_ns() % 10**8}")
    operator = Operator.objects.create(email=f"bench{time.time_ns()}@example.com", name="Bench", password="!")
    Membership.objects.create(site=site, operator=operator, role=Role.ADMIN)
    people = People(site, operator)
    for _ in range(visitors):
        booted = boot(BootRequest(plugin_key=site.plugin_key), now=timezone.now())
        chat = open_room(booted.contact, "web", booted.identity, now=timezone.now()).chat
        say(chat, Text("hello"), author=Author.VISITOR, actor=PLUGIN, now=timezone.now())
        people.visits.append((booted.visit, booted.token, str(chat.pk)))
    for _ in range(4):
        client = Client()
        client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
        name = settings.SESSION_COOKIE_NAME
        people.cookies.append(f"{name}={client.cookies[name].value}")
    return people


# --- a small client: many streams in one thread -------------------------------------------------------------


async def _listen_at_desk(servers: Servers, cookie: str, hear: Any) -> asyncio.Task[None]:
    _status, headers, _body = await _ask(servers.web, "GET", "/desk/stream/", {"Cookie": cookie})
    where = urlsplit(headers["location"])
    return await _listen(servers.streams, f"{where.path}?{where.query}", hear)


async def _listen_as_visitor(servers: Servers, token: str) -> asyncio.Task[None]:
    bearer = {"Authorization": f"Bearer {token}"}
    _status, headers, _body = await _ask(servers.web, "GET", "/api/plugin/v1/stream", bearer)
    where = urlsplit(headers["location"])
    return await _listen(servers.streams, f"{where.path}?{where.query}", lambda event: None)


async def _listen(port: int, path: str, hear: Any) -> asyncio.Task[None]:
    """Open a stream and read it in a task until it is cancelled; returns when the stream stands."""
    import json

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n")[0], head
    # The first sign of life says how far the stream is.
    while not (await reader.readline()).startswith(b"id: "):
        pass

    async def read() -> None:
        event: dict[str, Any] = {}
        try:
            while line := await reader.readline():
                name, _, value = line.decode().rstrip("\r\n").partition(": ")
                if name == "event":
                    event = {"event": value}
                elif name == "data":
                    event["data"] = json.loads(value)
                    hear(event)
        finally:
            writer.close()

    return asyncio.create_task(read())


async def _open(openings: list[Any], *, at_once: int) -> list[asyncio.Task[None]]:
    streams = []
    for start in range(0, len(openings), at_once):
        streams += await asyncio.gather(*openings[start : start + at_once])
    return streams


async def _close(streams: list[asyncio.Task[None]]) -> None:
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)


async def _ask(
    port: int, method: str, path: str, headers: dict[str, str], body: str = ""
) -> tuple[int, dict[str, str], str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = {"Host": f"127.0.0.1:{port}", "Connection": "close", "Content-Length": str(len(body.encode())), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}".encode())
    answer = (await reader.read()).decode("utf-8", "replace")
    writer.close()
    top, _, rest = answer.partition("\r\n\r\n")
    first, *more = top.split("\r\n")
    found = {name.lower(): value for name, _, value in (line.partition(": ") for line in more)}
    return int(first.split()[1]), found, rest


# --- figures --------------------------------------------------------------------------------------------------


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99)]
    return (
        f"median {at[0]:.2f} s, 99 % {at[1]:.2f} s, slowest {ordered[-1]:.2f} s, mean {statistics.mean(ordered):.2f} s"
    )


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / 1024 / 1024


def _worker_of(pid: int) -> int:
    """granian's main process starts the one that works."""
    for _ in range(300):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children:
            if "resource_tracker" not in Path(f"/proc/{child}/cmdline").read_text():
                return int(child)
        time.sleep(0.1)
    raise SystemExit("the server has no worker")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("a server does not answer")


if __name__ == "__main__":
    main()
