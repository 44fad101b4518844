"""Boot of a known visitor: statements, requests per second through the whole stack, and what the touch writes."""

import datetime
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.timing import Report
from contacts.models import Contact, CustomerNumberCounter, Identity, Kind
from desk.models import Site

_URL = "/api/plugin/v1/boot"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Load:
    """What a run of requests took. ``cpu``: seconds of the web process; ``database``: of the database's processes."""

    requests: int
    seconds: float
    cpu: float
    database: float
    sessions: dict[str, str]


def measure(site: Site, report: Report, *, visitors: int, requests: int) -> None:
    """First the statements, then the load; a known visitor is one whose browser was here before."""
    veils = _veils(site, visitors + 53)
    report.section("Boot of a known visitor")
    _statements(site, veils[:3], report)
    warm, veils = veils[3:53], veils[53:]
    with _server() as server:
        _load(server, site, warm, requests=400, threads=4)  # imports, connections
        alone = partial(_load, server, site, veils, threads=1)
        several = partial(_load, server, site, veils, threads=4)
        first = _watched(report, "first boot of the day", partial(several, requests=len(veils)))
        _watched(report, "new session, same day", partial(several, requests=requests))
        _watched(report, "page of an open session", partial(several, requests=requests, sessions=first.sessions))
        _watched(report, "the same, one client", partial(alone, requests=requests // 4, sessions=first.sessions))


def _watched(report: Report, name: str, work: Callable[[], Load]) -> Load:
    """Do it, and tell its rate and what it wrote."""
    before = _updates()
    load = work()
    after = _updates()
    per_core = load.requests / load.cpu if load.cpu else 0
    text = f"{load.requests / load.seconds:,.0f} requests/s; {per_core:,.0f} per core of the web process"
    if load.database:
        here, there = 1000 * load.cpu / load.requests, 1000 * load.database / load.requests
        text += f" ({here:.2f} ms CPU there, {there:.2f} ms in the database)"
    report.fact(name, text)
    for table, (updated, hot) in after.items():
        done, kept = updated - before[table][0], hot - before[table][1]
        if done:
            rewritten = (done - kept) / load.requests
            share = f"{kept:,} of {done:,} updates HOT ({kept / done:.0%}); {rewritten:.3f} with index entries per boot"
            report.fact(f"{name}: {table}", share)
    return load


def _statements(site: Site, veils: list[str], report: Report) -> None:
    """Statements of one boot in process; the first boots of the day are warm-up for those that follow."""
    client = Client()

    def boot(veil: str, session: str | None) -> tuple[int, str]:
        body = {"pluginKey": site.plugin_key, "veilId": veil, "session": session, "page": "/shop/"}
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(_URL, body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        plain = [one for one in captured.captured_queries if not _is_frame(one["sql"])]
        return len(plain), answer.json()["session"]["token"]

    boot(veils[0], None)
    first, token = boot(veils[1], None)
    again, _token = boot(veils[1], None)
    page, _token = boot(veils[1], token)
    report.fact("statements: first boot of the day, new session", str(first))
    report.fact("statements: new session, same day", str(again))
    report.fact("statements: page of an open session", str(page))


def _is_frame(sql: str) -> bool:
    return sql.upper().startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))


def _veils(site: Site, count: int) -> list[str]:
    """Browsers of anonymous visitors and leads, who are known by their veil id alone; chosen all over the site.

    Here within the last 300 days: after a year without a boot a veil id is treated as unknown (BOOT-9).
    """
    lately = timezone.now() - datetime.timedelta(days=300)
    contacts = Contact.objects.filter(site=site, kind__in=[Kind.ANONYMOUS, Kind.LEAD])
    highest = CustomerNumberCounter.objects.get(site=site).last
    numbers = random.sample(range(1, highest + 1), min(highest, count * 8))
    rows = Identity.objects.filter(
        site=site, channel="web", contact__in=contacts, contact__customer_number__in=numbers, last_boot_at__gte=lately
    )
    return list(rows.values_list("key", flat=True)[:count])


def _load(
    server: tuple[int, int],
    site: Site,
    veils: list[str],
    *,
    requests: int,
    threads: int,
    sessions: dict[str, str] | None = None,
) -> Load:
    """``requests`` boots over keep-alive connections of ``threads`` clients."""
    port, pid = server
    found: dict[str, str] = {}
    errors: list[str] = []
    share = requests // threads

    def client(number: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Content-Type": "application/json", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"}
        own = veils[number::threads]
        for turn in range(share):
            veil = own[turn % len(own)]
            session = sessions.get(veil) if sessions else None
            body = {"pluginKey": site.plugin_key, "veilId": veil, "session": session, "page": "/shop/"}
            link.request("POST", _URL, json.dumps(body), headers)
            answer = link.getresponse()
            data = answer.read()
            if answer.status != 200:
                errors.append(f"{answer.status} {data[:200]!r}")
                return
            if sessions is None:
                found[veil] = json.loads(data)["session"]["token"]
        link.close()

    cpu, database, began = _cpu(pid), _database_cpu(), time.perf_counter()
    workers = [threading.Thread(target=client, args=[number]) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - began
    if errors:
        raise SystemExit(f"boot failed: {errors[0]}")
    there = sum(spent - database.get(process, 0.0) for process, spent in _database_cpu().items())
    return Load(share * threads, seconds, _cpu(pid) - cpu, there, found)


@contextmanager
def _server() -> Iterator[tuple[int, int]]:
    """The desk's own web server with one worker, as `make run` starts it, and no rate limit."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PLUGIN_RATE_PER_ADDRESS": "100000000/min",
        "PLUGIN_RATE_PER_KEY": "100000000/min",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DEBUG": "0",
    }
    command = [
        *(sys.executable, "-m", "granian", "config.wsgi:application", "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--blocking-threads", "4", "--workers-kill-timeout", "10", "--no-ws"),
        *("--log-level", "warning"),
    ]
    process = subprocess.Popen(command, env=environment, cwd=Path(__file__).resolve().parent.parent)
    try:
        _wait_for(port)
        yield port, _worker_of(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the web server does not answer")


def _worker_of(parent: int) -> int:
    """The process that serves: the server's only child that has threads of ours."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    ages = [(_cpu(int(child)), int(child)) for child in children]
    return max(ages)[1] if ages else parent


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _database_cpu() -> dict[int, float]:
    """CPU seconds so far of each process that serves this database; nothing where they cannot be seen."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        pids = [row[0] for row in cursor.fetchall()]
    try:
        return {pid: _cpu(pid) for pid in pids}
    except OSError:
        return {}


def _updates() -> dict[str, tuple[int, int]]:
    """Updates so far, and how many of them wrote no index entry (PostgreSQL's own count)."""
    if connection.vendor != "postgresql":
        return {}
    time.sleep(11)  # a session reports what it did at the latest when it was idle for ten seconds
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT relname, n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables"
            " WHERE relname IN ('contacts_contact', 'contacts_visit', 'contacts_identity')"
        )
        return {name: (updated, hot) for name, updated, hot in cursor.fetchall()}
