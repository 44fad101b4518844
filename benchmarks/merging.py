"""Merge and undo of a contact with 10,000 events, against the same moves written by hand; the preview at size."""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.timing import Line, Report
from contacts.creating import create_contact
from contacts.known_values import Origin
from contacts.merge_plans import plan_merge
from contacts.merging import merge
from contacts.models import (
    Contact,
    ContactAlias,
    ContactProfile,
    Event,
    Identity,
    Kind,
    KnownValue,
    LeadReason,
    Merge,
    Source,
    Visit,
)
from contacts.undoing import undo_merge
from desk.actors import SYSTEM
from desk.models import Site

_VISITS = 200
# What the moves of a merge are made of; each has its contact in ``contact_id``.
_MOVED = ("contacts_visit", "contacts_identity", "contacts_event", "contacts_knownvalue")


@dataclass(slots=True)
class Pair:
    """A member, and a lead with many events; ``row`` and ``profile`` are what is in the lead's two rows."""

    member: Contact
    lead: Contact
    row: dict[str, Any]
    profile: dict[str, Any]


def measure(site: Site, report: Report, *, events: int, rounds: int) -> None:
    """Every measurement has a pair of its own, so that none finds the dead rows of another."""
    report.section(f"Merge of a contact with {events:,} events and {_VISITS} visits: product against SQL by hand")
    pairs = [_pair(site, events) for _ in range(2 * rounds + 2)]
    _refresh_statistics()
    times: dict[str, list[float]] = {name: [] for name in ("merge", "undo", "merge by hand", "undo by hand")}
    try:
        for pair in pairs[:2]:
            _product(pair, times)
        for own in times.values():
            own.clear()  # warm-up
        # In turns: times drift with the machine.
        for number in range(rounds):
            _by_hand(pairs[2 * number + 2], times)
            _product(pairs[2 * number + 3], times)
        median = {name: statistics.median(own) for name, own in times.items()}
        report.add(
            Line("merge", median["merge"], median["merge by hand"], aim=1.5, note="with its rules and audit entry")
        )
        report.add(Line("undo", median["undo"], median["undo by hand"], aim=1.5))
        _count_statements(site, report)
    finally:
        _remove([contact for pair in pairs for contact in (pair.member, pair.lead)])
    _preview(site, report)


def _pair(site: Site, events: int) -> Pair:
    now = timezone.now()
    origin = Origin(Source.API, "bench", now)
    key = f"bench-{time.time_ns()}"
    member = create_contact(
        site,
        [({"name": "Kept", "profile.size": "M"}, False)],
        origin=origin,
        member_id=key,
        lead_reason=LeadReason.ENTERED,
    )
    details = {"name": "Gone", "email": f"{key}@example.com", "profile.size": "L", "memo": "likes tea"}
    lead = create_contact(site, [(details, False)], origin=origin, lead_reason=LeadReason.ENTERED)
    identity = Identity.objects.create(site=site, contact=lead, channel="web", key=key, created_at=now)
    Visit.objects.bulk_create(
        Visit(site=site, contact=lead, identity=identity, started_at=now, expires_at=now) for _ in range(_VISITS)
    )
    Event.objects.bulk_create(
        (Event(site=site, contact=lead, identity=identity, name="PageView", at=now) for _ in range(events)),
        batch_size=2_000,
    )
    return Pair(
        member, lead, _row("contacts_contact", "id", lead.pk), _row("contacts_contactprofile", "contact_id", lead.pk)
    )


def _row(table: str, key: str, value: int) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE {key} = %s", [value])
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def _refresh_statistics() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE contacts_event" if connection.vendor == "postgresql" else "ANALYZE contacts_event"
        )


