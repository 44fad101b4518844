"""CHAT-6: the page of requests."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from chats.handling import assign
from chats.models import Chat, ChatRequest
from chats.requesting import ask
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.chats.people import NOON, room_of
from tests.conftest import client_of
from tests.factories import ContactFactory, MembershipFactory, OperatorFactory

LIST = "admin:chat_requests"


@pytest.fixture
def room(shop: Site, bob: Operator) -> Chat:
    room = room_of(ContactFactory(site=shop, name="Kim"))
    assign(room, bob, actor=SYSTEM, now=NOON)
    return room


@pytest.fixture
def anna(shop: Site) -> Operator:
    operator = OperatorFactory(name="Anna")
    MembershipFactory(site=shop, operator=operator)
    return operator


@pytest.fixture
def asked(room: Chat, bob: Operator, anna: Operator) -> ChatRequest:
    return ask(room, "agent", anna, "My shift ends.", actor=Actor.of_operator(bob), now=NOON)


def page(operator: Operator, **query: str) -> str:
    return client_of(operator).get(reverse(LIST), query).content.decode()


def decide(client: Client, request: ChatRequest, deed: str, **data: str) -> int:
    return client.post(reverse("admin:chat_request_decide", args=[request.pk]), {"deed": deed, **data}).status_code


def waiting_in_sidebar(operator: Operator) -> int | None:
    counts = json.loads(client_of(operator).get(reverse("admin:counts")).content)["counts"]
    number: int | None = counts.get(reverse(LIST))
    return number


def test_request_waits_for_the_one_asked_and_is_counted_beside_the_navigation(
    asked: ChatRequest, alice: Operator, bob: Operator, anna: Operator, victor: Operator
) -> None:
    """CHAT-6"""
    assert "My shift ends." in page(anna)
    assert "Nothing waits for you" in page(alice)
    assert "My shift ends." in page(bob, view="mine")
    assert "My shift ends." in page(victor, view="all")
    assert [waiting_in_sidebar(person) for person in (anna, alice, bob, victor)] == [1, 0, 0, None]


def test_accepting_on_the_page_hands_the_chat_over(asked: ChatRequest, room: Chat, anna: Operator) -> None:
    """CHAT-6"""
    client = client_of(anna)
    assert decide(client, asked, "accept", note="Gladly.", view="waiting") == 302
    assert Chat.objects.get(pk=room.pk).assignee == anna
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("accepted", "Gladly.")
    assert "Request accepted." in client.get(reverse(LIST)).content.decode()


def test_refusing_and_withdrawing_on_the_page(asked: ChatRequest, room: Chat, anna: Operator, bob: Operator) -> None:
    """CHAT-6"""
    decide(client_of(anna), asked, "refuse", note="Lunch.")
    again = ask(room, "agent", anna, "Please.", actor=Actor.of_operator(bob), now=NOON)
    decide(client_of(bob), again, "withdraw", view="mine")
    assert sorted(ChatRequest.objects.values_list("state", flat=True)) == ["refused", "withdrawn"]
    assert Chat.objects.get(pk=room.pk).assignee == bob


def test_request_settled_meanwhile_says_so(asked: ChatRequest, anna: Operator, bob: Operator) -> None:
    """CHAT-6: an old page changes nothing."""
    decide(client_of(bob), asked, "withdraw")
    client = client_of(anna)
    decide(client, asked, "accept")
    assert "settled already" in client.get(reverse(LIST)).content.decode()
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_who_may_decide(
    asked: ChatRequest, alice: Operator, bob: Operator, victor: Operator, charlie: Operator
) -> None:
    """SITE-2, SITE-3: buttons are there for whom they are, and a post of others changes nothing."""
    assert 'value="accept"' in page(alice, view="all")
    assert 'value="accept"' not in page(bob, view="all")
    assert 'value="withdraw"' in page(bob, view="all")
    assert "<form" not in page(victor, view="all").split('class="requests"')[1].split("</main>")[0]
    assert decide(client_of(victor), asked, "accept") == 403
    assert decide(client_of(charlie), asked, "accept") == 404
    assert decide(client_of(alice), asked, "praise") == 404
    decide(client_of(bob), asked, "accept")
    asked.refresh_from_db()
    assert asked.state == "open"
    assert "My shift ends." not in page(charlie, view="all")


@pytest.mark.parametrize("query", [{"view": "theirs"}, {"from": "x"}, {"from": "9" * 30}])
def test_list_that_there_is_not_is_not_found(alice: Operator, query: dict[str, str]) -> None:
    """An address that was typed shows no other list instead."""
    assert client_of(alice).get(reverse(LIST), query).status_code == 404


def test_long_list_comes_in_pages_with_as_many_statements_as_a_short_one(
    shop: Site, bob: Operator, anna: Operator, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """CHAT-6"""
    for number in range(53):
        one = room_of(ContactFactory(site=shop))
        ask(one, "agent", anna, f"note-{number}.", actor=Actor.of_operator(bob), now=NOON)
    client = client_of(anna)
    client.get(reverse(LIST))
    with django_assert_max_num_queries(12):
        first = client.get(reverse(LIST)).content.decode()
    assert first.count('<article class="request"') == 50
    [more] = [part for part in first.split('"') if "from=" in part]
    second = client.get(more.replace("&amp;", "&")).content.decode()
    assert second.count('<article class="request"') == 3
    assert "note-52." in second
