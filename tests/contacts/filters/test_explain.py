"""SEG-5: why a person is in a filter or not. What holds is the interpreter's answer; the value is the person's own."""

import datetime
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chats.models import ContactChats
from contacts.filters.document import parse_filter
from contacts.filters.explain import Explanation, Joined, explain
from contacts.filters.fields import fields_of, filter_fields
from contacts.filters.matching import matching
from contacts.filters.operators import Takes
from contacts.models import Contact, Event, ProfileField
from desk.actors import SYSTEM
from desk.models import Site
from tags.grade_catalogue import create_grade
from tags.grade_rules import add_rule
from tests.contacts.filters.documents import trees
from tests.contacts.filters.people import CROWD, NOW, Person
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory

_on_one_crowd = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


def _explain(site: Site, contact: Contact, document: Any, *, sees: bool = True) -> Explanation:
    return explain(parse_filter(document, site=site), contact, now=NOW, sees_personal_data=sees)


def _told(tree: Explanation) -> str:
    return tree.parts[0].value


@settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=_on_one_crowd)
@given(document=trees, number=st.integers(0, CROWD - 1))
def test_the_tree_agrees_with_the_interpreter(
    people: list[Person], shop: Site, document: dict[str, Any], number: int
) -> None:
    """SEG-5, FIL-8: at the root and at every node below it."""
    contact = people[number].contact
    filter = parse_filter(document, site=shop)
    tree = explain(filter, contact, now=NOW, sees_personal_data=True)
    for node, data in _nodes(tree, filter.data):
        meant = parse_filter(data, site=shop)
        assert node.holds is matching(shop, meant, now=NOW).filter(pk=contact.pk).exists(), json.dumps(data)


def _nodes(tree: Explanation, data: dict[str, Any]) -> list[tuple[Explanation, dict[str, Any]]]:
    """Every node beside its part of the canonical document."""
    below = [data["not"]] if "not" in data else data.get("and") or data.get("or") or []
    if "key" in data:
        return [(tree, data)]
    if len(below) == 1 and tree.joined is Joined.CONDITION:
        return [(tree, data)]  # a single condition stands alone in the tree
    inner = [pair for part, one in zip(tree.parts, below, strict=True) for pair in _nodes(part, one)]
    return [(tree, data), *inner]


def test_everybody_is_in_the_empty_filter(shop: Site) -> None:
    """FIL-1"""
    tree = _explain(shop, ContactFactory(site=shop), {})
    assert (tree.holds, tree.sentence, tree.parts) == (True, "everybody", ())


def test_conditions_say_what_is_asked_and_what_the_person_has(shop: Site) -> None:
    """SEG-5: the sentence of each condition beside the value in words."""
    ProfileField.objects.create(site=shop, key="lastOrder", label="Last order", type="date")
    kim = ContactFactory(site=shop, name="Kim", member_id="m-1", sessions_count=0)
    for name in ("VIP", "전송완료"):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop, name=name), contact=kim)
    for days in (1, 5, 100):
        Event.objects.create(site=shop, contact=kim, name="Order", at=NOW - datetime.timedelta(days=days))
    within = {"value": 30, "unit": "day"}
    tree = _explain(
        shop,
        kim,
        {
            "or": [
                {"key": "profile.lastOrder", "op": "empty"},
                {"not": {"key": "tags", "op": "anyOf", "values": ["VIP"]}},
                {"key": "event.Order", "op": "atLeast", "values": [3], "within": within},
                {"key": "sessionsCount", "op": "is", "values": [0]},
            ]
        },
    )
    assert (tree.joined, tree.holds) == (Joined.ANY, True)
    order, tags, event, sessions = tree.parts
    assert (order.holds, order.sentence, order.label, order.value) == (
        True,
        "Last order has no value",
        "Last order",
        "has no value",
    )
    assert (tags.joined, tags.holds, tags.parts[0].holds, tags.parts[0].value) == (
        Joined.NOT,
        False,
        True,
        "VIP, 전송완료",
    )
    assert event.holds is False
    assert event.value == "happened 2 times within the last 30 days, the last time on 03/30/2026 12:30 p.m."
    assert (sessions.holds, sessions.value) == (True, "0")


def test_nested_segments_are_unfolded(shop: Site) -> None:
    """SEG-5: each with its own tree, also below another one."""
    kim = ContactFactory(site=shop, member_id="m")
    members = SegmentFactory(
        site=shop, name="Members", filter={"and": [{"key": "member", "op": "is", "values": [True]}]}
    )
    blocked = SegmentFactory(
        site=shop, name="Blocked", filter={"and": [{"key": "blocked", "op": "is", "values": [True]}]}
    )
    both = {"and": [{"key": "segment", "op": "in", "values": [str(members.pk), str(blocked.pk)]}]}
    outer = SegmentFactory(site=shop, name="Either", filter=both)
    everybody = SegmentFactory(site=shop, name="Everybody", filter={})
    tree = _explain(shop, kim, {"key": "segment", "op": "notIn", "values": [str(outer.pk), str(everybody.pk)]})
    [condition] = tree.parts if tree.joined is Joined.ALL else [tree]
    assert (condition.holds, condition.value) == (False, "in “Either”, “Everybody”")
    either, all_of_them = condition.parts
    assert (either.joined, either.sentence, either.holds, all_of_them.holds) == (Joined.FILTER, "Either", True, True)
    [inner] = either.parts[0].parts if either.parts[0].joined is Joined.ALL else either.parts
    assert [(part.sentence, part.holds) for part in inner.parts] == [("Members", True), ("Blocked", False)]
    assert inner.value == "in “Members”"


