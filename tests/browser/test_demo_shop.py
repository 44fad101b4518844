"""The whole vertical path: the demo shop in one private window, the real server behind it."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from config.demo.shop.goods import GOODS
from contacts.models import Contact, Event, Kind
from desk.models import MemberHashMode, Site
from tests.browser.conftest import OpenPage, wait_until
from tests.browser.watching import check_accessibility


@pytest.fixture
def demo_shop(settings: Settings, tmp_path: Path, shop: Site) -> Site:
    """The shop at /shop/ with accounts of its own; its members must be proven, as ``ensure_demo`` sets it up."""
    settings.ROOT_URLCONF = "tests.browser.urls_with_shop"
    settings.DATA_DIR = tmp_path
    Site.objects.filter(pk=shop.pk).update(member_hash_mode=MemberHashMode.REQUIRED, asks_name=True)
    return shop


def managed() -> int:
    """MU: what the desk shows beside "All"."""
    return Contact.objects.filter(managed=True).count()


def booted_as(page: Page, kind: str) -> None:
    """Wait until the shop's bar says what this browser is to the desk."""
    expect(page.locator("#kind")).to_have_attribute("data-kind", kind)


def leave_phone(page: Page, number: str) -> None:
    page.locator("[data-contact-desk] .launcher").click()
    page.locator("[data-contact-desk] .leave").click()
    page.locator("[data-contact-desk] input[name=mobileNumber]").fill(number)
    page.locator("[data-contact-desk] .leave-details").click()
    expect(page.locator("[data-contact-desk] .done")).to_be_visible()
    page.keyboard.press("Escape")


def sign_up(page: Page, login_id: str = "minji", name: str = "김민지", **more: Any) -> None:
    page.goto("/shop/sign-up/")
    page.locator("[name=login_id]").fill(login_id)
    page.locator("[name=name]").fill(name)
    page.locator("[name=email]").fill(f"{login_id}@example.com")
    page.locator("[name=password]").fill("1234")
    for field in more.get("ticks", ()):
        page.locator(f"[name={field}]").check()
    page.locator("main button").click()
    page.wait_for_url("**/shop/")


def log_in(page: Page, login_id: str = "minji") -> None:
    page.goto("/shop/log-in/")
    page.locator("[name=login_id]").fill(login_id)
    page.locator("[name=password]").fill("1234")
    page.locator("main button").click()
    page.wait_for_url("**/shop/")


def log_out(page: Page) -> None:
    with page.expect_navigation(url="**/shop/"):  # it may have been there before
        page.locator("header form button").click()


def test_a_stranger_becomes_a_lead_and_then_a_member_and_the_browser_a_stranger_again(
    demo_shop: Site, visitor_page: OpenPage
) -> None:
    """KIND-2, KIND-4, KIND-5, BOOT-4..7 with the issue's steps 1 to 4."""
    page = visitor_page("/shop/")
    booted_as(page, "anonymous")
    page.goto("/shop/goods/cup/")
    booted_as(page, "anonymous")  # who leaves sooner has hardly seen it
    page.goto("/shop/goods/tea/")
    booted_as(page, "anonymous")
    assert managed() == 0
    stranger = Contact.objects.get()

    leave_phone(page, "010-2345-6789")
    booted_as(page, "lead")
    lead = Contact.objects.get(managed=True)
    assert lead.customer_number == stranger.customer_number
    assert lead.mobile_number == "+821023456789"
    seen = Event.objects.filter(contact=lead, name="PageView").order_by("at", "pk")
    assert [view.property["page"] for view in seen] == ["/shop/", "/shop/goods/cup/", "/shop/goods/tea/"]

    sign_up(page)
    booted_as(page, "member")
    member = Contact.objects.get()
    assert (member.kind, member.member_id, member.name) == (Kind.MEMBER, "minji", "김민지")
    assert member.customer_number == stranger.customer_number
    assert (member.mobile_number, member.email_qualified) == ("+821023456789", True)
    assert member.sessions_count == 1

    log_out(page)
    booted_as(page, "member")  # BOOT-5: for half an hour they go on as themselves

    page.locator("summary").click()
    page.locator("[data-clear=ch-session]").click()
    booted_as(page, "anonymous")
    assert managed() == 1
    again = Contact.objects.exclude(pk=member.pk).get()
    assert (again.kind, again.name, again.mobile_number) == (Kind.ANONYMOUS, "", "")
    page.goto("/shop/goods/lamp/")
    booted_as(page, "anonymous")
    assert not Event.objects.filter(contact=member, property__page="/shop/goods/lamp/").exists()


