"""An admin whose writes are rules of its app, so that Django's own saving and deleting never run.

It asks before it deletes, on a page that says what goes with it, and shows on the next page what a rule refused only
at the write (a name taken this moment, a full site).
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect

from desk.admin.base import SiteScopedAdmin
from desk.admin.toasts import toast


class RuledAdmin(SiteScopedAdmin):
    """``refusals`` are the exceptions of the rules; ``reason_of`` says one in words. ``delete_template`` extends
    ``admin/delete_confirmation.html``."""

    refusals: tuple[type[Exception], ...] = ()
    delete_template = "admin/delete_confirmation.html"

    def reason_of(self, refused: Exception) -> str:
        """Why a rule refused, for people."""
        return str(refused)

    def delete_by_rule(self, request: HttpRequest, obj: Any) -> str:
        """Delete ``obj``; answers the words of the toast."""
        raise NotImplementedError

    def consequences(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What the page that asks has to say, as context of its template."""
        return {}

    def page_context(self, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
        """The context of a page of this admin's own."""
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **more}

    def list_url(self) -> str:
        """The address of the management page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusals as refused:
            toast(request, self.reason_of(refused), level="error")
            return HttpResponseRedirect(request.get_full_path())

    @method_decorator(csrf_protect)
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.has_delete_permission(request, obj):
            raise PermissionDenied
        if request.method == "POST":
            toast(request, self.delete_by_rule(request, obj))
            return HttpResponseRedirect(self.list_url())
        context = self.page_context(request, _("Delete"), object=obj, **self.consequences(request, obj))
        return TemplateResponse(request, self.delete_template, {**context, **(extra_context or {})})
