"""Attaching one tag to 100,000 contacts, and taking it off: the product's actions against one statement by hand."""

import statistics
import time
from collections.abc import Callable

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.timing import Line, Report
from contacts.actions import actions, run
from contacts.models import Contact
from contacts.selection import Selection
from desk.actors import SYSTEM
from desk.models import Site
from tags.catalogue import find_or_create_tags
from tags.models import Tag


def measure(site: Site, report: Report, *, people: int, rounds: int) -> None:
    """All matching a filter, as "select all" does it."""
    managed = Contact.objects.filter(site=site, managed=True).order_by("customer_number")
    people = min(people, managed.count())
    last = managed.values_list("customer_number", flat=True)[people - 1]
    document = {"and": [{"key": "customerNumber", "op": "lte", "values": [last]}]}
    tag = find_or_create_tags(site, ["bench"], actor=SYSTEM)[0]
    selection = Selection(filter=document, expected_count=people)
    params = {"tags": [tag.name]}

    def attach() -> None:
        outcome = run(actions.get("attachTags"), selection, params, site=site, actor=SYSTEM)
        assert outcome.changed == people, outcome

    def attach_again() -> None:
        outcome = run(actions.get("attachTags"), selection, params, site=site, actor=SYSTEM)
        assert outcome.unchanged == people, outcome

    def detach() -> None:
        outcome = run(actions.get("detachTags"), selection, params, site=site, actor=SYSTEM)
        assert outcome.changed == people, outcome

    report.section(f"A tag for {people:,} contacts that match a filter: action against one statement")
    times: dict[str, list[float]] = {name: [] for name in ("attach", "again", "detach", "insert", "delete")}
    for _ in range(rounds):
        times["insert"].append(_timed(lambda: _insert(site, tag, last)))
        times["delete"].append(_timed(lambda: _delete(site, tag, last)))
        _vacuum()
        times["attach"].append(_timed(attach))
        times["again"].append(_timed(attach_again))
        times["detach"].append(_timed(detach))
        _vacuum()
    medians = {name: statistics.median(values) for name, values in times.items()}
    report.add(Line("attach", medians["attach"], medians["insert"], aim=1.5, note="with its checks and audit entry"))
    report.add(Line("attach again (nothing to do)", medians["again"]))
    report.add(Line("detach", medians["detach"], medians["delete"]))


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
            cursor.execute("VACUUM (ANALYZE) tags_contacttag")


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
