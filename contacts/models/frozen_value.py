"""UNI-14: values that would join too many people, how many they joined, and junk that a page sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models.known_value import KnownField
from desk.ids import new_id
from desk.models import Site


class FrozenValue(models.Model):
    """``value``, in its normal form, matches nobody from ``frozen_at`` until an operator thaws it.

    ``joins``: how many contacts it would have joined within a day. A thawed row stays, and may freeze again.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    field = models.CharField(_("field"), max_length=12, choices=KnownField.choices)
    value = models.CharField(_("value"), max_length=510)
    joins = models.PositiveIntegerField(_("contacts"))
    frozen_at = models.DateTimeField(_("frozen"))
    thawed_at = models.DateTimeField(_("thawed"), null=True)
    thawed_by = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        verbose_name = _("frozen value")
        verbose_name_plural = _("frozen values")
        constraints = [models.UniqueConstraint(fields=["site", "field", "value"], name="frozen_value_once")]

    def __str__(self) -> str:
        return self.value


class JoinCount(models.Model):
    """How many contacts a value joined on one day of the site; kept for two days."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    field = models.CharField(max_length=12, choices=KnownField.choices)
    value = models.CharField(max_length=510)
    day = models.DateField()
    joins = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "field", "value", "day"], name="join_count_once")]


class JunkSighting(models.Model):
    """A junk memberId that pages of the site send: the visitor is served without it, and somebody should know.

    Written once an hour at most, so that a site that sends it with every boot does not queue its visitors.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    field = models.CharField(_("field"), max_length=12, choices=KnownField.choices)
    value = models.CharField(_("value"), max_length=255)
    first_at = models.DateTimeField(_("first seen"))
    last_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("junk value seen")
        verbose_name_plural = _("junk values seen")
        constraints = [models.UniqueConstraint(fields=["site", "field", "value"], name="junk_sighting_once")]
