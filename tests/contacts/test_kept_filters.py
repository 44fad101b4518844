"""FIL-9: long filters under a key of their content."""

import datetime

import pytest

from contacts.filters.document import Filter, parse_filter
from contacts.filters.errors import FilterError
from contacts.kept_filters import KEPT_FOR, fits_address, forget_unused_filters, keep_filter, kept_document
from contacts.models import KeptFilter
from desk.models import Site

NOW = datetime.datetime(2026, 11, 22, 5, tzinfo=datetime.UTC)


def ids(site: Site, count: int) -> Filter:
    values = [f"m{number}" for number in range(count)]
    return parse_filter({"and": [{"key": "memberId", "op": "is", "values": values}]}, site=site)


def test_the_same_filter_has_the_same_key(shop: Site) -> None:
    """A link that was sent stays good, and the table does not grow with every search."""
    assert keep_filter(ids(shop, 1_000), now=NOW) == keep_filter(ids(shop, 1_000), now=NOW)
    assert keep_filter(ids(shop, 1_000), now=NOW) != keep_filter(ids(shop, 1_001), now=NOW)
    assert KeptFilter.objects.count() == 2


def test_a_key_answers_what_was_kept(shop: Site) -> None:
    """FIL-9"""
    filter_ = ids(shop, 1_000)
    document = kept_document(shop, keep_filter(filter_, now=NOW), now=NOW)
    assert parse_filter(document, site=shop).data == filter_.data


def test_a_key_of_another_site_answers_nothing(shop: Site, elsewhere: Site) -> None:
    """SITE-2"""
    key = keep_filter(ids(shop, 1_000), now=NOW)
    with pytest.raises(FilterError) as refused:
        kept_document(elsewhere, key, now=NOW)
    assert refused.value.problems[0].code == "not_kept"


def test_what_is_opened_is_kept_and_what_is_not_is_forgotten(shop: Site) -> None:
    """A filter may hold phone numbers: it does not stay for ever."""
    opened, unused = keep_filter(ids(shop, 1_000), now=NOW), keep_filter(ids(shop, 2_000), now=NOW)
    kept_document(shop, opened, now=NOW + KEPT_FOR / 2)
    assert forget_unused_filters(now=NOW + KEPT_FOR + datetime.timedelta(days=1)) == 1
    assert kept_document(shop, opened, now=NOW + KEPT_FOR)
    with pytest.raises(FilterError):
        kept_document(shop, unused, now=NOW + KEPT_FOR)


def test_only_a_short_filter_is_written_into_an_address(shop: Site) -> None:
    """Proxies refuse addresses of 8 kB."""
    assert fits_address(ids(shop, 10))
    assert not fits_address(ids(shop, 1_000))
