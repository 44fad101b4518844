"""CHAT-10, CHAT-6: teams and availability as operators meet them: settings, switch, inbox, head, panel, palette."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from chats.availability import set_away, state_of
from chats.handling import assign, assign_team, close
from chats.inbox import Asked, list_rooms
from chats.models import Availability, Chat, ChatSettings, Team
from chats.teams import TeamUse, create_team, members_of, team_users
from contacts.models import Contact
from desk.access import Access, access_to
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Role, Site
from tags.grade_catalogue import create_grade
from tags.grade_rules import add_rule
from tests.chats.people import NOON, room_of, visitor_says
from tests.conftest import client_of
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory

INBOX, ROOMS = "/desk/inbox/", "/desk/inbox/rooms/"
VIEWS = ("waiting", "mine", "team", "all", "hold", "closed")
PAGES = {"chat_teams": False, "chat_team_add": False, "chat_team_change": True, "chat_team_delete": True}


@pytest.fixture(autouse=True)
def _everybody_has_signed_in(alice: Operator, bob: Operator) -> None:
    for operator in (alice, bob):
        Operator.objects.filter(pk=operator.pk).update(last_login=NOON)
        operator.refresh_from_db()


@pytest.fixture
def anna(shop: Site) -> Operator:
    operator: Operator = OperatorFactory(name="Anna", last_login=NOON)
    MembershipFactory(site=shop, operator=operator)
    return operator


@pytest.fixture
def vip(shop: Site, bob: Operator, anna: Operator) -> Team:
    return create_team(shop, "VIP desk", [bob, anna], actor=SYSTEM)


@pytest.fixture
def client(alice: Operator) -> Client:
    return client_of(alice)


def talk(site: Site, name: str, **given: Any) -> Chat:
    """A room in which somebody of this name said something, given to ``agent`` or ``team``."""
    chat = room_of(ContactFactory(site=site, name=name))
    visitor_says(chat, "안녕하세요")
    if team := given.get("team"):
        assign_team(chat, team, actor=SYSTEM, now=NOON)
    if agent := given.get("agent"):
        assign(chat, agent, actor=SYSTEM, now=NOON)
    return chat


def send(client: Client, url_name: str, args: list[int] | None = None, **data: Any) -> HttpResponse:
    return client.post(reverse(f"admin:{url_name}", args=args or []), data)  # type: ignore[return-value]


def page(client: Client, name: str, args: list[int] | None = None, **data: str) -> str:
    return client.get(reverse(f"admin:{name}", args=args or []), data).content.decode()


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    found: dict[str, list[str]] = response.context["form"].errors
    return found


def names(response: object) -> list[str]:
    return sorted(room.name for room in response.context["rooms"])  # type: ignore[attr-defined]


def access(operator: Operator, site: Site) -> Access:
    found = access_to(operator, site.pk)
    assert found is not None
    return found


# --- settings ---


@pytest.mark.parametrize(("name", "of_a_team"), PAGES.items())
def test_only_administrators_of_the_site_reach_the_teams(
    name: str,
    of_a_team: bool,
    vip: Team,
    alice: Operator,
    bob: Operator,
    victor: Operator,
    charlie: Operator,
) -> None:
    """SITE-2, SITE-3"""
    path = reverse(f"admin:{name}", args=[vip.pk] if of_a_team else [])
    told = [client_of(person).get(path).status_code for person in (alice, bob, victor, charlie)]
    assert told == [200, 403, 403, 404 if of_a_team else 200]
    posted = [client_of(person).post(path).status_code for person in (bob, victor, charlie)]
    assert posted[:2] == [403, 403]
    assert Team.objects.filter(pk=vip.pk).exists()


def test_team_is_made_changed_and_listed_with_who_is_there(
    client: Client, shop: Site, bob: Operator, anna: Operator
) -> None:
    """CHAT-10"""
    assert "No teams yet" in page(client, "chat_teams")
    send(client, "chat_team_add", name="VIP desk", members=[bob.pk, anna.pk])
    team = Team.objects.get()
    assert set(members_of(team)) == {bob, anna}
    set_away(shop, anna, True, actor=Actor.of_operator(anna), now=NOON)
    talk(shop, "Waits", team=team)
    shown = page(client, "chat_teams")
    assert "1 without an agent" in shown
    assert shown.count("dot-success") == 1
    assert '<span class="muted">away</span>' in shown
    send(client, "chat_team_change", [team.pk], name="Regulars", members=[bob.pk])
    team.refresh_from_db()
    assert (team.name, list(members_of(team))) == ("Regulars", [bob])


def test_refused_team_says_why_at_its_field_and_keeps_what_was_ticked(
    client: Client, vip: Team, shop: Site, bob: Operator, charlie: Operator, victor: Operator
) -> None:
    """CHAT-10, SITE-2: neither a taken name nor somebody who does not work with chats here."""
    response = send(client, "chat_team_add", name="vip DESK", members=[bob.pk])
    assert "already" in errors(response)["name"][0]
    assert f'value="{bob.pk}" ' in response.content.decode().split("checked")[0].rsplit("<input", 1)[1]
    assert "40" in errors(send(client, "chat_team_add", name="x" * 41))["name"][0]
    for stranger in (charlie, victor):
        assert errors(send(client, "chat_team_add", name="Others", members=[stranger.pk]))["members"]
    assert list(Team.objects.all()) == [vip]


def test_deleting_a_team_tells_before_how_many_chats_lose_it(
    client: Client, vip: Team, shop: Site, bob: Operator
) -> None:
    """CHAT-10: they keep their agent."""
    chat = talk(shop, "Kim", team=vip, agent=bob)
    assert "1 open chat loses the team and keeps its agent." in page(client, "chat_team_delete", [vip.pk])
    send(client, "chat_team_delete", [vip.pk])
    chat.refresh_from_db()
    assert (chat.team, chat.assignee) == (None, bob)
    assert "deleted" in page(client, "chat_teams")


def test_team_in_use_is_not_deleted_and_the_page_leads_to_what_uses_it(
    client: Client, vip: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CHAT-10: no button that is refused anyway."""
    monkeypatch.setitem(
        team_users._items, "test", lambda team: [TeamUse("rule", "VIP first", "admin:chat_team_change", team.pk)]
    )
    shown = page(client, "chat_team_delete", [vip.pk])
    assert f'href="{reverse("admin:chat_team_change", args=[vip.pk])}">VIP first</a>' in shown
    assert "badge" not in shown.split("error-page")[1].split("</form>")[0]
    assert 'type="submit"' not in shown.split("error-page")[1].split("</form>")[0]
    send(client, "chat_team_delete", [vip.pk])
    assert "VIP first" in page(client, "chat_teams")
    assert Team.objects.filter(pk=vip.pk).exists()


