"""API-2, CHAT-3: chats of the open API, and what it takes in."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chats.categories import add_category
from chats.handling import close
from chats.models import Category, Chat, Message
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tests.chats import files
from tests.chats.people import NOON, room_of, visitor_says
from tests.contacts.api.open.conftest import Program
from tests.contacts.api.open.test_merges import check
from tests.factories import ContactFactory

MESSAGE = {"channel": "kakao", "key": "k1", "message": {"id": "1", "text": "hello"}}


@pytest.fixture
def room(shop: Site) -> Chat:
    room = room_of(ContactFactory(site=shop, name="Kim"))
    visitor_says(room, "hello")
    return room


def problem(answer: Any) -> tuple[str, str]:
    return answer["error"]["code"], answer["error"].get("path", "")


def test_message_of_another_channel_is_taken_in_once(program: Program, client: Client) -> None:
    """CHAT-1: 201, then 200 with the same answer."""
    body = {
        **MESSAGE,
        "account": "shop-kr",
        "contact": {"name": "Kim", "email": "kim@example.com", "mobileNumber": None},
        "message": {"id": "1", "text": "hello", "at": "2026-11-21T09:00:00+09:00"},
        "parameters": {"order": "17"},
    }
    status, answer = program.call("POST", "intake", body)
    assert status == 201
    check(client, "intake", "post", 201, answer)
    assert answer["contact"]["email"] == "kim@example.com"
    assert answer["contact"]["chatsCount"] == 1
    assert (answer["chat"]["account"], answer["chat"]["identificationNumber"]) == ("shop-kr", "SHOP_k1")
    assert (answer["message"]["number"], answer["message"]["at"]) == (1, "2026-11-21T00:00:00Z")
    assert program.call("POST", "intake", body) == (200, answer)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"channel": "web"}, "channel"),
        ({"channel": "fax"}, "channel"),
        ({"key": ""}, "key"),
        ({"key": "x" * 129}, "key"),
        ({"message": {"text": "x"}}, "message.id"),
        ({"message": {"id": "1", "text": " "}}, "text"),
        ({"message": {"id": "1", "text": "x" * 5001}}, "text"),
        ({"message": {"id": "1", "text": 7}}, "message.text"),
        ({"message": {"id": "1", "text": "x", "at": "2026-01-01"}}, "message.at"),
        ({"contact": {"phone": "x"}}, "contact.phone"),
        ({"contact": {"memberId": "a b"}}, "contact.memberId"),
        ({"parameters": {"order": 7}}, "parameters.order"),
        ({"parameters": []}, "parameters"),
        ({"more": 1}, "more"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_malformed_intake_is_refused_at_its_place(program: Program, change: dict[str, Any], path: str) -> None:
    """api.md, Errors"""
    status, answer = program.call("POST", "intake", {**MESSAGE, **change})
    assert (status, problem(answer)) == (400, ("invalid", path))
    assert not Chat.objects.exists()


def test_chats_are_listed_newest_first_in_pages(program: Program, client: Client, shop: Site, elsewhere: Site) -> None:
    """API-2: and only those of people who are managed (KIND-5), of this site (SITE-2)."""
    rooms = [room_of(ContactFactory(site=shop)) for _ in range(5)]
    room_of(ContactFactory(site=shop, kind="anonymous"))
    room_of(ContactFactory(site=elsewhere))
    seen, since = [], {}
    while True:
        status, answer = program.get("chats", limit="2", **since)
        check(client, "chats", "get", status, answer)
        seen += [chat["number"] for chat in answer["chats"]]
        if answer["next"] is None:
            break
        since = {"since": answer["next"]}
    assert seen == [room.number for room in reversed(rooms)]


def test_chats_are_found_by_state_channel_and_contact(program: Program, room: Chat) -> None:
    """API-2"""
    other = room_of(ContactFactory(site=room.site))
    close(other, actor=SYSTEM, now=NOON)
    numbers = {
        query: [chat["number"] for chat in program.get(path, **parameters)[1]["chats"]]
        for query, path, parameters in (
            ("closed", "chats", {"state": "closed"}),
            ("web", "chats", {"channel": "web", "state": "waiting"}),
            ("kakao", "chats", {"channel": "kakao"}),
            ("contact", f"contacts/{room.contact_id}/chats", {}),
        )
    }
    assert numbers == {"closed": [other.number], "web": [room.number], "kakao": [], "contact": [room.number]}
    assert problem(program.get("chats", state="gone")[1]) == ("invalid", "state")
    assert problem(program.get("chats", since="x")[1]) == ("invalid", "since")


def test_chat_is_changed_as_a_whole_or_not_at_all(program: Program, room: Chat, bob: Operator, client: Client) -> None:
    """CHAT-3"""
    category = add_category(room.site, "Delivery", actor=SYSTEM)
    changes = {
        "assignee": "Bob@example.com",
        "state": "onHold",
        "category": str(category.pk),
        "categoryNote": "late",
        "tags": ["VIP"],
    }
    status, answer = program.call("PATCH", f"chats/{room.pk}", changes)
    check(client, "chats/{chat_id}", "patch", 200, answer)
    assert (answer["assignee"]["name"], answer["state"], answer["tags"]) == ("Bob", "onHold", ["VIP"])
    assert (answer["category"], answer["categoryNote"]) == (str(category.pk), "late")
    status, answer = program.call("PATCH", f"chats/{room.pk}", {"tags": [], "assignee": None, "state": "gone"})
    assert (status, problem(answer)) == (400, ("invalid", "state"))
    assert program.get(f"chats/{room.pk}")[1]["tags"] == ["VIP"]


def test_chat_is_closed_and_opened_again(program: Program, room: Chat) -> None:
    """CHAT-3: while it is closed nothing can be said."""
    assert program.call("PATCH", f"chats/{room.pk}", {"state": "closed"})[1]["closedBy"] == "program"
    status, answer = program.call("POST", f"chats/{room.pk}/messages", {"text": "hello"})
    assert (status, problem(answer)[0]) == (409, "closed")
    assert program.call("PATCH", f"chats/{room.pk}", {"state": "waiting"})[1]["closedAt"] is None
    program.call("PATCH", f"chats/{room.pk}", {"state": "closed"})
    room_of(room.contact)
    status, answer = program.call("PATCH", f"chats/{room.pk}", {"state": "waiting"})
    assert (status, problem(answer)[0]) == (409, "other_room_open")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"assignee": "nobody@example.com"}, "assignee"),
        ({"assignee": "charlie@example.com"}, "assignee"),
        ({"assignee": "victor@example.com"}, "assignee"),
        ({"category": "123"}, "category"),
        ({"category": "x"}, "category"),
        ({"categoryNote": "x" * 9}, "category"),
        ({"tags": [f"t{n}" for n in range(9)]}, "tags"),
        ({"tags": "VIP"}, "tags"),
        ({"number": 7}, "number"),
    ],
    ids=["nobody", "of another site", "a viewer", "no category", "no id", "note", "nine tags", "text", "unknown"],
)
@pytest.mark.usefixtures("victor", "charlie")
def test_change_that_cannot_be_is_refused_at_its_place(
    program: Program, room: Chat, changes: dict[str, Any], path: str
) -> None:
    """api.md, Errors"""
    status, answer = program.call("PATCH", f"chats/{room.pk}", changes)
    assert (status, problem(answer)) == (400, ("invalid", path))


def test_messages_are_read_from_a_number_on(program: Program, room: Chat, client: Client) -> None:
    """CHAT-4: what a bridge does with the answers."""
    for number in range(2, 6):
        program.call("POST", f"chats/{room.pk}/messages", {"text": f"m{number}", "id": f"c{number}"})
    status, answer = program.get(f"chats/{room.pk}/messages", after="1", limit="2")
    check(client, "chats/{chat_id}/messages", "get", status, answer)
    assert [message["text"] for message in answer["messages"]] == ["m2", "m3"]
    assert answer["next"] == 3
    assert program.get(f"chats/{room.pk}/messages", after="5")[1] == {"messages": [], "next": None}
    assert problem(program.get(f"chats/{room.pk}/messages", after="x")[1]) == ("invalid", "after")


def test_message_sent_twice_is_said_once(program: Program, room: Chat, client: Client) -> None:
    """CHAT-1: and unread by the visitor."""
    status, answer = program.call("POST", f"chats/{room.pk}/messages", {"text": "hi", "id": "c1"})
    check(client, "chats/{chat_id}/messages", "post", 201, answer)
    assert (status, answer["author"], answer["authorName"]) == (201, "api", "program")
    assert program.call("POST", f"chats/{room.pk}/messages", {"text": "hi", "id": "c1"}) == (200, answer)
    assert program.get(f"chats/{room.pk}")[1]["unread"] == 1


def test_memo_is_noted(program: Program, room: Chat, client: Client) -> None:
    """CHAT-3"""
    status, answer = program.call("POST", f"chats/{room.pk}/memos", {"text": "calls back"})
    assert status == 201
    check(client, "chats/{chat_id}/memos", "post", 201, answer)
    assert problem(program.call("POST", f"chats/{room.pk}/memos", {"text": " "})[1]) == ("invalid", "text")


def test_chats_of_another_site_are_not_there(stranger: Program, room: Chat) -> None:
    """SITE-2"""
    for method, path, body in (
        ("GET", f"chats/{room.pk}", None),
        ("PATCH", f"chats/{room.pk}", {"state": "closed"}),
        ("GET", f"chats/{room.pk}/messages", None),
        ("POST", f"chats/{room.pk}/messages", {"text": "x"}),
        ("POST", f"chats/{room.pk}/memos", {"text": "x"}),
        ("GET", f"contacts/{room.contact_id}/chats", None),
    ):
        assert stranger.call(method, path, body)[0] == 404, path
    assert Message.objects.count() == 1
    assert not Category.objects.exists()


def test_page_of_chats_costs_the_same_statements_however_many(
    program: Program, shop: Site, django_assert_max_num_queries: Any
) -> None:
    """speed.md, rule 7"""
    for _ in range(30):
        room_of(ContactFactory(site=shop))
    with django_assert_max_num_queries(5):
        assert len(program.get("chats", limit="30")[1]["chats"]) == 30


# --- files ------------------------------------------------------------------------------------------------------------


def add_file(program: Program, data: bytes, name: str = "a.png", claimed: str = "image/png") -> tuple[int, Any]:
    response = program.client.post(
        "/api/v1/attachments", {"file": SimpleUploadedFile(name, data, content_type=claimed)}
    )
    return response.status_code, response.json()


def test_program_sends_a_file_and_reads_it(program: Program, room: Chat, client: Client) -> None:
    """CHAT-9, API-2"""
    status, added = add_file(program, files.png(30, 20))
    check(client, "attachments", "post", status, added)
    assert (status, added["type"], added["width"], added["height"]) == (201, "image/png", 30, 20)
    assert program.get(f"attachments/{added['id']}")[0] == 404  # not sent yet
    status, answer = program.call("POST", f"chats/{room.pk}/messages", {"attachments": [added["id"]]})
    check(client, "chats/{chat_id}/messages", "post", 201, answer)
    assert (answer["text"], answer["attachments"]) == ("", [added])
    status, page = program.get(f"chats/{room.pk}/messages")
    check(client, "chats/{chat_id}/messages", "get", 200, page)
    assert [one["attachments"] for one in page["messages"]] == [[], [added]]
    response = program.client.get(f"/api/v1/attachments/{added['id']}")
    assert b"".join(response.streaming_content) == files.png(30, 20)
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_bridge_brings_a_file_of_the_customer(program: Program, client: Client) -> None:
    """CHAT-1, CHAT-9"""
    _, added = add_file(program, files.PDF, "계약서.pdf", "application/pdf")
    body = {**MESSAGE, "message": {"id": "7", "attachments": [added["id"]]}}
    status, answer = program.call("POST", "intake", body)
    assert status == 201, answer
    check(client, "intake", "post", 201, answer)
    assert (answer["message"]["author"], answer["message"]["attachments"]) == ("visitor", [added])
    assert program.call("POST", "intake", body) == (200, answer)


def test_file_that_is_not_taken_is_refused_with_its_reason(program: Program) -> None:
    """CHAT-9"""
    status, answer = add_file(program, files.HTML, "page.html", "text/html")
    assert (status, problem(answer)) == (400, ("invalid", "file"))
    assert "page.html" in answer["error"]["message"]
    assert program.call("POST", "attachments", {"file": "x"})[0] == 415


def test_files_of_another_site_are_not_there(program: Program, stranger: Program, room: Chat) -> None:
    """SITE-2: neither to read nor to send."""
    _, added = add_file(program, files.png())
    _, theirs = add_file(stranger, files.png())
    status, answer = program.call("POST", f"chats/{room.pk}/messages", {"text": "x", "attachments": [theirs["id"]]})
    assert (status, problem(answer)) == (400, ("invalid", "attachments"))
    program.call("POST", f"chats/{room.pk}/messages", {"attachments": [added["id"]]})
    assert program.get(f"attachments/{theirs['id']}")[0] == 404
    assert stranger.get(f"attachments/{added['id']}")[0] == 404


def test_page_of_messages_costs_the_same_statements_however_many(
    program: Program, room: Chat, django_assert_max_num_queries: Any
) -> None:
    """speed.md, rule 7"""
    for number in range(20):
        visitor_says(room, f"m{number}")
    with django_assert_max_num_queries(7):  # one of them writes down that the program read (SITE-4)
        assert len(program.get(f"chats/{room.pk}/messages")[1]["messages"]) == 21
