"""FIL-5, FIL-6, FIL-9, FIL-11: the filter builder in a real browser."""

import datetime
import json
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from contacts.models import Event
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk
from tests.browser.filter_panel import (
    LIST,
    add_condition,
    address,
    choose_field,
    edit_filter,
    filter_of,
    matches,
    names,
    open_builder,
    people,
    search,
)
from tests.browser.watching import Watch
from tests.factories import ContactFactory

NOW = datetime.datetime(2026, 11, 22, 5, tzinfo=datetime.UTC)


def condition(key: str, op: str, *values: Any, **more: Any) -> dict[str, Any]:
    return {"key": key, "op": op, **({"values": list(values)} if values else {}), **more}


COUNTRY = condition("country", "is", "KR", "JP")
NESTED: list[dict[str, Any]] = [
    {"and": [COUNTRY, {"or": [condition("member", "is", True), {"and": [condition("age", "between", 20, 39)]}]}]},
    {"not": {"or": [COUNTRY, condition("city", "empty")]}},
    {"and": [{"not": COUNTRY}, {"not": {"and": [COUNTRY, condition("blocked", "is", False)]}}]},
    {
        "or": [
            condition("lastSeenAt", "withinLast", 6, unit="month"),
            condition("createdAt", "after", "2026-03-01T09:00:00+09:00"),
            condition(
                "event.Order",
                "atLeast",
                2,
                within={"value": 30, "unit": "day"},
                where=[condition("amount", "gte", 10000), condition("coupon", "is", "5", 5, True)],
            ),
            condition("event.Never", "didNot"),
        ]
    },
]


@pytest.fixture
def countries(shop: Site) -> None:
    """One person each of three countries; the two of Asia are members."""
    for country, member in (("KR", "m-kr"), ("JP", "m-jp"), ("US", None)):
        ContactFactory(site=shop, name=country, country=country, member_id=member)


@pytest.mark.parametrize("document", NESTED)
def test_a_filter_of_the_address_is_edited_without_losing_anything(
    desk_page: OpenDesk, alice: Operator, countries: None, document: dict[str, Any]
) -> None:
    """FIL-9: opening and searching without a change is the same document, however it is nested."""
    page = desk_page(alice, address(document))
    edit_filter(page)
    expect(page.locator("[data-filter-count]")).to_have_text(re.compile("match"))
    search(page)
    assert filter_of(page) == document
    assert page.evaluate("document.activeElement !== document.body")


def test_any_document_is_written_as_it_was_read(desk_page: OpenDesk, alice: Operator) -> None:
    """FIL-1: also what is no document of the language is kept as it stands."""
    page = desk_page(alice, LIST)
    odd = [{"and": [5, None, {"foo": 1}, {"key": "a"}, condition("a", "is", 1, where="x")]}, {"or": [{"not": 7}]}]
    for document in [*NESTED, *odd]:
        written = page.evaluate(
            """async (document) => {
                const { readTree, writeTree } = await import("/static/contacts/filter-tree.js");
                return writeTree(readTree(document)).document;
            }""",
            document,
        )
        assert written == document


def test_groups_are_made_within_groups(desk_page: OpenDesk, alice: Operator, countries: None) -> None:
    """FIL-9: all of, any of, none of; the words between the rows say which."""
    page = desk_page(alice, LIST)
    open_builder(page)
    add_condition(page, "Member ID").locator(".filter-operator").select_option("exists")
    matches(page, "2 people match")
    page.get_by_role("button", name="Add a group").click()
    group = page.locator(".filter-nested")
    choose_field(group.locator(".filter-row"), "Country")
    box = group.locator(".filter-value input")
    box.fill("KR")
    box.press("Enter")
    group.get_by_role("button", name="Add a condition").click()
    expect(group.locator(".filter-row")).to_have_count(2)
    choose_field(group.locator(".filter-row").nth(1), "Name")
    group.locator(".filter-row").nth(1).locator(".filter-value input").fill("JP")
    page.keyboard.press("Enter")
    matches(page, "2 people match")
    expect(group.locator(".filter-row .filter-lead")).to_have_text(["where", "or"])
    group.get_by_label("Which of these conditions must hold").select_option("none")
    expect(group.locator(".filter-row .filter-lead")).to_have_text(["not", "nor"])
    matches(page, "0 people match")
    group.get_by_role("button", name="Remove the condition on Country").click()
    matches(page, "1 person matches")
    search(page)
    none_of = {"not": {"or": [condition("name", "is", "JP")]}}
    assert filter_of(page) == {"and": [condition("memberId", "exists"), none_of]}
    expect(names(page)).to_have_text(["KR"])


