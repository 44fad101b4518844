"""GRADE-2: who carries which grade. Whoever has a rule's value, now or ever, carries the highest grade it is given.

The assignment is a pure function of values and rules, written set-based: ``regrade`` works it out anew for some
contacts, whatever changed. Only leads and members carry a grade; nobody sees anonymous visitors (KIND-5).

Two things change at once without seeing each other when one adds a rule while another writes the value it matches.
Therefore on PostgreSQL whoever writes values holds ``grades:<site>`` shared until the end of the transaction, and
whoever changes rules, or works off what they changed, holds it alone: one of the two then sees what the other did.
Writers of values do not wait for each other. SQLite has one writer anyway.
"""

import json
from array import array
from collections.abc import Sequence
from typing import Any

from django.db import connection

from contacts.value_followers import value_followers
from tags.models import ContactGrade, GradeRule

# From so many contacts on it is worth asking whether the site has grades at all.
_MANY = 1_000

# "Now or ever": the columns of today, what was known earlier (QUAL-3), and the numbers of whom it absorbed (UNI-8).
# The conditions on empty values repeat those of the partial indexes.
_VALUES = """
    SELECT c.id AS contact_id, 'email' AS criterion, c.email_norm AS norm FROM contacts_contact c
    WHERE {c} AND NOT c.email_norm = ''
    UNION ALL
    SELECT c.id, 'mobileNumber', c.mobile_number_norm FROM contacts_contact c
    WHERE {c} AND NOT c.mobile_number_norm = ''
    UNION ALL
    SELECT c.id, 'memberId', c.member_id_folded FROM contacts_contact c WHERE {c} AND NOT c.member_id_folded = ''
    UNION ALL
    SELECT c.id, 'customerNumber', CAST(c.customer_number AS text) FROM contacts_contact c WHERE {c}
    UNION ALL
    SELECT k.contact_id, k.field, k.norm FROM contacts_knownvalue k
    WHERE {k} AND k.field IN ('email', 'mobileNumber', 'memberId') AND NOT k.norm = ''
    UNION ALL
    SELECT a.contact_id, a.type, a.value FROM contacts_contactalias a WHERE {a} AND a.type = 'customerNumber'
"""
# The same the other way round, by the indexes of matching: everybody who has the value of one of the rules of ``rule``.
# CASE: no other criterion's value is ever read as a number.
_MATCHES = """
    WITH rule AS (SELECT id, site_id, criterion, norm FROM tags_graderule WHERE {rules}), found AS (
        SELECT r.id AS rule_id, c.id AS contact_id FROM rule r
        JOIN contacts_contact c ON c.site_id = r.site_id AND c.email_norm = r.norm AND NOT c.email_norm = ''
        WHERE r.criterion = 'email'
        UNION ALL
        SELECT r.id, c.id FROM rule r
        JOIN contacts_contact c ON c.site_id = r.site_id AND c.mobile_number_norm = r.norm
            AND NOT c.mobile_number_norm = ''
        WHERE r.criterion = 'mobileNumber'
        UNION ALL
        SELECT r.id, c.id FROM rule r
        JOIN contacts_contact c ON c.site_id = r.site_id AND c.member_id_folded = r.norm AND NOT c.member_id_folded = ''
        WHERE r.criterion = 'memberId'
        UNION ALL
        SELECT r.id, c.id FROM rule r
        JOIN contacts_contact c ON c.site_id = r.site_id
            AND c.customer_number = CASE WHEN r.criterion = 'customerNumber' THEN CAST(r.norm AS bigint) END
        WHERE r.criterion = 'customerNumber'
        UNION ALL
        SELECT r.id, k.contact_id FROM rule r
        JOIN contacts_knownvalue k ON k.site_id = r.site_id AND k.field = r.criterion AND k.norm = r.norm
            AND NOT k.norm = ''
        WHERE r.criterion IN ('email', 'mobileNumber', 'memberId')
        UNION ALL
        SELECT r.id, a.contact_id FROM rule r
        JOIN contacts_contactalias a ON a.site_id = r.site_id AND a.type = 'customerNumber' AND a.value = r.norm
        WHERE r.criterion = 'customerNumber'
    )
    SELECT {what} FROM found m JOIN contacts_contact c ON c.id = m.contact_id AND c.managed
"""
# Of several rules the highest grade; of several of one grade the oldest rule is told as the reason.
_BEST = """
    SELECT m.contact_id, m.site_id, m.grade_id, m.rule_id FROM (
        SELECT v.contact_id, r.site_id, r.grade_id, r.id AS rule_id,
            row_number() OVER (PARTITION BY v.contact_id ORDER BY g.rank DESC, r.id) AS place
        FROM ({values}) v
        JOIN tags_graderule r ON r.site_id = %s AND r.criterion = v.criterion AND r.norm = v.norm
        JOIN tags_grade g ON g.id = r.grade_id
    ) m WHERE m.place = 1
"""
_COLUMNS = "contact_id, site_id, grade_id, rule_id"
_CHANGED = """
    ON CONFLICT (contact_id) DO UPDATE SET grade_id = excluded.grade_id, rule_id = excluded.rule_id
    WHERE tags_contactgrade.grade_id <> excluded.grade_id OR tags_contactgrade.rule_id <> excluded.rule_id
"""


def hold_values(site_id: int) -> None:
    """Until the end of the transaction no rule of the site changes: the caller writes values of its contacts."""
    _advise("pg_advisory_xact_lock_shared", site_id)


