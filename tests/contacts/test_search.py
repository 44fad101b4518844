"""LIST-1: quick search."""

import pytest

from contacts.details import change_details
from contacts.models import Contact, Source
from contacts.search import matches
from desk.actors import PLUGIN
from desk.models import Site
from tests.contacts.browser import NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim(shop: Site) -> Contact:
    contact = ContactFactory(site=shop, member_id="Kim-07", customer_number=4711)
    ContactFactory(site=shop, name="Somebody else")
    details = {"name": "김철수 ＫＩＭ", "email": "Chulsoo@Example.com", "mobileNumber": "010-1234-5678"}
    return change_details(contact, details, source=Source.API, source_label="", actor=PLUGIN, now=NOON)


def found(site: Site, query: str) -> list[Contact]:
    return list(Contact.objects.filter(matches(query, site), site=site, managed=True))


@pytest.mark.parametrize(
    "query",
    [
        "김철",
        "철수",
        "kim",
        "철수 kim",
        "KIM 김철수",
        "chulsoo@example.com",
        "CHULSOO",
        "example.com",
        "kim-07",
        "4711",
        "#4711",
        "010-1234-5678",
        "01012345678",
        "1234-5678",
        "1234 5678",
        "+82 10-1234-5678",
        "+82 010 1234 5678",
        "82-10-1234",
        "０１０１２３４",
    ],
)
def test_a_person_is_found_by_any_part_of_any_name_of_theirs(shop: Site, kim: Contact, query: str) -> None:
    """LIST-1."""
    assert found(shop, query) == [kim]


@pytest.mark.parametrize("query", ["철김", "kim lee", "010-9999", "99999", "%", "_im", "kim%07", "\\"])
def test_what_does_not_occur_finds_nobody(shop: Site, kim: Contact, query: str) -> None:
    """LIST-1: also the characters that SQL knows as wildcards."""
    assert found(shop, query) == []


def test_an_empty_query_finds_everybody(shop: Site, kim: Contact) -> None:
    """LIST-1: it combines with the filter as no condition."""
    assert len(found(shop, "  ")) == 2


def test_what_an_anonymous_visitor_told_is_not_searched(shop: Site) -> None:
    """KIND-5."""
    Browser(shop).boot(profile={"name": "Nobody"})
    assert not Contact.objects.filter(matches("nobody", shop)).exists()
