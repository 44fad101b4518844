"""GRADE-2: what a change of grades or rules means for many people is worked off in the background.

Few are dealt with at once, in the transaction of the change. The set of many is fixed there, and a job works it out
anew batch by batch, each from values and rules as they are then: what changed meanwhile is not undone by it.
"""

from array import array
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.actors import Actor
from desk.jobs.chunks import chunk_ids, fix_set
from desk.jobs.kinds import JobKind, Start, Step, job_kinds
from desk.jobs.queueing import add_job
from desk.models import Job, Site
from tags.grading import hold_rules, regrade

# So many people are dealt with while whoever changes a rule waits: some tens of milliseconds.
AT_ONCE = 1_000
# Batches stay near 150 ms on SQLite, its only writer (desk.jobs).
BATCH = 2_000


def regrade_all(site: Site, contact_ids: "array[int]", *, actor: Actor) -> Job | None:
    """Work out anew what these contacts (ids ascending) carry: now if they are few, else in the job it answers.

    The caller has a transaction and holds the rules (``tags.grading.hold_rules``).
    """
    if len(contact_ids) <= AT_ONCE:
        regrade(site.pk, contact_ids)
        return None
    job = add_job("regrade", site=site, actor=actor, params={}, total=len(contact_ids))
    fix_set(job, contact_ids, size=BATCH)
    return job


def _start(job: Job) -> Start:
    """The set was fixed with the change that made the job."""
    return Start(job.total, 0)


def _step(job: Job, cursor: Any) -> Step:
    ids = chunk_ids(job, cursor)
    if ids is None:
        return Step(None)
    hold_rules(job.site_id)
    changed = min(regrade(job.site_id, ids), len(ids))
    return Step(cursor + 1, done=len(ids), changed=changed, unchanged=len(ids) - changed)


job_kinds.register(
    "regrade",
    JobKind(
        name="regrade",
        label=lambda job: _("Work out grades after a change of rules"),
        start=_start,
        step=_step,
        permission=lambda job: "tags.change",
        links=lambda job: [(_("Grades"), reverse("admin:tags_grade_changelist"))],
    ),
)
