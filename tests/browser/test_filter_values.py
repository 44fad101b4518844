"""FIL-5, FIL-9: the values of a condition in a real browser: chips, suggestions, pasted keywords, long filters."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from contacts.models import KeptFilter
from desk.models import Operator, Site
from segments.models import Segment
from tags.models import ContactTag
from tests.browser.conftest import OpenDesk, wait_until
from tests.browser.filter_panel import (
    LIST,
    add_condition,
    address,
    edit_filter,
    filter_of,
    matches,
    names,
    open_builder,
    people,
    search,
)
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory

PASTE = """(text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def tagged(shop: Site) -> None:
    """Two people; one is VIP, one vintage."""
    for name in ("VIP", "vintage"):
        ContactTagFactory(site=shop, contact=ContactFactory(site=shop, name=name), tag=TagFactory(site=shop, name=name))


@pytest.mark.parametrize(("typed", "chip"), [("vip", "VIP"), ("vint", "vintage")])
def test_enter_waits_for_the_suggestions_that_are_on_their_way(
    desk_page: OpenDesk, alice: Operator, tagged: None, typed: str, chip: str
) -> None:
    """FIL-9: who types a tag and presses Enter at once means the tag, not the letters."""
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "Tags")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(f"filter/values/.*q={typed}"), hold)
    box = row.locator(".filter-value input")
    expect(box).to_be_focused()
    with page.expect_request(re.compile(f"q={typed}")):
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
    wait_until(lambda: bool(held), page=page)
    expect(row.locator(".chip")).to_have_count(0)
    held[0].continue_()
    expect(row.locator(".chip")).to_have_text(chip)
    matches(page, "1 person matches")


def test_a_part_of_a_tag_that_could_be_several_stays_a_text(desk_page: OpenDesk, alice: Operator, tagged: None) -> None:
    """FIL-11: a fragment is never searched for as if it were a tag."""
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "Tags")
    box = row.locator(".filter-value input")
    expect(box).to_be_focused()
    page.keyboard.type("vi")
    page.keyboard.press("Enter")
    expect(row.locator(".filter-note")).to_have_text("Choose one of the values that are offered.")
    expect(box).to_have_value("vi")
    expect(row.locator(".chip")).to_have_count(0)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("[data-filter-sentence]")).to_have_text("Look at the marked conditions.")
    expect(box).to_be_focused()
    assert "filter" not in page.url
    page.get_by_role("option", name="vintage").click()
    expect(row.locator(".chip")).to_have_text("vintage")
    search(page)
    expect(names(page)).to_have_text(["vintage"])


def test_a_part_of_a_text_is_typed_freely(desk_page: OpenDesk, alice: Operator, tagged: None) -> None:
    """FIL-4: "contains the text" asks for letters, not for a tag."""
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "Tags")
    row.locator(".filter-operator").select_option("contains")
    row.locator(".filter-value input").fill("vi")
    page.keyboard.press("Enter")
    expect(row.locator(".chip")).to_have_text("vi")
    matches(page, "2 people match")


def test_a_segment_is_chosen_and_read_by_its_name(desk_page: OpenDesk, alice: Operator, tagged: None) -> None:
    """FIL-2: the document holds the id, people never see it."""
    site = Site.objects.get(code="SHOP")
    vip = {"and": [{"key": "tags", "op": "anyOf", "values": ["VIP"]}]}
    segment = SegmentFactory(site=site, name="Best customers", filter=vip)
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "Segment")
    row.locator(".filter-value input").fill("best")
    page.keyboard.press("Enter")
    expect(row.locator(".chip")).to_have_text("Best customers")
    search(page)
    assert filter_of(page) == {"and": [{"key": "segment", "op": "in", "values": [str(segment.pk)]}]}
    page.reload()
    edit_filter(page)
    expect(page.locator(".chip")).to_have_text("Best customers")


