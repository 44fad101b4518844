"""CHAT-3, CHAT-4, CHAT-6: what happens at the same moment is decided by the database, once and for all."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from chats.answers import create_answer
from chats.categories import add_category
from chats.errors import ChatRefused
from chats.handling import assign
from chats.models import AnswerTemplate, Assignment, Category, ChatRequest, ChatTag, RoomTag
from chats.noting import set_room_tags
from chats.requesting import answer, ask, withdraw
from chats.room_tags import merge_room_tags
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.chats.people import NOON, room_of
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[str]:
    """Call them together; how each ended: the code of a refusal, or nothing."""
    told: list[str] = []
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        start.wait()
        try:
            call()
            told.append("")
        except ChatRefused as refused:
            told.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


def test_of_many_requests_of_a_kind_one_is_open(shop: Site, alice: Operator, bob: Operator) -> None:
    """CHAT-6"""
    room = room_of(ContactFactory(site=shop))
    told = at_once(*[lambda: ask(room, "agent", alice, "Please.", actor=Actor.of_operator(bob), now=NOON)] * 4)
    assert told == ["", "request_open", "request_open", "request_open"]
    assert ChatRequest.objects.filter(state="open").count() == 1


def test_request_ends_in_one_way(shop: Site, alice: Operator, bob: Operator) -> None:
    """CHAT-6: accepted, refused and withdrawn in the same moment."""
    room = room_of(ContactFactory(site=shop))
    assign(room, bob, actor=SYSTEM, now=NOON)
    request = ask(room, "agent", alice, "Please.", actor=Actor.of_operator(bob), now=NOON)
    told = at_once(
        lambda: answer(ChatRequest.objects.get(pk=request.pk), True, "", actor=Actor.of_operator(alice), now=NOON),
        lambda: answer(ChatRequest.objects.get(pk=request.pk), False, "", actor=Actor.of_operator(alice), now=NOON),
        lambda: withdraw(ChatRequest.objects.get(pk=request.pk), actor=Actor.of_operator(bob), now=NOON),
    )
    assert told == ["", "request_answered", "request_answered"]
    request.refresh_from_db()
    handed_over = Assignment.objects.filter(before=bob, after=alice).exists()
    assert handed_over == (request.state == "accepted")


def test_name_is_given_once(shop: Site) -> None:
    """CHAT-3, CHAT-4: to one category, and to one answer."""
    assert at_once(*[lambda: add_category(shop, "Delivery", actor=SYSTEM)] * 3) == [
        "",
        "category_taken",
        "category_taken",
    ]
    told = at_once(*[lambda: create_answer(shop, name="Hello", text="Hello", actor=SYSTEM, now=NOON)] * 3)
    assert told == ["", "answer_taken", "answer_taken"]
    assert (Category.objects.count(), AnswerTemplate.objects.count()) == (1, 1)


def test_tag_that_is_merged_while_a_chat_gets_it_leaves_nothing_behind(shop: Site) -> None:
    """CHAT-3: the chat has the tag that stays, or the tag anew; never one that is gone."""
    first = room_of(ContactFactory(site=shop))
    set_room_tags(first, ["late", "delayed"], actor=SYSTEM, now=NOON)
    late, delayed = RoomTag.objects.get(name="late"), RoomTag.objects.get(name="delayed")
    rooms = [room_of(ContactFactory(site=shop)) for _ in range(3)]
    told = at_once(
        lambda: merge_room_tags(late, delayed, actor=SYSTEM),
        *[lambda room=room: set_room_tags(room, ["late"], actor=SYSTEM, now=NOON) for room in rooms],  # type: ignore[misc]
    )
    assert told == ["", "", "", ""]
    assert not ChatTag.objects.exclude(tag__in=RoomTag.objects.all()).exists()
    assert RoomTag.objects.filter(name="delayed").exists()
