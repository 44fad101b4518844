"""The calls that carry a session: shutdown, me, me/contact, events."""

import datetime

import pytest
import time_machine

from contacts.models import Contact, ContactProfile, Event, KnownValue
from desk.models import Site
from tests.contacts.api.conftest import Page
from tests.contacts.browser import NOON

pytestmark = pytest.mark.django_db


def test_me_is_the_visitor(shop_page: Page) -> None:
    """api.md: ``GET me``."""
    user = shop_page.boot(profile={"size": 1})["user"]
    assert shop_page.call("get", "me") == (200, user)


def test_a_script_changes_the_profile(shop_page: Page) -> None:
    """API-1 updateUser: qualified (QUAL-1)."""
    shop_page.boot(profile={"size": 1})
    status, user = shop_page.call(
        "patch",
        "me",
        {
            "profile": {"name": "Kim", "email": "kim@example.com", "size": None, "colour": "red"},
            "profileOnce": {"colour": "blue", "first": True},
            "language": "ja",
            "unsubscribeEmail": True,
        },
    )
    assert status == 200
    assert user["profile"] == {"colour": "red", "first": True}
    assert (user["kind"], user["name"], user["language"], user["unsubscribeEmail"]) == ("lead", "Kim", "ja", True)
    assert Contact.objects.get().email_qualified


def test_an_opt_out_may_be_taken_back_by_an_update(shop_page: Page) -> None:
    """BOOT-13 holds for boots; updateUser is the page's way to do what the visitor asked for."""
    shop_page.boot(unsubscribeEmail=True)
    assert shop_page.call("patch", "me", {"unsubscribeEmail": False})[1]["unsubscribeEmail"] is False


def test_a_refused_update_changes_nothing(shop_page: Page) -> None:
    """QUAL: all or nothing."""
    shop_page.boot(profile={"size": 1})
    status, answer = shop_page.call("patch", "me", {"profile": {"colour": "red", "size": "large"}})
    assert (status, answer["error"]["path"]) == (400, "profile.size")
    assert ContactProfile.objects.get().values == {"size": 1}


def test_what_the_visitor_typed_is_unqualified_and_makes_a_lead(shop_page: Page) -> None:
    """API ``me/contact``; KIND-2, QUAL-1."""
    shop_page.boot(page="/before")
    status, user = shop_page.call("post", "me/contact", {"mobileNumber": "010-1234-5678", "name": "Kim", "email": ""})
    assert (status, user["kind"], user["name"]) == (200, "lead", "Kim")
    contact = Contact.objects.get()
    assert (contact.mobile_number, contact.mobile_number_qualified) == ("+821012345678", False)
    assert not KnownValue.objects.filter(qualified=True).exists()


def test_a_typed_phone_gives_nobody_a_members_history(shop_page: Page, shop: Site) -> None:
    """UNI-3: the visitor stays a lead of their own."""
    member = Page(shop)
    member.boot(memberId="lucas", profile={"mobileNumber": "010-1234-5678"})
    shop_page.boot()
    user = shop_page.call("post", "me/contact", {"mobileNumber": "010-1234-5678"})[1]
    assert (user["kind"], user["memberId"]) == ("lead", None)
    assert Contact.objects.count() == 2


def test_events_are_accepted(shop_page: Page) -> None:
    """API-4."""
    shop_page.boot()
    events = [
        {"name": "Order", "property": {"amount": 12_000}, "at": "2026-01-01T00:00:00+09:00"},
        {"name": "Look", "property": None, "at": None},
    ]
    assert shop_page.call("post", "events", {"events": events}) == (202, {"accepted": 2})
    assert Event.objects.get(name="Order").at == datetime.datetime(2025, 12, 31, 15, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("events", "path"),
    [
        (None, "events"),
        ("x", "events"),
        ([{"name": 5}], "events.0.name"),
        ([{}], "events.0.name"),
        ([{"name": "a", "extra": 1}], "events.0.extra"),
        ([{"name": "a", "property": []}], "events.0.property"),
        ([{"name": "a", "property": {"b": {"c": 1}}}], "events.0.property.b"),
        ([{"name": "a", "at": "yesterday"}], "events.0.at"),
        ([{"name": "a", "at": "2026-01-01T00:00:00"}], "events.0.at"),
        ([{"name": "a", "at": "0001-01-01T00:00:00+14:00"}], "events.0.at"),
        ([{"name": "a", "at": 5}], "events.0.at"),
        ([{"name": "x" * 65}], "events.0.name"),
        ([{"name": "a"}] * 101, "events"),
    ],
)
def test_a_bad_batch_is_refused_by_name_and_keeps_nothing(shop_page: Page, events: object, path: str) -> None:
    """API-4."""
    shop_page.boot()
    status, answer = shop_page.call("post", "events", {"events": events})
    assert (status, answer["error"]["code"], answer["error"]["path"]) == (400, "invalid", path)
    assert not Event.objects.exists()


def test_after_shutdown_the_session_is_worthless(shop_page: Page) -> None:
    """BOOT-7."""
    shop_page.boot()
    assert shop_page.call("post", "shutdown") == (204, None)
    status, answer = shop_page.call("get", "me")
    assert (status, answer["error"]["code"]) == (401, "session_expired")


CALLS = [("get", "me"), ("patch", "me"), ("post", "me/contact"), ("post", "events"), ("post", "shutdown")]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("", "not_authenticated"),
        ("Bearer", "not_authenticated"),
        ("Basic abc", "not_authenticated"),
        ("Bearer unknown", "session_expired"),
        ("Bearer é", "session_expired"),
    ],
)
def test_no_call_without_a_live_session(shop_page: Page, method: str, path: str, authorization: str, code: str) -> None:
    """API-1: 401 with the way to authenticate."""
    shop_page.boot()
    status, answer = shop_page.call(method, path, {} if method != "get" else None, authorization=authorization)
    assert (status, answer["error"]["code"]) == (401, code)
    assert shop_page.answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_an_expired_session_is_401(shop_page: Page, method: str, path: str) -> None:
    """BOOT-8."""
    with time_machine.travel(NOON, tick=False) as clock:
        shop_page.boot()
        clock.shift(datetime.timedelta(minutes=30))
        status, answer = shop_page.call(method, path, {} if method != "get" else None)
    assert (status, answer["error"]["code"]) == (401, "session_expired")


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("me", {"memberId": "x"}, "memberId"),
        ("me", {"profile": []}, "profile"),
        ("me", {"profile": {"memberId": "x"}}, "profile.memberId"),
        ("me", {"unsubscribeEmail": "true"}, "unsubscribeEmail"),
        ("me", {"language": "한국어"}, "language"),
        ("me/contact", {"phone": "x"}, "phone"),
        ("me/contact", {"email": 5}, "email"),
        ("me/contact", {"name": "x" * 101}, "name"),
    ],
)
def test_a_malformed_call_is_refused_by_name(shop_page: Page, path: str, body: dict[str, object], wrong: str) -> None:
    """api.md, "Errors"."""
    shop_page.boot()
    status, answer = shop_page.call("patch" if path == "me" else "post", path, body)
    assert (status, answer["error"]["code"], answer["error"]["path"]) == (400, "invalid", wrong)
