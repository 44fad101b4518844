"""LIST-5 in a real browser: edit in place, block, tags and the timeline of one person."""

import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from contacts.models import Contact, Event, KnownValue, Source
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk
from tests.factories import ContactFactory, TagFactory

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)


@pytest.fixture
def kim(shop: Site) -> Contact:
    """A lead with a known e-mail of old."""
    contact = ContactFactory(site=shop, name="Kim", email="kim@example.com", created_at=NOW)
    KnownValue.objects.create(
        site=shop,
        contact=contact,
        field="email",
        value="old@example.com",
        qualified=False,
        source=Source.FORM,
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    return contact


def address(contact: Contact) -> str:
    return f"/desk/contacts/contact/{contact.pk}/change/"


def test_details_are_edited_in_place(desk_page: OpenDesk, alice: Operator, kim: Contact) -> None:
    """LIST-5, QUAL-3, QUAL-6: known values are offered; the source is shown; the change is in the timeline."""
    page = desk_page(alice, address(kim))
    page.get_by_role("button", name="Edit: Profile").click()
    field = page.locator("#id_basic_email")
    expect(field).to_have_attribute("list", "id_basic_email_known")
    expect(page.locator("#id_basic_email_known option")).to_have_count(1)
    field.fill("new@example.com")
    page.locator("#id_basic_birthDate").fill("2999-01-01")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#card-basic .errorlist")).to_be_visible()
    expect(field).to_have_value("new@example.com")
    page.locator("#id_basic_birthDate").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    value = page.locator("#card-basic .fact-value", has_text="new@example.com")
    assert "Operator (Alice)" in (value.get_attribute("data-source") or "")
    expect(page.locator("#timeline")).to_contain_text("Details changed")


def test_escape_leaves_the_form_as_it_was(desk_page: OpenDesk, alice: Operator, kim: Contact) -> None:
    """screens.md: keyboard usable."""
    page = desk_page(alice, address(kim))
    page.get_by_role("button", name="Edit: Profile").click()
    expect(page.locator("#id_basic_name")).to_be_focused()
    page.locator("#id_basic_name").fill("Somebody else")
    page.keyboard.press("Escape")
    expect(page.locator("#card-basic")).to_contain_text("Kim")
    expect(page.locator("#card-basic form")).to_have_count(0)


def test_block_asks_and_is_lifted(desk_page: OpenDesk, alice: Operator, kim: Contact) -> None:
    """BOOT-14"""
    page = desk_page(alice, address(kim))
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.locator("#contact-header .badge-danger")).to_contain_text("blocked")
    expect(page.locator("#timeline")).to_contain_text("Blocked")
    page.get_by_role("button", name="Lift the block").click()
    expect(page.locator("#contact-header .badge-danger")).to_have_count(0)


def test_the_timeline_is_filtered_and_goes_on(desk_page: OpenDesk, alice: Operator, kim: Contact) -> None:
    """LIST-5: filterable by type, older entries on demand."""
    for number in range(70):
        Event.objects.create(
            site=kim.site, contact=kim, name=f"Event {number:02}", at=NOW - datetime.timedelta(minutes=number)
        )
    page = desk_page(alice, address(kim))
    expect(page.locator("#timeline .timeline > li")).to_have_count(30)
    page.get_by_role("button", name="Older").click()
    expect(page.locator("#timeline .timeline > li")).to_have_count(60)
    page.get_by_role("button", name="Older").click()
    expect(page.locator("#timeline .timeline > li")).to_have_count(71)
    page.get_by_role("button", name="Details learned").click()
    expect(page.locator("#timeline .timeline > li")).to_have_count(1)
    expect(page.locator("#timeline")).to_contain_text("old@example.com")


def test_html_of_visitors_is_shown_as_text(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """Issue: HTML in names is shown as text everywhere; a script that ran would fail the watch."""
    evil = "<img src=x onerror=alert(1)>"
    contact = ContactFactory(site=shop, name=evil, memo=evil, values={"note": evil})
    shop.profile_fields.create(key="note", label=evil, type="text")
    TagFactory(site=shop, name="plain")
    Event.objects.create(site=shop, contact=contact, name=evil, at=NOW, property={evil: evil})
    page = desk_page(alice, address(contact))
    expect(page.locator("#timeline")).to_contain_text(evil)
    expect(page.locator("h1")).to_have_text(evil)
    page.goto("/desk/contacts/contact/")
    expect(page.locator("#people tbody tr")).to_contain_text(evil)
    page.keyboard.press("f")
    page.locator(".filter-field").click()
    expect(page.locator(".field-menu-list", has_text=evil)).to_be_visible()


@pytest.mark.parametrize(("dark", "width"), [(False, 1440), (True, 1440), (False, 380)])
def test_the_page_has_no_barrier(desk_page: OpenDesk, alice: Operator, kim: Contact, dark: bool, width: int) -> None:
    """screens.md: axe finds no violations; nothing runs out of the screen."""
    page = desk_page(alice, address(kim), dark=dark, width=width)
    expect(page.locator("#timeline .timeline")).to_have_count(1)
    page.get_by_role("button", name="Edit: Profile").click()
    expect(page.locator("#card-basic form")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_adding_somebody_by_hand(desk_page: OpenDesk, alice: Operator, kim: Contact) -> None:
    """LIST-4: one that exists already is shown instead."""
    page = desk_page(alice, "/desk/contacts/contact/")
    page.get_by_role("link", name="Add").click()
    page.get_by_label("Name").fill("Again")
    page.get_by_label("E-mail").fill("kim@example.com")
    page.locator("main").get_by_role("button", name="Add").click()
    page.wait_for_url(f"**{address(kim)}")
    expect(page.locator(".toast")).to_contain_text("exists already")
