"""CHAT-1: ``outgoing`` of the open API, as a bridge uses it."""

from typing import Any

import pytest
from django.test import Client

from chats.models import Chat, Memo, Message, OutgoingMessage
from desk.models import Operator, Site
from tests.chats.people import account, operator_says, room_of
from tests.contacts.api.open.conftest import Program
from tests.contacts.api.open.test_merges import check
from tests.factories import ContactFactory


@pytest.fixture
def room(shop: Site) -> Chat:
    person = ContactFactory(site=shop)
    return room_of(person, "kakao", account(person, "kakao", "talk-7"), account="shop-kr")


def test_a_bridge_fetches_carries_out_and_says_so(
    program: Program, client: Client, room: Chat, alice: Operator
) -> None:
    """CHAT-1: from the intake to the answer on the channel."""
    operator_says(room, "one", alice)
    operator_says(room, "two", alice)
    status, page = program.get("outgoing", channel="kakao", limit="1")
    assert status == 200
    check(client, "outgoing", "get", 200, page)
    [first] = page["messages"]
    assert (first["text"], first["key"], first["account"], first["direction"]) == (
        "one",
        "talk-7",
        "shop-kr",
        "outgoing",
    )
    _status, rest = program.get("outgoing", channel="kakao", since=page["next"])
    assert ([message["text"] for message in rest["messages"]], rest["next"]) == (["two"], None)
    for _ in range(2):
        assert program.call("POST", f"outgoing/{first['id']}/done", {"channelMessageId": "m-1"}) == (204, None)
    _status, left = program.get("outgoing", channel="kakao")
    assert [message["text"] for message in left["messages"]] == ["two"]
    assert Message.objects.get(pk=first["id"]).channel_key == "kakao:m-1"


def test_a_failure_is_noted(program: Program, room: Chat, alice: Operator) -> None:
    """CHAT-4: beside the conversation."""
    message = operator_says(room, "one", alice).message
    assert program.call("POST", f"outgoing/{message.pk}/done", {"failed": "blocked by the customer"})[0] == 204
    assert "blocked by the customer" in Memo.objects.get().text


def test_nothing_needs_to_be_said_of_a_success(program: Program, room: Chat, alice: Operator) -> None:
    """The body may be empty."""
    message = operator_says(room, "one", alice).message
    response = program.client.generic("POST", f"/api/v1/outgoing/{message.pk}/done")
    assert response.status_code == 204
    assert not OutgoingMessage.objects.exists()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"failed": ""}, "failed"),
        ({"failed": "x" * 501}, "failed"),
        ({"failed": 7}, "failed"),
        ({"channelMessageId": ""}, "channelMessageId"),
        ({"channelMessageId": "x" * 101}, "channelMessageId"),
        ({"channelMessageId": "1", "failed": "no"}, "failed"),
        ({"done": True}, "done"),
    ],
    ids=str,
)
def test_what_is_malformed_changes_nothing(
    body: dict[str, Any], path: str, program: Program, room: Chat, alice: Operator
) -> None:
    """api.md, Errors."""
    message = operator_says(room, "one", alice).message
    status, answer = program.call("POST", f"outgoing/{message.pk}/done", body)
    assert (status, answer["error"]["path"]) == (400, path)
    assert OutgoingMessage.objects.exists()


def test_an_id_that_another_message_has_is_a_conflict(program: Program, room: Chat, alice: Operator) -> None:
    """api.md: not the request is wrong."""
    first, second = (operator_says(room, text, alice).message for text in ("one", "two"))
    program.call("POST", f"outgoing/{first.pk}/done", {"channelMessageId": "m-1"})
    status, answer = program.call("POST", f"outgoing/{second.pk}/done", {"channelMessageId": "m-1"})
    assert (status, answer["error"]["code"]) == (409, "key_taken")


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({}, "channel"),
        ({"channel": "web"}, "channel"),
        ({"channel": "fax"}, "channel"),
        ({"channel": "kakao", "since": "x"}, "since"),
        ({"channel": "kakao", "limit": "0"}, "limit"),
        ({"channel": "kakao", "more": "1"}, "more"),
    ],
    ids=str,
)
def test_a_question_that_is_malformed_is_refused(query: dict[str, str], path: str, program: Program) -> None:
    """api.md, Errors."""
    status, answer = program.get("outgoing", **query)
    assert (status, answer["error"]["path"]) == (400, path)


def test_another_site_neither_sees_nor_ends_it(stranger: Program, room: Chat, alice: Operator) -> None:
    """SITE-2."""
    message = operator_says(room, "one", alice).message
    assert stranger.get("outgoing", channel="kakao")[1]["messages"] == []
    assert stranger.call("POST", f"outgoing/{message.pk}/done", {})[0] == 404
    assert OutgoingMessage.objects.exists()
