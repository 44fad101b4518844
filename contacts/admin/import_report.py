"""IMP-4, IMP-5, IMP-7, IMP-8: the import while it runs, what it did, the rows that were left out, and its undo."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from contacts.admin.formats import moment
from contacts.admin.import_base import TEMPLATES, Opened, open_import, people_url, seen, step_context
from contacts.admin.import_check import rows_to_import
from contacts.admin.import_progress import answer_progress, progress_context, why_failed
from contacts.admin.import_words import shown_verdicts
from contacts.importing.rejects import rejected_rows
from contacts.importing.starting import Stage
from contacts.importing.verdicts import verdicts
from contacts.models import ImportRow, Merge, Verdict
from desk.admin import actor_of
from desk.admin.toasts import toast
from desk.audit import record
from desk.jobs.queueing import JobCannotBeUndone, cancel_job, undo_job
from desk.jobs.words import no_undo_code, told
from desk.models import Job

_MOST_MERGES = 20
_MOST_LEFT = 50


def show_report(request: HttpRequest, object_id: str) -> HttpResponse:
    """GET: progress, then the result. POST: stop the import; what was done until then stays, and can be undone."""
    opened = open_import(request, object_id)
    if not opened.has_run:
        return HttpResponseRedirect(opened.url(opened.step))
    job = _running(opened)
    if request.method == "POST":
        if request.POST.get("do") == "cancel" and job is not None and cancel_job(job, actor=actor_of(request)):
            toast(
                request,
                _("The import was stopped. What was imported until then stays; it can be undone."),
                level="info",
            )
        return HttpResponseRedirect(opened.url("report"))
    current = job or _undo_of(opened) or opened.row.run_job
    if request.headers.get("hx-request") == "true" and current is not None:
        return answer_progress(request, current, heading=_heading(opened))
    seen(opened, current)
    context = {"progress": progress_context(job, heading=_heading(opened))} if job else _result(opened)
    return TemplateResponse(request, f"{TEMPLATES}/report.html", step_context(request, opened, "report", **context))


def _running(opened: Opened) -> Job | None:
    """The job that is at work on it just now."""
    job = _undo_of(opened) if opened.stage == Stage.UNDOING else opened.row.run_job
    return job if job is not None and not job.finished else None


def _undo_of(opened: Opened) -> Job | None:
    job = opened.row.run_job
    return job.undos.order_by("-id").first() if job is not None else None


def _heading(opened: Opened) -> str:
    words = _("Undoing the import of %(name)s") if opened.stage == Stage.UNDOING else _("Importing %(name)s")
    return words % {"name": opened.row.name}


def _result(opened: Opened) -> dict[str, Any]:
    row, job = opened.row, opened.row.run_job
    found = verdicts(row)
    merges = _merges(opened)
    return {
        "found": found,
        "verdicts": shown_verdicts(row, found, sees=opened.sees),
        "imported": rows_to_import(found),
        "failed": why_failed(job) if job is not None and job.state == Job.State.FAILED else "",
        "people_url": people_url(row.import_tag) if _has_left_people(opened) else "",
        "rejected": found.counts[Verdict.REFUSED],
        "may_download": opened.sees and bool(row.stored_as),
        "fields": [one["field"].removeprefix("profile.") for one in row.mapping.get("columns", []) if one.get("new")],
        "merges": merges,
        "more_merges": len(merges) == _MOST_MERGES,
        "suggestions_url": reverse("admin:suggestions") if found.counts[Verdict.SUGGESTED] else "",
        "finished_at": moment(job.finished_at, opened.access.site.zone) if job and job.finished_at else "",
        "why_no_undo": _why_no_undo(job),
        "undone": _undone(opened),
    }


def _has_left_people(opened: Opened) -> bool:
    """After an undo nobody carries the tag but those that stayed as they were."""
    undo = _undo_of(opened)
    return opened.stage != Stage.UNDONE or (undo is not None and undo.refused > 0)


def _merges(opened: Opened) -> list[tuple[str, str]]:
    """The first merges that the import made, each with its page, where it can be undone by itself."""
    made = ImportRow.objects.filter(site=opened.row.site_id, contact_import=opened.row, verdict=Verdict.MERGED)
    lists = made.order_by("line").values_list("made", flat=True)[:_MOST_MERGES]
    ids = [pk for one in lists if one for pk in one.get("merges", [])]
    merges = Merge.objects.filter(site=opened.row.site_id, pk__in=ids).order_by("id").defer("journal")
    return [
        (
            _("Customer %(number)s") % {"number": one.absorbed_customer_number},
            reverse("admin:contact_merge", args=[one.pk]),
        )
        for one in merges
    ]


def _why_no_undo(job: Job | None) -> str:
    if job is None:
        return _("This is more than 30 days ago.")
    code = no_undo_code(job)
    return told(job, code, {}) if code else ""


def _undone(opened: Opened) -> dict[str, Any] | None:
    """What the undo took back, and what it left alone with the reason."""
    job = _undo_of(opened)
    if job is None or not job.finished:
        return None
    left = job.refusals.order_by("id")[:_MOST_LEFT]
    return {
        "job": job,
        "failed": why_failed(job) if job.state == Job.State.FAILED else "",
        "at": moment(job.finished_at, opened.access.site.zone) if job.finished_at else "",
        "left": [(_contact_url(one.target_id), one.target_id, told(job, one.code, one.values)) for one in left],
        "more": max(job.refused - _MOST_LEFT, 0),
    }


def _contact_url(pk: int | None) -> str:
    return reverse("admin:contacts_contact_change", args=[pk]) if pk else ""


def show_undo(request: HttpRequest, object_id: str) -> HttpResponse:
    """GET: what an undo does. POST: do it."""
    opened = open_import(request, object_id)
    job = opened.row.run_job
    if request.method == "POST" and job is not None:
        try:
            undo_job(job, actor=actor_of(request))
        except JobCannotBeUndone as error:
            toast(request, told(job, error.code, {}), level="error")
        return HttpResponseRedirect(opened.url("report"))
    if not opened.has_run or _why_no_undo(job):
        return HttpResponseRedirect(opened.url("report" if opened.has_run else opened.step))
    found = verdicts(opened.row)
    context = {"found": found, "created": found.contacts_created, "updated": found.counts[Verdict.UPDATED]}
    return TemplateResponse(request, f"{TEMPLATES}/undo.html", step_context(request, opened, "report", **context))


@require_GET
def download_rejected(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """IMP-5: the rows that were left out and why, in the file's own encoding; it holds personal data."""
    opened = open_import(request, object_id)
    if not opened.row.stored_as or not opened.sees:
        raise Http404
    record(
        "contactimport.download",
        actor=actor_of(request),
        site=opened.access.site,
        target=opened.row,
        details={"name": opened.row.name},
    )
    response = StreamingHttpResponse(rejected_rows(opened.row), content_type="text/csv")
    response["Content-Disposition"] = disposition(f"{Path(opened.row.name).stem} {pgettext('rows', 'left out')}.csv")
    response["Cache-Control"] = "no-store"
    return response


def disposition(name: str) -> str:
    """Saved under this name and never shown in the browser, whatever it holds."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in " .-_") else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