def hold_rules(site_id: int) -> None:
    """Until the end of the transaction nobody else writes values or rules of the site; waits for those who do."""
    _advise("pg_advisory_xact_lock", site_id)


def _advise(function: str, site_id: int) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [f"grades:{site_id}"])


def follow_values(site_id: int, contact_ids: Sequence[int]) -> None:
    """The values of these contacts were written in this transaction: they carry their grade at once."""
    hold_values(site_id)
    # Held, no rule comes into being meanwhile. Most desks have none, and an import writes thousands of values.
    if len(contact_ids) < _MANY or _are_grades_used(site_id):
        regrade(site_id, contact_ids)


def _are_grades_used(site_id: int) -> bool:
    used = (model.objects.filter(site=site_id).exists() for model in (GradeRule, ContactGrade))
    return any(used)


def regrade(site_id: int, contact_ids: Sequence[int]) -> int:
    """Work out anew what these contacts carry; answers how many carry something else than before.

    One statement on PostgreSQL, two on SQLite, for any number of ids. The caller holds values or rules.
    """
    if not contact_ids:
        return 0
    best, parameters = _best(site_id, contact_ids)
    chosen, ids = _chosen("contact_id", contact_ids)
    if connection.vendor == "postgresql":
        return _regrade_in_one(best, parameters, chosen, ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM tags_contactgrade WHERE {chosen} AND contact_id NOT IN (SELECT contact_id FROM ({best}))",
            [*ids, *parameters],
        )
        gone: int = cursor.rowcount
        # WHERE: else ON CONFLICT would be read as the condition of a join.
        cursor.execute(
            f"INSERT INTO tags_contactgrade ({_COLUMNS}) SELECT {_COLUMNS} FROM ({best}) WHERE TRUE {_CHANGED}",
            parameters,
        )
        return gone + int(cursor.rowcount)


def _regrade_in_one(best: str, parameters: list[Any], chosen: str, ids: list[Any]) -> int:
    """Whoever is being deleted at this moment is passed over, instead of failing at the foreign key."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH best AS MATERIALIZED ({best}), gone AS ("
            f" DELETE FROM tags_contactgrade WHERE {chosen} AND contact_id NOT IN (SELECT contact_id FROM best)"
            f" RETURNING 1), given AS (INSERT INTO tags_contactgrade ({_COLUMNS}) SELECT {_prefixed('b')} FROM best b"
            " JOIN contacts_contact c ON c.id = b.contact_id AND c.managed ORDER BY b.contact_id"
            f" FOR KEY SHARE OF c {_CHANGED} RETURNING 1)"
            " SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM given)",
            [*parameters, *ids],
        )
        changed: int = cursor.fetchone()[0]
    return changed


def matching_ids(rule_ids: Sequence[int]) -> "array[int]":
    """Ids, ascending, of the leads and members who have the value of one of these rules; one statement."""
    rules, parameters = _in_ids("id", rule_ids)
    with connection.cursor() as cursor:
        cursor.execute(_MATCHES.format(rules=rules, what="DISTINCT c.id") + " ORDER BY c.id", parameters)
        return array("q", (row[0] for row in cursor.fetchall()))


def matching_numbers(rule_ids: Sequence[int]) -> dict[int, int]:
    """How many leads and members have the value of each of these rules; who matches nobody is not in it."""
    if not rule_ids:
        return {}
    rules, parameters = _in_ids("id", rule_ids)
    what = "m.rule_id, count(DISTINCT m.contact_id)"
    with connection.cursor() as cursor:
        cursor.execute(_MATCHES.format(rules=rules, what=what) + " GROUP BY m.rule_id", parameters)
        return dict(cursor.fetchall())


def carrying_ids(column: str, values: Sequence[int]) -> "array[int]":
    """Ids, ascending, of who carries one of these grades (``grade_id``) or got theirs by these rules (``rule_id``)."""
    chosen, parameters = _in_ids(column, values)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT contact_id FROM tags_contactgrade WHERE {chosen} ORDER BY contact_id", parameters)
        return array("q", (row[0] for row in cursor.fetchall()))


def _best(site_id: int, contact_ids: Sequence[int]) -> tuple[str, list[Any]]:
    """What each of the contacts should carry, as a SELECT."""
    chosen, ids = _chosen("id", contact_ids)
    managed = f"c.site_id = %s AND c.managed AND c.{chosen}"
    # A known value's contact is looked at again where rows are written: only leads and members get one.
    beside = f"IN (SELECT x.id FROM contacts_contact x WHERE x.site_id = %s AND x.managed AND x.{chosen})"
    values = _VALUES.format(c=managed, k=f"k.contact_id {beside}", a=f"a.contact_id {beside}")
    return _BEST.format(values=values), [*[site_id, *ids] * 6, site_id]


def _prefixed(alias: str) -> str:
    return ", ".join(f"{alias}.{column}" for column in _COLUMNS.split(", "))


def _chosen(column: str, ids: Sequence[int]) -> tuple[str, list[Any]]:
    """That ``column`` is one of ``ids``. A chunk's are neighbours: told their bounds, PostgreSQL reads one range."""
    among, parameters = _in_ids(column, ids)
    return f"{column} BETWEEN %s AND %s AND {among}", [min(ids), max(ids), *parameters]


def _in_ids(column: str, ids: Sequence[int]) -> tuple[str, list[Any]]:
    """The ids travel as one parameter: SQLite bounds the number of parameters."""
    if connection.vendor == "postgresql":
        return f"{column} IN (SELECT unnest(%s::bigint[]))", [list(ids)]
    return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(list(ids))]


value_followers.register("grades", follow_values)
