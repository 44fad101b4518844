"""LIST-2: one page of contacts in any order, found from its neighbour instead of by counting rows (keyset paging).

A page costs the same wherever it is, and a contact that is added, deleted or moved while somebody pages on makes
no other one appear twice or disappear. The place is a signed cursor holding the sort keys of the page's edge.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import F, OrderBy, Q, QuerySet

from contacts.columns import Column, SortKey
from contacts.filters.matching import Near
from contacts.models import Contact

PAGE_SIZE = 50
NEAREST = 2_000  # people who are looked at first, and the rest of the day of the last one
_SALT = "contacts.paging"


class CursorRefused(ValueError):
    """A cursor that was not made here, or for another order."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list: the keys of one column, then the id so that no two rows are equal."""

    column: Column
    descending: bool

    @property
    def name(self) -> str:
        """As in the address: ``lastSeenAt`` or ``-lastSeenAt``."""
        return f"-{self.column.name}" if self.descending else self.column.name

    @property
    def keys(self) -> tuple[SortKey, ...]:
        return (*self.column.sort, SortKey("id", nullable=False))


@dataclass(frozen=True, slots=True)
class Page:
    """``before`` and ``after`` are cursors of the neighbouring pages, empty where there is none."""

    contacts: list[Contact]
    before: str
    after: str


def fetch_page(
    contacts: QuerySet[Contact],
    order: Order,
    columns: Sequence[Column],
    *,
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
    near: Near | None = None,
) -> Page:
    """Read one page in one statement; ``CursorRefused`` for a cursor of another list.

    Only what ``columns`` need is loaded, so that a page without custom fields never touches the wide table. ``near``:
    where the page may be found among the newest people, they are asked first.
    """
    backwards = bool(before)
    cursor = before or after
    values = _read_cursor(order, cursor) if cursor else []

    def read(people: QuerySet[Contact]) -> list[Contact]:
        rows = people.annotate(**{f"key{place}": key.resolvable for place, key in enumerate(order.keys)})
        rows = _load_only(rows, columns)
        if cursor:
            rows = rows.filter(_beyond(order, values, backwards=backwards))
        return list(rows.order_by(*_ordering(order, backwards=backwards))[: size + 1])

    found: list[Contact] = []
    if near is not None and not backwards and _is_newest_first(order):
        found = _read_near(near, values, read)
    if len(found) <= size:
        found = read(contacts)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_after = bool(found) and (backwards or more)
    has_before = bool(found) and (more if backwards else bool(cursor))
    return Page(
        contacts=found,
        before=_write_cursor(order, found[0]) if has_before else "",
        after=_write_cursor(order, found[-1]) if has_after else "",
    )


def _is_newest_first(order: Order) -> bool:
    return order.descending and order.keys[0].expression == "last_seen_on"


def _read_near(near: Near, values: list[Any], read: Callable[[QuerySet[Contact]], list[Contact]]) -> list[Contact]:
    """The page among the newest ``NEAREST`` people after the cursor. When it is full nobody else can be in it."""
    newest = near.everybody.filter(last_seen_on__lte=values[0]) if values else near.everybody
    days = newest.order_by("-last_seen_on").values_list("last_seen_on", flat=True)
    day = days[NEAREST : NEAREST + 1].first()
    return [] if day is None else read(near.matching.filter(last_seen_on__gte=day))


# Every row shows them or is addressed by them, whichever the columns.
_ALWAYS = ("id", "site_id", "customer_number", "kind", "name", "member_id", "email", "mobile_number", "blocked")


def _load_only(rows: QuerySet[Contact], columns: Sequence[Column]) -> QuerySet[Contact]:
    needs = {need for column in columns for need in column.needs}
    if any(need.startswith("profile__") for need in needs):
        rows = rows.select_related("profile")
    return rows.only(*_ALWAYS, *needs)


def _ordering(order: Order, *, backwards: bool) -> list[OrderBy]:
    """The keys as SQL. The id always descends with the first key, so that one index serves both."""
    descending = order.descending != backwards
    result = []
    for place, key in enumerate(order.keys):
        name = F(f"key{place}")
        last = {"nulls_last": True} if not backwards else {"nulls_first": True}
        edge = last if key.nullable else {}
        result.append(name.desc(**edge) if descending else name.asc(**edge))
    return result


def _beyond(order: Order, values: list[Any], *, backwards: bool) -> Q:
    """The rows after (or before) the cursor: ``k0 > v0 or (k0 = v0 and (k1 > v1 or …))`` with empty values last."""
    comparison = "lt" if order.descending != backwards else "gt"
    condition = Q()
    for place in reversed(range(len(order.keys))):
        name, value, nullable = f"key{place}", values[place], order.keys[place].nullable
        rest = condition
        if value is None:
            same = Q(**{f"{name}__isnull": True})
            further = Q(**{f"{name}__isnull": False}) if backwards else None
        else:
            same = Q(**{name: value})
            further = Q(**{f"{name}__{comparison}": value})
            if nullable and not backwards:
                further |= Q(**{f"{name}__isnull": True})
        if place == len(order.keys) - 1:
            condition = further if further is not None else Q(pk__in=[])
        else:
            condition = (same & rest) if further is None else further | (same & rest)
        if place == 0 and value is not None and not nullable:
            # Says again what the rest implies, in the one form that a database turns into an index range.
            condition = Q(**{f"{name}__{comparison}e": value}) & condition
    return condition


def _write_cursor(order: Order, contact: Contact) -> str:
    values = [getattr(contact, f"key{place}") for place in range(len(order.keys))]
    return signing.dumps([order.name, [_plain(value) for value in values]], salt=_SALT)


def _plain(value: Any) -> Any:
    """A JSON value from which the database adapter makes the same key again."""
    if isinstance(value, datetime.date):  # a datetime too
        return {"at": value.isoformat()} if isinstance(value, datetime.datetime) else {"on": value.isoformat()}
    return value


def _read_cursor(order: Order, cursor: str) -> list[Any]:
    try:
        name, values = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:
        raise CursorRefused(cursor) from error
    if name != order.name or len(values) != len(order.keys):
        raise CursorRefused(cursor)
    return [_value(value) for value in values]


def _value(value: Any) -> Any:
    if isinstance(value, dict) and "at" in value:
        return datetime.datetime.fromisoformat(value["at"])
    if isinstance(value, dict) and "on" in value:
        return datetime.date.fromisoformat(value["on"])
    return value
