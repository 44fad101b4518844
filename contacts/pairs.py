"""UNI-12: who may be one person, found for a whole site at once or for what arrived lately; reads only.

Every value gives a few pairs, not all of them: among the first five everybody with everybody, and each of the next
fifteen with the first. Members stand first. Pairs that are suggested, dismissed or pending already are left out.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import connection

from contacts.candidates import candidates_sql
from contacts.junk import MAX_JOINS, junk_of
from contacts.models import Kind, KnownField, SuggestionReason
from desk.ids import id_at
from desk.models import Site

MOST_PAIRS = 100_000
_ALL_OF_GROUP = 5
_MOST_OF_GROUP = 21
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class End:
    """One of the two; see ``candidates.Candidate``."""

    contact_id: int
    is_member: bool
    qualified: bool
    booted: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two with the same value; ``members``: how many members have it as a qualified one."""

    field: KnownField
    value: str
    one: End
    other: End
    members: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """A value that came to ``count`` contacts within a day."""

    field: KnownField
    value: str
    count: int


_KNOWN = "k.site_id = %s AND k.field IN ('email', 'mobileNumber') AND NOT k.norm = ''"


def _points(site: Site, since: datetime.datetime | None) -> tuple[str, list[Any]]:
    """A SELECT of (n, field, norm) to look at: all that several have; or of contacts that have a new value."""
    junk = junk_of(site)
    out = sorted(junk.texts | junk.phones)
    kept = f"NOT IN ({', '.join(['%s'] * len(out))})" if out else "IS NOT NULL"
    if since is not None:
        # The ids of rows say when they were made, so their index finds the new ones.
        return (
            "SELECT ROW_NUMBER() OVER () AS n, k.field, k.norm FROM contacts_knownvalue new "
            "JOIN contacts_knownvalue k ON k.contact_id = new.contact_id "
            f"WHERE new.id >= %s AND new.site_id = %s AND {_KNOWN} AND k.norm {kept} GROUP BY k.field, k.norm",
            [id_at(since), site.pk, site.pk, *out],
        )
    return (
        "SELECT ROW_NUMBER() OVER () AS n, field, norm FROM ("
        f"SELECT k.field, k.norm, k.contact_id FROM contacts_knownvalue k WHERE {_KNOWN} "
        "UNION ALL SELECT 'email', email_norm, id FROM contacts_contact WHERE site_id = %s AND NOT email_norm = '' "
        "UNION ALL SELECT 'mobileNumber', mobile_number_norm, id FROM contacts_contact "
        "WHERE site_id = %s AND NOT mobile_number_norm = ''"
        f") had WHERE norm {kept} GROUP BY field, norm HAVING COUNT(DISTINCT contact_id) > 1",
        [site.pk, site.pk, site.pk, *out],
    )


