"""UNI-3: a lead that has booted and a member with the same detail, unified when that browser boots as the member."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contacts.models.contact import Contact
from contacts.models.known_value import KnownField, Source
from desk.ids import new_id
from desk.models import Site


class PendingMerge(models.Model):
    """``value`` is the normal form of the detail both have; ``source`` and ``source_label`` say who told it last."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="pending_merges", db_index=False)
    member = models.ForeignKey(Contact, models.CASCADE, related_name="pending_leads")
    field = models.CharField(_("field"), max_length=12, choices=KnownField.choices)
    value = models.CharField(_("value"), max_length=510)
    source = models.CharField(_("source"), max_length=9, choices=Source.choices)
    source_label = models.CharField(max_length=120, default="", blank=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("pending unification")
        verbose_name_plural = _("pending unifications")
        constraints = [
            models.UniqueConstraint(fields=["contact", "member"], name="pending_merge_once"),
            models.CheckConstraint(name="pending_merge_of_two", condition=~Q(contact=F("member"))),
        ]
        # What a freeze of a value takes back (UNI-14).
        indexes = [models.Index(fields=["site", "field", "value"], name="pending_merge_by_value")]
