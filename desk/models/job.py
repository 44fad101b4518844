"""JOB-1, JOB-2: a piece of background work as rows. Written by ``desk.jobs`` only.

The row is the truth: Celery carries nothing but its id, so a lost, late or doubled message changes nothing.
"""

import zlib
from array import array
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from desk.ids import new_id
from desk.models.site import Site


class Job(models.Model):
    """Who does what to how many, how far it is and what came of it.

    ``params`` is plain JSON and all that the kind needs. ``cursor`` is where the next batch begins (None: not begun);
    it moves only in the transaction of the batch itself. ``claim`` is the token of the worker that has the job, empty
    when nobody has. ``changed``, ``unchanged`` and ``refused`` are parts of ``done``; all count items, not batches.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="jobs", db_index=False)
    kind = models.CharField(_("kind"), max_length=40)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.QUEUED)
    # Who: what desk.actors.Actor holds, so that the worker acts as the one who asked.
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_kind = models.CharField(max_length=8)
    actor = models.CharField(_("actor"), max_length=120)
    address = models.GenericIPAddressField(null=True)

    params = models.JSONField(default=dict)
    # Counts what would happen and writes nothing else (JOB-4).
    dry_run = models.BooleanField(default=False)
    # False: small enough to be done at once, within the request that asked for it.
    background = models.BooleanField(default=True)
    undo_of = models.ForeignKey("self", models.CASCADE, null=True, related_name="undos")

    total = models.BigIntegerField(null=True)
    done = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    cursor = models.JSONField(null=True)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=40, blank=True, default="")
    error_values = models.JSONField(default=dict)

    claim = models.CharField(max_length=32, blank=True, default="")
    # Counts the slices of work. A message names the turn it is for, so that of doubled ones all but one do nothing.
    turn = models.PositiveIntegerField(default=0)
    # Batches in a row that failed for a reason that may pass (a deadlock, a restarted server).
    failures = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="job_state_known", condition=Q(state__in=["queued", "running", "done", "failed", "cancelled"])
            ),
            # JOB-2: finished exactly when it has an end; what nobody works on has no claim.
            models.CheckConstraint(
                name="job_finished_has_end",
                condition=Q(state__in=["queued", "running"], finished_at=None)
                | Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False, claim=""),
            ),
            # JOB-4: of many who press Undo at once one makes the job. An undo that failed may be tried again.
            models.UniqueConstraint(
                fields=["undo_of"],
                name="job_undone_once",
                condition=Q(undo_of__isnull=False, dry_run=False) & ~Q(state__in=["failed", "cancelled"]),
            ),
        ]
        indexes = [
            # The page of jobs and the tray, newest first.
            models.Index(fields=["site", "-id"], name="job_by_time"),
            # What waits or runs, of all sites: the search for jobs that nobody works on; a handful of rows.
            models.Index(fields=["site", "state"], name="job_open", condition=Q(state__in=["queued", "running"])),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def finished(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return self.state not in (self.State.QUEUED, self.State.RUNNING)


class JobChunk(models.Model):
    """A slice of the set a job was fixed to when it began: ids in order, packed (1,000,000 ids in a few MB)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    job = models.ForeignKey(Job, models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="job_chunk_number")]

    def ids(self) -> list[int]:
        """The ids, ascending."""
        numbers = array("q")
        numbers.frombytes(zlib.decompress(bytes(self.packed)))
        return numbers.tolist()

    @staticmethod
    def pack(ids: Iterable[int]) -> bytes:
        """Neighbours share most of their bytes, so the quickest compression already halves them."""
        return zlib.compress(array("q", ids).tobytes(), 1)


class JobRefusal(models.Model):
    """An item the job left alone, and why. Holds no personal data: the page looks the contact up."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    job = models.ForeignKey(Job, models.CASCADE, related_name="refusals", db_index=False)
    target_id = models.BigIntegerField(null=True)
    line = models.PositiveIntegerField(null=True)
    code = models.CharField(max_length=40)
    values = models.JSONField(default=dict)

    class Meta:
        # The pages of refused items, in the order they were met.
        indexes = [models.Index(fields=["job", "id"], name="job_refusal_by_job")]


class JobNote(models.Model):
    """A line of a job's log: a code with values, told in the reader's language."""

    class Level(models.TextChoices):
        INFO = "info"
        WARNING = "warning"
        ERROR = "error"

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False)
    job = models.ForeignKey(Job, models.CASCADE, related_name="notes")
    at = models.DateTimeField()
    level = models.CharField(max_length=7, choices=Level.choices, default=Level.INFO)
    code = models.CharField(max_length=40)
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
