"""CHAT-10: which rule fires for a chat, and what becomes of the chat."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chats.availability import set_away
from chats.chat_settings import set_distribution
from chats.models import Chat, ChatTag, Distribution, Routing, RoutingRule, State, WhenAway
from chats.routing import decide, why
from chats.routing_conditions import ChatFacts
from chats.routing_errors import reason_in_words
from chats.routing_rules import RuleDraft, create_rule, switch_rule
from chats.teams import create_team
from contacts.models import Contact, Kind
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tags.models import ContactTag, Tag
from tests.chats.people import NOON, operator_says, room_of, visitor_says
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory

MARK = {"action": "tagRoom", "tags": ["routed"]}


def rule_of(
    site: Site, *actions: dict[str, Any], filter: Any = None, chat: Any = None, name: str = "VIP"
) -> RoutingRule:
    draft = RuleDraft(name, filter or {}, chat or {}, list(actions) or [MARK])
    return create_rule(site, draft, actor=SYSTEM, now=NOON)


def tagged(name: str) -> dict[str, Any]:
    return {"and": [{"key": "tags", "op": "anyOf", "values": [name]}]}


def give_to(operator: Operator) -> dict[str, str]:
    return {"action": "assignOperator", "operator": str(operator.pk)}


def opened(contact: Contact, channel: str = "web", **options: Any) -> Chat:
    """A chat that the visitor's first message has opened, as it stands then."""
    chat = room_of(contact, channel, **options)
    visitor_says(chat, "hello")
    return Chat.objects.select_related("assignee", "team").get(pk=chat.pk)


@pytest.fixture
def vip(shop: Site) -> Tag:
    return TagFactory(site=shop, name="VIP")


@pytest.fixture
def kim(shop: Site, vip: Tag) -> Contact:
    """Carries VIP."""
    kim = ContactFactory(site=shop, name="Kim", language="ko")
    ContactTagFactory(site=shop, contact=kim, tag=vip)
    return kim


def test_vip_has_the_right_manager_first(shop: Site, kim: Contact, alice: Operator, bob: Operator) -> None:
    """CHAT-10: segment, tag, rule, manager; the chat says which rule it was. Others wait as before."""
    segment = SegmentFactory(site=shop, name="VIPs", filter=tagged("vip"))
    asks = {"and": [{"key": "segment", "op": "in", "values": [str(segment.pk)]}]}
    rule = rule_of(shop, give_to(alice), MARK, filter=asks)
    rule_of(shop, give_to(bob), chat={"channels": ["kakao"]}, name="Messengers")
    chat = opened(kim)
    assert (chat.assignee, chat.state) == (alice, State.RECEIVED)
    routing = chat.routing
    assert (routing.rule, routing.rule_name, routing.how, routing.operator) == (rule, "VIP", "rule", alice)
    assert (routing.done, routing.refused) == (["assignOperator", "tagRoom"], {})
    assert list(ChatTag.objects.filter(chat=chat).values_list("tag__name", flat=True)) == ["routed"]
    other = opened(ContactFactory(site=shop))
    assert (other.assignee, other.state, other.routing.rule, other.routing.how) == (None, State.WAITING, None, "manual")


def test_first_rule_in_use_that_holds_is_the_one(shop: Site, kim: Contact, alice: Operator, bob: Operator) -> None:
    """CHAT-10"""
    off = rule_of(shop, give_to(bob), name="off")
    switch_rule(off, False, actor=SYSTEM, now=NOON)
    rule_of(shop, give_to(bob), filter=tagged("vip"), chat={"languages": ["ja"]}, name="Japanese")
    first = rule_of(shop, give_to(alice), filter=tagged("vip"))
    rule_of(shop, give_to(bob), name="everybody")
    assert opened(kim).routing.rule == first
    told = [(one.rule.name, one.chat_holds, one.holds, one.fires) for one in _why(kim)]
    assert told == [
        ("off", True, True, False),
        ("Japanese", False, False, False),
        ("VIP", True, True, True),
        ("everybody", True, True, False),
    ]


def _why(contact: Contact) -> Any:
    return why(contact.site, contact, ChatFacts("web", language="ko"), now=NOON)


