"""Background work on people."""

import datetime

from celery import shared_task
from django.utils import timezone

from contacts.kept_filters import forget_unused_filters
from contacts.suggesting import refresh_suggestions
from contacts.visits import end_expired_sessions
from desk.models import Site

LOOKED_BACK = datetime.timedelta(minutes=15)


@shared_task(name="contacts.end_visits")
def end_visits() -> None:
    """Every ten minutes: forget the tokens of sessions that ran out."""
    end_expired_sessions(now=timezone.now())


@shared_task(name="contacts.suggest_lately", ignore_result=True)
def suggest_lately() -> None:
    """UNI-12: every two minutes, who may be one person among those who told something new; a look per site.

    Looks back further than one run, so that a slow or skipped one loses nothing; the night's search finds the rest.
    """
    now = timezone.now()
    for site in Site.objects.order_by("pk"):
        refresh_suggestions(site, now, since=now - LOOKED_BACK)


@shared_task(name="contacts.suggest_all", ignore_result=True)
def suggest_all() -> None:
    """UNI-12: every night among all, for what the runs of the day missed: a thawed value, a worker that stood still."""
    for site in Site.objects.order_by("pk"):
        refresh_suggestions(site, timezone.now())


@shared_task(name="contacts.forget_filters")
def forget_filters() -> None:
    """Every night: forget the long filters of addresses that nobody opens any longer."""
    forget_unused_filters(now=timezone.now())
