"""RET-5: the forecast against a plain model, and against the plan of the sweep on the days to come."""

import datetime
import random
from collections import Counter

import pytest

from contacts.forecasting import forecast, next_sweep_day, who_is_next
from contacts.holds import end_hold, place_hold
from contacts.models import Contact, Kind, RetentionRun
from contacts.retention import policy_of, today_of
from contacts.sweeping import begin_nightly, go_on, plan_sweep
from desk.actors import SYSTEM
from desk.models import Site
from tests.factories import ContactFactory, SiteFactory

NOW = datetime.datetime(2026, 11, 22, 16, 30, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
# Zones whose days begin on the UTC day, on the one before, at both, at midnight with clocks set at midnight, on the half hour.
ZONES = ("Asia/Seoul", "America/New_York", "Europe/London", "America/Havana", "Asia/Kolkata", "Pacific/Apia")


def _people(site: Site, rng: random.Random, count: int, *, now: datetime.datetime) -> list[Contact]:
    """Touched around every edge: of periods, of local days, of the change in Korea."""
    policy, today, people = policy_of(site), today_of(site, now), []
    for _ in range(count):
        kind = rng.choice(list(Kind))
        periods = [rule.period for rule in policy.rules if rule.kind == kind and rule.period] or [None]
        period = rng.choice(periods)
        day = period.latest_touch(today) if period else today - 500 * DAY
        touched = datetime.datetime.combine(day + rng.randrange(-3, 95) * DAY, datetime.time.min, tzinfo=site.zone)
        moved = rng.choice([0, 0, -1, 1, 3600, 7 * 3600, 22 * 3600 + 59, rng.randrange(86_400)])
        at = min(touched.astimezone(datetime.UTC) + datetime.timedelta(seconds=moved), now)
        member_id = f"m{rng.random()}" if kind == Kind.MEMBER else None
        people.append(ContactFactory(site=site, kind=kind, member_id=member_id, created_at=at))
    return people


def _hold_some(people: list[Contact], rng: random.Random, *, now: datetime.datetime) -> dict[int, datetime.date]:
    """{contact: last day of all holds}; some have two, some an ended one."""
    held: dict[int, datetime.date] = {}
    today = today_of(people[0].site, now)
    for contact in rng.sample(people, 12):
        for _ in range(rng.choice([1, 1, 2])):
            until = today + rng.randrange(0, 120) * DAY
            hold = place_hold(contact, reason="dispute", until=until, actor=SYSTEM, now=now)
            if rng.random() < 0.2:
                end_hold(hold, actor=SYSTEM, now=now)
            else:
                held[contact.pk] = max(until, held.get(contact.pk, until))
    return held


def _by_hand(people: list[Contact], held: dict[int, datetime.date], first: datetime.date) -> dict[int, datetime.date]:
    """{contact: day of the sweep that takes it}."""
    found = {}
    for contact in people:
        day = policy_of(contact.site).expires_on(contact)
        if day is not None:
            found[contact.pk] = max(first, day, held[contact.pk] + DAY if contact.pk in held else day)
    return found


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.django_db
def test_the_forecast_is_that_of_a_plain_model(seed: int) -> None:
    """RET-5: any policy, any zone, holds, clocks that change; one by one in Python against a few statements."""
    rng = random.Random(seed)
    policy = rng.choice(["kr", "jp", "custom"])
    site: Site = SiteFactory(
        time_zone=ZONES[seed % len(ZONES)],
        retention_policy=policy,
        retention_days_lead=rng.choice([None, 1, 30, 400]),
        retention_days_member=rng.choice([None, 90, 1000]),
    )
    now = rng.choice([NOW, NOW.replace(month=4, day=10), NOW.replace(month=2, day=27), NOW.replace(year=2028, day=3)])
    people = _people(site, rng, 150, now=now)
    foreign: Site = SiteFactory()
    _people(foreign, rng, 10, now=now)
    held, first = _hold_some(people, rng, now=now), today_of(site, now)
    days = _by_hand(people, held, first)

    expected = Counter((contact.kind, days[contact.pk]) for contact in people if contact.pk in days)
    found = forecast(site, now=now)
    assert [day.day for day in found.days] == [first + place * DAY for place in range(90)]
    assert {(kind, day.day): count for day in found.days for kind, count in day.counts.items()} == {
        key: count for key, count in expected.items() if key[1] < first + 90 * DAY
    }
    managed = sorted(
        (days[contact.pk], contact.last_touch_at, contact.pk)
        for contact in people
        if contact.pk in days and contact.kind != Kind.ANONYMOUS
    )
    assert [leaving.contact.pk for leaving in who_is_next(site, now=now, limit=20)] == [pk for *_, pk in managed[:20]]


@pytest.mark.django_db
def test_what_is_foretold_is_what_the_sweep_plans_on_that_day() -> None:
    """RET-5, RET-6: up to each day as many as a sweep on that day would take, holds included."""
    rng = random.Random(7)
    site: Site = SiteFactory(time_zone="Europe/London", retention_days_lead=45)
    people = _people(site, rng, 150, now=NOW)
    _hold_some(people, rng, now=NOW)
    found = forecast(site, now=NOW)
    for place in (0, 1, 7, 40, 89):
        assert sum(found.within(place + 1).values()) == plan_sweep(site, NOW + place * DAY).total


@pytest.mark.django_db
def test_after_the_sweep_of_today_the_next_is_tomorrow(shop: Site) -> None:
    """RET-6: who is due by then counts there; while the sweep of today is not through, there."""
    at = datetime.datetime(2026, 11, 22, 4, tzinfo=shop.zone)
    ContactFactory(site=shop, kind=Kind.ANONYMOUS, created_at=at - 89 * DAY)
    assert next_sweep_day(shop, at) == at.date()
    assert forecast(shop, now=at).days[0].total == 0
    run = begin_nightly(shop, now=at)
    assert isinstance(run, RetentionRun)
    assert next_sweep_day(shop, at) == at.date()
    go_on(run.pk, clock=lambda: at)
    assert next_sweep_day(shop, at) == at.date() + DAY
    assert forecast(shop, now=at).days[0].counts == {Kind.ANONYMOUS: 1}
    assert who_is_next(shop, now=at) == []


@pytest.mark.parametrize(
    ("zone", "touched"),
    [
        ("Europe/London", datetime.datetime(2026, 10, 25, 23, 30, tzinfo=datetime.UTC)),
        ("America/New_York", datetime.datetime(2026, 11, 2, 4, 30, tzinfo=datetime.UTC)),
    ],
)
@pytest.mark.django_db
def test_the_last_hour_of_a_day_of_twenty_five_belongs_to_that_day(zone: str, touched: datetime.datetime) -> None:
    """RET-2: where clocks are set back the day is longer; the hour at its end is not the next one's."""
    site = SiteFactory(time_zone=zone)
    contact = ContactFactory(site=site, kind=Kind.ANONYMOUS, created_at=touched)
    [day] = [day.day for day in forecast(site, now=NOW).days if day.total]
    assert day == policy_of(site).expires_on(contact)