def test_who_is_not_managed_yet_is_in_no_rule_about_people(shop: Site, vip: Tag) -> None:
    """CHAT-10: not even in “does not carry”; the test box says so too, and the first message makes a lead of them."""
    stranger = ContactFactory(site=shop, kind=Kind.ANONYMOUS, lead_reason="")
    rule = rule_of(shop, filter={"and": [{"key": "tags", "op": "noneOf", "values": ["VIP"]}]})
    stranger.refresh_from_db()
    assert [one.holds for one in why(shop, stranger, ChatFacts("web"), now=NOON)] == [False]
    assert opened(stranger).routing.rule == rule


def test_broken_rule_never_fires_and_stops_nothing(shop: Site, kim: Contact, alice: Operator) -> None:
    """CHAT-10, SEG-1: a deleted tag, also where “does not carry” would let everybody in; the reason is told."""
    TagFactory(site=shop, name="Old")
    segment = SegmentFactory(site=shop, name="All", filter={})
    rule_of(shop, name="tag", filter={"and": [{"key": "tags", "op": "noneOf", "values": ["Old"]}]})
    asks = {"and": [{"key": "segment", "op": "notIn", "values": [str(segment.pk)]}]}
    rule_of(shop, name="segment", filter=asks)
    works = rule_of(shop, give_to(alice), filter=tagged("VIP"))
    Tag.objects.filter(name="Old").delete()
    segment.delete()
    decision = decide(room_of(kim), kim, now=NOON)
    assert decision.rule == works
    assert sorted(decision.broken.values()) == [
        f"There is no segment “{segment.pk or asks['and'][0]['values'][0]}”.",  # type: ignore[index]
        "There is no tag “Old”.",
    ]
    assert [bool(one.broken) for one in _why(kim)] == [True, True, False]
    assert opened(kim).assignee == alice


def test_action_that_cannot_be_done_is_noted_and_stops_nothing(
    shop: Site, kim: Contact, bob: Operator, alice: Operator
) -> None:
    """CHAT-10: an agent who left; the message is said, and what else the rule does is done."""
    team = create_team(shop, "Sales", [alice], actor=SYSTEM)
    rule_of(shop, give_to(bob), {"action": "assignTeam", "team": str(team.pk)}, MARK)
    bob.memberships.all().delete()
    chat = opened(kim)
    assert (chat.assignee, chat.team, chat.messages_count) == (None, team, 1)
    assert (chat.routing.done, list(chat.routing.refused)) == (["assignTeam", "tagRoom"], ["assignOperator"])
    reason = reason_in_words(chat.routing.refused["assignOperator"])
    assert reason == "Bob does not work with chats of this site."


def test_rule_tags_the_customer_as_operators_do(shop: Site, kim: Contact) -> None:
    """CHAT-10, TAG-3: said to be by the rule; who would carry more than 20 is left as they are."""
    TagFactory(site=shop, name="Night")
    rule_of(shop, {"action": "tagCustomer", "tags": ["night", "VIP"]}, name="At night")
    opened(kim)
    made = ContactTag.objects.get(tag__name="Night")
    assert (made.contact, made.source, made.source_label, made.job_id) == (kim, "rule", "At night", None)
    full = ContactFactory(site=shop)
    for number in range(20):
        ContactTagFactory(site=shop, contact=full, tag=TagFactory(site=shop, name=f"n{number}"))
    routing = opened(full).routing
    assert routing.refused == {"tagCustomer": {"code": "tags_full"}}
    assert ContactTag.objects.filter(contact=full).count() == 20


def test_who_has_no_agent_yet_is_distributed_within_the_team(
    shop: Site, kim: Contact, alice: Operator, bob: Operator
) -> None:
    """CHAT-10: a rule gives it to a team, the site's distribution to one of the team; nobody there: it waits."""
    Operator.objects.update(last_login=NOON)
    team = create_team(shop, "Sales", [bob], actor=SYSTEM)
    set_distribution(shop, distribution="fewest", when_away="keep", most_open_chats=None, actor=SYSTEM)
    rule_of(shop, {"action": "assignTeam", "team": str(team.pk)}, filter=tagged("VIP"))
    chat = opened(kim)
    assert (chat.assignee, chat.team, chat.routing.how) == (bob, team, Distribution.FEWEST)
    other = opened(ContactFactory(site=shop))
    assert (other.assignee, other.routing.rule, other.routing.how) == (alice, None, "fewest")
    set_away(shop, bob, True, actor=SYSTEM, now=NOON)
    second = ContactFactory(site=shop)
    ContactTagFactory(site=shop, contact=second, tag=Tag.objects.get(name="VIP"))
    assert opened(second).routing.how == Routing.How.WAITS


