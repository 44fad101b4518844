"""UNI-6, UNI-10, UNI-12, UNI-13 in a real browser: tick two, choose, merge, undo; the plan that changed; the keyboard."""

import datetime
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from contacts.details import change_details
from contacts.models import Contact, KnownValue, Merge, MergeSuggestion, Source
from contacts.search import search_text_of
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk
from tests.factories import ContactFactory

LIST = "/desk/contacts/contact/"
NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)


def person(site: Site, **details: Any) -> Contact:
    """A contact that quick search finds."""
    contact: Contact = ContactFactory(site=site, **details)
    contact.profile.search_text = search_text_of(contact, site)
    contact.profile.save()
    return contact


@pytest.fixture
def older(shop: Site) -> Contact:
    return person(shop, name="이서연", customer_number=1024, email="seoyeon@example.com", created_at=NOW)


@pytest.fixture
def newer(shop: Site) -> Contact:
    at = NOW + datetime.timedelta(days=1)
    return person(shop, name="Lee Seoyeon", customer_number=1031, email="lee@example.com", created_at=at)


def compare_ticked(page: Page) -> None:
    """Tick the two rows of the list and follow “Merge”."""
    expect(page.locator("#people [data-tick]")).to_have_count(2)
    merge = page.locator("#selection-panel [data-merge]")
    page.locator("#people [data-tick]").first.check()
    expect(page.locator("[data-selected-words]")).to_have_text("1 person selected")
    expect(merge).to_have_attribute("aria-disabled", "true")
    page.locator("#people [data-tick]").last.check()
    expect(page.locator("[data-selected-words]")).to_have_text("2 people selected")
    expect(merge).to_have_attribute("href", re.compile("person=.*person="))
    merge.click()
    expect(page.locator("h1")).to_have_text("Merge two people")


def test_tick_two_choose_merge_and_undo(desk_page: OpenDesk, alice: Operator, older: Contact, newer: Contact) -> None:
    """UNI-6, UNI-10: the whole way round; afterwards nobody is ticked any more."""
    page = desk_page(alice, LIST)
    compare_ticked(page)
    name = page.locator("[data-field=name]")
    expect(name.locator("input").last).to_be_checked()  # the newer one, unless somebody chooses
    expect(name.locator(".merge-yours")).to_be_hidden()
    name.locator("label", has_text="이서연").click()
    expect(name.locator(".merge-yours")).to_be_visible()
    page.get_by_role("button", name="Merge Lee Seoyeon into customer 1024").click()
    expect(page.locator(".callout-success")).to_contain_text("Customer 1031 is part of 이서연 now.")
    older.refresh_from_db()
    assert older.email == "lee@example.com"

    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#people [data-tick]")).to_have_count(1)
    expect(page.locator("#people [data-tick]")).not_to_be_checked()
    expect(page.locator("#selection-panel")).to_be_hidden()

    page.locator("#people tbody th a").click()
    page.get_by_role("link", name="Undo the merge of customer 1031").click()
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.locator(".toast")).to_contain_text("Lee Seoyeon (customer 1031) is a contact of its own again")
    assert Contact.objects.get(customer_number=1031).email == "lee@example.com"
    older.refresh_from_db()
    assert older.email == "seoyeon@example.com"
    page.get_by_role("link", name="Lee Seoyeon").click()
    expect(page.locator("#timeline")).to_contain_text("Came back from a merge that was undone")


def test_the_two_are_swapped(desk_page: OpenDesk, alice: Operator, older: Contact, newer: Contact) -> None:
    """UNI-6: the kept one is on the left."""
    page = desk_page(alice, LIST)
    compare_ticked(page)
    heads = page.locator(".merge-table thead th:has(.merge-role)")
    expect(heads.first).to_contain_text("이서연")
    page.get_by_role("link", name="Swap").click()
    expect(heads.first).to_contain_text("Lee Seoyeon")
    page.get_by_role("button", name="Merge 이서연 into customer 1031").click()
    expect(page.locator(".callout-success")).to_contain_text("Customer 1024 is part of Lee Seoyeon now.")


def test_a_change_in_between_is_shown_and_asked_again(
    desk_page: OpenDesk, alice: Operator, older: Contact, newer: Contact
) -> None:
    """UNI-13: what was chosen stays chosen."""
    page = desk_page(alice, f"{LIST}{older.pk}/merge/?with={newer.pk}")
    page.locator("[data-field=email] label", has_text="lee@example.com").click()
    change_details(
        newer, {"name": "Lee S."}, source=Source.OPERATOR, source_label="Bob", actor=SYSTEM, now=timezone.now()
    )
    page.get_by_role("button", name="Merge Lee Seoyeon into customer 1024").click()
    expect(page.locator("[data-plan-changed]")).to_contain_text("이서연 / Lee Seoyeon → 이서연 / Lee S.")
    assert not Merge.objects.exists()
    expect(page.locator("[data-field=email] label", has_text="lee@example.com").locator("input")).to_be_checked()
    page.get_by_role("button", name="Merge Lee S. into customer 1024").click()
    expect(page.locator(".callout-success")).to_be_visible()
    older.refresh_from_db()
    assert older.email == "lee@example.com"