def test_all_conditions_are_asked_in_one_statement(shop: Site) -> None:
    """SEG-5: and only of this contact."""
    kim = ContactFactory(site=shop)
    conditions = [{"key": key, "op": "exists"} for key in ("name", "email", "memo", "tags", "city")]
    with CaptureQueriesContext(connection) as statements:
        _explain(shop, kim, {"and": conditions})
    assert sum('FROM "contacts_contact"' in one["sql"] and "c4" in one["sql"] for one in statements) == 1


def test_somebody_of_another_site_or_unknown_is_not_explained(shop: Site, elsewhere: Site) -> None:
    """SITE-2, KIND-5"""
    for contact in (ContactFactory(site=elsewhere), ContactFactory(site=shop, kind="anonymous")):
        with pytest.raises(Contact.DoesNotExist):
            _explain(shop, contact, {"key": "name", "op": "exists"})


# --- values --------------------------------------------------------------------------------------------


def test_every_field_tells_its_value(shop: Site) -> None:
    """SEG-5: a field that is added later and tells nothing fails here. Give it ``tell=`` or a column of its name."""
    for type_ in ("text", "number", "date", "boolean", "list"):
        ProfileField.objects.create(site=shop, key=f"{type_}Key", type=type_)
    segment = SegmentFactory(site=shop, name="All", filter={})
    tag = TagFactory(site=shop, name="VIP")
    kim = ContactFactory(
        site=shop,
        member_id="m",
        email="k@example.com",
        mobile_number="+821012345678",
        birth_date=datetime.date(2000, 3, 1),
        country="KR",
        city="Seoul",
        language="ko",
        web_browser="Chrome",
        web_os="iOS",
        web_device="phone",
        mobile_app_name="Shop",
        mobile_app_version="1.2",
        memo="calls",
        address="Seoul",
        values={"textKey": "a", "numberKey": 0, "dateKey": "2026-03-01", "booleanKey": False, "listKey": ["x"]},
    )
    kim.profile.import_tags = ["spring"]
    kim.profile.save()
    ContactTagFactory(site=shop, tag=tag, contact=kim)
    gold = create_grade(shop, "Gold", actor=SYSTEM)
    add_rule(shop, criterion="memberId", value="m", grade=gold, actor=SYSTEM, now=NOW)
    Event.objects.create(site=shop, contact=kim, name="Order", at=NOW)
    ContactChats.objects.create(site=shop, contact=kim, count=1, last_at=NOW)
    fields = fields_of(shop)
    assert {field.key for field in fields} >= {*filter_fields.names(), "profile.dateKey", "event.Order"}
    silent = []
    for field in fields:
        free = [operator.name for operator in field.offered() if operator.takes is Takes.NOTHING]
        condition: dict[str, Any] = {"key": field.key, "op": free[0]} if free else {"key": field.key, "op": "is"}
        if field.key == "segment":
            condition = {"key": "segment", "op": "in", "values": [str(segment.pk)]}
        elif not free:
            condition["values"] = [field.choices(shop)[0].value if field.choices else True]
        if _told(_explain(shop, kim, {"and": [condition, {"key": "name", "op": "exists"}]})) in ("", "has no value"):
            silent.append(field.key)
    assert silent == []


@pytest.mark.parametrize(
    ("key", "seen", "masked"),
    [
        ("email", "kim@example.com", "k••••@example.com"),
        ("mobileNumber", "010-1234-5678", "••••5678"),
        ("address", "Seoul 1", "••••"),
        ("birthDate", "March 1, 2000", "••••"),
        ("age", "26", "••••"),
        ("name", "Kim", "Kim"),
    ],
)
def test_personal_values_are_masked(key: str, seen: str, masked: str, shop: Site) -> None:
    """SITE-4: for who may not see them; no value stays no value."""
    kim = ContactFactory(
        site=shop,
        name="Kim",
        email="kim@example.com",
        mobile_number="+821012345678",
        birth_date=datetime.date(2000, 3, 1),
        address="Seoul 1",
    )
    document = {"and": [{"key": key, "op": "exists"}, {"key": "member", "op": "is", "values": [False]}]}
    assert _told(_explain(shop, kim, document)) == seen
    assert _told(_explain(shop, kim, document, sees=False)) == masked
    nobody = ContactFactory(site=shop, name="")
    assert _told(_explain(shop, nobody, document, sees=False)) == "has no value"
