"""FIL-6, FIL-8: texts in properties of events that are days or times."""

import datetime

import pytest

from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.filters.moments import canonical_moment
from contacts.models import Event
from desk.models import Site
from tests.factories import ContactFactory


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2024-02-29", "2024-02-29"),
        ("2000-02-29", "2000-02-29"),
        ("2026-03-01T09:00", "2026-03-01T00:00:00.000000"),
        ("2026-03-01 09:00:30", "2026-03-01T00:00:30.000000"),
        ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00.000000"),
        ("2026-03-01T00:00:00.5+14:00", "2026-02-28T10:00:00.500000"),
        ("2026-03-01T00:00:00.000-0330", "2026-03-01T03:30:00.000000"),
        ("0001-01-01T00:00+14:00", "0001-01-01T00:00:00.000000"),
        ("9999-12-31T23:00-14:00", "9999-12-31T23:59:59.999999"),
        *((text, None) for text in ("", "2026", "2026-3-1", "2026-02-29", "1900-02-29", "2026-04-31", "0000-01-01")),
        *((text, None) for text in ("2026-03-01T", "2026-03-01T9:00", "2026-03-01T24:00", "2026-03-01T10:60")),
        *((text, None) for text in ("2026-03-01\n", " 2026-03-01", "２０２６-03-01", "2026-03-01T10:00+15:00")),
        *((text, None) for text in ("now", "infinity", "20260301", "2026-W09-7", 20260301, None, True, [])),
    ],
)
def test_what_is_a_day_or_a_time(text: object, moment: str | None, shop: Site) -> None:
    """On both engines alike, and nothing makes the statement fail."""
    assert canonical_moment(text, "Asia/Seoul") == moment
    contact = ContactFactory(site=shop)
    Event.objects.create(site=shop, contact=contact, name="Visit", at=contact.created_at, property={"when": text})

    def asked(op: str, *values: str) -> bool:
        where = [{"key": "when", "op": op, "values": list(values)}]
        filter = parse_filter({"key": "event.Visit", "op": "did", "where": where}, site=shop)
        return matching(shop, filter).exists()

    at = moment and datetime.datetime.fromisoformat(moment).replace(tzinfo=datetime.UTC)
    if not at or not 200 < at.year < 9900:
        assert asked("before", "9900-01-01") is (at is not None and at.year < 9900)
        assert asked("after", "0200-01-01") is (at is not None and at.year > 200)
        return
    exact = moment if len(moment or "") == 10 else at.isoformat()
    tick = datetime.timedelta(microseconds=1)
    assert exact
    assert asked("on", exact)
    assert not asked("before", exact)
    assert not asked("after", exact)
    if exact != moment:
        assert asked("before", (at + tick).isoformat())
        assert asked("after", (at - tick).isoformat())
