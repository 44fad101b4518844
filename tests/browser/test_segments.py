"""SEG-1..6 in a real browser: preview before conditions are replaced, why somebody is in, comparison, the chart."""

import datetime
import json

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from contacts.models import Contact
from desk.models import Operator, Site
from segments.models import Segment, SegmentSize
from tests.browser.conftest import OpenDesk, wait_until
from tests.browser.watching import check_accessibility
from tests.factories import ContactFactory, SegmentFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}
LEADS = {"and": [{"key": "kind", "op": "is", "values": ["lead"]}]}


@pytest.fixture
def members(shop: Site, alice: Operator) -> Segment:
    """A segment of two with a history that has a gap and a change of conditions; a lead stands beside."""
    ContactFactory(site=shop, name="Kim", email="kim@example.com")
    for name in ("Lee", "Park"):
        ContactFactory(site=shop, name=name, member_id=name)
    segment: Segment = SegmentFactory(site=shop, name="Members", filter=MEMBERS, owner=alice)
    today = timezone.now().astimezone(shop.zone).date()
    for back in range(60):
        if back not in (20, 21):
            day = today - datetime.timedelta(days=back)
            SegmentSize.objects.create(site=shop, segment=segment, day=day, count=60 - back, changed=back == 9)
    return segment


def _address(name: str, *args: object) -> str:
    return reverse(f"admin:segments_segment_{name}", args=args)


def _open_document(page: Page) -> None:
    page.get_by_text("Conditions as a document").click()
    expect(page.get_by_label("Filter document")).to_be_visible()


def test_who_joins_and_leaves_is_shown_before_conditions_are_replaced(
    desk_page: OpenDesk, alice: Operator, members: Segment
) -> None:
    """SEG-5: with examples that lead to the people; then it is saved."""
    page = desk_page(alice, _address("change", members.pk))
    _open_document(page)
    page.get_by_label("Filter document").fill(json.dumps(LEADS))
    page.get_by_role("button", name="Show who joins and leaves").click()
    change = page.locator("#change-preview .change")
    expect(change).to_contain_text("1 person joins")
    expect(change).to_contain_text("2 people leave")
    expect(change.get_by_role("link", name="Kim")).to_be_visible()
    page.get_by_label("Filter document").fill('{"and": [{"key": "nope", "op": "is", "values": ["x"]}]}')
    page.get_by_role("button", name="Show who joins and leaves").click()
    expect(page.locator("#change-preview")).to_contain_text("There is no field “nope”.")
    assert Segment.objects.get(pk=members.pk).filter == MEMBERS
    page.get_by_label("Filter document").fill(json.dumps(LEADS))
    page.get_by_role("button", name="Show who joins and leaves").click()
    expect(change).to_contain_text("1 person joins")
    page.get_by_role("button", name="Save").click()
    wait_until(lambda: Segment.objects.get(pk=members.pk).filter == LEADS, page=page)


def test_conditions_that_somebody_changed_meanwhile_are_not_replaced(
    desk_page: OpenDesk, alice: Operator, members: Segment
) -> None:
    """SEG-5: what was typed stays on the page."""
    page = desk_page(alice, _address("change", members.pk))
    Segment.objects.filter(pk=members.pk).update(filter={})
    _open_document(page)
    page.get_by_label("Filter document").fill(json.dumps(LEADS))
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".errorlist").first).to_contain_text("Somebody changed the conditions")
    expect(page.get_by_label("Filter document")).to_have_value(json.dumps(LEADS))
    page.get_by_role("button", name="Show who joins and leaves").click()
    expect(page.locator("#change-preview .change")).to_contain_text("2 people leave")
    page.get_by_role("button", name="Save").click()
    wait_until(lambda: Segment.objects.get(pk=members.pk).filter == LEADS, page=page)


def test_a_persons_page_tells_why_they_are_not_in(desk_page: OpenDesk, victor: Operator, members: Segment) -> None:
    """SEG-5, SITE-4: unfolded by keyboard, told in words, masked."""
    SegmentFactory(
        site=members.site,
        name="Reachable",
        filter={
            "and": [{"key": "email", "op": "exists"}, {"key": "segment", "op": "notIn", "values": [str(members.pk)]}]
        },
    )
    kim = Contact.objects.get(name="Kim")
    page = desk_page(victor, reverse("admin:contacts_contact_change", args=[kim.pk]))
    card = page.locator("#contact-segments")
    expect(card.locator(".why-group").first).to_contain_text("In these segments")
    reachable = card.locator("details.why", has_text="Reachable")
    reachable.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(reachable.locator(".why-value").first).to_have_text("E-mail: k••••@example.com")
    expect(reachable).to_contain_text("Segment “Members”")
    expect(reachable.locator(".why-mark").first).to_have_text("yes")
    outside = card.locator(".why-group", has_text="Not in these segments")
    outside.locator("summary").first.click()
    outside.locator("details.why > summary", has_text="Members").click()
    expect(outside.locator(".why-mark").first).to_have_text("no")
    expect(outside.locator(".why-value").first).to_have_text("Member: no")
    check_accessibility(page)


