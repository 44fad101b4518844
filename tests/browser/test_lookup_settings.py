"""LOOK-1, LOOK-2, LOOK-6 in a real browser: the editor of a lookup, and trying it."""

import json
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from chats.lookups.settings import ApiDraft, QueryDraft, ResultDraft, create_api, draft_of
from chats.models import LookupApi, LookupCall
from contacts.models import Contact, ProfileField
from desk import outbound
from desk.actors import SYSTEM
from desk.models import Operator, Site
from desk.outbound import Answer, Call
from tests.browser.conftest import OpenDesk
from tests.browser.watching import check_accessibility
from tests.chats.people import NOON
from tests.factories import ContactFactory

DRAFT = ApiDraft(
    "W" * 40,
    "https://crm.example/" + "w" * 300,
    query_items=[
        QueryDraft("회원 ID", "memberId", kind="chatField", required=True, channels=["web"]),
        QueryDraft("W" * 40, "parameters.orderNo", kind="chatField"),
        QueryDraft("지역", "area", control="dropDown", options=[{"value": "02", "label": "서울"}]),
    ],
    result_items=[ResultDraft("등급", "tier"), ResultDraft("담당자", "manager", "profile.manager")],
)


@pytest.fixture
def api(shop: Site) -> LookupApi:
    ProfileField.objects.create(site=shop, key="manager", type="text")
    return create_api(shop, DRAFT, actor=SYSTEM, now=NOON).api


@pytest.fixture
def minji(shop: Site) -> Contact:
    minji: Contact = ContactFactory(site=shop, name="Minji", member_id="minji")
    return minji


def rows(page: Page, items: str) -> Any:
    return page.locator(f'[data-items="{items}"] > li')


def names(page: Page, items: str) -> list[str]:
    return [row.get_by_label("Screen name").input_value() for row in rows(page, items).all()]


