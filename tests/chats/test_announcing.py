"""API-3: what webhooks hear of chats."""

import json
from typing import Any

import pytest

from chats.api.shapes import chats_data, message_data
from chats.facts import message_facts, with_what_is_told
from chats.handling import assign, close, reopen
from chats.models import Attachment, Chat, Message, OutgoingMessage
from contacts.deleting import delete_contact
from contacts.models import DeletionReason
from desk.actors import SYSTEM
from desk.models import Operator, Site, WebhookDelivery
from tests.chats.people import NOON, account, operator_says, room_of, visitor_says
from tests.desk.hooks import hook_for
from tests.factories import ContactFactory

EVENTS = ["message.created", "chat.opened", "chat.closed", "chat.assigned"]


@pytest.fixture(autouse=True)
def _hook(shop: Site) -> None:
    hook_for(shop, events=EVENTS)


@pytest.fixture
def room(shop: Site) -> Chat:
    """A room on KakaoTalk; the opening is forgotten."""
    person = ContactFactory(site=shop, name="Kim")
    room = room_of(person, "kakao", account(person, "kakao", "talk-7"), account="shop-kr")
    WebhookDelivery.objects.all().delete()
    return room


def told() -> list[tuple[str, Any]]:
    """(event, data) of everything that is on its way, in order."""
    bodies = [json.loads(body) for body in WebhookDelivery.objects.order_by("pk").values_list("body", flat=True)]
    return [(body["event"], body["data"]) for body in bodies]


def test_a_room_that_opens_is_announced_once(shop: Site) -> None:
    """CHAT-2: the second message goes on in the same room."""
    person = ContactFactory(site=shop)
    room = room_of(person)
    room_of(person)
    [(event, data)] = told()
    assert (event, data["chat"]["id"], data["chat"]["state"]) == ("chat.opened", str(room.pk), "waiting")
    assert WebhookDelivery.objects.get().subject == person.pk


def test_a_message_is_announced_with_where_it_goes(room: Chat, alice: Operator) -> None:
    """CHAT-1: what a bridge needs to carry it out."""
    visitor_says(room, "hello")
    said = operator_says(room, "안녕하세요", alice).message
    (_first, incoming), (event, outgoing), _assigned = told()
    assert (event, incoming["message"]["direction"]) == ("message.created", "incoming")
    assert outgoing == {
        "message": {
            "id": str(said.pk),
            "number": 2,
            "direction": "outgoing",
            "channel": "kakao",
            "account": "shop-kr",
            "key": "talk-7",
            "chatId": str(room.pk),
            "chatNumber": room.number,
            "contactId": str(room.contact_id),
            "author": "operator",
            "authorName": "Alice",
            "text": "안녕하세요",
            "attachments": [],
            "at": "2026-11-22T03:00:00Z",
        }
    }


def test_the_key_of_a_browser_is_told_nobody(shop: Site) -> None:
    """BOOT-6: it is what a browser is recognised by."""
    person = ContactFactory(site=shop)
    room = room_of(person, "web", account(person, "web", "veil-secret"))
    visitor_says(room, "hello")
    assert told()[-1][1]["message"]["key"] is None


def test_a_message_said_twice_is_announced_once(room: Chat) -> None:
    """CHAT-4: the second is the first."""
    for _ in range(2):
        visitor_says(room, "hello", client_id="one")
    assert len(told()) == 1


def test_closing_and_opening_again_are_announced(room: Chat, alice: Operator) -> None:
    """API-3: once each, as the chat stands then."""
    close(room, actor=SYSTEM, now=NOON)
    close(room, actor=SYSTEM, now=NOON)
    reopen(room, actor=SYSTEM, now=NOON)
    assert [(event, data["chat"]["state"], data["chat"]["closedBy"]) for event, data in told()] == [
        ("chat.closed", "closed", "system"),
        ("chat.opened", "waiting", None),
    ]


def test_handing_over_is_announced_with_both(room: Chat, alice: Operator, bob: Operator) -> None:
    """CHAT-6."""
    assign(room, alice, actor=SYSTEM, now=NOON)
    assign(room, bob, actor=SYSTEM, now=NOON)
    first, second = (data for event, data in told() if event == "chat.assigned")
    assert (first["before"], first["chat"]["assignee"]["name"]) == (None, "Alice")
    assert (second["before"]["name"], second["chat"]["assignee"]["name"]) == ("Alice", "Bob")


def test_the_names_are_those_of_the_open_api(room: Chat, alice: Operator) -> None:
    """domain.md 0: one vocabulary."""
    message = operator_says(room, "hello", alice).message
    close(room, actor=SYSTEM, now=NOON)
    by_event = dict(told())
    fresh = Chat.objects.select_related("site", "identity__site", "assignee").get(pk=room.pk)
    [shown] = chats_data([fresh])
    assert by_event["chat.closed"]["chat"] == shown
    said = message_data(Message.objects.get(pk=message.pk))
    same = set(said) & set(by_event["message.created"]["message"]) - {"attachments"}
    assert {name: by_event["message.created"]["message"][name] for name in same} == {name: said[name] for name in same}
    assert set(said) - {"attachments"} == same


def test_files_are_named(room: Chat, alice: Operator) -> None:
    """CHAT-9: by id; the bytes are fetched with a key."""
    said = operator_says(room, "see", alice).message
    Attachment.objects.create(
        site=room.site, chat=room, message=said, name="a.pdf", size=7, type="application/pdf", key="k", created_at=NOON
    )
    [file] = message_facts(with_what_is_told(Message.objects.filter(pk=said.pk)).get())["attachments"]
    assert (file["name"], file["size"], file["type"]) == ("a.pdf", 7, "application/pdf")


def test_what_is_on_its_way_goes_with_the_person(room: Chat, shop: Site, alice: Operator) -> None:
    """RET-4: messages in deliveries are messages."""
    operator_says(room, "hello", alice)
    visitor_says(room_of(ContactFactory(site=shop)), "another")
    delete_contact(room.contact, reason=DeletionReason.OPERATOR, actor=SYSTEM, now=NOON)
    assert not OutgoingMessage.objects.exists()
    assert all("hello" not in body for body in WebhookDelivery.objects.values_list("body", flat=True))
    assert WebhookDelivery.objects.exists()
