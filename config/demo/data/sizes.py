"""The sample history of the demo's segments, so that their charts have something to show on the first day."""

import datetime
import random

from django.utils import timezone

from desk.models import Site
from segments.models import Segment
from segments.sets import count_each, filter_of
from segments.sizes import record_sizes

DAYS = 120
GROWTH = 0.006  # a day
NOT_COUNTED = {41, 42, 43, 78}  # days ago: a chart has gaps where the desk was off


def tell_sizes(site: Site) -> None:
    """A size for each of the days before today, ending near the size of today; the same one every time."""
    dice, now = random.Random(11), timezone.now()
    segments = list(Segment.objects.filter(site=site).select_related("site", "owner"))
    counts = count_each(site, [filter_of(segment) for segment in segments], now=now)
    sizes = {segment.pk: float(count) for segment, count in zip(segments, counts, strict=True)}
    for back in range(1, DAYS):
        sizes = {
            pk: max(0.0, size * (1 - GROWTH) + dice.uniform(-1, 1) * (1 + size / 80)) for pk, size in sizes.items()
        }
        if back not in NOT_COUNTED:
            day = now - datetime.timedelta(days=back)
            record_sizes(site, {pk: round(size) for pk, size in sizes.items()}, now=day)
