"""``grades`` of the open API: the usual five verbs (API-2, GRADE-1)."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from desk.api.errors import ApiError, Malformed, Problem
from desk.api.open import PAGING, OpenApiView, read_limit
from desk.api.serializers import StrictSerializer, TextField, WholeNumberField, time_text
from desk.ids import read_id
from tags.grade_catalogue import carriers_of, change_grade, create_grade, delete_grade
from tags.grade_errors import GradeRefused
from tags.models import Grade, GradeRule

# Not the request is wrong, but what is there already leaves no room for it.
_TAKEN = {"grade_taken", "rank_taken", "rule_taken"}
_FULL = {"site_full", "rules_full"}


def api_error_of(refused: GradeRefused) -> ApiError:
    """The answer; its path is the field that is wrong."""
    if refused.code in _TAKEN:
        return ApiError(409, "already_exists", refused.message, path=refused.path)
    if refused.code in _FULL:
        return ApiError(409, refused.code, refused.message, path=refused.path)
    return Malformed(Problem(refused.path, refused.code, refused.message))


class NewGradeShape(StrictSerializer):
    """A grade to make. ``rank`` is a number of its own, the highest wins; without it the new grade is the highest."""

    name = TextField(max_length=200)
    color = TextField(required=False, max_length=20)
    rank = WholeNumberField(required=False, min_value=1, max_value=10_000)


class GradeChangesShape(StrictSerializer):
    """What is to be different."""

    name = TextField(required=False, max_length=200)
    color = TextField(required=False, max_length=20)
    rank = WholeNumberField(required=False, min_value=1, max_value=10_000)


class GradeEntryShape(serializers.Serializer[Any]):
    """A grade. Of several that a contact is given it carries the one with the highest ``rank``."""

    id = serializers.CharField()
    name = serializers.CharField()
    color = serializers.CharField()
    rank = serializers.IntegerField()
    createdAt = serializers.DateTimeField()


class GradeReadShape(GradeEntryShape):
    """A grade with the number of leads and members that carry it, and of its rules."""

    contactsCount = serializers.IntegerField()
    rulesCount = serializers.IntegerField()


class GradePageShape(serializers.Serializer[Any]):
    """A page of grades, the highest first; ``next`` is the ``since`` of the next page, null on the last."""

    grades = GradeEntryShape(many=True)
    next = serializers.CharField(allow_null=True)


_NEW, _CHANGES = NewGradeShape(), GradeChangesShape()


class _GradeApiView(OpenApiView):
    def grade(self, grade_id: str) -> Grade:
        """The grade of this site, or 404."""
        return self.found(Grade.objects.select_related("site").filter(site=self.site), grade_id)


class GradesView(_GradeApiView):
    """All grades, and new ones."""

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset({"limit", "since"}) if self.request.method == "GET" else frozenset()

    @extend_schema(
        operation_id="list_grades",
        tags=["grades"],
        summary="Grades, the highest first",
        parameters=PAGING,
        responses=GradePageShape,
    )
    def get(self, request: Request) -> Response:
        limit = read_limit(request.query_params)
        grades = Grade.objects.filter(site=self.site).order_by("-rank")
        if since := request.query_params.get("since"):
            grades = grades.filter(rank__lt=read_place(since))
        page = list(grades[: limit + 1])
        following = str(page[limit - 1].rank) if len(page) > limit else None
        return Response({"grades": [grade_data(grade) for grade in page[:limit]], "next": following})

    @extend_schema(
        operation_id="create_grade",
        tags=["grades"],
        summary="Make a grade",
        request=NewGradeShape,
        responses={201: GradeEntryShape},
    )
    def post(self, request: Request) -> Response:
        data = _NEW.run_validation(self.body())
        try:
            grade = create_grade(self.site, actor=self.actor, **data)
        except GradeRefused as refused:
            raise api_error_of(refused) from None
        return Response(grade_data(grade), status=201)


class GradeView(_GradeApiView):
    """One grade."""

    @extend_schema(operation_id="read_grade", tags=["grades"], summary="A grade", responses=GradeReadShape)
    def get(self, request: Request, grade_id: str) -> Response:
        grade = self.grade(grade_id)
        rules = GradeRule.objects.filter(site=self.site, grade=grade).count()
        return Response({**grade_data(grade), "contactsCount": carriers_of(grade), "rulesCount": rules})

    @extend_schema(
        operation_id="change_grade",
        tags=["grades"],
        summary="Rename, recolour, rank",
        description="Another rank decides anew who carries what: for more than 1,000 people in the background.",
        request=GradeChangesShape,
        responses=GradeEntryShape,
    )
    def patch(self, request: Request, grade_id: str) -> Response:
        grade, data = self.grade(grade_id), _CHANGES.run_validation(self.body())
        try:
            change_grade(grade, actor=self.actor, **data)
        except GradeRefused as refused:
            raise api_error_of(refused) from None
        return Response(grade_data(grade))

    @extend_schema(
        operation_id="delete_grade",
        tags=["grades"],
        summary="Delete the grade with its rules",
        description="Nobody carries it from now on; who did carries what other rules give.",
        responses={204: None},
    )
    def delete(self, request: Request, grade_id: str) -> Response:
        delete_grade(self.grade(grade_id), actor=self.actor)
        return Response(status=204)


def read_place(since: str) -> int:
    """The place a page goes on at; one that is none is refused."""
    place = read_id(since)
    if place is None:
        raise Malformed(Problem("since", "invalid", _("This is not the “next” of such a page.")))
    return place


def grade_data(grade: Grade) -> dict[str, Any]:
    """``GradeEntryShape`` of a grade."""
    return {
        "id": str(grade.pk),
        "name": grade.name,
        "color": grade.color,
        "rank": grade.rank,
        "createdAt": time_text(grade.created_at),
    }
