"""CHAT-4: who has a room open, and who is typing there."""

import datetime

import pytest

from chats.models import Chat, Happened, Presence, StreamEvent
from chats.presence import GONE_AFTER, TYPING_FOR, be_present, forget_presences, leave, present_in
from desk.models import Operator, Site
from tests.chats.people import NOON, room_of
from tests.factories import ContactFactory

SECOND = datetime.timedelta(seconds=1)


@pytest.fixture
def room(shop: Site) -> Chat:
    return room_of(ContactFactory(site=shop))


def names(room: Chat, now: datetime.datetime = NOON) -> list[str]:
    return [f"{one.name} typing" if one.typing else one.name for one in present_in([room.pk], now=now)[room.pk]]


def told() -> int:
    return StreamEvent.objects.filter(kind=Happened.PRESENCE).count()


def test_operators_in_a_room_see_each_other(room: Chat, alice: Operator, bob: Operator) -> None:
    be_present(room, bob, typing=False, now=NOON)
    be_present(room, alice, typing=True, now=NOON)
    assert names(room) == ["Alice typing", "Bob"]
    assert told() == 2


def test_a_sign_of_life_that_changes_nothing_is_not_told(room: Chat, alice: Operator, bob: Operator) -> None:
    for second in range(0, 120, 5):
        be_present(room, alice, typing=False, now=NOON + second * SECOND)
        be_present(room, bob, typing=True, now=NOON + second * SECOND)
    assert names(room, NOON + 115 * SECOND) == ["Alice", "Bob typing"]
    assert told() == 2


def test_who_stops_typing_is_told(room: Chat, alice: Operator) -> None:
    assert be_present(room, alice, typing=True, now=NOON)
    assert be_present(room, alice, typing=False, now=NOON + SECOND)
    assert names(room) == ["Alice"]
    assert not be_present(room, alice, typing=False, now=NOON + 2 * SECOND)


def test_typing_that_nobody_ends_is_over_after_some_seconds(room: Chat, alice: Operator, bob: Operator) -> None:
    be_present(room, bob, typing=True, now=NOON)
    be_present(room, alice, typing=False, now=NOON)
    later = NOON + TYPING_FOR
    assert names(room, later) == ["Alice", "Bob"]
    assert be_present(room, alice, typing=False, now=later)
    assert be_present(room, bob, typing=True, now=later)
    assert names(room, later) == ["Alice", "Bob typing"]


def test_who_is_not_heard_of_for_half_a_minute_is_gone(room: Chat, alice: Operator, bob: Operator) -> None:
    """Whoever is left tells it with the next sign of life."""
    be_present(room, bob, typing=False, now=NOON)
    be_present(room, alice, typing=False, now=NOON + 20 * SECOND)
    later = NOON + GONE_AFTER
    assert names(room, later) == ["Alice"]
    before = told()
    assert be_present(room, alice, typing=False, now=later)
    assert not be_present(room, alice, typing=False, now=later + SECOND)
    assert told() == before + 1


def test_who_closes_the_room_is_gone_at_once(room: Chat, alice: Operator) -> None:
    be_present(room, alice, typing=False, now=NOON)
    assert leave(room, alice, now=NOON)
    assert not leave(room, alice, now=NOON)
    assert names(room) == []
    assert told() == 2


def test_rooms_do_not_mix(room: Chat, shop: Site, alice: Operator, bob: Operator) -> None:
    other = room_of(ContactFactory(site=shop))
    be_present(room, alice, typing=False, now=NOON)
    be_present(other, bob, typing=False, now=NOON)
    assert (names(room), names(other)) == (["Alice"], ["Bob"])


def test_old_rows_are_thrown_away(room: Chat, alice: Operator) -> None:
    be_present(room, alice, typing=False, now=NOON)
    assert forget_presences(now=NOON + GONE_AFTER) == 0
    assert forget_presences(now=NOON + 20 * GONE_AFTER) == 1
    assert not Presence.objects.exists()