def new_pairs(site: Site, *, since: datetime.datetime | None = None) -> list[Pair]:
    """Pairs with the same phone or e-mail that nobody knows of yet, at most ``MOST_PAIRS``; one statement."""
    points, parameters = _points(site, since)
    sql = f"""{candidates_sql(points)},
        ranked AS (
            SELECT candidate.*,
                ROW_NUMBER() OVER (
                    PARTITION BY n
                    ORDER BY CASE kind WHEN 'member' THEN 0 ELSE 1 END, qualified DESC, contact_id
                ) AS place,
                SUM(CASE WHEN kind = 'member' THEN qualified ELSE 0 END) OVER (PARTITION BY n) AS members
            FROM candidate
        )
        SELECT point.field, point.norm, a.members, a.contact_id, a.kind, a.qualified, a.booted,
            b.contact_id, b.kind, b.qualified, b.booted
        FROM ranked a JOIN ranked b ON b.n = a.n AND b.place > a.place JOIN point ON point.n = a.n
        WHERE b.place <= %s AND (a.place = 1 OR b.place <= %s)
            AND NOT EXISTS ({_known_pair("a.contact_id", "b.contact_id", _REASON)})
            AND NOT EXISTS (
                SELECT 1 FROM contacts_pendingmerge p WHERE p.contact_id = b.contact_id AND p.member_id = a.contact_id
            )
        LIMIT %s"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *[site.pk] * 4, _MOST_OF_GROUP, _ALL_OF_GROUP, MOST_PAIRS])
        rows = cursor.fetchall()
    return [
        Pair(KnownField(field), norm, _end(*ends[:4]), _end(*ends[4:]), int(members))
        for field, norm, members, *ends in rows
    ]


# Members stand first in a group, so a pending pair is (member, contact) in this order.
_REASON = "CASE point.field WHEN 'email' THEN 'sameEmail' ELSE 'samePhone' END"


def _known_pair(one: str, other: str, reason: str) -> str:
    return (
        "SELECT 1 FROM contacts_mergesuggestion s "
        f"WHERE s.first_id = CASE WHEN {one} < {other} THEN {one} ELSE {other} END "
        f"AND s.second_id = CASE WHEN {one} < {other} THEN {other} ELSE {one} END "
        f"AND (s.reason = {reason} OR s.dismissed_at IS NOT NULL)"
    )


def _end(contact_id: int, kind: str, qualified: int, booted: int) -> End:
    return End(contact_id, kind == Kind.MEMBER, bool(qualified), bool(booted))


def new_spellings(site: Site, *, since: datetime.datetime | None = None) -> list[Pair]:
    """Members whose memberIds differ in case or width only; one statement."""
    lately, parameters = "", []
    if since is not None:
        lately = (
            "AND m.member_id_folded IN (SELECT c.member_id_folded FROM contacts_knownvalue n "
            "JOIN contacts_contact c ON c.id = n.contact_id WHERE n.id >= %s AND n.site_id = %s)"
        )
        parameters = [id_at(since), site.pk]
    known = _known_pair("a.contact_id", "b.contact_id", f"'{SuggestionReason.SAME_MEMBER_ID_SPELLING}'")
    sql = f"""
        WITH shared AS (
            SELECT m.member_id_folded FROM contacts_contact m
            WHERE m.site_id = %s AND NOT m.member_id_folded = '' {lately}
            GROUP BY m.member_id_folded HAVING COUNT(*) > 1
        ),
        ranked AS (
            SELECT m.id AS contact_id, m.member_id_folded,
                ROW_NUMBER() OVER (PARTITION BY m.member_id_folded ORDER BY m.id) AS place
            FROM contacts_contact m JOIN shared ON shared.member_id_folded = m.member_id_folded
            WHERE m.site_id = %s AND NOT m.member_id_folded = ''
        )
        SELECT a.member_id_folded, a.contact_id, b.contact_id
        FROM ranked a JOIN ranked b ON b.member_id_folded = a.member_id_folded AND b.place > a.place
        WHERE b.place <= %s AND (a.place = 1 OR b.place <= %s)
            AND NOT EXISTS ({known})
        LIMIT %s"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [site.pk, *parameters, site.pk, _MOST_OF_GROUP, _ALL_OF_GROUP, MOST_PAIRS])
        rows = cursor.fetchall()
    texts = junk_of(site).texts
    return [
        Pair(KnownField.MEMBER_ID, folded, End(one, True, True, False), End(other, True, True, False), 2)
        for folded, one, other in rows
        if folded not in texts
    ]


def new_crowds(site: Site, *, now: datetime.datetime, since: datetime.datetime | None = None) -> list[Crowd]:
    """UNI-14: values that came to more than 20 leads and members within a day, and are not frozen yet.

    Visitors alone do not freeze what is somebody's, a member's or told by a trusted door: else whoever types it in so
    many browsers could keep that person from being found.
    """
    points, parameters = _points(site, since)
    owner = "k.qualified AND (c.kind = 'member' OR k.source NOT IN ('form', 'script'))"
    recent = "k.first_seen_at > %s AND (f.id IS NULL OR k.first_seen_at > f.thawed_at)"
    sql = f"""
        WITH point AS ({points}),
        had AS (
            SELECT k.field, k.norm,
                COUNT(DISTINCT CASE WHEN {owner} THEN k.contact_id END) AS owners,
                COUNT(DISTINCT CASE WHEN {recent} AND {owner} THEN k.contact_id END) AS new_owners,
                COUNT(DISTINCT CASE WHEN {recent} THEN k.contact_id END) AS new_holders
            FROM point p
            JOIN contacts_knownvalue k ON k.site_id = %s AND k.field = p.field AND k.norm = p.norm AND NOT k.norm = ''
            JOIN contacts_contact c ON c.id = k.contact_id AND c.managed
            LEFT JOIN contacts_frozenvalue f ON f.site_id = k.site_id AND f.field = k.field AND f.value = k.norm
            GROUP BY k.field, k.norm
        )
        SELECT field, norm, new_holders FROM had
        WHERE new_owners > %s OR (owners = 0 AND new_holders > %s)"""
    day_ago = connection.ops.adapt_datetimefield_value(now - _DAY)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, day_ago, day_ago, site.pk, MAX_JOINS, MAX_JOINS])
        return [Crowd(KnownField(field), norm, count) for field, norm, count in cursor.fetchall()]
