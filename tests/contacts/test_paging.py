"""LIST-2: paging and sorting of the contacts list."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.columns import OWN_COLUMNS
from contacts.listing import columns_of
from contacts.models import Contact, FieldType, ProfileField
from contacts.paging import CursorRefused, Order, fetch_page
from desk.models import Site
from tests.factories import ContactFactory

NOON = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)


def walk(site: Site, order: Order, size: int) -> Iterator[list[int]]:
    """Page through the whole list, first forwards, then back again."""
    contacts = Contact.objects.filter(site=site, managed=True)
    after, last = "", ""
    while True:
        page = fetch_page(contacts, order, [order.column], after=after, size=size)
        yield [contact.pk for contact in page.contacts]
        if not page.after:
            last = page.before
            break
        after = page.after
    while last:
        page = fetch_page(contacts, order, [order.column], before=last, size=size)
        yield [contact.pk for contact in page.contacts]
        last = page.before


moments = st.datetimes(
    min_value=datetime.datetime(2026, 11, 19),
    max_value=datetime.datetime(2026, 11, 21),
    timezones=st.just(datetime.UTC),
)
people = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["", "Kim", "kim", "이서연", "佐藤", "Ａ", "a"]),
            "last_seen_at": st.none() | st.sampled_from([NOON, NOON - datetime.timedelta(microseconds=1)]) | moments,
            "birth_date": st.none() | st.dates(datetime.date(1980, 1, 1), datetime.date(1980, 1, 3)),
            "sessions_count": st.integers(0, 3),
            "values": st.fixed_dictionaries(
                {},
                optional={
                    "points": st.integers(-3, 3) | st.sampled_from([0.5, 1.25]),
                    "city": st.sampled_from(["", "Seoul", "seoul", "大阪"]),
                    "vip": st.booleans(),
                },
            ),
        }
    ),
    max_size=12,
)
SORTED = [
    "name",
    "lastSeenAt",
    "birthDate",
    "sessionsCount",
    "customerNumber",
    "profile.points",
    "profile.city",
    "profile.vip",
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=people, column=st.sampled_from(SORTED), descending=st.booleans(), size=st.integers(1, 5))
def test_paging_forwards_and_back_shows_everybody_once(
    shop: Site, rows: list[dict[str, Any]], column: str, descending: bool, size: int
) -> None:
    """LIST-2: no gaps, no doubles, in any order, with empty values."""
    with transaction.atomic():
        for key, type_ in (("points", "number"), ("city", "text"), ("vip", "boolean")):
            ProfileField.objects.create(site=shop, key=key, type=type_)
        everybody = [ContactFactory(site=shop, created_at=NOON, **row).pk for row in rows]
        order = Order(columns_of(shop)[column], descending)
        pages = list(walk(shop, order, size))
        forwards = pages[: -(-len(rows) // size) or 1]
        seen = [pk for page in forwards for pk in page]
        assert sorted(seen) == sorted(everybody)
        back = pages[len(forwards) :]
        assert [pk for page in reversed(back) for pk in page] == seen[: max(0, (len(forwards) - 1) * size)]
        transaction.set_rollback(True)


@pytest.mark.parametrize("column", [column.name for column in OWN_COLUMNS if column.sort])
@pytest.mark.parametrize("descending", [False, True])
def test_every_own_column_sorts_with_empty_values_last(shop: Site, column: str, descending: bool) -> None:
    """LIST-2: sort by any column."""
    for number in range(5):
        ContactFactory(site=shop, name=f"Person {number}" if number else "", sessions_count=number)
    order = Order(columns_of(shop)[column], descending)
    pages = list(walk(shop, order, 2))
    assert len({pk for page in pages[:3] for pk in page}) == 5


def test_names_sort_without_regard_to_case_and_the_nameless_last(shop: Site) -> None:
    for name in ("", "bob", "Alice", "Charlie"):
        ContactFactory(site=shop, name=name)
    for descending, expected in ((False, ["Alice", "bob", "Charlie", ""]), (True, ["Charlie", "bob", "Alice", ""])):
        order = Order(columns_of(shop)["name"], descending)
        page = fetch_page(Contact.objects.filter(site=shop), order, [order.column])
        assert [contact.name for contact in page.contacts] == expected


def test_somebody_who_moves_while_one_pages_on_shifts_nobody_else(shop: Site) -> None:
    """LIST-2: the next page begins after the last row that was shown, not after a number of rows."""
    people = [
        ContactFactory(site=shop, name=f"P{n}", created_at=NOON - datetime.timedelta(minutes=n)) for n in range(6)
    ]
    order = Order(columns_of(shop)["lastSeenAt"], True)
    contacts = Contact.objects.filter(site=shop)
    first = fetch_page(contacts, order, [order.column], size=3)
    Contact.objects.filter(pk=people[4].pk).update(last_seen_at=NOON + datetime.timedelta(minutes=1))
    ContactFactory(site=shop, name="new", created_at=NOON + datetime.timedelta(minutes=2))
    second = fetch_page(contacts, order, [order.column], after=first.after, size=3)
    assert [contact.name for contact in first.contacts] == ["P0", "P1", "P2"]
    assert [contact.name for contact in second.contacts] == ["P3", "P5"]


def test_a_page_is_one_statement_and_reads_the_wide_table_only_for_its_columns(shop: Site) -> None:
    """speed.md, "List and filter"."""
    ProfileField.objects.create(site=shop, key="city", type=FieldType.TEXT)
    ContactFactory.create_batch(3, site=shop, values={"city": "Seoul"})
    columns = columns_of(shop)
    order = Order(columns["lastSeenAt"], True)
    for names, wide in ((["name", "lastSeenAt"], False), (["name", "profile.city"], True)):
        shown = [columns[name] for name in names]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page = fetch_page(Contact.objects.filter(site=shop), order, shown)
            for column in shown:
                column.values(shop, page.contacts)
        assert len(captured) == 1
        assert ("contacts_contactprofile" in captured[0]["sql"]) is wide


@pytest.mark.parametrize("cursor", ["x", "WyJuYW1lIl0:1:forged", "\x00", ":::"])
def test_a_cursor_not_made_here_is_refused(shop: Site, cursor: str) -> None:
    order = Order(columns_of(shop)["name"], False)
    with pytest.raises(CursorRefused):
        fetch_page(Contact.objects.filter(site=shop), order, [], after=cursor)


def test_a_cursor_of_another_order_is_refused(shop: Site) -> None:
    ContactFactory.create_batch(2, site=shop)
    columns = columns_of(shop)
    page = fetch_page(Contact.objects.filter(site=shop), Order(columns["name"], False), [], size=1)
    with pytest.raises(CursorRefused):
        fetch_page(Contact.objects.filter(site=shop), Order(columns["name"], True), [], after=page.after)
