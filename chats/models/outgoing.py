"""CHAT-1: what operators said on channels of others, until the bridge to that channel has fetched it."""

from django.db import models

from chats.models.chat import Chat
from chats.models.message import Message
from contacts.models import Channel
from desk.models import Site


class OutgoingMessage(models.Model):
    """A message that waits to be carried out. Its row goes when a bridge says that it has it."""

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="outgoing")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    chat = models.ForeignKey(Chat, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # What a bridge fetches, oldest first.
            models.Index(fields=["site", "channel", "message"], name="outgoing_by_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.message_id}"
