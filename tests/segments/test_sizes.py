"""SEG-3: the size of a segment, one number for each day of the site's calendar, and the days nobody counted."""

import datetime

import time_machine
from django.utils import timezone

from desk.actors import Actor
from desk.models import Operator, Site
from segments.counting import count_for_today, note_use, refresh_counts, refresh_stale_counts
from segments.models import CountedSite, Segment, SegmentSize
from segments.saving import change_segment, delete_segment
from segments.sizes import DaySize, record_sizes, sizes_of
from segments.tasks import record_sizes as record_sizes_task
from tests.factories import ContactFactory, SegmentFactory

NOW = datetime.datetime(2026, 5, 1, 14, 59, tzinfo=datetime.UTC)  # 23:59 in Seoul
MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}
MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)
MAY_FIRST = datetime.date(2026, 5, 1)


def _known(segment: Segment) -> list[tuple[str, int | None, bool]]:
    rows = SegmentSize.objects.filter(segment=segment).order_by("day").values_list("day", "count", "changed")
    return [(day.isoformat(), count, changed) for day, count, changed in rows]


def test_the_first_count_of_a_day_is_its_size(shop: Site) -> None:
    """SEG-3: the day is the site's, and the number of the first count stays."""
    segment = SegmentFactory(site=shop, filter={})
    ContactFactory(site=shop)
    refresh_counts(shop, now=NOW)
    ContactFactory(site=shop)
    refresh_counts(shop, now=NOW)
    assert _known(segment) == [("2026-05-01", 1, False)]
    refresh_counts(shop, now=NOW + MINUTE)
    assert _known(segment) == [("2026-05-01", 1, False), ("2026-05-02", 2, False)]


def test_the_task_counts_every_site_once_a_day(shop: Site, elsewhere: Site) -> None:
    """SEG-3: also sites nobody looks at; a second run, or a second worker, changes nothing."""
    segments = [SegmentFactory(site=site, filter={}) for site in (shop, elsewhere)]
    with time_machine.travel(NOW, tick=False):
        record_sizes_task()
        ContactFactory(site=shop)
        record_sizes_task()
    assert [_known(segment) for segment in segments] == [[("2026-05-01", 0, False)]] * 2
    with time_machine.travel(NOW + MINUTE, tick=False):
        record_sizes_task()
    assert _known(segments[0])[1:] == [("2026-05-02", 1, False)]


def test_a_site_that_has_its_sizes_is_not_counted_again(shop: Site) -> None:
    """SEG-3: what the task asks in vain costs no pass over the contacts."""
    SegmentFactory(site=shop, filter={})
    assert count_for_today(shop, now=NOW)
    Segment.objects.update(counted_at=None)
    assert count_for_today(shop, now=NOW)
    assert Segment.objects.get().counted_at is None


def test_what_was_missed_stays_a_gap(shop: Site) -> None:
    """SEG-3: membership is what matches now; yesterday cannot be counted today."""
    segment = SegmentFactory(site=shop, filter={})
    for moment in (NOW, NOW + 3 * DAY):
        count_for_today(shop, now=moment)
    [sizes] = sizes_of([segment], shop, days=5, now=NOW + 3 * DAY).values()
    assert sizes == [
        DaySize(MAY_FIRST - DAY, None),
        DaySize(MAY_FIRST, 0),
        DaySize(MAY_FIRST + DAY, None),
        DaySize(MAY_FIRST + 2 * DAY, None),
        DaySize(MAY_FIRST + 3 * DAY, 0),
    ]


def test_a_change_of_conditions_is_marked_and_counted_anew(shop: Site, alice: Operator) -> None:
    """SEG-3: what was counted that day was another filter; a new name is no change."""
    segment = SegmentFactory(site=shop, filter={})
    ContactFactory(site=shop)
    with time_machine.travel(NOW, tick=False):
        refresh_counts(shop, now=NOW)
        change_segment(segment, name="Other", actor=Actor.of_operator(alice))
        assert _known(segment) == [("2026-05-01", 1, False)]
        change_segment(segment, filter=MEMBERS, actor=Actor.of_operator(alice))
        assert _known(segment) == [("2026-05-01", None, True)]
        refresh_counts(shop, now=NOW)
        assert _known(segment) == [("2026-05-01", 0, True)]


def test_a_refused_segment_has_no_size(shop: Site) -> None:
    """SEG-1, SEG-3: it matches nobody, which is not the same as nobody matching; the others are counted."""
    broken = SegmentFactory(site=shop, filter={"key": "tags", "op": "anyOf", "values": ["gone"]})
    healthy = SegmentFactory(site=shop, filter={})
    assert count_for_today(shop, now=NOW)
    assert (_known(broken), _known(healthy)) == ([], [("2026-05-01", 0, False)])
    Segment.objects.update(counted_at=None)
    assert count_for_today(shop, now=NOW)
    assert Segment.objects.get(pk=healthy.pk).counted_at is None


def test_while_somebody_counts_the_task_does_not(shop: Site) -> None:
    """SEG-2, SEG-3: it comes back later."""
    segment = SegmentFactory(site=shop, filter={})
    note_use(shop, now=NOW)
    CountedSite.objects.update(counting_since=NOW)
    assert not count_for_today(shop, now=NOW)
    CountedSite.objects.update(counting_since=None)
    assert count_for_today(shop, now=NOW)
    assert len(_known(segment)) == 1


def test_counting_for_the_day_is_no_use(shop: Site) -> None:
    """SEG-2: a site that only the task counts is not kept fresh every minute."""
    SegmentFactory(site=shop, filter={})
    count_for_today(shop, now=NOW)
    assert CountedSite.objects.get().used_at <= NOW - 10 * MINUTE


def test_the_same_number_told_twice_is_one_row(shop: Site) -> None:
    """SEG-3: two workers at once; the first one's number stays."""
    segment = SegmentFactory(site=shop, filter={})
    record_sizes(shop, {segment.pk: 3}, now=NOW)
    record_sizes(shop, {segment.pk: 4}, now=NOW)
    assert _known(segment) == [("2026-05-01", 3, False)]


def test_the_history_goes_with_its_segment(shop: Site, alice: Operator) -> None:
    """SEG-1"""
    segment = SegmentFactory(site=shop, filter={})
    refresh_counts(shop, now=timezone.now())
    delete_segment(segment, actor=Actor.of_operator(alice))
    assert not SegmentSize.objects.exists()


def test_a_refresh_for_the_sidebar_keeps_the_size_too(shop: Site) -> None:
    """SEG-3: in the same pass."""
    segment = SegmentFactory(site=shop, filter={})
    note_use(shop, now=NOW)
    assert refresh_stale_counts(shop, now=NOW)
    assert _known(segment) == [("2026-05-01", 0, False)]
