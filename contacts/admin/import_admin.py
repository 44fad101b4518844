"""IMP-10: imports in Django's admin: django-import-export's frame on the contacts, and the list of imports.

The library brings the buttons, the addresses (``…/import/``, ``…/process_import/``, ``…/export/``), the hooks for
permissions and the resource that names the fields. Its own runner is not used: reading, checking and writing are jobs
(docs/decisions).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV, TSV, XLSX

from contacts.admin import export_pages, import_check, import_columns, import_file, import_report, import_upload
from contacts.admin.formats import moment
from contacts.admin.import_base import STAGE_LOOKS, STAGE_WORDS, Opened, importer, open_import, people_url
from contacts.importing.resources import ContactResource
from contacts.importing.starting import Stage, stage_of
from contacts.models import ContactImport, Verdict
from desk.access import Access
from desk.admin import access_of, operator_of
from desk.admin.base import SiteScopedAdmin
from desk.admin.navigation import Entry, Section, navigation
from desk.admin.site import desk_site

if TYPE_CHECKING:
    _Mixin = SiteScopedAdmin
else:
    _Mixin = object

PAGE_SIZE = 50


class ContactsImportExport(ImportExportMixin, _Mixin):
    """The library's place in the contacts' admin: its addresses and permissions, our pages behind them."""

    resource_classes = [ContactResource]
    formats = [CSV, TSV, XLSX]
    import_export_change_list_template = "admin/contacts/contact/change_list.html"

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Asked by the library's templates and pages too."""
        return self._may(request, "contacts.import")

    def has_export_permission(self, request: HttpRequest) -> bool:
        """The same for exports."""
        return self._may(request, "contacts.export")

    @method_decorator(csrf_exempt)  # not unchecked: import_upload says first how an upload is taken, then checks
    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The library's upload page: the first step."""
        return import_upload.show_upload(request)

    @method_decorator(require_POST)
    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The library's “confirm”: import what was checked."""
        return import_check.run_import(request)

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """The library's export page: asks for format, columns and a reason, and begins a job."""
        return export_pages.show_export(request)


@admin.register(ContactImport, site=desk_site)
class ContactImportAdmin(SiteScopedAdmin):
    """Imports are made by uploading and changed by their steps only."""

    view_permission = "contacts.import"

    def get_urls(self) -> list[URLPattern]:
        return [*self._own_urls(), *super().get_urls()]

    def _own_urls(self) -> list[URLPattern]:
        def page(route: str, view: Callable[..., Any], name: str) -> URLPattern:
            address = f"<str:object_id>/{route}"
            return path(address, self.admin_site.admin_view(view), name=f"contacts_contactimport_{name}")

        return [
            page("file/", import_file.show_file, "file"),
            page("discard/", import_upload.delete, "discard"),
            page("columns/", import_columns.show_columns, "columns"),
            page("check/", import_check.show_check, "check"),
            page("confirm/", import_check.show_confirm, "confirm"),
            page("report/", import_report.show_report, "report"),
            page("undo/", import_report.show_undo, "undo"),
            page("rejected.csv", import_report.download_rejected, "rejected"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The imports of the site, newest first."""
        access = importer(request)
        imports = (
            ContactImport.objects.filter(site=access.site)
            .select_related("check_job", "run_job", "operator")
            .defer("mapping")
            .order_by("-id")
        )
        page = Paginator(imports, PAGE_SIZE).get_page(request.GET.get("p"))
        context = {
            **desk_site.each_context(request),
            "title": _("Imports"),
            "rows": [_row(access, one, operator_of(request).pk) for one in page],
            "page": page,
            "opts": ContactImport._meta,
        }
        return TemplateResponse(request, "admin/contacts/import/list.html", context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        importer(request)
        return HttpResponseRedirect(reverse("admin:contacts_contact_import"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Where somebody who comes back goes on."""
        opened = open_import(request, object_id)
        return HttpResponseRedirect(opened.url(opened.step))


def _row(access: Access, one: ContactImport, operator_id: int) -> dict[str, Any]:
    stage = stage_of(one)
    opened = Opened(access, one, stage, sees=False)
    look, icon = STAGE_LOOKS[stage]
    told = (one.ran or one.checked).get("verdicts", {})
    counts = {verdict: int(told.get(verdict, 0)) for verdict in Verdict}
    return {
        "import": one,
        "url": opened.url("change"),
        "stage": STAGE_WORDS[stage],
        "look": look,
        "icon": icon,
        "at": moment(one.created_at, access.site.zone),
        "rows": sum(counts.values()),
        "created": counts[Verdict.CREATED],
        "updated": counts[Verdict.UPDATED],
        "refused": counts[Verdict.REFUSED],
        "discard_url": opened.url("discard") if stage == Stage.STORED and one.check_job_id is None else "",
        "people_url": people_url(one.import_tag) if opened.has_run else "",
    }


def _entries(request: HttpRequest) -> list[Entry]:
    if not access_of(request).may("contacts.import"):
        return []
    url = reverse("admin:contacts_contactimport_changelist")
    active = request.path == reverse("admin:contacts_contact_import")
    return [
        Entry(gettext_lazy("Imports"), url, "import", active=active, title=gettext_lazy("Import people from a file"))
    ]


navigation.register(
    "imports", Section("imports", "", 60, lambda request: [*_entries(request), *export_pages.export_entries(request)])
)
