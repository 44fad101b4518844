"""FIL-5: the answer names the terms that matched nobody."""

import datetime
from typing import Any

import pytest

from contacts.filters import unmatched
from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.filters.unmatched import unmatched_terms
from contacts.models import Contact, ContactProfile, ProfileField
from desk.models import Site
from tests.contacts.filters.people import Person
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

NOW = datetime.datetime(2026, 3, 31, 3, 30, tzinfo=datetime.UTC)


def told(document: dict[str, Any], site: Site) -> list[tuple[str, str, tuple[str, ...], int]]:
    """Path, key, terms and how many there were, of each condition with terms that matched nobody."""
    found = unmatched_terms(parse_filter(document, site=site), now=NOW)
    return [(one.path, one.key, one.terms, one.total) for one in found]


def terms_of(key: str, op: str, values: list[str], site: Site) -> list[str]:
    """The terms of one condition that matched nobody."""
    return [term for one in told({"key": key, "op": op, "values": values}, site) for term in one[2]]


@pytest.mark.parametrize(
    ("op", "nobodys"),
    [
        ("is", ["Kim", "none", "서연"]),
        ("isNot", ["Kim", "none", "서연"]),
        ("contains", ["none"]),
        ("notContains", ["none"]),
        ("startsWith", ["none", "서연"]),
        ("endsWith", ["Kim", "none"]),
    ],
)
def test_terms_that_match_nobody_are_named_as_they_were_typed(op: str, nobodys: list[str], shop: Site) -> None:
    """In their order; a negative operator is judged like its twin."""
    for name in ("KIM Minjun", "이서연", "alice"):
        ContactFactory(site=shop, name=name)
    assert terms_of("name", op, ["Kim", "ＡＬＩＣＥ", "none", "서연"], shop) == nobodys


def test_every_condition_with_several_terms_is_judged_by_itself(shop: Site, elsewhere: Site) -> None:
    """Among all managed contacts of the site, whatever else the filter asks; the path says where it stands."""
    ContactFactory(site=shop, name="Kim", member_id="m-1", kind="member")
    ContactFactory(site=shop, name="Lee")
    ContactFactory(site=shop, name="Stranger", kind="anonymous")
    ContactFactory(site=elsewhere, name="Foreigner")
    document = {
        "and": [
            {"key": "name", "op": "is", "values": ["kim", "Stranger", "Foreigner"]},
            {"not": {"or": [{"key": "name", "op": "contains", "values": ["lee", "x"]}]}},
            {"key": "memberId", "op": "is", "values": ["m-1", "M-2", "m-3"]},
            {"key": "name", "op": "is", "values": ["one term needs no telling"]},
            {"key": "member", "op": "is", "values": [False]},
            {"key": "name", "op": "is", "values": ["Kim", "Lee"]},
        ]
    }
    assert told(document, shop) == [
        ("and[0]", "name", ("Stranger", "Foreigner"), 3),
        ("and[1].not.or[0]", "name", ("x",), 2),
        ("and[2]", "memberId", ("M-2", "m-3"), 3),
    ]


def test_the_empty_filter_has_no_terms(shop: Site) -> None:
    assert told({}, shop) == []


@pytest.mark.parametrize(
    ("op", "typed", "nobodys"),
    [
        ("is", ["010-1234-5678", "+82 10 1234 5678", "０１０１２３４５６７８", "010-9999-9999", "no"], 2),
        ("contains", ["1234", "+8210", "010-12", "777", "no"], 2),
        ("startsWith", ["0101", "+82", "777"], 1),
        ("endsWith", ["5678", "01012345678", "777"], 1),
    ],
)
def test_a_phone_counts_in_any_spelling(op: str, typed: list[str], nobodys: int, shop: Site) -> None:
    """QUAL-4"""
    ContactFactory(site=shop, mobile_number="+821012345678")
    ContactFactory(site=shop, mobile_number="777")  # not valid, so equal to nothing
    assert terms_of("mobileNumber", op, typed, shop) == typed[-nobodys:]