@pytest.mark.parametrize(("width", "dark"), [(380, False), (1440, True)], ids=["phone", "desktop, dark"])
def test_pages_are_accessible_and_fit(
    desk_page: OpenDesk, alice: Operator, api: LookupApi, minji: Contact, width: int, dark: bool
) -> None:
    """screens.md: axe finds no violations; nothing runs out of the screen."""
    LookupCall.objects.create(site=api.site, api=api, operator_name="Alice", automatic=True, outcome="timeout", at=NOON)
    page = desk_page(alice, reverse("admin:chat_lookups"), width=width, dark=dark)
    pages = [reverse(f"admin:chat_lookup_{name}", args=[api.pk]) for name in ("change", "try", "calls", "delete")]
    for address in [reverse("admin:chat_lookups"), reverse("admin:chat_lookup_add"), *pages]:
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        check_accessibility(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_rows_are_added_moved_removed_and_put_back_without_losing_a_word(
    desk_page: OpenDesk, alice: Operator, api: LookupApi
) -> None:
    """LOOK-2: by keyboard too, without a reload; saved in the order of the page."""
    page = desk_page(alice, reverse("admin:chat_lookup_change", args=[api.pk]))
    page.get_by_role("button", name="Add an item").press("Enter")
    row = rows(page, "query").nth(3)
    expect(row.get_by_label("Screen name")).to_be_focused()
    row.get_by_label("Screen name").fill("주문번호")
    row.get_by_label("Variable name").fill("orderNumber")
    row.get_by_role("button", name="Move up").press("Enter")
    row = rows(page, "query").nth(2)
    expect(row.get_by_role("button", name="Move up")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    row = rows(page, "query").nth(0)
    expect(row.get_by_role("button", name="Move down")).to_be_focused()  # up is over
    expect(row.locator("[data-item-name]")).to_have_text("주문번호")
    rows(page, "query").nth(1).get_by_role("button", name="Remove").click()
    assert names(page, "query") == ["주문번호", "W" * 40, "지역"]
    page.get_by_role("button", name="Put the removed item back").press("Enter")
    assert names(page, "query") == ["주문번호", "회원 ID", "W" * 40, "지역"]
    rows(page, "result").nth(0).get_by_role("button", name="Move down").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("saved")
    draft = draft_of(LookupApi.objects.get(pk=api.pk))
    assert [item.variable for item in draft.query_items] == ["orderNumber", "memberId", "parameters.orderNo", "area"]
    assert [item.data_name for item in draft.result_items] == ["manager", "tier"]


def test_row_shows_what_its_kind_needs_and_its_errors(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """LOOK-2: what was typed for the other kind comes back with it; an error leads to its row."""
    page = desk_page(alice, reverse("admin:chat_lookup_add"))
    page.get_by_label("Name", exact=True).fill("Orders")
    page.get_by_label("Address of your system").fill("http://crm.example/customer")
    row = rows(page, "query").nth(0)
    kind = row.get_by_label("Where the value comes from")
    expect(row.get_by_label("Field of the chat")).to_have_value("memberId")
    expect(row.get_by_label("Name of the parameter")).to_be_hidden()
    expect(row.get_by_label("Variable name")).to_be_hidden()
    row.get_by_label("Field of the chat").select_option("parameters.")
    row.get_by_label("Name of the parameter").fill("orderNo")
    kind.select_option("general")
    expect(row.get_by_label("Name of the parameter")).to_be_hidden()
    row.get_by_label("How it is filled in").select_option("dropDown")
    expect(row.get_by_label("Maximum length")).to_be_hidden()
    row.get_by_label("Options").fill("Seoul | 02")
    kind.select_option("chatField")
    expect(row.get_by_label("Name of the parameter")).to_have_value("orderNo")
    kind.select_option("general")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text("4 things need another look")
    row = rows(page, "query").nth(0)
    expect(row.locator(".field-errors").get_by_label("Variable name")).to_be_visible()
    row.get_by_label("Screen name").fill("Area")
    row.get_by_label("Variable name").fill("area")
    expect(row.get_by_label("Options")).to_have_value("Seoul | 02")
    rows(page, "result").nth(0).get_by_label("Screen name").fill("Tier")
    rows(page, "result").nth(0).get_by_label("Data name in the answer").fill("tier")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".field-errors")).to_contain_text("https://")
    page.get_by_label("Address of your system").fill("https://crm.example/customer")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#lookup-secret")).to_have_text(LookupApi.objects.get(site=shop).secret)


def test_lookup_is_tried_with_a_person(
    desk_page: OpenDesk, alice: Operator, api: LookupApi, minji: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOOK-1, LOOK-6: first without what it needs, then with what the person has; nothing is written."""
    asked: list[dict[str, str]] = []

    def answer(call: Call, **_: Any) -> Answer:
        asked.append(json.loads(call.body))
        return Answer("crm.example", 200, b'{"data": {"tier": "VVIP", "manager": "<b>Kim</b>"}}', 1234)

    monkeypatch.setattr(outbound, "call", answer)
    page = desk_page(alice, reverse("admin:chat_lookup_try", args=[api.pk]))
    page.get_by_role("button", name="Look up").click()
    expect(page.locator(".field-errors")).to_contain_text("required")
    page.get_by_role("searchbox", name="Search for a person").fill("minji")
    expect(page.locator("#lookup-people li")).to_have_count(2)
    page.get_by_label("Minji").check()
    page.get_by_role("button", name="Look up").click()
    shown = page.locator("#lookup-answer")
    expect(shown).to_contain_text("1.23 s")
    expect(shown.get_by_role("row", name="Manager")).to_contain_text("<b>Kim</b>")
    expect(shown.get_by_role("row", name="Manager")).to_contain_text("would be written")
    assert asked == [{"memberId": "minji"}]
    check_accessibility(page)
    page.get_by_role("link", name="Calls").click()
    expect(page.get_by_role("row", name="Alice")).to_contain_text("answered")


def test_key_is_shown_in_the_page_and_replaced(desk_page: OpenDesk, alice: Operator, api: LookupApi) -> None:
    """LOOK-1"""
    page = desk_page(alice, reverse("admin:chat_lookup_change", args=[api.pk]))
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#lookup-secret")).to_have_text(api.secret)
    page.get_by_role("button", name="Replace", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Replace the key").click()
    expect(page.locator("#lookup-secret")).to_have_text(LookupApi.objects.get(pk=api.pk).secret)
    expect(page.locator("#lookup-secret")).not_to_have_text(api.secret)
