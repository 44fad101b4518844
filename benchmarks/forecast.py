"""RET-5, RET-7: the page of retention as an operator gets it, and the question before a policy is saved.

The statement that counts the touches of 90 days is most of it. Its floor is the same by hand: the local day of every
row asked of the database; on SQLite, which knows no time zones, the UTC day, which is less than what is asked.
"""

import copy
import datetime
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.pages import Bench
from benchmarks.timing import Line, Report, take_turns
from contacts.admin.retention_chart import chart_of
from contacts.forecasting import DAYS, forecast, next_sweep_day, who_is_next
from contacts.policy_effects import effect_of_policy
from contacts.retention import ANONYMOUS_DAYS
from desk.models import Site
from desk.models.site import RetentionPolicy

_LOCAL_DAY = {
    "postgresql": "(last_touch_at AT TIME ZONE %s)::date",
    "sqlite": "substr(last_touch_at, 1, 10) || substr(%s, 1, 0)",
}
_BY_HAND = (
    "SELECT {day} AS day, count(*) FROM contacts_contact WHERE site_id = %s AND kind = 'anonymous'"
    " AND last_touch_on BETWEEN %s AND %s GROUP BY 1"
)
_MOST = 0.3  # seconds: the median of the page at 1,000,000 contacts


def measure(site: Site, report: Report, *, rounds: int) -> None:
    """Parts first, then the whole request."""
    now = timezone.now()
    report.section(f"The forecast: deletions per day for {DAYS} days")
    sql, values = _by_hand(site, now)
    ours, by_hand = take_turns(lambda: forecast(site, now=now), lambda: _fetch(sql, values), rounds=rounds)
    report.add(Line("forecast, all kinds and holds", ours, by_hand, note="by hand: anonymous contacts only"))
    following, drawing = take_turns(
        lambda: who_is_next(site, now=now), lambda: chart_of(forecast(site, now=now)), rounds=rounds
    )
    report.add(Line("who is next", following))
    report.add(Line("forecast and its drawing", drawing))
    _page(site, report, rounds)
    _question(site, report, now, rounds)


def _page(site: Site, report: Report, rounds: int) -> None:
    client, url = Client(), reverse("admin:retention")
    client.force_login(Bench(site).operator, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(url)
    assert response.status_code == 200, response.content[:400]
    (seconds,) = take_turns(lambda: client.get(url), rounds=rounds)
    missed = "" if seconds <= _MOST else "  MISSED"
    note = f"{len(response.content) / 1000:.0f} kB of HTML; aim ≤ {_MOST * 1000:.0f} ms at 1,000,000{missed}"
    report.add(Line("the whole page", seconds, note=note))


def _question(site: Site, report: Report, now: datetime.datetime, rounds: int) -> None:
    """How long the form of settings takes to find out what a shorter policy would do."""
    after = copy.copy(site)
    after.retention_policy, after.retention_days_lead, after.retention_days_member = RetentionPolicy.CUSTOM, 30, 30
    assert effect_of_policy(site, after, now) is not None
    (seconds,) = take_turns(lambda: effect_of_policy(site, after, now), rounds=max(3, rounds // 4), warm_up=1)
    report.add(Line("the question before a policy of 30 days is saved", seconds))


def _by_hand(site: Site, now: datetime.datetime) -> tuple[str, list[Any]]:
    last = next_sweep_day(site, now)
    sql = _BY_HAND.format(day=_LOCAL_DAY[connection.vendor])
    return sql, [site.time_zone, site.pk, last - datetime.timedelta(days=ANONYMOUS_DAYS), last]


def _fetch(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
