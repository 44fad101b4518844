"""Cases asked of the product and by hand, in turns: the first page of the list, and the exact number.

The product's statements are compared as the desk sends them, several if it needs several, under the settings it asks
with (``time_limit``). The floor is the fastest way to write the same answer by hand that was found in this run, under
either of the settings; answers are checked to be equal. Rows are fetched as tuples.
"""

import datetime
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from benchmarks.by_hand import Case, Sql
from benchmarks.timing import Line, Report
from contacts.filters.compile import Purpose
from contacts.filters.document import Filter, parse_filter
from contacts.filters.matching import matching, matching_near
from contacts.listing import DEFAULT_COLUMNS, columns_of
from contacts.models import Contact
from contacts.paging import PAGE_SIZE, Order, fetch_page
from contacts.time_limit import TookTooLong, time_limit
from desk.models import Site

PATIENCE = 30.0  # seconds for a way by hand that turns out to be slow
MOST_ROUNDS = 40
HOPELESS = 5.0  # times slower than another way: not measured again

_COLUMNS = (
    "id, site_id, customer_number, kind, name, member_id, email, mobile_number, blocked, last_seen_at, last_seen_on"
)
_PEOPLE = f"SELECT {_COLUMNS} FROM contacts_contact c WHERE site_id = %s AND managed AND {{condition}}"
_NEWEST = f"ORDER BY last_seen_on DESC, last_seen_at DESC NULLS LAST, id DESC LIMIT {PAGE_SIZE + 1}"
# Along the index of the list; or everybody found first and then sorted, which is better when few match.
_PAGES = {
    "postgresql": (f"{_PEOPLE} {_NEWEST}", f"SELECT * FROM ({_PEOPLE} OFFSET 0) AS c {_NEWEST}"),
    "sqlite": (f"{_PEOPLE} {_NEWEST}", f"{_PEOPLE} {_NEWEST.replace('last_seen_on', '+last_seen_on', 1)}"),
}
_COUNT = "SELECT count(*) FROM contacts_contact c WHERE site_id = %s AND managed AND {condition}"


@dataclass(frozen=True, slots=True)
class Way:
    """Statements that lead to an answer, the last one to be run giving it; and under which settings."""

    statements: Sequence[Sql]
    first_rows: bool

    def answer(self) -> list[Any]:
        """The first column of the last statement."""
        with time_limit(PATIENCE, first_rows=self.first_rows):
            return [row[0] for row in [fetch(*statement) for statement in self.statements][-1][:PAGE_SIZE]]

    def timed(self) -> float:
        """Seconds of the statements alone."""
        with time_limit(PATIENCE, first_rows=self.first_rows):
            began = time.perf_counter()
            for statement in self.statements:
                fetch(*statement)
            return time.perf_counter() - began


class Asked:
    """One case on one site."""

    def __init__(self, site: Site, case: Case, now: datetime.datetime) -> None:
        self.site = site
        self.case = case
        self.now = now
        self._columns = columns_of(site)
        self._order = Order(self._columns["lastSeenAt"], True)

    @property
    def filter(self) -> Filter:
        """Read anew, as each request does."""
        return parse_filter(self.case.document, site=self.site)

    def contacts(self, purpose: Purpose) -> QuerySet[Contact]:
        """Whom the product finds."""
        return matching(self.site, self.filter, search=self.case.search, now=self.now, purpose=purpose)

    def fetch(self) -> list[Contact]:
        """The page as the list fetches it."""
        shown = [self._columns[name] for name in DEFAULT_COLUMNS]
        near = matching_near(self.site, self.filter, search=self.case.search, now=self.now)
        return fetch_page(self.contacts(Purpose.PAGE), self._order, shown, near=near).contacts

    def count(self) -> int:
        """The number as the list asks for it."""
        return self.contacts(Purpose.COUNT).count()

    def page(self) -> Way:
        """The product's page."""
        return Way(statements_of(self.fetch), first_rows=True)

    def counting(self) -> Way:
        """The product's number."""
        return Way(statements_of(self.count)[-1:], first_rows=False)

    def pages_by_hand(self) -> list[Way]:
        """Each condition, along the index and found first, under both settings."""
        shapes = [
            [(shape.format(condition=f"({sql})"), [self.site.pk, *values])]
            for sql, values in self.case.conditions
            for shape in _PAGES[connection.vendor]
        ]
        settings = (True, False) if connection.vendor == "postgresql" else (False,)
        return [Way(shape, first_rows) for shape in shapes for first_rows in settings]

    def counts_by_hand(self) -> list[Way]:
        """Each condition counted, and the other ways to the number."""
        counts = [
            (_COUNT.format(condition=f"({sql})"), [self.site.pk, *values]) for sql, values in self.case.conditions
        ]
        return [Way([count], first_rows=False) for count in [*counts, *self.case.counts]]


@dataclass(frozen=True, slots=True)
class Aims:
    """The ratios to reach, for pages and for counts."""

    page: float = 2
    count: float = 1.5


def measure(report: Report, title: str, asked: Sequence[Asked], *, rounds: int, aims: Aims) -> None:
    """Pages, then counts."""
    report.section(f"{title}: first page, 50 rows")
    for one in asked:
        line = partial(Line, one.case.name, aim=aims.page)
        report.add(_compared(line, one.page(), one.pages_by_hand(), rounds, lambda found: f"{len(found)} rows"))
    report.section(f"{title}: exact count")
    for one in asked:
        line = partial(Line, one.case.name, aim=aims.count)
        found = _compared(line, one.counting(), one.counts_by_hand(), rounds // 2, lambda found: f"{found[0]:,} people")
        report.add(found)


def _compared(
    line: Callable[..., Line], product: Way, others: Sequence[Way], rounds: int, said: Callable[[list[Any]], str]
) -> Line:
    answer = product.answer()
    timed: list[tuple[float, int]] = []
    for number, other in enumerate(others):
        with suppress(TookTooLong):
            began = time.perf_counter()
            assert other.answer() == answer, (other.statements[0][0][:2_000], answer[:5])
            if not timed or time.perf_counter() - began < HOPELESS * min(timed)[0]:
                timed.append((min(other.timed() for _ in range(2)), number))
    best = others[min(timed)[1]]
    # Of what is short a busy machine disturbs every other one: it takes more turns.
    more = min(MOST_ROUNDS, int(1 / (product.timed() + best.timed())))
    turns = [(product.timed(), best.timed()) for _ in range(max(3, rounds, more))]
    ours, floor = (statistics.median(times) for times in zip(*turns, strict=True))
    ways = f"; best of {len(others)} by hand" if len(others) > 1 else ""
    return line(product=ours, floor=floor, note=f"{said(answer)}{ways}")


def statements_of(work: Callable[[], object]) -> list[Sql]:
    """What ``work`` asks about people; what it asks to read the filter (names of tags, fields) is left out."""
    seen: list[Sql] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'FROM "contacts_contact"' in sql:
            seen.append((sql, list(params or ())))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        work()
    return seen


def fetch(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    """All rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
