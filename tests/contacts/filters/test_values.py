"""FIL-5, FIL-8: splitting pasted terms; the calendar of relative dates."""

import datetime
from typing import Any

import pytest

from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.filters.values import Moment, split_keywords, step_back
from desk.models import Site
from tests.factories import ContactFactory


def test_pasted_terms_are_split_at_every_separator() -> None:
    """FIL-5: comma, space, newline, tab, full-width comma and space, ideographic comma; duplicates go."""
    pasted = "a,b c\nd\te，f　g、h\r\n\n ,, A Ａ 서울,東京"
    assert split_keywords(pasted) == ["a", "b", "c", "d", "e", "f", "g", "h", "서울", "東京"]
    assert split_keywords(" ,\n") == []


def test_ten_thousand_pasted_terms_are_split() -> None:
    """FIL-5"""
    assert len(split_keywords("\n".join(f"m-{number}" for number in range(10_000)))) == 10_000


@pytest.mark.parametrize(
    ("day", "value", "unit", "expected"),
    [
        ("2026-03-31", 1, "month", "2026-02-28"),
        ("2024-03-31", 1, "month", "2024-02-29"),
        ("2026-05-31", 6, "month", "2025-11-30"),
        ("2026-01-15", 1, "month", "2025-12-15"),
        ("2024-02-29", 1, "year", "2023-02-28"),
        ("2024-02-29", 4, "year", "2020-02-29"),
        ("2026-01-01", 1, "day", "2025-12-31"),
        ("2026-01-01", 2, "week", "2025-12-18"),
        ("2026-06-01", 1200, "month", "1926-06-01"),
    ],
)
def test_months_and_years_are_those_of_the_calendar(day: str, value: int, unit: str, expected: str) -> None:
    """FIL-8: the last day where the month has no such day."""
    assert step_back(datetime.date.fromisoformat(day), value, unit).isoformat() == expected


@pytest.mark.parametrize(
    ("now", "value", "unit", "expected"),
    [
        # New York puts its clocks ahead on 8 March 2026: the same time of day is 23 hours back, not 24.
        ("2026-03-08T16:00:00+00:00", 1, "day", "2026-03-07T17:00:00+00:00"),
        # And back on 1 November: 25 hours.
        ("2026-11-01T17:00:00+00:00", 1, "day", "2026-10-31T16:00:00+00:00"),
        # 02:30 did not exist on 8 March: half past three by the clock of that day.
        ("2026-03-09T06:30:00+00:00", 1, "day", "2026-03-08T07:30:00+00:00"),
    ],
)
def test_days_back_are_days_of_the_clock_on_the_wall(now: str, value: int, unit: str, expected: str) -> None:
    """FIL-8: daylight saving time."""
    site = Site(name="NY", code="NY", time_zone="America/New_York")
    moment = Moment(site, datetime.datetime.fromisoformat(now))
    assert moment.ago(value, unit).isoformat() == expected


def test_a_day_begins_where_the_site_is(shop: Site, elsewhere: Site) -> None:
    """FIL-8: the same document, two sites, two days."""
    elsewhere.time_zone = "America/New_York"
    elsewhere.save()
    at = datetime.datetime(2026, 3, 1, 20, tzinfo=datetime.UTC)  # 2 March in Seoul, 1 March in New York
    for site in (shop, elsewhere):
        ContactFactory(site=site, created_at=at)

    def found(site: Site, **condition: Any) -> bool:
        return matching(site, parse_filter({"key": "createdAt", **condition}, site=site)).exists()

    assert found(shop, op="on", values=["2026-03-02"])
    assert not found(shop, op="on", values=["2026-03-01"])
    assert found(elsewhere, op="on", values=["2026-03-01"])
    assert found(shop, op="after", values=["2026-03-01"])
    assert not found(elsewhere, op="after", values=["2026-03-01"])
    assert found(elsewhere, op="on", values=["2026-03-01T15:00:00"])  # a time without zone is the site's
    assert found(shop, op="on", values=["2026-03-01T20:00:00Z"])


def test_relative_dates_move_with_the_clock(shop: Site) -> None:
    """FIL-8: resolved at the time of use, not when the filter was read."""
    ContactFactory(site=shop, created_at=datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC))
    filter = parse_filter({"key": "createdAt", "op": "withinLast", "values": [1], "unit": "month"}, site=shop)
    inside = datetime.datetime(2026, 2, 28, 12, tzinfo=datetime.UTC)
    assert matching(shop, filter, now=inside).exists()
    assert not matching(shop, filter, now=inside + datetime.timedelta(days=1)).exists()
