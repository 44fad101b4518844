"""CHAT-10, CHAT-6: teams of agents, and whom a chat can be asked for."""

from collections.abc import Iterator
from typing import Any

import pytest

from chats.errors import ChatRefused
from chats.handling import assign, assign_team, close
from chats.models import Assignment, Chat, StreamEvent, Team, TeamMember
from chats.requesting import agents_for, ask
from chats.teams import (
    TeamUse,
    change_team,
    colleagues_of,
    create_team,
    delete_team,
    members_of,
    team_users,
    teams_of,
)
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Membership, Operator, Role, Site
from desk.teams import change_membership, remove_from_team
from tests.chats.agents import agent_of
from tests.chats.people import NOON, room_of
from tests.factories import ContactFactory


@pytest.fixture
def anna(shop: Site) -> Operator:
    return agent_of(shop, "Anna")


@pytest.fixture
def ben(shop: Site) -> Operator:
    return agent_of(shop, "Ben")


@pytest.fixture
def room(shop: Site) -> Chat:
    return room_of(ContactFactory(site=shop))


@pytest.fixture
def a_rule_names() -> Iterator[list[int]]:
    """Ids of teams that something names."""
    named: list[int] = []
    team_users.register("test", lambda team: [TeamUse("rule", "VIPs first")] if team.pk in named else [])
    yield named
    team_users._items.pop("test")


def test_teams_are_by_name_and_one_may_be_in_several(
    shop: Site, elsewhere: Site, anna: Operator, ben: Operator
) -> None:
    """CHAT-10"""
    support = create_team(shop, "  support   desk", [ben, anna, ben], actor=SYSTEM)
    sales = create_team(shop, "Sales", [anna], actor=SYSTEM)
    create_team(elsewhere, "Sales", [], actor=SYSTEM)
    assert [team.name for team in teams_of(shop)] == ["Sales", "support desk"]
    assert list(members_of(support)) == [anna, ben]
    assert list(members_of(sales)) == [anna]


@pytest.mark.parametrize(
    ("name", "code"), [("", "team_name"), ("x" * 41, "team_name"), ("a\0b", "team_name"), ("ＳＡＬＥＳ", "team_taken")]
)
def test_refused_name_is_named(shop: Site, name: str, code: str) -> None:
    """CHAT-10: names differ by more than case and width."""
    create_team(shop, "Sales", [], actor=SYSTEM)
    other = create_team(shop, "Other", [], actor=SYSTEM)
    for deed in (
        lambda: create_team(shop, name, [], actor=SYSTEM),
        lambda: change_team(other, name=name, actor=SYSTEM),
    ):
        with pytest.raises(ChatRefused) as refused:
            deed()
        assert (refused.value.code, refused.value.path) == (code, "name")
        assert refused.value.message


def test_only_who_works_with_chats_of_the_site_is_in_its_teams(
    shop: Site, anna: Operator, victor: Operator, charlie: Operator
) -> None:
    """SITE-2, SITE-3: a refused member changes nothing."""
    team = create_team(shop, "Sales", [anna], actor=SYSTEM)
    for somebody in (victor, charlie):
        with pytest.raises(ChatRefused, match=somebody.name) as refused:
            change_team(team, name="Other", operators=[somebody], actor=SYSTEM)
        assert refused.value.path == "members"
        with pytest.raises(ChatRefused):
            create_team(shop, "New", [anna, somebody], actor=SYSTEM)
    assert list(members_of(Team.objects.get(name="Sales"))) == [anna]
    assert Team.objects.count() == 1


def test_change_is_told_in_the_log_and_no_change_is_none(shop: Site, anna: Operator, ben: Operator) -> None:
    """CHAT-10"""
    team = create_team(shop, "Sales", [anna], actor=SYSTEM)
    assert not change_team(team, name="Sales", operators=[anna], actor=SYSTEM)
    assert change_team(team, operators=[ben, anna], actor=SYSTEM)
    assert change_team(team, name="Sales ", operators=[ben], actor=SYSTEM)
    entries = AuditEntry.objects.filter(action="team.change").order_by("id")
    assert [entry.details["members"] for entry in entries] == [
        {"from": ["Anna"], "to": ["Anna", "Ben"]},
        {"from": ["Anna", "Ben"], "to": ["Ben"]},
    ]


def test_chats_of_a_deleted_team_keep_their_agents(shop: Site, anna: Operator) -> None:
    """CHAT-10: open and closed ones."""
    team = create_team(shop, "Sales", [anna], actor=SYSTEM)
    open_, closed = (room_of(ContactFactory(site=shop)) for _ in range(2))
    for chat in (open_, closed):
        assign_team(chat, team, actor=SYSTEM, now=NOON)
        assign(chat, anna, actor=SYSTEM, now=NOON)
    close(closed, actor=SYSTEM, now=NOON)
    assert delete_team(team, actor=SYSTEM) == 1
    assert [(chat.team, chat.assignee) for chat in Chat.objects.all()] == [(None, anna)] * 2
    assert not TeamMember.objects.exists()


def test_team_that_something_names_is_not_deleted(shop: Site, a_rule_names: list[int]) -> None:
    """CHAT-10: a rule would give chats to nobody."""
    team = create_team(shop, "Sales", [], actor=SYSTEM)
    a_rule_names.append(team.pk)
    with pytest.raises(ChatRefused, match="VIPs first") as refused:
        delete_team(team, actor=SYSTEM)
    assert refused.value.code == "team_in_use"
    a_rule_names.clear()
    delete_team(team, actor=SYSTEM)
    with pytest.raises(ChatRefused, match="no such team"):
        delete_team(team, actor=SYSTEM)


