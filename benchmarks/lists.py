"""Whole answers of the desk: the pasted list from its JSON to the number, and the list in every order there is."""

import json
from functools import partial

from django.utils import timezone

from benchmarks.asking import Asked
from benchmarks.by_hand import Case
from benchmarks.timing import Line, Report, take_turns
from contacts.filters.document import parse_filter_text
from contacts.filters.matching import matching
from contacts.filters.unmatched import unmatched_terms
from contacts.listing import DEFAULT_COLUMNS, columns_of
from contacts.paging import Order, fetch_page
from contacts.time_limit import time_limit
from desk.models import Site

SQLITE_MILLISECONDS = 300


def measure(site: Site, report: Report, case: Case, *, rounds: int) -> None:
    """FIL-5 as somebody waits for it: document read, page, exact number, terms that matched nobody."""
    asked = Asked(site, case, timezone.now())
    text = json.dumps(case.document)

    def page() -> None:
        parse_filter_text(text, site=site)
        with time_limit(first_rows=True):
            asked.fetch()

    def count() -> None:
        with time_limit():
            asked.count()

    def unmatched() -> None:
        with time_limit():
            unmatched_terms(parse_filter_text(text, site=site), now=asked.now)

    report.section("10,000 pasted memberIds, Python included (aim: under 2 s together)")
    names = ("document read twice and first page", "exact number", "which terms matched nobody")
    times = take_turns(page, count, unmatched, rounds=max(3, rounds // 4), warm_up=1)
    for name, seconds in zip(names, times, strict=True):
        report.add(Line(name, seconds))
    report.add(Line("together", sum(times), note="under 2 s" if sum(times) < 2 else "MISSED 2 s"))


def measure_orders(site: Site, report: Report, *, rounds: int) -> None:
    """The first page and one further on, in each order that a head of the list offers."""
    columns = columns_of(site)
    shown = [columns[name] for name in DEFAULT_COLUMNS]
    report.section(f"The list in every order, objects and cells included (SQLite aims at {SQLITE_MILLISECONDS} ms)")

    def read(order: Order, after: str = "") -> str:
        with time_limit(first_rows=True):
            page = fetch_page(matching(site), order, shown, after=after)
        for column in shown:
            column.values(site, page.contacts)
        return page.after

    for column in columns.values():
        if not column.sort:
            continue
        order = Order(column, column.descending_first)
        after = read(order)
        first, next_ = take_turns(
            partial(read, order), partial(read, order, after), rounds=max(3, rounds // 4), warm_up=1
        )
        report.add(Line(column.name, max(first, next_), note=f"first {first * 1000:.0f}, second {next_ * 1000:.0f} ms"))
