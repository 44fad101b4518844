"""CHAT-1: what operators say on other channels, handed to the bridge and taken out of the line."""

import threading

import pytest
from django.db import connection

from chats.errors import ChatRefused
from chats.intake import Incoming, take_in
from chats.models import Chat, Memo, Message, OutgoingMessage
from chats.outgoing import carried_out, find_outgoing, not_carried_out, waiting_messages
from contacts.models import Channel
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.chats.people import NOON, account, operator_says, room_of, visitor_says
from tests.factories import ContactFactory

BRIDGE = Actor("api", "kakao bridge")


def room_on(site: Site, channel: str, key: str = "") -> Chat:
    person = ContactFactory(site=site)
    return room_of(person, channel, account(person, channel, key))


@pytest.fixture
def room(shop: Site) -> Chat:
    return room_on(shop, "kakao", "talk-7")


def texts(site: Site, channel: str = "kakao", **options: int) -> list[str]:
    return [message.text for message in waiting_messages(site, channel, **{"limit": 100, **options})]


def test_what_operators_say_waits_in_its_order(
    room: Chat, shop: Site, elsewhere: Site, alice: Operator, charlie: Operator
) -> None:
    """CHAT-1: per channel and site; what the customer said is known there already, and web needs no bridge."""
    visitor_says(room, "hello")
    operator_says(room, "one", alice)
    operator_says(room_on(shop, "kakao", "talk-8"), "two", alice)
    operator_says(room_on(shop, "line"), "on LINE", alice)
    operator_says(room_on(shop, "web"), "on the page", alice)
    operator_says(room_on(elsewhere, "kakao"), "elsewhere", charlie)
    assert texts(shop) == ["one", "two"]
    assert texts(shop, "line") == ["on LINE"]
    [first, second] = waiting_messages(shop, "kakao", limit=2)
    assert texts(shop, after=first.pk) == ["two"]
    assert texts(shop, limit=1) == ["one"]
    assert second.chat.identity is not None


def test_a_message_that_was_carried_out_leaves_the_line_once(room: Chat, shop: Site, alice: Operator) -> None:
    """CHAT-1: saying so twice changes nothing."""
    message = operator_says(room, "one", alice).message
    assert carried_out(message)
    assert not carried_out(message)
    assert texts(shop) == []
    assert find_outgoing(shop, message.pk) == message


def test_an_echo_of_the_channel_is_not_said_twice(room: Chat, shop: Site, alice: Operator) -> None:
    """UNI-5: some channels bring back what the company said itself."""
    message = operator_says(room, "one", alice).message
    carried_out(message, channel_message_id="m-1")
    echo = take_in(shop, Incoming(Channel.KAKAO, "talk-7", "m-1", "one"), actor=BRIDGE, now=NOON)
    assert (echo.created, echo.message) == (False, message)
    assert Message.objects.count() == 1


def test_an_id_of_the_channel_belongs_to_one_message(room: Chat, alice: Operator) -> None:
    """The bridge hears that it has mixed something up; the message goes on waiting."""
    first, second = (operator_says(room, text, alice).message for text in ("one", "two"))
    carried_out(first, channel_message_id="m-1")
    with pytest.raises(ChatRefused) as caught:
        carried_out(second, channel_message_id="m-1")
    assert (caught.value.code, caught.value.path) == ("key_taken", "channelMessageId")
    assert OutgoingMessage.objects.filter(message=second).exists()


def test_what_could_not_be_carried_out_is_noted_in_the_room(room: Chat, shop: Site, alice: Operator) -> None:
    """CHAT-4: in the language of the site; the customer does not see it."""
    message = operator_says(room, "one", alice).message
    assert not_carried_out(message, "The account was closed", actor=BRIDGE, now=NOON)
    assert not not_carried_out(message, "The account was closed", actor=BRIDGE, now=NOON)
    memo = Memo.objects.get()
    assert "The account was closed" in memo.text
    assert memo.author_name == "kakao bridge"
    assert texts(shop) == []


def test_only_what_goes_out_is_found(room: Chat, shop: Site, elsewhere: Site, alice: Operator) -> None:
    """SITE-2: neither a customer's message nor one on the page nor another site's."""
    said = visitor_says(room, "hello").message
    on_page = operator_says(room_on(shop, "web"), "page", alice).message
    out = operator_says(room, "one", alice).message
    assert [find_outgoing(shop, message.pk) for message in (said, on_page, out)] == [None, None, out]
    assert find_outgoing(elsewhere, out.pk) is None


def test_the_statements_do_not_grow_with_the_line(
    shop: Site, alice: Operator, django_assert_num_queries: object
) -> None:
    """The line, the messages with chat and account, the files."""
    for number in range(5):
        operator_says(room_on(shop, "kakao", f"talk-{number}"), "hello", alice)
    with django_assert_num_queries(3):  # type: ignore[operator]
        waiting_messages(shop, "kakao", limit=100)


@pytest.mark.django_db(transaction=True)
def test_of_two_bridges_one_takes_it_out(room: Chat, alice: Operator) -> None:
    """The memo of a failure is written once."""
    message = operator_says(room, "one", alice).message
    start = threading.Barrier(3)
    answers: list[bool] = []

    def finish() -> None:
        start.wait()
        answers.append(not_carried_out(message, "closed", actor=SYSTEM, now=NOON))
        connection.close()

    threads = [threading.Thread(target=finish) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, True]
    assert Memo.objects.count() == 1
