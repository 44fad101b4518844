"""TAG-2, TAG-3 in a real browser: the management page, and the picker on a person's page and on the list."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, Route, expect

from desk.models import Operator, Site
from tags.admin.rows import LINES
from tags.models import ContactTag, Tag
from tests.browser.conftest import OpenDesk, wait_until
from tests.browser.watching import check_accessibility
from tests.factories import ContactFactory, ContactTagFactory, TagFactory


@pytest.fixture
def vip(shop: Site) -> Tag:
    return TagFactory(site=shop, name="VIP", color="#d64545")


def test_numbers_arrive_after_the_page(desk_page: OpenDesk, alice: Operator, shop: Site, vip: Tag) -> None:
    """TAG-2"""
    TagFactory(site=shop, name="지역/서울")
    for _ in range(2):
        ContactTagFactory(site=shop, tag=vip, contact=ContactFactory(site=shop))
    page = desk_page(alice, reverse("admin:tags_tag_changelist"))
    row = page.locator("#tag-rows tr", has_text="VIP")
    expect(row.locator("td.numeric")).to_have_text("2")
    expect(page.locator("#tag-rows tr", has_text="서울")).to_have_attribute("data-depth", "1")
    page.get_by_role("searchbox", name="Search tags").fill("서")
    expect(row).to_have_count(0)


def test_admin_makes_a_tag_and_deletes_it(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """TAG-2"""
    page = desk_page(alice, reverse("admin:tags_tag_changelist"))
    page.get_by_role("link", name="New tag").first.click()
    page.get_by_label("Name").fill("a.b")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".field-errors")).to_contain_text("a.b")
    page.get_by_label("Name").fill("Region/Seoul")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#tag-rows")).to_contain_text("Seoul")
    ContactTagFactory(site=shop, tag=Tag.objects.get(), contact=ContactFactory(site=shop))
    page.get_by_role("button", name="More about Region/Seoul").click()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_text("1 contact carries it and will lose it.")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".empty-state")).to_be_visible()
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#tag-rows")).to_contain_text("Seoul")
    assert ContactTag.objects.count() == 1


def test_picker_attaches_a_known_and_a_new_tag_by_keyboard(
    desk_page: OpenDesk, bob: Operator, shop: Site, vip: Tag
) -> None:
    """TAG-3: search, choose several, make one that does not exist; take one off again."""
    contact = ContactFactory(site=shop, name="Kim")
    page = desk_page(bob, reverse("admin:contacts_contact_change", args=[contact.pk]))
    box = page.locator("#contact-tags")
    box.get_by_role("button", name="Tag", exact=True).click()
    search = box.get_by_role("combobox", name="Search tags")
    search.press_sequentially("vi")
    expect(box.get_by_role("option", name="VIP")).to_be_visible()
    search.press("ArrowDown")
    search.press("Enter")
    expect(box.locator(".tag-picker-chosen .tag-chip")).to_have_text(["VIP"])
    search.press_sequentially("새 고객")
    expect(box.get_by_role("option", name="Create “새 고객”")).to_be_visible()
    search.press("Enter")
    box.get_by_role("button", name="Attach").click()
    expect(box.locator(":scope > .tag-chip")).to_have_text(["VIP", "새 고객"])
    assert set(contact.tag_attachments.values_list("tag__name", flat=True)) == {"VIP", "새 고객"}
    box.get_by_role("button", name="Take VIP off").click()
    expect(box.locator(":scope > .tag-chip")).to_have_text(["새 고객"])


def test_levels_close_and_are_found_closed_again(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """TAG-2: remembered in this browser; what is searched for is never hidden."""
    for name in ("Region/Seoul/Gangnam", "Region/Busan", "VIP"):
        TagFactory(site=shop, name=name)
    page = desk_page(alice, reverse("admin:tags_tag_changelist"))
    line = page.locator("#tag-rows tr", has_text="Gangnam")
    expect(page.locator("#tag-rows .skeleton")).to_have_count(0)
    page.get_by_role("button", name="Tags below Region/Seoul").click()
    expect(line).to_be_hidden()
    expect(page.locator("#tag-rows tr", has_text="Busan")).to_be_visible()
    page.get_by_role("button", name="Tags below Region", exact=True).click()
    expect(page.locator("#tag-rows tr", has_text="Busan")).to_be_hidden()
    page.reload()
    expect(page.locator("#tag-rows .skeleton")).to_have_count(0)
    expect(page.locator("#tag-rows tr", has_text="Busan")).to_be_hidden()
    page.get_by_role("button", name="Tags below Region", exact=True).press("Enter")
    expect(page.locator("#tag-rows tr", has_text="Busan")).to_be_visible()
    expect(line).to_be_hidden()
    page.get_by_role("searchbox", name="Search tags").fill("gangnam")
    expect(line).to_be_visible()


def test_thousand_tags_come_as_one_scrolls(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """TAG-2: the first ones at once; the last one is there in the end."""
    Tag.objects.bulk_create(
        Tag(site=shop, name=f"고객 태그 {n:04}", name_folded=f"고객 태그 {n:04}") for n in range(1_000)
    )
    page = desk_page(alice, reverse("admin:tags_tag_changelist"))
    expect(page.locator("#tag-rows .skeleton")).to_have_count(0)
    expect(page.locator("#tag-rows tbody tr")).to_have_count(LINES + 1)
    for lines in range(2 * LINES, 1_001, LINES):
        page.locator(".tag-more").scroll_into_view_if_needed()
        expect(page.locator("#tag-rows tbody tr").nth(lines - 1)).to_be_attached()
    page.locator("#tag-rows tbody tr").last.scroll_into_view_if_needed()
    expect(page.locator("#tag-rows")).to_contain_text("고객 태그 0999")
    expect(page.locator(".tag-more")).to_have_count(0)


def test_changed_tag_is_changed_back_from_the_toast(desk_page: OpenDesk, alice: Operator, shop: Site, vip: Tag) -> None:
    """TAG-2: name and colour at once."""
    page = desk_page(alice, reverse("admin:tags_tag_changelist"))
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Name").fill("Gold")
    page.get_by_label("Colour").fill("#3f8f3f")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#tag-rows")).to_contain_text("Gold")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#tag-rows")).to_contain_text("VIP")
    vip.refresh_from_db()
    assert (vip.name, vip.color) == ("VIP", "#d64545")


def test_two_tags_are_merged_and_parted_again(desk_page: OpenDesk, alice: Operator, shop: Site, vip: Tag) -> None:
    """TAG-2: the dialog tells the numbers for either choice before anything happens."""
    gold = TagFactory(site=shop, name="Gold")
    contacts = [ContactFactory(site=shop) for _ in range(3)]
    for contact in contacts:
        ContactTagFactory(site=shop, tag=vip, contact=contact)
    ContactTagFactory(site=shop, tag=gold, contact=contacts[0])
    page = desk_page(alice, reverse("admin:tags_tag_changelist"))
    page.get_by_role("button", name="More about VIP").click()
    page.get_by_role("link", name="Merge into another tag").click()
    search = page.get_by_role("combobox", name="Search tags")
    search.press_sequentially("go")
    page.get_by_role("option", name="Gold").click()
    expect(page.locator("#merge-plan")).to_contain_text("Merge “VIP” into “Gold”")
    assert page.locator("#merge-plan dd").all_inner_texts() == ["3", "1", "1", "3"]
    expect(page.locator(".htmx-added")).to_have_count(0)  # what has just come listens a moment later
    page.get_by_role("radio", name="VIP").check()
    expect(page.locator("#merge-plan")).to_contain_text("Merge “Gold” into “VIP”")
    check_accessibility(page)
    page.get_by_role("button", name="Merge “Gold” into “VIP”").click()
    expect(page.locator("#tag-rows tr", has_text="VIP").locator("td.numeric")).to_have_text("3")
    expect(page.locator("#tag-rows tr", has_text="Gold")).to_have_count(0)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#tag-rows tr", has_text="Gold").locator("td.numeric")).to_have_text("1")


def test_plan_of_a_merge_follows_the_last_choice(desk_page: OpenDesk, alice: Operator, shop: Site, vip: Tag) -> None:
    """TAG-2: leaving the search asks nothing more, and no late answer to an earlier choice takes the place."""
    TagFactory(site=shop, name="Gold")
    page = desk_page(alice, reverse("admin:tags_tag_merge", args=[vip.pk]))
    page.get_by_role("combobox", name="Search tags").press_sequentially("go")
    page.get_by_role("option", name="Gold").click()
    expect(page.locator("#merge-plan")).to_contain_text("Merge “VIP” into “Gold”")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/merge/?*keep=other*", hold)
    page.get_by_role("radio", name="VIP").check()  # the search loses the focus, which is a change too
    expect(page.locator("#merge-plan")).to_contain_text("Merge “Gold” into “VIP”")
    page.get_by_role("radio", name="Gold").check()
    wait_until(lambda: bool(held), page=page)
    page.get_by_role("radio", name="VIP").check()
    expect(page.get_by_role("radio", name="VIP")).to_be_checked()
    assert len(held) == 1
    held.pop().continue_()
    check_accessibility(page)
    expect(page.locator("#merge-plan")).to_contain_text("Merge “Gold” into “VIP”")


def test_what_was_typed_before_the_script_came_is_looked_for(
    desk_page: OpenDesk, alice: Operator, shop: Site, vip: Tag
) -> None:
    """TAG-3: a quick finger on a slow line."""
    TagFactory(site=shop, name="Gold")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page = desk_page(alice, "")
    page.route("**/tags/picker.js", hold)
    page.goto(reverse("admin:tags_tag_merge", args=[vip.pk]), wait_until="commit")
    page.get_by_role("combobox", name="Search tags").press_sequentially("go")
    held.pop().continue_()
    expect(page.get_by_role("option", name="Gold")).to_be_visible()


def open_picker(page: Page) -> Locator:
    """The picker on a person's page."""
    box = page.locator("#contact-tags")
    box.get_by_role("button", name="Tag", exact=True).click()
    return box


