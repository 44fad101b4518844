"""A custom field of a site: what ``profile.<key>`` means in filters, columns and imports."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models import Site


class FieldType(models.TextChoices):
    """Which values a custom field takes; the first value seen decides, an administrator may change it."""

    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    DATE = "date", _("date")
    BOOLEAN = "boolean", _("yes/no")
    LIST = "list", _("list")


# A site has no more custom fields than this; a public plugin key could otherwise make them without end.
MAX_PROFILE_FIELDS = 300


class ProfileField(models.Model):
    """One custom field. ``key`` is public (plugin, API, CSV), ``label`` is what operators read."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="profile_fields", verbose_name=_("site"))
    key = models.CharField(_("key"), max_length=64)
    label = models.CharField(_("label"), max_length=80, blank=True, default="")
    type = models.CharField(_("type"), max_length=7, choices=FieldType.choices)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["site", "key"], name="profile_field_key"),
            models.CheckConstraint(name="profile_field_type_known", condition=Q(type__in=FieldType.values)),
        ]

    def __str__(self) -> str:
        return self.label or self.key
