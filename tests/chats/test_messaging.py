"""CHAT-1, CHAT-4, KIND-2: saying something, once and in one order."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from chats.errors import ChatRefused
from chats.handling import assign, close, set_state
from chats.messaging import mark_read_by_visitor
from chats.models import Assignment, Chat, ContactChats, Message
from contacts.merging import merge
from contacts.models import Contact
from desk.actors import PLUGIN, SYSTEM, Actor
from desk.models import Operator, Site
from tests.chats.people import HOUR, NOON, operator_says, room_of, visitor_says
from tests.factories import ContactFactory


def test_messages_are_numbered_in_the_order_they_were_said(shop: Site, bob: Operator) -> None:
    """CHAT-4"""
    room = room_of(ContactFactory(site=shop))
    visitor_says(room, "hello")
    operator_says(room, "Hello!", bob)
    visitor_says(room, "one more")
    assert list(Message.objects.order_by("number").values_list("number", "author", "text", "author_name")) == [
        (1, "visitor", "hello", ""),
        (2, "operator", "Hello!", "Bob"),
        (3, "visitor", "one more", ""),
    ]


def test_chat_says_what_its_last_message_was(shop: Site, bob: Operator) -> None:
    """CHAT-4: what the inbox shows without reading messages."""
    room = room_of(ContactFactory(site=shop))
    visitor_says(room, "x" * 300, now=NOON + HOUR)
    room = Chat.objects.get(pk=room.pk)
    assert (room.messages_count, room.last_message_at, room.last_text) == (1, NOON + HOUR, "x" * 200)
    assert room.last_by_visitor
    operator_says(room, "yes", bob)
    assert not Chat.objects.get(pk=room.pk).last_by_visitor


def test_same_message_sent_twice_is_said_once(shop: Site) -> None:
    """CHAT-1: a visitor whose connection broke sends it again."""
    room = room_of(ContactFactory(site=shop))
    first = visitor_says(room, "hello", client_id="c1")
    again = visitor_says(room, "hello", client_id="c1")
    assert (first.created, again.created, again.message) == (True, False, first.message)
    assert Message.objects.count() == 1
    # In another room the name means another message.
    assert visitor_says(room_of(ContactFactory(site=shop)), "hello", client_id="c1").created


def test_message_of_another_channel_is_taken_in_once_whichever_room_it_would_reach(shop: Site) -> None:
    """CHAT-1: the channel's own id, for the whole site."""
    first = visitor_says(room_of(ContactFactory(site=shop)), "hi", channel_key="kakao:1")
    again = visitor_says(room_of(ContactFactory(site=shop)), "hi", channel_key="kakao:1")
    assert (again.created, again.message) == (False, first.message)


def test_visitor_who_writes_becomes_a_lead(shop: Site) -> None:
    """KIND-2: with no details given too; a touch (RET-1)."""
    stranger = ContactFactory(site=shop, kind="anonymous", created_at=NOON - HOUR)
    visitor_says(room_of(stranger), "hello", now=NOON)
    after = Contact.objects.get(pk=stranger.pk)
    assert (after.kind, after.lead_reason, after.last_touch_at) == ("lead", "chat", NOON)


def test_answer_does_not_make_a_lead(shop: Site, bob: Operator) -> None:
    """KIND-3"""
    stranger = ContactFactory(site=shop, kind="anonymous")
    operator_says(room_of(stranger), "Can I help?", bob)
    assert Contact.objects.get(pk=stranger.pk).kind == "anonymous"


@pytest.mark.parametrize("state", ["waiting", "received", "onHold"])
def test_answer_takes_the_chat_up(shop: Site, bob: Operator, state: str) -> None:
    """CHAT-3"""
    room = room_of(ContactFactory(site=shop))
    set_state(room, state, actor=SYSTEM, now=NOON)
    operator_says(room, "Hello!", bob)
    assert Chat.objects.get(pk=room.pk).state == "inProgress"


def test_unread_counts_what_the_visitor_has_not_seen(shop: Site, bob: Operator) -> None:
    """CHAT-4: and the boot of the visitor is told (api.md, ``user.unread``)."""
    kim = ContactFactory(site=shop)
    room = room_of(kim)
    visitor_says(room, "hello")
    operator_says(room, "one", bob)
    operator_says(room, "two", bob)
    assert (room.unread, ContactChats.objects.get(contact=kim).unread) == (2, 2)
    mark_read_by_visitor(room, now=NOON)
    mark_read_by_visitor(room, now=NOON)
    assert (Chat.objects.get(pk=room.pk).unread, ContactChats.objects.get(contact=kim).unread) == (0, 0)


