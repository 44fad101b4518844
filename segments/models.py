"""SEG-1, SEG-6: a segment is a saved filter. Who is in it is asked each time; only its size is remembered."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models import Site


class Segment(models.Model):
    """``filter`` is a filter document (docs/filter-language.md). ``count`` is at most a minute old while in use."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="segments", verbose_name=_("site"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("owner")
    )
    shared = models.BooleanField(_("shared with the site"), default=True)
    name = models.CharField(_("name"), max_length=60)
    name_folded = models.CharField(max_length=240, editable=False)
    filter = models.JSONField(_("conditions"))
    # Which edition of the filter language the document is written in (docs/filter-language.md).
    filter_version = models.PositiveSmallIntegerField(default=1, editable=False)
    position = models.PositiveIntegerField(_("position"), default=0)
    # Empty until first counted, and when the filter is refused.
    count = models.PositiveIntegerField(_("contacts"), null=True, editable=False)
    counted_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["position", "name_folded"]
        constraints = [
            # Unique per site and scope: once among the shared ones, once among one operator's own.
            models.UniqueConstraint(
                fields=["site", "name_folded"], condition=Q(shared=True), name="segment_shared_name"
            ),
            models.UniqueConstraint(
                fields=["site", "owner", "name_folded"], condition=Q(shared=False), name="segment_private_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SegmentSize(models.Model):
    """SEG-3: how many people were in a segment on a day of the site's calendar, as first counted that day.

    ``count`` is empty when the day is known only because the conditions changed (``changed``) and nobody has counted
    since. A day without a row is a day nobody knows: the chart has a gap there.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    # Its index is the constraint below, which begins with it: the chart of one segment, and its end with it.
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes", db_index=False)
    day = models.DateField()
    count = models.PositiveIntegerField(null=True)
    changed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="segment_size_of_day")]


class CountedSite(models.Model):
    """SEG-2: when somebody last looked at a site's counts, and since when they are being counted.

    Sites that nobody looks at are not counted.
    """

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="+")
    used_at = models.DateTimeField()
    counting_since = models.DateTimeField(null=True)
