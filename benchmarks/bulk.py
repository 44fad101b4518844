"""A tag for everybody who matches a filter, taken off again, and both undone: jobs against one statement by hand.

The job is what the desk runs: the set is fixed, each batch commits with its progress and what its undo needs. The
floor is one ``INSERT … SELECT`` (one ``DELETE``) of the same rows in one transaction.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.job_process import JobProcess
from benchmarks.pages import Bench
from benchmarks.timing import Line, Report
from contacts.actions import actions
from contacts.bulk import run_now, start_action
from contacts.models import Contact
from contacts.selection import Selection
from desk.actors import SYSTEM
from desk.jobs.queueing import undo_job
from desk.models import Job, Site
from tags.catalogue import find_or_create_tags
from tags.models import Tag

TABLES = ("tags_contacttag", "tags_detachedtag", "desk_job", "desk_jobchunk")


def measure(site: Site, report: Report, *, people: int, rounds: int) -> None:
    """All matching a filter, as "select all" does it."""
    managed = Contact.objects.filter(site=site, managed=True).order_by("customer_number")
    people = min(people, managed.count())
    last = managed.values_list("customer_number", flat=True)[people - 1]
    document = {"and": [{"key": "customerNumber", "op": "lte", "values": [last]}]}
    tag = find_or_create_tags(site, ["bench"], actor=SYSTEM)[0]
    selection = Selection(filter=document, expected_count=people)

    def run(action: str, **options: Any) -> Job:
        job = start_action(
            actions.get(action), selection, {"tags": [tag.name]}, site=site, actor=SYSTEM, at_once=people, **options
        )
        assert job.state == Job.State.DONE, (job.error, job.error_values)
        return job

    def undo(job: Job) -> None:
        undone = run_now(undo_job(job, actor=SYSTEM))
        assert undone.changed == people, undone.changed

    report.section(f"A tag for {people:,} contacts that match a filter: job against one statement")
    times: dict[str, list[float]] = {}
    _insert(site, tag, last)  # every round starts with tables that were used before
    _delete(site, tag, last)
    for _ in range(rounds):
        _vacuum()
        _time(times, "insert", lambda: _insert(site, tag, last))
        _time(times, "delete", lambda: _delete(site, tag, last))
        _vacuum()
        _time(times, "dry run", lambda: run("attachTags", dry_run=True))
        attached = _time(times, "attach", lambda: run("attachTags"))
        _time(times, "again", lambda: run("attachTags"))
        _time(times, "undo attach", lambda job=attached: undo(job))
        _vacuum()
        run("attachTags")
        _vacuum()
        detached = _time(times, "detach", lambda: run("detachTags"))
        _time(times, "undo detach", lambda job=detached: undo(job))
        run("detachTags")
    medians = {name: statistics.median(values) for name, values in times.items()}
    note = "set fixed, batches with progress, audit entry, undo record"
    report.add(Line("attach", medians["attach"], medians["insert"], aim=1.5, note=note))
    report.add(Line("undo of attach, against attach", medians["undo attach"], medians["attach"], aim=2))
    report.add(Line("attach again (nothing to do)", medians["again"]))
    report.add(Line("dry run of attach", medians["dry run"]))
    report.add(Line("detach, with what its undo needs", medians["detach"], medians["delete"]))
    report.add(Line("undo of detach, against detach", medians["undo detach"], medians["detach"], aim=2))
    _beside_the_list(site, report, selection, tag, rounds=rounds)
    _delete(site, tag, last)
    _vacuum()


def _beside_the_list(site: Site, report: Report, selection: Selection, tag: Tag, *, rounds: int) -> None:
    """The first page of the list while a worker process attaches, and the worker's memory."""
    params = {"tags": [tag.name]}
    bench = Bench(site)

    def page() -> object:
        return bench.page(bench.cases[0])

    idle = statistics.median(_timed(page)[0] for _ in range(20))
    job = start_action(actions.get("attachTags"), selection, params, site=site, actor=SYSTEM, at_once=0)
    meanwhile = []
    with JobProcess(job) as process:
        while process.running:
            meanwhile.append(_timed(page)[0])
    note = f"{len(meanwhile)} pages; slowest {max(meanwhile) * 1000:.0f} ms"
    report.add(Line("first page of the list during the job", statistics.median(meanwhile), idle, aim=2, note=note))
    report.fact("memory of the worker before and after (most at once)", process.memory)


def _insert(site: Site, tag: Tag, last: int) -> None:
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tags_contacttag (site_id, tag_id, contact_id, source, source_label, operator_id, at)"
            " SELECT site_id, %s, id, 'system', 'bench', NULL, %s FROM contacts_contact"
            " WHERE site_id = %s AND managed AND customer_number <= %s ON CONFLICT DO NOTHING",
            [tag.pk, at, site.pk, last],
        )


def _delete(site: Site, tag: Tag, last: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM tags_contacttag WHERE site_id = %s AND tag_id = %s AND contact_id IN"
            " (SELECT id FROM contacts_contact WHERE site_id = %s AND managed AND customer_number <= %s)",
            [site.pk, tag.pk, site.pk, last],
        )


def _vacuum() -> None:
    """Dead rows of one contender must not slow the next."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"VACUUM (ANALYZE) {table}")


def _time(times: dict[str, list[float]], name: str, work: Callable[[], Any]) -> Any:
    seconds, result = _timed(work)
    times.setdefault(name, []).append(seconds)
    return result


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result
