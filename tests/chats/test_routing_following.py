"""SEG-1, TAG-2, SEG-6, RET-4: rules go on when what they name is renamed, are listed before it goes, and forget people."""

from typing import Any

import pytest

from chats.errors import ChatRefused
from chats.models import Chat, Routing, RoutingRule
from chats.room_tags import add_room_tag, merge_room_tags, rename_room_tag
from chats.routing_rules import RuleDraft, create_rule
from chats.teams import create_team, delete_team
from contacts.erasing import erase_everything_of
from contacts.known_values import Origin, Seen, remember
from contacts.models import Contact, KnownField, Source
from desk.access import Access, access_to
from desk.actors import SYSTEM
from desk.models import Operator, Site
from segments.uses import uses_of_segments
from tags.catalogue import follow_renames, restore_names
from tags.grade_catalogue import change_grade, create_grade
from tags.uses import uses_of
from tests.chats.people import NOON, room_of, visitor_says
from tests.factories import ContactFactory, SegmentFactory, TagFactory


def rule_of(site: Site, filter: Any = None, *actions: dict[str, Any]) -> RoutingRule:
    actions = actions or ({"action": "tagRoom", "tags": ["routed"]},)
    return create_rule(site, RuleDraft("VIP", filter or {}, {}, list(actions)), actor=SYSTEM, now=NOON)


def asks(key: str, op: str, *values: str) -> dict[str, Any]:
    return {"and": [{"or": [{"key": key, "op": op, "values": list(values)}, {"key": "mobileNumber", "op": "exists"}]}]}


def access(operator: Operator) -> Access:
    found = access_to(operator, None)
    assert found is not None
    return found


def test_renamed_tag_keeps_its_place_in_filter_and_actions(shop: Site, elsewhere: Site) -> None:
    """SEG-1: and is taken back where nobody has changed the rule since."""
    for name in ("VIP", "Gold"):
        TagFactory(site=shop, name=name)
    rule = rule_of(shop, asks("tags", "anyOf", "vip"), {"action": "tagCustomer", "tags": ["vip", "Gold"]})
    before = follow_renames(shop, {"vip": "Gold"})
    rule.refresh_from_db()
    assert (rule.filter, rule.actions) == (
        asks("tags", "anyOf", "Gold"),
        [{"action": "tagCustomer", "tags": ["Gold"]}],
    )
    restore_names(shop, {"vip": "Gold"}, before)
    rule.refresh_from_db()
    assert (rule.filter, rule.actions[0]["tags"]) == (asks("tags", "anyOf", "vip"), ["vip", "Gold"])


def test_renamed_grade_keeps_its_place(shop: Site) -> None:
    """SEG-1, GRADE-3"""
    grade = create_grade(shop, "Gold", actor=SYSTEM)
    rule = rule_of(shop, asks("grade", "is", "gold"))
    change_grade(grade, name="Platinum", actor=SYSTEM)
    rule.refresh_from_db()
    assert rule.filter == asks("grade", "is", "Platinum")


def test_renamed_room_tag_keeps_its_place(shop: Site) -> None:
    """CHAT-3: so no rule makes the old one anew."""
    old, other = (add_room_tag(shop, name, actor=SYSTEM) for name in ("routed", "other"))
    rule = rule_of(shop)
    rename_room_tag(old, "by rule", actor=SYSTEM)
    rule.refresh_from_db()
    assert rule.actions == [{"action": "tagRoom", "tags": ["by rule"]}]
    merge_room_tags(old, other, actor=SYSTEM)
    rule.refresh_from_db()
    assert rule.actions == [{"action": "tagRoom", "tags": ["other"]}]


def test_rules_are_told_before_a_tag_a_segment_or_a_team_goes(shop: Site, alice: Operator, bob: Operator) -> None:
    """TAG-2, SEG-6, CHAT-10: a page that leads to the rule is for those who set rules up."""
    asked, attached, unused = (TagFactory(site=shop, name=name) for name in ("asked", "attached", "unused"))
    segment = SegmentFactory(site=shop)
    team = create_team(shop, "Sales", [bob], actor=SYSTEM)
    of_tags = rule_of(shop, asks("tags", "anyOf", "asked"), {"action": "tagCustomer", "tags": ["attached"]})
    rule_of(shop, asks("segment", "notIn", str(segment.pk)), {"action": "assignTeam", "team": str(team.pk)})
    for tag in (asked, attached):
        assert [(use.name, use.id, bool(use.page)) for use in uses_of(access(alice), [tag])] == [
            ("VIP", of_tags.pk, True)
        ]
    assert [bool(use.page) for use in uses_of(access(bob), [asked])] == [False]
    assert uses_of(access(alice), [unused]) == []
    assert [use.name for use in uses_of_segments(access(alice))[segment.pk]] == ["VIP"]
    with pytest.raises(ChatRefused) as refused:
        delete_team(team, actor=SYSTEM)
    assert refused.value.code == "team_in_use"


def test_what_identifies_an_erased_person_leaves_the_rules(shop: Site) -> None:
    """RET-4: of several values theirs; and the record of their chat goes with the chat."""
    kim, lee = (ContactFactory(site=shop, email=f"{name}@example.com") for name in ("kim", "lee"))
    remember(kim, [Seen(KnownField.EMAIL, kim.email, kim.email)], Origin(Source.API, "", NOON))
    rule = rule_of(shop, asks("email", "is", "KIM@example.com", "lee@example.com"))
    visitor_says(room_of(kim), "hello")
    assert Routing.objects.count() == 1
    erase_everything_of(shop, [kim.pk])
    rule.refresh_from_db()
    assert rule.filter == asks("email", "is", "lee@example.com")
    assert not Routing.objects.exists()
    assert not Chat.objects.exists()
    assert Contact.objects.get() == lee
