"""CHAT-10: making, changing and ordering routing rules, and what is refused where."""

from typing import Any

import pytest

from chats.categories import add_category, switch_category
from chats.models import RoutingRule
from chats.routing_conditions import describe
from chats.routing_problems import problems_of_rules
from chats.routing_rules import (
    MAX_RULES,
    RoutingRefused,
    RuleDraft,
    change_rule,
    create_rule,
    delete_rule,
    move_rule,
    order_rules,
    rules_of,
    switch_rule,
)
from chats.teams import create_team
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Operator, Site
from tests.chats.people import NOON
from tests.factories import SegmentFactory, TagFactory

MARK = {"action": "tagRoom", "tags": ["vip"]}


def draft(name: str = "VIP", **parts: Any) -> RuleDraft:
    return RuleDraft(name, **{"actions": [MARK], **parts})


def names(site: Site) -> list[str]:
    return [rule.name for rule in rules_of(site)]


def test_rule_is_kept_in_one_form(shop: Site, alice: Operator) -> None:
    """CHAT-10: only what asks something; ids written out, days in the order of the week."""
    TagFactory(site=shop, name="VIP")
    top = add_category(shop, "Orders", actor=SYSTEM)
    rule = create_rule(
        shop,
        draft(
            " VIP  first ",
            filter={"and": [{"key": "tags", "op": "anyOf", "values": ["vip"]}]},
            chat={
                "channels": ["web", "web"],
                "categories": [top.pk],
                "page": {"op": "contains", "text": " /cart "},
                "languages": ["ko", "en_GB"],
                "hours": {"days": ["sat", "mon"], "from": "22:00", "to": "06:00", "outside": True},
            },
            actions=[{"action": "assignOperator", "operator": alice.pk}, {"action": "tagRoom", "tags": ["A ", "a"]}],
        ),
        actor=Actor.of_operator(alice),
        now=NOON,
    )
    rule.refresh_from_db()
    assert (rule.name, rule.place, rule.updated_at) == ("VIP first", 1, NOON)
    assert rule.chat == {
        "channels": ["web"],
        "categories": [str(top.pk)],
        "page": {"op": "contains", "text": "/cart"},
        "languages": ["ko", "en-gb"],
        "hours": {"days": ["mon", "sat"], "from": "22:00", "to": "06:00", "outside": True},
    }
    assert rule.actions == [
        {"action": "assignOperator", "operator": str(alice.pk)},
        {"action": "tagRoom", "tags": ["A"]},
    ]
    assert describe(rule.chat) == (
        "the channel is web and the category is “Orders” and the page contains “/cart” and the language is 한국어 or en-gb"
        " and not on Monday, Saturday between 22:00 and 06:00"
    )
    assert AuditEntry.objects.get(action="routingrule.create").details == {"name": "VIP first"}