def test_a_filter_is_built_by_keyboard_alone(desk_page: OpenDesk, alice: Operator, countries: None) -> None:
    """screens.md: f opens, fields and values are typed, the focus is never lost, Escape goes back to where one was."""
    page = desk_page(alice, LIST)
    page.keyboard.press("f")
    expect(page.locator(".filter-field")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Find a field")).to_be_focused()
    page.keyboard.type("country")
    page.keyboard.press("Enter")
    expect(page.locator(".filter-value input")).to_be_focused()
    page.keyboard.type("kr")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("South Korea (KR)")
    for _step in range(2):
        page.keyboard.press("Tab")  # past the button that takes the row away
    page.keyboard.press("Enter")
    expect(page.locator(".filter-row")).to_have_count(2)
    expect(page.locator(".filter-field").nth(1)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # takes the first row away again
    expect(page.locator(".filter-row")).to_have_count(1)
    expect(page.locator(".filter-field")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Find a field")).to_be_focused()
    page.keyboard.type("Name")
    page.keyboard.press("Enter")
    expect(page.locator(".filter-value input")).to_be_focused()
    page.keyboard.type("US")
    page.keyboard.press("Control+Enter")
    expect(names(page)).to_have_text(["US"])
    expect(page.locator("#people th a").first).to_be_focused()


def test_what_was_begun_is_still_there_after_escape(desk_page: OpenDesk, alice: Operator, countries: None) -> None:
    """FIL-9: a slip of the finger costs nothing."""
    page = desk_page(alice, LIST)
    button = page.get_by_role("button", name="Filter", exact=True)
    open_builder(page)
    add_condition(page, "City").locator(".filter-value input").fill("Seoul")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Seoul")
    page.keyboard.press("Escape")
    expect(page.locator("#filter-panel")).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    expect(page.locator(".chip")).to_have_text("Seoul")


def test_escape_closes_one_thing_at_a_time(desk_page: OpenDesk, alice: Operator, countries: None) -> None:
    """screens.md: first the suggestions or the menu, then the builder."""
    page = desk_page(alice, LIST)
    open_builder(page)
    row = page.locator(".filter-row")
    row.locator(".filter-field").click()
    expect(row.get_by_role("searchbox", name="Find a field")).to_be_focused()
    page.keyboard.press("Escape")
    expect(row.locator(".field-menu")).to_be_hidden()
    expect(row.locator(".filter-field")).to_be_focused()
    choose_field(row, "Country")
    expect(page.get_by_role("option", name="Japan (JP)")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".suggestions")).to_be_hidden()
    expect(page.locator("#filter-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#filter-panel")).to_be_hidden()


def test_a_condition_without_a_value_does_not_search(desk_page: OpenDesk, alice: Operator, countries: None) -> None:
    """FIL-11: an unfinished filter never becomes a wider one; it says which condition is meant."""
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "City")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("[data-filter-sentence]")).to_have_text("Fill in every condition to search.")
    expect(row.locator(".filter-problem")).to_have_text("Fill this in, or remove the condition.")
    expect(row.locator(".filter-value input")).to_be_focused()
    assert "filter" not in page.url


def test_a_row_without_a_field_was_never_a_condition(desk_page: OpenDesk, alice: Operator, countries: None) -> None:
    """FIL-9: it neither counts nor keeps anybody from searching."""
    page = desk_page(alice, LIST)
    open_builder(page)
    matches(page, "3 people match")
    add_condition(page, "Member ID").locator(".filter-operator").select_option("exists")
    page.get_by_role("button", name="Add a group").click()
    matches(page, "2 people match")
    search(page)
    assert filter_of(page) == {"and": [condition("memberId", "exists")]}


def test_what_is_taken_away_is_gone(desk_page: OpenDesk, alice: Operator, countries: None) -> None:
    """FIL-9: letters left over in a group that was removed keep nobody from searching."""
    page = desk_page(alice, LIST)
    open_builder(page)
    add_condition(page, "Member ID").locator(".filter-operator").select_option("exists")
    page.get_by_role("button", name="Add a group").click()
    group = page.locator(".filter-nested")
    choose_field(group.locator(".filter-row"), "Tags")
    group.locator(".filter-value input").fill("no such tag")
    page.keyboard.press("Enter")
    expect(group.locator(".filter-note")).to_be_visible()
    page.get_by_role("button", name="Remove this group").click()
    expect(page.locator(".filter-nested")).to_have_count(0)
    expect(page.locator(".filter-field")).to_be_focused()
    matches(page, "2 people match")
    search(page)
    expect(people(page)).to_have_count(2)


