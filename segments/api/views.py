"""The doors of the open API for segments: five verbs, count, members (API-2). Programs see the shared ones."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.open.base import OpenView, refused_filter
from contacts.api.open.searching import DESCRIBED, SECONDS, page_of, search_in_query
from contacts.api.open.shapes import ContactPageShape
from contacts.filters.errors import FilterError
from contacts.time_limit import time_limit
from desk.api.errors import ApiError, Malformed, Problem
from desk.api.open import PAGING, read_limit
from segments.api.shapes import (
    CountShape,
    NewSegmentShape,
    SegmentChangesShape,
    SegmentPageShape,
    SegmentShape,
    segment_data,
)
from segments.counting import count_segment, problems_of
from segments.errors import SegmentRefused
from segments.models import Segment
from segments.saving import change_segment, delete_segment, save_segment
from segments.sharing import visible_segments

_NEW, _CHANGES = NewSegmentShape(), SegmentChangesShape()
_OF_MEMBERS = frozenset({"q", "filter", "limit", "since", "sort", "count"})


class SegmentApiView(OpenView):
    """Base of the doors below ``segments``."""

    def visible(self) -> QuerySet[Segment]:
        """The shared segments of the key's site."""
        return visible_segments(self.site, None).select_related("site", "owner")

    def segment(self, segment_id: str) -> Segment:
        """The segment, or 404."""
        return self.found(self.visible(), segment_id)

    def checked(self, data: dict[str, Any]) -> dict[str, Any]:
        """What was sent about a segment; a private one would be nobody's."""
        if data.get("shared") is False:
            raise Malformed(Problem("shared", "not_allowed", _("A program has no private segments.")))
        return data

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, SegmentRefused):
            return super().handle_exception(_answer_to(exc))
        return super().handle_exception(exc)


class SegmentsView(SegmentApiView):
    """All shared segments, and new ones."""

    query_parameters = frozenset({"limit", "since"})

    @extend_schema(
        operation_id="list_segments",
        tags=["segments"],
        summary="Segments in the order of the sidebar",
        parameters=PAGING,
        responses=SegmentPageShape,
    )
    def get(self, request: Request) -> Response:
        limit, since = read_limit(request.query_params), _since(request.query_params)
        segments = list(self.visible()[since : since + limit + 1])
        following = str(since + limit) if len(segments) > limit else None
        return Response({"segments": [segment_data(segment) for segment in segments[:limit]], "next": following})

    @extend_schema(
        operation_id="create_segment",
        tags=["segments"],
        summary="Save a filter under a name",
        request=NewSegmentShape,
        responses={201: SegmentShape},
    )
    def post(self, request: Request) -> Response:
        data = self.checked(_NEW.run_validation(self.body()))
        segment = save_segment(self.site, name=data["name"], filter=data["filter"], shared=True, actor=self.actor)
        return Response(segment_data(segment), status=201)


class SegmentView(SegmentApiView):
    """One segment."""

    @extend_schema(operation_id="read_segment", tags=["segments"], summary="A segment", responses=SegmentShape)
    def get(self, request: Request, segment_id: str) -> Response:
        return Response(segment_data(self.segment(segment_id)))

    @extend_schema(
        operation_id="change_segment",
        tags=["segments"],
        summary="Rename it or change its conditions",
        request=SegmentChangesShape,
        responses=SegmentShape,
    )
    def patch(self, request: Request, segment_id: str) -> Response:
        segment, data = self.segment(segment_id), self.checked(_CHANGES.run_validation(self.body()))
        return Response(segment_data(change_segment(segment, actor=self.actor, **data)))

    @extend_schema(
        operation_id="delete_segment", tags=["segments"], summary="Delete it; the people stay", responses={204: None}
    )
    def delete(self, request: Request, segment_id: str) -> Response:
        delete_segment(self.segment(segment_id), actor=self.actor)
        return Response(status=204)


class SegmentCountView(SegmentApiView):
    """How many are in it."""

    @extend_schema(
        operation_id="count_segment", tags=["segments"], summary="How many contacts are in it", responses=CountShape
    )
    def get(self, request: Request, segment_id: str) -> Response:
        segment = self.segment(segment_id)
        _refuse_broken(segment)
        with time_limit(SECONDS):
            return Response({"count": count_segment(segment, now=timezone.now())})


class SegmentContactsView(SegmentApiView):
    """Who is in it."""

    discloses = "contacts"

    query_parameters = _OF_MEMBERS

    @extend_schema(
        operation_id="list_segment_contacts",
        tags=["segments", "contacts"],
        summary="The contacts in it",
        parameters=[parameter for parameter in DESCRIBED if parameter.name in _OF_MEMBERS],
        responses=ContactPageShape,
    )
    def get(self, request: Request, segment_id: str) -> Response:
        segment = self.segment(segment_id)
        _refuse_broken(segment)
        query = request.query_params.copy()
        query["segment"] = str(segment.pk)
        return Response(page_of(search_in_query(self.site, query), now=timezone.now()))


def _refuse_broken(segment: Segment) -> None:
    """409 when something its filter names is gone: it matches nobody, and that is not the same as nobody matching."""
    if problems := problems_of(segment):
        raise refused_filter(FilterError(*problems), "filter", status=409, code="segment_refused")


def _answer_to(refused: SegmentRefused) -> ApiError:
    if refused.code == "name_taken":
        return ApiError(409, "already_exists", refused.message, path=refused.path)
    if refused.code == "too_many":
        return ApiError(409, refused.code, refused.message)
    if refused.code == "unknown":
        return ApiError(404, "not_found", refused.message)
    return Malformed(Problem(refused.path, refused.code, refused.message))


def _since(query: QueryDict) -> int:
    """A site has at most a few hundred segments, and their order is people's: a place in it is enough."""
    text = query.get("since", "0")
    if text.isascii() and text.isdigit() and len(text) <= 6:
        return int(text)
    raise Malformed(Problem("since", "invalid", _("This is not the “next” of such a page.")))
