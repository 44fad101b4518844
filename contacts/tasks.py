"""Background work on people."""

from celery import shared_task
from django.utils import timezone

from contacts.kept_filters import forget_unused_filters
from contacts.visits import end_expired_sessions


@shared_task(name="contacts.end_visits")
def end_visits() -> None:
    """Every ten minutes: forget the tokens of sessions that ran out."""
    end_expired_sessions(now=timezone.now())


@shared_task(name="contacts.forget_filters")
def forget_filters() -> None:
    """Every night: forget the long filters of addresses that nobody opens any longer."""
    forget_unused_filters(now=timezone.now())
