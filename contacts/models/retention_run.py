"""RET-6: one sweep of a site: when, how far, and how many it deleted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models import Site


class RetentionRun(models.Model):
    """What the sweep of ``day`` (of the site's time zone) did, as if it were ``at``. Never whom.

    ``counts``: {"<kind>.<name of the rule>": people}; written with each batch, in its transaction. ``held``: how many
    were due and stayed because somebody holds them. ``nightly``: by itself, once a day; otherwise by the command.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    nightly = models.BooleanField(default=True)
    at = models.DateTimeField()
    started_at = models.DateTimeField(_("started"))
    heartbeat_at = models.DateTimeField()
    finished_at = models.DateTimeField(_("finished"), null=True)
    counts = models.JSONField(default=dict)
    held = models.PositiveIntegerField(default=0)
    actor = models.CharField(_("by"), max_length=120)

    class Meta:
        verbose_name = _("retention run")
        verbose_name_plural = _("retention runs")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "day"], name="retention_run_once_a_night", condition=Q(nightly=True)
            ),
        ]
        indexes = [
            # The log of sweeps, newest first.
            models.Index(fields=["site", "-id"], name="retention_run_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.day}"
