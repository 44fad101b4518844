"""RET-6: the sweep of very many people whose time is over, with all they have: against the same deletions by hand.

The floor is that of ``benchmarks.deleting``: in the same batches, each in its transaction, found by the index, a
``DELETE`` per table, children first. It asks for no holds, locks nobody out and keeps no counts; it deletes other
people, as alike as can be: the next customer numbers. All three parts are people of every kind, visitors too.
"""

import datetime
import itertools
import statistics
import time
from collections.abc import Iterator

from django.db import connection
from django.utils import timezone

from benchmarks.deleting import TABLES, _clean, batches_by_hand
from benchmarks.job_process import SweepProcess
from benchmarks.pages import Bench
from benchmarks.timing import Line, Report, take_turns
from contacts.deleting import BATCH
from contacts.models import Contact
from contacts.retention import policy_of, today_of
from contacts.sweeping import SQLITE_BATCH, SQLITE_PAUSE, begin_run, go_on, plan_sweep
from desk.actors import SYSTEM
from desk.models import Site

# Their last touch: over by every policy, and nobody of the sample data is here.
FIRST_TOUCH = datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC)
_TABLES = (("contacts_hold", "contact_id"), ("contacts_importrow", "contact_id"), *TABLES)


def measure(site: Site, report: Report, *, people: int) -> None:
    """Three times ``people`` go; the next run of the suite fills the site up again."""
    # Visitors of the sample data who are due already would go with the first contender.
    go_on(begin_run(site, at=timezone.now(), actor=SYSTEM, now=timezone.now()).pk)
    everybody = Contact.objects.filter(site=site).count()
    people = min(people, everybody // 3 - 1)
    report.section(f"A sweep of {people:,} of {everybody:,} whose time is over: product against the same by hand")
    second = _expire(site, _first_number(site), people)
    by_hand = list(_sweep_by_hand(site, _batch()))
    third = _expire(site, second, people)
    [plan] = take_turns(lambda: plan_sweep(site, timezone.now()), rounds=3)
    assert plan_sweep(site, timezone.now()).total == people
    in_all, ours = _sweep(site, people)
    report.add(Line("its plan: who would go, exactly", plan))
    report.add(Line("in all", in_all, sum(by_hand), aim=2, note=f"{people / in_all:,.0f} contacts/s"))
    report.add(Line(f"a batch of {_batch():,}, median", statistics.median(ours), statistics.median(by_hand)))
    report.add(Line("the longest batch", max(ours), max(by_hand), note="so long is anything locked"))
    _expire(site, third, people)
    _beside_the_list(site, report)
    _clean()


def _batch() -> int:
    return SQLITE_BATCH if connection.vendor == "sqlite" else BATCH


# --- the people ---------------------------------------------------------------------------------------------------


def _first_number(site: Site) -> int:
    numbers = Contact.objects.filter(site=site).order_by("customer_number")
    return numbers.values_list("customer_number", flat=True)[0]


def _expire(site: Site, first: int, people: int) -> int:
    """The next so many people by number were last here long ago, over half a year; the number after them."""
    theirs = Contact.objects.filter(site=site, customer_number__gte=first).order_by("customer_number")
    end = theirs.values_list("customer_number", flat=True)[people]
    table = "contacts_contact"
    if connection.vendor == "postgresql":
        moment = "%s::timestamptz + interval '1 minute' * (customer_number %% 260000)"
    else:
        moment = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s, '+' || (customer_number %% 260000) || ' minutes')"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET last_touch_at = {moment} WHERE site_id = %s AND customer_number >= %s"
            " AND customer_number < %s",
            [FIRST_TOUCH.strftime("%Y-%m-%d %H:%M:%S"), site.pk, first, end],
        )
    _clean()
    return end


# --- the contenders -----------------------------------------------------------------------------------------------


def _sweep(site: Site, people: int) -> tuple[float, list[float]]:
    """The seconds in all, and those of each batch, the last look for who is left among them."""
    run = begin_run(site, at=timezone.now(), actor=SYSTEM, now=timezone.now())
    ticks = list[float]()

    def clock() -> datetime.datetime:
        ticks.append(time.perf_counter())
        return timezone.now()

    began = time.perf_counter()
    swept = go_on(run.pk, clock=clock)  # which asks for the time once a batch
    ended = time.perf_counter()
    assert (swept.more, swept.counts.total()) == (False, people), swept
    pause = SQLITE_PAUSE if connection.vendor == "sqlite" else 0
    batches = [max(after - before - pause, 0) for before, after in itertools.pairwise(ticks)]
    return ended - began, [*batches, ended - ticks[-1]]


def _sweep_by_hand(site: Site, size: int) -> Iterator[float]:
    today = today_of(site, timezone.now())
    found = [
        (condition, Contact.objects.filter(condition, site=site).order_by("last_touch_on"))
        for _rule, condition in policy_of(site).parts(None, today)
    ]
    for _condition, rows in found:
        began = time.perf_counter()
        ids = list(rows.values_list("pk", flat=True))
        yield time.perf_counter() - began
        yield from batches_by_hand(ids, size, _TABLES)


# --- beside the desk ----------------------------------------------------------------------------------------------


def _beside_the_list(site: Site, report: Report) -> None:
    """The first page of the list while a process of its own sweeps, and that process's memory."""
    bench = Bench(site)

    def page() -> float:
        began = time.perf_counter()
        bench.page(bench.cases[0])
        return time.perf_counter() - began

    idle = statistics.median(page() for _ in range(20))
    run = begin_run(site, at=timezone.now(), actor=SYSTEM, now=timezone.now())
    meanwhile = []
    with SweepProcess(run) as process:
        while process.running:
            meanwhile.append(page())
    note = f"{len(meanwhile)} pages; slowest {max(meanwhile) * 1000:.0f} ms"
    report.add(Line("first page of the list during the sweep", statistics.median(meanwhile), idle, aim=2, note=note))
    report.fact("memory of the sweeper before and after (most at once)", process.memory)
