"""JOB-3: what the tray on every page shows: work in the background that goes on, and what ended since one looked."""

import datetime
from typing import Any

from django.db.models import Q

from desk.access import Access
from desk.ids import id_at
from desk.jobs.working import OPEN
from desk.models import Job, Operator
from desk.operators import change_preferences

# What ended is shown for so long, unless the operator takes it away.
SHOWN_FOR = datetime.timedelta(hours=24)
# No job runs longer; it bounds the look into the index by time.
_LONGEST = datetime.timedelta(days=3)
MOST = 20
MOST_ENDED = 5

_DISMISSED = "dismissedJobs"
# Those that may still be shown are far fewer.
_REMEMBERED = 50


def open_jobs(access: Access) -> list[Job]:
    """The background work that waits or runs, oldest first: one's own; for an administrator the site's.

    Previews of others are nobody else's business. One statement, on the index of open jobs.
    """
    mine = Q(operator=access.operator)
    whose = mine | Q(dry_run=False) if access.may("jobs.manageAll") else mine
    jobs = Job.objects.filter(whose, site=access.site, state__in=OPEN, background=True)
    return list(jobs.select_related("undo_of").order_by("pk")[:MOST])


def ended_jobs(access: Access, *, now: datetime.datetime) -> list[Job]:
    """The operator's own background work that has ended and was not taken away, latest first. One statement."""
    jobs = Job.objects.filter(
        site=access.site,
        pk__gte=id_at(now - SHOWN_FOR - _LONGEST),
        operator=access.operator,
        background=True,
        dry_run=False,
        finished_at__gte=now - SHOWN_FOR,
    )
    # Left out here rather than by the statement: the list is short, and most of it has aged out of the day.
    dismissed = set(access.operator.preferences.get(_DISMISSED, []))
    found = jobs.select_related("undo_of").order_by("-pk")[: MOST_ENDED + len(dismissed)]
    return [job for job in found if str(job.pk) not in dismissed][:MOST_ENDED]


def dismiss(operator: Operator, jobs: list[Job]) -> None:
    """The operator has seen how these ended. Remembered on every machine; not worth a line in the audit log."""
    known = operator.preferences.get(_DISMISSED, [])
    if all(str(job.pk) in known for job in jobs):
        return

    def add(kept: dict[str, Any]) -> dict[str, Any]:
        before = kept.get(_DISMISSED, [])
        new = [str(job.pk) for job in jobs if str(job.pk) not in before]
        return {_DISMISSED: [*before, *new][-_REMEMBERED:]}

    change_preferences(operator, add)
