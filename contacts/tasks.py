"""Background work on people."""

from celery import shared_task
from django.utils import timezone

from contacts.visits import end_expired_sessions


@shared_task(name="contacts.end_visits")
def end_visits() -> None:
    """Every ten minutes: forget the tokens of sessions that ran out."""
    end_expired_sessions(now=timezone.now())
