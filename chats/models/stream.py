"""CHAT-4: what happened in the chats of a site, numbered in the order in which it was committed.

Streams read it: whoever has seen everything up to a number asks for what is behind it. The rows name what changed and
hold nothing of what was said, so they need no erasing; they are thrown away after a day.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chats.models.chat import Chat
from desk.models import Site


class Happened(models.TextChoices):
    """What a stream tells. ``CHAT``: anything about a room other than what is said in it."""

    MESSAGE = "message", _("message")
    CHAT = "chat", _("chat")
    READ = "read", _("read by the visitor")
    MEMO = "memo", _("memo")
    PRESENCE = "presence", _("presence")


class StreamCounter(models.Model):
    """The last number given on a site. Its row stays locked until the commit: numbers are in the order of commits."""

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="+")
    last = models.BigIntegerField(default=0)


class StreamEvent(models.Model):
    """One thing that happened. ``message``: the number of the message within its chat, else 0."""

    pk = models.CompositePrimaryKey("site_id", "number")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    number = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Happened.choices)
    # Ids without foreign keys: rows of rooms that are gone do no harm.
    chat = models.BigIntegerField()
    contact = models.BigIntegerField()
    message = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # Throwing away what is old.
            models.Index(fields=["at"], name="stream_event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind} {self.chat}"


class Presence(models.Model):
    """An operator who has a room open. Gone from the room is who has not been seen for half a minute."""

    pk = models.CompositePrimaryKey("chat_id", "operator_id")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    chat = models.ForeignKey(Chat, models.CASCADE, related_name="presences", db_index=False)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    typing_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.operator_id} @ {self.chat_id}"
