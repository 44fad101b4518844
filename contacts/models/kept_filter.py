"""FIL-9: a filter that is too long for an address, kept under its content so that the address can name it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models import Site


class KeptFilter(models.Model):
    """``document`` is canonical and never changes: ``key`` is made of it (``contacts.kept_filters``)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=32)
    document = models.JSONField(_("conditions"))
    used_at = models.DateTimeField()

    class Meta:
        verbose_name = _("kept filter")
        verbose_name_plural = _("kept filters")
        constraints = [models.UniqueConstraint(fields=["site", "key"], name="kept_filter_key")]
        # What the nightly sweep deletes.
        indexes = [models.Index(fields=["used_at"], name="kept_filter_by_use")]

    def __str__(self) -> str:
        return self.key
