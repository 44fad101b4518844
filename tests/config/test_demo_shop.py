"""The demo shop's own rules: who is served, accounts, what its pages tell the plugin."""

import json
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from config.demo.shop import accounts
from config.demo.shop.accounts import Account, LoginIdTaken
from config.demo.shop.visitors import boot_options, member_hash
from contacts.member_ids import hash_is_valid
from desk.models import Site
from tests.factories import ContactFactory, SiteFactory

MINJI = Account("minji", "김민지", "minji@example.com", "", mobile_number="010-1234-5678", refuses_email=True)


@pytest.fixture(autouse=True)
def _own_file(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def demo(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.browser.urls_with_shop"


def _plugin(page: bytes) -> dict[str, object]:
    text = page.decode().split('<script id="plugin" type="application/json">')[1].split("</script>")[0]
    return json.loads(text)  # type: ignore[no-any-return]


def test_a_real_desk_serves_no_shop(client: Client, db: None) -> None:
    assert client.get("/shop/").status_code == 404


def test_the_hash_is_the_one_the_desk_expects(db: None) -> None:
    """BOOT-2, the known vector."""
    secret = "4629de5def93d6a2abea6afa9bd5476d9c6cbc04223f9a2f7e517b535dde3e25"
    site = SiteFactory(member_hash_secret=secret)
    assert member_hash(site, "lucas") == "99427c7bba36a6902c5fd6383f2fb0214d19b81023296b4bd6b9e024836afea2"
    assert hash_is_valid(site, "민지", member_hash(site, "민지"))


def test_a_guests_page_names_nobody(shop: Site) -> None:
    assert boot_options(shop, None, "ja").keys() == {"pluginKey", "language", "customLauncherSelector"}


def test_a_customers_page_tells_what_the_shop_knows(shop: Site) -> None:
    options = boot_options(shop, MINJI, "ko")
    assert options["memberId"] == "minji"
    assert options["profile"] == {"name": "김민지", "email": "minji@example.com", "mobileNumber": "010-1234-5678"}
    assert (options["unsubscribeEmail"], options["unsubscribeTexting"]) == (True, False)


def test_an_account_comes_back_with_its_password() -> None:
    accounts.sign_up(MINJI, "1234")
    found = accounts.log_in("MinJi", "1234")
    assert found is not None
    assert (found.login_id, found.name) == ("minji", "김민지")
    assert accounts.log_in("minji", "12345") is None
    assert accounts.log_in("nobody", "1234") is None


def test_an_id_is_given_once() -> None:
    accounts.sign_up(MINJI, "1234")
    with pytest.raises(LoginIdTaken):
        accounts.sign_up(MINJI, "other")
    assert accounts.log_in("minji", "1234")


def test_orders_are_counted() -> None:
    minji = accounts.sign_up(MINJI, "1234")
    accounts.order(minji, at=timezone.now())
    assert accounts.order(minji, at=timezone.now()).orders == 2


@pytest.mark.usefixtures("demo")
def test_nobody_signs_up_as_one_of_the_sample_members(client: Client, shop: Site) -> None:
    ContactFactory(site=shop, member_id="taken")
    form = {"login_id": "taken", "name": "A", "email": "a@example.com", "password": "1234"}
    answer = client.post("/shop/sign-up/?lang=en", form)
    assert answer.status_code == 200
    assert b"This ID is taken." in answer.content


@pytest.mark.usefixtures("demo")
def test_an_order_is_told_by_one_page_only(client: Client, shop: Site) -> None:
    assert client.post("/shop/goods/tea/order/").status_code == 302
    first = _plugin(client.get("/shop/goods/tea/ordered/").content)
    assert first["order"]["event"]["amount"] == 24_000  # type: ignore[index]
    assert "order" not in _plugin(client.get("/shop/goods/tea/ordered/").content)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("cookie", ["nonsense", "minji", "minji:1:forged"])
def test_a_forged_cookie_signs_nobody_in(cookie: str, client: Client, shop: Site) -> None:
    accounts.sign_up(MINJI, "1234")
    client.cookies["shop_account"] = cookie
    client.cookies["shop_news"] = cookie
    client.cookies["shop_language"] = cookie
    assert "memberId" not in _plugin(client.get("/shop/").content)["boot"]  # type: ignore[operator]


@pytest.mark.usefixtures("demo")
def test_a_product_that_does_not_exist_is_not_found(client: Client, shop: Site) -> None:
    assert client.get("/shop/goods/gold/").status_code == 404
    assert client.post("/shop/goods/gold/order/").status_code == 404


@pytest.mark.usefixtures("demo")
def test_the_account_page_sends_strangers_to_the_door(client: Client, shop: Site) -> None:
    answer = client.get("/shop/account/")
    assert (answer.status_code, answer["Location"]) == (302, "/shop/log-in/")
