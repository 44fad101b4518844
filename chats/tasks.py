"""Background work on chats."""

from celery import shared_task
from django.utils import timezone

from chats.attaching import forget_unsaid
from chats.distributing import distribute_waiting
from chats.lookups.log import forget_old_calls
from chats.presence import forget_presences
from chats.storing import sweep_left_files
from chats.streaming import forget_old_events
from chats.waiting import DISTRIBUTE, sites_that_distribute
from desk.models import Site


@shared_task(name=DISTRIBUTE, ignore_result=True)
def distribute(site_id: int) -> None:
    """CHAT-10: chats of the site that wait find who is there now."""
    site = Site.objects.filter(pk=site_id).first()
    if site is not None:
        distribute_waiting(site, now=timezone.now())


@shared_task(name="chats.find_waiting", ignore_result=True)
def find_waiting() -> None:
    """CHAT-10: every twenty seconds: what the workers were not told of. A site where nothing waits costs one look."""
    for site_id in sites_that_distribute():
        distribute(site_id)


@shared_task(name="chats.forget_files", ignore_result=True)
def forget_files() -> None:
    """CHAT-9: every hour: files that no message has sent within a day, and what deletions have left on the disk."""
    now = timezone.now()
    forget_unsaid(now=now)
    sweep_left_files(now=now)


@shared_task(name="chats.forget_events", ignore_result=True)
def forget_events() -> None:
    """CHAT-4: every hour: what streams tell of more than a day ago, and who has a room open no longer."""
    now = timezone.now()
    forget_old_events(now=now)
    forget_presences(now=now)


@shared_task(name="chats.forget_lookups", ignore_result=True)
def forget_lookups() -> None:
    """LOOK-7: every night: what the log of lookups tells of more than 30 days ago."""
    forget_old_calls(now=timezone.now())
