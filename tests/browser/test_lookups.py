"""LOOK-5 in a real browser: boxes that fill themselves beside a conversation, and lookups by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Locator, Page, expect
from pytest_django.fixtures import Settings

from chats.admin import lookup_panel
from chats.lookups.settings import ResultDraft
from chats.models import Chat
from contacts.models import Contact
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk, wait_until
from tests.browser.watching import Watch
from tests.chats.companies import MEMBER, PHONE, RESULTS, Company, running_company
from tests.chats.people import account, operator_says, room_of, visitor_says
from tests.desk.servers import answering
from tests.factories import ContactFactory


@pytest.fixture
def company(tmp_path: Path, settings: Settings) -> Iterator[Company]:
    cache.clear()
    with running_company(tmp_path, settings) as company:
        yield company


@pytest.fixture
def kim(shop: Site) -> Contact:
    return ContactFactory(
        site=shop, name="Kim", member_id="seoyeon", mobile_number="+821012345678", mobile_number_norm="+821012345678"
    )


@pytest.fixture
def room(kim: Contact) -> Chat:
    room = room_of(kim, identity=account(kim))
    visitor_says(room, "Hello")
    return room


def opened(desk_page: OpenDesk, operator: Operator, chat: Chat, **options: object) -> Page:
    """The room with the tab of lookups open."""
    page = desk_page(operator, f"/desk/inbox/{chat.pk}/", **options)  # type: ignore[arg-type]
    if page.viewport_size and page.viewport_size["width"] < 800:
        page.evaluate("document.getElementById('inbox').dataset.area = 'panel'")
    page.locator("#panel-tab-lookup").click()
    expect(page.locator("#panel-lookup [data-lookup-form]").first).to_be_attached()
    return page


def box(page: Page, name: str) -> Locator:
    return page.locator("#panel-lookup").get_by_role("group", name=name, exact=True)


def test_boxes_appear_one_by_one_while_the_conversation_goes_on(
    desk_page: OpenDesk, alice: Operator, room: Chat, shop: Site, company: Company
) -> None:
    """LOOK-5: what is quick is there at once; the chat is answered while the slow ones are still asked."""
    company.lookup(shop, "Orders")
    company.lookup(shop, "Slow")
    company.lookup(shop, "Broken", other=answering(b"<html>"))
    let_go = company.hold("/slow")
    page = opened(desk_page, alice, room)
    expect(box(page, "Orders")).to_contain_text("VVIP")
    expect(box(page, "Broken")).to_contain_text("web page")
    expect(box(page, "Slow")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#panel-tab-lookup .count")).to_have_text("1")
    page.locator("#composer-text").fill("One moment")
    page.locator("#composer-text").press("Enter")
    expect(page.locator("#items")).to_contain_text("One moment")
    expect(box(page, "Slow")).to_have_attribute("aria-busy", "true")
    let_go()
    expect(box(page, "Slow")).to_contain_text("VVIP")
    expect(page.locator("[data-lookup-waiting]")).to_have_count(0)
    expect(page.locator("#panel-tab-lookup .count")).to_have_text("2")
    expect(page.locator("[data-lookup-news]")).to_have_text("3 of 3 lookups have answered.")


def test_they_run_also_while_another_tab_is_open(
    desk_page: OpenDesk, alice: Operator, room: Chat, shop: Site, company: Company, kim: Contact
) -> None:
    """LOOK-5, LOOK-6: the tab says that something was found, and what was filled in stands beside the customer."""
    company.lookup(shop, "Orders", results=[ResultDraft("Address", "address", field="address")])
    let_go = company.hold("/orders")
    page = desk_page(alice, f"/desk/inbox/{room.pk}/")
    page.locator("#panel-tab-customer").click()
    expect(page.locator("#panel-customer [data-parts]").first).to_be_visible()
    expect(page.locator("#panel-customer")).not_to_contain_text("북촌로")
    let_go()
    expect(page.locator("#panel-tab-lookup .count")).to_have_text("1")
    expect(page.locator("#panel-customer")).to_contain_text("북촌로")
    page.locator("#panel-tab-lookup").click()
    expect(box(page, "Orders")).to_contain_text("Filled in, for it was empty: Address")


def test_going_on_to_another_chat_drops_what_was_asked(
    desk_page: OpenDesk, alice: Operator, room: Chat, shop: Site, company: Company, watch: Watch
) -> None:
    """LOOK-5: no error on the page, and the other chat has boxes of its own."""
    other = room_of(ContactFactory(site=shop, name="Sato", member_id="haruto"))
    visitor_says(other, "Hi")
    company.lookup(shop, "Orders")
    let_go = company.hold("/orders")
    page = opened(desk_page, alice, room)
    wait_until(lambda: len(company.asked) == 1, page=page)
    page.locator(f"#rooms-list a[href*='/desk/inbox/{other.pk}/']").first.click()
    expect(page.locator(f".chat-panel[data-chat-panel='{other.pk}']")).to_be_visible()
    wait_until(lambda: len(company.asked) == 2, page=page)
    let_go()
    expect(box(page, "Orders")).to_contain_text("골드")
    expect(page.locator("#panel-lookup")).not_to_contain_text("VVIP")


def test_by_hand_what_is_typed_stays_and_matching_chats_are_listed(
    desk_page: OpenDesk, alice: Operator, room: Chat, shop: Site, company: Company, watch: Watch
) -> None:
    """LOOK-5: filled with what is known; a refusal stands at the form; news of the chat take nothing away."""
    watch.expect("422")
    other = room_of(
        ContactFactory(site=shop, name="Kim two", mobile_number="010-1234-5678", mobile_number_norm="+821012345678")
    )
    visitor_says(other, "It is me")
    company.lookup(shop, "Orders", query=[PHONE, MEMBER])
    page = opened(desk_page, alice, room)
    expect(box(page, "Orders")).to_contain_text("VVIP")
    form = page.locator("[data-lookup-form]")
    expect(form.get_by_label("Phone")).to_have_value("+821012345678")
    form.get_by_label("Member ID").fill("")
    form.get_by_role("button", name="Look up").click()
    expect(form.get_by_role("alert")).to_contain_text("“Member ID” is needed.")
    form.get_by_label("Member ID").fill("haruto")
    operator_says(room, "Meanwhile", alice)
    page.evaluate(
        "chat => document.dispatchEvent(new CustomEvent('chats:event', {detail: {kind: 'chat', chat}}))", str(room.pk)
    )
    form.get_by_label("Member ID").press("Enter")
    expect(form.locator("[data-lookup-result]")).to_contain_text("골드")
    expect(form.get_by_label("Member ID")).to_have_value("haruto")
    expect(form.get_by_role("link", name=f"#{other.number}")).to_contain_text("same: Mobile number")
    expect(box(page, "Orders").first).to_contain_text("VVIP")


def test_a_busy_server_is_asked_again(
    desk_page: OpenDesk,
    alice: Operator,
    room: Chat,
    shop: Site,
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    watch: Watch,
) -> None:
    """No box blocks a conversation: the forms are there, the box waits for a place."""
    watch.expect("503")
    places = lookup_panel.threading.BoundedSemaphore(1)
    places.acquire()
    monkeypatch.setattr(lookup_panel, "_places", places)
    company.lookup(shop, "Orders")
    page = opened(desk_page, alice, room)
    expect(box(page, "Orders")).to_have_attribute("aria-busy", "true")
    page.locator("[data-lookup-form]").get_by_role("button", name="Look up").click()
    expect(page.locator("[data-lookup-form]")).to_have_attribute("aria-busy", "true")
    places.release()
    expect(box(page, "Orders").first).to_contain_text("VVIP")
    expect(page.locator("[data-lookup-result]")).to_contain_text("VVIP")


def test_what_cannot_be_loaded_says_so_and_is_tried_again(
    desk_page: OpenDesk, alice: Operator, room: Chat, shop: Site, company: Company, watch: Watch
) -> None:
    """screens.md: an error says what happened and what to do."""
    watch.expect("lookups|ERR_")
    company.lookup(shop, "Orders")
    page = desk_page(alice, "")
    page.route("**/lookups/", lambda route: route.abort())
    page.goto(f"/desk/inbox/{room.pk}/")
    page.locator("#panel-tab-lookup").click()
    panel = page.locator("#panel-lookup")
    expect(panel.get_by_role("alert")).to_be_visible()
    page.unroute("**/lookups/")
    panel.get_by_role("button", name="Try again").click()
    expect(box(page, "Orders")).to_contain_text("VVIP")
    expect(panel.get_by_role("alert")).to_have_count(0)


def test_on_the_persons_page_one_looks_up_by_hand(
    desk_page: OpenDesk, alice: Operator, kim: Contact, shop: Site, company: Company
) -> None:
    """LIST-5"""
    company.lookup(shop, "Orders", results=[ResultDraft("Address", "address", field="address"), *RESULTS])
    page = desk_page(alice, f"/desk/contacts/contact/{kim.pk}/change/", language="en-US")
    card = page.locator("#contact-lookups")
    expect(card.get_by_label("Member ID")).to_have_value("seoyeon")
    card.get_by_role("button", name="Look up").click()
    expect(card.locator("[data-lookup-result]")).to_contain_text("VVIP")
    expect(card.locator("[data-lookup-result]")).to_contain_text("Filled in, for it was empty: Address")
    result = Axe().run(page, context="#contact-lookups")
    assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [380, 1440])
def test_the_tab_is_accessible_and_fits(
    desk_page: OpenDesk, alice: Operator, room: Chat, shop: Site, company: Company, width: int, dark: bool
) -> None:
    """screens.md: axe finds nothing, and nothing is wider than its column."""
    long = '{"data": {"tier": "%s", "points": "line\\nline"}}' % ("x" * 400)
    company.lookup(shop, "Orders", query=[MEMBER, PHONE])
    company.lookup(shop, "Long", other=answering(long.encode()))
    company.lookup(shop, "Broken", other=answering(b'{"error": {"message": "no"}}', "500 No"))
    page = opened(desk_page, alice, room, width=width, dark=dark)
    expect(page.locator("[data-lookup-waiting]")).to_have_count(0)
    page.locator("#panel-lookup summary").first.click()
    page.locator("[data-lookup-form]").first.get_by_role("button", name="Look up").click()
    expect(page.locator("[data-lookup-result]").first).to_contain_text("VVIP")
    result = Axe().run(page, context="#chat-panel")
    assert result.violations_count == 0, result.generate_report()
    assert page.locator("#panel-lookup").evaluate("one => one.scrollWidth <= one.clientWidth")
