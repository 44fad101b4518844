"""RET-5, RET-7 in a real browser: the page of retention without a barrier, and a policy that is asked about first."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from contacts.holds import place_hold
from contacts.models import Contact, DeletionCount, Kind, RetentionRun
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk
from tests.browser.watching import check_accessibility
from tests.factories import ContactFactory

DAY = datetime.timedelta(days=1)


@pytest.fixture
def people(shop: Site) -> None:
    """Visitors of many days, members of a year ago, one of them held, two sweeps, and somebody deleted by hand."""
    now = timezone.now()
    for back in (5, 20, 20, 60, 95):
        ContactFactory(site=shop, kind=Kind.ANONYMOUS, created_at=now - back * DAY)
    for name in ("이서연", "Alexandria Montgomery-Fitzgerald von Hohenstein", "Held"):
        contact: Contact = ContactFactory(site=shop, name=name, member_id=name, created_at=now - 365 * DAY)
    place_hold(contact, reason="환불 분쟁", until=now.date() + 9 * DAY, actor=SYSTEM, now=now)
    for back, end in ((1, now), (0, None)):
        RetentionRun.objects.create(
            site=shop,
            day=now.date() - back * DAY,
            at=now,
            started_at=now,
            heartbeat_at=now - DAY,
            finished_at=end,
            counts={"anonymous.ninetyDays": 4100},
            actor="System",
        )
    DeletionCount.objects.create(site=shop, day=now.date(), reason="operator", kind=Kind.LEAD, count=3)


@pytest.mark.parametrize(("language", "dark", "width"), [("ko", False, 1440), ("en", True, 380)])
@pytest.mark.usefixtures("people")
def test_the_page_of_retention_has_no_barrier(
    desk_page: OpenDesk, alice: Operator, language: str, dark: bool, width: int
) -> None:
    """RET-5, screens.md: axe finds nothing and nothing runs out; the drawing is there as a table too."""
    Operator.objects.filter(pk=alice.pk).update(language=language)
    page = desk_page(alice, reverse("admin:retention"), dark=dark, width=width)
    page.locator(".chart + details > summary").click()
    expect(page.locator(".chart + details tbody tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_accessibility(page)


@pytest.mark.usefixtures("people")
def test_a_policy_that_deletes_more_is_asked_about_first(desk_page: OpenDesk, alice: Operator, shop: Site) -> None:
    """RET-7: the way from the page of retention to the settings, the question, back, and saved."""
    page = desk_page(alice, reverse("admin:retention"), width=380)
    page.get_by_role("link", name="Change the policy").click()
    page.get_by_label("Own number of days").check()
    page.get_by_label("Days until a member is deleted").fill("300")
    page.get_by_role("button", name="Save").click()
    # The visitor of 95 days ago, and the two members whom nobody holds.
    expect(page.get_by_text("3 people would be deleted at the next sweep")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    check_accessibility(page)
    page.get_by_role("button", name="Back to the settings").click()
    expect(page.get_by_label("Days until a member is deleted")).to_have_value("300")
    assert Site.objects.get(pk=shop.pk).retention_policy == "kr"
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save and delete").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    assert Site.objects.get(pk=shop.pk).retention_days_member == 300
