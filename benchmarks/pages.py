"""First page of the list, first page of a filter, exact counts: the product's way and by hand."""

import datetime
import json
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.timing import Line, Report, take_turns
from contacts.filters.compile import Purpose
from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.listing import Column, chosen_columns, columns_of
from contacts.models import Contact
from contacts.paging import PAGE_SIZE, Order, fetch_page
from desk.models import Membership, Operator, Role, Site
from tags.models import Tag

_FIND = (
    "SELECT id, site_id, customer_number, kind, name, member_id, email, mobile_number, blocked, last_seen_at,"
    " last_seen_on, sessions_count FROM contacts_contact c WHERE site_id = %s AND managed AND {condition}"
    " ORDER BY last_seen_on DESC, last_seen_at DESC NULLS LAST, id DESC LIMIT {limit}"
)
_COUNT = "SELECT count(*) FROM contacts_contact c WHERE site_id = %s AND managed AND {condition}"
_TAGS = (
    "SELECT ct.contact_id, t.name, t.color FROM tags_contacttag ct JOIN tags_tag t ON t.id = ct.tag_id"
    " WHERE ct.contact_id IN ({marks}) ORDER BY t.name_folded"
)
_TAGGED = (
    "EXISTS (SELECT 1 FROM tags_contacttag t WHERE t.site_id = c.site_id AND t.tag_id = %s AND t.contact_id = c.id)"
)
_NOT_ORDERED = (
    "kind = 'member' AND NOT EXISTS (SELECT 1 FROM contacts_contactprofile p WHERE p.contact_id = c.id AND {has_value})"
)
_HAS_VALUE = {
    "postgresql": "jsonb_exists(p.values, 'lastCheckoutCompletedAt')",
    "sqlite": "json_type(p.\"values\", '$.lastCheckoutCompletedAt') IS NOT NULL",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A filter as the product gets it, and the same by hand: a condition on contact ``c`` with parameters."""

    name: str
    document: dict[str, Any]
    condition: str
    parameters: list[Any] = field(default_factory=list)


class Bench:
    """The list of one operator on one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.operator = _operator(site)
        columns = columns_of(site)
        self.columns: list[Column] = chosen_columns(self.operator, site, columns)
        self.order = Order(columns["lastSeenAt"], True)
        vip = Tag.objects.get(site=site, name="VIP").pk
        month_ago = timezone.now() - datetime.timedelta(days=30)
        not_ordered = _NOT_ORDERED.format(has_value=_HAS_VALUE[connection.vendor])
        self.cases = [
            Case("everybody managed", {}, "1 = 1"),
            Case("member, not ordered yet", _all(_is("member", True), _NEVER_ORDERED), not_ordered),
            Case(
                "tag VIP, seen within 30 days",
                _all({"key": "tags", "op": "anyOf", "values": ["VIP"]}, _MONTH),
                # COALESCE: two ranges that say nearly the same make PostgreSQL expect a tenth of the people.
                f"{_TAGGED} AND last_seen_on >= %s AND COALESCE(last_seen_at >= %s, FALSE)",
                [vip, month_ago.date(), month_ago],
            ),
            Case(
                "country Japan, e-mail qualified",
                _all(_is("country", "JP"), _is("emailQualified", True)),
                "country = 'JP' AND email_qualified",
            ),
        ]

    def contacts(self, case: Case, purpose: Purpose = Purpose.PAGE) -> Any:
        return matching(self.site, parse_filter(case.document, site=self.site), purpose=purpose)

    def page(self, case: Case) -> list[Contact]:
        """As the list view fetches it: objects, and the cells' values, tags among them."""
        page = fetch_page(self.contacts(case), self.order, self.columns)
        for column in self.columns:
            column.values(self.site, page.contacts)
        return page.contacts

    def statement(self, case: Case) -> tuple[str, Any]:
        """The page's own SELECT, as the product sends it."""
        seen: list[tuple[str, Any]] = []

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            seen.append((sql, params))
            return execute(sql, params, many, context)

        contacts = self.contacts(case)
        with connection.execute_wrapper(watch):
            fetch_page(contacts, self.order, self.columns)
        return seen[-1]

    def by_hand(self, case: Case) -> tuple[str, Any]:
        sql = _FIND.format(condition=case.condition, limit=PAGE_SIZE + 1)
        return sql, [self.site.pk, *case.parameters]

    def page_by_hand(self, case: Case) -> list[tuple[Any, ...]]:
        """Rows and their tags, as plain tuples."""
        rows = _fetch(*self.by_hand(case))
        if rows:
            _fetch(_TAGS.format(marks=", ".join(["%s"] * len(rows))), [row[0] for row in rows])
        return rows


def measure(site: Site, report: Report, *, rounds: int) -> None:
    """Pages (statement, objects and rendering apart), then counts."""
    bench = Bench(site)
    report.section("First page, 50 rows: the product's statement against hand-written SQL")
    for case in bench.cases:
        ours, floor = bench.statement(case), bench.by_hand(case)
        assert [row[0] for row in _fetch(*floor)][:PAGE_SIZE] == [contact.pk for contact in bench.page(case)], case.name
        product, by_hand = take_turns(lambda: _fetch(*ours), lambda: _fetch(*floor), rounds=rounds)  # noqa: B023
        report.add(Line(case.name, product, by_hand, aim=3))
    report.section("The same with filter, objects and tags (Python included) against rows and tags by hand")
    for case in bench.cases:
        product, by_hand = take_turns(lambda: bench.page(case), lambda: bench.page_by_hand(case), rounds=rounds)  # noqa: B023
        report.add(Line(case.name, product, by_hand))
    _requests(bench, report, rounds)
    report.section("Exact counts against hand-written SQL")
    for case in bench.cases:
        _count(bench, case, report, max(3, rounds // 4))


def _requests(bench: Bench, report: Report, rounds: int) -> None:
    report.section("The same pages as an operator gets them: the whole request in process, HTML rendered")
    client, url = Client(), reverse("admin:contacts_contact_changelist")
    client.force_login(bench.operator, backend="django.contrib.auth.backends.ModelBackend")
    for case in bench.cases:
        query = {"filter": json.dumps(case.document)} if case.document else {}
        response = client.get(url, query)
        assert response.status_code == 200, response.content[:400]
        (seconds,) = take_turns(lambda: client.get(url, query), rounds=rounds)  # noqa: B023
        report.add(Line(case.name, seconds, note=f"{len(response.content) / 1000:.0f} kB of HTML"))


def _count(bench: Bench, case: Case, report: Report, rounds: int) -> None:
    sql, parameters = _COUNT.format(condition=case.condition), [bench.site.pk, *case.parameters]
    found = _fetch(sql, parameters)[0][0]
    assert bench.contacts(case, Purpose.COUNT).count() == found, case.name
    ours, by_hand = take_turns(
        lambda: bench.contacts(case, Purpose.COUNT).count(), lambda: _fetch(sql, parameters), rounds=rounds, warm_up=1
    )
    report.add(Line(f"{case.name}: {found:,}", ours, by_hand))


def explain(site: Site) -> str:
    """The plans of the pages as the product asks for them; PostgreSQL only."""
    bench = Bench(site)
    plans = []
    for case in bench.cases:
        statement, values = bench.statement(case)
        rows = _fetch(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}", values)
        plans.append(f"-- {case.name}\n" + "\n".join(row[0] for row in rows))
    return "\n\n".join(plans)


def _fetch(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _operator(site: Site) -> Operator:
    operator = Operator.objects.filter(email="bench@example.com").first()
    if operator is None:
        operator = Operator.objects.create_user("bench@example.com", None, name="Bench", language="en")
        Membership.objects.create(site=site, operator=operator, role=Role.ADMIN)
    return operator


def _all(*members: dict[str, Any]) -> dict[str, Any]:
    return {"and": list(members)}


def _is(key: str, value: object) -> dict[str, Any]:
    return {"key": key, "op": "is", "values": [value]}


_NEVER_ORDERED = {"key": "profile.lastCheckoutCompletedAt", "op": "empty"}
_MONTH = {"key": "lastSeenAt", "op": "withinLast", "values": [30], "unit": "day"}
