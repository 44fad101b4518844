"""What an import reads of the contacts: for all rows of a batch at once, in a number of statements that stays."""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection
from django.db.models import Q

from contacts.candidates import candidates_sql
from contacts.id_lists import ids_value, in_ids
from contacts.importing.people import CONTACT_COLUMNS, JSON_COLUMNS, PROFILE_COLUMNS, Person
from contacts.models import (
    ContactAlias,
    FrozenValue,
    JoinCount,
    Kind,
    Merge,
    MergeSuggestion,
    PendingMerge,
)
from desk.models import Site

# Values are frozen one by one; hardly a site has so many.
_FEW_FROZEN = 1_000
type_Pair = tuple[int, int]

_NAMES = (*CONTACT_COLUMNS, *PROFILE_COLUMNS)
_BOOLEANS = ("email_qualified", "mobile_number_qualified", "unsubscribe_email", "unsubscribe_texting")
_COLUMNS = (
    "c.id, c.customer_number, c.last_touch_at, "
    + ", ".join(f"c.{column}" for column in CONTACT_COLUMNS)
    + ", "
    + ", ".join(f'p."{column}"' for column in PROFILE_COLUMNS)
)


def look_up_by_index() -> None:
    """To the end of the transaction: rows of a batch are found by their indexes.

    They are a few thousand of perhaps many, and batch after batch reads the same pages. PostgreSQL takes each page that
    an index names for a seek of a disk, and would rather read a table of 100,000 people from end to end every time.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL random_page_cost TO 1")


def in_texts() -> str:
    """The condition that follows a column: one of many texts, as one parameter (``texts_value``)."""
    return "= ANY(%s::text[])" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"


def texts_value(texts: Iterable[str]) -> Any:
    """The parameter of ``in_texts``; the texts have no control characters.

    PostgreSQL escapes quotes in an array as JSON does, and the driver takes many times as long to write one down.
    """
    written = orjson.dumps(list(texts)).decode()
    return f"{{{written[1:-1]}}}" if connection.vendor == "postgresql" else written


def members_of(site: Site, member_ids: Collection[str]) -> dict[str, int]:
    """{memberId: contact}, also of memberIds that lead to whom their owner was unified into."""
    if not member_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT member_id, id FROM contacts_contact WHERE site_id = %s AND member_id {in_texts()}"
            " AND member_id IS NOT NULL",
            [site.pk, texts_value(member_ids)],
        )
        found: dict[str, int] = dict(cursor.fetchall())
        missing = [member_id for member_id in member_ids if member_id not in found]
        if missing:
            cursor.execute(
                f"SELECT value, contact_id FROM contacts_contactalias WHERE site_id = %s AND type = %s"
                f" AND value {in_texts()}",
                [site.pk, ContactAlias.Type.MEMBER_ID.value, texts_value(missing)],
            )
            found |= dict(cursor.fetchall())
    return found


def holders_of(site: Site, points: Sequence[tuple[str, str]]) -> list[tuple[tuple[str, str], bool, bool, int, bool]]:
    """Who has these phones and e-mails, as ``contacts.candidates`` finds them; the caller has left out junk.

    Answers (point, whether a lead, whether only typed, contact, whether booted).
    """
    if not points:
        return []
    if connection.vendor == "postgresql":
        source = (
            "SELECT n - 1 AS n, field, norm FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS t (field, norm, n)"
        )
        values = [texts_value(name for name, _norm in points), texts_value(norm for _name, norm in points)]
    else:
        extract = "json_extract(value, '$[0]') AS field, json_extract(value, '$[1]') AS norm"
        source, values = f"SELECT key AS n, {extract} FROM json_each(%s)", [orjson.dumps(points).decode()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"{candidates_sql(source, are_listed=True)} SELECT n, contact_id, kind, qualified, booted FROM candidate",
            [*values, *[site.pk] * 4],
        )
        return [
            (points[n], kind != Kind.MEMBER, not qualified, contact_id, bool(booted))
            for n, contact_id, kind, qualified, booted in cursor.fetchall()
        ]


def lock_contacts(site: Site, ids: Collection[int]) -> bool:
    """Lock them in id order, as merges do; False when one of them is gone since it was found."""
    if not ids:
        return True
    with connection.cursor() as cursor:
        lock = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
        cursor.execute(
            f"SELECT id FROM contacts_contact WHERE site_id = %s AND id {in_ids()} ORDER BY id{lock}",
            [site.pk, ids_value(ids)],
        )
        return len(cursor.fetchall()) == len(ids)


def load_people(site: Site, ids: Collection[int]) -> dict[int, Person]:
    """The contacts of these ids with their known values."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM contacts_contact c JOIN contacts_contactprofile p ON p.contact_id = c.id"
            f" WHERE c.site_id = %s AND c.id {in_ids()}",
            [site.pk, ids_value(ids)],
        )
        people = _people(cursor.fetchall())
        cursor.execute(
            f"SELECT contact_id, field, value, norm, qualified FROM contacts_knownvalue WHERE contact_id {in_ids()}",
            [ids_value(people)],
        )
        for contact_id, name, value, norm, qualified in cursor.fetchall():
            person = people[contact_id]
            person.known[name, value] = bool(qualified)
            if norm:
                person.norms[name, value] = norm
    return people


