"""API-2, CHAT-3, CHAT-4, CHAT-6: categories, room tags, answer templates and requests of the open API."""

from typing import Any

import pytest
from django.test import Client

from chats.categories import add_category, switch_category
from chats.handling import assign
from chats.models import AnswerTemplate, Category, Chat, ChatRequest, RoomTag
from chats.noting import set_room_tags
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tests.chats.people import NOON, room_of, visitor_says
from tests.contacts.api.open.conftest import Program
from tests.contacts.api.open.test_merges import check
from tests.factories import ContactFactory


@pytest.fixture
def program(shop: Site) -> Program:
    return Program(shop)


@pytest.fixture
def stranger(elsewhere: Site) -> Program:
    return Program(elsewhere)


@pytest.fixture
def room(shop: Site) -> Chat:
    room = room_of(ContactFactory(site=shop, name="Kim"))
    visitor_says(room, "hello")
    return room


def problem(answer: Any) -> tuple[str, str]:
    """Code and path of a refusal."""
    return answer["error"]["code"], answer["error"].get("path", "")


def test_categories_are_made_renamed_and_switched_off(program: Program, client: Client) -> None:
    """CHAT-3: with what hangs below them."""
    status, top = program.call("POST", "categories", {"name": "Delivery"})
    assert status == 201
    check(client, "categories", "post", 201, top)
    status, below = program.call("POST", "categories", {"name": "Late", "parentId": top["id"]})
    assert (status, below["parentId"]) == (201, top["id"])
    status, answer = program.call("PATCH", f"categories/{top['id']}", {"name": "Shipping", "active": False})
    check(client, "categories/{category_id}", "patch", 200, answer)
    assert (answer["name"], answer["active"]) == ("Shipping", False)
    listed = program.get("categories")[1]
    check(client, "categories", "get", 200, listed)
    assert [(one["name"], one["active"]) for one in listed["categories"]] == [("Shipping", False), ("Late", False)]
    assert program.get(f"categories/{below['id']}")[1]["name"] == "Late"
    assert program.call("DELETE", f"categories/{top['id']}")[0] == 405


def test_refused_categories_name_the_field(program: Program, shop: Site, elsewhere: Site) -> None:
    """CHAT-3, SITE-2"""
    off = add_category(shop, "Off", actor=SYSTEM)
    switch_category(off, on=False, actor=SYSTEM)
    theirs = add_category(elsewhere, "Theirs", actor=SYSTEM)
    told = [
        (status, *problem(answer))
        for status, answer in (
            program.call("POST", "categories", {"name": "x" * 16}),
            program.call("POST", "categories", {"name": "OFF"}),
            program.call("POST", "categories", {"name": "a", "parentId": str(theirs.pk)}),
            program.call("POST", "categories", {"name": "a", "parentId": str(off.pk)}),
            program.call("POST", "categories", {"name": "a", "colour": "red"}),
            program.call("PATCH", f"categories/{off.pk}", {"active": "yes"}),
        )
    ]
    assert told == [
        (400, "invalid", "name"),
        (409, "already_exists", "name"),
        (400, "invalid", "parentId"),
        (409, "category_above_off", "parentId"),
        (400, "invalid", "colour"),
        (400, "invalid", "active"),
    ]
    assert Category.objects.filter(site=shop).count() == 1


def test_change_of_a_category_is_made_as_a_whole_or_not_at_all(program: Program, shop: Site) -> None:
    """CHAT-3"""
    top = add_category(shop, "Delivery", actor=SYSTEM)
    below = add_category(shop, "Late", parent=top, actor=SYSTEM)
    switch_category(top, on=False, actor=SYSTEM)
    assert program.call("PATCH", f"categories/{below.pk}", {"name": "Lost", "active": True})[0] == 409
    below.refresh_from_db()
    assert (below.name, below.active) == ("Late", False)


def test_room_tags_have_the_usual_verbs(program: Program, room: Chat, client: Client) -> None:
    """CHAT-3"""
    set_room_tags(room, ["late"], actor=SYSTEM, now=NOON)
    status, made = program.call("POST", "room-tags", {"name": "vip"})
    assert status == 201
    check(client, "room-tags", "post", 201, made)
    listed = program.get("room-tags")[1]
    check(client, "room-tags", "get", 200, listed)
    assert [(one["name"], one["chatsCount"]) for one in listed["roomTags"]] == [("late", 1), ("vip", 0)]
    late = listed["roomTags"][0]["id"]
    assert program.call("PATCH", f"room-tags/{late}", {"name": "too late"})[1]["chatsCount"] == 1
    status, answer = program.call("PATCH", f"room-tags/{late}", {"name": "VIP"})
    assert (status, *problem(answer)) == (409, "already_exists", "name")
    assert program.call("DELETE", f"room-tags/{late}")[0] == 204
    assert program.get(f"room-tags/{late}")[0] == 404
    assert program.get(f"chats/{room.pk}")[1]["tags"] == []


def test_lists_come_in_pages(program: Program) -> None:
    """API-2"""
    for number in range(5):
        program.call("POST", "room-tags", {"name": f"tag {number}"})
    names, since = [], {}
    while True:
        page = program.get("room-tags", limit="2", **since)[1]
        names += [one["name"] for one in page["roomTags"]]
        if page["next"] is None:
            break
        since = {"since": page["next"]}
    assert names == [f"tag {number}" for number in range(5)]
    assert problem(program.get("categories", since="x")[1]) == ("invalid", "since")
    assert program.get("answer-templates", sort="name")[0] == 400


