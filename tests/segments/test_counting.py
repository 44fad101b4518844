"""SEG-2: live counts in one pass, kept on the row; SEG-1: a refused segment matches nobody and says so."""

import datetime

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from contacts.filters.errors import FilterError
from desk.actors import Actor
from desk.models import Operator, Site
from segments.counting import (
    count_segment,
    counts_of,
    note_use,
    problems_of,
    refresh_counts,
    refresh_stale_counts,
    sites_in_use,
)
from segments.models import CountedSite, Segment
from segments.saving import change_segment
from segments.tasks import refresh_counts as refresh_task
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}


def _numbers(site: Site, operator: Operator | None) -> dict[str, int | None]:
    return {counted.segment.name: counted.count for counted in counts_of(site, operator)}


def test_all_segments_are_counted_in_one_statement(shop: Site, elsewhere: Site, alice: Operator) -> None:
    """SEG-2: every kind of condition at once, and only managed people of the site."""
    tag = TagFactory(site=shop, name="VIP")
    member = ContactFactory(site=shop, member_id="m", values={"size": "L"})
    ContactTagFactory(site=shop, tag=tag, contact=member)
    ContactFactory(site=shop, name="김")
    ContactFactory(site=shop, kind="anonymous")
    ContactFactory(site=elsewhere, member_id="m")
    filters = {
        "all": {},
        "members": MEMBERS,
        "leads": {"not": MEMBERS},
        "tagged": {"key": "tags", "op": "anyOf", "values": ["VIP"]},
        "untagged": {"key": "tags", "op": "noneOf", "values": ["VIP"]},
        "no such text in a tag": {"key": "tags", "op": "contains", "values": ["nothing"]},
        "not ordered": {"key": "event.Order", "op": "atMost", "values": [1]},
        "ordered": {"key": "event.Order", "op": "atLeast", "values": [2]},
        "memo": {"key": "memo", "op": "empty"},
        "half": {
            "or": [
                {"key": "customerNumber", "op": "is", "values": [1.5]},
                {"key": "name", "op": "contains", "values": ["김"]},
            ]
        },
    }
    for name, filter in filters.items():
        SegmentFactory(site=shop, name=name, filter=filter)
    assert refresh_counts(shop, now=timezone.now()) == len(filters)
    assert _numbers(shop, alice) == {
        "all": 2,
        "members": 1,
        "leads": 1,
        "tagged": 1,
        "untagged": 1,
        "no such text in a tag": 0,
        "not ordered": 2,
        "ordered": 0,
        "memo": 2,
        "half": 1,
    }
    for segment in Segment.objects.all():
        assert count_segment(segment, now=timezone.now()) == segment.count


def test_a_segment_that_names_a_deleted_tag_matches_nobody_and_says_so(shop: Site, alice: Operator) -> None:
    """SEG-1: instead of everybody."""
    ContactFactory(site=shop)
    segment = SegmentFactory(site=shop, filter={"key": "tags", "op": "noneOf", "values": ["gone"]})
    healthy = SegmentFactory(site=shop, filter={})
    refresh_counts(shop, now=timezone.now())
    counted = {entry.segment.pk: entry for entry in counts_of(shop, alice)}
    assert (counted[segment.pk].count, counted[segment.pk].refused) == (None, True)
    assert (counted[healthy.pk].count, counted[healthy.pk].refused) == (1, False)
    assert [problem.code for problem in problems_of(segment)] == ["unknown_tag"]
    assert problems_of(healthy) == ()
    with pytest.raises(FilterError):
        count_segment(segment, now=timezone.now())


def test_a_count_of_old_conditions_is_not_written(shop: Site, alice: Operator) -> None:
    """SEG-2: the conditions changed while somebody counted."""
    segment = SegmentFactory(site=shop, filter={})
    read_before = Segment.objects.get(pk=segment.pk)
    change_segment(segment, filter=MEMBERS, actor=Actor.of_operator(alice))
    unchanged = Segment.objects.filter(pk=segment.pk, updated_at=read_before.updated_at)
    assert unchanged.update(count=5) == 0


def test_counts_older_than_a_minute_are_counted_again_by_one_of_many(shop: Site, alice: Operator) -> None:
    """SEG-2: who comes second while somebody counts shows the old number and does not wait."""
    SegmentFactory(site=shop, filter={})
    note_use(shop, now=NOW)
    assert refresh_stale_counts(shop, now=NOW)
    ContactFactory(site=shop)
    assert refresh_stale_counts(shop, now=NOW + datetime.timedelta(seconds=50))
    assert list(_numbers(shop, alice).values()) == [0]
    later = NOW + datetime.timedelta(seconds=61)
    CountedSite.objects.update(counting_since=later)
    assert not refresh_stale_counts(shop, now=later)
    CountedSite.objects.update(counting_since=None)
    assert refresh_stale_counts(shop, now=later)
    assert list(_numbers(shop, alice).values()) == [1]
    assert CountedSite.objects.get().counting_since is None


def test_the_task_counts_sites_that_somebody_looks_at(shop: Site, elsewhere: Site) -> None:
    """SEG-2"""
    for site in (shop, elsewhere):
        SegmentFactory(site=site, filter={})
    with time_machine.travel(NOW, tick=False):
        note_use(shop, now=NOW)
        note_use(elsewhere, now=NOW - datetime.timedelta(minutes=11))
        assert sites_in_use(NOW) == [shop]
        refresh_task()
    assert set(Segment.objects.values_list("site", "count")) == {(shop.pk, 0), (elsewhere.pk, None)}


def test_while_somebody_looks_no_number_grows_older_than_a_minute(shop: Site, alice: Operator) -> None:
    """SEG-2: the task comes every 30 seconds (config.settings); a count that takes a while is counted from its start."""
    every = datetime.timedelta(seconds=settings.CELERY_BEAT_SCHEDULE["refresh segment counts"]["schedule"])
    SegmentFactory(site=shop, filter={})
    with time_machine.travel(NOW, tick=False) as clock:
        note_use(shop, now=timezone.now())
        refresh_task()
        for _ in range(16):
            clock.shift(every - datetime.timedelta(seconds=1))
            [counted] = counts_of(shop, alice)
            assert counted.fresh
            clock.shift(datetime.timedelta(seconds=1))
            refresh_task()
            [counted] = counts_of(shop, alice)
            assert counted.age is not None
            assert counted.age <= every


def test_when_nobody_looks_any_more_counting_ends(shop: Site) -> None:
    """SEG-2"""
    segment = SegmentFactory(site=shop, filter={})
    with time_machine.travel(NOW, tick=False) as clock:
        note_use(shop, now=timezone.now())
        clock.shift(datetime.timedelta(minutes=11))
        refresh_task()
    segment.refresh_from_db()
    assert segment.counted_at is None


def test_an_operator_gets_shared_segments_and_their_own(shop: Site, alice: Operator, bob: Operator) -> None:
    """SEG-6"""
    SegmentFactory(site=shop, name="shared")
    SegmentFactory(site=shop, name="of bob", owner=bob, shared=False)
    assert set(_numbers(shop, alice)) == {"shared"}
    assert set(_numbers(shop, bob)) == {"shared", "of bob"}