def _people(rows: Sequence[tuple[Any, ...]]) -> dict[int, Person]:
    people: dict[int, Person] = {}
    for row in rows:
        now = dict(zip(_NAMES, row[3:], strict=True))
        if isinstance(now["birth_date"], datetime.date):
            now["birth_date"] = now["birth_date"].isoformat()
        people[row[0]] = Person(row[0], number=row[1], touched=moment_told(row[2]), now=now)
    if connection.vendor != "postgresql":
        for person in people.values():
            person.now |= {column: bool(person.now[column]) for column in _BOOLEANS}
    for column in JSON_COLUMNS:
        for person in people.values():
            person.now[column] = orjson.loads(person.now[column])
    return people


def moment_told(told: Any) -> str:
    """A time as it is kept in JSON; SQLite answers raw statements with a text in UTC."""
    if isinstance(told, datetime.datetime):
        return told.astimezone(datetime.UTC).isoformat()
    return datetime.datetime.fromisoformat(told).replace(tzinfo=datetime.UTC).isoformat()


@dataclass(slots=True)
class Pairs:
    """What is known of pairs already (UNI-3, UNI-4): whoever is told apart, waits, or is suggested.

    Pairs of suggestions have the smaller id first; ``waiting`` is {lead: members}.
    """

    apart: set[type_Pair] = field(default_factory=set)
    waiting: dict[int, set[int]] = field(default_factory=dict)
    suggested: dict[type_Pair, set[str]] = field(default_factory=dict)
    undone: set[type_Pair] = field(default_factory=set)

    def are_apart(self, one: int, other: int) -> bool:
        """Whether an operator has said that they are two: dismissed, or a merge of the two was undone."""
        pair = (min(one, other), max(one, other))
        return pair in self.apart or pair in self.undone

    def wait(self, lead: int, member: int) -> bool:
        """Whether the two are linked as pending."""
        return member in self.waiting.get(lead, ())


def load_pairs(site: Site, ids: Collection[int]) -> Pairs:
    """All pairs with one of ``ids``."""
    pairs = Pairs()
    chosen = list(ids)
    for lead, member in PendingMerge.objects.filter(
        Q(contact__in=chosen) | Q(member__in=chosen), site=site
    ).values_list("contact_id", "member_id"):
        pairs.waiting.setdefault(lead, set()).add(member)
    suggestions = MergeSuggestion.objects.filter(Q(first__in=chosen) | Q(second__in=chosen), site=site)
    for first, second, reason, dismissed in suggestions.values_list("first_id", "second_id", "reason", "dismissed_at"):
        pairs.suggested.setdefault((first, second), set()).add(reason)
        if dismissed is not None:
            pairs.apart.add((first, second))
    undone = Merge.objects.filter(
        Q(survivor__in=chosen) | Q(absorbed_id__in=chosen), site=site, undone_at__isnull=False
    )
    for one, other in undone.values_list("survivor_id", "absorbed_id"):
        pairs.undone.add((min(one, other), max(one, other)))
    return pairs


def joins_today(site: Site, points: Iterable[tuple[str, str]], day: datetime.date) -> dict[tuple[str, str], int]:
    """UNI-14: how many contacts each value has joined today."""
    values = {norm for _name, norm in points}
    rows = JoinCount.objects.filter(site=site, day=day, value__in=values)
    return {(name, value): joins for name, value, joins in rows.values_list("field", "value", "joins")}


def frozen_among(site: Site, points: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these values match nobody because they joined too many."""
    wanted = set(points)
    frozen = FrozenValue.objects.filter(site=site, thawed_at=None).values_list("field", "value")
    few = list(frozen[:_FEW_FROZEN])
    if len(few) == _FEW_FROZEN:
        few = list(frozen.filter(value__in={norm for _name, norm in wanted}))
    return wanted.intersection(few)
