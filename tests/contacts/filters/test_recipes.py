"""FIL-10: the recipes that must work, word for word; FIL-5 with 1,000 and 10,000 pasted ids; QUAL-4 phones."""

import datetime
from typing import Any

import pytest

from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.models import Contact, Event, ProfileField
from desk.models import Site
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

NOW = datetime.datetime(2026, 11, 21, 3, tzinfo=datetime.UTC)
KEY = "lastCheckoutCompletedAt"


def days_ago(days: int) -> datetime.datetime:
    return NOW - datetime.timedelta(days=days)


@pytest.fixture
def alice_member(shop: Site) -> Contact:
    """A regular: a member who ordered last month and was here yesterday for the third time."""
    ProfileField.objects.create(site=shop, key=KEY, type="date")
    contact = ContactFactory(
        site=shop,
        name="Alice",
        member_id="alice",
        sessions_count=3,
        created_at=days_ago(500),
        last_seen_at=days_ago(1),
        values={KEY: "2026-10-21T03:00:00.000Z"},
    )
    ContactTagFactory(site=shop, tag=TagFactory(site=shop, name="배송/전송완료"), contact=contact)
    return contact


@pytest.fixture
def bob_member(shop: Site, alice_member: Contact) -> Contact:
    """A member who never ordered and was last here two years ago."""
    contact = ContactFactory(
        site=shop, name="Bob", member_id="bob", sessions_count=2, created_at=days_ago(800), last_seen_at=days_ago(730)
    )
    ContactTagFactory(site=shop, tag=TagFactory(site=shop, name="VIP"), contact=contact)
    return contact


@pytest.fixture
def charlie_lead(shop: Site, bob_member: Contact) -> Contact:
    """A lead that left a number on the phone and never was on the page."""
    return ContactFactory(site=shop, name="Charlie", created_at=days_ago(2), last_seen_at=None, values={KEY: ""})


RECIPES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "not ordered yet": (
        {"and": [{"key": "member", "op": "is", "values": [True]}, {"key": f"profile.{KEY}", "op": "empty"}]},
        {"Bob"},
    ),
    "visited within a year": ({"key": "lastSeenAt", "op": "withinLast", "values": [1], "unit": "year"}, {"Alice"}),
    "3 or more sessions": ({"key": "sessionsCount", "op": "gte", "values": [3]}, {"Alice"}),
    "ordered within 6 months": (
        {"key": f"profile.{KEY}", "op": "withinLast", "values": [6], "unit": "month"},
        {"Alice"},
    ),
    "no tag that contains 전송완료": ({"key": "tags", "op": "notContains", "values": ["전송완료"]}, {"Bob", "Charlie"}),
    "dormant": ({"key": "lastSeenAt", "op": "moreThanAgo", "values": [1], "unit": "year"}, {"Bob"}),
    "any of 1,000 ids": (
        {"key": "memberId", "op": "is", "values": [*(f"x{n}" for n in range(999)), "ALICE"]},
        {"Alice"},
    ),
    "none of 1,000 ids": (
        {"key": "memberId", "op": "isNot", "values": [*(f"x{n}" for n in range(999)), "ALICE"]},
        {"Bob", "Charlie"},
    ),
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipe(recipe: str, shop: Site, charlie_lead: Contact) -> None:
    """FIL-10"""
    document, expected = RECIPES[recipe]
    found = matching(shop, parse_filter(document, site=shop), now=NOW)
    assert set(found.values_list("name", flat=True)) == expected


@pytest.mark.parametrize("op", ["is", "isNot", "contains", "notContains", "startsWith", "endsWith"])
def test_ten_thousand_terms_are_one_parameter(op: str, shop: Site) -> None:
    """FIL-5: on each text operator, several times in one filter."""
    ContactFactory(site=shop, name="needle", member_id="needle")
    ContactFactory(site=shop, name="other", member_id="other")
    terms = [f"term{number}" for number in range(9_999)] + ["needle"]
    document = {"and": [{"key": key, "op": op, "values": terms} for key in ("name", "memberId")]}
    found = matching(shop, parse_filter(document, site=shop))
    expected = "other" if op in ("isNot", "notContains") else "needle"
    assert list(found.values_list("name", flat=True)) == [expected]


