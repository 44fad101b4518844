"""Deleting everybody who matches a filter, with all they have, and setting a custom field of them: jobs against SQL.

The floor of the deletion is what one would write by hand: in the same batches, each in its transaction, a ``DELETE``
per table, children first. It neither locks out who is at the door nor keeps counts, and it deletes other people, as
alike as can be: the next customer numbers. The floor of the field is an ``UPDATE`` of profiles and one of contacts.
"""

import json
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.job_process import JobProcess
from benchmarks.pages import Bench
from benchmarks.timing import Line, Report
from contacts.actions import actions
from contacts.bulk import start_action
from contacts.deleting import BATCH
from contacts.id_lists import ids_value, in_ids
from contacts.models import Contact, FieldType, ProfileField
from contacts.selection import Selection
from desk.actors import SYSTEM
from desk.jobs.queueing import undo_job
from desk.jobs.working import new_token, work_off
from desk.models import Job, Site

# By chat, before the chats.
OF_CHATS = ("chats_message", "chats_memo", "chats_chattag", "chats_assignment")
# (table, column): children first.
TABLES = (
    ("chats_contactchats", "contact_id"),
    ("chats_chat", "contact_id"),
    ("tags_contacttag", "contact_id"),
    ("tags_detachedtag", "contact_id"),
    ("tags_contactgrade", "contact_id"),
    ("contacts_contactchange", "contact_id"),
    ("contacts_mergesuggestion", "first_id"),
    ("contacts_mergesuggestion", "second_id"),
    ("contacts_pendingmerge", "contact_id"),
    ("contacts_pendingmerge", "member_id"),
    ("contacts_knownvalue", "contact_id"),
    ("contacts_contactalias", "contact_id"),
    ("contacts_merge", "survivor_id"),
    ("contacts_event", "contact_id"),
    ("contacts_visit", "contact_id"),
    ("contacts_identity", "contact_id"),
    ("contacts_contactprofile", "contact_id"),
    ("contacts_contact", "id"),
)


def measure(site: Site, report: Report, *, people: int, rounds: int = 3) -> None:
    """Three times ``people`` leads and members go; the next run of the suite fills the site up again."""
    numbers = Contact.objects.filter(site=site, managed=True).order_by("customer_number")
    people = min(people, numbers.count() // 3 - 1)
    bounds = list(numbers.values_list("customer_number", flat=True)[: people * 3 + 1])
    ranges = [(bounds[people * n], bounds[people * (n + 1)] - 1) for n in range(3)]
    _set_field(site, report, ranges[0], people, rounds=rounds)
    report.section(f"Deleting {people:,} contacts that match a filter: job against the same by hand")
    _clean()
    by_hand = list(_delete_by_hand(site, ranges[1]))
    _clean()
    job, batches = _delete(site, ranges[0], people)
    things = ", ".join(f"{count:,} {name}" for name, count in job.result["things"].items())
    report.fact("with them went", things)
    report.add(Line("in all", sum(batches), sum(by_hand), aim=2, note=f"{people / sum(batches):,.0f} contacts/s"))
    report.add(Line(f"a batch of {BATCH:,}, median", statistics.median(batches), statistics.median(by_hand)))
    report.add(Line("the longest batch", max(batches), max(by_hand), note="so long is anything locked"))
    _beside_the_list(site, report, ranges[2], people)
    _clean()


def _choice(bounds: tuple[int, int], people: int) -> Selection:
    document = {"and": [{"key": "customerNumber", "op": "between", "values": list(bounds)}]}
    return Selection(filter=document, expected_count=people)


def _delete(site: Site, bounds: tuple[int, int], people: int, **options: Any) -> tuple[Job, list[float]]:
    """The job, and the seconds of each of its batches; finding whom it is about is the first."""
    params = {"confirm": people, "reason": "benchmark"}
    job = start_action(actions.get("delete"), _choice(bounds, people), params, site=site, actor=SYSTEM, at_once=0)
    return _work_off(job, people)


def _work_off(job: Job, people: int) -> tuple[Job, list[float]]:
    batches, more = [], True
    while more:
        began = time.perf_counter()
        more = work_off(job.pk, token=new_token(), seconds=0).more
        batches.append(time.perf_counter() - began)
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.changed) == (Job.State.DONE, people), (job.error, job.changed)
    return job, batches


def _delete_by_hand(site: Site, bounds: tuple[int, int]) -> Iterator[float]:
    began = time.perf_counter()
    chosen = Contact.objects.filter(site=site, managed=True, customer_number__range=bounds).order_by("pk")
    ids = list(chosen.values_list("pk", flat=True))
    yield time.perf_counter() - began
    yield from batches_by_hand(ids, BATCH, TABLES)


