"""What a unification leaves behind: its journal, and the old names that still lead to the survivor (UNI-8, UNI-10)."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models.contact import Contact
from desk.ids import new_id
from desk.models import Site

# UNI-10
UNDO_TIME = datetime.timedelta(days=30)


class Merge(models.Model):
    """One unification. The absorbed contact's row is gone; ``journal`` holds it and the ids of everything that moved.

    ``journal``: {"absorbed": {column: value}, "profile": {column: value}, "survivor" and "survivorProfile": {column:
    [before, after]} of what changed, "moved": {relation: what its participant needs to bring the rows back}}. Empty
    once the merge is undone. Both go with the survivor (RET-4).
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    survivor = models.ForeignKey(Contact, models.CASCADE, related_name="merges")
    absorbed_id = models.BigIntegerField()
    absorbed_customer_number = models.BigIntegerField()
    # Why: boot, operator, api, import … (UNI-2, UNI-6)
    trigger = models.CharField(_("trigger"), max_length=20)
    at = models.DateTimeField(_("time"))
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(max_length=120)
    journal = models.JSONField()
    undone_at = models.DateTimeField(_("undone"), null=True, editable=False)
    undone_operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    undone_by = models.CharField(max_length=120, default="", editable=False)

    class Meta:
        verbose_name = _("unification")
        verbose_name_plural = _("unifications")

    def can_undo(self, now: datetime.datetime) -> bool:
        """Whether an undo may be offered; ``contacts.undoing`` has the last word (merged again?)."""
        return self.undone_at is None and now - self.at <= UNDO_TIME


class ContactAlias(models.Model):
    """An id, customer number or memberId of an absorbed contact. Chains are re-pointed, so one lookup finds the end."""

    class Type(models.TextChoices):
        ID = "id"
        CUSTOMER_NUMBER = "customerNumber"
        MEMBER_ID = "memberId"

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    type = models.CharField(max_length=14, choices=Type.choices)
    value = models.CharField(max_length=255)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="aliases")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "type", "value"], name="contact_alias_once"),
            models.CheckConstraint(
                name="contact_alias_type_known", condition=Q(type__in=["id", "customerNumber", "memberId"])
            ),
        ]