def test_blocked_contact_cannot_go_on_but_can_be_answered(shop: Site, bob: Operator) -> None:
    """BOOT-14"""
    room = room_of(ContactFactory(site=shop, blocked=True))
    with pytest.raises(ChatRefused, match="blocked"):
        visitor_says(room, "hello")
    assert operator_says(room, "We have to end this.", bob).created


def test_nothing_is_said_in_a_closed_chat(shop: Site, bob: Operator) -> None:
    """CHAT-3"""
    room = room_of(ContactFactory(site=shop))
    close(room, actor=SYSTEM, now=NOON)
    for author in (lambda: visitor_says(room, "hello"), lambda: operator_says(room, "hello", bob)):
        with pytest.raises(ChatRefused, match="closed"):
            author()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text_blank"),
        (" \n\t ", "text_blank"),
        ("x" * 5001, "text_too_long"),
        ("x" * 1_000_000, "text_too_long"),
        ("a\0b", "text_invalid"),
        ("\ud83d", "text_invalid"),
    ],
    ids=["empty", "blank", "5001", "a megabyte", "NUL", "half a character"],
)
def test_text_that_is_none_is_refused(shop: Site, text: str, code: str) -> None:
    """CHAT-1"""
    room = room_of(ContactFactory(site=shop))
    with pytest.raises(ChatRefused) as refused:
        visitor_says(room, text)
    assert refused.value.code == code
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "줄\n바꿈", "😀" * 5000, "\u202eabc\u200b", "x" * 5000],
    ids=["html", "lines", "5000 emoji", "bidi and zero width", "5000"],
)
def test_text_is_kept_as_it_was_written(shop: Site, text: str) -> None:
    """LIST-6: 5,000 characters, not bytes."""
    assert visitor_says(room_of(ContactFactory(site=shop)), text).message.text == text


def test_line_ends_become_one_kind(shop: Site) -> None:
    """CHAT-1"""
    assert visitor_says(room_of(ContactFactory(site=shop)), " a\r\nb\rc ").message.text == "a\nb\nc"


def test_message_is_not_from_the_future(shop: Site) -> None:
    """CHAT-1: another channel's clock may be wrong."""
    room = room_of(ContactFactory(site=shop))
    assert visitor_says(room, "later", at=NOON + HOUR).message.at == NOON
    assert visitor_says(room, "earlier", at=NOON - HOUR).message.at == NOON - HOUR


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_numbered_without_gaps(shop: Site) -> None:
    """CHAT-4: nothing lost, nothing twice, one order."""
    room = room_of(ContactFactory(site=shop))
    start = threading.Barrier(8)

    def talk(number: int) -> None:
        start.wait()
        try:
            for _ in range(2):  # each is sent twice
                visitor_says(Chat.objects.get(pk=room.pk), f"m{number}", client_id=f"c{number}")
        finally:
            connection.close()

    threads = [threading.Thread(target=talk, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Message.objects.values_list("number", flat=True)) == list(range(1, 9))
    assert set(Message.objects.values_list("text", flat=True)) == {f"m{number}" for number in range(8)}
    assert Chat.objects.get(pk=room.pk).messages_count == 8


def test_message_to_a_room_that_was_merged_reaches_the_survivors(shop: Site) -> None:
    """UNI-8: the room went over."""
    lead, member = ContactFactory(site=shop), ContactFactory(site=shop, member_id="m")
    room = room_of(lead)
    merge(member, lead, actor=PLUGIN, trigger="boot", now=timezone.now())
    visitor_says(room, "hello")
    assert Message.objects.get().chat.contact_id == member.pk


def test_who_answers_a_chat_that_nobody_has_has_it(shop: Site, alice: Operator, bob: Operator) -> None:
    """CHAT-3, CHAT-6: a first assignment, which is no change of agent; the state is that of an answered chat."""
    room = room_of(ContactFactory(site=shop))
    visitor_says(room, "hello")
    operator_says(room, "Hello!", bob)
    operator_says(room, "And from me", alice)
    room = Chat.objects.get(pk=room.pk)
    assert (room.assignee, room.state) == (bob, "inProgress")
    assert [(one.before, one.after) for one in Assignment.objects.all()] == [(None, bob)]


def test_handing_over_does_not_lose_the_answering_operator(shop: Site, alice: Operator, bob: Operator) -> None:
    """CHAT-3: the answer does not change who has the chat."""
    room = room_of(ContactFactory(site=shop))
    assign(room, bob, actor=Actor.of_operator(alice), now=NOON)
    operator_says(room, "I help out", alice)
    assert Chat.objects.get(pk=room.pk).assignee == bob
