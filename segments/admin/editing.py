"""What the filter builder asks when it opens on a segment: its conditions, also when they are refused by now (SEG-1).

``GET segments/segment/<pk>/filter/`` → ``{"id", "name", "filter", "mayChange"}``.
"""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from desk.admin import access_of
from segments.sharing import manageable_segments, may_change


@require_GET
def segment_for_builder(request: HttpRequest, pk: int) -> JsonResponse:
    """The document as it is kept: what is wrong with it is shown where it stands, and can be mended there."""
    access = access_of(request)
    if not access.may("segments.view"):
        raise PermissionDenied
    segment = manageable_segments(access).filter(pk=pk).first()
    if segment is None:
        raise Http404
    return JsonResponse(
        {
            "id": str(segment.pk),
            "name": segment.name,
            "filter": segment.filter,
            "mayChange": may_change(segment, access),
        }
    )
