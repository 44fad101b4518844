"""The first vertical path, whole: people come and go in the shop, an operator finds, filters, keeps and tags them."""

import re

import pytest
from playwright.sync_api import Page, expect

from contacts.models import Contact, Kind
from desk.models import Operator, Site
from segments.models import Segment
from tags.models import ContactTag
from tests.browser.conftest import OpenPage, SignIn, wait_until
from tests.browser.test_demo_shop import (
    booted_as,
    demo_shop,
    leave_phone,
    log_out,
    managed,
    sign_up,
)

__all__ = ["demo_shop"]

PEOPLE = {"minji": "김민지", "sora": "이소라", "haruka": "田中 遥", "lucas": "Lucas Martin"}


@pytest.fixture
def customers(demo_shop: Site, visitor_page: OpenPage) -> Page:
    """Four members; minji left her phone number before, lucas ordered. Returns minji's browser: a stranger again."""
    pages = {}
    for login_id, name in PEOPLE.items():
        page = pages[login_id] = visitor_page("/shop/")
        if login_id == "minji":
            booted_as(page, "anonymous")
            assert managed() == 0
            leave_phone(page, "010-2345-6789")
            booted_as(page, "lead")
            assert managed() == 1
        sign_up(page, login_id, name)
        booted_as(page, "member")
    pages["lucas"].goto("/shop/goods/tea/")
    pages["lucas"].locator("main form button").click()
    pages["lucas"].wait_for_url("**/ordered/")
    pages["lucas"].wait_for_load_state("networkidle")
    log_out(pages["minji"])
    booted_as(pages["minji"], "member")  # BOOT-5; the answer of this boot would bring the session back
    pages["minji"].locator("summary").click()
    pages["minji"].locator("[data-clear=ch-session]").click()
    booted_as(pages["minji"], "anonymous")
    return pages["minji"]


def expect_people(desk: Page, names: list[str]) -> None:
    """Wait until exactly these people are listed."""
    listed = desk.locator("#people tbody tr .cell-person > span:nth-child(2)")
    expect(listed).to_have_count(len(names))
    wait_until(lambda: sorted(listed.all_inner_texts()) == sorted(names), page=desk)


def search(desk: Page, words: str) -> None:
    """Quick search."""
    box = desk.get_by_role("searchbox", name="Search contacts")
    box.fill(words)
    with desk.expect_response(re.compile(r"/contacts/contact/\?")):
        box.press("Enter")
    desk.wait_for_load_state("networkidle")


def add_condition(desk: Page, at: int, field: str, operator: str | None = None, value: str | None = None) -> None:
    """One row of the filter builder."""
    row = desk.locator(".filter-row").nth(at)
    row.locator(".filter-field").click()
    row.get_by_role("searchbox", name="Find a field").fill(field)
    row.get_by_role("searchbox", name="Find a field").press("Enter")
    if operator:
        row.locator(".filter-operator").select_option(operator)
    if value is None:
        return
    control = row.locator(".filter-value input, .filter-value select").first
    if control.evaluate("one => one.tagName") == "SELECT":
        control.select_option(value)
    else:
        control.fill(value)
        desk.get_by_role("option", name=value).click()


def run_filter(desk: Page) -> None:
    desk.get_by_role("region", name="Advanced filter").get_by_role("button", name="Search").click()
    desk.wait_for_load_state("networkidle")


def test_an_operator_finds_filters_keeps_and_tags_the_people_of_the_shop(
    customers: Page, alice: Operator, visitor_page: OpenPage, sign_in: SignIn
) -> None:
    minji = Contact.objects.get(member_id="minji")
    assert Contact.objects.filter(kind=Kind.ANONYMOUS).count() == 1

    desk = visitor_page("/desk/", language="en-GB")
    sign_in(desk, alice)
    desk.goto("/desk/contacts/contact/")
    every = desk.get_by_role("navigation", name="Main navigation").get_by_role("link", name=re.compile("^All "))
    expect(every.locator(".nav-count")).to_have_text("4")
    expect(desk.locator("#list-count")).to_have_text(re.compile("4 people"))
    expect_people(desk, list(PEOPLE.values()))

    for words in ("민지", "010-2345-6789", "01023456789", "+82 10 2345 6789", "minji", str(minji.customer_number)):
        search(desk, words)
        expect_people(desk, ["김민지"])
    search(desk, "nobody at all")
    expect_people(desk, [])

    desk.goto("/desk/contacts/contact/")
    desk.get_by_role("button", name="Filter").click()
    add_condition(desk, 0, "member", value="true")
    desk.get_by_role("button", name="Add a condition").click()
    add_condition(desk, 1, "profile.lastCheckoutCompletedAt", "empty")
    expect(desk.locator("[data-filter-count]")).to_have_text("3 people match")
    run_filter(desk)
    not_ordered = [name for login_id, name in PEOPLE.items() if login_id != "lucas"]
    expect_people(desk, not_ordered)

    desk.get_by_role("button", name="Edit filter").click()
    desk.get_by_role("button", name="Save segment").click()
    desk.get_by_role("textbox", name="Name", exact=True).fill("Not ordered yet")
    desk.get_by_role("dialog").get_by_role("button", name="Save segment").click()
    desk.wait_for_load_state("networkidle")
    segment = desk.get_by_role("navigation", name="Main navigation").get_by_role("link", name="Not ordered yet")
    expect(segment.locator(".nav-count")).to_have_text("3")
    segment.click()
    desk.wait_for_url("**segment=**")
    expect_people(desk, not_ordered)
    assert Segment.objects.get().name == "Not ordered yet"

    for tick in desk.locator("[data-tick]").all():
        tick.check()
    expect(desk.locator("[data-selected-words]")).to_have_text("3 people selected")
    desk.get_by_role("button", name="Attach tags").first.click()
    picker = desk.locator("#action-tag-picker")
    picker.get_by_role("combobox").fill("VIP")
    picker.get_by_role("option", name=re.compile("VIP")).click()
    desk.locator("#action-place").get_by_role("button", name="Attach tags").click()
    expect(desk.locator("#people .tag-chip")).to_have_count(3)
    assert ContactTag.objects.filter(tag__name="VIP").count() == 3

    desk.goto("/desk/contacts/contact/")
    desk.get_by_role("button", name="Filter").click()
    add_condition(desk, 0, "tags", "anyOf", "VIP")
    run_filter(desk)
    expect_people(desk, not_ordered)

    desk.get_by_role("link", name="김민지").click()
    expect(desk.get_by_role("heading", name="김민지")).to_be_visible()
    main = desk.locator("main")
    expect(main).to_contain_text(str(minji.customer_number))
    expect(main).to_contain_text("/shop/")
