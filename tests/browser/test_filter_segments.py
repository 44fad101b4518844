"""SEG-1, SEG-5: segments made and changed in the filter builder, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from desk.models import Operator, Site
from segments.models import Segment
from tests.browser.conftest import OpenDesk
from tests.browser.filter_panel import LIST, add_condition, filter_of, matches, names, open_builder, people, search
from tests.browser.watching import Watch
from tests.factories import ContactFactory, SegmentFactory

KOREA = {"and": [{"key": "country", "op": "is", "values": ["KR"]}]}


@pytest.fixture
def korea(shop: Site) -> Segment:
    """Two Koreans; one Japanese member is not in it."""
    for name, country, member in (("Kim", "KR", None), ("Lee", "KR", "lee"), ("Sato", "JP", "sato")):
        ContactFactory(site=shop, name=name, country=country, member_id=member)
    return SegmentFactory(site=shop, name="Korea", filter=KOREA)


def change_to_members(page: Page) -> None:
    """Takes the country away and asks for members."""
    expect(page.locator(".chip")).to_have_text("South Korea (KR)")
    page.get_by_role("button", name="Remove the condition on Country").click()
    row = add_condition(page, "Member ID")
    row.locator(".filter-operator").select_option("exists")
    matches(page, "2 people match")


def test_who_joins_and_leaves_is_shown_before_a_segment_changes(
    desk_page: OpenDesk, alice: Operator, korea: Segment
) -> None:
    """SEG-5: with examples; saving changes the segment and shows it."""
    page = desk_page(alice, f"{LIST}?segment={korea.pk}&edit=1")
    expect(page.locator("[data-filter-editing]")).to_contain_text("Korea")
    change_to_members(page)
    page.get_by_role("button", name="Save segment").click()
    dialog = page.locator("#segment-dialog")
    expect(dialog.get_by_label("Change “Korea”")).to_be_checked()
    preview = dialog.locator("[data-segment-preview]")
    expect(preview).to_contain_text("People in the segment: 2 now, 2 then.")
    expect(preview.locator("ul").nth(0)).to_have_text("Sato")
    expect(preview.locator("ul").nth(1)).to_have_text("Kim")
    korea.refresh_from_db()
    assert korea.filter == KOREA
    dialog.get_by_role("button", name="Save segment").click()
    page.wait_for_url(re.compile(rf"segment={korea.pk}$"))
    expect(people(page)).to_have_count(2)
    korea.refresh_from_db()
    assert korea.filter == {"and": [{"key": "memberId", "op": "exists"}]}
    assert korea.name == "Korea"


def test_an_edited_segment_can_be_tried_out_and_saved_as_a_new_one(
    desk_page: OpenDesk, alice: Operator, korea: Segment
) -> None:
    """SEG-1: the address still knows which segment is edited."""
    page = desk_page(alice, f"{LIST}?segment={korea.pk}")
    page.get_by_role("button", name="Edit conditions").click()
    change_to_members(page)
    search(page)
    expect(people(page)).to_have_count(2)
    assert f"edit={korea.pk}" in page.url
    page.reload()
    expect(page.locator("[data-filter-editing]")).to_contain_text("Korea")
    matches(page, "2 people match")
    page.get_by_role("button", name="Save segment").click()
    dialog = page.locator("#segment-dialog")
    dialog.get_by_label("As a new segment").check()
    dialog.get_by_label("Name").fill("Members")
    dialog.get_by_label("Only I").check()
    dialog.get_by_role("button", name="Save segment").click()
    page.wait_for_url(re.compile(r"segment=\d+$"))
    expect(page.locator("h1")).to_have_text("Members")
    korea.refresh_from_db()
    assert korea.filter == KOREA
    assert not Segment.objects.get(name="Members").shared


def test_a_segment_is_narrowed_without_being_changed(desk_page: OpenDesk, alice: Operator, korea: Segment) -> None:
    """FIL-9: the filter of a listed segment is added to it; an "any of" never loosens it."""
    page = desk_page(alice, f"{LIST}?segment={korea.pk}")
    open_builder(page)
    expect(page.locator(".chip")).to_have_text("Korea")
    matches(page, "2 people match")
    add_condition(page, "Member ID").locator(".filter-operator").select_option("exists")
    matches(page, "1 person matches")
    search(page)
    expect(names(page)).to_have_text(["Lee"])
    assert f"segment={korea.pk}" in page.url
    assert filter_of(page) == {"and": [{"key": "memberId", "op": "exists"}]}


def test_a_segment_that_is_refused_is_mended_where_it_is_wrong(
    desk_page: OpenDesk, alice: Operator, shop: Site, watch: Watch
) -> None:
    """SEG-1: a segment on a deleted tag matches nobody, and its conditions can still be opened."""
    watch.expect("400")
    ContactFactory(site=shop, name="Kim", country="KR")
    broken = {"and": [*KOREA["and"], {"key": "tags", "op": "anyOf", "values": ["gone"]}]}
    segment = SegmentFactory(site=shop, name="Broken", filter=broken)
    page = desk_page(alice, f"{LIST}?segment={segment.pk}&edit=1")
    expect(people(page)).to_have_count(0)
    expect(page.locator(".filter-problem")).to_have_text("There is no tag “gone”.")
    page.get_by_role("button", name="Remove the condition on Tags").click()
    matches(page, "1 person matches")
    page.get_by_role("button", name="Save segment").click()
    expect(page.locator("[data-segment-preview]")).to_contain_text("1 then")
    page.locator("#segment-dialog").get_by_role("button", name="Save segment").click()
    page.wait_for_url(re.compile(rf"segment={segment.pk}$"))
    expect(names(page)).to_have_text(["Kim"])


def test_who_may_not_change_a_segment_saves_a_new_one(desk_page: OpenDesk, bob: Operator, korea: Segment) -> None:
    """SEG-6: an agent changes the segments he owns."""
    page = desk_page(bob, f"{LIST}?segment={korea.pk}&edit=1")
    expect(page.locator("[data-filter-editing]")).to_have_text("These are the conditions of the segment “Korea”.")
    matches(page, "2 people match")
    page.get_by_role("button", name="Save segment").click()
    dialog = page.locator("#segment-dialog")
    expect(dialog.get_by_label("Name")).to_be_focused()
    expect(dialog.get_by_label("Change “Korea”")).to_be_hidden()


def test_a_name_that_is_taken_is_told_in_the_dialog(
    desk_page: OpenDesk, alice: Operator, korea: Segment, watch: Watch
) -> None:
    """SEG-1"""
    watch.expect("400")
    page = desk_page(alice, LIST)
    open_builder(page)
    add_condition(page, "Member")
    matches(page, "2 people match")
    page.get_by_role("button", name="Save segment").click()
    dialog = page.locator("#segment-dialog")
    dialog.get_by_label("Name").fill("korea")
    dialog.get_by_role("button", name="Save segment").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Save segment")).to_be_focused()
