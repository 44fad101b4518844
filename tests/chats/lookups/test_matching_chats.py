"""LOOK-5: the chats of the last three months that fit what was looked up."""

import datetime
import itertools

import pytest

from chats.lookups.matching_chats import MOST, matching_chats, searched_by
from chats.lookups.settings import QueryDraft
from chats.models import Chat
from contacts.details import change_details
from contacts.models import Contact, Source
from desk.actors import SYSTEM
from desk.ids import id_at
from desk.models import Site
from tests.chats.lookups.company import PHONE, api_at
from tests.chats.people import NOON, account
from tests.factories import ChatFactory, ContactFactory

DAY = datetime.timedelta(days=1)
_numbers = itertools.count()


@pytest.fixture
def kim(shop: Site) -> Contact:
    contact: Contact = ContactFactory(site=shop, name="Kim Seoyeon", created_at=NOON)
    said = {"mobileNumber": "010-1234-5678", "email": "Kim@Example.com"}
    change_details(contact, said, source=Source.OPERATOR, source_label="", actor=SYSTEM, now=NOON)
    return contact


def chat_of(contact: Contact, days: int = 1, **options: object) -> Chat:
    at = NOON - days * DAY
    chat: Chat = ChatFactory(
        contact=contact, id=id_at(at) + next(_numbers), opened_at=at, closed_at=at, state="closed", **options
    )
    return chat


def found(site: Site, besides: Chat | None = None, **values: str) -> list[tuple[Chat, list[str]]]:
    return [(match.chat, match.by) for match in matching_chats(site, values, now=NOON, besides=besides)]


def test_chats_are_found_by_each_of_the_values(shop: Site, kim: Contact) -> None:
    """LOOK-5: in any spelling, newest first, told by what."""
    identity = account(kim, "kakao", "k-7")
    older, newer = chat_of(kim, 9), chat_of(kim, 2, channel="kakao", identity=identity)
    assert found(shop, phone="+82 10 1234 5678") == [(newer, ["phone"]), (older, ["phone"])]
    assert found(shop, email=" KIM@example.com ") == [(newer, ["email"]), (older, ["email"])]
    assert found(shop, name="kim seoyeon", phone="010-1234-5678") == [
        (newer, ["name", "phone"]), (older, ["name", "phone"])
    ]  # fmt: skip
    assert found(shop, id="SHOP_k-7", name="Somebody") == [(newer, ["id"])]
    assert found(shop, besides=newer, name="Kim Seoyeon") == [(older, ["name"])]


def test_who_had_the_number_before_is_found_too(shop: Site, kim: Contact) -> None:
    """QUAL-3"""
    chat = chat_of(kim)
    said = {"mobileNumber": "010-9999-8888"}
    change_details(kim, said, source=Source.OPERATOR, source_label="", actor=SYSTEM, now=NOON)
    assert found(shop, phone="01012345678") == [(chat, ["phone"])]


@pytest.mark.parametrize(
    "values", [{}, {"phone": ""}, {"phone": "call me"}, {"email": "x"}, {"name": " "}, {"id": "SHOP_"}]
)
def test_a_value_that_is_none_finds_nobody(values: dict[str, str], shop: Site) -> None:
    """QUAL-4"""
    chat_of(ContactFactory(site=shop, name=""))
    assert found(shop, **values) == []


def test_only_the_last_three_months_of_this_site(shop: Site, elsewhere: Site, kim: Contact) -> None:
    """LOOK-5, SITE-2"""
    chat_of(kim, 93), chat_of(ContactFactory(site=elsewhere, name="Kim Seoyeon"))
    chat = chat_of(kim, 91)
    assert found(shop, name="Kim Seoyeon") == [(chat, ["name"])]


def test_so_many_are_listed(shop: Site, kim: Contact) -> None:
    """LOOK-5: the newest."""
    chats = [chat_of(kim, days) for days in range(1, MOST + 5)]
    assert [chat for chat, _by in found(shop, name="Kim Seoyeon")] == chats[:MOST]


def test_they_are_looked_for_by_what_was_sent_of_the_chat(shop: Site) -> None:
    """LOOK-5: a variable of the company's own with such a name is not meant."""
    member = QueryDraft("Member", "memberId", kind="chatField")
    api = api_at(shop, query=[PHONE, member, QueryDraft("Typed", "email")])
    assert searched_by(api, {"phone": "1", "memberId": "m", "email": "a@example.com"}) == {"phone": "1"}