def test_a_member_who_logs_in_elsewhere_is_one_person(demo_shop: Site, visitor_page: OpenPage) -> None:
    """BOOT-3: the second browser's stranger, who left a number there, is unified into the member."""
    first, second = visitor_page("/shop/"), visitor_page("/shop/goods/bag/")
    booted_as(second, "anonymous")
    leave_phone(second, "010-9999-0000")
    sign_up(first)
    booted_as(first, "member")
    assert managed() == 2
    log_in(second)
    booted_as(second, "member")
    member = Contact.objects.get()
    assert member.identities.count() == 2
    assert member.events.filter(property__page="/shop/goods/bag/").exists()
    assert member.mobile_number == "+821099990000"


def test_an_order_is_an_event_and_the_time_of_the_last_order(demo_shop: Site, visitor_page: OpenPage) -> None:
    page = visitor_page("/shop/")
    sign_up(page)
    for slug in ("tea", "cup"):
        page.goto(f"/shop/goods/{slug}/")
        page.locator("main form button").click()
        page.wait_for_url("**/ordered/")
        page.wait_for_load_state("networkidle")
    page.reload()  # must not count again
    booted_as(page, "member")
    wait_until(lambda: Event.objects.filter(name="Order").count() == 2, page=page)
    page.wait_for_load_state("networkidle")
    orders = Event.objects.filter(name="Order").order_by("at")
    assert [order.property["amount"] for order in orders] == [GOODS["tea"].price, GOODS["cup"].price]
    values = Contact.objects.get().profile.values
    assert values["orderCount"] == 2
    assert values["lastCheckoutCompletedAt"].startswith("20")


def test_an_order_is_not_lost_on_who_leaves_at_once(demo_shop: Site, visitor_page: OpenPage) -> None:
    page = visitor_page("/shop/")
    sign_up(page)
    page.goto("/shop/goods/tea/")
    page.locator("main form button").click()
    page.wait_for_url("**/ordered/", wait_until="commit")
    page.goto("/shop/")
    wait_until(lambda: Contact.objects.get().profile.values.get("orderCount") == 1, page=page)


def test_a_guest_may_order_and_stays_unseen(demo_shop: Site, visitor_page: OpenPage) -> None:
    """KIND-3: custom values alone make no lead."""
    page = visitor_page("/shop/goods/tea/")
    page.locator("main form button").click()
    page.wait_for_url("**/ordered/")
    wait_until(lambda: Event.objects.filter(name="Order").exists(), page=page)
    wait_until(lambda: Contact.objects.get().profile.values.get("orderCount") == 1, page=page)
    assert managed() == 0


def test_opt_outs_are_switched_on_and_off_in_the_account(demo_shop: Site, visitor_page: OpenPage) -> None:
    """BOOT-13: a boot switches on only; the customer's own word takes it back."""
    page = visitor_page("/shop/")
    sign_up(page, ticks=["refuses_email"])
    booted_as(page, "member")
    contact = Contact.objects.get()
    assert (contact.unsubscribe_email, contact.unsubscribe_texting) == (True, False)
    page.goto("/shop/account/")
    page.locator("[name=refuses_email]").uncheck()
    page.locator("[name=refuses_texting]").check()
    page.locator("main button").click()
    wait_until(lambda: not Contact.objects.get().unsubscribe_email, page=page)
    assert Contact.objects.get().unsubscribe_texting is True


