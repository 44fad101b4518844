"""CHAT-3: what is said in a chat, and what operators note beside it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chats.models.category import RoomTag
from chats.models.chat import Chat
from desk.ids import new_id
from desk.models import Site


class Author(models.TextChoices):
    """Who says something."""

    VISITOR = "visitor", _("visitor")
    OPERATOR = "operator", _("operator")
    BOT = "bot", _("bot")
    API = "api", _("program")


class Message(models.Model):
    """One message. Never changed. ``number`` counts within the chat from 1, without gaps.

    ``client_id`` is the sender's own name for it, unique in the chat: sent twice it is accepted once. ``channel_key``
    is the id another channel gave it (“kakao:…”), unique in the site.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    chat = models.ForeignKey(Chat, models.CASCADE, related_name="messages", db_index=False)
    number = models.PositiveIntegerField()
    author = models.CharField(max_length=8, choices=Author.choices)
    # The operator, while there is one; who it was in words stays.
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    author_name = models.CharField(max_length=120, blank=True, default="")
    # Empty only beside attachments.
    text = models.TextField(_("text"), max_length=5000)
    at = models.DateTimeField()
    client_id = models.CharField(max_length=64, blank=True, default="")
    channel_key = models.CharField(max_length=140, blank=True, default="")

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            # The page of a conversation; also the foreign key's own check.
            models.UniqueConstraint(fields=["chat", "number"], name="message_number"),
            models.UniqueConstraint(fields=["chat", "client_id"], name="message_sent_once", condition=~Q(client_id="")),
            models.UniqueConstraint(
                fields=["site", "channel_key"], name="message_taken_in_once", condition=~Q(channel_key="")
            ),
            models.CheckConstraint(name="message_author_known", condition=Q(author__in=Author.values)),
        ]

    def __str__(self) -> str:
        return f"{self.chat_id}/{self.number}"


class Memo(models.Model):
    """What an operator notes about a chat; the visitor never sees it."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    chat = models.ForeignKey(Chat, models.CASCADE, related_name="memos")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    author_name = models.CharField(max_length=120)
    text = models.TextField(_("text"), max_length=1000)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("memo")
        verbose_name_plural = _("memos")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.chat_id}: {self.pk}"


class ChatTag(models.Model):
    """A room tag on a chat."""

    pk = models.CompositePrimaryKey("chat_id", "tag_id")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    chat = models.ForeignKey(Chat, models.CASCADE, related_name="tag_attachments", db_index=False)
    tag = models.ForeignKey(RoomTag, models.CASCADE, related_name="attachments")

    def __str__(self) -> str:
        return f"{self.tag_id} → {self.chat_id}"


class Assignment(models.Model):
    """Who had a chat from when on. ``changed``: handed over from one to another, which history tells (CHAT-6)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    chat = models.ForeignKey(Chat, models.CASCADE, related_name="assignments")
    before = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    before_name = models.CharField(max_length=120, blank=True, default="")
    after = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    after_name = models.CharField(max_length=120, blank=True, default="")
    # Who did it, as desk.actors.Actor.
    by_kind = models.CharField(max_length=8)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.chat_id}: {self.before_name} → {self.after_name}"
