"""API-4: events."""

import datetime

import pytest

from contacts.events import MAX_EVENTS, NewEvent, SessionEnded, record_events
from contacts.models import Event
from contacts.profile_values import DetailRefused
from contacts.visits import Visitor, end_session, visitor_of
from desk.models import Site
from tests.contacts.browser import MINUTE, NOON, Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(shop: Site) -> Visitor:
    found = visitor_of(Browser(shop).boot().token, now=NOON)
    assert found is not None
    return found


def test_a_batch_is_kept(visitor: Visitor) -> None:
    """API-4: with times and properties of every kind."""
    properties = {"amount": 12_000, "paid": True, "at": "2026-11-20", "items": ["a", "b"], "note": "선물"}
    earlier = NOON - 5 * MINUTE
    assert record_events(visitor, [NewEvent("Order", properties, earlier), NewEvent("Look")], now=NOON) == 2
    order, look = Event.objects.order_by("at")
    assert (order.name, order.property, order.at) == ("Order", properties, earlier)
    assert (look.name, look.property, look.at) == ("Look", {}, NOON)
    assert {order.contact_id, look.contact_id} == {visitor.contact.pk}
    assert order.identity_id == visitor.identity.pk


def test_an_event_told_again_after_a_lost_answer_is_kept_once(visitor: Visitor) -> None:
    """API-4: accepted both times, so that the page stops telling it; its neighbours are kept."""
    order = NewEvent("Order", {"amount": 1}, NOON - MINUTE)
    record_events(visitor, [order], now=NOON)
    told = [order, NewEvent("Look", {}, order.at), NewEvent("Order", {"amount": 1}, NOON)]
    assert record_events(visitor, told, now=NOON) == 3
    assert sorted((event.name, event.at) for event in Event.objects.all()) == [
        ("Look", order.at),
        ("Order", order.at),
        ("Order", NOON),
    ]


def test_a_clock_that_is_ahead_means_now(visitor: Visitor) -> None:
    record_events(visitor, [NewEvent("Order", {}, NOON + datetime.timedelta(days=400))], now=NOON)
    assert Event.objects.get().at == NOON


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (NewEvent(""), "events.1.name"),
        (NewEvent("x" * 65), "events.1.name"),
        (NewEvent(" Order"), "events.1.name"),
        (NewEvent("a\nb"), "events.1.name"),
        (NewEvent("a\ud800"), "events.1.name"),
        (NewEvent("Order", {"a": {}}), "events.1.property.a"),
        (NewEvent("Order", {"a": None, "b": [1]}), "events.1.property.b"),
        (NewEvent("Order", {"a": float("inf")}), "events.1.property.a"),
        (NewEvent("Order", {"": 1}), "events.1.property"),
        (NewEvent("Order", {"k" * 65: 1}), "events.1.property"),
        (NewEvent("Order", {f"k{n}": "x" * 900 for n in range(5)}), "events.1.property"),
        (NewEvent("Order", {}, datetime.datetime(1999, 1, 1, tzinfo=datetime.UTC)), "events.1.at"),
    ],
)
def test_one_bad_event_keeps_none(visitor: Visitor, event: NewEvent, path: str) -> None:
    """API-4: refused by name."""
    with pytest.raises(DetailRefused) as refusal:
        record_events(visitor, [NewEvent("Good"), event], now=NOON)
    assert refusal.value.path == path
    assert not Event.objects.exists()


def test_a_batch_has_a_limit(visitor: Visitor) -> None:
    """API-4."""
    record_events(visitor, [NewEvent("e")] * MAX_EVENTS, now=NOON)
    with pytest.raises(DetailRefused):
        record_events(visitor, [NewEvent("e")] * (MAX_EVENTS + 1), now=NOON)


def test_events_of_a_session_that_ended_meanwhile_are_refused(visitor: Visitor) -> None:
    """UNI-8: the page must boot again, and tells them then."""
    end_session(visitor.visit)
    with pytest.raises(SessionEnded):
        record_events(visitor, [NewEvent("Order")], now=NOON)
