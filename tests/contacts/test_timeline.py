"""LIST-5: the timeline of a person."""

import datetime
from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.blocking import block
from contacts.details import change_details
from contacts.models import Channel, Contact, Event, Identity, Source, Visit
from contacts.models.event import PAGE_VIEW
from contacts.timeline import Bound, Entry, PlaceRefused, TimelineSource, read_timeline, timeline_sources
from desk.actors import PLUGIN, Actor
from desk.models import Operator, Site
from desk.registry import UnknownName
from tests.factories import ContactFactory

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def kim(shop: Site) -> Contact:
    """Somebody to whom things happen."""
    return ContactFactory(site=shop, name="Kim", created_at=NOW)


def visit(contact: Contact, at: datetime.datetime, pages: int, key: str = "veil") -> Visit:
    """A visit that looked at so many pages, one a minute."""
    identity, _ = Identity.objects.get_or_create(
        site=contact.site, channel=Channel.WEB, key=key, defaults={"contact": contact, "created_at": at}
    )
    made = Visit.objects.create(
        site=contact.site,
        contact=contact,
        identity=identity,
        started_at=at,
        expires_at=at + pages * MINUTE + 30 * MINUTE,
        page="/",
    )
    for number in range(pages):
        Event.objects.create(
            site=contact.site,
            contact=contact,
            identity=identity,
            name=PAGE_VIEW,
            at=at + number * MINUTE,
            property={"url": f"/page/{number}"},
        )
    return made


def told(contact: Contact, *types: str) -> list[tuple[str, str]]:
    return [(source.name, entry.title) for source, entry in read_timeline(contact, types=types).entries]


def test_what_happened_is_told_newest_first(kim: Contact, alice: Operator) -> None:
    """LIST-5: visits, events, changes in one order."""
    visit(kim, NOW, 1)
    Event.objects.create(site=kim.site, contact=kim, name="Order", at=NOW + 5 * MINUTE, property={"amount": 12000})
    actor = Actor.of_operator(alice)
    change_details(
        kim, {"name": "Kim Minsu"}, source=Source.OPERATOR, source_label="Alice", actor=actor, now=NOW + 9 * MINUTE
    )
    block(kim, actor=actor, now=NOW + 10 * MINUTE)
    assert set(told(kim, "changes")) == {("changes", "Details changed"), ("changes", "Blocked")}
    assert told(kim, "visits", "events") == [("events", "Order"), ("visits", "Visit (web)")]


def test_the_pages_of_a_visit_are_one_entry(kim: Contact) -> None:
    """LIST-5: page views are told by their visit."""
    visit(kim, NOW, 25)
    visit(kim, NOW + 300 * MINUTE, 2)
    entries = [entry for _, entry in read_timeline(kim).entries]
    assert len(entries) == 2
    assert [line.label for line in entries[0].lines] == ["/page/1", "/page/0"]
    assert len(entries[1].lines) == 20
    assert entries[1].more == 5
    assert entries[1].detail.startswith("25 ")


def test_two_browsers_at_the_same_time_keep_their_pages_apart(kim: Contact) -> None:
    """LIST-5"""
    visit(kim, NOW, 3, key="phone")
    visit(kim, NOW, 2, key="laptop")
    assert sorted(len(entry.lines) for _, entry in read_timeline(kim).entries) == [2, 3]


def test_a_page_view_that_a_program_told_stands_by_itself(kim: Contact) -> None:
    """LIST-5: without a browser there is no visit to tell it."""
    Event.objects.create(site=kim.site, contact=kim, name=PAGE_VIEW, at=NOW)
    assert told(kim, "events") == [("events", PAGE_VIEW)]


def test_details_that_came_by_themselves_are_told_with_their_source(kim: Contact) -> None:
    """LIST-5, QUAL-6"""
    change_details(kim, {"mobileNumber": "010-1234-5678"}, source=Source.FORM, source_label="", actor=PLUGIN, now=NOW)
    [(_, entry)] = read_timeline(kim, types=["details"]).entries
    assert entry.actor == "typed by the visitor"
    assert entry.lines[0].value == "+821012345678"
    assert entry.lines[0].personal == "mobileNumber"


def test_an_unknown_kind_of_entry_is_refused(kim: Contact) -> None:
    """Fail loudly on the unknown."""
    with pytest.raises(UnknownName):
        read_timeline(kim, types=["horoscope"])


@pytest.mark.parametrize("place", ["x", "a:b:c", "2026-11-21:events:1", "2026-11-21T00:00:00+00:00:events:-1", ":" * 9])
def test_a_place_that_cannot_be_read_is_refused(kim: Contact, place: str) -> None:
    """Fail loudly on the unknown."""
    with pytest.raises(PlaceRefused):
        read_timeline(kim, place=place)


happenings = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 3), st.integers(1, 50)), max_size=25, unique=True
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=happenings, size=st.integers(1, 4))
def test_paging_tells_everything_once(
    monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, int, int]], size: int
) -> None:
    """LIST-5: many things of one moment, in several sources, are neither lost nor told twice."""
    entries = [
        (name, Entry(at=NOW + minute * MINUTE, id=number, icon="tag", title="")) for name, minute, number in rows
    ]

    def source(name: str) -> TimelineSource:
        def load(contact: Contact, bound: Bound | None, limit: int) -> list[Entry]:
            own = [entry for owner, entry in entries if owner == name]
            if bound:
                own = [entry for entry in own if (entry.at, entry.id) < (bound.at, bound.id)]
            return sorted(own, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]

        return TimelineSource(name, name, "tag", load)

    monkeypatch.setattr(timeline_sources, "_items", {name: source(name) for name in "bca"})
    seen: list[tuple[str, datetime.datetime, int]] = []
    place = ""
    while True:
        page = read_timeline(Contact(), place=place, size=size)
        seen += [(source.name, entry.at, entry.id) for source, entry in page.entries]
        if not page.older:
            break
        place = page.older
    assert len(seen) == len(set(seen)) == len(rows)
    assert [row[1] for row in seen] == sorted((row[1] for row in seen), reverse=True)
