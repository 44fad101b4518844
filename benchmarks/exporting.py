"""Export of everybody on a list: the job in a process of its own, its rate, its memory and its longest batch.

Floors, measured in the same run: ``COPY`` of the same columns out of PostgreSQL (which neither masks, guards nor joins
the tags), and django-import-export's own export of as many rows as it takes in a minute (it holds all of them).
"""

import resource
import time
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.job_process import JobProcess
from benchmarks.timing import Line, Report
from contacts.exporting.columns import all_columns
from contacts.exporting.starting import start_export
from contacts.exporting.storing import path_of
from contacts.models import Contact, ContactExport
from contacts.selection import Selection
from desk.actors import SYSTEM
from desk.models import Job, Site

SHOWN = ["name", "kind", "mobileNumber", "email", "memberId", "lastSeenAt", "tags"]
STOCK_ROWS = 20_000


def measure(site: Site, report: Report, *, people: int) -> None:
    """CSV of the default columns and of all, XLSX of the default ones; for ``people`` of the list."""
    managed = Contact.objects.filter(site=site, managed=True).order_by("customer_number")
    people = min(people, managed.count())
    last = managed.values_list("customer_number", flat=True)[people - 1]
    document = {"and": [{"key": "customerNumber", "op": "lte", "values": [last]}]}
    report.section(f"Export of {people:,} people")
    floor = _copy(site, last) if connection.vendor == "postgresql" else None
    if floor is not None:
        report.add(Line("COPY of six columns by hand", floor, note=f"{people / floor:,.0f} rows/s"))
    stock = _stock(site)
    report.add(
        Line(f"django-import-export, {STOCK_ROWS:,} rows, six columns", stock, note=f"{STOCK_ROWS / stock:,.0f} rows/s")
    )
    for label, format_, columns in (
        ("CSV, 7 columns as shown", "csv", SHOWN),
        ("CSV, all columns", "csv", all_columns(site)),
        ("XLSX, 7 columns as shown", "xlsx", SHOWN),
    ):
        seconds, note = _job(site, document, format_, columns)
        report.add(Line(label, seconds, note=note))


def _job(site: Site, document: dict[str, Any], format_: str, columns: list[str]) -> tuple[float, str]:
    job = start_export(
        Selection(filter=document),
        site=site,
        actor=SYSTEM,
        format=format_,
        columns=columns,
        masked=False,
        reason="bench",
    )
    cpu = _cpu()
    started, longest, seen = time.perf_counter(), 0.0, time.perf_counter()
    process = JobProcess(job)
    with process:
        done = 0
        while process.running:
            time.sleep(0.02)
            now_done = Job.objects.values_list("done", flat=True).get(pk=job.pk)
            if now_done != done:
                longest = max(longest, time.perf_counter() - seen) if done else 0.0
                done, seen = now_done, time.perf_counter()
    seconds = time.perf_counter() - started
    job.refresh_from_db()
    export = ContactExport.objects.get(job=job)
    size = export.size / 1e6
    path_of(export).unlink()
    rate = job.done / seconds
    worked = f"worker's CPU {_cpu() - cpu:.0f} s, memory {process.memory}, longest batch {longest * 1000:.0f} ms"
    return seconds, f"{rate:,.0f} rows/s, {size:.0f} MB, {worked}"


def _cpu() -> float:
    """What the processes that have ended took: the worker's, with its start."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _copy(site: Site, last: int) -> float:
    target = Path(connection.settings_dict.get("BENCH_FILE", "/tmp/bench-copy.csv"))
    started = time.perf_counter()
    sql = (
        "COPY (SELECT name, kind, mobile_number, email, member_id, last_seen_at FROM contacts_contact "
        f"WHERE site_id = {int(site.pk)} AND managed AND customer_number <= {int(last)} "
        "ORDER BY last_seen_on DESC, last_seen_at DESC, id DESC) TO STDOUT WITH (FORMAT csv)"
    )
    with connection.cursor() as cursor, target.open("wb") as file, cursor.copy(sql) as copy:
        for data in copy:
            file.write(data)
    seconds = time.perf_counter() - started
    target.unlink()
    return seconds


def _stock(site: Site) -> float:
    from import_export import resources

    class ContactResource(resources.ModelResource):
        class Meta:
            model = Contact
            fields = ("name", "kind", "mobile_number", "email", "member_id", "last_seen_at")

    rows: Any = Contact.objects.filter(site=site, managed=True).order_by("-last_seen_on")[:STOCK_ROWS]
    started = time.perf_counter()
    assert ContactResource().export(rows).csv
    return time.perf_counter() - started
