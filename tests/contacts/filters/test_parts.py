"""FIL-7: the indexes of parts of texts find whoever the exact test finds, and nobody is lost on the way."""

from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.filters.compile import Purpose
from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.filters.parts import MOST_PARTS, can_be_looked_up, grams_of
from contacts.models import Contact, ContactProfile
from contacts.phones import search_spellings
from desk.models import Site
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

NAMES = ("김민준", "남궁 민수", "佐藤 花子", "サトウ", "50% off_kim\\민", "Zoë Müller", "李", "ab민c준", "𠮷野家")
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


def sql_grams(text: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT dangol_grams(%s)", [text])
        return set(cursor.fetchone()[0])


if connection.vendor == "postgresql":  # whose index and function it is

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(before=texts, part=texts, after=texts)
    def test_a_text_has_the_grams_of_each_of_its_parts(db: None, before: str, part: str, after: str) -> None:
        """FIL-7: otherwise the index would lose people."""
        assert set(grams_of(part)) <= sql_grams(before + part + after)


def test_pairs_are_enough_for_two_characters_and_more() -> None:
    """A single one is only looked for where there is no pair."""
    assert grams_of("김민준 kim 李") == ["김민", "민준", "李"]
    assert [can_be_looked_up([part]) for part in ("민준", "김", "ab", "kim", "a-b", "김 李")] == [
        *(True, False, False, True, False, True),
    ]
    assert not can_be_looked_up([])
    assert not can_be_looked_up(["민준", "ab"])


@pytest.fixture
def people(shop: Site) -> list[Contact]:
    return [ContactFactory(site=shop, name=name, email=f"{number}@a.example") for number, name in enumerate(NAMES)]


@pytest.mark.parametrize("op", ["contains", "startsWith", "endsWith"])
@pytest.mark.parametrize("others", [0, MOST_PARTS])
@pytest.mark.parametrize("purpose", [Purpose.PAGE, Purpose.COUNT, Purpose.NEAR])
def test_every_part_of_a_name_finds_it_alone_and_among_many(
    shop: Site, people: list[Contact], op: str, others: int, purpose: Purpose
) -> None:
    """FIL-5, FIL-7: of many terms each is looked up in turn."""
    for name in {contact.name_folded for contact in people}:
        for term in filter(str.strip, {name[:2], name[:3], name[-2:], name[1:3], name}):
            values = [term, *(f"nobody{number}" for number in range(others))]
            found = matching(
                shop, parse_filter({"key": "name", "op": op, "values": values}, site=shop), purpose=purpose
            )
            meant = [contact.pk for contact in people if _holds(contact.name_folded, op, term.strip())]
            assert sorted(found.values_list("pk", flat=True)) == sorted(meant), (term, values)


def _holds(text: str, op: str, term: str) -> bool:
    tests = {"contains": text.__contains__, "startsWith": text.startswith, "endsWith": text.endswith}
    return tests[op](term)


@pytest.mark.parametrize("others", [0, MOST_PARTS])
@pytest.mark.parametrize(
    ("op", "typed"),
    [("contains", "1234-5"), ("contains", "010-12"), ("startsWith", "010-1234"), ("endsWith", "01012345678")],
)
def test_a_fragment_of_a_number_finds_it_alone_and_among_many(shop: Site, others: int, op: str, typed: str) -> None:
    """QUAL-4"""
    contact = ContactFactory(site=shop, mobile_number="+821012345678")
    ContactFactory(site=shop, mobile_number="+819087654321")
    ContactProfile.objects.filter(contact=contact).update(search_text="\n".join(search_spellings("+821012345678")))
    values = [typed, *(f"99{number:04}" for number in range(others))]
    document: dict[str, Any] = {"key": "mobileNumber", "op": op, "values": values}
    assert list(matching(shop, parse_filter(document, site=shop))) == [contact]
    assert matching(shop, parse_filter(document, site=shop), purpose=Purpose.COUNT).count() == 1
