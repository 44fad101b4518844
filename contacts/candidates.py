"""QUAL-3, UNI-2: who has these phones and e-mails, by current and by known values. One statement for any number.

Set-based: the values travel as one array (or one JSON text on SQLite) and are joined with the indexes of matching.
Junk and frozen values find nobody (UNI-14); anonymous contacts have no contact point and are never found.
"""

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from contacts.junk import is_junk
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


def candidates_sql(points: str) -> str:
    """CTEs up to ``candidate``; ``points``: a SELECT of (field, norm). Parameters: those of ``points``, 4 × the site.

    The conditions repeat those of the partial indexes, else PostgreSQL does not use them.
    """
    return f"""
        WITH point (field, norm) AS ({points}),
        holder AS (
            SELECT p.field, p.norm, c.id AS contact_id, c.email_qualified AS qualified
            FROM point p JOIN contacts_contact c ON c.site_id = %s AND c.email_norm = p.norm AND NOT c.email_norm = ''
            WHERE p.field = 'email'
            UNION ALL
            SELECT p.field, p.norm, c.id, c.mobile_number_qualified
            FROM point p JOIN contacts_contact c
                ON c.site_id = %s AND c.mobile_number_norm = p.norm AND NOT c.mobile_number_norm = ''
            WHERE p.field = 'mobileNumber'
            UNION ALL
            SELECT p.field, p.norm, k.contact_id, k.qualified
            FROM point p JOIN contacts_knownvalue k
                ON k.site_id = %s AND k.field = p.field AND k.norm = p.norm AND NOT k.norm = ''
        ),
        candidate AS (
            SELECT h.field, h.norm, c.id AS contact_id, c.kind, c.last_touch_at,
                MAX(CASE WHEN h.qualified THEN 1 ELSE 0 END) AS qualified,
                CASE WHEN EXISTS (
                    SELECT 1 FROM contacts_identity i WHERE i.contact_id = c.id AND i.channel IN ('web', 'app')
                ) THEN 1 ELSE 0 END AS booted
            FROM holder h JOIN contacts_contact c ON c.id = h.contact_id
            WHERE c.managed AND NOT EXISTS (
                SELECT 1 FROM contacts_frozenvalue f
                WHERE f.site_id = %s AND f.field = h.field AND f.value = h.norm AND f.thawed_at IS NULL
            )
            GROUP BY h.field, h.norm, c.id, c.kind, c.last_touch_at
        )
    """


def candidates_for(site: Site, points: Iterable[Point]) -> list[Candidate]:
    """Everybody who has one of ``points``, in no particular order; one statement, none when all are junk."""
    wanted = {point for point in points if point.norm and not is_junk(site, point.field, point.norm)}
    if not wanted:
        return []
    select, parameters = _as_rows(wanted)
    columns = "field, norm, contact_id, kind, qualified, booted, last_touch_at"
    sql = f"{candidates_sql(select)} SELECT {columns} FROM candidate"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *[site.pk] * 4])
        rows = cursor.fetchall()
    shared = {(point.field.value, point.norm): point for point in wanted}
    return [
        Candidate(shared[field, norm], contact_id, kind, bool(qualified), bool(booted), _moment(touched))
        for field, norm, contact_id, kind, qualified, booted, touched in rows
    ]


def _as_rows(points: set[Point]) -> tuple[str, list[Any]]:
    fields, norms = [point.field.value for point in points], [point.norm for point in points]
    if connection.vendor == "postgresql":
        return "SELECT * FROM unnest(%s::text[], %s::text[])", [fields, norms]
    pairs = json.dumps(list(zip(fields, norms, strict=True)))
    return "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(%s)", [pairs]


_touched: "models.Field[Any, Any]" = Contact._meta.get_field("last_touch_at")


def _moment(value: Any) -> datetime.datetime:
    """SQLite answers raw statements with text."""
    for convert in connection.ops.get_db_converters(_touched.get_col("c")):
        value = convert(value, _touched.get_col("c"), connection)
    moment: datetime.datetime = value
    return moment