def test_several_are_ticked_from_one_search_by_keyboard(desk_page: OpenDesk, bob: Operator, shop: Site) -> None:
    """TAG-3: arrows and Space; ticked ones stay in the list and are unticked the same way."""
    for name in ("지역/서울", "지역/부산", "VIP"):
        TagFactory(site=shop, name=name)
    contact = ContactFactory(site=shop)
    page = desk_page(bob, reverse("admin:contacts_contact_change", args=[contact.pk]))
    box = open_picker(page)
    search = box.get_by_role("combobox", name="Search tags")
    search.press_sequentially("지역")
    expect(box.locator(".tag-picker-new")).to_have_count(1)  # what was typed has been looked for
    expect(box.get_by_role("option")).to_have_count(3)
    for key in ("ArrowDown", " ", "ArrowDown", " "):
        search.press(key)
    expect(box.get_by_role("option", selected=True)).to_have_count(2)
    expect(box.locator(".tag-picker-chosen .tag-chip")).to_have_text(["지역/부산", "지역/서울"])
    search.press(" ")
    expect(box.locator(".tag-picker-chosen .tag-chip")).to_have_text(["지역/부산"])
    search.press("Control+Enter")
    expect(box.locator(":scope > .tag-chip")).to_have_text(["지역/부산"])


