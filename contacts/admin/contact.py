"""The contacts' place in Django's admin: its addresses and permissions. What they show is in the modules beside."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path

from contacts.admin import (
    actions_panel,
    add_page,
    column_dialog,
    contact_page,
    delete_page,
    filter_builder,
    holds,
    list_view,
    merge_dialog,
    subject_access_page,
    unmatched_terms,
)
from contacts.admin.import_admin import ContactsImportExport
from contacts.models import Contact
from desk.admin.base import SiteScopedAdmin
from desk.admin.site import desk_site

Answer = TypeVar("Answer", bound=HttpResponseBase)


@admin.register(Contact, site=desk_site)
class ContactAdmin(ContactsImportExport, SiteScopedAdmin):
    """Django's own ways to delete are shut: an erasure has rules of its own (RET-4) and a page of its own."""

    view_permission = "contacts.view"
    add_permission = "contacts.add"
    change_permission = "contacts.change"
    delete_permission = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(managed=True)

    def get_urls(self) -> list[URLPattern]:
        return [*self._own_urls(), *super().get_urls()]

    def _own_urls(self) -> list[URLPattern]:
        def page(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(self._viewers_only(view)), name=f"contacts_contact_{name}")

        return [
            page("count/", list_view.show_count, "count"),
            page("columns/", column_dialog.show_columns, "columns"),
            page("columns/save/", column_dialog.save_columns, "columns_save"),
            page("filter/fields/", filter_builder.catalogue, "filter_fields"),
            page("filter/values/", filter_builder.suggestions, "filter_values"),
            page("filter/properties/", filter_builder.properties, "filter_properties"),
            page("filter/check/", filter_builder.check, "filter_check"),
            page("filter/unmatched/", unmatched_terms.show_unmatched, "filter_unmatched"),
            page("filter/keep/", filter_builder.keep, "filter_keep"),
            page("filter/kept/", filter_builder.kept, "filter_kept"),
            page("actions/<slug:name>/", actions_panel.show_action, "action"),
            page("actions/<slug:name>/jobs/<int:job_id>/", actions_panel.show_action_job, "action_job"),
            page("merge/", merge_dialog.compare_two, "compare"),
            page("<str:object_id>/merge/", merge_dialog.show_merge, "merge"),
            page("<str:object_id>/details/<slug:group>/", contact_page.edit_details, "details"),
            page("<str:object_id>/block/", contact_page.switch_block, "block"),
            page("<str:object_id>/personal-data/", subject_access_page.show_subject_access, "subject_access"),
            page("<str:object_id>/retention/", holds.show_line, "retention"),
            page("<str:object_id>/hold/", holds.show_hold, "hold"),
            page("<str:object_id>/hold/<str:hold_id>/end/", holds.end_this_hold, "hold_end"),
            page("<str:object_id>/timeline/", contact_page.show_timeline, "timeline"),
        ]

    def _viewers_only(self, view: Callable[..., Answer]) -> Callable[..., Answer]:
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Answer:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return self._viewers_only(list_view.show_list)(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._viewers_only(add_page.show_add)(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._viewers_only(contact_page.show_contact)(request, object_id)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._viewers_only(delete_page.show_delete)(request, object_id)