def test_one_can_start_over(desk_page: OpenDesk, alice: Operator, countries: None) -> None:
    """FIL-9: everything that was built is taken away at once."""
    page = desk_page(alice, address(NESTED[1]))
    edit_filter(page)
    expect(page.locator(".filter-row")).to_have_count(2)
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".filter-field")).to_be_focused()
    matches(page, "3 people match")
    search(page)
    expect(people(page)).to_have_count(3)
    assert "filter" not in page.url


def test_an_event_has_a_window_and_properties(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-6: at least n times, within the last …, with conditions on properties, each value of its own kind."""
    for name, amounts in (("often", [10, 20]), ("once", [30]), ("never", [])):
        contact = ContactFactory(site=shop, name=name)
        for amount in amounts:
            Event.objects.create(
                site=shop, contact=contact, name="Order", at=NOW, property={"amount": amount, "code": "7"}
            )
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "Order")
    row.locator(".filter-operator").select_option("atLeast")
    row.get_by_label("Value").fill("2")
    matches(page, "1 person matches")
    row.get_by_label("When it happened").select_option("within the last")
    row.get_by_label("Unit").select_option("years")
    row.locator(".filter-span").get_by_label("Value").fill("50")
    row.get_by_role("button", name="Add a property").click()
    properties = row.locator(".filter-property-row")
    expect(properties.locator(".filter-property")).to_be_focused()
    page.keyboard.type("amount")
    properties.locator(".filter-operator").select_option("lt")
    properties.locator(".filter-value input").fill("25")
    row.get_by_role("button", name="Add a property").click()
    properties.nth(1).locator(".filter-property").fill("code")
    properties.nth(1).locator(".filter-value input").click()
    expect(page.get_by_role("option", name='"7"')).to_be_visible()  # the values that occur are texts
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    matches(page, "1 person matches")
    search(page)
    expect(names(page)).to_have_text(["often"])
    where = [condition("amount", "lt", 25), condition("code", "is", "7")]
    event = condition("event.Order", "atLeast", 2, within={"value": 50, "unit": "year"}, where=where)
    assert filter_of(page) == {"and": [event]}


def test_a_property_of_an_event_may_be_a_date(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-6: on a day by the calendar, or counted back from now; it reads as it was written."""
    for name, day in (("soon", "2999-01-01"), ("long ago", "1999-01-01")):
        contact = ContactFactory(site=shop, name=name)
        Event.objects.create(site=shop, contact=contact, name="Booking", at=NOW, property={"for": f"{day}T09:00:00Z"})
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "Booking")
    row.get_by_role("button", name="Add a property").click()
    property_ = row.locator(".filter-property-row")
    property_.locator(".filter-property").fill("for")
    property_.locator(".filter-operator").select_option("before")
    property_.locator(".filter-value input").fill("2000-01-01")
    matches(page, "1 person matches")
    property_.locator(".filter-operator").select_option("moreThanAgo")
    property_.locator(".filter-value input").fill("2")
    property_.get_by_label("Unit").select_option("years")
    matches(page, "1 person matches")
    search(page)
    expect(names(page)).to_have_text(["long ago"])
    event = condition("event.Booking", "did", where=[condition("for", "moreThanAgo", 2, unit="year")])
    assert filter_of(page) == {"and": [event]}
    page.get_by_role("button", name="Edit filter").click()
    expect(property_.get_by_label("Unit")).to_have_value("year")
    expect(property_.locator(".filter-value input")).to_have_value("2")


def test_an_event_can_be_asked_for_before_it_first_happened(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """FIL-6"""
    ContactFactory(site=shop)
    page = desk_page(alice, LIST)
    open_builder(page)
    row = add_condition(page, "Refund asked")
    row.locator(".filter-operator").first.select_option("didNot")
    matches(page, "1 person matches")


def test_a_problem_is_shown_at_its_condition(
    desk_page: OpenDesk, alice: Operator, countries: None, watch: Watch
) -> None:
    """FIL-11: a refused filter of the address lists nobody, says why, and can be mended where it is wrong."""
    watch.expect("400")
    gone = {"or": [condition("country", "is", "KR"), {"and": [condition("tags", "anyOf", "gone")]}]}
    page = desk_page(alice, address(gone))
    expect(page.get_by_role("alert")).to_contain_text("There is no tag “gone”.")
    expect(people(page)).to_have_count(0)
    page.get_by_role("button", name="Edit filter").click()
    row = page.locator(".filter-nested .filter-row")
    expect(row.locator(".filter-problem")).to_have_text("There is no tag “gone”.")
    expect(row.locator(".filter-value input")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".filter-problem")).to_have_count(1)
    expect(page.locator(".chip-wrong")).to_have_text("gone")
    expect(page.locator("[data-filter-count]")).to_have_text("")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(row.locator(".filter-value input")).to_be_focused()  # what is refused is not searched for
    page.get_by_role("button", name="Remove this group").click()
    matches(page, "1 person matches")
    expect(page.locator(".filter-problem")).to_have_count(0)
    search(page)
    expect(names(page)).to_have_text(["KR"])


