"""SEG-2: how many people are in each segment. Counted in one pass over the contacts, kept on the row.

A page never waits for it and shows the number that is there. Numbers older than ``FRESH`` are counted again: by the
task for sites that somebody looks at, and by the sidebar's own late request when no task came in time. The first count
of a day is kept as its size (``segments.sizes``). A segment whose filter is refused has no number: ``count`` is empty
while ``counted_at`` is not.
"""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from contacts.filters.compile import Purpose
from contacts.filters.errors import FilterError, Problem
from contacts.filters.matching import matching
from contacts.time_limit import TookTooLong, time_limit
from desk.models import Operator, Site
from segments.models import CountedSite, Segment
from segments.sets import count_each, filter_if_valid, filter_of
from segments.sharing import visible_segments
from segments.sizes import record_sizes, without_size_today

FRESH = datetime.timedelta(seconds=60)
# The task comes every 30 seconds: what is older than this would be older than a minute before it comes again.
COUNT_AGAIN = datetime.timedelta(seconds=20)
IN_USE = datetime.timedelta(minutes=10)  # after the last look a site is counted so much longer
GIVEN_UP = datetime.timedelta(minutes=5)  # after so long somebody who counts is taken for dead
IN_A_PASS = 50  # segments: a statement with hundreds of filters is planned longer than it runs
SECONDS_IN_PASSING = 2.0
SECONDS_OF_TASK = 120.0


@dataclass(frozen=True, slots=True)
class Counted:
    """A segment as the sidebar shows it. ``count`` None: not counted yet or, if ``refused``, matching nobody."""

    segment: Segment
    count: int | None
    age: datetime.timedelta | None

    @property
    def refused(self) -> bool:
        """Whether the filter can no longer be read; ``problems_of`` says why."""
        return self.count is None and self.age is not None

    @property
    def fresh(self) -> bool:
        """Whether the number is recent enough to be shown without its age."""
        return self.age is not None and self.age < FRESH


def counts_of(site: Site, operator: Operator | None, *, now: datetime.datetime | None = None) -> list[Counted]:
    """The segments the operator sees, with their numbers as they are on the rows: one statement, nothing is counted."""
    now = now or timezone.now()
    return [
        Counted(segment, segment.count, now - segment.counted_at if segment.counted_at else None)
        for segment in visible_segments(site, operator)
    ]


def problems_of(segment: Segment) -> tuple[Problem, ...]:
    """Why the segment matches nobody (SEG-1): a field, tag or segment it names is gone. Empty when it is in order."""
    try:
        filter_of(segment)
    except FilterError as error:
        return error.problems
    return ()


def note_use(site: Site, *, now: datetime.datetime) -> None:
    """Somebody looks at the counts of ``site``: keep them fresh for a while. Writes once a minute at most."""
    recent = CountedSite.objects.filter(site=site, used_at__gt=now - FRESH)
    if not recent.exists():
        CountedSite.objects.update_or_create(site=site, defaults={"used_at": now})


def sites_in_use(now: datetime.datetime) -> list[Site]:
    """The sites whose counts somebody looked at of late."""
    used = CountedSite.objects.filter(used_at__gt=now - IN_USE).values("site")
    return list(Site.objects.filter(pk__in=used).order_by("pk"))


def refresh_stale_counts(
    site: Site,
    *,
    now: datetime.datetime,
    older_than: datetime.timedelta = FRESH,
    seconds: float = SECONDS_IN_PASSING,
) -> bool:
    """Count again what is older than that, unless somebody does already; whether the numbers are fresh now.

    Of many who notice at once exactly one counts. A pass ends after ``seconds``. The site must have been looked at
    (``note_use``).
    """
    stale = Segment.objects.filter(site=site).filter(Q(counted_at=None) | Q(counted_at__lt=now - older_than))
    return _count_alone(site, now=now, seconds=seconds) if stale.exists() else True


def count_for_today(site: Site, *, now: datetime.datetime, seconds: float = SECONDS_OF_TASK) -> bool:
    """SEG-3: count the site's segments when one of them has no size for today yet; whether all have one now.

    A segment that is refused has no size; it is looked at again each time, which costs no pass over the contacts.
    """
    missing = without_size_today(site, now=now).select_related("site", "owner")
    if not any(filter_if_valid(segment) for segment in missing):
        return True
    # Who is never looked at has no claim to take yet; made with a use long past, so that nothing else counts it.
    CountedSite.objects.get_or_create(site=site, defaults={"used_at": now - IN_USE})
    return _count_alone(site, now=now, seconds=seconds)


def _count_alone(site: Site, *, now: datetime.datetime, seconds: float) -> bool:
    """Count unless somebody does already; the claim is one UPDATE whose row count tells."""
    free = Q(counting_since=None) | Q(counting_since__lt=now - GIVEN_UP)
    if not CountedSite.objects.filter(free, site=site).update(counting_since=now):
        return False
    try:
        refresh_counts(site, now=now, seconds=seconds)
    except TookTooLong:
        return False
    finally:
        CountedSite.objects.filter(site=site, counting_since=now).update(counting_since=None)
    return True


def refresh_counts(site: Site, *, now: datetime.datetime, seconds: float = SECONDS_OF_TASK) -> int:
    """Count every segment of ``site``; answers how many. ``TookTooLong`` when a pass takes more than ``seconds``.

    A segment whose conditions change meanwhile keeps its place empty: what was counted was another filter.
    """
    segments = list(Segment.objects.filter(site=site).select_related("site", "owner"))
    for start in range(0, len(segments), IN_A_PASS):
        chunk = segments[start : start + IN_A_PASS]
        counts = _counted(site, chunk, now=now, seconds=seconds)
        with transaction.atomic():
            # The rows written stay locked until the sizes are too: a change of conditions in between would be lost.
            written = [segment.pk for segment in chunk if _write(segment, counts.get(segment.pk), now)]
            record_sizes(site, {pk: counts[pk] for pk in written if pk in counts}, now=now)
    return len(segments)


def _write(segment: Segment, count: int | None, now: datetime.datetime) -> bool:
    unchanged = Segment.objects.filter(pk=segment.pk, updated_at=segment.updated_at)
    return bool(unchanged.update(count=count, counted_at=now))


def count_segment(segment: Segment, *, now: datetime.datetime) -> int:
    """The number of people in it now; ``FilterError`` when the filter is refused."""
    return matching(segment.site, filter_of(segment), now=now, purpose=Purpose.COUNT).count()


def _counted(site: Site, segments: list[Segment], *, now: datetime.datetime, seconds: float) -> dict[int, int]:
    """Numbers by id, in one statement; a segment whose filter is refused has none."""
    filters = {segment.pk: filter for segment in segments if (filter := filter_if_valid(segment)) is not None}
    with time_limit(seconds):
        return dict(zip(filters, count_each(site, list(filters.values()), now=now), strict=True))
