"""LOOK-5: what lookups cost the conversation, and when their boxes are there.

    python -m benchmarks.lookups                      on the embedded default, in a temporary folder
    DATABASE_URL=postgres://…/dangol_bench python -m benchmarks.lookups

The desk's own web server, as `make run` starts it, and a company server that takes a second for each answer. An
operator opens chats: the room, its panel, and what the page then asks for, each chat with five automatic lookups of
a customer who was not asked about before. Then several operators at once, and operators who leave before any answer.
"""

import argparse
import datetime
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from chats.models import LookupApi

ROOT = Path(__file__).resolve().parent.parent
LOOKUPS = 5
TAKES = 1.0  # seconds for each answer of the company
_CSRF = "c" * 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=20)
    parser.add_argument("--at-once", type=int, nargs="*", default=[2, 5, 10], help="operators who open at once")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dangol-bench-lookups-") as folder, _company() as company:
        _set_up(folder, company)
        with _web() as port:
            _measure(Bench(port, _rooms(options.chats * 2 + sum(options.at_once) + 20)), company, options)


@dataclass
class Company:
    """The other side: ``keys`` are those of the lookups."""

    port: int = 0
    keys: dict[str, str] = field(default_factory=dict)


@contextmanager
def _company() -> Iterator[Company]:
    company = Company()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            from config.demo.company import answer

            body = self.rfile.read(int(self.headers["content-length"]))
            reply = answer(body, dict(self.headers), company.keys[self.path], datetime.datetime.now(datetime.UTC))
            time.sleep(TAKES)
            try:
                self.send_response(reply.status)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:
                pass  # nobody waited

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    company.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield company
    server.shutdown()


