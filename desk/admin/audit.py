"""The audit log of the site on show: read only, searched, newest first (SITE-4). ``audit_asked`` reads its address."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from desk.access import Access
from desk.admin import access_of
from desk.admin.audit_asked import AuditRefused, choices_of, read_asked
from desk.admin.audit_export import show_export
from desk.admin.audit_words import details_in_words, kind_in_words, target_in_words, words_of
from desk.admin.base import SiteScopedAdmin
from desk.admin.site import desk_site
from desk.audit_log import read_page
from desk.ids import read_id
from desk.jobs.targets import Target, find_targets
from desk.models import AuditEntry

LIST = "admin:desk_auditentry_changelist"


@admin.register(AuditEntry, site=desk_site)
class AuditAdmin(SiteScopedAdmin):
    """A list and its file; entries have no page of their own."""

    view_permission = "audit.view"

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/", export, name="desk_auditentry_export"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page; what is unknown in its address is refused, never ignored (FIL-11)."""
        access = self._reader(request)
        context: dict[str, Any] = {**self.admin_site.each_context(request), "title": _("Audit log"), "opts": self.opts}
        try:
            asked = read_asked(access, request.GET)
        except AuditRefused as refused:
            context["problem"] = refused.parameter
            return TemplateResponse(request, "desk/audit.html", context, status=400)
        found, older = read_page(asked.question, asked.after)
        context |= {
            "asked": asked,
            "choices": choices_of(asked),
            "rows": _rows(access, found),
            "older_url": asked.address(after=str(older)) if older else "",
            "first_url": asked.address() if asked.after else "",
            "export_url": reverse("admin:desk_auditentry_export") + asked.address(),
            "sees_installation": access.operator.is_superuser,
        }
        return TemplateResponse(request, "desk/audit.html", context)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """What the list is narrowed to, as a file."""
        access = self._reader(request)
        try:
            asked = read_asked(access, request.GET)
        except AuditRefused:
            return HttpResponseRedirect(reverse(LIST))
        return show_export(request, access, asked)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The list tells all there is."""
        if self.get_object(request, object_id) is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return HttpResponseRedirect(reverse(LIST))

    def _reader(self, request: HttpRequest) -> Access:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return access_of(request)


def _rows(access: Access, entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """The lines of a page; who people are is looked up for all of them at once."""
    ids = (read_id(entry.target_id) for entry in entries if entry.target_type == "contact")
    people = find_targets(access, [pk for pk in ids if pk is not None])
    return [_row(access, entry, people) for entry in entries]


def _row(access: Access, entry: AuditEntry, people: dict[int, Target]) -> dict[str, Any]:
    at = timezone.localtime(entry.at)
    person = people.get(read_id(entry.target_id) or 0) if entry.target_type == "contact" else None
    return {
        "at": entry.at,
        "when": f"{date_format(at, 'SHORT_DATE_FORMAT')} {date_format(at, 'H:i:s')}",
        "actor": entry.actor or _("somebody unknown"),
        "action": words_of(entry.action),
        "target": _target(entry, person),
        "target_title": target_in_words(entry),
        "url": person.url if person else "",
        "details": details_in_words(entry, sees_personal_data=access.sees_personal_data),
        "reason": entry.reason,
        "address": entry.address or "",
    }


def _target(entry: AuditEntry, person: Target | None) -> str:
    if person is not None:
        return f"{person.label} #{person.number}" if person.number else person.label
    if entry.target_type == "contact":
        return _("somebody who is no longer there")
    if entry.target_type == "operator":
        return ""  # says who did it, or the details do
    return kind_in_words(entry)  # the number of a tag or a rule says nothing; it is in the tooltip
