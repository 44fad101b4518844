"""What the pages of grades and of their rules share: forms that open in a dialog, or as a page of their own."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from desk.admin.ruled import RuledAdmin
from tags.grade_errors import GradeRefused
from tags.models import Grade

COLORS = (
    "#b8860b", "#8a94a3", "#b06a3b", "#5aa0d8", "#d64545", "#6a52c7",
    "#1f8a8a", "#3f8f3f", "#a63fa6", "#d0457f", "#333f50", "#5b6b7f",
)  # fmt: skip


def carriers_url(grade: Grade) -> str:
    """The list of everybody who carries the grade."""
    document = {"and": [{"key": "grade", "op": "is", "values": [grade.name]}]}
    query = urlencode({"filter": json.dumps(document, ensure_ascii=False, separators=(",", ":"))})
    return f"{reverse('admin:contacts_contact_changelist')}?{query}"


class DialogAdmin(RuledAdmin):
    """A form that was asked for by htmx comes as the content of the page's dialog; saved, the page loads anew."""

    view_permission = "tags.view"
    add_permission = "tags.change"
    change_permission = "tags.change"
    delete_permission = "tags.change"
    refusals = (GradeRefused,)
    add_form_template = change_form_template = "tags/grade_form.html"
    new_title = ""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"colors": COLORS, "title": self.new_title, **(extra_context or {})}
        response = super().changeform_view(request, object_id, form_url, context)
        if _in_dialog(request) and isinstance(response, HttpResponseRedirect):
            answer = HttpResponse(status=204)
            # A rule that refused at the write leads back to the form: then the list shows the toast.
            is_form = response.url.split("?")[0] == request.path
            answer["HX-Redirect"] = self.list_url() if is_form else response.url
            return answer
        return response

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        response = super().render_change_form(request, context, *args, **kwargs)
        if _in_dialog(request):
            assert isinstance(response, TemplateResponse)
            response.template_name = "tags/grade_dialog.html"
            response.context_data = {**(response.context_data or {}), "form_action": request.get_full_path()}
        return response


def _in_dialog(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target") == "grade-dialog"
