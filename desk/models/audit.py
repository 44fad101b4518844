"""The audit log: who did what to whom, when and from where (SITE-4). Written by ``desk.audit`` only."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models.site import Site


class LogIsAppendOnly(Exception):
    """Somebody tried to delete from the audit log, or to change an entry."""


class AuditEntries(models.QuerySet["AuditEntry"]):
    """Entries, which go with their site only: Django's own cascade does not come through here."""

    def delete(self) -> NoReturn:
        raise LogIsAppendOnly


class AuditEntry(models.Model):
    """One thing done, or personal data seen. Rows are added, never changed, but ``details`` and ``reason`` of people
    who are deleted become empty (RET-4). The database refuses the rest (migration 0008).
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    # Empty for what concerns the whole installation, such as the sign-in of somebody who is on no team.
    site = models.ForeignKey(Site, models.CASCADE, null=True, related_name="audit_entries", verbose_name=_("site"))
    at = models.DateTimeField(_("time"))
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("operator"),
        db_index=False,  # the first column of audit_by_operator
    )
    # Who it was in words, also when it was no operator (an API key, a command) or the operator is gone.
    actor = models.CharField(_("actor"), max_length=120)
    action = models.CharField(_("action"), max_length=60)
    target_type = models.CharField(_("target type"), max_length=40, blank=True, default="")
    target_id = models.CharField(_("target"), max_length=40, blank=True, default="")
    address = models.GenericIPAddressField(_("IP address"), null=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True, default="")
    details = models.JSONField(_("details"), default=dict)

    objects = AuditEntries.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-at", "-id"]
        indexes = [
            # The log page: newest first within a site; of one kind; of one operator.
            models.Index(fields=["site", "-at"], name="audit_by_time"),
            models.Index(fields=["site", "action", "-at"], name="audit_by_action"),
            models.Index(fields=["operator", "site", "-at"], name="audit_by_operator"),
            # The history of one thing, such as a contact.
            models.Index(fields=["site", "target_type", "target_id", "-at"], name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.action}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise LogIsAppendOnly