def test_a_wrong_secret_keeps_the_member_out_and_the_shop_open(
    demo_shop: Site, visitor_page: OpenPage, watch: Any
) -> None:
    """BOOT-2: the page's hash is of another secret."""
    watch.expect("status of 403")
    page = visitor_page("/shop/")
    sign_up(page)
    before = Contact.objects.count()
    boot = json.loads(page.locator("#plugin").text_content() or "")["boot"]
    assert len(boot["memberHash"]) == 64
    page.context.clear_cookies(name="ch-session")
    answer = page.evaluate(
        "options => new Promise(done => ContactDesk('boot', options, (error) => done(error && error.code)))",
        boot | {"memberHash": "0" * 64},
    )
    assert answer == "member_hash_invalid"
    assert Contact.objects.count() == before


def test_a_question_about_a_product_begins_with_its_name(demo_shop: Site, visitor_page: OpenPage) -> None:
    """openChat with words in the field; the message makes a lead (KIND-2)."""
    page = visitor_page("/shop/goods/cup/")
    booted_as(page, "anonymous")
    page.locator("[data-ask]").click()
    field = page.locator("[data-contact-desk] textarea")
    expect(field).to_be_focused()
    expect(field).to_have_value(f"{GOODS['cup'].name('ko')}: ")
    field.press_sequentially("재고 있나요?")
    field.press("Enter")
    booted_as(page, "lead")
    assert managed() == 1


def test_html_in_a_customers_name_is_text(demo_shop: Site, visitor_page: OpenPage) -> None:
    page = visitor_page("/shop/")
    nasty = "<img src=x onerror=alert(1)>"
    sign_up(page, name=nasty)
    booted_as(page, "member")
    assert Contact.objects.get().name == nasty
    expect(page.locator(".who")).to_have_text(nasty)
    expect(page.locator("#kind")).to_contain_text(nasty)
    assert page.locator("header .who img").count() == 0


def test_an_id_that_somebody_has_is_refused(demo_shop: Site, visitor_page: OpenPage) -> None:
    first, second = visitor_page("/shop/"), visitor_page("/shop/sign-up/")
    sign_up(first)
    second.locator("[name=login_id]").fill("MINJI")
    second.locator("[name=name]").fill("다른 사람")
    second.locator("[name=email]").fill("other@example.com")
    second.locator("[name=password]").fill("1234")
    second.locator("main button").click()
    expect(second.locator("#id_login_id_error")).to_be_visible()
    assert Contact.objects.filter(kind=Kind.MEMBER).count() == 1


def test_the_shop_says_what_is_missing_without_its_site(settings: Settings, visitor_page: OpenPage) -> None:
    settings.ROOT_URLCONF = "tests.browser.urls_with_shop"
    page = visitor_page("/shop/?lang=en")
    expect(page.locator(".demo-bar")).to_contain_text("ensure_demo")


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_the_shop_and_the_panel_speak_the_chosen_language(
    language: str, demo_shop: Site, visitor_page: OpenPage
) -> None:
    page = visitor_page("/shop/")
    page.locator(f".languages a[lang={language}]").click()
    booted_as(page, "anonymous")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".tile .name").first).to_have_text(GOODS["cup"].name(language))
    expect(page.locator("[data-contact-desk] .frame")).to_have_attribute("lang", language)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["", "goods/cup/", "sign-up/", "log-in/"])
def test_no_page_of_the_shop_breaks_an_accessibility_rule(
    path: str, dark: bool, demo_shop: Site, visitor_page: OpenPage
) -> None:
    page = visitor_page(f"/shop/{path}", dark=dark)
    booted_as(page, "anonymous")
    check_accessibility(page)


@pytest.mark.parametrize("path", ["", "goods/cup/", "sign-up/"])
def test_the_shop_fits_a_phone(path: str, demo_shop: Site, visitor_page: OpenPage) -> None:
    page = visitor_page(f"/shop/{path}", width=380)
    booted_as(page, "anonymous")
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
