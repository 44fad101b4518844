"""Addresses of the open API that segments serve; ``config.api`` mounts them below /api/v1/."""

from django.urls import URLPattern, path

from segments.api.views import SegmentContactsView, SegmentCountView, SegmentsView, SegmentView

urlpatterns: list[URLPattern] = [
    path("segments", SegmentsView.as_view(), name="api-segments"),
    path("segments/<str:segment_id>", SegmentView.as_view(), name="api-segment"),
    path("segments/<str:segment_id>/count", SegmentCountView.as_view(), name="api-segment-count"),
    path("segments/<str:segment_id>/contacts", SegmentContactsView.as_view(), name="api-segment-contacts"),
]
