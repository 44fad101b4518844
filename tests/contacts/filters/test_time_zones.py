"""FIL-8: days, months and years are those of the site's calendar, whatever its clocks do."""

import datetime
from typing import Any

import pytest

from contacts.ages import age_on
from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.models import Contact, Event, ProfileField
from contacts.profile_values import canonical_time
from desk.models import Site
from tests.factories import ContactFactory

TICK = datetime.timedelta(microseconds=1)
MILLISECOND = datetime.timedelta(milliseconds=1)

# zone, day, first instant of the day, first instant of the next one
DAYS = [
    ("Asia/Seoul", "2026-03-01", "2026-02-28T15:00Z", "2026-03-01T15:00Z"),
    ("Asia/Tokyo", "2024-02-29", "2024-02-28T15:00Z", "2024-02-29T15:00Z"),
    ("Asia/Kathmandu", "2026-03-01", "2026-02-28T18:15Z", "2026-03-01T18:15Z"),
    ("Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00Z", "2026-01-01T10:00Z"),
    ("America/New_York", "2026-03-08", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),  # 23 hours
    ("America/New_York", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),  # 25 hours
    ("America/Asuncion", "2023-10-01", "2023-10-01T04:00Z", "2023-10-02T03:00Z"),  # had no midnight
    ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00Z", "2024-04-26T21:00Z"),  # had no midnight
    ("Africa/Cairo", "2024-10-31", "2024-10-30T21:00Z", "2024-10-31T22:00Z"),  # its last hour came twice
    ("America/Havana", "2024-11-03", "2024-11-03T04:00Z", "2024-11-04T05:00Z"),  # midnight came twice
]


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def site_in(shop: Site, zone: str) -> Site:
    shop.time_zone = zone
    shop.save()
    return shop


def names(site: Site, *, now: datetime.datetime | None = None, **condition: Any) -> set[str]:
    found = matching(site, parse_filter(condition, site=site), now=now)
    return set(found.values_list("name", flat=True))


@pytest.mark.parametrize("key", ["createdAt", "lastSeenAt", "lastTouchAt", "profile.when"])
@pytest.mark.parametrize(("zone", "day", "start", "end"), DAYS)
def test_a_day_lasts_from_its_first_instant_to_the_next_days(
    key: str, zone: str, day: str, start: str, end: str, shop: Site
) -> None:
    """And whoever has a time is before it, on it or after it: never two of them, never none."""
    site, first, last = site_in(shop, zone), at(start), at(end)
    ProfileField.objects.create(site=site, key="when", type="date")
    tick = MILLISECOND if key.startswith("profile") else TICK  # what is kept of a time in a custom field
    for name, moment in {"before": first - tick, "first": first, "last": last - tick, "after": last}.items():
        value = canonical_time(moment.isoformat(), datetime.UTC)
        ContactFactory(site=site, name=name, created_at=moment, values={"when": value})
    assert names(site, key=key, op="on", values=[day]) == {"first", "last"}
    assert names(site, key=key, op="before", values=[day]) == {"before"}
    assert names(site, key=key, op="after", values=[day]) == {"after"}
    assert names(site, key=key, op="between", values=[day, day]) == {"first", "last"}
    assert names(site, key=key, op="between", values=[start, end]) == {"first", "last", "after"}


def test_a_day_that_never_was_holds_nobody(shop: Site) -> None:
    """Samoa went from 29 to 31 December 2011."""
    site = site_in(shop, "Pacific/Apia")
    change = at("2011-12-30T10:00Z")
    for name, moment in (("29", change - TICK), ("31", change)):
        ContactFactory(site=site, name=name, created_at=moment)
    assert names(site, key="createdAt", op="on", values=["2011-12-30"]) == set()
    assert names(site, key="createdAt", op="before", values=["2011-12-30"]) == {"29"}
    assert names(site, key="createdAt", op="after", values=["2011-12-30"]) == {"31"}
    assert names(site, key="createdAt", op="between", values=["2011-12-29", "2011-12-31"]) == {"29", "31"}