def test_distribution_is_set_with_its_limit(client: Client, shop: Site) -> None:
    """CHAT-10: a site setting; a limit that cannot be is said at its field and nothing is saved."""
    told = {"first_tab": "history", "distribution": "fewest", "when_away": "handOver", "most_open_chats": "5"}
    refused = send(client, "chat_settings", **{**told, "most_open_chats": "0"})
    assert errors(refused)["most_open_chats"]
    assert not ChatSettings.objects.exists()
    assert send(client, "chat_settings", **told).status_code == 302
    set_ = ChatSettings.objects.get(site=shop)
    assert (set_.distribution, set_.when_away, set_.most_open_chats) == ("fewest", "handOver", 5)
    shown = page(client, "chat_settings")
    assert 'value="fewest" required id="id_distribution_1" checked' in shown
    send(client, "chat_settings", **{**told, "most_open_chats": ""})
    assert ChatSettings.objects.get(site=shop).most_open_chats is None


def test_list_costs_the_same_whatever_number_of_teams(
    client: Client, shop: Site, bob: Operator, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Set-based."""
    for number in range(12):
        talk(shop, f"P{number}", team=create_team(shop, f"T{number}", [bob], actor=SYSTEM))
    with django_assert_max_num_queries(10):
        assert page(client, "chat_teams").count("1 without an agent") == 12


# --- away ---


def mark(client: Client) -> str | None:
    """How the operator stands, as the menu's button says it."""
    told = client.get(reverse("admin:counts")).json()["marks"]
    word: str | None = told["chats"]["word"] if told else None
    return word


def test_operator_goes_away_and_comes_back(client: Client, shop: Site, alice: Operator) -> None:
    """CHAT-10: from any page, without leaving it; the menu's button says how they stand."""
    assert 'id="set-away"' in page(client, "profile")
    assert mark(client) == "available"
    gone = send(client, "availability", away="1")
    assert gone.status_code == 204
    assert json.loads(gone["HX-Trigger"])["marks"] == {"chats": {"word": "away", "state": "off"}}
    assert (mark(client), state_of(shop, alice)) == ("away", Availability.State.AWAY)
    send(client, "availability")
    assert (mark(client), state_of(shop, alice)) == ("available", Availability.State.AVAILABLE)


@pytest.mark.parametrize(("when_away", "words"), [("keep", "You keep those"), ("handOver", "go to colleagues")])
def test_going_away_says_what_becomes_of_open_chats(when_away: str, words: str, client: Client, shop: Site) -> None:
    """CHAT-10: as the site has set it."""
    ChatSettings.objects.create(site=shop, when_away=when_away)
    assert words in json.loads(send(client, "availability", away="1")["HX-Trigger"])["toast"]["text"]


def test_only_who_works_with_chats_has_the_switch(victor: Operator, charlie: Operator, shop: Site) -> None:
    """SITE-3: a viewer is given none; another site's state is another."""
    client = client_of(victor)
    assert 'id="availability"' not in page(client, "profile")
    assert mark(client) is None
    assert send(client, "availability", away="1").status_code == 403
    send(client_of(charlie), "availability", away="1")
    assert not Availability.objects.filter(site=shop).exists()


def test_palette_offers_the_other_state_and_presses_the_switch(client: Client, victor: Operator) -> None:
    """CHAT-10: by keyboard from everywhere; both lines are found by the words of either."""

    def pressed(who: Client, query: str) -> list[str]:
        hits = who.get(reverse("admin:palette"), {"q": query}).json()["hits"]
        return [hit["presses"] for hit in hits if hit["presses"]]

    assert pressed(client, "away") == ["set-away"]
    send(client, "availability", away="1")
    assert pressed(client, "AWAY") == ["set-available"]
    assert pressed(client, "nothing like it") == []
    assert pressed(client_of(victor), "away") == []


# --- inbox, head, panel ---


def test_team_view_is_what_waits_for_my_teams_and_what_team_mates_have(
    shop: Site, alice: Operator, bob: Operator, anna: Operator, vip: Team
) -> None:
    """CHAT-4, CHAT-10: the number beside the view is that of its rows."""
    other = create_team(shop, "Delivery", [alice], actor=SYSTEM)
    talk(shop, "Waits for us", team=vip)
    talk(shop, "Waits for them", team=other)
    talk(shop, "Waits for anybody")
    talk(shop, "Anna's", agent=anna)
    talk(shop, "Anna's of theirs", agent=anna, team=other)
    talk(shop, "Alice's of ours", agent=alice, team=vip)
    talk(shop, "Mine of ours", agent=bob, team=vip)
    close(talk(shop, "Ended", team=vip, agent=anna), actor=SYSTEM, now=NOON)
    desk = client_of(bob)
    assert names(desk.get(INBOX, {"view": "team"})) == ["Anna's", "Anna's of theirs", "Waits for us"]
    assert names(client_of(alice).get(INBOX, {"view": "team"})) == ["Waits for them"]
    for client in (desk, client_of(alice)):
        shown = {view: len(names(client.get(ROOMS, {"view": view}))) for view in VIEWS}
        assert client.get(reverse("admin:inbox_counts")).json()["views"] == shown


def test_who_is_in_no_team_sees_what_anybody_else_has(shop: Site, alice: Operator, bob: Operator, vip: Team) -> None:
    """CHAT-4: as on a site without teams."""
    talk(shop, "Bob's", agent=bob, team=vip)
    talk(shop, "Waits", team=vip)
    talk(shop, "Mine", agent=alice)
    assert names(client_of(alice).get(INBOX, {"view": "team"})) == ["Bob's"]


def test_team_view_goes_on_where_a_page_ended(
    shop: Site, bob: Operator, anna: Operator, vip: Team, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """CHAT-4: every room once; one small statement more than the other views."""
    for number in range(7):
        talk(shop, f"P{number}", team=vip, agent=anna if number % 2 else None)
    me, found, place = access(bob, shop), [], ""
    with django_assert_num_queries(3):
        list_rooms(me, Asked("team"), now=NOON, size=3)
    for _ in range(3):
        rooms = list_rooms(me, Asked("team"), now=NOON, place=place, size=3)
        found += [room.chat.contact.name for room in rooms.rooms]
        place = rooms.after
    assert sorted(found) == [f"P{number}" for number in range(7)]


def test_chat_is_given_to_a_team_from_its_head(shop: Site, bob: Operator, anna: Operator, vip: Team) -> None:
    """CHAT-10: the head, the row and the panel say so; colleagues are marked who are away."""
    set_away(shop, anna, True, actor=Actor.of_operator(anna), now=NOON)
    chat, desk = talk(shop, "Kim"), client_of(bob)
    head = page(desk, "inbox_chat", [chat.pk])
    assert head.count('class="agent-state" data-state="off"') == 1
    given = desk.post(reverse("admin:inbox_assign", args=[chat.pk]), {"team": vip.pk}, headers={"HX-Request": "true"})
    assert "VIP desk" in given.content.decode()
    assert "VIP desk" in given["HX-Trigger"]
    chat.refresh_from_db()
    assert (chat.team, chat.assignee) == (vip, None)
    assert "Waits for the team VIP desk" in desk.get(ROOMS, {"view": "waiting"}).content.decode()
    assert "<dt>Team</dt>" in desk.get(reverse("admin:chat_panel_tab", args=[chat.pk, "room"])).content.decode()
    desk.post(reverse("admin:inbox_assign", args=[chat.pk]), {"team": ""})
    chat.refresh_from_db()
    assert chat.team is None


def test_team_of_another_site_is_not_there(shop: Site, elsewhere: Site, bob: Operator) -> None:
    """SITE-2"""
    theirs = create_team(elsewhere, "Theirs", [], actor=SYSTEM)
    chat, desk = talk(shop, "Kim"), client_of(bob)
    assert "Theirs" not in page(desk, "inbox_chat", [chat.pk])
    assert send(desk, "inbox_assign", [chat.pk], team=str(theirs.pk)).status_code == 404


def test_change_of_agent_is_asked_of_the_same_team(
    shop: Site, alice: Operator, bob: Operator, anna: Operator, vip: Team
) -> None:
    """CHAT-6: who is away is marked; a review is asked of any administrator, in a team or not."""
    set_away(shop, anna, True, actor=Actor.of_operator(anna), now=NOON)
    chat = talk(shop, "Kim", agent=bob)
    panel = client_of(bob).get(reverse("admin:chat_panel_tab", args=[chat.pk, "room"])).content.decode()
    agents, reviewers = (
        panel.split(f'id="panel-ask-{kind}-to">')[1].split("</select>")[0] for kind in ("agent", "review")
    )
    assert "Anna (away)" in agents
    assert "Alice" not in agents
    assert "Alice" in reviewers


def test_grade_stands_on_top_of_every_chat_and_row(shop: Site, bob: Operator) -> None:
    """GRADE-3: a coloured tag, open or closed."""
    gold = create_grade(shop, "Gold", actor=SYSTEM)
    desk = client_of(bob)
    for name in ("Open", "Ended"):
        contact: Contact = ContactFactory(site=shop, name=name, member_id=name)
        add_rule(shop, criterion="memberId", value=name, grade=gold, actor=SYSTEM, now=NOON)
        chat = room_of(contact)
        visitor_says(chat, "Hello")
        if name == "Ended":
            close(chat, actor=SYSTEM, now=NOON)
        shown = page(desk, "inbox_chat", [chat.pk])
        head, row = (
            shown.split('id="chat-head"')[1].split("</header>")[0],
            shown.split("rooms-list")[1].split("</ol>")[0],
        )
        for part in (head, row):
            assert f'data-color="{gold.color}"' in part
            assert "Gold" in part


def test_somebody_who_becomes_a_viewer_is_offered_nowhere(
    shop: Site, alice: Operator, anna: Operator, vip: Team
) -> None:
    """SITE-3: neither in the head nor as a member."""
    anna.memberships.update(role=Role.VIEWER)
    desk, chat = client_of(alice), talk(shop, "Kim")
    assert "Anna" not in page(desk, "inbox_chat", [chat.pk])
    assert "Anna" not in page(desk, "chat_team_change", [vip.pk])