def test_answer_templates_have_the_usual_verbs(program: Program, client: Client) -> None:
    """CHAT-4"""
    status, made = program.call("POST", "answer-templates", {"name": "Greeting", "text": "Hello {name|there}"})
    assert status == 201
    check(client, "answer-templates", "post", 201, made)
    status, answer = program.call("PATCH", f"answer-templates/{made['id']}", {"text": "Hi {name}"})
    check(client, "answer-templates/{answer_id}", "patch", 200, answer)
    assert (answer["name"], answer["text"]) == ("Greeting", "Hi {name}")
    status, answer = program.call("PATCH", f"answer-templates/{made['id']}", {"text": "Hi {nmae}"})
    assert (status, *problem(answer)) == (400, "invalid", "text")
    status, answer = program.call("POST", "answer-templates", {"name": "GREETING", "text": "Hello"})
    assert (status, *problem(answer)) == (409, "already_exists", "name")
    assert [one["name"] for one in program.get("answer-templates")[1]["answerTemplates"]] == ["Greeting"]
    assert program.call("DELETE", f"answer-templates/{made['id']}")[0] == 204
    assert not AnswerTemplate.objects.exists()


def test_program_asks_for_another_agent_and_answers(
    program: Program, room: Chat, alice: Operator, bob: Operator, client: Client
) -> None:
    """CHAT-6: as an administrator would."""
    assign(room, alice, actor=SYSTEM, now=NOON)
    body = {"kind": "agent", "to": "Bob@example.com", "note": "Speaks Japanese."}
    status, made = program.call("POST", f"chats/{room.pk}/requests", body)
    assert (status, made["by"], made["to"]["name"]) == (201, "program", "Bob")
    check(client, "chats/{chat_id}/requests", "post", 201, made)
    status, answer = program.call("POST", f"chats/{room.pk}/requests", body)
    assert (status, *problem(answer)) == (409, "request_open", "kind")
    listed = program.get("requests", state="open")[1]
    check(client, "requests", "get", 200, listed)
    assert [one["id"] for one in listed["requests"]] == [made["id"]]
    status, answer = program.call("PATCH", f"requests/{made['id']}", {"state": "accepted", "answer": "Yes."})
    check(client, "requests/{request_id}", "patch", 200, answer)
    assert (answer["state"], answer["answeredBy"], answer["answer"]) == ("accepted", "program", "Yes.")
    assert Chat.objects.get(pk=room.pk).assignee == bob
    assert program.get(f"requests/{made['id']}")[1]["state"] == "accepted"
    assert len(program.get(f"chats/{room.pk}/requests")[1]["requests"]) == 1
    status, answer = program.call("PATCH", f"requests/{made['id']}", {"state": "refused"})
    assert (status, problem(answer)[0]) == (409, "request_answered")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"kind": "praise", "note": "x"}, "kind"),
        ({"kind": "agent", "note": "x"}, "to"),
        ({"kind": "agent", "to": "charlie@example.com", "note": "x"}, "to"),
        ({"kind": "review", "to": "bob@example.com", "note": "x"}, "to"),
        ({"kind": "review", "note": " "}, "note"),
        ({"kind": "review", "note": "x", "now": True}, "now"),
    ],
)
@pytest.mark.usefixtures("alice", "bob", "charlie")
def test_refused_request_names_the_field(program: Program, room: Chat, body: dict[str, Any], path: str) -> None:
    """CHAT-6, SITE-2"""
    status, answer = program.call("POST", f"chats/{room.pk}/requests", body)
    assert (status, *problem(answer)) == (400, "invalid", path)
    assert not ChatRequest.objects.exists()


@pytest.mark.usefixtures("alice")
def test_program_withdraws_what_it_asked(program: Program, room: Chat) -> None:
    """CHAT-6"""
    made = program.call("POST", f"chats/{room.pk}/requests", {"kind": "review", "note": "Look?"})[1]
    assert made["to"] is None
    assert program.call("PATCH", f"requests/{made['id']}", {"state": "withdrawn"})[1]["state"] == "withdrawn"
    assert problem(program.get("requests", state="gone")[1]) == ("invalid", "state")


@pytest.mark.usefixtures("alice")
def test_nothing_of_another_site_is_found(program: Program, stranger: Program, room: Chat) -> None:
    """SITE-2"""
    made = program.call("POST", f"chats/{room.pk}/requests", {"kind": "review", "note": "Look?"})[1]
    category = program.call("POST", "categories", {"name": "Delivery"})[1]
    tag = program.call("POST", "room-tags", {"name": "late"})[1]
    answer = program.call("POST", "answer-templates", {"name": "Hello", "text": "Hello"})[1]
    paths = [f"requests/{made['id']}", f"categories/{category['id']}", f"room-tags/{tag['id']}"]
    for path in [*paths, f"answer-templates/{answer['id']}", f"chats/{room.pk}/requests"]:
        assert stranger.get(path)[0] == 404, path
    for path, body in zip(paths, [{"state": "accepted"}, {"active": False}, {"name": "x"}], strict=True):
        assert stranger.call("PATCH", path, body)[0] == 404, path
    assert stranger.call("DELETE", f"room-tags/{tag['id']}")[0] == 404
    assert stranger.get("requests")[1]["requests"] == stranger.get("categories")[1]["categories"] == []
    assert ChatRequest.objects.get().state == "open"
    assert RoomTag.objects.filter(name="late").exists()