def test_chat_is_given_to_a_team_without_changing_hands(
    shop: Site, elsewhere: Site, room: Chat, anna: Operator, ben: Operator
) -> None:
    """CHAT-6, CHAT-10: no "before > after", also for somebody who is not of the team."""
    assign(room, ben, actor=SYSTEM, now=NOON)
    team = create_team(shop, "Sales", [anna], actor=SYSTEM)
    told = StreamEvent.objects.count()
    assert assign_team(room, team, actor=Actor.of_operator(ben), now=NOON)
    assert not assign_team(room, team, actor=Actor.of_operator(ben), now=NOON)
    assert StreamEvent.objects.count() == told + 1
    assert Assignment.objects.count() == 1
    fresh = Chat.objects.get(pk=room.pk)
    assert (fresh.team, fresh.assignee) == (team, ben)
    assert AuditEntry.objects.get(action="chat.team").details == {"team": {"from": "", "to": "Sales"}}
    with pytest.raises(ChatRefused) as refused:
        assign_team(room, create_team(elsewhere, "Theirs", [], actor=SYSTEM), actor=SYSTEM, now=NOON)
    assert (refused.value.code, refused.value.path) == ("team_unknown", "team")
    assert assign_team(room, None, actor=SYSTEM, now=NOON)
    close(room, actor=SYSTEM, now=NOON)
    with pytest.raises(ChatRefused) as refused:
        assign_team(room, team, actor=SYSTEM, now=NOON)
    assert refused.value.code == "closed"


def test_colleagues_share_a_team(
    shop: Site, alice: Operator, anna: Operator, ben: Operator, victor: Operator, django_assert_num_queries: Any
) -> None:
    """CHAT-10: without a team everybody who works with chats; one statement."""
    cleo = agent_of(shop, "Cleo")
    assert list(colleagues_of(shop, anna)) == [alice, ben, cleo]
    create_team(shop, "Sales", [anna, ben], actor=SYSTEM)
    create_team(shop, "Support", [anna, cleo], actor=SYSTEM)
    with django_assert_num_queries(1):
        assert list(colleagues_of(shop, anna)) == [ben, cleo]
    assert list(colleagues_of(shop, ben)) == [anna]
    assert list(colleagues_of(shop, alice)) == [anna, ben, cleo]


def test_change_of_agent_is_asked_of_the_same_team(
    shop: Site, room: Chat, alice: Operator, anna: Operator, ben: Operator
) -> None:
    """CHAT-6: of the asker's team, or the chat's; a review is asked of any administrator."""
    cleo, dora = agent_of(shop, "Cleo"), agent_of(shop, "Dora")
    create_team(shop, "Sales", [anna, ben], actor=SYSTEM)
    support = create_team(shop, "Support", [cleo, dora], actor=SYSTEM)
    assert list(agents_for(room, anna)) == [ben]
    with pytest.raises(ChatRefused, match="another team") as refused:
        ask(room, "agent", cleo, "Please.", actor=Actor.of_operator(anna), now=NOON)
    assert (refused.value.code, refused.value.path) == ("request_other_team", "to")
    ask(room, "review", alice, "Look?", actor=Actor.of_operator(anna), now=NOON)
    assign_team(room, support, actor=SYSTEM, now=NOON)
    assert list(agents_for(room, anna)) == [ben, cleo, dora]
    assert ask(room, "agent", cleo, "Please.", actor=Actor.of_operator(anna), now=NOON).to == cleo


def test_change_of_agent_is_asked_of_anybody_by_who_is_in_no_team(
    shop: Site, room: Chat, alice: Operator, anna: Operator, ben: Operator
) -> None:
    """CHAT-6: as on a site without teams; a program asks within the team of the chat."""
    assert list(agents_for(room, anna)) == [alice, ben]
    team = create_team(shop, "Sales", [anna, ben], actor=SYSTEM)
    assert list(agents_for(room, alice)) == [anna, ben]
    assert list(agents_for(room, None)) == [alice, anna, ben]
    assign_team(room, team, actor=SYSTEM, now=NOON)
    assert list(agents_for(room, None)) == [anna, ben]
    ask(room, "agent", ben, "Please.", actor=Actor.of_operator(alice), now=NOON)


def test_who_leaves_the_site_leaves_its_teams(
    shop: Site, elsewhere: Site, alice: Operator, anna: Operator, ben: Operator, django_capture_on_commit_callbacks: Any
) -> None:
    """CHAT-10: also who may only look from now on; places on other sites stay."""
    Membership.objects.create(site=elsewhere, operator=anna, role=Role.AGENT)
    team = create_team(shop, "Sales", [alice, anna, ben], actor=SYSTEM)
    theirs = create_team(elsewhere, "Theirs", [anna], actor=SYSTEM)

    def place(operator: Operator) -> Membership:
        return Membership.objects.get(site=shop, operator=operator)

    with django_capture_on_commit_callbacks(execute=True):
        change_membership(place(ben), role=Role.ADMIN, sees_personal_data=True, actor=SYSTEM)
    assert list(members_of(team)) == [alice, anna, ben]
    with django_capture_on_commit_callbacks(execute=True):
        remove_from_team(place(anna), actor=SYSTEM)
        change_membership(place(ben), role=Role.VIEWER, sees_personal_data=True, actor=SYSTEM)
    assert [member.operator for member in TeamMember.objects.filter(team=team)] == [alice]
    assert list(members_of(theirs)) == [anna]
    left = AuditEntry.objects.filter(action="team.leave").order_by("id")
    assert [entry.details for entry in left] == [{"name": "Sales", "who": "Anna"}, {"name": "Sales", "who": "Ben"}]
