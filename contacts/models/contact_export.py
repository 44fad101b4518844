"""IMP-9: a file of contacts that somebody asked for; written by ``contacts.exporting``."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models import Job, Site


class ContactExport(models.Model):
    """Who took which columns of how many people away, and why; the file itself goes after a week.

    ``state``: how much of the file counts (``contacts.exporting.files``): it is saved with the progress of the job, and
    what a killed worker wrote beyond it is cut off. ``columns``: their public names, in order.
    """

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel workbook (XLSX)")

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("file"), max_length=120)
    format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    columns = models.JSONField(_("columns"), default=list)
    # Phones, e-mails, addresses and birth dates are unreadable in it (SITE-4).
    masked = models.BooleanField(_("masked"), default=True)
    reason = models.CharField(_("reason"), max_length=200)

    # The unguessable name below DATA_DIR/files/exports; empty when the file was deleted.
    stored_as = models.CharField(max_length=80)
    state = models.JSONField(default=dict)
    rows = models.BigIntegerField(_("people"), default=0)
    size = models.BigIntegerField(_("size"), default=0)

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(_("by"), max_length=120)
    created_at = models.DateTimeField(_("asked for"))
    ready_at = models.DateTimeField(_("ready"), null=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(name="contact_export_format_known", condition=Q(format__in=["csv", "xlsx"]))
        ]
        indexes = [
            # What the hourly sweep deletes.
            models.Index(fields=["created_at"], name="contact_export_kept", condition=Q(forgotten_at=None)),
        ]

    def __str__(self) -> str:
        return self.name
