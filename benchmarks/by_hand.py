"""The words of SQL written by hand, for each database, and what a case of the benchmark is.

A case may be written by hand in several ways; the fastest of them in the run is the floor.
"""

import datetime
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from contacts.filters.values import Moment
from desk.models import Site

Sql = tuple[str, list[Any]]
KEY = "lastCheckoutCompletedAt"


@dataclass(frozen=True, slots=True)
class Case:
    """A question as the product gets it. ``conditions``: by hand, on contact ``c``, each meaning the same people.

    ``counts``: whole statements that answer the number in another way than by counting the condition.
    """

    name: str
    document: Any
    conditions: Sequence[Sql]
    counts: Sequence[Sql] = ()
    search: str = ""


class Hand:
    """SQL by hand for one site, at one moment."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.postgres = connection.vendor == "postgresql"
        self.now = timezone.now()

    def ago(self, value: int, unit: str) -> datetime.datetime:
        """So long ago in the site's calendar."""
        return Moment(self.site, self.now).ago(value, unit)

    def among(self, column: str, values: Iterable[Any], index: str = "") -> Sql:
        """By hand: the column is one of many values, which travel as one parameter."""
        partial = f" AND {column} {index}" if index else ""
        if self.postgres:
            return f"{column} = ANY(%s){partial}", [list(values)]
        return f"{column} IN (SELECT value FROM json_each(%s)){partial}", [json.dumps(list(values))]

    def tagged(self) -> str:
        """By hand: the contact has the tag whose id is the parameter."""
        return (
            "EXISTS (SELECT 1 FROM tags_contacttag t"
            " WHERE t.site_id = c.site_id AND t.tag_id = %s AND t.contact_id = c.id)"
        )

    def has_value(self) -> str:
        """By hand: the custom field has a value; nobody's is an empty text or list."""
        return (
            f"jsonb_exists(p.values, '{KEY}')" if self.postgres else f"json_type(p.\"values\", '$.{KEY}') IS NOT NULL"
        )

    def ordered_at(self) -> str:
        return f"p.values ->> '{KEY}'" if self.postgres else f"p.\"values\" ->> '$.{KEY}'"

    def moment(self, at: datetime.datetime) -> Any:
        """A time as a parameter."""
        return at if self.postgres else connection.ops.adapt_datetimefield_value(at)

    def seen(self, comparison: str, bound: datetime.datetime) -> list[Sql]:
        """The moment alone, and with its day, which is indexed."""
        at = self.moment(bound)
        day = bound.date().isoformat()
        return [
            (f"last_seen_at {comparison} %s", [at]),
            # COALESCE: two ranges that say nearly the same make PostgreSQL expect a tenth of the people.
            (f"last_seen_on {comparison[0]}= %s AND COALESCE(last_seen_at {comparison} %s, FALSE)", [day, at]),
        ]

    def containing(self, column: str, part: str) -> Sql:
        """The column contains the part."""
        if self.postgres:
            return f"{column} LIKE %s", [f"%{part}%"]
        return f"instr({column}, %s) > 0", [part]


def all_of(*members: dict[str, Any]) -> dict[str, Any]:
    return {"and": list(members)}


def is_(key: str, value: object) -> dict[str, Any]:
    return {"key": key, "op": "is", "values": [value]}


def many(key: str, op: str, *values: object) -> dict[str, Any]:
    return {"key": key, "op": op, "values": list(values)}


def ago(key: str, op: str, value: int, unit: str) -> dict[str, Any]:
    return {"key": key, "op": op, "values": [value], "unit": unit}


def tags(name: str) -> dict[str, Any]:
    return many("tags", "anyOf", name)
