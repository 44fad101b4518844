"""CHAT-5, CHAT-6: the history of a person over all channels, and who had a chat."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chats.agents import agents_in_words, changes_of
from chats.handling import assign, close, reopen
from chats.models import Assignment, Attachment, Chat
from chats.noting import add_memo, set_room_tags
from chats.panel import find_room, first_tab, read_room, tabs_of
from chats.panel_history import (
    PAGE_SIZE,
    READ_SIZE,
    HistoryRefused,
    channels_of,
    memos_of,
    read_conversation,
    read_history,
)
from contacts.models import Contact
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.chats.people import HOUR, NOON, account, room_of, visitor_says
from tests.factories import ChatFactory, ContactFactory

LATER = NOON + 5 * HOUR


@pytest.fixture
def kim(shop: Site) -> Contact:
    return ContactFactory(site=shop, name="Kim", created_at=NOON)


@pytest.fixture
def room(kim: Contact) -> Chat:
    return room_of(kim, identity=account(kim))


def give(chat: Chat, operator: Operator | None) -> None:
    assign(chat, operator, actor=SYSTEM, now=NOON)


def agent(chat: Chat) -> str:
    return agents_in_words(list(Assignment.objects.filter(chat=chat)))


def told(chat: Chat) -> list[str]:
    changes = changes_of(list(Assignment.objects.filter(chat=chat)))
    return [f"{change.before_name} > {change.after_name}" for change in changes]


def test_a_first_assignment_is_no_change(room: Chat, bob: Operator) -> None:
    """CHAT-6: “an automatic first assignment does not”."""
    give(room, bob)
    assert (agent(room), told(room)) == ("Bob", [])


def test_a_chat_that_changes_hands_tells_before_and_after(room: Chat, bob: Operator, alice: Operator) -> None:
    """CHAT-6"""
    give(room, bob)
    give(room, alice)
    assert (agent(room), told(room)) == ("Bob > Alice", ["Bob > Alice"])


def test_given_back_and_taken_again_by_the_same_person_is_no_change(room: Chat, bob: Operator) -> None:
    """CHAT-6: only real changes."""
    for operator in (bob, None, bob, None):
        give(room, operator)
    assert (agent(room), told(room)) == ("Bob", [])


def test_a_change_by_way_of_nobody_is_one(room: Chat, bob: Operator, alice: Operator) -> None:
    """CHAT-6: who has it now is somebody else than before."""
    for operator in (bob, None, alice):
        give(room, operator)
    assert agent(room) == "Bob > Alice"
    assert len(told(room)) == 1


def test_two_agents_of_one_name_are_two(room: Chat, bob: Operator, alice: Operator) -> None:
    """CHAT-6: people are told apart by who they are."""
    alice.name = "Bob"
    alice.save()
    give(room, bob)
    give(room, alice)
    assert agent(room) == "Bob > Bob"


def test_every_change_is_in_the_chain(room: Chat, bob: Operator, alice: Operator) -> None:
    """CHAT-6"""
    for operator in (bob, alice, bob):
        give(room, operator)
    assert agent(room) == "Bob > Alice > Bob"


def test_while_nobody_has_it_the_bot_stands_there(kim: Contact, room: Chat, shop: Site) -> None:
    """CHAT-5: ``Bot-SITEID`` while no human has it."""
    found = find_room(shop, room.pk)
    assert found is not None
    assert read_room(found, now=NOON).agent == "Bot-SHOP"
    assert read_history(kim, now=NOON).chats[0].agent == "Bot-SHOP"


def test_a_room_of_another_site_is_not_found(room: Chat, elsewhere: Site) -> None:
    """SITE-2"""
    assert find_room(elsewhere, room.pk) is None


def test_the_history_has_every_channel_newest_first(kim: Contact, room: Chat, alice: Operator) -> None:
    """CHAT-5: start, memo, category, agent, tags, duration, channel, number of attachments."""
    visitor_says(room, "Hello")
    add_memo(room, "Called back\nsecond line", actor=Actor.of_operator(alice), now=NOON)
    add_memo(room, "Wants a refund\nby Friday", actor=Actor.of_operator(alice), now=NOON)
    set_room_tags(room, ["vip", "Angry"], actor=SYSTEM, now=NOON)
    message = visitor_says(room, "a file").message
    for name in ("a.png", "b.png"):
        Attachment.objects.create(
            site=kim.site, chat=room, message=message, name=name, size=1, type="image/png", key=name, created_at=NOON
        )
    close(room, actor=SYSTEM, now=NOON + HOUR)
    kakao = room_of(kim, "kakao", account(kim, "kakao"), now=NOON + 2 * HOUR)
    page = read_history(kim, now=LATER)
    assert [past.chat.pk for past in page.chats] == [kakao.pk, room.pk]
    first = page.chats[1]
    assert (first.memo, first.tags, first.files, first.lasted) == ("Wants a refund", ["Angry", "vip"], 2, HOUR)
    assert page.chats[0].lasted == 3 * HOUR
    assert channels_of(kim) == ["web", "kakao"]


def test_the_history_of_somebody_else_is_not_in_it(kim: Contact, room: Chat, shop: Site) -> None:
    """CHAT-5"""
    assert read_history(ContactFactory(site=shop), now=NOON).chats == []


def test_pages_show_every_chat_once_also_those_of_one_moment(kim: Contact) -> None:
    """Keyset: found from the last one shown, which may share its time with the next."""
    made = [
        ChatFactory(contact=kim, opened_at=NOON + HOUR * (n // 7), state="closed", closed_at=LATER) for n in range(45)
    ]
    seen, place, pages = list[int](), "", 0
    while True:
        page = read_history(kim, now=LATER, place=place)
        seen, place, pages = seen + [past.chat.pk for past in page.chats], page.older, pages + 1
        if not place:
            break
    assert pages == -(-45 // PAGE_SIZE)
    assert sorted(seen) == sorted(chat.pk for chat in made)
    times = {chat.pk: chat.opened_at for chat in made}
    assert [times[pk] for pk in seen] == sorted(times.values(), reverse=True)


def test_a_long_history_is_narrowed_by_channel_and_period(kim: Contact) -> None:
    """CHAT-5"""
    old = NOON - datetime.timedelta(days=200)
    for channel, opened in (("phone", NOON), ("phone", old), ("email", NOON)):
        ChatFactory(contact=kim, channel=channel, opened_at=opened, state="closed", closed_at=LATER)
    assert len(read_history(kim, now=NOON, channel="phone").chats) == 2
    assert len(read_history(kim, now=NOON, channel="phone", period="quarter").chats) == 1
    assert len(read_history(kim, now=NOON, period="year").chats) == 3


@pytest.mark.parametrize("asked", [{"channel": "pigeon"}, {"period": "x"}, {"place": "x"}, {"place": "2026-01-01:5"}])
def test_what_cannot_be_understood_is_refused(kim: Contact, asked: dict[str, str]) -> None:
    """An unknown filter never shows everything."""
    with pytest.raises(HistoryRefused):
        read_history(kim, now=NOON, **asked)


@pytest.mark.parametrize("many", [3, 300])
def test_statements_are_the_same_for_few_and_for_many(kim: Contact, alice: Operator, bob: Operator, many: int) -> None:
    """One for the chats with memo and files, one for tags, one for who had them."""
    for n in range(many):
        chat = ChatFactory(contact=kim, channel="phone", opened_at=NOON + n * HOUR)
        if n > many - 4:
            give(chat, bob)
            give(chat, alice)
        Chat.objects.filter(pk=chat.pk).update(state="closed", closed_at=LATER)
    with CaptureQueriesContext(
        connection,
    ) as statements:
        page = read_history(kim, now=LATER)
    assert len(page.chats) == min(many, PAGE_SIZE)
    assert page.chats[0].agent == "Bob > Alice"
    assert len(statements) == 3


def test_a_long_conversation_is_read_part_by_part(room: Chat) -> None:
    """CHAT-5: whole, from its beginning, nothing twice and nothing left out."""
    for n in range(READ_SIZE * 2 + 5):
        visitor_says(room, f"message {n + 1}", now=NOON)
    numbers, after = list[int](), 0
    while True:
        reading = read_conversation(room, after=after)
        numbers += [message.number for message in reading.messages]
        after = reading.later
        if not after:
            break
    assert numbers == list(range(1, READ_SIZE * 2 + 6))


def test_memos_are_read_in_the_order_they_were_written(room: Chat, alice: Operator) -> None:
    """CHAT-5"""
    for text in ("one", "two"):
        add_memo(room, text, actor=Actor.of_operator(alice), now=NOON)
    assert [memo.text for memo in memos_of(room)] == ["one", "two"]


def test_the_room_counts_what_belongs_to_it(room: Chat, kim: Contact, shop: Site) -> None:
    """CHAT-5: messages, attachments, consultations of this customer, total time."""
    visitor_says(room, "Hello")
    close(room, actor=SYSTEM, now=NOON + HOUR)
    room_of(kim, "kakao", account(kim, "kakao"), now=NOON + HOUR)
    found = find_room(shop, room.pk)
    assert found is not None
    told = read_room(found, now=LATER)
    assert (told.consultations, told.files_count, told.lasted, told.changes) == (2, 0, HOUR, [])


def test_an_open_room_lasts_until_now(room: Chat, shop: Site) -> None:
    """CHAT-5"""
    close(room, actor=SYSTEM, now=NOON)
    reopen(room, actor=SYSTEM, now=NOON)
    found = find_room(shop, room.pk)
    assert found is not None
    assert read_room(found, now=LATER).lasted == 5 * HOUR


def test_history_is_open_first_unless_somebody_chose_otherwise(shop: Site, elsewhere: Site, alice: Operator) -> None:
    """CHAT-5: site default: History; per operator and site; a tab that is gone is as if none had been chosen."""
    tabs = tabs_of(shop)
    assert [tab.name for tab in tabs] == ["room", "customer", "history"]
    assert first_tab(shop, alice, tabs) == "history"
    alice.preferences = {"panelTab": {str(shop.pk): "customer", str(elsewhere.pk): "room"}}
    assert first_tab(shop, alice, tabs) == "customer"
    alice.preferences = {"panelTab": {str(shop.pk): "custom-77"}}
    assert first_tab(shop, alice, tabs) == "history"
    alice.preferences = {"panelTab": "nonsense"}
    assert first_tab(shop, alice, tabs) == "history"
