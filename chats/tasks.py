"""Background work on chats."""

from celery import shared_task
from django.utils import timezone

from chats.attaching import forget_unsaid
from chats.presence import forget_presences
from chats.storing import sweep_left_files
from chats.streaming import forget_old_events


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
