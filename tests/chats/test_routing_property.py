"""CHAT-10: whatever the rules, the first one in use that a plain model says holds is the one that fires."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chats.models import Chat, RoutingRule
from chats.routing import decide, why
from chats.routing_conditions import facts_of
from chats.routing_rules import RuleDraft, create_rule
from contacts.filters.document import parse_filter
from contacts.filters.one_contact import Asked, which_hold
from contacts.models import Contact, Event
from desk.actors import SYSTEM
from desk.ids import new_id
from desk.models import Site
from tests.chats.people import NOON
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

TAGS = ("a", "b", "c")
CHANNELS = ("web", "app", "line")
LANGUAGES = ("ko", "en", "en-GB", "ja")
PAGES = ("https://shop.example/", "https://shop.example/Cart?x=1", "")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SEOUL = ZoneInfo("Asia/Seoul")

times = st.sampled_from(["00:00", "08:30", "12:00", "12:01", "22:00"])
hours = st.fixed_dictionaries(
    {"days": st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True), "from": times, "to": times},
    optional={"outside": st.booleans()},
)
pages = st.sampled_from(
    [
        {"op": "contains", "text": "cart"},
        {"op": "startsWith", "text": "/cart"},
        {"op": "is", "text": "/CART"},
        {"op": "is", "text": "https://shop.example/"},
    ]
)
chats = st.fixed_dictionaries(
    {},
    optional={
        "channels": st.lists(st.sampled_from(CHANNELS), max_size=2),
        "languages": st.lists(st.sampled_from(["ko", "en", "ja"]), max_size=2),
        "page": pages,
        "hours": hours,
    },
)
tag_conditions = st.tuples(st.sampled_from(["anyOf", "allOf", "noneOf"]), st.lists(st.sampled_from(TAGS), min_size=1))
filters = st.none() | st.tuples(st.sampled_from(["and", "or"]), st.lists(tag_conditions, min_size=1, max_size=3))
rules = st.lists(st.tuples(chats, filters, st.booleans()), max_size=6)
moments = st.integers(0, 7 * 24 * 60).map(lambda minutes: NOON + datetime.timedelta(minutes=minutes))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rules,
    st.sets(st.sampled_from(TAGS)),
    st.sampled_from(CHANNELS),
    st.sampled_from(LANGUAGES),
    st.sampled_from(PAGES),
    moments,
)
def test_first_rule_that_holds_fires(
    shop: Site, made: Any, carried: set[str], channel: str, language: str, page: str, now: datetime.datetime
) -> None:
    """CHAT-10: the decision, the test box and a plain model agree about every rule."""
    RoutingRule.objects.all().delete()
    Contact.objects.all().delete()
    tags = {
        name: TagFactory._meta.model.objects.get_or_create(site=shop, name=name, name_folded=name)[0] for name in TAGS
    }
    contact = ContactFactory(site=shop, language=language)
    for name in carried:
        ContactTagFactory(site=shop, contact=contact, tag=tags[name])
    for number, (asked, filter, active) in enumerate(made):
        draft = RuleDraft(str(number), _document(filter), asked, [{"action": "tagRoom", "tags": ["x"]}], active)
        create_rule(shop, draft, actor=SYSTEM, now=NOON)
    chat = Chat(site=shop, contact=contact, channel=channel, page=page, opened_at=now)
    holding = [
        _chat_holds(asked, channel, language, page, now) and _filter_holds(filter, carried)
        for asked, filter, _active in made
    ]
    fires = next((n for n, holds in enumerate(holding) if holds and made[n][2]), None)
    decision = decide(chat, contact, now=now)
    assert (decision.rule and int(decision.rule.name)) == fires
    verdicts = why(shop, Contact.objects.get(), facts_of(chat, contact), now=now)
    assert [one.holds for one in verdicts] == holding
    assert [int(one.rule.name) for one in verdicts if one.fires] == ([] if fires is None else [fires])


def _document(filter: Any) -> dict[str, Any]:
    if filter is None:
        return {}
    return {filter[0]: [{"key": "tags", "op": op, "values": list(values)} for op, values in filter[1]]}


def _filter_holds(filter: Any, carried: set[str]) -> bool:
    if filter is None:
        return True
    tests = {"anyOf": lambda v: bool(v & carried), "allOf": lambda v: v <= carried, "noneOf": lambda v: not v & carried}
    return {"and": all, "or": any}[filter[0]](tests[op](set(values)) for op, values in filter[1])


def _chat_holds(asked: Any, channel: str, language: str, page: str, now: datetime.datetime) -> bool:
    if asked.get("channels") and channel not in asked["channels"]:
        return False
    if asked.get("languages") and language.split("-", maxsplit=1)[0] not in asked["languages"]:
        return False
    if wanted := asked.get("page"):
        on_cart, at_home = "/Cart" in page, page == "https://shop.example/"
        expected = {"contains": on_cart, "startsWith": on_cart, "is": on_cart if "CART" in wanted["text"] else at_home}
        if not expected[wanted["op"]]:
            return False
    return "hours" not in asked or _is_within(asked["hours"], now.astimezone(SEOUL))


def _is_within(asked: Any, local: datetime.datetime) -> bool:
    """Walks from the beginning of each day's hours to their end."""
    inside = False
    for back in (0, 1):
        day = (local - datetime.timedelta(days=back)).date()
        start = datetime.datetime.combine(day, datetime.time.fromisoformat(asked["from"]), SEOUL)
        end = datetime.datetime.combine(day, datetime.time.fromisoformat(asked["to"]), SEOUL)
        if end <= start:
            end += datetime.timedelta(days=1)
        inside = inside or (DAYS[day.weekday()] in asked["days"] and start <= local < end)
    return inside is not asked.get("outside", False)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["withinLast", "moreThanAgo"]),
    st.integers(1, 40),
    st.sampled_from(["day", "week", "month"]),
    st.lists(st.integers(0, 2_000_000), min_size=2, max_size=4),
)
def test_kept_conditions_follow_the_time(shop: Site, op: str, value: int, unit: str, minutes: list[int]) -> None:
    """FIL-8: a filter that was written once answers at any time what one that is written anew does."""
    Contact.objects.all().delete()
    contact = ContactFactory(site=shop, created_at=NOON, last_seen_at=NOON)
    Event.objects.create(id=new_id(), site=shop, contact=contact, name="Order", at=NOON, property={})
    documents = (
        {"and": [{"key": "lastSeenAt", "op": op, "values": [value], "unit": unit}]},
        {"and": [{"key": "event.Order", "op": "did", "within": {"value": value, "unit": unit}}]},
        {
            "or": [
                {"key": "createdAt", "op": op, "values": [value], "unit": unit},
                {"key": "mobileNumber", "op": "exists"},
            ]
        },
        {"and": [{"key": "event.Order", "op": "atLeast", "values": [2], "within": {"value": value, "unit": unit}}]},
    )
    kept = [Asked(parse_filter(document, site=shop)) for document in documents]
    for minute in minutes:
        now = NOON + datetime.timedelta(minutes=minute)
        anew = [Asked(parse_filter(document, site=shop)) for document in documents]
        for one in anew:
            one._is_known = True  # written by itself for this very time
        assert which_hold(contact, kept, now=now) == which_hold(contact, anew, now=now)
    assert all(one._recipes is not None for one in kept)