@pytest.mark.parametrize(
    ("parts", "path", "code"),
    [
        ({"name": " "}, "name", "name"),
        ({"name": "x" * 81}, "name", "name"),
        (
            {"filter": {"and": [{"key": "tags", "op": "anyOf", "values": ["?"]}]}},
            "filter.and[0].values[0]",
            "unknown_tag",
        ),
        ({"filter": []}, "filter", "invalid_document"),
        ({"chat": []}, "chat", "not_an_object"),
        ({"chat": {"channel": "web"}}, "chat.channel", "unknown_member"),
        ({"chat": {"channels": ["web", "fax"]}}, "chat.channels[1]", "channel_unknown"),
        ({"chat": {"categories": [{}]}}, "chat.categories[0]", "category_unknown"),
        ({"chat": {"page": {"op": "like", "text": "x"}}}, "chat.page.op", "page_op"),
        ({"chat": {"page": {"op": "is", "text": " "}}}, "chat.page.text", "page_text"),
        ({"chat": {"languages": ["korean!"]}}, "chat.languages[0]", "language_unknown"),
        ({"chat": {"hours": {"days": ["funday"]}}}, "chat.hours.days[0]", "day_unknown"),
        ({"chat": {"hours": {"from": "9:00", "to": "18:00"}}}, "chat.hours.from", "time_invalid"),
        ({"chat": {"hours": {"from": "09:00", "to": "24:01"}}}, "chat.hours.to", "time_invalid"),
        ({"chat": {"hours": {"from": "09:00"}}}, "chat.hours.to", "hours_half"),
        ({"chat": {"hours": {"outside": True}}}, "chat.hours", "hours_empty"),
        ({"chat": {"hours": {"days": ["mon"], "outside": "yes"}}}, "chat.hours.outside", "outside"),
        ({"actions": []}, "actions", "actions_none"),
        ({"actions": {}}, "actions", "not_a_list"),
        ({"actions": "tagRoom"}, "actions", "not_a_list"),
        ({"actions": [MARK, {"action": "shout"}]}, "actions[1].action", "action_unknown"),
        ({"actions": [MARK, MARK]}, "actions[1].action", "action_twice"),
        ({"actions": [{**MARK, "team": "1"}]}, "actions[0].team", "unknown_member"),
        ({"actions": [{"action": "assignOperator", "operator": None}]}, "actions[0].operator", "operator_unknown"),
        ({"actions": [{"action": "assignOperator", "operator": "9" * 30}]}, "actions[0].operator", "operator_unknown"),
        ({"actions": [{"action": "assignTeam", "team": "1"}]}, "actions[0].team", "team_unknown"),
        ({"actions": [{"action": "setCategory"}]}, "actions[0].category", "category_missing"),
        ({"actions": [{"action": "tagRoom", "tags": ["x" * 21]}]}, "actions[0].tags[0]", "tag_name"),
        ({"actions": [{"action": "tagRoom", "tags": []}]}, "actions[0].tags", "tags_none"),
        ({"actions": [{"action": "tagCustomer", "tags": ["\0"]}]}, "actions[0].tags[0]", "tag_unknown"),
    ],
)
def test_what_is_wrong_is_refused_at_its_very_place(shop: Site, parts: dict[str, Any], path: str, code: str) -> None:
    """CHAT-10"""
    with pytest.raises(RoutingRefused) as refused:
        create_rule(shop, draft(**parts), actor=SYSTEM, now=NOON)
    if code != "invalid_document":
        assert refused.value.code == code
    assert refused.value.path == path
    assert refused.value.message
    assert not RoutingRule.objects.exists()


def test_strangers_things_are_not_there(shop: Site, elsewhere: Site, charlie: Operator, victor: Operator) -> None:
    """SITE-2: neither agents, teams, categories and segments of another site, nor somebody who may only look."""
    team = create_team(elsewhere, "Sales", [charlie], actor=SYSTEM)
    category = add_category(elsewhere, "Orders", actor=SYSTEM)
    for action in (
        {"action": "assignOperator", "operator": str(charlie.pk)},
        {"action": "assignOperator", "operator": str(victor.pk)},
        {"action": "assignTeam", "team": str(team.pk)},
        {"action": "setCategory", "category": str(category.pk)},
    ):
        with pytest.raises(RoutingRefused):
            create_rule(shop, draft(actions=[action]), actor=SYSTEM, now=NOON)
    with pytest.raises(RoutingRefused):
        create_rule(shop, draft(chat={"categories": [str(category.pk)]}), actor=SYSTEM, now=NOON)


def test_rule_is_for_everybody_and_names_no_private_segment(shop: Site, alice: Operator) -> None:
    """SEG-6"""
    private = SegmentFactory(site=shop, owner=alice, shared=False)
    filter = {"and": [{"key": "segment", "op": "in", "values": [str(private.pk)]}]}
    with pytest.raises(RoutingRefused) as refused:
        create_rule(shop, draft(filter=filter), actor=Actor.of_operator(alice), now=NOON)
    assert (refused.value.code, refused.value.path) == ("private_segment", "filter.and[0].values[0]")


