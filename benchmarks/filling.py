"""The site BENCH: people as ``seed_demo`` makes them, then tags and events added set by set up to what was asked for.

Filled once and kept; only what is missing is added, so that a second run starts at once.
"""

import time
from typing import Any

from django.db import connection
from django.db.models import Max

from benchmarks.timing import Report
from config.demo.data.loading import settle
from config.demo.data.seeding import SEEDER, Scale, seed
from contacts.models import Contact, ContactProfile, Event, Visit
from desk.models import Site
from desk.sites import create_site
from tags.catalogue import find_or_create_tags
from tags.models import ContactTag, Tag

CODE = "BENCH"
_ANONYMOUS = 0.6
_CAMPAIGNS = 16  # tags that are added; the n-th is carried by a share proportional to 1/n
_MOST = 0.9  # nobody's tag is carried by more
# Names of the events that are added, and the share (of 100) of the visitors who did each in a round.
_EVENTS = (("CartAdd", 40), ("Search", 25), ("Login", 15))
_ROUNDS = 8

_TAG = (
    "INSERT INTO tags_contacttag (site_id, tag_id, contact_id, source, source_label, operator_id, at)"
    " SELECT site_id, %s, id, 'system', 'bench', NULL, last_touch_at FROM contacts_contact"
    " WHERE site_id = %s AND managed AND (customer_number * 7919 + %s) %% 10007 < %s ON CONFLICT DO NOTHING"
)
_LAST_SEEN = {
    "postgresql": "last_seen_at - interval '1 minute' * (customer_number * 13 %% 40320)",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', last_seen_at, '-' || (customer_number * 13 %% 40320) || ' minutes')",
}
_EVENT = (
    "INSERT INTO contacts_event (id, site_id, contact_id, identity_id, name, at, property)"
    " SELECT %s + row_number() OVER (), site_id, id, NULL, %s, {at}, '{{}}' FROM contacts_contact"
    " WHERE site_id = %s AND last_seen_at IS NOT NULL AND (customer_number * 104729 + %s) %% 100 < %s"
)


def filled_site(report: Report, *, contacts: int, tags_each: float, events_each: float) -> Site:
    """The site with as many contacts as asked for, so many tags per lead or member and events per contact."""
    report.section("Sample data")
    site = Site.objects.filter(code=CODE).first() or create_site("Benchmark", CODE, actor=SEEDER)
    missing = contacts - Contact.objects.filter(site=site).count()
    if missing > 0:
        seeded = seed(site, Scale(contacts=missing, anonymous=_ANONYMOUS, visits=1, events=5))
        rows = sum(seeded.rows.values())
        report.fact(
            f"seed_demo: {missing:,} contacts",
            f"{seeded.seconds:,.0f} s; {missing / seeded.seconds:,.0f} contacts/s, {rows / seeded.seconds:,.0f} rows/s",
        )
    began = time.monotonic()
    managed = Contact.objects.filter(site=site, managed=True).count()
    added = _add_tags(site, managed, int(managed * tags_each)) + _add_events(site, int(contacts * events_each))
    if added:
        settle((ContactTag, Event))
        report.fact("added set by set", f"{added:,} tags and events, {time.monotonic() - began:,.0f} s")
    report.fact("leads and members", f"{managed:,}")
    for model in (Contact, ContactProfile, Event, Visit, ContactTag):
        report.fact(model._meta.db_table, f"{model.objects.filter(site=site).count():,}")
    report.fact("tags", f"{Tag.objects.filter(site=site).count():,}")
    return site


def _add_tags(site: Site, managed: int, wanted: int) -> int:
    """Campaigns that reach fewer and fewer people, until there are ``wanted`` attachments."""
    missing = wanted - ContactTag.objects.filter(site=site).count()
    if missing < wanted / 100:
        return 0
    harmonic = sum(1 / rank for rank in range(1, _CAMPAIGNS + 1))
    tags = find_or_create_tags(site, [f"캠페인/{rank:02}차" for rank in range(1, _CAMPAIGNS + 1)], actor=SEEDER)
    added = 0
    for rank, tag in enumerate(tags, 1):
        share = min(_MOST, missing / managed / harmonic / rank)
        added += _execute(_TAG, [tag.pk, site.pk, rank * 631, int(share * 10_007)])
    return added


def _add_events(site: Site, wanted: int) -> int:
    """Rounds of shopping, each by other people, within four weeks before they were last seen."""
    present = Event.objects.filter(site=site).count()
    added = 0
    for number in range(_ROUNDS):
        for name, share in _EVENTS:
            if present + added >= wanted * 0.99:
                return added
            last = Event.objects.aggregate(last=Max("id"))["last"] or 0
            sql = _EVENT.format(at=_LAST_SEEN[connection.vendor])
            added += _execute(sql, [last, name, site.pk, number * 17, share])
    return added


def _execute(sql: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
