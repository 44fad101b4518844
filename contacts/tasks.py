"""Background work on people."""

import datetime
import logging
import threading

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from contacts.change_journals import forget_old_changes
from contacts.exporting.storing import forget_old_exports, remove_left_exports
from contacts.importing.storing import discard_withdrawn, forget_old_imports, remove_left_uploads
from contacts.kept_filters import forget_unused_filters
from contacts.suggesting import refresh_suggestions
from contacts.sweeping import begin_nightly, go_on, quiet_runs
from contacts.visits import end_expired_sessions
from desk.jobs.running import run_soon
from desk.models import Site

logger = logging.getLogger(__name__)

LOOKED_BACK = datetime.timedelta(minutes=15)
# A search over a million people takes a while; a worker leaves its other thread to those who wait for something.
_searching = threading.Lock()


@shared_task(name="contacts.end_visits")
def end_visits() -> None:
    """Every ten minutes: forget the tokens of sessions that ran out."""
    end_expired_sessions(now=timezone.now())


@shared_task(name="contacts.suggest_lately", ignore_result=True)
def suggest_lately() -> None:
    """UNI-12: every two minutes, who may be one person among those who told something new; a look per site.

    Looks back further than one run, so that a slow or skipped one loses nothing; the night's search finds the rest.
    """
    if not _searching.acquire(blocking=False):
        return
    try:
        now = timezone.now()
        for site in Site.objects.order_by("pk"):
            refresh_suggestions(site, now, since=now - LOOKED_BACK)
    finally:
        _searching.release()


@shared_task(name="contacts.suggest_all", ignore_result=True)
def suggest_all() -> None:
    """UNI-12: every night among all, for what the runs of the day missed: a thawed value, a worker that stood still."""
    with _searching:
        for site in Site.objects.order_by("pk"):
            refresh_suggestions(site, timezone.now())


@shared_task(name="contacts.forget_filters")
def forget_filters() -> None:
    """Every night: forget the long filters of addresses that nobody opens any longer."""
    forget_unused_filters(now=timezone.now())


@shared_task(name="contacts.forget_exports")
def forget_exports() -> None:
    """IMP-9: every hour: delete the files of exports that are a week old, and files that nothing names any longer."""
    forget_old_exports(now=timezone.now())
    remove_left_exports()
    discard_withdrawn(now=timezone.now())
    remove_left_uploads()


@shared_task(name="contacts.forget_changes")
def forget_changes() -> None:
    """Every night: forget what people had before jobs that can no longer be undone."""
    forget_old_changes(now=timezone.now())


@shared_task(name="contacts.forget_imports", ignore_result=True)
def forget_imports() -> None:
    """Every night: what was uploaded more than 30 days ago, file and rows, goes; the counts stay."""
    forget_old_imports(now=timezone.now())


@shared_task(name="contacts.begin_sweeps", ignore_result=True)
def begin_sweeps() -> None:
    """RET-6: every ten minutes: the sites whose night it is, and the sweeps that nobody works on any longer."""
    for site in Site.objects.order_by("pk"):
        run = begin_nightly(site, now=timezone.now())
        if run is not None:
            run_soon("contacts.sweep", run.pk)
    for run_id in quiet_runs(now=timezone.now()):
        run_soon("contacts.sweep", run_id)


@shared_task(name="contacts.sweep", ignore_result=True)
def sweep(run_id: int) -> None:
    """RET-6: a slice of a sweep; then it stands at the end of the queue, so that others have the worker."""
    try:
        swept = go_on(run_id, seconds=settings.JOB_SLICE)
    except DatabaseError as error:
        # The batch is rolled back and the run found again. The error's text holds values of rows: its name is enough.
        logger.warning("The sweep %s stopped and will be found: %s", run_id, type(error).__name__)
        return
    if swept.more:
        run_soon("contacts.sweep", run_id)