def test_only_the_last_question_is_answered(desk_page: OpenDesk, alice: Operator, countries: None) -> None:
    """FIL-9: the count of a filter that was changed meanwhile is dropped, and its question with it."""
    page = desk_page(alice, LIST)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "KR" in (route.request.post_data or "") and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/filter/check/**", hold)
    open_builder(page)
    row = add_condition(page, "Country")
    with page.expect_request(lambda request: "check" in request.url and "KR" in (request.post_data or "")):
        row.locator(".filter-value input").fill("KR")
        page.keyboard.press("Enter")
    with page.expect_event("requestfailed", lambda request: "/filter/check/" in request.url):
        row.locator(".filter-operator").select_option("isNot")
    matches(page, "2 people match")


def test_a_count_that_takes_too_long_says_so(desk_page: OpenDesk, alice: Operator, countries: None) -> None:
    """FIL-9: the filter is not wrong because it is slow to count."""
    page = desk_page(alice, LIST)
    slow = json.dumps({"filter": {}, "sentence": "", "count": None})
    page.route("**/filter/check/**", lambda route: route.fulfill(body=slow, content_type="application/json"))
    open_builder(page)
    matches(page, "too many to count quickly")


@pytest.mark.parametrize("failure", ["server", "connection"])
def test_a_list_that_failed_shows_nobody(
    desk_page: OpenDesk, alice: Operator, countries: None, watch: Watch, failure: str
) -> None:
    """FIL-11: the rows of the list before are not taken for those of the filter."""
    watch.expect("500|Failed to load|htmx")
    page = desk_page(alice, LIST)
    expect(people(page)).to_have_count(3)
    open_builder(page)
    add_condition(page, "Member ID").locator(".filter-operator").select_option("exists")
    matches(page, "2 people match")
    wrong = re.compile(r"contact/\?filter=")
    if failure == "server":
        page.route(wrong, lambda route: route.fulfill(status=500, body="no"))
    else:
        page.route(wrong, lambda route: route.abort())
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#people [role=alert]")).to_contain_text("The server could not be asked.")
    expect(people(page)).to_have_count(0)
    page.unroute(wrong)
    page.get_by_role("link", name="Try again").click()
    expect(people(page)).to_have_count(2)


def test_a_search_keeps_the_kind_and_the_words(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """LIST-1: quick search, kind and filter combine, and the live count knows them."""
    for number in range(4):
        ContactFactory(site=shop, name=f"Kim {number}", country="KR", member_id=f"m{number}" if number % 2 else None)
    ContactFactory(site=shop, name="Lee", country="KR", member_id="lee")
    page = desk_page(alice, f"{LIST}?kind=member&q=kim")
    expect(people(page)).to_have_count(2)
    open_builder(page)
    box = add_condition(page, "Country").locator(".filter-value input")
    box.fill("KR")
    box.press("Enter")
    matches(page, "2 people match")
    search(page)
    expect(people(page)).to_have_count(2)
    assert "kind=member" in page.url
    assert "q=kim" in page.url
    page.go_back()
    page.wait_for_url(re.compile(r"q=kim$"))
    expect(people(page)).to_have_count(2)
    expect(page.locator("#filter-sentence")).not_to_contain_text("KR")


def _fill_everything(page: Page) -> None:
    """Groups in groups, an event with a property, chips and a problem."""
    open_builder(page)
    page.get_by_role("button", name="Add a group").click()
    nested = page.locator(".filter-nested")
    nested.get_by_role("button", name="Add a group").click()
    expect(page.locator(".filter-nested")).to_have_count(2)
    row = page.locator(".filter-nested .filter-nested .filter-row")
    choose_field(row, "Order")
    row.get_by_role("button", name="Add a property").click()
    expect(row.locator(".filter-property")).to_be_focused()
    box = add_condition(page, "Country").locator(".filter-value input")
    box.fill("KR")
    box.press("Enter")
    expect(page.locator(".chip")).to_have_count(1)


@pytest.mark.parametrize(("width", "dark"), [(1440, True), (380, False)])
def test_the_builder_has_no_barrier(
    desk_page: OpenDesk, alice: Operator, shop: Site, countries: None, width: int, dark: bool
) -> None:
    """screens.md: axe finds no violations, nothing runs out of a phone's screen."""
    page = desk_page(alice, LIST, width=width, dark=dark)
    _fill_everything(page)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".filter-problem").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#filter-panel").evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
