"""LIST-1..3, FIL-9 in a real browser: what the server's answers alone do not show."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from desk.models import Operator, Site
from segments.models import Segment
from tags.models import ContactTag
from tests.browser.conftest import OpenDesk
from tests.browser.filter_panel import LIST, add_condition, people
from tests.browser.watching import Watch
from tests.factories import ContactFactory, TagFactory


@pytest.fixture
def crowd(shop: Site) -> list[int]:
    """Seventy people: two pages."""
    return [ContactFactory(site=shop, name=f"Person {number:02}").pk for number in range(70)]


def test_filter_save_tag_and_filter_by_the_tag(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """Issue, step 5: member and no order → segment in the sidebar with its count → three get VIP → filter by it."""
    for number in range(4):
        values = {"lastCheckoutCompletedAt": "2026-11-01T00:00:00.000Z"} if number == 3 else {}
        ContactFactory(site=shop, name=f"Member {number}", member_id=f"m{number}", values=values)
    ContactFactory(site=shop, name="Lead")
    shop.profile_fields.create(key="lastCheckoutCompletedAt", label="Last order", type="date")
    page = desk_page(alice, LIST)
    page.get_by_role("button", name="Filter", exact=True).click()
    add_condition(page, "Member")
    row = add_condition(page, "Last order")
    row.locator(".filter-operator").select_option("empty")
    expect(page.locator("[data-filter-count]")).to_have_text("3 people match")
    expect(page.locator("[data-filter-sentence]")).to_have_text("Member: yes and Last order has no value")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(people(page)).to_have_count(3)
    expect(page).to_have_url(re.compile("filter="))

    page.get_by_role("button", name="Edit filter").click()
    page.get_by_role("button", name="Save segment").click()
    page.get_by_label("Name").fill("Not ordered yet")
    page.locator("#segment-dialog").get_by_role("button", name="Save segment").click()
    page.wait_for_url(re.compile("segment="))
    entry = page.locator(".nav-link", has_text="Not ordered yet")
    expect(entry).to_have_attribute("aria-current", "page")
    expect(entry.locator(".nav-count")).to_have_text("3")
    assert Segment.objects.get().shared

    page.get_by_label("Select everybody on this page").check()
    expect(page.locator("[data-selected-words]")).to_have_text("3 people selected")
    page.locator("[data-action=attachTags]").click()
    page.get_by_role("combobox", name="Search tags").fill("VIP")
    page.get_by_role("option", name="Create").click()
    page.locator("#action-place .btn-primary").click()
    expect(page.locator(".toast", has_text="3 changed")).to_be_visible()
    expect(people(page).first.locator(".tag-chip")).to_have_text("VIP")
    assert ContactTag.objects.count() == 3

    page.goto(LIST)
    page.keyboard.press("f")
    row = add_condition(page, "Tags")
    page.keyboard.type("vi")
    expect(page.get_by_role("option", name="VIP")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(row.locator(".chip")).to_have_text("VIP")
    expect(page.locator("[data-filter-count]")).to_have_text("3 people match")
    page.keyboard.press("Enter")
    expect(people(page)).to_have_count(3)


def test_ticks_stay_over_pages_and_all_matching_may_be_taken(
    desk_page: OpenDesk, alice: Operator, shop: Site, crowd: list[int]
) -> None:
    """LIST-2, LIST-3: pages keep the selection; "all N matching" takes the exact number that was shown."""
    TagFactory(site=shop, name="VIP")
    page = desk_page(alice, LIST)
    expect(page.locator("#list-count")).to_have_text("70 people")
    people(page).nth(0).get_by_role("checkbox").check()
    page.get_by_role("link", name="Next").click()
    expect(people(page)).to_have_count(20)
    people(page).nth(3).get_by_role("checkbox").check()
    expect(page.locator("[data-selected-words]")).to_have_text("2 people selected")
    page.get_by_role("link", name="Previous").click()
    expect(people(page)).to_have_count(50)
    expect(people(page).nth(0).get_by_role("checkbox")).to_be_checked()

    page.get_by_label("Select everybody on this page").check()
    page.get_by_role("button", name="Select all 70 matching").click()
    expect(page.locator("[data-selected-words]")).to_have_text("all 70 matching selected")
    people(page).nth(5).get_by_role("checkbox").uncheck()
    expect(page.locator("[data-selected-words]")).to_have_text("69 of 70 matching selected")
    page.locator("[data-action=attachTags]").click()
    page.get_by_role("combobox", name="Search tags").fill("VIP")
    page.get_by_role("option", name="VIP", exact=True).click()
    page.locator("#action-place .btn-primary").click()
    expect(page.locator(".toast")).to_have_text(re.compile("69 changed"))
    assert ContactTag.objects.count() == 69


def test_the_list_is_worked_by_keyboard(desk_page: OpenDesk, alice: Operator, crowd: list[int]) -> None:
    """screens.md: / search, f filter, x tick, Enter open, Esc back; the place in the list is kept on return."""
    page = desk_page(alice, LIST)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(page.locator("[data-selected-words]")).to_have_text("1 person selected")
    expect(people(page).nth(1).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator("#selection-panel")).to_be_hidden()
    page.keyboard.press("f")
    expect(page.locator("#filter-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#filter-panel")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#quick-search")).to_be_focused()
    page.keyboard.type("Person 33")
    page.keyboard.press("Enter")
    expect(people(page)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")
    page.keyboard.press("Escape")
    page.wait_for_url("**q=Person**")
    expect(people(page).first.get_by_role("link")).to_be_focused()


def test_columns_are_chosen_and_moved(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """LIST-2"""
    shop.profile_fields.create(key="size", label="Shoe size", type="number")
    ContactFactory(site=shop, name="Kim", values={"size": 265})
    page = desk_page(alice, LIST)
    page.get_by_role("button", name="Columns").click()
    dialog = page.locator("#columns-dialog")
    dialog.get_by_role("button", name="Move Mobile number up").click()
    dialog.get_by_label("Find a column").fill("shoe")
    dialog.get_by_label("Shoe size").check()
    dialog.get_by_role("button", name="Show these").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#people thead")).to_contain_text("Shoe size")
    heads = [head.strip() for head in page.locator("#people thead th").all_inner_texts() if head.strip()]
    assert heads[:3] == ["Name", "Mobile number", "Kind"]
    assert heads[-1] == "Shoe size"


def test_sorting_by_a_head_turns_round_and_keeps_the_search(
    desk_page: OpenDesk, alice: Operator, crowd: list[int]
) -> None:
    """LIST-2: sort by any column."""
    page = desk_page(alice, f"{LIST}?q=Person 1")
    head = page.locator("#people thead").get_by_role("link", name="Name")
    head.click()
    expect(page.locator('th[aria-sort="ascending"]')).to_contain_text("Name")
    expect(people(page).first).to_contain_text("Person 01")
    head.click()
    expect(page.locator('th[aria-sort="descending"]')).to_contain_text("Name")
    expect(people(page).first).to_contain_text("Person 61")
    assert "q=Person" in page.url


def test_a_list_that_cannot_be_shown_offers_the_way_out(
    desk_page: OpenDesk, alice: Operator, crowd: list[int], watch: Watch
) -> None:
    """FIL-11"""
    watch.expect("400")
    page = desk_page(alice, f"{LIST}?colour=red")
    expect(page.get_by_role("alert")).to_contain_text("colour")
    page.get_by_role("link", name="Show everybody").click()
    expect(people(page)).to_have_count(50)


def test_everything_works_on_a_phone(desk_page: OpenDesk, alice: Operator, shop: Site, crowd: list[int]) -> None:
    """screens.md: works at 380 px; nothing runs out of the screen."""
    TagFactory(site=shop, name="VIP")
    page = desk_page(alice, LIST, width=380)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    page.get_by_role("button", name="Filter").click()
    row = add_condition(page, "Name")
    row.locator(".filter-operator").select_option("contains")
    row.locator(".filter-value input").fill("Person 0")
    page.keyboard.press("Enter")
    expect(page.locator("[data-filter-count]")).to_have_text("10 people match")
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    page.get_by_role("button", name="Search", exact=True).click()
    expect(people(page)).to_have_count(10)
    people(page).nth(0).get_by_role("checkbox").check()
    page.locator("[data-action=attachTags]").click()
    page.get_by_role("combobox", name="Search tags").fill("VIP")
    page.get_by_role("option", name="VIP", exact=True).click()
    page.locator("#action-place .btn-primary").click()
    expect(page.locator(".toast")).to_have_text(re.compile("1 changed"))


@pytest.mark.parametrize("dark", [False, True])
def test_the_list_has_no_barrier(
    desk_page: OpenDesk, alice: Operator, shop: Site, crowd: list[int], dark: bool
) -> None:
    """screens.md: axe finds no violations: list, builder, selection, dialog."""
    page = desk_page(alice, LIST, dark=dark)
    people(page).nth(0).get_by_role("checkbox").check()
    page.keyboard.press("f")
    add_condition(page, "Country")
    page.locator("[data-action=attachTags]").click()
    expect(page.locator("#action-place form")).to_be_visible()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.get_by_role("button", name="Columns").click()
    expect(page.locator("#columns-dialog form")).to_be_visible()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
