"""LOOK-2, LOOK-3, LOOK-5: what is sent, by hand and by itself."""

import dataclasses
from typing import Any

import pytest

from chats.lookups.asking import values_by_itself, values_given
from chats.lookups.calling import automatic_apis
from chats.lookups.chat_fields import labels, shown, value_of
from chats.lookups.errors import LookupRefused
from chats.lookups.settings import QueryDraft, switch
from chats.models import Chat
from contacts.models import Contact
from desk.actors import SYSTEM
from desk.models import Site
from tests.chats.lookups.company import PHONE, api_at
from tests.chats.lookups.test_settings import NATION
from tests.chats.people import NOON, account, room_of
from tests.factories import ContactFactory

NOTE = QueryDraft("Note", "note", max_length=5)
NAME = QueryDraft("Name", "name", kind="chatField", channels=["web"])


@pytest.fixture
def kim(shop: Site) -> Contact:
    contact: Contact = ContactFactory(
        site=shop, name="Kim", mobile_number="+821012345678", email="kim@example.com", member_id="m-1"
    )
    return contact


@pytest.fixture
def room(kim: Contact) -> Chat:
    return room_of(kim, "web", account(kim), parameters={"order": "A-7"})


def refused(api: Any, given: dict[str, str], about: Any = None) -> tuple[str, str]:
    with pytest.raises(LookupRefused) as caught:
        values_given(api, given, about)
    assert caught.value.message
    return caught.value.code, caught.value.path


def test_absent_optionals_are_left_out(shop: Site, room: Chat) -> None:
    """LOOK-3: in the order in which they were set up; a default stands where nothing was said."""
    api = api_at(shop, query=[NATION, NOTE, PHONE])
    assert values_given(api, {"note": " "}, room) == {"nation": "korea", "phone": "+821012345678"}
    given = {"phone": " 010 ", "nation": "", "note": "abc", "other": "x"}
    assert values_given(api, given, room) == {"note": "abc", "phone": "010"}


def test_what_cannot_be_sent_names_its_variable(shop: Site) -> None:
    """LOOK-2: nothing is cut, nothing else than the options is taken."""
    api = api_at(shop, query=[NATION, NOTE, PHONE])
    assert refused(api, {}) == ("value_missing", "phone")
    assert refused(api, {"phone": "1", "note": "abcdef"}) == ("value_too_long", "note")
    assert refused(api, {"phone": "1", "nation": "china"}) == ("value_unknown", "nation")
    assert refused(api, {"phone": "1\0"}) == ("value_invalid", "phone")


def test_a_masked_value_that_was_left_alone_stands_for_itself(shop: Site, room: Chat) -> None:
    """SITE-4: who may not see the phone can still ask about it."""
    api = api_at(shop)
    seen = shown(room, "phone", sees_personal_data=False)
    assert seen == "••••5678"
    assert values_given(api, {"phone": seen}, room) == {"phone": "+821012345678"}


def test_the_fields_of_a_chat(room: Chat, kim: Contact) -> None:
    """LOOK-2: of a person without a chat only what is the person's."""
    values = {code: value_of(room, code) for code in [*labels(), "parameters.order", "parameters.size"]}
    assert values == {
        "id": f"SHOP_web-{kim.pk}",
        "name": "Kim",
        "phone": "+821012345678",
        "email": "kim@example.com",
        "memberId": "m-1",
        "customerNumber": str(kim.customer_number),
        "language": "",
        "chatNumber": str(room.number),
        "channel": "web",
        "page": "",
        "parameters.order": "A-7",
        "parameters.size": "",
    }
    assert [value_of(kim, code) for code in ("name", "id", "parameters.order")] == ["Kim", "", ""]


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ([PHONE, NAME], {"phone": "+821012345678", "name": "Kim"}),
        ([PHONE, NATION], {"phone": "+821012345678", "nation": "korea"}),
        ([PHONE, dataclasses.replace(NATION, required=True, default="")], None),
        ([PHONE, dataclasses.replace(NAME, max_length=2)], {"phone": "+821012345678"}),
        ([dataclasses.replace(PHONE, max_length=5)], None),
        ([dataclasses.replace(PHONE, channels=["kakao"])], None),
        ([dataclasses.replace(PHONE, channels=["kakao"]), NAME], {"phone": "+821012345678", "name": "Kim"}),
        ([dataclasses.replace(PHONE, channels=[])], None),
        ([NATION], None),
        ([dataclasses.replace(PHONE, variable="parameters.size")], None),
        ([NAME, dataclasses.replace(PHONE, variable="parameters.size")], None),
        ([], None),
    ],
)
def test_a_lookup_runs_by_itself_where_its_channel_is_listed_and_all_is_known(
    query: list[QueryDraft], sent: dict[str, str] | None, shop: Site, room: Chat
) -> None:
    """LOOK-5"""
    assert values_by_itself(api_at(shop, query=query), room) == sent


def test_only_what_is_switched_on_runs_by_itself(
    shop: Site, elsewhere: Site, room: Chat, django_assert_num_queries: Any
) -> None:
    """LOOK-1, LOOK-5, SITE-2: in a number of statements that does not grow."""
    api_at(elsewhere)
    one, off, two = (api_at(shop, name=name) for name in ("1", "off", "2"))
    switch(off, False, actor=SYSTEM, now=NOON)
    with django_assert_num_queries(3):
        assert automatic_apis(room) == [(one, {"phone": "+821012345678"}), (two, {"phone": "+821012345678"})]