def test_the_other_one_is_searched_from_the_contact_page_by_keyboard(
    desk_page: OpenDesk, alice: Operator, older: Contact, newer: Contact
) -> None:
    """UNI-6; screens.md: no mouse needed."""
    page = desk_page(alice, f"{LIST}{older.pk}/change/")
    page.get_by_role("link", name="Merge", exact=True).press("Enter")
    search = page.get_by_role("searchbox", name="Search for the same person")
    expect(search).to_be_focused()
    search.press_sequentially("1031")
    found = page.locator("#merge-found .merge-person")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("Lee Seoyeon")
    search.press("Tab")
    expect(found).to_be_focused()
    found.press("Enter")
    radio = page.locator("[data-field=name] input").first
    radio.focus()
    radio.press("ArrowRight")
    expect(page.locator("[data-field=name] input").last).to_be_checked()
    confirm = page.get_by_role("button", name="Merge Lee Seoyeon into customer 1024")
    confirm.press("Enter")
    expect(page.locator(".callout-success")).to_be_visible()
    older.refresh_from_db()
    assert older.name == "Lee Seoyeon"


def test_members_are_merged_after_a_tick(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """UNI-6: the browser itself asks for the tick."""
    one, other = person(shop, name="One", member_id="m-1", customer_number=7), person(shop, name="Two", member_id="m-2")
    page = desk_page(alice, f"{LIST}{one.pk}/merge/?with={other.pk}")
    confirm = page.get_by_role("button", name="Merge Two into customer 7")
    confirm.click()
    expect(page.locator("#merge-members:invalid")).to_have_count(1)
    page.locator("#merge-members").check()
    confirm.click()
    expect(page.locator(".callout-success")).to_be_visible()


def test_a_taken_member_id_leads_into_the_dialog(
    desk_page: OpenDesk, alice: Operator, newer: Contact, shop: Site
) -> None:
    """UNI-9"""
    member = person(shop, name="Member", member_id="m-7", customer_number=9)
    page = desk_page(alice, f"{LIST}{newer.pk}/change/")
    page.get_by_role("button", name="Edit: Profile").click()
    expect(page.locator("#id_basic_name")).to_be_focused()  # where the form begins; only then it is typed into
    page.locator("#id_basic_memberId").fill("m-7")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-member-id-taken]")).to_contain_text("Member (customer 9)")
    expect(page.locator("#id_basic_memberId")).to_have_value("m-7")
    page.get_by_role("link", name="Compare and merge").click()
    page.get_by_role("button", name="Merge Lee Seoyeon into customer 9").click()
    expect(page.locator(".callout-success")).to_be_visible()
    assert Merge.objects.get().survivor_id == member.pk


def test_a_known_value_is_taken_from_the_menu(desk_page: OpenDesk, alice: Operator, older: Contact) -> None:
    """QUAL-3"""
    KnownValue.objects.create(
        site=older.site,
        contact=older,
        field="email",
        value="old@example.com",
        qualified=False,
        source=Source.FORM,
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    page = desk_page(alice, f"{LIST}{older.pk}/change/")
    page.get_by_role("button", name="Edit: Profile").click()
    expect(page.locator("#id_basic_name")).to_be_focused()
    page.get_by_role("button", name=re.compile("E-mail: 1 known value")).click()
    offered = page.locator("[data-known]")
    expect(offered).to_contain_text("not qualified · Typed by the visitor")
    offered.click()
    expect(page.locator("#id_basic_email")).to_have_value("old@example.com")
    expect(page.locator("#id_basic_email")).to_be_focused()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#card-basic")).to_contain_text("old@example.com")


def test_a_suggestion_is_compared_and_another_dismissed(
    desk_page: OpenDesk, alice: Operator, older: Contact, newer: Contact, shop: Site
) -> None:
    """UNI-12"""
    third = person(shop, name="Third")
    for other in (newer, third):
        first, second = sorted((older, other), key=lambda contact: contact.pk)
        MergeSuggestion.objects.create(
            site=shop, first=first, second=second, reason="samePhone", value="+821012345678", at=timezone.now()
        )
    page = desk_page(alice, "/desk/suggestions/")
    entry = page.locator(".nav-link", has_text="Suggestions")
    expect(entry.locator(".nav-count")).to_have_text("2")
    page.locator(".suggestion", has_text="Third").get_by_role("button", name=re.compile("two people")).click()
    expect(page.locator(".toast")).to_contain_text("not suggested again")
    expect(page.locator(".suggestion")).to_have_count(1)
    page.locator(".suggestion").get_by_role("link", name=re.compile("^Compare")).click()
    page.get_by_role("button", name=re.compile("^Merge .* into customer")).click()
    expect(page.locator(".callout-success")).to_be_visible()
    assert Merge.objects.get().trigger == "suggestion"


@pytest.mark.parametrize(("dark", "width"), [(False, 1440), (True, 380)])
def test_the_pages_have_no_barrier(
    desk_page: OpenDesk, alice: Operator, shop: Site, newer: Contact, dark: bool, width: int
) -> None:
    """screens.md: axe finds no violations; the longest names stay within the screen."""
    long = person(shop, name="W" * 100, member_id="m" * 255, customer_number=9)
    MergeSuggestion.objects.create(
        site=shop,
        first=min(long, newer, key=lambda contact: contact.pk),
        second=max(long, newer, key=lambda contact: contact.pk),
        reason="sameEmail",
        value="v" * 200 + "@example.com",
        at=timezone.now(),
    )
    page = desk_page(alice, f"{LIST}{long.pk}/merge/?q=Lee", dark=dark, width=width)

    def check(selector: str) -> None:
        expect(page.locator(selector).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()

    check(".merge-person")
    page.goto("/desk/suggestions/")
    check(".suggestion")
    page.goto(f"{LIST}{newer.pk}/change/")
    check(".pending-pair")
    page.goto(f"{LIST}{long.pk}/merge/?with={newer.pk}")
    check(".merge-table")
    page.locator(".merge-confirm button").click()
    check(".merge-done")
    page.locator("#undo button").click()
    check(".callout-info")
