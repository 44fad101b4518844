"""Where the filter builder saves a segment: posts in, JSON out.

``POST name, shared (true | false), filter (JSON text)``, and ``id`` to give an existing segment these conditions →
201 (200 with ``id``) ``{"id", "name", "url"}`` with the event ``segments-changed`` in ``HX-Trigger``, or
400 ``{"problems": [{"path", "code", "message"}]}``, where the path leads to the input or, below ``filter``, into the
document. With ``id``, ``seen`` may be the fingerprint of a preview (``segments.admin.preview``): 409 with the problem
``changed_since`` when the segment has other conditions by now.
"""

import json

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.filters.document import parse_filter_text
from contacts.filters.errors import FilterError, Problem
from desk.admin import access_of, actor_of
from desk.admin.toasts import toast, toast_now
from desk.ids import read_id
from segments.admin.navigation import contacts_url
from segments.errors import SegmentRefused
from segments.models import Segment
from segments.saving import change_segment, save_segment
from segments.sharing import manageable_segments, may_change


@require_POST
def save_from_builder(request: HttpRequest) -> HttpResponseBase:
    """Save what the builder shows, as a new segment or over the one named by ``id``."""
    access = access_of(request)
    if not access.may("segments.change"):
        raise PermissionDenied
    try:
        segment = _changed(request) if request.POST.get("id") else _created(request)
    except FilterError as error:
        return _refused(error.problems, below="filter")
    except SegmentRefused as refused:
        status = 409 if refused.code == "changed_since" else 400
        return _refused((Problem(refused.path, refused.code, refused.message),), status=status)
    answer = {"id": str(segment.pk), "name": segment.name, "url": contacts_url(segment)}
    response = JsonResponse(answer, status=200 if request.POST.get("id") else 201)
    response.headers["HX-Trigger"] = json.dumps({"segments-changed": {"id": str(segment.pk)}})
    words = _("Segment “%(name)s” saved.") % {"name": segment.name}
    if request.headers.get("HX-Request"):
        toast_now(response, words)
    else:
        toast(request, words)  # the builder goes to the segment's page
    return response


def _created(request: HttpRequest) -> Segment:
    access = access_of(request)
    return save_segment(
        access.site,
        name=request.POST.get("name", ""),
        filter=parse_filter_text(request.POST.get("filter", ""), site=access.site).data,
        shared=_shared(request),
        actor=actor_of(request),
    )


def _changed(request: HttpRequest) -> Segment:
    segment = changeable(request, request.POST["id"])
    return change_segment(
        segment,
        name=request.POST.get("name"),
        filter=parse_filter_text(request.POST.get("filter", ""), site=segment.site).data,
        shared=_shared(request) if "shared" in request.POST else None,
        seen=request.POST.get("seen") or None,
        actor=actor_of(request),
    )


def changeable(request: HttpRequest, wanted: str) -> Segment:
    """The segment of this id that the operator may change; 404 where they do not see it."""
    access = access_of(request)
    segments, segment_id = manageable_segments(access).select_related("site", "owner"), read_id(wanted)
    segment = segments.filter(pk=segment_id).first() if segment_id is not None else None
    if segment is None:
        raise Http404
    if not may_change(segment, access):
        raise PermissionDenied
    return segment


def _shared(request: HttpRequest) -> bool:
    """Shared is the default; a private segment is asked for in so many words (SEG-6)."""
    value = request.POST.get("shared", "true")
    if value not in ("true", "false", "on"):
        raise FilterError(Problem("shared", "invalid", _("true or false is expected here.")))
    return value != "false"


def _refused(problems: tuple[Problem, ...], below: str = "", status: int = 400) -> JsonResponse:
    return JsonResponse(
        {
            "problems": [
                {"path": ".".join(filter(None, (below, one.path))), "code": one.code, "message": one.message}
                for one in problems
            ]
        },
        status=status,
    )
