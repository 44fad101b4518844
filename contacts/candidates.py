"""QUAL-3, UNI-2: who has these phones and e-mails, by current and by known values. One statement for any number.

Set-based: the values travel as one array (or one JSON text on SQLite) and are joined with the indexes of matching.
Junk and frozen values find nobody (UNI-14); anonymous contacts have no contact point and are never found.
"""

import datetime
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from contacts.junk import junk_of
from contacts.models import Contact, Kind, KnownField
from desk.models import Site

# What makes two contacts one: memberIds have rules of their own (BOOT-3, UNI-9).
CONTACT_POINTS = (KnownField.MOBILE_NUMBER, KnownField.EMAIL)


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A phone or an e-mail in its normal form."""

    field: KnownField
    norm: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lead or member who has, or once had, ``point``. ``booted``: has a browser or app of its own (UNI-3)."""

    point: Point
    contact_id: int
    kind: str
    qualified: bool
    booted: bool
    last_touch_at: datetime.datetime

    @property
    def is_member(self) -> bool:
        """Whether it is a member."""
        return self.kind == Kind.MEMBER


def candidates_sql(points: str, *, are_listed: bool = False) -> str:
    """CTEs ``point`` and ``candidate``. ``points``: a SELECT of (n, field, norm), ``n`` a number of the row.

    ``are_listed``: they come from a list, and cost nothing to be read three times. A CTE that SQLite has put aside it
    takes for a million rows from its second use on, and reads whole tables to sort out most of them (Bloom filters).

    Parameters: those of ``points``, then four times the site. What is compared and grouped are numbers, for texts
    take several times as long; the conditions repeat those of the partial indexes, else PostgreSQL does not use them.
    """
    aside, then = "", "JOIN"
    if are_listed and connection.vendor == "sqlite":
        # CROSS: from the points to the contacts. Without statistics it would go through the list for every contact.
        aside, then = "NOT MATERIALIZED", "CROSS JOIN"
    return f"""
        WITH point (n, field, norm) AS {aside} (
            SELECT n, field, norm FROM ({points}) told
            WHERE NOT EXISTS (
                SELECT 1 FROM contacts_frozenvalue f
                WHERE f.site_id = %s AND f.field = told.field AND f.value = told.norm AND f.thawed_at IS NULL
            )
        ),
        holder AS (
            SELECT n, contact_id, MAX(qualified) AS qualified FROM (
                SELECT p.n, c.id AS contact_id, CASE WHEN c.email_qualified THEN 1 ELSE 0 END AS qualified
                FROM point p
                {then} contacts_contact c ON c.site_id = %s AND c.email_norm = p.norm AND NOT c.email_norm = ''
                WHERE p.field = 'email'
                UNION ALL
                SELECT p.n, c.id, CASE WHEN c.mobile_number_qualified THEN 1 ELSE 0 END
                FROM point p
                {then} contacts_contact c
                    ON c.site_id = %s AND c.mobile_number_norm = p.norm AND NOT c.mobile_number_norm = ''
                WHERE p.field = 'mobileNumber'
                UNION ALL
                SELECT p.n, k.contact_id, CASE WHEN k.qualified THEN 1 ELSE 0 END
                FROM point p
                {then} contacts_knownvalue k
                    ON k.site_id = %s AND k.field = p.field AND k.norm = p.norm AND NOT k.norm = ''
            ) had GROUP BY n, contact_id
        ),
        candidate AS (
            SELECT h.n, h.contact_id, h.qualified, c.kind, c.last_touch_at,
                CASE WHEN EXISTS (
                    SELECT 1 FROM contacts_identity i WHERE i.contact_id = h.contact_id AND i.channel IN ('web', 'app')
                ) THEN 1 ELSE 0 END AS booted
            FROM holder h JOIN contacts_contact c ON c.id = h.contact_id
            WHERE c.managed
        )
    """


def candidates_for(site: Site, points: Iterable[Point]) -> list[Candidate]:
    """Everybody who has one of ``points``, in no particular order; one statement, none when all are junk."""
    junk = junk_of(site)
    wanted = [point for point in dict.fromkeys(points) if point.norm and not junk.has(point.field, point.norm)]
    if not wanted:
        return []
    select, parameters = _as_rows(wanted)
    columns = "n, contact_id, kind, qualified, booted, last_touch_at"
    with connection.cursor() as cursor:
        sql = f"{candidates_sql(select, are_listed=True)} SELECT {columns} FROM candidate"
        cursor.execute(sql, [*parameters, *[site.pk] * 4])
        rows = cursor.fetchall()
    read = _reader()
    return [
        Candidate(wanted[n], contact_id, kind, bool(qualified), bool(booted), read(touched))
        for n, contact_id, kind, qualified, booted, touched in rows
    ]


def _as_rows(points: list[Point]) -> tuple[str, list[Any]]:
    fields, norms = [str(point.field.value) for point in points], [point.norm for point in points]
    if connection.vendor == "postgresql":
        sql = "SELECT n - 1 AS n, field, norm FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS t (field, norm, n)"
        return sql, [fields, norms]
    pairs = json.dumps(list(zip(fields, norms, strict=True)))
    extract = "json_extract(value, '$[0]') AS field, json_extract(value, '$[1]') AS norm"
    return f"SELECT key AS n, {extract} FROM json_each(%s)", [pairs]


def _reader() -> Callable[[Any], datetime.datetime]:
    """How this engine's answer to a raw statement becomes a time: SQLite answers with text."""
    column = Contact._meta.get_field("last_touch_at").get_col("c")
    converters = connection.ops.get_db_converters(column)

    def read(value: Any) -> datetime.datetime:
        for convert in converters:
            value = convert(value, column, connection)
        moment: datetime.datetime = value
        return moment

    return read
