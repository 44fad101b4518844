"""JOB-1, JOB-3: the list of the site's jobs and the page of one; cancelling and undoing.

Another site's job is 404. A viewer finds their own, who works on the site finds the site's (``desk.jobs.permissions``).
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.job_refusals import csv_lines, examples_of, reasons_of, refused_page
from desk.admin.job_words import show_job, shown_time
from desk.admin.navigation import Entry, Section, navigation
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.audit import record
from desk.jobs.kinds import job_kinds, kind_of
from desk.jobs.permissions import may_manage, visible_jobs
from desk.jobs.queueing import UNDO_TIME, JobCannotBeUndone, cancel_job, undo_job
from desk.jobs.running import run_here
from desk.jobs.tray import dismiss
from desk.jobs.words import no_undo_code, shown_label, told, told_outcome
from desk.models import Job

_LOG = 200


@require_GET
def show_one(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The page, or for htmx only its part that changes."""
    access = access_of(request)
    job = _found(access, job_id)
    if job.finished and job.operator_id == access.operator.pk:
        dismiss(access.operator, [job])  # whoever reads how it ended needs no notice of it
    context = _context(request, access, job)
    if request.headers.get("hx-target") == "job-refused":
        return TemplateResponse(request, "desk/job_refused.html", context)
    if request.headers.get("hx-target") == "job-live":
        return TemplateResponse(request, "desk/job_live.html", context)
    return TemplateResponse(request, "desk/job.html", {**desk_site.each_context(request), **context})


@require_GET
def download_refused(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The refused items as a file; it names people, so it is in the audit log (SITE-4)."""
    access = access_of(request)
    job = _found(access, job_id)
    record("job.export", actor=actor_of(request), site=access.site, target=job, details={"count": job.refused})
    response = StreamingHttpResponse(csv_lines(job, access), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{job.pk}.csv"'
    return response


@require_POST
def cancel_one(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Ask the job to stop."""
    access = access_of(request)
    job = _managed(access, job_id)
    if cancel_job(job, actor=actor_of(request)):
        return _answer(request, job, _("It stops after the present batch. What was done until then stays."), "info")
    return _answer(request, job, _("It had ended already."), "info")


@require_POST
def undo_one(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Take it back: small ones at once, large ones in the background, as they were done."""
    access = access_of(request)
    job = _managed(access, job_id)
    try:
        undo = undo_job(job, actor=actor_of(request))
    except JobCannotBeUndone as refused:
        return _answer(request, job, told(job, refused.code, {}), "error")
    dismiss(access.operator, [job])
    if undo.background:
        return _answer(request, undo, _("%(what)s: begun.") % {"what": shown_label(undo)}, "info")
    undo = run_here(undo)
    if undo.state == Job.State.DONE:
        return _answer(request, undo, told_outcome(undo), "warning" if undo.refused else "success")
    return _answer(request, undo, told(undo, undo.error, undo.error_values), "error")


def _found(access: Access, job_id: int) -> Job:
    job = visible_jobs(access).select_related("undo_of", "site", "operator").filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def _managed(access: Access, job_id: int) -> Job:
    job = _found(access, job_id)
    if not may_manage(access, job):
        raise PermissionDenied
    return job


def _answer(request: HttpRequest, job: Job, words: str, level: str) -> HttpResponseBase:
    """For the tray's script the words; for a form back to where it stood, or to the job."""
    if request.headers.get("accept", "").startswith("application/json"):
        return JsonResponse({"level": level, "text": words})
    toast(request, words, level=level)
    came_from = request.headers.get("referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(came_from)
    return HttpResponseRedirect(reverse("admin:job", args=[job.pk]))


# --- the page of one job ------------------------------------------------------------------------------------


def _context(request: HttpRequest, access: Access, job: Job) -> dict[str, Any]:
    shown = show_job(job, access, now=timezone.now(), with_undo=True)
    reason, after = request.GET.get("reason", "")[:40], request.GET.get("after", "")
    reasons = reasons_of(job)
    # While it runs the pages would shift under the reader: until then only how many for which reason.
    refused = None
    if job.finished and reasons:
        start = int(after) if after.isascii() and after.isdigit() and len(after) <= 18 else 0
        refused = refused_page(job, access, code=reason if reason in {one.code for one in reasons} else "", after=start)
    undo = job.undos.exclude(state__in=[Job.State.FAILED, Job.State.CANCELLED]).order_by("-pk").first()
    return {
        "title": shown.label,
        "job": job,
        "shown": shown,
        "live": shown.open or (undo is not None and not undo.finished),
        "facts": _facts(access, job),
        "links": kind_of(job).links(job) if job.kind in job_kinds else [],
        "counts": told_outcome(job) if job.started_at else "",
        "reasons": reasons,
        "reason": reason,
        "refused": refused,
        "refused_start": after,
        "examples": examples_of(job, access),
        "log": [
            (note.level, shown_time(note.at), told(job, note.code, note.values))
            for note in job.notes.order_by("-pk")[:_LOG]
        ],
        "undone_by": undo,
        "no_undo": _no_undo(access, job, undo),
        "undo_until": shown_time(job.created_at + UNDO_TIME),
    }


def _facts(access: Access, job: Job) -> list[Any]:
    return kind_of(job).about(job, access) if job.kind in job_kinds else []


def _no_undo(access: Access, job: Job, undo: Job | None) -> str:
    """Why there is no Undo button; empty where there is one, or nobody would look for one."""
    if not job.finished or job.dry_run or job.undo_of_id is not None or undo is not None:
        return ""
    if (code := no_undo_code(job)) is not None:
        # Of what failed or was cancelled before it began it is said above that nothing was changed.
        return "" if code == "nothing_changed" and job.state != Job.State.DONE else told(job, code, {})
    if not may_manage(access, job):
        return _("Whoever started it, or an administrator, can undo it.")
    return ""


def _entries(request: HttpRequest) -> list[Entry]:
    if not access_of(request).may("jobs.viewAll"):
        return []
    return [Entry(gettext_lazy("Jobs"), reverse("admin:jobs"), "jobs")]


navigation.register("jobs", Section("jobs", "", 60, _entries))
desk_site.add_page("jobs/<int:job_id>/", show_one, "job")
desk_site.add_page("jobs/<int:job_id>/refused.csv", download_refused, "job_refused")
desk_site.add_page("jobs/<int:job_id>/cancel/", cancel_one, "job_cancel")
desk_site.add_page("jobs/<int:job_id>/undo/", undo_one, "job_undo")
