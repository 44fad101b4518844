"""IMP-9: the file of an export, for who may have it; never shown by the browser, never kept on the way."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse

from contacts.admin.export_pages import show_exports
from contacts.exporting.starting import PERMISSION, ExportNotFound, take_file
from contacts.exporting.storing import path_of
from contacts.models import ContactExport
from desk.admin import access_of, actor_of
from desk.admin.base import SiteScopedAdmin
from desk.admin.site import desk_site

_TYPES = {
    ContactExport.Format.CSV: "text/csv; charset=utf-8",
    ContactExport.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@admin.register(ContactExport, site=desk_site)
class ContactExportAdmin(SiteScopedAdmin):
    """The list of exports and their files; exports are asked for on the list of contacts."""

    view_permission = PERMISSION

    def get_urls(self) -> list[URLPattern]:
        file = path("<str:object_id>/file/", self.admin_site.admin_view(download), name="contacts_contactexport_file")
        return [file, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return show_exports(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An export has no page of its own: everything is in the list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if self.get_object(request, object_id) is None:
            raise Http404
        return HttpResponseRedirect(reverse("admin:contacts_contactexport_changelist"))


def download(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """GET: the file, as an attachment. 404 for another site's, a masked person's, an unfinished and a deleted one."""
    access = access_of(request)
    if not access.may(PERMISSION):
        raise PermissionDenied
    try:
        number = int(object_id) if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else 0
        export = take_file(number, access, actor=actor_of(request))
        file = path_of(export).open("rb")
    except (ExportNotFound, FileNotFoundError):
        raise Http404 from None
    response = FileResponse(
        file, as_attachment=True, filename=export.name, content_type=_TYPES[ContactExport.Format(export.format)]
    )
    response["Cache-Control"] = "private, no-store"
    return response
