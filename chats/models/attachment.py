"""CHAT-9: files that visitors and operators add to messages. The bytes lie below DATA_DIR, outside the web root."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from chats.models.chat import Chat
from chats.models.message import Message
from contacts.models import Identity
from desk.ids import new_id
from desk.models import Site


class Attachment(models.Model):
    """A file that was checked and stored. ``chat`` and ``message`` are empty until it is said; who never says it loses
    it within a day. ``key`` is its unguessable name on disk, ``type`` what its bytes are, never what a sender claims.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    chat = models.ForeignKey(Chat, models.CASCADE, null=True, related_name="attachments", db_index=False)
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="attachments")
    # Whose it is until it is said: the account of the visitor, or the operator.
    identity = models.ForeignKey(Identity, models.SET_NULL, null=True, related_name="+", db_index=False)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"))
    type = models.CharField(_("type"), max_length=100)
    # Of pictures, in pixels, so that a conversation does not jump while they load.
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    key = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                name="attachment_said_in_its_chat",
                condition=Q(chat=None, message=None) | Q(chat__isnull=False, message__isnull=False),
            ),
        ]
        indexes = [
            # The files of a room; also the foreign key's own check.
            models.Index(fields=["chat"], name="attachment_by_chat"),
            # What was never said, for the sweep and for erasing a person.
            models.Index(fields=["created_at"], name="attachment_unsaid", condition=Q(message=None)),
            models.Index(fields=["identity"], name="attachment_by_identity", condition=~Q(identity=None)),
        ]

    def __str__(self) -> str:
        return self.name


class LeftFile(models.Model):
    """A file on disk whose row is gone: it is removed after the deleting has been committed, and again if that failed.

    Written in the transaction that deletes the row, so that no crash in between leaves a person's file behind.
    """

    key = models.CharField(max_length=64, primary_key=True)
    site = models.ForeignKey(Site, models.SET_NULL, null=True, related_name="+", db_index=False)
    left_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.key
