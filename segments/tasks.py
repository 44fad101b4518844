"""What the worker does for segments."""

from celery import shared_task
from django.utils import timezone

from segments.counting import FRESH, SECONDS_OF_TASK, refresh_stale_counts, sites_in_use


@shared_task(name="segments.refresh_counts", ignore_result=True)
def refresh_counts() -> None:
    """SEG-2: every minute, for the sites somebody looks at."""
    for site in sites_in_use(timezone.now()):
        # Counted half a period ago is fresh enough; a second worker with the same message finds nothing to do.
        refresh_stale_counts(site, now=timezone.now(), older_than=FRESH / 2, seconds=SECONDS_OF_TASK)
