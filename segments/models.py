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


class CountedSite(models.Model):
    """SEG-2: when somebody last looked at a site's counts, and since when they are being counted.

    Sites that nobody looks at are not counted.
    """

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="+")
    used_at = models.DateTimeField()
    counting_since = models.DateTimeField(null=True)
