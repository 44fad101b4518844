"""JOB-4: what the panel says of an action's dry run and of the job after it: numbers, examples, reasons."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from contacts.actions import Action
from desk.access import Access
from desk.admin.job_refusals import examples_of, reasons_of, refused_page
from desk.admin.job_words import show_job
from desk.jobs.kinds import job_kinds, kind_of
from desk.jobs.telling import number
from desk.jobs.words import told_outcome
from desk.models import Job

# So many reasons are shown with examples; the job's page has all of them.
_REASONS = 5
_EXAMPLES = 5


def job_context(action: Action, job: Job, access: Access) -> dict[str, Any]:
    """For ``action_job.html``."""
    context: dict[str, Any] = {
        "action": action,
        "job": job,
        "shown": show_job(job, access, now=timezone.now(), with_undo=True),
        "erases": action.erases,
        "look_url": reverse("admin:contacts_contact_action_job", args=[action.name, job.pk]),
    }
    if not job.finished:
        return context
    context |= {"counts": told_outcome(job), "found_words": action.found(job.result)}
    context["links"] = kind_of(job).links(job) if job.kind in job_kinds else []
    if job.dry_run and job.state == Job.State.DONE:
        context |= _preview(action, job, access)
    return context


def _preview(action: Action, job: Job, access: Access) -> dict[str, Any]:
    reasons = [
        (reason, refused_page(job, access, code=reason.code, size=_EXAMPLES).items)
        for reason in reasons_of(job)[:_REASONS]
    ]
    examples = examples_of(job, access)
    return {
        "changed": _line(_would(action, job.changed), job.changed),
        "unchanged": _line(ngettext("%(n)s is already so", "%(n)s are already so", job.unchanged), job.unchanged),
        "refused": _line(ngettext("%(n)s is left alone", "%(n)s are left alone", job.refused), job.refused),
        "examples": examples,
        "reasons": reasons,
        "people": ngettext("%(n)s person", "%(n)s people", job.changed) % {"n": number(job.changed)},
        "confirmable": job.changed > 0,
    }


def _would(action: Action, count: int) -> str:
    if action.erases:
        return ngettext("%(n)s would be deleted", "%(n)s would be deleted", count)
    if action.begin is not None:
        return ngettext("%(n)s person", "%(n)s people", count)
    return ngettext("%(n)s would change", "%(n)s would change", count)


def _line(words: str, count: int) -> str:
    return words % {"n": number(count)}
