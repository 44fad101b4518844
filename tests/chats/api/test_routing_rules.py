"""API-2, CHAT-10: ``routing-rules`` of the open API: five verbs and the order."""

from typing import Any

import pytest
from django.test import Client

from chats.models import RoutingRule
from chats.routing_rules import RuleDraft, create_rule
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tags.catalogue import create_tag
from tests.chats.people import NOON
from tests.contacts.api.open.conftest import Program
from tests.contacts.api.open.test_merges import check

VIP = {"and": [{"key": "tags", "op": "anyOf", "values": ["VIP"]}]}
CHAT = {"channels": ["web"], "hours": {"days": ["sat"], "outside": True}}


@pytest.fixture
def to_bob(shop: Site, bob: Operator) -> list[dict[str, Any]]:
    create_tag(shop, "VIP", actor=SYSTEM)
    return [{"action": "assignOperator", "operator": str(bob.pk)}]


def names(site: Site) -> list[str]:
    return list(RoutingRule.objects.filter(site=site).values_list("name", flat=True))


def test_rules_are_made_read_changed_and_deleted(
    program: Program, client: Client, shop: Site, to_bob: list[dict[str, Any]]
) -> None:
    """CHAT-10: answers are those that the description promises."""
    said = {"name": "VIP to Bob", "filter": VIP, "chat": CHAT, "actions": to_bob}
    status, made = program.call("POST", "routing-rules", said)
    assert status == 201
    check(client, "routing-rules", "post", 201, made)
    assert {name: made[name] for name in said} == said
    assert (made["place"], made["active"], made["valid"], made["problems"]) == (1, True, True, [])
    assert "VIP" in made["sentence"]
    assert made["does"] == ["give it to Bob"]
    one = f"routing-rules/{made['id']}"
    assert program.get(one)[1] == made
    check(client, "routing-rules/{rule_id}", "get", 200, made)

    status, changed = program.call("PATCH", one, {"name": "VIP", "active": False, "chat": {}})
    check(client, "routing-rules/{rule_id}", "patch", 200, changed)
    assert (changed["name"], changed["active"], changed["chat"], changed["filter"]) == ("VIP", False, {}, VIP)
    assert program.call("DELETE", one)[0] == 204
    assert program.get(one)[0] == 404
    assert names(shop) == []


def test_rules_are_listed_in_their_order_and_put_into_another(
    program: Program, client: Client, shop: Site, to_bob: list[dict[str, Any]]
) -> None:
    """CHAT-10: by a list of ids, by a place of one."""
    made = {name: program.call("POST", "routing-rules", {"name": name, "actions": to_bob})[1]["id"] for name in "abcd"}
    status, first = program.get("routing-rules?limit=3")
    check(client, "routing-rules", "get", 200, first)
    second = program.get(f"routing-rules?limit=3&since={first['next']}")[1]
    assert [one["name"] for one in first["routingRules"] + second["routingRules"]] == list("abcd")
    assert second["next"] is None

    status, ordered = program.call("PUT", "routing-rules/order", {"ids": [made["d"], made["b"]]})
    assert status == 200
    check(client, "routing-rules/order", "put", 200, ordered)
    assert [(one["name"], one["place"]) for one in ordered["routingRules"]] == [("d", 1), ("b", 2), ("a", 3), ("c", 4)]
    program.call("PATCH", f"routing-rules/{made['c']}", {"place": 2})
    program.call("POST", "routing-rules", {"name": "first", "actions": to_bob, "place": 1})
    assert names(shop) == ["first", "d", "c", "b", "a"]


def test_refused_rule_names_the_very_place(program: Program, shop: Site, to_bob: list[dict[str, Any]]) -> None:
    """API-2: and nothing is made."""
    good = {"name": "a", "actions": to_bob}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"name": ""}, "name"),
        ({"filter": {"and": [{"key": "tags", "op": "anyOf", "values": ["none"]}]}}, "filter.and.0.values.0"),
        ({"filter": {"and": "x"}}, "filter.and"),
        ({"chat": {"channels": ["web", "fax"]}}, "chat.channels.1"),
        ({"chat": {"hours": {"from": "9"}}}, "chat.hours.from"),
        ({"chat": {"weather": "rain"}}, "chat.weather"),
        ({"actions": []}, "actions"),
        ({"actions": ["assignOperator"]}, "actions.0"),
        ({"actions": [*to_bob, {"action": "setCategory", "category": "1"}]}, "actions.1.category"),
        ({"actions": [{"action": "assignOperator", "operator": "1"}]}, "actions.0.operator"),
        ({"actions": [*to_bob, *to_bob]}, "actions.1.action"),
        ({"place": 0}, "place"),
        ({"colour": "red"}, "colour"),
    ]
    for said, path in wrong:
        status, answer = program.call("POST", "routing-rules", {**good, **said})
        assert (status, answer["error"].get("path")) == (400, path), said
    assert names(shop) == []
    status, answer = program.call("PUT", "routing-rules/order", {"ids": ["1"]})
    assert (status, answer["error"]["path"]) == (400, "ids.0")


def test_rule_whose_tag_is_gone_says_so(program: Program, client: Client, shop: Site, to_bob: list[Any]) -> None:
    """CHAT-10: it is told as it is kept, never as a rule about everybody."""
    create_rule(shop, RuleDraft("VIP", VIP, {}, to_bob), actor=SYSTEM, now=NOON)
    RoutingRule.objects.update(filter={"and": [{"key": "tags", "op": "anyOf", "values": ["gone"]}]})
    told = program.get("routing-rules")[1]
    check(client, "routing-rules", "get", 200, told)
    (rule,) = told["routingRules"]
    assert (rule["valid"], rule["sentence"]) == (False, None)
    assert "gone" in rule["problems"][0]


def test_another_site_has_no_such_rule(
    stranger: Program, elsewhere: Site, shop: Site, to_bob: list[dict[str, Any]]
) -> None:
    """SITE-2"""
    rule = create_rule(shop, RuleDraft("VIP", VIP, {}, to_bob), actor=SYSTEM, now=NOON)
    one = f"routing-rules/{rule.pk}"
    told = [
        stranger.get(one)[0],
        stranger.call("PATCH", one, {"name": "mine"})[0],
        stranger.call("DELETE", one)[0],
        stranger.call("PUT", "routing-rules/order", {"ids": [str(rule.pk)]})[0],
        stranger.call("POST", "routing-rules", {"name": "a", "actions": to_bob})[0],
    ]
    assert told == [404, 404, 404, 400, 400]
    assert stranger.get("routing-rules")[1]["routingRules"] == []
    assert names(shop) == ["VIP"]
