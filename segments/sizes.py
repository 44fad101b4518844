"""SEG-3: the size of a segment day by day. Every day of the site's calendar has one number: the first counted that day.

Numbers are written wherever segments are counted (``segments.counting``); the task sees to it that every site is
counted once a day. What was missed cannot be counted afterwards, for membership is what matches now: it stays a gap.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from desk.models import Site
from segments.models import Segment, SegmentSize


@dataclass(frozen=True, slots=True)
class DaySize:
    """``count`` None: nobody counted on that day. ``changed``: the conditions became others on that day."""

    day: datetime.date
    count: int | None
    changed: bool = False


def day_at(site: Site, now: datetime.datetime) -> datetime.date:
    """The day it is at the site."""
    return now.astimezone(site.zone).date()


def record_sizes(site: Site, counts: Mapping[int, int], *, now: datetime.datetime) -> None:
    """Keep the numbers (by segment id) of the segments that have none yet today; done twice it changes nothing."""
    day = day_at(site, now)
    rows = SegmentSize.objects.filter(segment__in=list(counts), day=day)
    known = dict(rows.values_list("segment_id", "count"))
    for segment_id in (pk for pk, count in known.items() if count is None):
        # Conditions that changed today: compared and set at once, for a second counter may be as far as this one.
        rows.filter(segment=segment_id, count=None).update(count=counts[segment_id])
    SegmentSize.objects.bulk_create(
        [
            SegmentSize(site=site, segment_id=segment_id, day=day, count=count)
            for segment_id, count in counts.items()
            if segment_id not in known
        ],
        ignore_conflicts=True,
    )


def mark_changed(segment: Segment, *, now: datetime.datetime) -> None:
    """The conditions change today: what was counted today was another filter."""
    SegmentSize.objects.update_or_create(
        segment=segment,
        day=day_at(segment.site, now),
        defaults={"site_id": segment.site_id, "count": None, "changed": True},
    )


def without_size_today(site: Site, *, now: datetime.datetime) -> QuerySet[Segment]:
    """The segments of the site that have no number for today yet."""
    today = SegmentSize.objects.filter(segment=OuterRef("pk"), day=day_at(site, now), count__isnull=False)
    return Segment.objects.filter(~Exists(today), site=site)


def sizes_of(segments: Iterable[Segment], site: Site, *, days: int, now: datetime.datetime) -> dict[int, list[DaySize]]:
    """The last ``days`` days up to today of each segment, the oldest first, days without a number included."""
    today = day_at(site, now)
    calendar = [today - datetime.timedelta(days=back) for back in range(days - 1, -1, -1)]
    ids = [segment.pk for segment in segments]
    known: dict[int, dict[datetime.date, DaySize]] = {pk: {} for pk in ids}
    rows = SegmentSize.objects.filter(segment__in=ids, day__range=(calendar[0], today))
    for segment_id, day, count, changed in rows.values_list("segment_id", "day", "count", "changed"):
        known[segment_id][day] = DaySize(day, count, changed)
    return {pk: [found.get(day) or DaySize(day, None) for day in calendar] for pk, found in known.items()}