def test_every_field_of_texts_can_tell(shop: Site) -> None:
    """Columns with and without a folded twin, the wide half, custom texts and lists, tags, import tags."""
    ProfileField.objects.create(site=shop, key="색 size.eu", type="text")
    ProfileField.objects.create(site=shop, key="list", type="list")
    contact = ContactFactory(
        site=shop,
        country="KR",
        city="서울",
        memo="VIP 손님",
        values={"색 size.eu": "Gold 금", "list": ["Red", "전송완료"]},
    )
    ContactProfile.objects.filter(pk=contact.pk).update(import_tags=["봄 Sale"])
    ContactTagFactory(site=shop, tag=TagFactory(site=shop, name="VIP/Gold"), contact=contact)
    TagFactory(site=shop, name="carried by nobody")
    for key, op, known in (
        ("country", "is", "kr"),
        ("city", "contains", "서"),
        ("memo", "endsWith", "손님"),
        ("profile.색 size.eu", "contains", "ld 금"),
        ("profile.list", "anyOf", "red"),
        ("profile.list", "allOf", "RED"),
        ("profile.list", "notContains", "전송"),
        ("importTags", "noneOf", "봄 sale"),
        ("tags", "contains", "gold"),
    ):
        assert terms_of(key, op, [known, "carried"], shop) == ["carried"], key
    assert terms_of("tags", "noneOf", ["vip/gold", "carried by nobody"], shop) == ["carried by nobody"]


@pytest.mark.parametrize("op", ["is", "contains", "startsWith", "endsWith"])
def test_ten_thousand_terms_are_few_statements(op: str, shop: Site, django_assert_max_num_queries: Any) -> None:
    """FIL-5: by the number of people, not of terms."""
    for number in range(3):
        ContactFactory(site=shop, name=f"needle{number}")
    terms = [f"term{number}" for number in range(9_997)] + [f"NEEDLE{number}" for number in range(3)]
    filter = parse_filter({"key": "name", "op": op, "values": terms}, site=shop)
    with django_assert_max_num_queries(2):
        [found] = unmatched_terms(filter, now=NOW)
    assert (found.terms, found.total) == (tuple(terms[:-3]), 10_000)


@pytest.mark.parametrize("many", [False, True])
def test_batches_come_to_the_same_as_asking_term_by_term(
    many: bool, shop: Site, people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few people are read at once, and whether the database looks for the terms or we do."""
    monkeypatch.setattr(unmatched, "_ROWS", 3)
    monkeypatch.setattr(unmatched, "_ASKED", 0 if many else 50)
    monkeypatch.setattr(unmatched, "_SEARCHED", 0 if many else 50)
    texts = [
        "김",
        "김민준",
        "alice",
        "ｻﾄｳ",
        "%",
        "_",
        "\\",
        "민준",
        "준",
        "Ü",
        "z",
        "ice",
        "'",
        "花子",
        "서울",
        "a" * 60,
    ]
    for key in ("name", "city", "email", "profile.textKey", "profile.listKey"):
        for op in ("contains",) if key.endswith("listKey") else ("is", "contains", "startsWith", "endsWith"):
            alone = [
                text
                for text in texts
                if not matching(
                    shop, parse_filter({"key": key, "op": op, "values": [text]}, site=shop), now=NOW
                ).exists()
            ]
            assert terms_of(key, op, texts, shop) == alone, (key, op)


def test_who_is_not_managed_does_not_count(shop: Site) -> None:
    """KIND-5: a term that only a visitor matches matches nobody."""
    Contact.objects.all().delete()
    ContactFactory(site=shop, name="Kim", kind="anonymous")
    assert terms_of("name", "contains", ["Kim", "Lee"], shop) == ["Kim", "Lee"]