def test_enter_waits_for_what_was_typed(desk_page: OpenDesk, bob: Operator, shop: Site, vip: Tag) -> None:
    """TAG-3: a quick finger gets what it typed, not what the list showed before."""
    TagFactory(site=shop, name="Aardvark")
    contact = ContactFactory(site=shop)
    page = desk_page(bob, reverse("admin:contacts_contact_change", args=[contact.pk]))
    box = open_picker(page)
    expect(box.get_by_role("option")).to_have_count(2)
    held: list[Route] = []

    def hold(route: Route) -> None:  # Playwright marks its handlers, which a method of a list does not bear
        held.append(route)

    page.route("**/tag-options/?q=vip", hold)
    search = box.get_by_role("combobox", name="Search tags")
    search.fill("vip")
    search.press("Enter")
    wait_until(lambda: bool(held), page=page)
    expect(box.locator(".tag-picker-chosen .tag-chip")).to_have_count(0)
    held[0].continue_()
    expect(box.locator(".tag-picker-chosen .tag-chip")).to_have_text(["VIP"])


def test_new_tag_is_made_with_its_colour_and_a_refused_one_told(
    desk_page: OpenDesk, bob: Operator, shop: Site, vip: Tag
) -> None:
    """TAG-3, TAG-1"""
    contact = ContactFactory(site=shop)
    page = desk_page(bob, reverse("admin:contacts_contact_change", args=[contact.pk]))
    box = open_picker(page)
    search = box.get_by_role("combobox", name="Search tags")
    search.press_sequentially("a.b")
    box.get_by_role("option", name="Create “a.b”").click()
    expect(box.get_by_role("alert")).to_contain_text("a.b")
    expect(box.locator(".tag-picker-chosen .tag-chip")).to_have_count(0)
    search.fill("단골")
    expect(box.get_by_role("option", name="Create “단골”")).to_be_visible()
    box.get_by_role("radio", name="#3f8f3f").check()
    box.get_by_role("option", name="Create “단골”").click()
    wait_until(lambda: Tag.objects.filter(name="단골", color="#3f8f3f").exists(), page=page)
    box.get_by_role("button", name="Attach").click()
    expect(box.locator(":scope > .tag-chip")).to_have_text(["단골"])


