"""API-3: addresses that hear what happens on a site, and what is on its way to them. By ``desk.webhooks``."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from desk.encryption import EncryptedTextField
from desk.ids import new_id
from desk.models.site import Site


class Webhook(models.Model):
    """One address. ``switched_off_at``: after a long run of failures, until somebody switches it on again.

    ``failures`` are those in a row, ``failing_since`` when they began. ``rests_until``: nothing is tried before;
    ``sending_until``: a worker has it in hand, so that messages leave one after the other.
    """

    class State(models.TextChoices):
        """How it is doing, for lists and programs."""

        ACTIVE = "active", _("active")
        FAILING = "failing", _("failing")
        PAUSED = "paused", _("paused")
        SWITCHED_OFF = "switchedOff", _("switched off")

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="webhooks", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=1000)
    secret = EncryptedTextField(editable=False)
    events = models.JSONField(_("events"), default=list)
    active = models.BooleanField(_("active"), default=True)
    switched_off_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    sending_until = models.DateTimeField(null=True)
    # How the last attempt ended: when, the number of the answer if there was one, why not (desk.outbound_errors).
    last_at = models.DateTimeField(_("last delivery"), null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=20, blank=True, default="")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> "Webhook.State":
        """How it is doing."""
        if self.active:
            return self.State.FAILING if self.failures else self.State.ACTIVE
        return self.State.SWITCHED_OFF if self.switched_off_at else self.State.PAUSED


class WebhookDelivery(models.Model):
    """One event on its way to one webhook, kept for two weeks. ``body`` are the very characters that are signed.

    ``subject``: the contact it tells of, so that it goes with the person (RET-4).
    """

    class State(models.TextChoices):
        """``FAILED``: given up."""

        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    event = models.CharField(max_length=40)
    subject = models.BigIntegerField(null=True)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    created_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="delivery_state_known", condition=Q(state__in=["waiting", "delivered", "failed"])
            )
        ]
        indexes = [
            # The page of a webhook, newest first; also the foreign key's own check.
            models.Index(fields=["webhook", "-id"], name="delivery_by_webhook"),
            # What is to be sent next, oldest first; the search for what is due.
            models.Index(fields=["webhook", "id"], name="delivery_waiting", condition=Q(state="waiting")),
            # Erasing a person.
            models.Index(fields=["subject"], name="delivery_by_subject", condition=Q(subject__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"
