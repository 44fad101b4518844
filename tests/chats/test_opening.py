"""CHAT-2, CHAT-8: which room somebody talks in."""

import threading

import pytest
from django.db import connection

from chats.errors import ChatRefused
from chats.handling import close
from chats.models import Chat, ContactChats
from chats.opening import find_open_room, open_room
from desk.actors import SYSTEM
from desk.models import Site
from tests.chats.people import HOUR, NOON, account, room_of
from tests.factories import ContactFactory


def test_web_and_app_of_one_contact_share_the_open_room(shop: Site) -> None:
    """CHAT-2"""
    kim = ContactFactory(site=shop)
    web, app = account(kim), account(kim, "app")
    first = open_room(kim, "web", web, now=NOON)
    assert first.created
    assert open_room(kim, "app", app, now=NOON) == type(first)(first.chat, created=False)


def test_each_messenger_account_has_a_room_of_its_own(shop: Site) -> None:
    """CHAT-2: two accounts of one channel too."""
    kim = ContactFactory(site=shop)
    rooms = {room_of(kim, identity=account(kim)).pk}
    for channel, key in (("kakao", "k1"), ("kakao", "k2"), ("line", "l1")):
        identity = account(kim, channel, key)
        rooms.add(room_of(kim, channel, identity).pk)
        assert room_of(kim, channel, identity).pk in rooms
    assert len(rooms) == 4


def test_closed_room_is_not_talked_in_again(shop: Site) -> None:
    """CHAT-3: from opening to closing; the next message opens another one."""
    kim = ContactFactory(site=shop)
    web = account(kim)
    first = room_of(kim, identity=web)
    close(first, actor=SYSTEM, now=NOON)
    assert find_open_room(kim, "web", web) is None
    assert room_of(kim, identity=web).pk != first.pk


def test_rooms_are_numbered_per_site(shop: Site, elsewhere: Site) -> None:
    """CHAT-3"""
    numbers = [room_of(ContactFactory(site=site)).number for site in (shop, shop, elsewhere, shop)]
    assert numbers == [1, 2, 1, 3]


def test_summary_counts_and_remembers_the_last(shop: Site) -> None:
    """FIL-2: chatsCount, lastChatAt"""
    kim = ContactFactory(site=shop)
    close(room_of(kim), actor=SYSTEM, now=NOON)
    room_of(kim, now=NOON + HOUR)
    summary = ContactChats.objects.get(contact=kim)
    assert (summary.count, summary.last_at, summary.site) == (2, NOON + HOUR, shop)


def test_newest_parameter_wins_and_an_empty_one_changes_nothing(shop: Site) -> None:
    """CHAT-8"""
    kim = ContactFactory(site=shop)
    room_of(kim, parameters={"order": "17", "plan": "Gold"})
    room = room_of(kim, parameters={"order": "18", "plan": "", "from": "app"})
    assert Chat.objects.get(pk=room.pk).parameters == {"order": "18", "plan": "Gold", "from": "app"}


@pytest.mark.parametrize(
    ("parameters", "code", "path"),
    [
        ({"order": "x" * 21}, "parameter_too_long", "parameters.order"),
        ({"": "x"}, "parameter_too_long", "parameters."),
        ({"n" * 21: "x"}, "parameter_too_long", f"parameters.{'n' * 21}"),
        ({"order": 17}, "parameter_invalid", "parameters.order"),
        ({"order": "a\0b"}, "parameter_invalid", "parameters.order"),
        ({f"p{n}": "x" for n in range(11)}, "parameters_too_many", "parameters"),
    ],
    ids=["long value", "no name", "long name", "number", "NUL", "eleven"],
)
def test_parameters_are_refused_never_cut(shop: Site, parameters: dict[str, str], code: str, path: str) -> None:
    """CHAT-8: twenty characters, ten of them."""
    with pytest.raises(ChatRefused) as refused:
        room_of(ContactFactory(site=shop), parameters=parameters)
    assert (refused.value.code, refused.value.path) == (code, path)
    assert refused.value.message
    assert not Chat.objects.exists()


def test_ten_parameters_are_the_most_over_all_openings(shop: Site) -> None:
    """CHAT-8"""
    kim = ContactFactory(site=shop)
    room_of(kim, parameters={f"p{n}": "x" for n in range(10)})
    room_of(kim, parameters={"p3": "y"})
    with pytest.raises(ChatRefused, match="ten"):
        room_of(kim, parameters={"other": "x"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("channel", ["web", "kakao"])
def test_many_first_messages_at_once_open_one_room(shop: Site, channel: str) -> None:
    """CHAT-2: decided by the database."""
    kim = ContactFactory(site=shop)
    identity = account(kim, channel)
    start, opened = threading.Barrier(6), []

    def open_one() -> None:
        start.wait()
        try:
            opened.append(open_room(kim, channel, identity, now=NOON))
        finally:
            connection.close()

    threads = [threading.Thread(target=open_one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.chat.pk for one in opened}) == 1
    assert sum(one.created for one in opened) == 1
    assert ContactChats.objects.get(contact=kim).count == 1