def test_picker_takes_no_twenty_first_tag(desk_page: OpenDesk, bob: Operator, shop: Site) -> None:
    """TAG-1: told before it is tried."""
    for number in range(21):
        TagFactory(site=shop, name=f"t{number:02}")
    contact = ContactFactory(site=shop)
    page = desk_page(bob, reverse("admin:contacts_contact_change", args=[contact.pk]))
    box = open_picker(page)
    for number in range(20):
        box.get_by_role("option", name=f"t{number:02}").click()
        expect(box.locator(".tag-picker-chosen .tag-chip")).to_have_count(number + 1)
    expect(box.get_by_text("A contact carries at most 20 tags.")).to_be_visible()
    expect(box.get_by_role("option", name="t20")).to_have_attribute("aria-disabled", "true")
    box.get_by_role("option", name="t20").click(force=True)
    expect(box.locator(".tag-picker-chosen .tag-chip")).to_have_count(20)


def test_detaching_shows_what_the_selected_people_carry(
    desk_page: OpenDesk, bob: Operator, shop: Site, vip: Tag
) -> None:
    """TAG-3: all of them or how many; a press ticks it."""
    contacts = [ContactFactory(site=shop) for _ in range(3)]
    for contact in contacts:
        ContactTagFactory(site=shop, tag=vip, contact=contact)
    ContactTagFactory(site=shop, tag=TagFactory(site=shop, name="서울"), contact=contacts[0])
    TagFactory(site=shop, name="nobody")
    page = desk_page(bob, reverse("admin:contacts_contact_changelist"))
    page.locator("[data-tick-page]").check()
    page.get_by_role("button", name="Detach tags").click()
    carried = page.locator(".tag-carried button")
    expect(carried).to_have_text(["VIP all", "서울 1"])
    carried.first.click()
    expect(carried.first).to_have_attribute("aria-pressed", "true")
    check_accessibility(page)
    page.locator("#action-place").get_by_role("button", name="Detach tags").click()
    expect(page.locator("#people .tag-chip")).to_have_text(["서울"])
    assert set(ContactTag.objects.values_list("tag__name", flat=True)) == {"서울"}


def test_who_attached_a_tag_is_listed(desk_page: OpenDesk, bob: Operator, shop: Site, vip: Tag) -> None:
    """TAG-5: not only where a mouse hovers."""
    contact = ContactFactory(site=shop)
    ContactTagFactory(site=shop, tag=vip, contact=contact, source="plugin", source_label="plugin")
    page = desk_page(bob, reverse("admin:contacts_contact_change", args=[contact.pk]))
    page.get_by_role("button", name="Who attached these tags").press("Enter")
    expect(page.get_by_role("dialog", name="Who attached these tags")).to_contain_text("plugin")
    check_accessibility(page)


def test_colour_of_a_tag_is_on_its_chip(desk_page: OpenDesk, bob: Operator, shop: Site, vip: Tag) -> None:
    """screens.md: colours without inline styles in the HTML (strict CSP)."""
    contact = ContactFactory(site=shop)
    ContactTagFactory(site=shop, tag=vip, contact=contact)
    page = desk_page(bob, reverse("admin:contacts_contact_change", args=[contact.pk]))
    chip: Any = page.locator("#contact-tags .tag-chip").first
    expect(chip).to_be_visible()
    assert chip.evaluate("chip => getComputedStyle(chip).getPropertyValue('--tag')").strip() == "#d64545"


@pytest.mark.parametrize(("language", "dark", "width"), [("ko", False, 1440), ("ja", True, 1440), ("en", False, 380)])
def test_pages_of_tags_are_accessible(
    desk_page: OpenDesk, alice: Operator, shop: Site, vip: Tag, language: str, dark: bool, width: int, tmp_path: Path
) -> None:
    """screens.md: axe finds nothing, in three languages, light and dark, wide and narrow."""
    Operator.objects.filter(pk=alice.pk).update(language=language)
    TagFactory(site=shop, name="지역/서울", description="서울 고객")
    contacts = [ContactFactory(site=shop, name=f"P{number}") for number in range(3)]
    for contact in contacts:
        ContactTagFactory(site=shop, tag=vip, contact=contact)
    paths = {
        "list": reverse("admin:tags_tag_changelist"),
        "form": reverse("admin:tags_tag_add"),
        "change": reverse("admin:tags_tag_change", args=[vip.pk]),
        "delete": reverse("admin:tags_tag_delete", args=[vip.pk]),
        "merge": reverse("admin:tags_tag_merge", args=[vip.pk]) + "?tags=지역/서울",
        "level": reverse("admin:tags_tag_level") + "?level=지역",
        "person": reverse("admin:contacts_contact_change", args=[contacts[0].pk]),
    }
    for name, path in paths.items():
        page = desk_page(alice, path, dark=dark, width=width)
        page.wait_for_load_state("networkidle")
        if name == "person":
            page.locator("[popovertarget=contact-tag-menu]").click()
            expect(page.locator("#contact-tags [role=option]").first).to_be_visible()
        page.screenshot(path=tmp_path / f"{name}.png")
        check_accessibility(page)
