"""LIST-2, FIL-8: a page that is looked for among the newest people first is the page it would be without."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.filters.document import parse_filter
from contacts.filters.matching import matching, matching_near
from contacts.listing import columns_of
from contacts.models import Contact, Event, Kind, LeadReason
from contacts.paging import NEAREST, Order, fetch_page
from desk.ids import new_id
from desk.models import Site

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
DAYS = 5
OFTEN = {"key": "event.Order", "op": "atLeast", "values": [2], "within": {"value": 2, "unit": "month"}}


@pytest.fixture
def crowd(shop: Site) -> list[Contact]:
    """Somewhat more people than are looked at first, newest first, over five days; every third ordered twice."""
    people = []
    for number in range(NEAREST + 600):
        seen = NOW - datetime.timedelta(minutes=number * DAYS * 1440 // (NEAREST + 600))
        people.append(
            Contact(
                id=new_id(),
                site=shop,
                customer_number=number + 1,
                kind=Kind.LEAD,
                lead_reason=LeadReason.ENTERED,
                name=f"Person {number}",
                created_at=seen,
                last_seen_at=seen,
                last_seen_on=seen.date(),
                last_touch_at=seen,
                updated_at=seen,
            )
        )
    Contact.objects.bulk_create(people)
    events = [
        Event(site=shop, contact=person, name="Order", at=NOW - datetime.timedelta(days=1))
        for number, person in enumerate(people)
        for _ in range(2 if number % 3 == 0 else 1)
    ]
    Event.objects.bulk_create(events)
    return people


def pages(site: Site, document: dict[str, Any], *, near: bool) -> tuple[list[int], list[int]]:
    """Everybody on all pages in order, and how many statements each page took."""
    filter = parse_filter(document, site=site)
    order = Order(columns_of(site)["lastSeenAt"], True)
    found: list[int] = []
    statements: list[int] = []
    after = ""
    while True:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page = fetch_page(
                matching(site, filter, now=NOW),
                order,
                [],
                after=after,
                near=matching_near(site, filter, now=NOW) if near else None,
                size=150,
            )
        found += [contact.pk for contact in page.contacts]
        statements.append(len(captured))
        after = page.after
        if not after:
            return found, statements


@pytest.mark.parametrize(
    "document",
    [OFTEN, {"not": OFTEN}, {"or": [OFTEN, {"key": "customerNumber", "op": "lte", "values": [4]}]}],
)
def test_all_pages_are_the_same_whether_the_newest_are_asked_first_or_not(
    shop: Site, crowd: list[Contact], document: dict[str, Any]
) -> None:
    """LIST-2: in the same order, nobody twice."""
    found, statements = pages(shop, document, near=True)
    assert (found, [1] * len(statements)) == pages(shop, document, near=False)
    assert len(found) == len(set(found)) > 500
    assert statements[0] == 2  # the day up to which people are looked at, and the page


def test_a_page_that_the_newest_do_not_fill_is_looked_for_among_everybody(shop: Site, crowd: list[Contact]) -> None:
    """FIL-8: the last one in the list is found."""
    last = {"key": "customerNumber", "op": "is", "values": [len(crowd)]}
    assert pages(shop, {"or": [last, last]}, near=True) == ([crowd[-1].pk], [3])


def test_conditions_that_a_database_takes_along_the_list_are_asked_once(shop: Site) -> None:
    """FIL-8: one statement."""
    plain = {"and": [{"key": "name", "op": "contains", "values": ["kim"]}, {"key": "tags", "op": "exists"}]}
    assert matching_near(shop, parse_filter(plain, site=shop)) is None
    assert matching_near(shop, parse_filter({"not": {"or": [plain, plain]}}, site=shop)) is not None
    assert matching_near(shop, parse_filter({}, site=shop)) is None
