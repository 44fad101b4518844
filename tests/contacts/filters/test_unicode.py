"""FIL-7: case, width and Unicode form make no difference, on every kind of column and on both databases alike."""

import unicodedata
from typing import Any

import pytest

from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.folding import fold
from contacts.models import ContactProfile, Event, ProfileField
from desk.models import Site
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

# What is stored, what is looked for, and whether it is the same.
SAME = [
    ("김민준", unicodedata.normalize("NFD", "김민준"), True),
    (unicodedata.normalize("NFD", "김민준"), "김민준", True),
    ("ＡＬＩＣＥ", "alice", True),
    ("１２３ー４", "123ー4", True),
    ("ｻﾄｳ ﾊﾅｺ", "サトウ ハナコ", True),
    ("ガギグ", "ｶﾞｷﾞｸﾞ", True),
    (unicodedata.normalize("NFD", "ガギグ"), "ガギグ", True),
    ("Ünal", "ÜNAL", True),
    (unicodedata.normalize("NFD", "Ünal"), "ünal", True),
    ("ÉCOLE", "école", True),
    ("Straße", "STRAẞE", True),
    ("Straße", "strasse", False),  # another spelling, not another case
    ("İstanbul", "İSTANBUL", True),
    ("İstanbul", "istanbul", False),  # the dot of a Turkish capital is a letter's own
    ("ısparta", "ISPARTA", False),
    ("ΟΔΟΣ", "οδος", True),
    ("Οδοσ", "ΟΔΟΣ", False),  # a final sigma is only final
    ("Москва", "МОСКВА", True),
    ("㈱山田", "(株)山田", True),
    ("ﬁne", "FINE", True),
    ("①", "1", True),
    ("한　글", "한 글", True),  # the ideographic space
    ("e\u0301", "é", True),
    ("👩‍🚀 Kim", "👩‍🚀 kim", True),
    ("サ", "さ", False),  # katakana and hiragana are different letters
    ("ー", "-", False),
    ("\u3000\t서울\u2028\x1f ", "서울", True),  # white space around it, of any script
    ("서 울", "서울", False),
]


def _asked(site: Site, **condition: Any) -> int:
    return matching(site, parse_filter(condition, site=site)).count()


def _event(term: str) -> list[dict[str, Any]]:
    return [{"key": "item", "op": "is", "values": [term]}]


@pytest.mark.parametrize(("stored", "typed", "same"), SAME)
def test_texts_are_compared_alike_wherever_they_are_kept(stored: str, typed: str, same: bool, shop: Site) -> None:
    """Folded when written (name, memo, custom fields) or when asked (city, import tags, event properties)."""
    ProfileField.objects.create(site=shop, key="t", type="text")
    ProfileField.objects.create(site=shop, key="l", type="list")
    contact = ContactFactory(site=shop, name=stored, city=stored, memo=stored, values={"t": stored, "l": [stored, "x"]})
    ContactProfile.objects.filter(pk=contact.pk).update(import_tags=["x", stored])
    Event.objects.create(site=shop, contact=contact, name="Buy", at=contact.created_at, property={"item": stored})
    ContactFactory(site=shop)
    found = {
        "name": _asked(shop, key="name", op="is", values=[typed]),
        "city": _asked(shop, key="city", op="is", values=[typed]),
        "city contains": _asked(shop, key="city", op="contains", values=[typed, "nothing"]),
        "memo": _asked(shop, key="memo", op="endsWith", values=[typed]),
        "text": _asked(shop, key="profile.t", op="is", values=[typed]),
        "list": _asked(shop, key="profile.l", op="allOf", values=[typed, "X"]),
        "importTags": _asked(shop, key="importTags", op="anyOf", values=[typed]),
        "event": _asked(shop, key="event.Buy", op="did", where=_event(typed)),
    }
    assert found == dict.fromkeys(found, int(same))
    assert (fold(stored) == fold(typed)) is same


@pytest.mark.parametrize(
    "term", ["민준", unicodedata.normalize("NFD", "민준"), "ﾄｳ", "トウ", "花子", "ＫＩＭ", "im 花"]
)
def test_a_part_of_two_characters_is_found_in_every_kind_of_text(term: str, shop: Site) -> None:
    """FIL-7: names, tags, memos and custom fields."""
    text = "김민준 ｻﾄｳ Kim 花子"
    ProfileField.objects.create(site=shop, key="t", type="text")
    contact = ContactFactory(site=shop, name=text, memo=text, city=text, values={"t": text})
    ContactTagFactory(site=shop, tag=TagFactory(site=shop, name=text), contact=contact)
    other = ContactFactory(site=shop, name="other")
    for key in ("name", "memo", "city", "profile.t", "tags"):
        assert _asked(shop, key=key, op="contains", values=[term]) == 1, key
        assert list(matching(shop, parse_filter({"key": key, "op": "notContains", "values": [term]}, site=shop))) == [
            other
        ], key


@pytest.mark.parametrize(
    "term", ["%", "_", "\\", "%%", "a_c", "[a-z]", ".*", "(a+)+$", "'", '"', "';--", "$1", "{0}", "%s"]
)
@pytest.mark.parametrize("op", ["is", "contains", "startsWith", "endsWith"])
def test_wildcards_quotes_and_patterns_are_plain_characters(op: str, term: str, shop: Site) -> None:
    """Bad input: a LIKE pattern, a regular expression or a piece of SQL is looked for letter by letter."""
    ProfileField.objects.create(site=shop, key="t", type="text")
    for name in ("abc", "aXc", "100", term):
        contact = ContactFactory(site=shop, name=name, city=name, memo=name, values={"t": name})
        Event.objects.create(site=shop, contact=contact, name="Buy", at=contact.created_at, property={"item": name})
    for values in ([term], [term, "nothing"]):
        for key in ("name", "city", "memo", "profile.t"):
            found = matching(shop, parse_filter({"key": key, "op": op, "values": values}, site=shop))
            assert list(found.values_list("name", flat=True)) == [term], key
        where = [{"key": "item", "op": op, "values": values}]
        found = matching(shop, parse_filter({"key": "event.Buy", "op": "did", "where": where}, site=shop))
        assert list(found.values_list("name", flat=True)) == [term]
