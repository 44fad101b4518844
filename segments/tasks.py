"""What the worker does for segments."""

import time

from celery import shared_task
from django.utils import timezone

from desk.models import Site
from segments.counting import COUNT_AGAIN, SECONDS_OF_TASK, count_for_today, refresh_stale_counts, sites_in_use
from segments.models import Segment

# One run of ``record_sizes`` begins no further site after so long; the next run goes on with what is missing.
SECONDS_OF_RUN = 30.0


@shared_task(name="segments.refresh_counts", ignore_result=True)
def refresh_counts() -> None:
    """SEG-2: for the sites somebody looks at, so often that no number grows older than a minute."""
    for site in sites_in_use(timezone.now()):
        # A second worker with the same message finds nothing old enough to do.
        refresh_stale_counts(site, now=timezone.now(), older_than=COUNT_AGAIN, seconds=SECONDS_OF_TASK)


@shared_task(name="segments.record_sizes", ignore_result=True)
def record_sizes() -> None:
    """SEG-3: every site once a day, as soon as its day has begun; a site that has its sizes costs one look."""
    end = time.monotonic() + SECONDS_OF_RUN
    for site in Site.objects.filter(pk__in=Segment.objects.values("site")).order_by("pk"):
        if time.monotonic() > end:
            return
        count_for_today(site, now=timezone.now())
