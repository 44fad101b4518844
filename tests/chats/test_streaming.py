"""CHAT-4: what happened on a site, numbered in the order of commits, and what is behind a number."""

import datetime
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from chats.models import Chat, Happened, StreamEvent
from chats.streaming import FAR_BEHIND, KEPT_FOR, forget_old_events, last_number, news_since
from chats.telling import tell
from desk.models import Site
from tests.chats.people import NOON, room_of, visitor_says
from tests.factories import ContactFactory


def happen(chat: Chat, times: int, *, at: datetime.datetime = NOON) -> None:
    for _ in range(times):
        with transaction.atomic():
            tell(chat, Happened.CHAT, now=at)


@pytest.fixture
def room(shop: Site) -> Chat:
    return room_of(ContactFactory(site=shop))


def test_everything_behind_a_number_is_told_in_order(room: Chat) -> None:
    happen(room, 5)
    news = news_since(room.site_id, 2)
    assert ([event.number for event in news.events], news.last, news.lost) == ([3, 4, 5], 5, False)
    assert news_since(room.site_id, 5).events == ()


def test_sites_count_by_themselves(room: Chat, elsewhere: Site) -> None:
    """SITE-2."""
    happen(room, 3)
    happen(room_of(ContactFactory(site=elsewhere)), 1)
    assert (last_number(room.site_id), last_number(elsewhere.pk)) == (3, 1)
    assert [event.site_id for event in news_since(elsewhere.pk, 0).events] == [elsewhere.pk]


def test_what_is_taken_back_leaves_no_gap(room: Chat) -> None:
    happen(room, 1)
    with transaction.atomic():
        tell(room, Happened.CHAT, now=NOON)
        transaction.set_rollback(True)
    happen(room, 1)
    assert [event.number for event in news_since(room.site_id, 0).events] == [1, 2]


def test_a_day_is_kept(room: Chat) -> None:
    """Who was away for longer is told that something is lost; who was not misses nothing."""
    happen(room, 3, at=NOON)
    happen(room, 3, at=NOON + KEPT_FOR)
    assert forget_old_events(now=NOON + KEPT_FOR + datetime.timedelta(seconds=1)) == 3
    assert news_since(room.site_id, 2).lost
    assert not news_since(room.site_id, 3).lost
    assert forget_old_events(now=NOON + KEPT_FOR) == 0


def test_events_are_thrown_away_in_batches_to_the_last(room: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chats.streaming._BATCH", 2)
    happen(room, 5)
    assert forget_old_events(now=NOON + 2 * KEPT_FOR) == 5
    assert not StreamEvent.objects.exists()


@pytest.mark.parametrize("after", [9, 2**62, -1])
def test_a_number_that_was_never_given_begins_anew(room: Chat, after: int) -> None:
    happen(room, 3)
    news = news_since(room.site_id, after)
    assert (news.lost, news.last, news.events) == (True, 3, ())


def test_who_is_far_behind_begins_anew(room: Chat) -> None:
    happen(room, 1)
    assert news_since(room.site_id, 0, last=FAR_BEHIND + 1).lost


@pytest.mark.django_db(transaction=True)
def test_many_who_write_at_once_and_one_who_reads_meanwhile(shop: Site) -> None:
    """CHAT-4: numbers are gapless and in the order of commits; whoever looks while they are written sees each exactly
    once, in order, and the message that each of them names.
    """
    writers, each = 6, 15
    rooms = [room_of(ContactFactory(site=shop)) for _ in range(writers)]
    failed: list[BaseException] = []
    start = threading.Barrier(writers + 1)

    def write(chat: Chat) -> None:
        try:
            start.wait()
            for n in range(each):
                visitor_says(chat, f"message {n}", now=timezone.now())
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(chat,)) for chat in rooms]
    for thread in threads:
        thread.start()
    start.wait()
    seen: list[Any] = []
    while len(seen) < writers * each and (any(thread.is_alive() for thread in threads) or not failed):
        news = news_since(shop.pk, seen[-1].number if seen else 0)
        assert not news.lost
        seen += news.events
        for event in news.events:
            assert Chat.objects.get(pk=event.chat).messages.filter(number=event.message).exists()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [event.number for event in seen] == list(range(1, writers * each + 1))
    for chat in rooms:
        assert [event.message for event in seen if event.chat == chat.pk] == list(range(1, each + 1))
