"""CHAT-10: which rule fires for a chat, and what it does."""

import datetime
from typing import Any

import pytest

from chats.chat_settings import set_distribution
from chats.models import AnswerTemplate, Chat, Routing, RoutingRule
from chats.routing import decide, why
from chats.routing_conditions import ChatFacts
from chats.routing_rules import RuleDraft, create_rule, switch_rule
from chats.teams import create_team
from contacts.models import Contact
from desk.actors import SYSTEM
from desk.models import Operator, Site
from segments.models import Segment
from tags.models import ContactTag, Tag
from tests.chats.people import NOON, operator_says, room_of, visitor_says
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory

ROOM = {"action": "tagRoom", "tags": ["vip"]}


def rule(site: Site, *actions: dict[str, Any], filter: Any = None, chat: Any = None, name: str = "VIP") -> RoutingRule:
    draft = RuleDraft(name, filter or {}, chat or {}, list(actions) or [ROOM])
    return create_rule(site, draft, actor=SYSTEM, now=NOON)


def tagged(name: str) -> dict[str, Any]:
    return {"and": [{"key": "tags", "op": "anyOf", "values": [name]}]}


@pytest.fixture
def vip(shop: Site) -> Tag:
    return TagFactory(site=shop, name="VIP")


@pytest.fixture
def kim(shop: Site) -> Contact:
    return ContactFactory(site=shop, name="Kim", language="ko")


def test_vip_goes_to_the_right_manager(shop: Site, kim: Contact, vip: Tag, alice: Operator) -> None:
    """CHAT-10"""
    rule(shop, {"action": "assignOperator", "operator": str(alice.pk)}, filter=tagged("vip"))
    ContactTagFactory(site=shop, contact=kim, tag=vip)
    chat = room_of(kim)
    visitor_says(chat, "hello")
    chat = Chat.objects.get()
    assert chat.assignee == alice
    assert (chat.routing.rule_name, chat.routing.how, chat.routing.done) == ("VIP", "rule", ["assignOperator"])
