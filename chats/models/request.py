"""CHAT-6: what operators ask of each other about a chat: to take it over, or to look over it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chats.models.chat import Chat
from desk.ids import new_id
from desk.models import Site


class RequestKind(models.TextChoices):
    """``AGENT``: somebody else is to have the chat. ``REVIEW``: an administrator is to look at it."""

    AGENT = "agent", _("change of agent")
    REVIEW = "review", _("review")


class RequestState(models.TextChoices):
    """How it stands."""

    OPEN = "open", pgettext_lazy("request", "open")
    ACCEPTED = "accepted", pgettext_lazy("request", "accepted")
    REFUSED = "refused", pgettext_lazy("request", "refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")


class ChatRequest(models.Model):
    """A request about a chat. ``to`` is who is to have it, or to look at it; empty: any administrator.

    Names are kept in words beside the accounts, which may be gone one day.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    chat = models.ForeignKey(Chat, models.CASCADE, related_name="requests")
    kind = models.CharField(_("kind"), max_length=6, choices=RequestKind.choices)
    state = models.CharField(_("state"), max_length=9, choices=RequestState.choices, default=RequestState.OPEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    by_name = models.CharField(max_length=120)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    to_name = models.CharField(max_length=120, blank=True, default="")
    note = models.CharField(_("note"), max_length=1000)
    at = models.DateTimeField(_("asked"))
    answered_by_name = models.CharField(max_length=120, blank=True, default="")
    answer = models.CharField(_("answer"), max_length=1000, blank=True, default="")
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="chat_request_kind_known", condition=Q(kind__in=RequestKind.values)),
            models.CheckConstraint(
                name="chat_request_answered",
                condition=Q(state="open", answered_at=None) | (~Q(state="open") & Q(answered_at__isnull=False)),
            ),
            # One of a kind at a time.
            models.UniqueConstraint(fields=["chat", "kind"], name="chat_request_one_open", condition=Q(state="open")),
        ]
        indexes = [
            # What waits for an answer on a site.
            models.Index(fields=["site", "to", "-id"], name="chat_request_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.chat_id}: {self.kind}"
