"""RET-4: what stays of people who were deleted: how many, on which day, and why."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models.contact import Kind
from desk.ids import new_id
from desk.models import Site


class DeletionReason(models.TextChoices):
    """Why people were deleted."""

    OPERATOR = "operator", _("by an operator")
    API = "api", _("by a program")
    IMPORT_UNDO = "importUndo", _("an import was undone")
    RETENTION = "retention", _("end of the retention period")


class DeletionCount(models.Model):
    """How many contacts of ``kind`` went on ``day`` (of the site's time zone) for ``reason``. Never whom."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=12, choices=DeletionReason.choices)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    count = models.PositiveIntegerField(_("contacts"))

    class Meta:
        verbose_name = _("deleted contacts")
        verbose_name_plural = _("deleted contacts")
        constraints = [
            # Led by site and day, which is how the page of deletions reads it.
            models.UniqueConstraint(fields=["site", "day", "reason", "kind"], name="deletion_count_once"),
            models.CheckConstraint(name="deletion_count_kind_known", condition=Q(kind__in=Kind.values)),
        ]