def test_countries_are_found_by_their_names(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-9: the data hold codes; the operator reads and types words."""
    alice.language = "ko"
    alice.save(update_fields=["language"])
    for country in ("KR", "JP"):
        ContactFactory(site=shop, name=country, country=country)
    page = desk_page(alice, address({"and": [{"key": "country", "op": "is", "values": ["KR"]}]}))
    page.locator("[data-filter-open]").click()
    row = page.locator(".filter-row")
    expect(row.locator(".chip")).to_have_text("대한민국 (KR)")
    row.locator(".filter-value input").click()
    expect(page.get_by_role("option", name="일본 (JP)")).to_be_visible()
    page.keyboard.type("프랑스")
    page.keyboard.press("Enter")
    expect(row.locator(".chip").nth(1)).to_have_text("프랑스 (FR)")
    page.keyboard.type("조선")
    page.keyboard.press("Enter")
    expect(row.locator(".chip")).to_have_count(3)
    page.keyboard.type("제도")  # of which there are many
    page.keyboard.press("Enter")
    expect(row.locator(".filter-note")).to_be_visible()
    expect(row.locator(".chip")).to_have_count(3)
    row.locator(".filter-value input").fill("")
    search(page)
    assert filter_of(page)["and"][0]["values"] == ["KR", "FR", "조선"]


def test_custom_texts_that_occur_are_offered(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-9"""
    shop.profile_fields.create(key="size", label="Shirt", type="text")
    for size in ("large", "small"):
        ContactFactory(site=shop, name=size, values={"size": size})
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "Shirt")
    expect(page.get_by_role("option", name="large")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(row.locator(".chip")).to_have_text("small")
    matches(page, "1 person matches")


def test_chips_are_walked_and_taken_away_by_keyboard(desk_page: OpenDesk, alice: Operator, tagged: None) -> None:
    """screens.md: keyboard."""
    page = desk_page(alice, address({"and": [{"key": "name", "op": "is", "values": ["a", "b", "c"]}]}))
    edit_filter(page)
    box = page.locator(".filter-value input")
    box.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Remove b")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator(".chip")).to_have_text(["a", "c"])
    expect(page.get_by_role("button", name="Remove c")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(box).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.locator(".chip")).to_have_text(["a"])
    expect(box).to_be_focused()


def test_pasted_keywords_become_chips(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-5: paste, press "split keywords", see the chips; duplicates are dropped and counted."""
    for number in range(3):
        ContactFactory(site=shop, member_id=f"m{number}")
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "Member ID")
    expect(row.locator(".filter-value input")).to_be_focused()
    page.evaluate(PASTE, "m0, m1　m9\nm1\tm2")
    page.keyboard.press("Tab")
    expect(row.get_by_role("button", name="Split keywords")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row.locator(".chip")).to_have_text(["m0", "m1", "m9", "m2"])
    expect(row.locator(".filter-note")).to_have_text("Keywords added: 4, duplicates left out: 1")
    matches(page, "3 people match")


def test_a_word_among_numbers_stays_to_be_mended(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-11: nothing that was typed disappears silently."""
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "Sessions")
    row.locator(".filter-operator").select_option("is")
    row.locator(".filter-value input").fill("1 two ３")
    row.get_by_role("button", name="Split keywords").click()
    expect(row.locator(".chip")).to_have_text(["1", "3"])
    expect(row.locator(".filter-value input")).to_have_value("two")
    expect(row.locator(".filter-note")).to_have_text("A number is expected here.")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(row.locator(".filter-value input")).to_be_focused()
    assert "filter" not in page.url


def paste_ids(page: Page, count: int) -> Any:
    row = add_condition(page, "Member ID")
    expect(row.locator(".filter-value input")).to_be_focused()
    page.evaluate(PASTE, "\n".join(f"m{number}" for number in range(count)))
    row.get_by_role("button", name="Split keywords").click()
    expect(row.locator(".chip")).to_have_count(100)
    return row


def test_ten_thousand_terms_are_looked_through_and_cleared(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-5: the page draws the first hundred; all of them are a text to mend."""
    ContactFactory(site=shop, member_id="m9999")
    page = desk_page(alice, LIST)
    open_builder(page)
    row = paste_ids(page, 10_000)
    matches(page, "1 person matches")
    row.get_by_role("button", name="and 9,900 more").click()
    area = row.get_by_role("textbox", name="Value")
    expect(area).to_be_focused()
    assert area.input_value().split("\n")[-1] == "m9999"
    area.fill("m9999\nsomebody else")
    row.get_by_role("button", name="Done").click()
    expect(row.locator(".chip")).to_have_text(["m9999", "somebody else"])
    matches(page, "1 person matches")


def test_terms_that_are_being_mended_are_searched_for(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-11: Search takes over what stands in the box, never what was there before."""
    ContactFactory(site=shop, name="Kim", member_id="kim")
    ContactFactory(site=shop, name="Lee", member_id="m1")
    page = desk_page(alice, LIST)
    open_builder(page)
    row = paste_ids(page, 200)
    row.get_by_role("button", name="and 100 more").click()
    row.get_by_role("textbox", name="Value").fill("kim")
    search(page)
    expect(names(page)).to_have_text(["Kim"])
    assert filter_of(page)["and"][0]["values"] == ["kim"]


def test_a_filter_of_ten_thousand_terms_has_an_address(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-5, FIL-9, LIST-2, LIST-3: it can be linked and reloaded; order, pages, terms, actions and segments keep it."""
    for number in range(9_940, 10_000):
        ContactFactory(site=shop, name=f"Person {number}", member_id=f"m{number}")
    ContactFactory(site=shop, name="Somebody else", member_id="else")
    TagFactory(site=shop, name="VIP")
    page = desk_page(alice, LIST)
    open_builder(page)
    paste_ids(page, 10_000)
    matches(page, "60 people match")
    search(page)
    assert len(page.url) < 200
    expect(page.locator("#list-count")).to_have_text("60 people")
    expect(page.locator("#filter-unmatched")).to_contain_text("Member ID: 9,940 of 10,000 terms matched nobody")
    page.reload()
    page.locator("#people thead").get_by_role("link", name="Name").click()
    expect(page.locator('th[aria-sort="ascending"]')).to_contain_text("Name")
    expect(people(page).first).to_contain_text("Person 9940")
    page.get_by_role("link", name="Next").click()
    expect(people(page)).to_have_count(10)

    page.get_by_label("Select everybody on this page").check()
    page.get_by_role("button", name="Select all 60 matching").click()
    page.locator("[data-action=attachTags]").click()
    page.get_by_role("combobox", name="Search tags").fill("VIP")
    page.get_by_role("option", name="VIP", exact=True).click()
    page.locator("#action-place .btn-primary").click()
    expect(page.locator(".toast")).to_have_text(re.compile("60 changed"))
    assert ContactTag.objects.count() == 60

    edit_filter(page)
    expect(page.locator(".chip")).to_have_count(100)
    matches(page, "60 people match")
    page.get_by_role("button", name="Save segment").click()
    page.get_by_label("Name").fill("Withdrawn")
    page.locator("#segment-dialog").get_by_role("button", name="Save segment").click()
    page.wait_for_url(re.compile("segment="))
    expect(page.locator("#list-count")).to_have_text("60 people")
    assert len(Segment.objects.get().filter["and"][0]["values"]) == 10_000
    assert KeptFilter.objects.count() == 1


def test_terms_that_matched_nobody_can_be_copied(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-5: named after the search, late, with all of them to copy."""
    ContactFactory(site=shop, member_id="m1")
    document = {"and": [{"key": "memberId", "op": "is", "values": ["m1", *(f"x{number}" for number in range(20))]}]}
    page = desk_page(alice, address(document), permissions=["clipboard-read", "clipboard-write"])
    line = page.locator("#filter-unmatched")
    expect(line).to_contain_text("Member ID: 20 of 21 terms matched nobody: x0, x1")
    line.get_by_role("button", name="Copy all").click()
    expect(page.locator(".toast")).to_have_text(re.compile("Copied"))
    assert page.evaluate("navigator.clipboard.readText()").split() == [f"x{number}" for number in range(20)]
    assert json.dumps(filter_of(page)) == json.dumps(document)