def test_two_segments_are_compared_and_a_part_opens_in_the_list(
    desk_page: OpenDesk, alice: Operator, members: Segment
) -> None:
    """SEG-3"""
    SegmentFactory(site=members.site, name="Kims", filter={"key": "name", "op": "is", "values": ["Kim", "Lee"]})
    page = desk_page(alice, _address("compare"))
    page.get_by_label("First segment").select_option(label="Members")
    page.get_by_label("Second segment").select_option(label="Kims")
    page.locator("main").get_by_role("button", name="Compare").click()
    expect(page.locator(".compare-count")).to_have_text(["1", "1", "1"])
    page.get_by_role("link", name="Only in “Members”: open in the list").click()
    expect(page.locator("#people tbody tr")).to_have_count(1)
    expect(page.locator("#people tbody tr")).to_contain_text("Park")


def test_the_size_is_drawn_and_told_as_a_table(desk_page: OpenDesk, alice: Operator, members: Segment) -> None:
    """SEG-3: gaps are gaps; a year is drawn without leaving the page."""
    page = desk_page(alice, _address("change", members.pk))
    chart = page.get_by_role("img", name="Size of “Members” over time")
    expect(chart).to_be_visible()
    expect(chart.locator(".chart-line")).to_have_count(2)
    expect(chart.locator(".chart-change-mark")).to_have_count(1)
    page.locator("#id_name").fill("Not saved yet")
    page.get_by_role("link", name="1 year").click()
    expect(page.get_by_role("link", name="1 year")).to_have_attribute("aria-current", "true")
    expect(page.locator("#id_name")).to_have_value("Not saved yet")
    page.get_by_text("As a table").click()
    expect(page.locator(".chart-table tbody tr")).to_have_count(58)


def test_a_segment_is_moved_by_keyboard_and_keeps_the_focus(
    desk_page: OpenDesk, alice: Operator, members: Segment
) -> None:
    """SEG-1"""
    first: Segment = SegmentFactory(site=members.site, name="First", position=0)
    Segment.objects.filter(pk=members.pk).update(position=1)
    page = desk_page(alice, _address("changelist"))
    page.get_by_role("button", name="Move Members up").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#segment-rows tbody th").first).to_contain_text("Members")
    expect(page.locator(f"#up-{members.pk}")).to_be_focused()
    assert Segment.objects.get(pk=first.pk).position == 1


def test_the_sidebar_asks_again_while_the_page_is_open(desk_page: OpenDesk, alice: Operator, members: Segment) -> None:
    """SEG-2: once a minute, without a reload; the page's clock is moved on."""
    page = desk_page(alice)
    line = page.locator(".sidebar .nav-link", has_text="Members").last
    expect(line.locator(".nav-count")).to_have_text("2")
    Segment.objects.filter(pk=members.pk).update(counted_at=timezone.now() - datetime.timedelta(minutes=2))
    ContactFactory(site=members.site, member_id="new")
    page.clock.install()
    page.reload()
    expect(line.locator(".nav-count")).to_have_text("3")
    Segment.objects.filter(pk=members.pk).update(count=7)
    page.clock.run_for(61_000)
    expect(line.locator(".nav-count")).to_have_text("7")


@pytest.mark.parametrize(("language", "dark", "width"), [("ko", False, 1440), ("ja", True, 1440), ("en", False, 380)])
def test_pages_of_segments_have_no_barrier(
    desk_page: OpenDesk, alice: Operator, members: Segment, language: str, dark: bool, width: int
) -> None:
    """screens.md: axe finds nothing, in three languages, light and dark, wide and narrow; nothing runs out."""
    Operator.objects.filter(pk=alice.pk).update(language=language)
    asking = {"and": [{"key": "segment", "op": "notIn", "values": [str(members.pk)]}]}
    other = SegmentFactory(
        site=members.site, name="아직 주문하지 않은 회원 (최근 30일)", filter=asking, owner=alice, shared=False
    )
    broken = SegmentFactory(site=members.site, filter={"key": "tags", "op": "anyOf", "values": ["gone"]})
    paths = [
        _address("changelist"),
        _address("change", members.pk),
        _address("change", broken.pk),
        _address("delete", members.pk),
        f"{_address('compare')}?a={members.pk}&b={other.pk}",
        f"{_address('compare')}?a={members.pk}&b={broken.pk}",
    ]
    for path in paths:
        page = desk_page(alice, path, dark=dark, width=width)
        expect(page.locator(".sidebar [data-late-count]").first).not_to_be_empty()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        check_accessibility(page)
