"""CHAT-10: Settings → Chats → Routing: the list, the editor, the test box; which rule fired beside the chat."""

import json
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from chats.categories import add_category, switch_category
from chats.chat_settings import set_distribution
from chats.models import Distribution, RoutingRule
from chats.routing_rules import RuleDraft, create_rule, switch_rule
from chats.teams import create_team
from contacts.models import Contact
from desk.actors import SYSTEM, Actor
from desk.models import Membership, Operator, Site
from segments.saving import save_segment
from tags.catalogue import create_tag
from tags.tagging import attach_tags
from tests.chats.people import NOON, room_of, visitor_says
from tests.conftest import client_of
from tests.factories import ContactFactory

PAGES = {
    "chat_routing": "",
    "chat_routing_add": "",
    "chat_routing_test": "",
    "chat_routing_change": "rule",
    "chat_routing_delete": "rule",
}
POSTS = {"chat_routing_move": "rule", "chat_routing_switch": "rule"}
VIP = {"and": [{"key": "tags", "op": "anyOf", "values": ["VIP"]}]}


@pytest.fixture
def client(alice: Operator) -> Client:
    return client_of(alice)


@pytest.fixture
def vip(shop: Site) -> None:
    create_tag(shop, "VIP", actor=SYSTEM)


def rule_of(site: Site, name: str, operator: Operator, **said: Any) -> RoutingRule:
    """A rule that gives chats to the operator."""
    actions = said.pop("actions", [{"action": "assignOperator", "operator": str(operator.pk)}])
    return create_rule(site, RuleDraft(name=name, actions=actions, **said), actor=SYSTEM, now=NOON)


def send(client: Client, page: str, /, *args: int, **data: Any) -> Any:
    return client.post(reverse(f"admin:{page}", args=args), data)


def page(client: Client, name: str, *args: int, **data: Any) -> str:
    return client.get(reverse(f"admin:{name}", args=args), data).content.decode()


def names(site: Site) -> list[str]:
    return list(RoutingRule.objects.filter(site=site).values_list("name", flat=True))


def errors(response: HttpResponse) -> dict[str, list[str]]:
    assert response.status_code == 200
    return response.context["form"].errors  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(("name", "of"), {**PAGES, **POSTS}.items())
def test_only_administrators_of_the_site_route(
    name: str, of: str, shop: Site, alice: Operator, bob: Operator, victor: Operator, charlie: Operator
) -> None:
    """SITE-2, SITE-3"""
    rule = rule_of(shop, "Everything to Bob", bob)
    path = reverse(f"admin:{name}", args=[rule.pk] if of else [])
    call = "post" if name in POSTS else "get"
    told = [getattr(client_of(person), call)(path).status_code for person in (bob, victor, charlie, alice)]
    assert told == [403, 403, 404 if of else 200, 302 if name in POSTS else 200]


def test_list_reads_each_rule_out_and_what_becomes_of_the_rest(
    client: Client, shop: Site, bob: Operator, vip: None
) -> None:
    """CHAT-10: who, which of their chats, what is done."""
    assert "empty-state" in page(client, "chat_routing")
    delivery = add_category(shop, "Delivery", actor=SYSTEM)
    rule_of(
        shop,
        "VIP to Bob",
        bob,
        filter=VIP,
        chat={"channels": ["kakao"], "categories": [str(delivery.pk)], "hours": {"from": "09:00", "to": "18:00"}},
    )
    shown = page(client, "chat_routing")
    for words in ("VIP", "KakaoTalk", "Delivery", "between 09:00 and 18:00", "Give it to Bob", "waits until an agent"):
        assert words in shown, words


