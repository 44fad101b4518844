"""TAG-2: what the desk says when a tag is deleted or merged away, and the Undo beside it."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.admin.toasts import toast
from desk.jobs.kinds import kind_of
from desk.jobs.queueing import why_no_undo
from desk.models import Job


def told_going(request: HttpRequest, job: Job) -> None:
    """Say what came of the job, or that it goes on without anybody waiting for it."""
    names = {"tag": job.params["tag"]["name"], "into": job.params.get("into", {}).get("name", "")}
    merged = job.kind == "mergeTags"
    if not job.finished:
        words = _("“%(tag)s” is being merged into “%(into)s”.") if merged else _("“%(tag)s” is being deleted.")
        toast(request, words % names, level="info")
    elif job.state != Job.State.DONE:
        toast(request, kind_of(job).told(job.error, job.error_values), level="error")
    else:
        words = _("Tag “%(tag)s” merged into “%(into)s”.") if merged else _("Tag “%(tag)s” deleted.")
        undo = "" if why_no_undo(job) else reverse("admin:job_undo", args=[job.pk])
        toast(request, words % names, undo_url=undo)
