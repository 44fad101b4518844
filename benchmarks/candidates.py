"""Who has the phones and e-mails of an import: 100,000 of them at once, against the join one would write by hand."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.timing import Line, Report, take_turns
from contacts.candidates import CONTACT_POINTS, Point, candidates_for
from contacts.models import KnownField, KnownValue
from contacts.pairs import new_pairs
from desk.models import Site

_FLOOR = """
    WITH point (field, norm) AS ({points})
    SELECT p.field, p.norm, c.id, c.kind FROM point p
    JOIN contacts_contact c ON c.site_id = %s AND c.email_norm = p.norm AND NOT c.email_norm = '' AND c.managed
    WHERE p.field = 'email'
    UNION SELECT p.field, p.norm, c.id, c.kind FROM point p
    JOIN contacts_contact c
        ON c.site_id = %s AND c.mobile_number_norm = p.norm AND NOT c.mobile_number_norm = '' AND c.managed
    WHERE p.field = 'mobileNumber'
    UNION SELECT p.field, p.norm, c.id, c.kind FROM point p
    JOIN contacts_knownvalue k ON k.site_id = %s AND k.field = p.field AND k.norm = p.norm AND NOT k.norm = ''
    JOIN contacts_contact c ON c.id = k.contact_id AND c.managed
"""


def measure(site: Site, report: Report, *, points: int, rounds: int) -> None:
    """Half of the values are somebody's, as far as there are so many; the rest is nobody's."""
    report.section("Who has these phones and e-mails?")
    known = KnownValue.objects.filter(site=site, field__in=CONTACT_POINTS).exclude(norm="")
    told = [Point(KnownField(field), norm) for field, norm in known.values_list("field", "norm")[: points // 2]]
    told += [Point(KnownField.EMAIL, f"nobody-{n}@import.example") for n in range(points - len(told))]
    ours, by_hand = take_turns(lambda: len(candidates_for(site, told)), _floor(site, told), rounds=rounds)
    report.add(Line(f"{points:,} contact points of an import", ours, by_hand, aim=2))
    started = timezone.now()
    pairs = len(new_pairs(site))
    seconds = (timezone.now() - started).total_seconds()
    report.fact("search for possible duplicates among all", f"{seconds:.1f} s, {pairs:,} new pairs")


def _floor(site: Site, told: list[Point]) -> Callable[[], int]:
    fields, norms = [str(point.field.value) for point in told], [point.norm for point in told]
    return partial(_run_floor, site, fields, norms)


def _run_floor(site: Site, fields: list[str], norms: list[str]) -> int:
    parameters: list[Any]
    if connection.vendor == "postgresql":
        points, parameters = "SELECT * FROM unnest(%s::text[], %s::text[])", [fields, norms]
    else:
        points = "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(%s)"
        parameters = [json.dumps(list(zip(fields, norms, strict=True)))]
    with connection.cursor() as cursor:
        cursor.execute(_FLOOR.format(points=points), [*parameters, site.pk, site.pk, site.pk])
        return len(cursor.fetchall())
