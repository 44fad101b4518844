"""TAG-2, TAG-3 in a real browser: the management page, and the picker on a person's page and on the list."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from desk.models import Operator, Site
from tags.models import Tag
from tests.browser.conftest import OpenDesk
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
    page.get_by_role("link", name="Delete Region/Seoul").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".empty-state")).to_be_visible()


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
    expect(box.get_by_role("option")).to_contain_text("새 고객")
    search.press("Enter")
    box.get_by_role("button", name="Attach").click()
    expect(box.locator(":scope > .tag-chip")).to_have_text(["VIP", "새 고객"])
    assert set(contact.tag_attachments.values_list("tag__name", flat=True)) == {"VIP", "새 고객"}
    box.get_by_role("button", name="Take VIP off").click()
    expect(box.locator(":scope > .tag-chip")).to_have_text(["새 고객"])


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
        "delete": reverse("admin:tags_tag_delete", args=[vip.pk]),
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
