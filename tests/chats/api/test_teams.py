"""API-2, CHAT-10: teams and agents of the open API, and the team of a chat."""

from typing import Any

import pytest
from django.test import Client

from chats.availability import set_away
from chats.handling import assign
from chats.models import Chat, Team
from chats.teams import TeamUse, create_team, members_of, team_users
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tests.chats.agents import agent_of, is_away
from tests.chats.people import NOON, room_of
from tests.contacts.api.open.conftest import Program
from tests.contacts.api.open.test_merges import check
from tests.factories import ContactFactory


@pytest.fixture
def anna(shop: Site) -> Operator:
    return agent_of(shop, "Anna")


@pytest.fixture
def ben(shop: Site) -> Operator:
    return agent_of(shop, "Ben")


def problem(answer: Any) -> tuple[str, str]:
    """Code and path of a refusal."""
    return answer["error"]["code"], answer["error"].get("path", "")


def test_teams_have_the_usual_verbs(program: Program, anna: Operator, ben: Operator, client: Client) -> None:
    """CHAT-10: members are named by their addresses."""
    body = {"name": "Sales", "members": ["Ben@example.com ", "anna@example.com"]}
    status, made = program.call("POST", "teams", body)
    assert (status, [one["name"] for one in made["members"]]) == (201, ["Anna", "Ben"])
    check(client, "teams", "post", 201, made)
    path = f"teams/{made['id']}"
    status, answer = program.call("PATCH", path, {"name": "VIP"})
    check(client, "teams/{team_id}", "patch", 200, answer)
    assert (answer["name"], len(answer["members"])) == ("VIP", 2)
    assert program.call("PATCH", path, {"members": ["ben@example.com"]})[1]["members"] == [made["members"][1]]
    assert program.call("POST", "teams", {"name": "Nobody"})[1]["members"] == []
    listed = program.get("teams")[1]
    check(client, "teams", "get", 200, listed)
    assert [one["name"] for one in listed["teams"]] == ["VIP", "Nobody"]
    check(client, "teams/{team_id}", "get", 200, program.get(path)[1])
    assert program.call("DELETE", path)[0] == 204
    assert program.get(path)[0] == 404


def test_refused_teams_name_the_field(program: Program, shop: Site, anna: Operator, charlie: Operator) -> None:
    """CHAT-10, SITE-2"""
    team = create_team(shop, "Sales", [anna], actor=SYSTEM)
    told = [
        (status, *problem(answer))
        for status, answer in (
            program.call("POST", "teams", {"name": "x" * 41}),
            program.call("POST", "teams", {"name": "SALES"}),
            program.call("POST", "teams", {"name": "New", "members": ["charlie@example.com"]}),
            program.call("POST", "teams", {"name": "New", "members": "anna@example.com"}),
            program.call("POST", "teams", {"members": []}),
            program.call("PATCH", f"teams/{team.pk}", {"colour": "red"}),
        )
    ]
    assert told == [
        (400, "invalid", "name"),
        (409, "already_exists", "name"),
        (400, "invalid", "members"),
        (400, "invalid", "members"),
        (400, "invalid", "name"),
        (400, "invalid", "colour"),
    ]
    assert Team.objects.count() == 1


def test_team_that_a_rule_names_is_not_deleted(program: Program, shop: Site) -> None:
    """CHAT-10"""
    team = create_team(shop, "Sales", [], actor=SYSTEM)
    team_users.register("test", lambda one: [TeamUse("rule", "VIPs first")])
    try:
        status, answer = program.call("DELETE", f"teams/{team.pk}")
    finally:
        team_users._items.pop("test")
    assert (status, problem(answer)[0]) == (409, "team_in_use")
    assert "VIPs first" in answer["error"]["message"]


def test_agents_are_listed_with_state_and_set_away(
    program: Program, shop: Site, anna: Operator, ben: Operator, victor: Operator, client: Client
) -> None:
    """CHAT-10: viewers are no agents."""
    team = create_team(shop, "Sales", [anna], actor=SYSTEM)
    assign(room_of(ContactFactory(site=shop)), anna, actor=SYSTEM, now=NOON)
    set_away(shop, ben, True, actor=SYSTEM, now=NOON)
    listed = program.get("agents")[1]
    check(client, "agents", "get", 200, listed)
    assert [(one["name"], one["state"], one["since"], one["openChats"]) for one in listed["agents"]] == [
        ("Anna", "available", None, 1),
        ("Ben", "away", "2026-11-22T03:00:00Z", 0),
    ]
    assert [one["teams"] for one in listed["agents"]] == [[str(team.pk)], []]
    path = f"agents/{anna.pk}"
    status, answer = program.call("PATCH", path, {"away": True})
    check(client, "agents/{agent_id}", "patch", 200, answer)
    assert (status, answer["state"]) == (200, "away")
    assert program.call("PATCH", path, {"away": False})[1]["state"] == "available"
    is_away(shop, anna, "signedOut")
    assert program.call("PATCH", path, {"away": False})[1]["state"] == "signedOut"
    assert problem(program.call("PATCH", path, {"away": "yes"})[1]) == ("invalid", "away")
    assert program.get(f"agents/{victor.pk}")[0] == 404


def test_chat_tells_and_takes_its_team(
    program: Program, shop: Site, elsewhere: Site, anna: Operator, client: Client
) -> None:
    """CHAT-3: with all else or not at all."""
    chat, team = room_of(ContactFactory(site=shop)), create_team(shop, "Sales", [anna], actor=SYSTEM)
    theirs = create_team(elsewhere, "Theirs", [], actor=SYSTEM)
    path = f"chats/{chat.pk}"
    assert program.get(path)[1]["team"] is None
    status, answer = program.call("PATCH", path, {"team": str(team.pk), "assignee": "anna@example.com"})
    check(client, "chats/{chat_id}", "patch", 200, answer)
    assert (answer["team"], answer["assignee"]["name"]) == ({"id": str(team.pk), "name": "Sales"}, "Anna")
    for wrong in (str(theirs.pk), "sales", ""):
        status, answer = program.call("PATCH", path, {"assignee": None, "team": wrong})
        assert (status, *problem(answer)) == (400, "invalid", "team")
    assert Chat.objects.get(pk=chat.pk).assignee == anna
    assert program.call("PATCH", path, {"team": None})[1]["team"] is None


def test_nothing_of_another_site_is_found(program: Program, stranger: Program, shop: Site, anna: Operator) -> None:
    """SITE-2"""
    team = create_team(shop, "Sales", [anna], actor=SYSTEM)
    for path, body in ((f"teams/{team.pk}", {"members": []}), (f"agents/{anna.pk}", {"away": True})):
        assert stranger.get(path)[0] == 404
        assert stranger.call("PATCH", path, body)[0] == 404
    assert stranger.call("DELETE", f"teams/{team.pk}")[0] == 404
    assert stranger.get("teams")[1]["teams"] == stranger.get("agents")[1]["agents"] == []
    assert list(members_of(team)) == [anna]
