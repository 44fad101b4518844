"""SEG-1, SEG-6: the management page of segments, and the address at which the filter builder saves one."""

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from contacts.filters.describe import describe
from contacts.filters.document import parse_filter, parse_filter_text
from contacts.filters.errors import FilterError
from contacts.filters.reading import Reading
from contacts.folding import fold
from desk.admin import access_of, actor_of
from desk.admin.base import SiteScopedAdmin
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import Site
from segments.admin.editing import segment_for_builder
from segments.admin.navigation import contacts_url
from segments.admin.preview import preview
from segments.admin.saving import save_from_builder
from segments.errors import SegmentRefused
from segments.models import Segment
from segments.saving import (
    MAX_NAME,
    change_segment,
    delete_segment,
    duplicate_segment,
    parse_name,
    reorder_segments,
    segments_asking_for,
)
from segments.sharing import manageable_segments, may_change

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Segment]
else:
    _ModelForm = forms.ModelForm


class SegmentForm(_ModelForm):
    """Name, who sees it, and the conditions as a filter document."""

    conditions = forms.CharField(
        label=gettext_lazy("Filter document"),
        widget=forms.Textarea(attrs={"rows": 10, "class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["conditions"] = json.dumps(self.instance.filter, ensure_ascii=False, indent=2)

    class Meta:
        model = Segment
        fields = ("name", "shared")
        widgets = {"name": forms.TextInput(attrs={"maxlength": MAX_NAME, "autocomplete": "off"})}
        help_texts = {"shared": gettext_lazy("Otherwise only its owner and administrators see it.")}

    def clean_name(self) -> str:
        try:
            return parse_name(self.cleaned_data["name"])
        except SegmentRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None

    def clean_conditions(self) -> dict[str, Any] | None:
        """The document in canonical form; None when it was left as it is, also when it no longer can be read."""
        if "conditions" not in self.changed_data:
            return None
        reading = Reading(self.instance.site, (self.instance.pk,))
        try:
            return parse_filter_text(self.cleaned_data["conditions"], site=self.instance.site, reading=reading).data
        except FilterError as error:
            raise forms.ValidationError([f"{one.path}: {one.message}".lstrip(": ") for one in error.problems]) from None


@admin.register(Segment, site=desk_site)
class SegmentAdmin(SiteScopedAdmin):
    """Segments of the site on show: the shared ones and one's own; an administrator finds all of them."""

    view_permission = "segments.view"
    change_permission = "segments.change"
    delete_permission = "segments.change"
    form = SegmentForm
    fieldsets = (
        (gettext_lazy("Segment"), {"fields": ("name", "shared")}),
        (
            gettext_lazy("Conditions"),
            {
                "fields": ("conditions",),
                "description": gettext_lazy("To build them by hand, filter the list and save the filter as a segment."),
            },
        ),
    )
    change_form_template = "segments/segment_form.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return manageable_segments(access_of(request)).select_related("owner", "site")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_change(obj, access_of(request)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or may_change(obj, access_of(request)))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("save/", wrap(save_from_builder), name="segments_segment_save"),
            path("<int:pk>/filter/", wrap(segment_for_builder), name="segments_segment_filter"),
            path("<int:pk>/preview/", wrap(preview), name="segments_segment_preview"),
            path("<int:pk>/duplicate/", wrap(require_POST(self.duplicate)), name="segments_segment_duplicate"),
            path("<int:pk>/move/", wrap(require_POST(self.move)), name="segments_segment_move"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All segments in the order of the sidebar, each in words."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        access, query = access_of(request), request.GET.get("q", "")[:MAX_NAME]
        segments = [segment for segment in self.get_queryset(request) if fold(query) in segment.name_folded]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Segments"),
            "opts": self.opts,
            "rows": [_row(segment, may_change(segment, access)) for segment in segments],
            "query": query,
            "may_add": access.may("segments.change"),
            "may_order": access.may("segments.changeAll") and not query,
            **(extra_context or {}),
        }
        partial = bool(request.headers.get("HX-Request"))
        template = "segments/segment_rows.html" if partial else "segments/segment_list.html"
        return TemplateResponse(request, template, context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Django's form with the conditions in words; a name taken this moment comes back too."""
        segment = self.get_object(request, object_id) if object_id else None
        row = _row(segment, True) if segment else {}
        try:
            return super().changeform_view(request, object_id, form_url, {"row": row, **(extra_context or {})})
        except SegmentRefused as refused:
            toast(request, refused.message, level="error")
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        segment = self.get_queryset(request).get(pk=obj.pk)
        data = form.cleaned_data
        change_segment(
            segment, actor=actor_of(request), name=data["name"], shared=data["shared"], filter=data["conditions"]
        )

    @method_decorator(csrf_protect)
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Asks, and lists what uses the segment (SEG-6), then calls the rule."""
        segment = self.get_object(request, object_id)
        if segment is None:
            raise Http404
        if not self.has_delete_permission(request, segment):
            raise PermissionDenied
        if request.method == "POST":
            delete_segment(segment, actor=actor_of(request))
            toast(request, _("Segment “%(name)s” deleted.") % {"name": segment.name})
            return HttpResponseRedirect(reverse("admin:segments_segment_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Delete"),
            "opts": self.opts,
            "object": segment,
            "asking": segments_asking_for(segment),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "segments/segment_delete.html", context)

    def duplicate(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """A copy of one's own."""
        segment = self._seen(request, pk)
        if not access_of(request).may("segments.change"):
            raise PermissionDenied
        try:
            copy = duplicate_segment(segment, actor=actor_of(request))
        except (SegmentRefused, FilterError) as refused:
            toast(request, _reason(refused), level="error")
            return HttpResponseRedirect(reverse("admin:segments_segment_changelist"))
        return HttpResponseRedirect(reverse("admin:segments_segment_change", args=[copy.pk]))

    def move(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """One place up or down among the shared ones or among one's own."""
        access, segment = access_of(request), self._seen(request, pk)
        if not access.may("segments.changeAll"):
            raise PermissionDenied
        ids = [other.pk for other in self.get_queryset(request) if other.shared == segment.shared]
        place = ids.index(segment.pk)
        other = place + (1 if request.POST.get("to") == "down" else -1)
        if 0 <= other < len(ids):
            ids[place], ids[other] = ids[other], ids[place]
            reorder_segments(access.site, ids, actor=actor_of(request))
        return HttpResponseRedirect(reverse("admin:segments_segment_changelist"))

    def _seen(self, request: HttpRequest, pk: int) -> Segment:
        segment = self.get_queryset(request).filter(pk=pk).first()
        if segment is None:
            raise Http404
        return segment


def _row(segment: Segment, changeable: bool) -> dict[str, Any]:
    """A segment as the page shows it: in words, or with the reason why it matches nobody (SEG-1)."""
    sentence, problem = _in_words(segment, segment.site)
    return {
        "segment": segment,
        "url": contacts_url(segment),
        "sentence": sentence,
        "problem": problem,
        "may_change": changeable,
    }


def _in_words(segment: Segment, site: Site) -> tuple[str, str]:
    try:
        return describe(parse_filter(segment.filter, site=site)), ""
    except FilterError as error:
        return "", _reason(error)


def _reason(error: SegmentRefused | FilterError) -> str:
    return error.message if isinstance(error, SegmentRefused) else "; ".join(p.message for p in error.problems)