def _timed(times: list[float], work: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = work()
    times.append(time.perf_counter() - began)
    return result


def _product(pair: Pair, times: dict[str, list[float]]) -> None:
    now = timezone.now()
    made = _timed(times["merge"], lambda: merge(pair.member, pair.lead, actor=SYSTEM, trigger="operator", now=now))
    _timed(times["undo"], lambda: undo_merge(made, actor=SYSTEM, now=now))


def _by_hand(pair: Pair, times: dict[str, list[float]]) -> None:
    journal = _timed(times["merge by hand"], lambda: _merge_by_hand(pair))
    _timed(times["undo by hand"], lambda: _undo_by_hand(pair, journal))


def _merge_by_hand(pair: Pair) -> int:
    """What somebody would write who moves everything, keeps the ids to go back, and has no rules to ask."""
    member, lead = pair.member.pk, pair.lead.pk
    made = Merge(
        site=pair.member.site,
        survivor=pair.member,
        absorbed_id=lead,
        absorbed_customer_number=pair.lead.customer_number,
        trigger="operator",
        at=timezone.now(),
        actor="bench",
    )
    with transaction.atomic(), connection.cursor() as cursor:
        lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
        cursor.execute(f"SELECT id FROM contacts_contact WHERE id IN (%s, %s) ORDER BY id{lock}", [member, lead])
        made.journal = {table: _move_by_hand(cursor, table, lead, member) for table in _MOVED}
        for type_, value in (("id", lead), ("customerNumber", pair.lead.customer_number)):
            ContactAlias.objects.create(site=pair.member.site, contact_id=member, type=type_, value=str(value))
        cursor.execute("DELETE FROM contacts_contactprofile WHERE contact_id = %s", [lead])
        cursor.execute("DELETE FROM contacts_contact WHERE id = %s", [lead])
        cursor.execute("UPDATE contacts_contact SET email = %s WHERE id = %s", [pair.lead.email, member])
        made.save(force_insert=True)
    return made.pk


def _move_by_hand(cursor: Any, table: str, old: int, new: int) -> list[int]:
    move = f"UPDATE {table} SET contact_id = %s WHERE contact_id = %s RETURNING id"
    if connection.vendor == "postgresql":
        move = f"WITH moved AS ({move}) SELECT array_agg(id) FROM moved"
    cursor.execute(move, [new, old])
    rows = cursor.fetchall()
    return rows[0][0] or [] if connection.vendor == "postgresql" else [row[0] for row in rows]


def _undo_by_hand(pair: Pair, made: int) -> None:
    member, lead = pair.member.pk, pair.lead.pk
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT journal FROM contacts_merge WHERE id = %s", [made])
        found = cursor.fetchone()[0]
        journal = json.loads(found) if isinstance(found, str) else found
        for table, row in (("contacts_contact", pair.row), ("contacts_contactprofile", pair.profile)):
            columns = {name: value for name, value in row.items() if name != "managed"}
            marks = ", ".join(["%s"] * len(columns))
            values = [json.dumps(value) if isinstance(value, dict | list) else value for value in columns.values()]
            names = ", ".join(connection.ops.quote_name(name) for name in columns)
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
        ids = "= ANY(%s)" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
        for table in _MOVED:
            moved = journal[table] if connection.vendor == "postgresql" else json.dumps(journal[table])
            cursor.execute(
                f"UPDATE {table} SET contact_id = %s WHERE contact_id = %s AND id {ids}", [lead, member, moved]
            )
        cursor.execute("DELETE FROM contacts_contactalias WHERE contact_id = %s", [member])
        cursor.execute("UPDATE contacts_contact SET email = '' WHERE id = %s", [member])
        cursor.execute("UPDATE contacts_merge SET undone_at = %s, journal = '{}' WHERE id = %s", [timezone.now(), made])


def _count_statements(site: Site, report: Report) -> None:
    for events in (1, 1_000):
        pair = _pair(site, events)
        with CaptureQueriesContext(connection) as merging:
            made = merge(pair.member, pair.lead, actor=SYSTEM, trigger="operator", now=timezone.now())
        with CaptureQueriesContext(connection) as undoing:
            undo_merge(made, actor=SYSTEM, now=timezone.now())
        report.fact(f"statements with {events:,} events", f"merge {len(merging)}, undo {len(undoing)}")
        _remove([pair.member, pair.lead])


def _preview(site: Site, report: Report) -> None:
    """Members and leads of the whole site, each pair once."""
    people = Contact.objects.filter(site=site).order_by("last_seen_on")
    members = list(people.filter(kind=Kind.MEMBER)[:60])
    leads = list(people.filter(kind=Kind.LEAD)[:60])
    times: list[float] = []
    began = time.process_time()
    for member, lead in zip(members, leads, strict=False):
        _timed(times, lambda member=member, lead=lead: plan_merge(member, lead))  # type: ignore[misc]
    ours = 1000 * (time.process_time() - began) / len(times)
    with CaptureQueriesContext(connection) as planning:
        plan_merge(members[0], leads[0])
    median, slowest = 1000 * statistics.median(times[5:]), 1000 * max(times[5:])
    text = f"median {median:.1f} ms, slowest {slowest:.1f} ms; {ours:.1f} ms CPU here, {len(planning)} statements"
    report.fact("preview of a merge (aim: median under 100 ms)", text)


def _remove(contacts: list[Contact]) -> None:
    ids = [contact.pk for contact in contacts]
    with transaction.atomic():
        for model in (Merge, ContactAlias, KnownValue, Event, Visit, Identity, ContactProfile):
            rows = model._base_manager.filter(**{"survivor__in" if model is Merge else "contact__in": ids})
            rows._raw_delete(rows.db)  # type: ignore[attr-defined]
        rows = Contact.objects.filter(pk__in=ids)
        rows._raw_delete(rows.db)
