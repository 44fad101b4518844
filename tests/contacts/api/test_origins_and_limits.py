"""CORS by site origin, rate limits per address and per key (API-1)."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.test.utils import override_settings
from pytest_django import DjangoAssertNumQueries

from contacts.models import Contact
from desk.models import Site
from tests.contacts.api.conftest import API, Page
from tests.contacts.browser import NOON

pytestmark = pytest.mark.django_db

PREFLIGHT = {"access-control-request-method": "PATCH", "access-control-request-headers": "authorization,content-type"}


@pytest.mark.parametrize("path", ["boot", "me", "me/contact", "events", "shutdown"])
def test_a_browser_may_ask_from_any_page(client: Client, path: str, db: None) -> None:
    """The preflight knows no plugin key yet, so it is always let through."""
    answer = client.options(API + path, headers={"origin": "https://shop.example", **PREFLIGHT})
    assert answer.status_code == 200
    assert answer["access-control-allow-origin"] == "*"
    assert "PATCH" in answer["access-control-allow-methods"]
    assert {"authorization", "content-type"} <= set(answer["access-control-allow-headers"].split(", "))


def test_a_page_of_a_listed_origin_may_call(shop: Site) -> None:
    """SITE-1, API-1."""
    shop.allowed_origins = ["https://shop.example"]
    shop.save()
    page = Page(shop, origin="https://shop.example")
    page.boot()
    assert page.call("get", "me")[0] == 200


def test_a_page_of_another_origin_may_neither_boot_nor_use_a_session(shop: Site) -> None:
    """BOOT-1: also with a session that was stolen from a good page. The page can read why."""
    shop.allowed_origins = ["https://shop.example"]
    shop.save()
    good, bad = Page(shop, origin="https://shop.example"), Page(shop, origin="https://evil.example")
    assert bad.call("post", "boot", {"pluginKey": shop.plugin_key})[1]["error"]["code"] == "origin_not_allowed"
    assert bad.answer.status_code == 403
    assert bad.answer["access-control-allow-origin"] == "*"
    assert not Contact.objects.exists()
    good.boot()
    bad.token = good.token
    for method, path, body in [("get", "me", None), ("patch", "me", {}), ("post", "events", {"events": []})]:
        status, answer = bad.call(method, path, body)
        assert (status, answer["error"]["code"]) == (403, "origin_not_allowed")


def test_errors_carry_cors_headers(shop_page: Page) -> None:
    """A page must be able to read what is wrong."""
    shop_page.call("post", "boot", {"pluginKey": "nobody"}, origin="https://shop.example")
    assert shop_page.answer["access-control-allow-origin"] == "*"


@override_settings(PLUGIN_RATE_PER_ADDRESS="3/min")
def test_an_address_is_limited(shop_page: Page, shop: Site) -> None:
    """API-1: 429 with when to come back; the next minute counts anew."""
    with time_machine.travel(NOON, tick=False) as clock:
        clock.shift(datetime.timedelta(seconds=20))
        for left in ("2", "1", "0"):
            shop_page.boot()
            assert shop_page.answer["x-ratelimit-limit"] == "3"
            assert shop_page.answer["x-ratelimit-remaining"] == left
        status, answer = shop_page.call("post", "boot", {"pluginKey": shop.plugin_key})
        assert (status, answer["error"]["code"]) == (429, "throttled")
        assert shop_page.answer["Retry-After"] == "40"
        assert shop_page.answer["x-ratelimit-remaining"] == "0"
        assert shop_page.answer["x-ratelimit-reset"] == str(int(NOON.timestamp()) + 60)
        clock.shift(datetime.timedelta(seconds=40))
        shop_page.boot()


@override_settings(PLUGIN_RATE_PER_ADDRESS="3/min")
def test_guessing_at_sessions_counts_too(shop_page: Page, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """The address is counted before the session is looked up."""
    shop_page.token = "guess"
    statuses = [shop_page.call("get", "me")[0] for _ in range(3)]
    assert statuses == [401, 401, 401]
    with django_assert_num_queries(0):
        assert shop_page.call("get", "me")[0] == 429


@override_settings(PLUGIN_RATE_PER_KEY="2/min")
def test_a_key_is_limited_over_all_addresses(shop: Site, elsewhere: Site) -> None:
    """API-1: and one site's crowd is no other site's limit."""
    with time_machine.travel(NOON, tick=False):
        first, second = Page(shop), Page(shop)
        first.boot()
        assert first.call("get", "me")[0] == 200
        second.client = Client(REMOTE_ADDR="203.0.113.9")
        assert second.call("post", "boot", {"pluginKey": shop.plugin_key})[0] == 429
        Page(elsewhere).boot()


def _status_from(shop: Site, address: str, **headers: str) -> int:
    page = Page(shop, **headers)
    page.client = Client(REMOTE_ADDR=address)
    return page.call("post", "boot", {"pluginKey": shop.plugin_key})[0]


@override_settings(PLUGIN_RATE_PER_ADDRESS="1/min")
def test_a_forged_forwarding_header_is_not_believed(shop: Site) -> None:
    """TRUSTED_PROXIES=0: else everybody could have a new address per call."""
    with time_machine.travel(NOON, tick=False):
        assert _status_from(shop, "203.0.113.9", x_forwarded_for="198.51.100.1") == 200
        assert _status_from(shop, "203.0.113.9", x_forwarded_for="198.51.100.2") == 429


@override_settings(PLUGIN_RATE_PER_ADDRESS="1/min", TRUSTED_PROXIES=1)
def test_behind_a_proxy_the_visitors_address_counts(shop: Site) -> None:
    """TRUSTED_PROXIES=1: what the proxy itself appended, not what the visitor claims."""
    with time_machine.travel(NOON, tick=False):
        assert _status_from(shop, "10.0.0.1", x_forwarded_for="1.1.1.1, 198.51.100.1") == 200
        assert _status_from(shop, "10.0.0.1", x_forwarded_for="1.1.1.1, 198.51.100.2") == 200
        assert _status_from(shop, "10.0.0.1", x_forwarded_for="9.9.9.9, 198.51.100.2") == 429


@override_settings(PLUGIN_RATE_PER_ADDRESS="1/min")
def test_one_subscribers_ipv6_addresses_count_together(shop: Site) -> None:
    """A /64 is one caller."""
    with time_machine.travel(NOON, tick=False):
        assert _status_from(shop, "2001:db8:1:2::1") == 200
        assert _status_from(shop, "2001:db8:1:2:ffff::9") == 429
        assert _status_from(shop, "2001:db8:1:3::1") == 200
