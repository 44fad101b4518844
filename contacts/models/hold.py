"""RET-5: somebody is kept beyond the retention period, or from being deleted at all, for a reason."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models.contact import Contact
from desk.ids import new_id
from desk.models import Site


class Hold(models.Model):
    """Nothing deletes ``contact`` up to and including the day ``until`` (of the site), unless the hold was ended.

    A person may have several, by different operators; written by ``contacts.holds``.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="holds", verbose_name=_("contact"))
    reason = models.CharField(_("reason"), max_length=255)
    until = models.DateField(_("until"))
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(_("by"), max_length=120)
    created_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.CharField(_("ended by"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(name="hold_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="hold_ended_by_somebody",
                condition=Q(ended_at=None, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
            ),
        ]
        indexes = [
            # Those in force: a handful, asked for by every deletion.
            models.Index(fields=["site", "until"], name="hold_in_force", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.until}"
