"""The filter builder as tests use it: what a person does, waiting for what a person would see before the next step."""

import json
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Locator, Page, expect

LIST = "/desk/contacts/contact/"


def people(page: Page) -> Locator:
    return page.locator("#people tbody tr")


def names(page: Page) -> Locator:
    return page.locator("#people tbody th .cell-person > span:nth-child(2)")


def address(filter: Any) -> str:
    return f"{LIST}?filter={quote(json.dumps(filter))}"


def filter_of(page: Page) -> Any:
    """The document that the address of the page holds."""
    return json.loads(parse_qs(urlsplit(page.url).query)["filter"][0])


def open_builder(page: Page) -> None:
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator("#filter-panel")).to_be_visible()


def edit_filter(page: Page) -> None:
    page.get_by_role("button", name="Edit filter").click()
    expect(page.locator("#filter-panel")).to_be_visible()


def choose_field(row: Locator, field: str) -> None:
    row.locator(".filter-field").click()
    find = row.get_by_role("searchbox", name="Find a field")
    expect(find).to_be_focused()
    find.fill(field)
    find.press("Enter")
    expect(row.locator(".filter-operator").first).to_be_visible()


def add_condition(page: Page, field: str) -> Locator:
    """A new row of the outermost group (or the empty one there is) with this field, chosen by typing its name."""
    expect(page.locator(".filter-root")).to_be_visible()  # the builder opens when it has its fields
    rows = page.locator(".filter-row")
    if rows.last.locator(".filter-field", has_text="Choose a field").count() == 0:
        before = rows.count()
        page.locator(".filter-root > .filter-group-foot").get_by_role("button", name="Add a condition").click()
        expect(rows).to_have_count(before + 1)
    row = rows.nth(rows.count() - 1)
    choose_field(row, field)
    return row


def matches(page: Page, words: str) -> None:
    """Wait until the live count says so."""
    expect(page.locator("[data-filter-count]")).to_have_text(words)


def search(page: Page) -> None:
    """Press Search and wait for the list: the panel closes when the rows are there."""
    page.locator("[data-filter-search]").click()
    expect(page.locator("#filter-panel")).to_be_hidden()
