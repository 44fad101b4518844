"""JOB-1, JOB-3: how far the job behind a step is, as a fragment that asks for itself again until the job has ended."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.admin.import_base import TEMPLATES
from desk.jobs.progress import progress_of
from desk.jobs.words import told
from desk.models import Job


def progress_context(job: Job, *, heading: str) -> dict[str, Any]:
    """What ``progress.html`` shows."""
    progress = progress_of(job)
    return {
        "job": job,
        "heading": heading,
        "percent": progress.percent,
        "done": _done(job),
        "left": _left(progress.seconds_left),
        "waiting": job.state == Job.State.QUEUED,
        "cancelling": job.cancel_asked_at is not None,
    }


def answer_progress(request: HttpRequest, job: Job, *, heading: str) -> HttpResponse:
    """For htmx: the fragment, or that the page is to be loaded again because the job has ended."""
    if job.finished:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return TemplateResponse(request, f"{TEMPLATES}/progress.html", progress_context(job, heading=heading))


def why_failed(job: Job) -> str:
    """The reason in words."""
    return told(job, job.error, job.error_values)


def _done(job: Job) -> str:
    done = formats.number_format(job.done, force_grouping=True)
    if job.total is None:
        return ngettext("%(n)s row", "%(n)s rows", job.done) % {"n": done}
    values = {"n": done, "total": formats.number_format(job.total, force_grouping=True)}
    return _("%(n)s of %(total)s rows") % values


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return _("less than a minute left")
    minutes = round(seconds / 60)
    return ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes) % {"n": minutes}
