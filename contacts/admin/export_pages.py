"""IMP-9, SITE-4: the export of what is listed, at django-import-export's address, and the page of the files."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.actions import ActionRefused
from contacts.admin.formats import day, moment
from contacts.admin.list_request import ListRefused, ListRequest, read_list_request
from contacts.bulk import start_action
from contacts.exporting.action import EXPORT
from contacts.exporting.starting import DEFAULT_SORT, may_download
from contacts.exporting.storing import KEPT, was_withdrawn
from contacts.filters.compile import Purpose
from contacts.filters.errors import FilterError
from contacts.filters.reading import Asker
from contacts.models import ContactExport
from contacts.selection import Selection, SelectionChanged
from contacts.time_limit import LIST_SECONDS, TookTooLong, time_limit
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.navigation import Entry
from desk.admin.site import desk_site
from desk.admin.toasts import toast, toast_now
from desk.jobs.progress import progress_of
from desk.jobs.telling import number
from desk.jobs.tray import dismiss
from desk.jobs.words import told
from desk.models import Job

_TEMPLATES = "admin/contacts/export"
PAGE_SIZE = 50


def _exporter(request: HttpRequest) -> Access:
    access = access_of(request)
    if not access.may(EXPORT.permission):
        raise PermissionDenied
    return access


# --- asking for one -----------------------------------------------------------------------------------------


def show_export(request: HttpRequest) -> HttpResponse:
    """GET: the dialog, with the people of the list whose address this is. POST: begin; the file comes by itself."""
    access = _exporter(request)
    try:
        asked = read_list_request(access, request.GET)
        with time_limit(LIST_SECONDS):
            found = asked.contacts(Purpose.COUNT).count()
    except ListRefused as refusal:
        return _dialog(request, access, problem=refusal.problems[0].message)
    except TookTooLong:
        return _dialog(request, access, problem=_("Finding these people took too long. Narrow the filter."))
    if request.method != "POST":
        form = EXPORT.form_class(site=access.site, access=access, initial={"sort": _sort(asked)})
        return _dialog(request, access, asked, form, found)
    return _begin(request, access, asked, found)


def _begin(request: HttpRequest, access: Access, asked: ListRequest, found: int) -> HttpResponse:
    form = EXPORT.form_class({**request.POST.dict(), "sort": _sort(asked)}, site=access.site, access=access)
    if not form.is_valid():
        return _dialog(request, access, asked, form, found)
    sent = request.POST.get("expectedCount", "")
    expected = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else found
    selection = Selection(filter=asked.filter.data, search=asked.search, expected_count=expected)
    try:
        start_action(
            EXPORT, selection, form.params(), site=access.site, actor=actor_of(request), asker=Asker.of(access)
        )
    except SelectionChanged as changed:
        words = _("Nothing was exported: there were %(expected)s people, and there are %(found)s now. Look again.")
        values = {"expected": number(changed.expected), "found": number(changed.found)}
        return _dialog(request, access, asked, form, found, problem=words % values)
    except (ActionRefused, FilterError, TookTooLong) as error:
        return _dialog(request, access, asked, form, found, problem=_reason(error))
    return _begun(request)


def _reason(error: Exception) -> str:
    if isinstance(error, FilterError):
        return error.problems[0].message
    return error.message if isinstance(error, ActionRefused) else _("Finding these people took too long.")


def _begun(request: HttpRequest) -> HttpResponse:
    words = _("The file is being written. You find it under Exports.")
    if request.headers.get("hx-request") != "true":
        toast(request, words, level="info")
        return HttpResponseRedirect(reverse("admin:contacts_contactexport_changelist"))
    response = HttpResponse(status=204)
    response["HX-Trigger"] = '{"export-begun": {}, "jobs-changed": {}}'
    toast_now(response, words, level="info")
    return response


def _sort(asked: ListRequest) -> str:
    return asked.parameters.get("o") or DEFAULT_SORT


def _dialog(
    request: HttpRequest,
    access: Access,
    asked: ListRequest | None = None,
    form: Any = None,
    found: int = 0,
    *,
    problem: str = "",
) -> HttpResponse:
    people = ngettext("%(n)s person", "%(n)s people", found) % {"n": number(found)}
    context = {
        "form": form,
        "found": found,
        "people": people,
        "problem": problem,
        "narrowed": asked.narrowed if asked else False,
        "masked": not access.sees_personal_data,
        "days": KEPT.days,
        "address": f"{reverse('admin:contacts_contact_export')}{asked.address(edit='') if asked else ''}",
        "list_url": f"{reverse('admin:contacts_contact_changelist')}{asked.address() if asked else ''}",
    }
    if request.headers.get("hx-request") == "true":
        return TemplateResponse(request, f"{_TEMPLATES}/dialog.html", context)
    page = {**desk_site.each_context(request), "title": _("Export people"), **context}
    status = 400 if problem or (form is not None and form.errors) else 200
    return TemplateResponse(request, f"{_TEMPLATES}/page.html", page, status=status)


# --- the files ----------------------------------------------------------------------------------------------


def show_exports(request: HttpRequest) -> HttpResponse:
    """Who took what away, when and why, newest first; the files while there are any. For htmx only the rows."""
    access = _exporter(request)
    exports = ContactExport.objects.filter(site=access.site).select_related("job", "job__site").order_by("-id")
    page = Paginator(exports, PAGE_SIZE).get_page(request.GET.get("p"))
    rows = [_row(access, export) for export in page]
    ended = [row["job"] for row in rows if row["job"] and row["job"].finished]
    dismiss(access.operator, [job for job in ended if job.operator_id == access.operator.pk])
    context = {"rows": rows, "page": page, "writing": any(row["state"] == "writing" for row in rows)}
    if request.headers.get("hx-request") == "true":
        return TemplateResponse(request, f"{_TEMPLATES}/rows.html", context)
    frame = {**desk_site.each_context(request), "title": _("Exports"), "opts": ContactExport._meta}
    return TemplateResponse(request, f"{_TEMPLATES}/list.html", {**frame, **context})


def _row(access: Access, export: ContactExport) -> dict[str, Any]:
    job = export.job
    state = _state(export, job)
    zone = access.site.zone
    return {
        "export": export,
        "job": job,
        "state": state,
        "percent": progress_of(job).percent if job is not None and state == "writing" else None,
        "why": told(job, job.error, job.error_values) if job is not None and state == "failed" else "",
        "file_url": reverse("admin:contacts_contactexport_file", args=[export.pk])
        if may_download(export, access)
        else "",
        "hidden": state == "ready" and not may_download(export, access),
        "at": moment(export.created_at, zone),
        "withdrawn": was_withdrawn(export),
        "until": day((export.created_at + KEPT).astimezone(zone).date()),
    }


def _state(export: ContactExport, job: Job | None) -> str:
    """ready, writing, failed, cancelled or deleted."""
    if export.forgotten_at is not None or export.created_at + KEPT <= timezone.now():
        return "deleted"
    if export.ready_at is not None:
        return "ready"
    if job is None or job.state == Job.State.FAILED:
        return "failed"
    return "cancelled" if job.state == Job.State.CANCELLED else "writing"


def export_entries(request: HttpRequest) -> list[Entry]:
    """The line of the sidebar, for who may export."""
    if not access_of(request).may(EXPORT.permission):
        return []
    url = reverse("admin:contacts_contactexport_changelist")
    active = request.path == reverse("admin:contacts_contact_export")
    return [
        Entry(gettext_lazy("Exports"), url, "export", active=active, title=gettext_lazy("Files that were exported"))
    ]
