"""API keys of the site on show (API-2): make one, see its secret once, revoke it.

The rules are in ``desk.api_keys``.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from desk.admin import access_of, actor_of
from desk.admin.base import SiteScopedAdmin
from desk.admin.form_pages import Layout, form_context
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.api_keys import create_api_key, revoke_api_key
from desk.models import ApiKey

_LAYOUT: Layout = [
    (
        _("Key"),
        _("One for each program that talks to the open API, so that one can be revoked without the others."),
        [("name",)],
    )
]


class ApiKeyForm(forms.ModelForm):
    """A key needs only a name."""

    class Meta:
        model = ApiKey
        fields = ["name"]
        help_texts = {"name": _("The program that will use it, for example “Order sync”.")}


@admin.register(ApiKey, site=desk_site)
class ApiKeyAdmin(SiteScopedAdmin):
    """List, make, revoke. A key is never changed."""

    view_permission = "settings.change"
    add_permission = "settings.change"
    delete_permission = "settings.change"

    list_display = ["name", "access_key_code", "created_at", "last_used_at", "state"]
    list_display_links = None
    search_fields = ["name", "access_key"]
    change_list_template = "desk/api_keys.html"

    @admin.display(description=_("access key"))
    def access_key_code(self, key: ApiKey) -> SafeString:
        return format_html("<code>{}</code>", key.access_key)

    @admin.display(description=_("state"), ordering="revoked_at")
    def state(self, key: ApiKey) -> SafeString:
        if key.revoked_at:
            return format_html('<span class="badge">{}</span>', gettext("revoked"))
        return format_html(
            '<span class="badge badge-success">{}</span> <a class="btn btn-sm btn-danger" href="{}">{}</a>',
            gettext("live"),
            reverse("admin:desk_apikey_delete", args=[key.pk]),
            gettext("Revoke"),
        )

    @method_decorator(never_cache)
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make a key; the answer to this very request is the only one that shows the secret."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": gettext("New API key")}
        form = ApiKeyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            made = create_api_key(access_of(request).site, form.cleaned_data["name"], actor=actor_of(request))
            return TemplateResponse(request, "desk/api_key_made.html", {**context, "made": made})
        list_url = reverse("admin:desk_apikey_changelist")
        more = {"above_url": list_url, "above_label": gettext("API keys"), "cancel_url": list_url}
        more["submit_label"] = gettext("Create")
        return TemplateResponse(request, "desk/form_page.html", {**context, **form_context(form, _LAYOUT), **more})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A key has no page of its own beyond its line in the list."""
        self._found(request, object_id)
        return HttpResponseRedirect(reverse("admin:desk_apikey_changelist"))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, then revoke: the row stays for the audit log."""
        key = self._found(request, object_id)
        if request.method != "POST":
            context = {**self.admin_site.each_context(request), "title": gettext("Revoke API key"), "key": key}
            return TemplateResponse(request, "desk/api_key_revoke.html", context)
        revoke_api_key(key, actor=actor_of(request), now=timezone.now())
        toast(request, gettext("%(name)s no longer gets in.") % {"name": key.name})
        return HttpResponseRedirect(reverse("admin:desk_apikey_changelist"))

    def _found(self, request: HttpRequest, object_id: str) -> ApiKey:
        if not self.has_delete_permission(request):
            raise PermissionDenied
        key: ApiKey | None = self.get_object(request, object_id)
        if key is None:
            raise Http404
        return key