@pytest.mark.parametrize(("when_away", "gets_it"), [(WhenAway.KEEP, True), (WhenAway.HAND_OVER, False)])
def test_agent_who_is_away_gets_what_the_site_lets_them_keep(
    shop: Site, kim: Contact, alice: Operator, bob: Operator, when_away: str, gets_it: bool
) -> None:
    """CHAT-10: where chats of who is away go to colleagues, a rule gives them none either."""
    Operator.objects.update(last_login=NOON)
    set_distribution(shop, distribution="fewest", when_away=when_away, most_open_chats=None, actor=SYSTEM)
    rule_of(shop, give_to(bob))
    set_away(shop, bob, True, actor=SYSTEM, now=NOON)
    chat = opened(kim)
    assert chat.assignee == (bob if gets_it else alice)
    assert chat.routing.refused == ({} if gets_it else {"assignOperator": {"code": "operator_away", "name": "Bob"}})


def test_chats_of_operators_and_bots_are_not_routed(shop: Site, kim: Contact, alice: Operator, bob: Operator) -> None:
    """CHAT-10: nor is a chat routed twice."""
    rule_of(shop, give_to(alice))
    chat = room_of(kim)
    operator_says(chat, "may I help?", bob)
    visitor_says(chat, "yes")
    with_bot = room_of(ContactFactory(site=shop))
    Chat.objects.filter(pk=with_bot.pk).update(state=State.BOT)
    visitor_says(with_bot, "hello")
    assert not Routing.objects.exists()
    own = opened(ContactFactory(site=shop))
    visitor_says(own, "still there?")
    assert Routing.objects.get().at == NOON


def test_first_message_costs_one_statement_more_where_there_is_nothing_to_decide(shop: Site, kim: Contact) -> None:
    """CHAT-10: rules and settings are read at once; nothing is written."""
    with CaptureQueriesContext(connection) as asked:
        visitor_says(room_of(kim), "hello")
    assert len([one for one in asked if "chats_routing" in one["sql"]]) == 1
    assert not Routing.objects.exists()


def test_decision_costs_the_same_statements_for_1_rule_and_for_30(
    shop: Site, kim: Contact, django_assert_num_queries: Any
) -> None:
    """CHAT-10: rules, segments, tags, custom fields: one each; one about the contact."""
    segment = SegmentFactory(site=shop, name="VIPs", filter=tagged("vip"))
    chat = room_of(kim)
    asks = {"and": [{"key": "segment", "op": "notIn", "values": [str(segment.pk)]}]}
    for number in range(30):
        TagFactory(site=shop, name=f"n{number}")
        rule_of(shop, filter=tagged(f"n{number}") if number % 2 else asks, name=str(number))
        if number in (1, 29):
            with django_assert_num_queries(4):
                assert decide(chat, kim, now=NOON).rule is None


def test_rules_about_the_chat_alone_ask_nothing_about_the_contact(
    shop: Site, kim: Contact, django_assert_num_queries: Any
) -> None:
    """CHAT-10: nor do rules about people in chats that they are not about, or behind a rule for everybody."""
    rule_of(shop, filter=tagged("vip"), chat={"channels": ["line"]})
    wanted = rule_of(shop, chat={"channels": ["web"]}, name="web")
    rule_of(shop, filter=tagged("vip"), name="behind")
    chat = room_of(kim)
    with django_assert_num_queries(1):
        assert decide(chat, kim, now=NOON).rule == wanted


def test_rules_of_another_site_do_nothing_here(shop: Site, elsewhere: Site, kim: Contact) -> None:
    """SITE-2"""
    rule_of(elsewhere)
    opened(kim)
    assert not Routing.objects.exists()


def test_time_of_day_is_the_sites(shop: Site, kim: Contact) -> None:
    """CHAT-10: noon of these tests is 12:00 in Seoul and 03:00 UTC, a Sunday."""
    rule_of(shop, chat={"hours": {"days": ["sun"], "from": "12:00", "to": "12:01"}})
    chat = room_of(kim)
    assert decide(chat, kim, now=NOON).rule is not None
    assert decide(chat, kim, now=NOON + datetime.timedelta(minutes=1)).rule is None