@pytest.mark.parametrize(
    ("op", "typed"),
    [
        ("is", "010-1234-5678"),
        ("is", "+82 10 1234 5678"),
        ("is", "０１０１２３４５６７８"),
        ("contains", "1234-5678"),
        ("contains", "010-12"),
        ("contains", "8210"),
        ("startsWith", "010 1234"),
        ("startsWith", "+8210"),
        ("endsWith", "5678"),
        ("endsWith", "01012345678"),
    ],
)
def test_a_phone_is_found_in_any_spelling(op: str, typed: str, shop: Site) -> None:
    """QUAL-4"""
    contact = ContactFactory(site=shop, mobile_number="+821012345678")
    ContactFactory(site=shop, mobile_number="+819087654321")
    ContactFactory(site=shop, mobile_number="12")
    document = {"key": "mobileNumber", "op": op, "values": [typed]}
    assert list(matching(shop, parse_filter(document, site=shop))) == [contact]
    assert matching(shop, parse_filter({"not": document}, site=shop)).count() == 2


def test_two_characters_of_korean_or_japanese_are_enough(shop: Site) -> None:
    """FIL-7: and width, case and composition do not matter."""
    korean = ContactFactory(site=shop, name="김민준")
    japanese = ContactFactory(site=shop, name="ｻﾄｳ花子")
    for term, expected in {
        "민준": korean,
        "\u1106\u1175\u11ab\u110c\u116e\u11ab": korean,
        "サト": japanese,
        "花子": japanese,
    }.items():
        document = {"key": "name", "op": "contains", "values": [term]}
        assert list(matching(shop, parse_filter(document, site=shop))) == [expected], term


def test_a_filter_and_the_quick_search_combine(shop: Site) -> None:
    """LIST-1, FIL-8"""
    ContactFactory(site=shop, name="Kim", member_id="a")
    contact = ContactFactory(site=shop, name="Kim")
    members = parse_filter({"not": {"key": "member", "op": "is", "values": [True]}}, site=shop)
    assert list(matching(shop, members, search="kim")) == [contact]


def test_nobody_is_found_twice_and_strangers_never(shop: Site, elsewhere: Site) -> None:
    """FIL-8, KIND-5, SITE-2: two tags and three events are one person."""
    contact = ContactFactory(site=shop, name="Kim")
    for name in ("a1", "a2"):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop, name=name), contact=contact)
    for person in (contact, ContactFactory(site=shop, kind="anonymous"), ContactFactory(site=elsewhere)):
        for _ in range(3):
            Event.objects.create(site=person.site, contact=person, name="Order", at=NOW)
    document = {
        "or": [
            {"key": "tags", "op": "contains", "values": ["a"]},
            {"key": "event.Order", "op": "did"},
            {"key": "event.Order", "op": "atLeast", "values": [2]},
        ]
    }
    assert list(matching(shop, parse_filter(document, site=shop), now=NOW)) == [contact]


def test_a_filter_is_one_statement(shop: Site, django_assert_num_queries: Any) -> None:
    """FIL-8: whatever is in it."""
    TagFactory(site=shop, name="VIP")
    ProfileField.objects.create(site=shop, key="size", type="text")
    document = {
        "or": [
            {"key": "tags", "op": "allOf", "values": ["VIP"]},
            {"key": "profile.size", "op": "is", "values": ["L"]},
            {"not": {"key": "event.Order", "op": "atMost", "values": [3], "within": {"value": 1, "unit": "month"}}},
            {"key": "memo", "op": "contains", "values": ["x"]},
        ]
    }
    filter = parse_filter(document, site=shop)
    with django_assert_num_queries(1):
        list(matching(shop, filter))
    with django_assert_num_queries(1):
        matching(shop, filter).count()


def test_a_filter_of_one_site_is_not_asked_of_another(shop: Site, elsewhere: Site) -> None:
    """SITE-2: a mistake of ours, not of people."""
    with pytest.raises(ValueError, match="another"):
        matching(elsewhere, parse_filter({"key": "name", "op": "exists"}, site=shop))