def _set_up(folder: str, company: Company) -> None:
    """Settings for this process and the server, before Django reads them."""
    url = os.environ.get("DATABASE_URL", "")
    if url and "bench" not in urlsplit(url).path:
        raise SystemExit("The name of the database must contain “bench”.")
    os.environ.update(
        DATA_DIR=folder,
        DJANGO_SETTINGS_MODULE="config.settings",
        OUTBOUND_ALLOWED=f"http://127.0.0.1:{company.port}",
        LOG_LEVEL="WARNING",
        DEBUG="0",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


@contextmanager
def _web() -> Iterator[int]:
    from django.conf import settings

    port = _free_port()
    command = [*(sys.executable, "-m", "granian", "config.wsgi:application", "--interface", "wsgi")]
    command += [*("--port", str(port), "--blocking-threads", str(settings.WEB_THREADS), "--workers", "1")]
    process = subprocess.Popen([*command, "--no-ws", "--log-level", "warning"], cwd=ROOT)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


# --- people -------------------------------------------------------------------------------------------------


@dataclass
class Rooms:
    cookie: str
    ids: Iterator[int]
    site_id: int


def _rooms(count: int) -> Rooms:
    """Rooms of members nobody has asked about, and an operator who is signed in."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from chats.messaging import Text, say
    from chats.models import Author
    from chats.opening import open_room
    from contacts.adding import add_contact
    from contacts.models import Source
    from desk.actors import PLUGIN, SYSTEM
    from desk.models import Membership, Operator, Role, Site

    site = Site.objects.create(name="Bench", code=f"BENCH{time.time_ns() % 10**8}")
    operator = Operator.objects.create(email=f"bench{time.time_ns()}@example.com", name="Bench", password="!")
    Membership.objects.create(site=site, operator=operator, role=Role.ADMIN)
    ids = []
    for n in range(count):
        values = {"name": f"Member {n}", "memberId": f"bench{time.time_ns()}"}
        contact = add_contact(site, values, actor=SYSTEM, source=Source.API, now=timezone.now()).contact
        chat = open_room(contact, "web", None, now=timezone.now()).chat
        for line in range(5):
            say(chat, Text(f"line {line}"), author=Author.VISITOR, actor=PLUGIN, now=timezone.now())
        ids.append(chat.pk)
    client = Client()
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    cookie = f"{name}={client.cookies[name].value}; {settings.CSRF_COOKIE_NAME}={_CSRF}"
    return Rooms(cookie, iter(ids), site.pk)


def _make_lookups(site_id: int, company: Company) -> list["LookupApi"]:
    from django.utils import timezone

    from chats.lookups.settings import ApiDraft, QueryDraft, ResultDraft, create_api
    from chats.models import ItemKind
    from desk.actors import SYSTEM
    from desk.models import Site

    site = Site.objects.get(pk=site_id)
    made = []
    for n in range(LOOKUPS):
        member = QueryDraft("Member", "memberId", kind=ItemKind.CHAT_FIELD, required=True, channels=["web"])
        url = f"http://127.0.0.1:{company.port}/{n}"
        draft = ApiDraft(f"Lookup {n}", url, True, [member], [ResultDraft("Tier", "tier")])
        new = create_api(site, draft, actor=SYSTEM, now=timezone.now())
        company.keys[f"/{n}"] = new.secret
        made.append(new.api)
    return made


# --- what the operator's page does ----------------------------------------------------------------------------


@dataclass
class Bench:
    port: int
    rooms: Rooms

    def ask(self, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
        """The answer's head; its body is read by whoever asked."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Cookie": self.rooms.cookie, "X-CSRFToken": _CSRF, "Content-Length": "0", **headers}
        connection.request(method, path, headers=sent)
        response = connection.getresponse()
        assert response.status == 200, (response.status, path, response.read(300))
        return response

    def open(self, chat_id: int) -> float:
        """Room and panel, as a click in the list asks for them; seconds."""
        began = time.perf_counter()
        self.ask("GET", f"/desk/inbox/{chat_id}/", **{"HX-Request": "true"}).read()
        self.ask("GET", f"/desk/inbox/{chat_id}/panel/", **{"HX-Request": "true"}).read()
        return time.perf_counter() - began

    def boxes(self, chat_id: int) -> list[float]:
        """When each box was there, as the page asks for them (again while there is no place); seconds."""
        began, came = time.perf_counter(), []
        while True:
            response, again = self.ask("POST", f"/desk/inbox/{chat_id}/lookups/"), 0.0
            for line in iter(response.readline, b""):
                told = json.loads(line)
                again = told.get("again", again)
                if "box" in told:
                    assert told["ok"], told
                    came.append(time.perf_counter() - began)
            if not again:
                return came
            time.sleep(again)

    def leave(self, chat_id: int) -> None:
        """Hang up when the frame is there."""
        response = self.ask("POST", f"/desk/inbox/{chat_id}/lookups/")
        response.readline()
        response.close()


def _measure(bench: Bench, company: Company, options: argparse.Namespace) -> None:
    rooms = bench.rooms.ids
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {os.environ.get('DATABASE_URL', 'SQLite')[:12]}")
    for _ in range(5):
        bench.open(next(rooms))
    without = [bench.open(next(rooms)) for _ in range(options.chats)]
    _make_lookups(bench.rooms.site_id, company)
    opened, first, last = [], [], []
    for _ in range(options.chats):
        chat_id = next(rooms)
        opened.append(bench.open(chat_id))
        came = bench.boxes(chat_id)
        assert len(came) == LOOKUPS, came
        first.append(came[0])
        last.append(came[-1])
    print(f"room and panel, no lookups:          {_spread(without)}")
    print(f"room and panel, five lookups:        {_spread(opened)}")
    print(f"first box, five lookups of {TAKES:.0f} s each: {_spread(first)}")
    print(f"last box:                            {_spread(last)}")
    for count in options.at_once:
        _at_once(bench, [next(rooms) for _ in range(count)])
    began = time.perf_counter()
    for _ in range(10):
        bench.leave(next(rooms))
    came = bench.boxes(next(rooms))
    print(f"after ten who left: last box of the next {came[-1]:.2f} s, {time.perf_counter() - began:.2f} s in all")
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)


def _at_once(bench: Bench, ids: list[int]) -> None:
    """Several operators open a chat at the same moment; meanwhile another one opens chats."""
    lasts: list[float] = []
    threads = [threading.Thread(target=lambda one=one: lasts.append(bench.boxes(one)[-1])) for one in ids]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    opened = []
    while any(thread.is_alive() for thread in threads):
        opened.append(bench.open(ids[0]))
    for thread in threads:
        thread.join()
    print(f"{len(ids)} at once: last boxes {_spread(lasts)}; room and panel meanwhile {_spread(opened)}")


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return f"median {statistics.median(ordered) * 1000:.0f} ms, worst {ordered[-1] * 1000:.0f} ms ({len(ordered)})"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