def batches_by_hand(ids: Sequence[int], size: int, tables: Iterable[tuple[str, str]]) -> Iterator[float]:
    """The floor: a ``DELETE`` per table and batch, children first, each batch a transaction; seconds of each."""
    for start in range(0, len(ids), size):
        began = time.perf_counter()
        batch = [ids_value(ids[start : start + size])]
        with transaction.atomic(), connection.cursor() as cursor:
            for table in OF_CHATS:
                chats = f"SELECT id FROM chats_chat WHERE contact_id {in_ids()}"
                cursor.execute(f"DELETE FROM {table} WHERE chat_id IN ({chats})", batch)
            for table, column in tables:
                cursor.execute(f"DELETE FROM {table} WHERE {column} {in_ids()}", batch)
        yield time.perf_counter() - began


def _beside_the_list(site: Site, report: Report, bounds: tuple[int, int], people: int) -> None:
    """The first page of the list while a worker process deletes, and the worker's memory."""
    bench = Bench(site)

    def page() -> float:
        began = time.perf_counter()
        bench.page(bench.cases[0])
        return time.perf_counter() - began

    idle = statistics.median(page() for _ in range(20))
    params = {"confirm": people, "reason": "benchmark"}
    job = start_action(actions.get("delete"), _choice(bounds, people), params, site=site, actor=SYSTEM, at_once=0)
    meanwhile = []
    with JobProcess(job) as process:
        while process.running:
            meanwhile.append(page())
    note = f"{len(meanwhile)} pages; slowest {max(meanwhile) * 1000:.0f} ms"
    report.add(Line("first page of the list during the job", statistics.median(meanwhile), idle, aim=2, note=note))
    report.fact("memory of the worker before and after (most at once)", process.memory)


# --- a custom field -----------------------------------------------------------------------------------------------


def _set_field(site: Site, report: Report, bounds: tuple[int, int], people: int, *, rounds: int) -> None:
    report.section(f"A custom field of {people:,} contacts that match a filter: job against two statements")
    ProfileField.objects.get_or_create(site=site, key="bench", defaults={"type": FieldType.TEXT})
    params = {"field": "bench", "value": "서울 Ａ"}
    floor, product, undo = list[float](), list[float](), list[float]()
    for _ in range(rounds):
        _clean()
        floor.append(_update_by_hand(site, bounds, {"bench": "서울 Ａ"}))
        _update_by_hand(site, bounds, {})
        _clean()
        job = start_action(actions.get("setField"), _choice(bounds, people), params, site=site, actor=SYSTEM, at_once=0)
        job, batches = _work_off(job, people)
        product.append(sum(batches))
        _clean()
        undone = undo_job(job, actor=SYSTEM)
        undo.append(sum(_work_off(undone, people)[1]))
    note = f"longest batch {max(batches) * 1000:.0f} ms; set fixed, journal for the undo, times, progress"
    report.add(Line("set", statistics.median(product), statistics.median(floor), note=note))
    report.add(Line("undo, against set", statistics.median(undo), statistics.median(product), aim=2))


def _update_by_hand(site: Site, bounds: tuple[int, int], values: dict[str, str]) -> float:
    """``values`` empty: take it away again."""
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    chosen = "SELECT id FROM contacts_contact WHERE site_id = %s AND managed AND customer_number BETWEEN %s AND %s"
    source = {"profile.bench": ["system", "", ""]}
    if connection.vendor == "postgresql":
        sets = '"values" = ("values" - %s) || %s::jsonb, folded = (folded - %s) || %s::jsonb'
        sets += ", sources = sources || %s::jsonb"
        given = ["bench", json.dumps(values), "bench", json.dumps(values), json.dumps(source if values else {})]
    else:
        to = "json_set({0}, '$.bench', '서울 Ａ')" if values else "json_remove({0}, '$.bench')"
        sets = ", ".join(f"{name} = {to.format(name)}" for name in ('"values"', "folded", "sources"))
        given = []
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE contacts_contactprofile SET {sets} WHERE contact_id IN ({chosen})", [*given, site.pk, *bounds]
        )
        cursor.execute(
            f"UPDATE contacts_contact SET updated_at = %s, last_touch_at = %s WHERE id IN ({chosen})",
            [at, at, site.pk, *bounds],
        )
    return time.perf_counter() - began


def _clean() -> None:
    """Dead rows of one contender must not slow the next."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in dict.fromkeys(table for table, _column in TABLES):
                cursor.execute(f"VACUUM (ANALYZE) {table}")
            cursor.execute("CHECKPOINT")
