"""CHAT-3, CHAT-4: what operators do in a room: each deed through its door, who may, and what stands against it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from chats.categories import add_category
from chats.handling import assign, close
from chats.models import Assignment, Attachment, Chat, Memo, Message, Presence, State
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.chats.people import NOON, room_of, visitor_says
from tests.conftest import client_of
from tests.factories import ContactFactory

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def chat(shop: Site) -> Chat:
    """A customer waits for an answer."""
    room = room_of(ContactFactory(site=shop, name="이서연"))
    visitor_says(room, "안녕하세요")
    return room


@pytest.fixture
def desk(bob: Operator) -> Client:
    return client_of(bob)


def do(client: Client, chat: Chat, deed: str, **values: Any) -> HttpResponse:
    return client.post(f"/desk/inbox/{chat.pk}/{deed}/", values, **HTMX)


def test_an_answer_comes_back_as_its_line_and_takes_the_chat_up(chat: Chat, desk: Client) -> None:
    """CHAT-4: 201 with the message; the visitor waits no longer."""
    response = do(desk, chat, "say", text="네, 고객님", clientId="one")
    assert response.status_code == 201
    assert "네, 고객님" in response.content.decode()
    chat.refresh_from_db()
    assert (chat.state, chat.unseen, chat.unread) == (State.IN_PROGRESS, 0, 1)


def test_an_answer_sent_twice_is_said_once(chat: Chat, desk: Client) -> None:
    """CHAT-4: under one clientId; 200 with the same line."""
    do(desk, chat, "say", text="네", clientId="one")
    again = do(desk, chat, "say", text="네", clientId="one")
    assert again.status_code == 200
    assert Message.objects.filter(chat=chat, author="operator").count() == 1


@pytest.mark.parametrize(
    ("text", "code"), [("  ", "text_blank"), ("x" * 5001, "text_too_long"), ("a\0b", "text_invalid")]
)
def test_what_cannot_be_said_is_refused_in_words(text: str, code: str, chat: Chat, desk: Client) -> None:
    """422 with the reason; nothing is said."""
    response = do(desk, chat, "say", text=text, clientId="one")
    assert response.status_code == 422
    assert response.json()["code"] == code
    assert response.json()["message"]
    assert Message.objects.filter(chat=chat).count() == 1


def test_a_closed_room_takes_no_answer_but_a_memo(chat: Chat, bob: Operator, desk: Client) -> None:
    """CHAT-3."""
    close(chat, actor=Actor.of_operator(bob), now=NOON)
    assert do(desk, chat, "say", text="?", clientId="one").json()["code"] == "closed"
    assert do(desk, chat, "memo", text="다시 연락하기").status_code == 201
    assert Memo.objects.get().text == "다시 연락하기"


def test_a_file_is_sent_with_the_message_that_names_it(chat: Chat, bob: Operator, desk: Client) -> None:
    """CHAT-9: added first, then said; the conversation shows it as a card."""
    upload = SimpleUploadedFile("견적서.txt", "견적 120,000원".encode(), content_type="text/plain")
    added = do(desk, chat, "attach", file=upload)
    assert added.status_code == 201, added.content
    response = do(desk, chat, "say", text="", clientId="one", attachment=[added.json()["id"]])
    assert response.status_code == 201
    assert "견적서.txt" in response.content.decode()
    assert Attachment.objects.get().message is not None


def test_a_colleagues_file_is_not_mine_to_send(chat: Chat, alice: Operator, desk: Client) -> None:
    """CHAT-9: who added it sends it."""
    upload = SimpleUploadedFile("note.txt", b"hello", content_type="text/plain")
    added = do(client_of(alice), chat, "attach", file=upload).json()
    assert do(desk, chat, "say", text="", clientId="one", attachment=[added["id"]]).status_code == 422


def test_an_agent_takes_gives_and_gives_back(chat: Chat, alice: Operator, bob: Operator, desk: Client) -> None:
    """CHAT-3: by hand; the head says who has it."""
    assert "Bob" in do(desk, chat, "assign", operator="me").content.decode()
    do(desk, chat, "assign", operator=str(alice.pk))
    do(desk, chat, "assign", operator="")
    assert [(row.before_name, row.after_name) for row in Assignment.objects.all()] == [
        ("", "Bob"),
        ("Bob", "Alice"),
        ("Alice", ""),
    ]


def test_nobody_outside_the_team_is_offered_or_taken(
    chat: Chat, victor: Operator, charlie: Operator, desk: Client
) -> None:
    """SITE-2, SITE-3: viewers and people of other sites do not work here."""
    page = desk.get(f"/desk/inbox/{chat.pk}/").content.decode()
    assert str(victor.pk) not in page
    for stranger in (victor, charlie):
        assert do(desk, chat, "assign", operator=str(stranger.pk)).status_code == 404


def test_state_close_and_reopen(chat: Chat, desk: Client) -> None:
    """CHAT-3: the toast of closing opens it again."""
    do(desk, chat, "state", state="onHold")
    chat.refresh_from_db()
    assert chat.state == State.ON_HOLD
    closed = do(desk, chat, "close")
    assert f"/desk/inbox/{chat.pk}/reopen/" in closed.headers["HX-Trigger"]
    assert 'data-open="no"' in closed.content.decode()
    undone = desk.post(f"/desk/inbox/{chat.pk}/reopen/")
    assert undone.headers["Location"] == f"/desk/inbox/{chat.pk}/"
    chat.refresh_from_db()
    assert chat.is_open


def test_a_refusal_stands_in_the_head(chat: Chat, desk: Client) -> None:
    """Where one looks: the state was changed while the chat was closed."""
    close(chat, actor=SYSTEM, now=NOON)
    response = do(desk, chat, "state", state="onHold")
    assert response.status_code == 200
    assert "This chat is closed." in response.content.decode()


def test_reopening_is_refused_while_the_person_talks_elsewhere(chat: Chat, desk: Client) -> None:
    """CHAT-2: with the number of the other room."""
    close(chat, actor=SYSTEM, now=NOON)
    other = room_of(chat.contact)
    assert f"#{other.number}" in do(desk, chat, "reopen").content.decode()


def test_category_with_its_detail(chat: Chat, shop: Site, desk: Client) -> None:
    """CHAT-3: level 1, level 2 and free text."""
    top = add_category(shop, "배송", actor=SYSTEM)
    late = add_category(shop, "지연", parent=top, actor=SYSTEM)
    assert "배송 › 지연 › 택배" in do(desk, chat, "category", category=str(late.pk), note="택배").content.decode()
    refused = do(desk, chat, "category", category=str(late.pk), note="123456789")
    assert "at most 8 characters" in refused.content.decode()
    do(desk, chat, "category", category="", note="")
    chat.refresh_from_db()
    assert chat.category is None


def test_a_category_of_another_site_is_not_there(chat: Chat, elsewhere: Site, desk: Client) -> None:
    """SITE-2."""
    theirs = add_category(elsewhere, "Theirs", actor=SYSTEM)
    assert do(desk, chat, "category", category=str(theirs.pk)).status_code == 404


def test_room_tags_are_set_as_a_whole(chat: Chat, desk: Client) -> None:
    """CHAT-3: those that stay ticked, and new ones; at most 8."""
    do(desk, chat, "tags", add="환불, 급함")
    kept = do(desk, chat, "tags", tag=["환불"], add="VIP").content.decode()
    assert sorted(chat.tag_attachments.values_list("tag__name", flat=True)) == ["VIP", "환불"]
    assert "급함" not in kept
    assert "at most 8 tags" in do(desk, chat, "tags", add=",".join("abcdefghi")).content.decode()


def test_seen_is_seen_by_who_answers(chat: Chat, alice: Operator, desk: Client) -> None:
    """A colleague who looks in takes no mark away."""
    assign(chat, alice, actor=SYSTEM, now=NOON)
    do(desk, chat, "seen")
    chat.refresh_from_db()
    assert chat.unseen == 1
    do(client_of(alice), chat, "seen")
    chat.refresh_from_db()
    assert chat.unseen == 0


def test_presence_is_told_and_taken_back(chat: Chat, bob: Operator, desk: Client) -> None:
    """CHAT-4."""
    do(desk, chat, "presence", typing="1")
    assert Presence.objects.get(chat=chat, operator=bob).typing_until is not None
    do(desk, chat, "presence", left="1")
    assert not Presence.objects.exists()


DEEDS = ["say", "memo", "assign", "state", "close", "reopen", "category", "tags", "seen", "presence", "attach"]


@pytest.mark.parametrize("deed", DEEDS)
def test_who_only_reads_does_nothing(deed: str, chat: Chat, victor: Operator) -> None:
    """SITE-3: 403, and the room is as before."""
    before = Chat.objects.values().get(pk=chat.pk)
    assert do(client_of(victor), chat, deed, text="x", state="onHold", tag="x").status_code == 403
    assert Chat.objects.values().get(pk=chat.pk) == before


@pytest.mark.parametrize("deed", DEEDS)
def test_another_sites_room_is_not_there(deed: str, chat: Chat, charlie: Operator) -> None:
    """SITE-2: 404 for every deed."""
    assert do(client_of(charlie), chat, deed, text="x", state="onHold", tag="x").status_code == 404


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_a_post(deed: str, chat: Chat, desk: Client) -> None:
    """A link changes nothing."""
    assert desk.get(f"/desk/inbox/{chat.pk}/{deed}/").status_code == 405
