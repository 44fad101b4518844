"""IMP-4: the check over the whole file with its counts, then what will happen in words, then the import itself."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET

from contacts.admin.import_base import TEMPLATES, Opened, open_import, seen, step_context
from contacts.admin.import_progress import answer_progress, progress_context, why_failed
from contacts.admin.import_words import field_label, field_labels, shown_verdicts
from contacts.importing.starting import ImportRefused, Stage, start_check, start_run
from contacts.importing.verdicts import Verdicts, verdicts
from contacts.models import ContactImport, Verdict
from desk.admin import actor_of
from desk.admin.toasts import toast
from desk.jobs.queueing import cancel_job
from desk.models import Job

# What does not come into the desk, or is there already.
_NOT_WRITTEN = (Verdict.REFUSED, Verdict.UNCHANGED)

# Tags are told by themselves; by the memberId people are found, and the desk gives customer numbers itself.
_NOT_TOLD = ("tags", "memberId", "customerNumber")


def show_check(request: HttpRequest, object_id: str) -> HttpResponse:
    """GET: progress, then what was found. POST: cancel the check, or begin it anew."""
    opened = open_import(request, object_id)
    if opened.has_run:
        return HttpResponseRedirect(opened.url("report"))
    job = opened.row.check_job
    if request.method == "POST":
        return _begin_or_cancel(request, opened)
    if job is not None and request.headers.get("hx-request") == "true":
        return answer_progress(request, job, heading=_heading(opened))
    if opened.stage == Stage.STORED:
        return HttpResponseRedirect(opened.url(opened.step))
    seen(opened, job)
    return TemplateResponse(
        request, f"{TEMPLATES}/check.html", step_context(request, opened, "check", **_found(opened))
    )


def _begin_or_cancel(request: HttpRequest, opened: Opened) -> HttpResponse:
    row, job = opened.row, opened.row.check_job
    if request.POST.get("do") == "cancel":
        if job is not None and cancel_job(job, actor=actor_of(request)):
            toast(request, _("The check was stopped. Nothing was imported."), level="info")
        return HttpResponseRedirect(opened.url("columns"))
    try:
        start_check(row, row.mapping, row.import_tag, actor=actor_of(request))
    except ImportRefused as refused:
        toast(request, refused.message, level="error")
    return HttpResponseRedirect(opened.url("check"))


def _heading(opened: Opened) -> str:
    return _("Checking %(name)s") % {"name": opened.row.name}


def _found(opened: Opened) -> dict[str, Any]:
    job = opened.row.check_job
    if opened.stage == Stage.CHECKING and job is not None:
        return {"progress": progress_context(job, heading=_heading(opened))}
    if opened.stage == Stage.CHECK_FAILED and job is not None:
        return {"failed": why_failed(job)}
    found = verdicts(opened.row)
    return {
        "found": found,
        "verdicts": shown_verdicts(opened.row, found, sees=opened.sees),
        "imported": rows_to_import(found),
        "button": import_words(found),
    }


@require_GET
def show_confirm(request: HttpRequest, object_id: str) -> HttpResponse:
    """What will happen, in words; the button posts to django-import-export's ``process_import``."""
    opened = open_import(request, object_id)
    if opened.stage != Stage.CHECKED:
        return HttpResponseRedirect(opened.url(opened.step))
    found = verdicts(opened.row)
    context = {
        "found": found,
        "sentences": _sentences(found),
        "writes": _writes(opened),
        "imported": rows_to_import(found),
        "button": import_words(found),
    }
    return TemplateResponse(request, f"{TEMPLATES}/confirm.html", step_context(request, opened, "confirm", **context))


def run_import(request: HttpRequest) -> HttpResponse:
    """POST: import what was checked, and shown."""
    opened = open_import(request, request.POST.get("import", ""))
    try:
        start_run(opened.row, actor=actor_of(request))
    except ImportRefused as refused:
        toast(request, refused.message, level="error")
        return HttpResponseRedirect(open_import(request, str(opened.row.pk)).url(_back_to(opened.row)))
    return HttpResponseRedirect(opened.url("report"))


def _back_to(row: ContactImport) -> str:
    job: Job | None = row.run_job
    return "report" if job is not None else "columns" if "columns" in row.mapping else "file"


def rows_to_import(found: Verdicts) -> int:
    """The rows that are written: all but those that are left out and those that say nothing new."""
    return found.rows - sum(found.counts[verdict] for verdict in _NOT_WRITTEN)


def import_words(found: Verdicts) -> str:
    """“Import 59,310 rows”."""
    rows = rows_to_import(found)
    return ngettext("Import %(n)s row", "Import %(n)s rows", rows) % {"n": _number(rows)}


def _number(count: int) -> str:
    return formats.number_format(count, force_grouping=True)


def _sentences(found: Verdicts) -> list[str]:
    """What becomes of how many; what is nobody is not told."""
    counts = found.counts

    def told(verdict: str, one: str, many: str) -> str:
        return (one if counts[verdict] == 1 else many) % {"n": _number(counts[verdict])} if counts[verdict] else ""

    people = found.contacts_created
    return [
        line
        for line in (
            ngettext("%(n)s person is added.", "%(n)s people are added.", people) % {"n": _number(people)}
            if people
            else "",
            told(
                Verdict.UPDATED, _("%(n)s person who is here is updated."), _("%(n)s people who are here are updated.")
            ),
            told(
                Verdict.DUPLICATE,
                _("%(n)s further row about the same person is written over the one before."),
                _("%(n)s further rows about the same people are written over the ones before."),
            ),
            told(
                Verdict.MERGED, _("%(n)s lead becomes one with a member."), _("%(n)s leads become one with a member.")
            ),
            told(
                Verdict.DELAYED,
                _("%(n)s lead becomes one with a member at the next sign-in on your pages."),
                _("%(n)s leads become one with a member at the next sign-in on your pages."),
            ),
            told(
                Verdict.SUGGESTED,
                _("%(n)s pair comes to the Suggestions, to be looked at by a person."),
                _("%(n)s pairs come to the Suggestions, to be looked at by a person."),
            ),
            told(Verdict.UNCHANGED, _("%(n)s row says nothing new."), _("%(n)s rows say nothing new.")),
            told(Verdict.REFUSED, _("%(n)s row is left out."), _("%(n)s rows are left out.")),
        )
        if line
    ]


def _writes(opened: Opened) -> list[tuple[str, str]]:
    """What the columns write: (what happens, the fields)."""
    labels = field_labels(opened.access.site)
    columns = [column for column in opened.row.mapping["columns"] if column.get("field")]

    def names(wanted: list[Mapping[str, Any]]) -> str:
        return ", ".join(field_label(column["field"], labels) for column in wanted)

    known = [column for column in columns if not column.get("new") and column["field"] not in _NOT_TOLD]
    groups = [
        (pgettext("fields", "Overwritten"), names([one for one in known if one.get("mode") != "fill"])),
        (_("Filled only where nothing is"), names([one for one in known if one.get("mode") == "fill"])),
        (_("New fields"), names([one for one in columns if one.get("new")])),
        (_("Tags"), _tags(columns)),
        (
            pgettext("columns", "Left out"),
            ", ".join(one["header"] for one in opened.row.mapping["columns"] if not one.get("field")),
        ),
    ]
    return [(label, text) for label, text in groups if text]


def _tags(columns: list[Any]) -> str:
    modes = [column.get("mode") for column in columns if column["field"] == "tags"]
    if not modes:
        return ""
    return (
        _("Those of the file replace the ones that are there.")
        if modes[0] == "replace"
        else _("Those of the file are added.")
    )