def test_list_takes_as_many_statements_for_many_rules(
    client: Client, shop: Site, bob: Operator, vip: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """speed.md: no statement per row."""
    rule_of(shop, "first", bob, filter=VIP)
    page(client, "chat_routing")
    with CaptureQueriesContext(connection) as one:
        page(client, "chat_routing")
    for number in range(12):
        rule_of(shop, f"rule {number}", bob, filter=VIP)
    with django_assert_num_queries(len(one)):
        page(client, "chat_routing")


def test_rule_is_made_and_changed_by_the_form(client: Client, shop: Site, bob: Operator, vip: None) -> None:
    """CHAT-10: every control says its part, and shows it again."""
    team = create_team(shop, "Care", [bob], actor=SYSTEM)
    category = add_category(shop, "Delivery", actor=SYSTEM)
    said = {
        "name": "VIP to Bob",
        "filter": json.dumps(VIP),
        "channels": ["web", "kakao"],
        "categories": [str(category.pk)],
        "languages": ["ko"],
        "page_op": "contains",
        "page_text": "/checkout",
        "when": "outside",
        "days": ["mon", "fri"],
        "from_time": "09:00",
        "to_time": "18:30",
        "team": str(team.pk),
        "operator": str(bob.pk),
        "category": str(category.pk),
        "room_tags": "late, Express",
        "tags": ["VIP"],
    }
    assert send(client, "chat_routing_add", **said).status_code == 302
    rule = RoutingRule.objects.get(site=shop)
    assert rule.filter == VIP
    assert rule.chat == {
        "channels": ["web", "kakao"],
        "categories": [str(category.pk)],
        "page": {"op": "contains", "text": "/checkout"},
        "languages": ["ko"],
        "hours": {"days": ["mon", "fri"], "from": "09:00", "to": "18:30", "outside": True},
    }
    assert rule.actions == [
        {"action": "assignTeam", "team": str(team.pk)},
        {"action": "assignOperator", "operator": str(bob.pk)},
        {"action": "setCategory", "category": str(category.pk)},
        {"action": "tagRoom", "tags": ["late", "Express"]},
        {"action": "tagCustomer", "tags": ["VIP"]},
    ]
    form = client.get(reverse("admin:chat_routing_change", args=[rule.pk])).context["form"]
    again = {name: form[name].value() for name in said}
    assert json.loads(again.pop("filter")) == VIP
    assert again == {name: value for name, value in said.items() if name != "filter"}
    # What is no longer said is gone; what stays keeps its order, and the rule its place and its switch.
    switch_rule(rule, False, actor=SYSTEM, now=NOON)
    send(client, "chat_routing_change", rule.pk, name="Express", filter="", room_tags="Express", operator=str(bob.pk))
    rule.refresh_from_db()
    assert (rule.name, rule.filter, rule.chat, rule.active) == ("Express", {}, {}, False)
    assert [one["action"] for one in rule.actions] == ["assignOperator", "tagRoom"]


def test_refused_rule_says_why_at_its_control(client: Client, shop: Site, alice: Operator, bob: Operator) -> None:
    """CHAT-10: and keeps what was typed."""
    good = {"name": "Good", "operator": str(bob.pk)}
    refused: dict[str, dict[str, Any]] = {
        "name": {"name": "x" * 81},
        "filter": {"filter": json.dumps({"and": [{"key": "tags", "op": "anyOf", "values": ["nobody has it"]}]})},
        "page_text": {"page_op": "is", "page_text": "x" * 600},
        "to_time": {"when": "inside", "from_time": "09:00"},
        "when": {"when": "inside"},
        "tags": {"tags": ["no such tag"]},
        "room_tags": {"room_tags": "x" * 30},
        "__all__": {"operator": ""},
    }
    for field, wrong in refused.items():
        told = send(client, "chat_routing_add", **{**good, **wrong})
        assert list(errors(told)) == [field], field
        assert "field-errors" in told.content.decode() or field in ("__all__", "filter")
    # What is somebody's own has no place in a rule for all (SEG-6).
    private = save_segment(shop, name="Mine", filter={}, shared=False, actor=Actor.of_operator(alice))
    own = {"and": [{"key": "segment", "op": "in", "values": [str(private.pk)]}]}
    assert "filter" in errors(send(client, "chat_routing_add", **good, filter=json.dumps(own)))
    assert "filter" in errors(send(client, "chat_routing_add", **good, filter="{"))
    assert not RoutingRule.objects.exists()


def test_order_and_switch_are_changed_in_place(client: Client, shop: Site, bob: Operator) -> None:
    """CHAT-10: by buttons, and by dragging, which names the place."""
    first, second, third = (rule_of(shop, name, bob) for name in ("first", "second", "third"))
    send(client, "chat_routing_move", first.pk, to="down")
    assert names(shop) == ["second", "first", "third"]
    send(client, "chat_routing_move", third.pk, to="up")
    send(client, "chat_routing_move", second.pk, to="up")
    assert names(shop) == ["second", "third", "first"]
    moved = client.post(
        reverse("admin:chat_routing_move", args=[first.pk]), {"place": "1"}, headers={"HX-Request": "true"}
    )
    assert names(shop) == ["first", "second", "third"]
    assert moved.content.decode().lstrip().startswith('<div id="routing-rules"')
    send(client, "chat_routing_switch", second.pk, on="0")
    assert not RoutingRule.objects.get(pk=second.pk).active
    assert "switched off" in page(client, "chat_routing")
    send(client, "chat_routing_switch", second.pk, on="1")
    assert RoutingRule.objects.get(pk=second.pk).active


def test_rule_is_deleted_after_a_question(client: Client, shop: Site, bob: Operator) -> None:
    """CHAT-10"""
    rule = rule_of(shop, "VIP to Bob", bob)
    assert "VIP to Bob" in page(client, "chat_routing_delete", rule.pk)
    assert names(shop) == ["VIP to Bob"]
    send(client, "chat_routing_delete", rule.pk)
    assert names(shop) == []


def test_what_a_rule_can_no_longer_do_is_said(client: Client, shop: Site, bob: Operator) -> None:
    """CHAT-10: an agent who left and a category that went off, in the list and still chosen in the form."""
    late = add_category(shop, "Late", actor=SYSTEM)
    actions = [
        {"action": "assignOperator", "operator": str(bob.pk)},
        {"action": "setCategory", "category": str(late.pk)},
    ]
    rule = rule_of(shop, "Late to Bob", bob, actions=actions, chat={"categories": [str(late.pk)]})
    assert "can no longer be done" not in page(client, "chat_routing")
    switch_category(late, on=False, actor=SYSTEM)
    Membership.objects.filter(operator=bob).delete()
    RoutingRule.objects.filter(pk=rule.pk).update(actions=actions)  # whatever was taken out when Bob left
    shown = page(client, "chat_routing")
    assert "does not work with chats of this site any more" in shown
    assert "The category of this rule is not in use any more" in shown
    form = page(client, "chat_routing_change", rule.pk)
    assert "Bob (no longer there)" in form
    assert "Late (switched off)" in form


# --- the test box ---


@pytest.fixture
def minji(shop: Site, vip: None) -> Contact:
    contact = ContactFactory(site=shop, name="Minji", language="ko")
    tag = shop.tags.get(name="VIP")
    attach_tags([contact.pk], [tag], site=shop, actor=SYSTEM, now=NOON)
    return contact


def test_test_box_says_which_rule_would_fire_and_why(client: Client, shop: Site, bob: Operator, minji: Contact) -> None:
    """CHAT-10: “which rule would fire for this contact now, and why”."""
    off = rule_of(shop, "All off", bob)
    switch_rule(off, False, actor=SYSTEM, now=NOON)
    rule_of(shop, "Kakao", bob, filter=VIP, chat={"channels": ["kakao"]})
    rule_of(shop, "VIP", bob, filter=VIP)
    rule_of(shop, "Everybody", bob)
    found = page(client, "chat_routing_test", q="Minj")
    assert f"?contact={minji.pk}" in found
    asked = client.get(reverse("admin:chat_routing_test"), {"contact": minji.pk})
    assert [one.mark for one in asked.context["verdicts"]] == ["off", "no", "fires", "passed"]
    shown = asked.content.decode()
    assert "“VIP” would fire" in shown
    assert "Give it to Bob" in shown
    assert "KakaoTalk" in shown
    on_kakao = client.get(reverse("admin:chat_routing_test"), {"contact": minji.pk, "channel": "kakao"})
    assert on_kakao.context["fires"].verdict.rule.name == "Kakao"
    assert not minji.chats.exists()


def test_test_box_asks_about_the_hour_at_the_site(client: Client, shop: Site, bob: Operator, minji: Contact) -> None:
    """CHAT-10: the site's clock, whatever time zone the desk runs in."""
    rule_of(shop, "Night", bob, chat={"hours": {"from": "22:00", "to": "06:00"}})
    asked = {"contact": minji.pk, "channel": "web"}
    for at, fires in (("2026-11-22T21:59", False), ("2026-11-22T22:00", True), ("2026-11-23T05:59", True)):
        answer = client.get(reverse("admin:chat_routing_test"), {**asked, "at": at})
        assert bool(answer.context["fires"]) is fires, at
    assert "No rule would fire" in page(client, "chat_routing_test", **asked, at="2026-11-22T12:00")
    assert client.get(reverse("admin:chat_routing_test"), {**asked, "at": "soon"}).context["refused"]


def test_test_box_finds_nobody_of_another_site(client: Client, elsewhere: Site, vip: None) -> None:
    """SITE-2"""
    stranger = ContactFactory(site=elsewhere, name="Stranger")
    for asked in ({"q": "Stranger"}, {"contact": str(stranger.pk)}, {"contact": "nobody"}):
        shown = client.get(reverse("admin:chat_routing_test"), asked)
        assert "verdicts" not in shown.context
        assert not shown.context["people"]


# --- beside the chat ---


def test_chat_shows_which_rule_fired_and_what_could_not_be_done(
    client: Client, shop: Site, bob: Operator, minji: Contact
) -> None:
    """CHAT-10: in the head, in the tab Room with what it did, in the history."""
    late = add_category(shop, "Late", actor=SYSTEM)
    actions = [
        {"action": "assignOperator", "operator": str(bob.pk)},
        {"action": "setCategory", "category": str(late.pk)},
    ]
    rule = rule_of(shop, "VIP to Bob", bob, filter=VIP, actions=actions)
    switch_category(late, on=False, actor=SYSTEM)
    RoutingRule.objects.filter(pk=rule.pk).update(actions=actions)
    room = room_of(minji)
    visitor_says(room, "hello")
    head = page(client, "inbox_chat", room.pk)
    assert "VIP to Bob" in head
    tab = page(client, "chat_panel_tab", room.pk, "room")
    for words in ("VIP to Bob", "Give it to an agent", "not in use any more"):
        assert words in tab, words
    assert reverse("admin:chat_routing_change", args=[rule.pk]) in tab
    assert "VIP to Bob" in page(client, "chat_panel_tab", room.pk, "history")
    # An agent reads it too, without the way to the settings; the name outlives the rule.
    theirs = page(client_of(bob), "chat_panel_tab", room.pk, "room")
    assert "VIP to Bob" in theirs
    assert reverse("admin:chat_routing_change", args=[rule.pk]) not in theirs
    send(client, "chat_routing_delete", rule.pk)
    assert "VIP to Bob" in page(client, "chat_panel_tab", room.pk, "room")


def test_chat_that_no_rule_took_says_how_it_found_its_agent(client: Client, shop: Site, minji: Contact) -> None:
    """CHAT-10: otherwise the site's distribution."""
    set_distribution(shop, distribution=Distribution.FEWEST, when_away="keep", most_open_chats=None, actor=SYSTEM)
    room = room_of(minji)
    visitor_says(room, "hello")
    assert "fewest open chats" in page(client, "chat_panel_tab", room.pk, "room").lower()
