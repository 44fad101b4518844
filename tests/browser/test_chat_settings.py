"""CHAT-3..6 in a real browser: Settings → Chats, and the page of requests."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from chats.answers import create_answer
from chats.categories import add_category
from chats.handling import assign
from chats.models import AnswerTemplate, Category, Chat
from chats.noting import set_room_tags
from chats.panel_tabs import add_tab
from chats.requesting import ask
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk
from tests.browser.watching import check_accessibility
from tests.chats.people import NOON, room_of
from tests.factories import ContactFactory

PAGES = ["chat_settings", "chat_categories", "chat_room_tags", "chat_answers", "chat_panel_tabs"]


@pytest.fixture
def room(shop: Site, bob: Operator) -> Chat:
    room = room_of(ContactFactory(site=shop, name="김민지"))
    assign(room, bob, actor=SYSTEM, now=NOON)
    return room


@pytest.fixture
def filled(shop: Site, room: Chat, alice: Operator, bob: Operator) -> Site:
    """One of everything, with names as long as they may be."""
    top = add_category(shop, "교환·반품과 그 밖의 일", actor=SYSTEM)
    add_category(shop, "W" * 15, parent=top, actor=SYSTEM)
    set_room_tags(room, ["late", "W" * 20], actor=SYSTEM, now=NOON)
    create_answer(shop, name="W" * 40, text="긴 답변 " * 400, actor=SYSTEM, now=NOON)
    add_tab(shop, name="W" * 20, url="https://orders.example/" + "w" * 400, actor=SYSTEM)
    ask(room, "agent", alice, "W" * 300 + "\n교대 시간입니다.", actor=Actor.of_operator(bob), now=NOON)
    return shop


@pytest.mark.parametrize(("width", "dark"), [(380, False), (1440, True)], ids=["phone", "desktop, dark"])
@pytest.mark.usefixtures("filled")
def test_pages_are_accessible_and_fit(desk_page: OpenDesk, alice: Operator, width: int, dark: bool) -> None:
    """screens.md: axe finds no violations; nothing runs out of the screen."""
    page = desk_page(alice, reverse("admin:chat_settings"), width=width, dark=dark)
    answer = AnswerTemplate.objects.get()
    addresses = [reverse(f"admin:{name}") for name in [*PAGES, "chat_category_add", "chat_requests"]]
    switch = reverse("admin:chat_category_switch", args=[Category.objects.get(parent=None).pk])
    for address in [*addresses, reverse("admin:chat_answer_change", args=[answer.pk]), switch]:
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        check_accessibility(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_placeholder_is_put_where_the_cursor_is_and_shown_filled(
    desk_page: OpenDesk, alice: Operator, shop: Site
) -> None:
    """CHAT-4: by keyboard too."""
    page = desk_page(alice, reverse("admin:chat_answer_add"))
    page.get_by_label("Name", exact=True).fill("Greeting")
    text = page.get_by_label("Text")
    text.fill("Hello !")
    text.press("ArrowLeft")
    page.get_by_role("button", name="{name}").focus()
    page.keyboard.press("Enter")
    expect(text).to_have_value("Hello {name}!")
    expect(text).to_be_focused()
    expect(page.locator("#answer-preview")).to_contain_text("Hello Kim Minji!")
    text.fill("Hello {nmae}")
    expect(page.locator("#answer-preview")).to_contain_text("{nmae}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-errors")).to_contain_text("{nmae}")
    text.fill("Hello {name|there}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#answer-rows")).to_contain_text("Greeting")


def test_level_one_is_switched_off_with_what_is_below_and_brought_back(
    desk_page: OpenDesk, alice: Operator, shop: Site
) -> None:
    """CHAT-3"""
    top = add_category(shop, "Delivery", actor=SYSTEM)
    add_category(shop, "Late", parent=top, actor=SYSTEM)
    page = desk_page(alice, reverse("admin:chat_categories"))
    page.get_by_role("link", name="Switch off Delivery").click()
    expect(page.get_by_text("1 category below it goes off too: Late")).to_be_visible()
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("switched off", exact=True)).to_have_count(2)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("in use", exact=True)).to_have_count(2)


def test_request_is_accepted_on_the_page(desk_page: OpenDesk, room: Chat, alice: Operator, bob: Operator) -> None:
    """CHAT-6: and the count beside the navigation goes."""
    ask(room, "agent", alice, "My shift ends.", actor=Actor.of_operator(bob), now=NOON)
    page = desk_page(alice, reverse("admin:chat_requests"))
    line = page.locator("#sidebar").get_by_role("link", name="Requests")
    expect(line).to_contain_text("1")
    page.get_by_label("Answer to Bob").fill("Gladly.")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    expect(line).not_to_contain_text("1")
    page.get_by_role("link", name="All", exact=True).last.click()
    expect(page.locator(".request")).to_contain_text("Gladly.")
    assert Chat.objects.get(pk=room.pk).assignee == alice
