"""SEG-1, SEG-3, SEG-6: the management page of segments and the page of one: what it means, its size, what uses it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from contacts.filters.errors import FilterError
from contacts.folding import fold
from desk.admin import access_of, actor_of
from desk.admin.ruled import RuledAdmin
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from segments.admin.charts import Chart, chart_of
from segments.admin.compare_page import compare_segments
from segments.admin.editing import segment_for_builder
from segments.admin.preview import preview
from segments.admin.rows import reason_of, rows_of
from segments.admin.saving import save_from_builder
from segments.admin.segment_form import SegmentForm
from segments.errors import SegmentRefused
from segments.models import Segment
from segments.saving import MAX_NAME, change_segment, delete_segment, duplicate_segment, reorder_segments
from segments.sharing import manageable_segments, may_change
from segments.sizes import sizes_of

# How far back the chart goes, and how that is called.
SPANS = {"90": (90, gettext_lazy("90 days")), "365": (365, gettext_lazy("1 year"))}


@admin.register(Segment, site=desk_site)
class SegmentAdmin(RuledAdmin):
    """Segments of the site on show: the shared ones and one's own; an administrator finds all of them."""

    view_permission = "segments.view"
    change_permission = "segments.change"
    delete_permission = "segments.change"
    refusals = (SegmentRefused, FilterError)
    delete_template = "segments/segment_delete.html"
    form = SegmentForm
    fields = ("name", "shared", "conditions")
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
            path("compare/", wrap(compare_segments), name="segments_segment_compare"),
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
        context = self.page_context(
            request,
            _("Segments"),
            rows=rows_of(access, segments),
            query=query,
            may_add=access.may("segments.change"),
            may_order=access.may("segments.changeAll") and not query,
        )
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
        """Django's form below what the segment means."""
        segment = self.get_object(request, object_id) if object_id else None
        context = self._page(request, segment) if segment else {}
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _page(self, request: HttpRequest, segment: Segment) -> dict[str, Any]:
        span = request.GET.get("days", "")
        days = SPANS.get(span, SPANS["90"])[0]
        return {
            "row": rows_of(access_of(request), [segment])[0],
            "chart": _chart(segment, days),
            "may_duplicate": access_of(request).may("segments.change"),
            "spans": [(key, label, days == length) for key, (length, label) in SPANS.items()],
        }

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        segment, data = self.get_queryset(request).get(pk=obj.pk), form.cleaned_data
        change_segment(
            segment,
            actor=actor_of(request),
            name=data["name"],
            shared=data["shared"],
            filter=data["conditions"],
            seen=form.seen or None,
        )

    def reason_of(self, refused: Exception) -> str:
        return reason_of(refused) if isinstance(refused, SegmentRefused | FilterError) else super().reason_of(refused)

    def delete_by_rule(self, request: HttpRequest, obj: Segment) -> str:
        delete_segment(obj, actor=actor_of(request))
        return _("Segment “%(name)s” deleted.") % {"name": obj.name}

    def consequences(self, request: HttpRequest, obj: Segment) -> dict[str, Any]:
        """What uses the segment (SEG-6)."""
        return {"row": rows_of(access_of(request), [obj])[0]}

    def duplicate(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """A copy of one's own."""
        segment = self._seen(request, pk)
        if not access_of(request).may("segments.change"):
            raise PermissionDenied
        try:
            copy = duplicate_segment(segment, actor=actor_of(request))
        except (SegmentRefused, FilterError) as refused:
            toast(request, reason_of(refused), level="error")
            return HttpResponseRedirect(self.list_url())
        toast(request, _("Segment “%(name)s” saved.") % {"name": copy.name})
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
        if request.headers.get("HX-Request"):
            return self.changelist_view(request)
        return HttpResponseRedirect(self.list_url())

    def _seen(self, request: HttpRequest, pk: int) -> Segment:
        segment: Segment | None = self.get_queryset(request).filter(pk=pk).first()
        if segment is None:
            raise Http404
        return segment


def _chart(segment: Segment, days: int) -> Chart | None:
    return chart_of(sizes_of([segment], segment.site, days=days, now=timezone.now())[segment.pk])
