"""``POST boot`` (api.md)."""

import datetime

import pytest
import time_machine

from contacts.member_ids import member_hash
from contacts.models import Contact, Event
from desk.models import MemberHashMode, Site
from tests.contacts.api.conftest import Page
from tests.contacts.browser import NOON
from tests.factories import ContactTagFactory, TagFactory

pytestmark = pytest.mark.django_db


@time_machine.travel(NOON, tick=False)
def test_a_stranger_is_answered_in_the_promised_shape(shop_page: Page, shop: Site) -> None:
    """api.md: every field, no more."""
    answer = shop_page.boot()
    contact = Contact.objects.get()
    assert answer == {
        "user": {
            "id": str(contact.pk),
            "kind": "anonymous",
            "member": False,
            "memberId": None,
            "name": None,
            "profile": {},
            "tags": [],
            "language": None,
            "unsubscribeEmail": False,
            "unsubscribeTexting": False,
            "blocked": False,
            "unread": 0,
        },
        "veilId": contact.identities.get().key,
        "session": {"token": shop_page.token, "expiresAt": "2026-11-20T12:30:00Z"},
        "site": {
            "name": "Shop",
            "language": "ko",
            "followUp": {"mobileNumber": True, "email": True, "name": False, "mandatory": False},
        },
    }


def test_a_boot_may_tell_everything_at_once(shop_page: Page) -> None:
    """api.md: the whole request."""
    answer = shop_page.boot(
        session=None,
        memberId="lucas",
        memberHash=None,
        profile={"name": "김", "email": "kim@example.com", "mobileNumber": "010-1234-5678", "anyKey": 1},
        profileOnce={"firstShop": "Seoul"},
        language="ko",
        unsubscribeEmail=True,
        unsubscribeTexting=False,
        page="/cart",
        referrer="https://search.example/",
        utm={"source": "a", "medium": "b", "campaign": "c", "term": "d", "content": "e"},
        platform="web",
        appName=None,
        appVersion=None,
    )
    user = answer["user"]
    assert (user["kind"], user["member"], user["memberId"], user["name"]) == ("member", True, "lucas", "김")
    assert user["profile"] == {"anyKey": 1, "firstShop": "Seoul"}
    assert user["unsubscribeEmail"] is True
    assert Event.objects.get().property == {"page": "/cart"}


def test_every_optional_field_may_be_null(shop_page: Page) -> None:
    """api.md: null is the same as left out."""
    nulls = ["session", "memberId", "memberHash", "profile", "profileOnce", "language", "page", "referrer", "utm"]
    more = ["unsubscribeEmail", "unsubscribeTexting", "appName", "appVersion"]
    assert shop_page.boot(**dict.fromkeys([*nulls, *more]))["user"]["kind"] == "anonymous"


def test_the_session_goes_on(shop_page: Page) -> None:
    """BOOT-8."""
    first = shop_page.boot()
    second = shop_page.boot(session=shop_page.token)
    assert second["session"]["token"] == first["session"]["token"]
    assert second["user"]["id"] == first["user"]["id"]


def test_tags_are_told(shop_page: Page, shop: Site) -> None:
    """api.md: ``user.tags``, by name."""
    shop_page.boot(memberId="lucas")
    contact = Contact.objects.get()
    for name in ("vip", "단골"):
        ContactTagFactory(site=shop, contact=contact, tag=TagFactory(site=shop, name=name))
    assert shop_page.boot(memberId="lucas")["user"]["tags"] == ["vip", "단골"]
    assert shop_page.call("get", "me")[1]["tags"] == ["vip", "단골"]


def test_tags_follow_when_a_stranger_signs_in(shop: Site) -> None:
    """BOOT-3: the answer is the member's."""
    Page(shop).boot(memberId="lucas")
    ContactTagFactory(site=shop, contact=Contact.objects.get(), tag=TagFactory(site=shop, name="vip"))
    page = Page(shop)
    page.boot()
    assert page.boot(memberId="lucas")["user"]["tags"] == ["vip"]
    assert Page(shop).boot(memberId="lucas")["user"]["tags"] == ["vip"]


def test_an_unknown_key_is_401(shop_page: Page) -> None:
    """BOOT-1."""
    status, answer = shop_page.call("post", "boot", {"pluginKey": "nobody"})
    assert (status, answer["error"]["code"], answer["error"]["path"]) == (401, "plugin_key_unknown", "pluginKey")


def test_member_hash_refusals_are_403(shop_page: Page, shop: Site) -> None:
    """BOOT-2."""
    shop.member_hash_mode = MemberHashMode.REQUIRED
    shop.save()
    body = {"pluginKey": shop.plugin_key, "memberId": "lucas"}
    assert [
        (shop_page.call("post", "boot", body | extra)[0], shop_page.answer.json()["error"]["code"])
        for extra in ({}, {"memberHash": None}, {"memberHash": "00"})
    ] == [(403, "member_hash_required"), (403, "member_hash_required"), (403, "member_hash_invalid")]
    assert not Contact.objects.exists()
    shop_page.boot(memberId="lucas", memberHash=member_hash(shop.member_hash_secret, "lucas"))


def test_the_user_agent_header_is_read(shop_page: Page) -> None:
    """FIL-2."""
    shop_page.headers["user_agent"] = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/130 Safari/537.36"
    shop_page.boot()
    assert Contact.objects.get().web_browser == "Chrome"


def test_an_answer_is_never_cached_between_people(shop_page: Page) -> None:
    """A boot is a POST; ``me`` names a person and says so to caches."""
    shop_page.boot()
    shop_page.call("get", "me")
    assert "no-store" in shop_page.answer["Cache-Control"]


def test_logging_out_of_the_shop_is_forgotten_after_half_an_hour(shop_page: Page) -> None:
    """BOOT-5, BOOT-6 over HTTP."""
    with time_machine.travel(NOON, tick=False) as clock:
        member = shop_page.boot(memberId="lucas")
        clock.shift(datetime.timedelta(minutes=29))
        assert shop_page.boot(session=shop_page.token)["user"]["id"] == member["user"]["id"]
        clock.shift(datetime.timedelta(minutes=31))
        stranger = shop_page.boot(session=shop_page.token)
    assert stranger["user"]["kind"] == "anonymous"
    assert stranger["veilId"] != member["veilId"]
