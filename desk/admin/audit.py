"""The audit log of the site on show: read only, searchable, newest first (SITE-4)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from desk.admin.audit_words import details_in_words, target_in_words, words_of
from desk.admin.base import SiteScopedAdmin
from desk.admin.site import desk_site
from desk.models import AuditEntry


@admin.register(AuditEntry, site=desk_site)
class AuditAdmin(SiteScopedAdmin):
    """A list; entries have no page of their own."""

    view_permission = "audit.view"

    list_display = ["time", "action_words", "actor", "target_words", "details_words", "reason", "address"]
    list_display_links = None
    list_filter = ["operator"]
    search_fields = ["actor", "action", "target_id", "reason", "address"]
    search_help_text = _("Actor, action, number of what it was done to, reason or IP address")
    ordering = ["-at", "-id"]
    sortable_by = ["time"]
    list_per_page = 100
    empty_value_display = ""
    change_list_template = "desk/audit.html"

    @admin.display(description=_("action"))
    def action_words(self, entry: AuditEntry) -> str:
        return words_of(entry.action)

    @admin.display(description=_("on"))
    def target_words(self, entry: AuditEntry) -> str:
        return target_in_words(entry)

    @admin.display(description=_("time"), ordering="at")
    def time(self, entry: AuditEntry) -> str:
        at = timezone.localtime(entry.at)
        return f"{date_format(at, 'SHORT_DATE_FORMAT')} {date_format(at, 'H:i:s')}"

    @admin.display(description=_("details"))
    def details_words(self, entry: AuditEntry) -> str:
        return details_in_words(entry)

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
        return HttpResponseRedirect(reverse("admin:desk_auditentry_changelist"))
