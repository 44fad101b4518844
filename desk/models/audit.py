"""The audit log: who did what to whom, when and from where (SITE-4). Written by ``desk.audit.record`` only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models.site import Site


class AuditEntry(models.Model):
    """One thing done. Rows are added, never changed."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    # Empty for what concerns the whole installation, such as creating a site.
    site = models.ForeignKey(Site, models.CASCADE, null=True, related_name="audit_entries", verbose_name=_("site"))
    at = models.DateTimeField(_("time"))
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("operator")
    )
    # Who it was in words, also when it was no operator (an API key, a command) or the operator is gone.
    actor = models.CharField(_("actor"), max_length=120)
    action = models.CharField(_("action"), max_length=60)
    target_type = models.CharField(_("target type"), max_length=40, blank=True, default="")
    target_id = models.CharField(_("target"), max_length=40, blank=True, default="")
    address = models.GenericIPAddressField(_("IP address"), null=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True, default="")
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-at", "-id"]
        indexes = [
            # The log page: newest first within a site.
            models.Index(fields=["site", "-at"], name="audit_by_time"),
            # The history of one thing, such as a contact.
            models.Index(fields=["site", "target_type", "target_id", "-at"], name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.action}"