def test_order_has_no_gaps(shop: Site) -> None:
    """CHAT-10: moving, ordering anew and deleting; doing it twice does nothing the second time."""
    a, b, c, d = (create_rule(shop, draft(name), actor=SYSTEM, now=NOON) for name in "abcd")
    assert move_rule(d, 2, actor=SYSTEM, now=NOON)
    assert not move_rule(d, 2, actor=SYSTEM, now=NOON)
    assert names(shop) == ["a", "d", "b", "c"]
    assert move_rule(a, 99, actor=SYSTEM, now=NOON)
    assert names(shop) == ["d", "b", "c", "a"]
    assert order_rules(shop, [c.pk, a.pk], actor=SYSTEM, now=NOON)
    assert names(shop) == ["c", "a", "d", "b"]
    assert delete_rule(a, actor=SYSTEM)
    assert not delete_rule(a, actor=SYSTEM)
    assert [rule.place for rule in rules_of(shop)] == [1, 2, 3]
    with pytest.raises(RoutingRefused):
        order_rules(shop, [b.pk, a.pk], actor=SYSTEM, now=NOON)
    with pytest.raises(RoutingRefused):
        move_rule(b, 0, actor=SYSTEM, now=NOON)
    assert names(shop) == ["c", "d", "b"]


def test_change_and_switch(shop: Site) -> None:
    """CHAT-10: what is the same writes nothing; the log does not tell what a filter said."""
    rule = create_rule(shop, draft(), actor=SYSTEM, now=NOON)
    assert not change_rule(rule, draft(), actor=SYSTEM, now=NOON)
    filter = {"and": [{"key": "email", "op": "is", "values": ["kim@example.com"]}]}
    assert change_rule(rule, draft("New", filter=filter), actor=SYSTEM, now=NOON)
    details = AuditEntry.objects.get(action="routingrule.change").details
    assert details == {"name": "VIP", "changed": ["filter", "name"]} | {"name": {"from": "VIP", "to": "New"}}
    assert switch_rule(rule, False, actor=SYSTEM, now=NOON)
    assert not switch_rule(rule, False, actor=SYSTEM, now=NOON)
    delete_rule(rule, actor=SYSTEM)
    with pytest.raises(RoutingRefused):
        switch_rule(rule, True, actor=SYSTEM, now=NOON)


def test_site_has_a_limit_of_rules(shop: Site) -> None:
    """CHAT-10"""
    RoutingRule.objects.bulk_create(
        RoutingRule(site=shop, place=place, name=str(place), updated_at=NOON) for place in range(1, MAX_RULES + 1)
    )
    with pytest.raises(RoutingRefused) as refused:
        create_rule(shop, draft(), actor=SYSTEM, now=NOON)
    assert refused.value.code == "rules_full"


def test_problems_of_all_rules_cost_a_few_statements(
    shop: Site, alice: Operator, bob: Operator, django_assert_max_num_queries: Any
) -> None:
    """CHAT-10: an agent who left, a category switched off, a tag that is gone."""
    tag, category = TagFactory(site=shop, name="VIP"), add_category(shop, "Orders", actor=SYSTEM)
    fine = create_rule(shop, draft(), actor=SYSTEM, now=NOON)
    actions = [
        {"action": "assignOperator", "operator": str(bob.pk)},
        {"action": "setCategory", "category": str(category.pk)},
        {"action": "tagCustomer", "tags": ["VIP"]},
    ]
    filter = {"and": [{"key": "tags", "op": "noneOf", "values": ["VIP"]}]}
    rules = [create_rule(shop, draft(filter=filter, actions=actions), actor=SYSTEM, now=NOON) for _n in range(9)]
    assert problems_of_rules(shop, [fine, *rules]) == {}
    bob.memberships.all().delete()
    switch_category(category, on=False, actor=SYSTEM)
    tag.delete()
    with django_assert_max_num_queries(6):
        found = problems_of_rules(shop, [fine, *rules])
    assert found.keys() == {rule.pk for rule in rules}
    assert found[rules[0].pk] == [
        "There is no tag “VIP”.",
        "The agent of this rule does not work with chats of this site any more.",
        "The category of this rule is not in use any more.",
        "There is no tag “VIP”.",
    ]