@pytest.mark.parametrize(
    ("zone", "now", "value", "unit", "since"),
    [
        # The same time of day: 23 and 25 hours back over a change of the clocks.
        ("America/New_York", "2026-03-08T16:00Z", 1, "day", "2026-03-07T17:00Z"),
        ("America/New_York", "2026-11-01T17:00Z", 1, "day", "2026-10-31T16:00Z"),
        ("America/New_York", "2026-11-05T17:00Z", 1, "week", "2026-10-29T16:00Z"),
        # Half past midnight did not exist on 26 April in Cairo: half past one by the clock of that day.
        ("Africa/Cairo", "2024-04-26T21:30Z", 1, "day", "2024-04-25T22:30Z"),
        ("America/Asuncion", "2023-10-02T03:15Z", 1, "day", "2023-10-01T04:15Z"),
        # Ends of months, and 29 February.
        ("Asia/Seoul", "2026-03-31T03:00Z", 1, "month", "2026-02-28T03:00Z"),
        ("Asia/Seoul", "2024-03-31T03:00Z", 1, "month", "2024-02-29T03:00Z"),
        ("Asia/Seoul", "2026-08-31T03:00Z", 6, "month", "2026-02-28T03:00Z"),
        ("Asia/Seoul", "2024-02-29T03:00Z", 1, "year", "2023-02-28T03:00Z"),
        # 1 March in Seoul while it is still February in London.
        ("Asia/Seoul", "2026-02-28T16:00Z", 1, "month", "2026-01-31T16:00Z"),
        ("America/New_York", "2026-04-01T03:00Z", 1, "month", "2026-03-01T04:00Z"),
    ],
)
def test_relative_times_begin_at_the_same_time_of_day(
    zone: str, now: str, value: int, unit: str, since: str, shop: Site
) -> None:
    """withinLast begins there, moreThanAgo ends just before; events have the same window."""
    site, begins, present = site_in(shop, zone), at(since), at(now)
    for name, moment in {
        "long ago": begins - TICK,
        "at first": begins,
        "now": present,
        "in a moment": present + TICK,
    }.items():
        contact = ContactFactory(site=site, name=name, created_at=moment)
        Event.objects.create(site=site, contact=contact, name="Order", at=moment)
    asked = {"values": [value], "unit": unit, "now": present}
    assert names(site, key="createdAt", op="withinLast", **asked) == {"at first", "now"}
    assert names(site, key="createdAt", op="moreThanAgo", **asked) == {"long ago"}
    window = {"value": value, "unit": unit}
    assert names(site, key="event.Order", op="did", within=window, now=present) == {"at first", "now"}


def test_a_birthday_is_a_day_wherever_the_site_is(shop: Site) -> None:
    """Relative days count from today at the site."""
    site = site_in(shop, "Asia/Seoul")
    for day in ("2026-01-31", "2026-02-27", "2026-02-28", "2026-03-01"):
        ContactFactory(site=site, name=day, birth_date=datetime.date.fromisoformat(day))
    now = at("2026-02-28T16:00Z")  # 1 March in Seoul
    assert names(site, key="birthDate", op="on", values=["2026-02-28"]) == {"2026-02-28"}
    month = {"values": [1], "unit": "month", "now": now}
    assert names(site, key="birthDate", op="withinLast", **month) == {"2026-02-27", "2026-02-28", "2026-03-01"}
    assert names(site, key="birthDate", op="moreThanAgo", **month) == {"2026-01-31"}


@pytest.mark.parametrize("day", ["2026-02-27", "2026-02-28", "2026-03-01", "2028-02-28", "2028-02-29", "2028-03-01"])
def test_age_is_that_of_the_contacts_page(day: str, shop: Site) -> None:
    """FIL-2: also for who is born on 29 February, and when it is another day at the site than in London."""
    site = site_in(shop, "Asia/Seoul")
    today = datetime.date.fromisoformat(day)
    now = datetime.datetime.combine(today, datetime.time(0, 30), site.zone).astimezone(datetime.UTC)
    for born in ("2000-02-28", "2000-02-29", "2000-03-01", "2001-02-28", "2001-03-01"):
        ContactFactory(site=site, name=born, birth_date=datetime.date.fromisoformat(born))
    people = {contact.name: age_on(today, contact.birth_date) for contact in Contact.objects.all()}
    for age in range(24, 30):
        assert names(site, key="age", op="is", values=[age], now=now) == {
            name for name, years in people.items() if years == age
        }
        assert names(site, key="age", op="gte", values=[age], now=now) == {
            name for name, years in people.items() if years is not None and years >= age
        }
