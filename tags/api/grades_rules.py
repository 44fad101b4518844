"""``grade-rules`` of the open API: the usual five verbs (API-2, GRADE-1)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from desk.api.open import PAGING, OpenApiView, read_limit
from desk.api.serializers import StrictSerializer, TextField, time_text
from desk.ids import read_id
from tags.api.grades import api_error_of, read_place
from tags.grade_catalogue import find_grade
from tags.grade_errors import GradeRefused
from tags.grade_rules import add_rule, change_rule, delete_rule, rules_of
from tags.grade_values import parse_criterion
from tags.grading import matching_numbers
from tags.models import Criterion, Grade, GradeRule

_GRADE = "The grade's id or its name"


class NewGradeRuleShape(StrictSerializer):
    """A rule to add. ``grade`` is the id or the name of a grade; the value may belong to nobody yet."""

    criterion = TextField(max_length=40, help_text=", ".join(Criterion.values))
    value = TextField(max_length=1_000)
    grade = TextField(max_length=200, help_text=_GRADE)
    note = TextField(required=False, allow_blank=True, max_length=1_000)


class GradeRuleChangesShape(StrictSerializer):
    """What is to be different."""

    criterion = TextField(required=False, max_length=40, help_text=", ".join(Criterion.values))
    value = TextField(required=False, max_length=1_000)
    grade = TextField(required=False, max_length=200, help_text=_GRADE)
    note = TextField(required=False, allow_blank=True, max_length=1_000)


class GradeOfRuleShape(serializers.Serializer[Any]):
    """The grade that a rule gives."""

    id = serializers.CharField()
    name = serializers.CharField()
    color = serializers.CharField()


class GradeRuleShape(serializers.Serializer[Any]):
    """Whoever has ``value``, now or earlier, in any spelling, is given the grade. ``value`` is as it was typed."""

    id = serializers.CharField()
    criterion = serializers.ChoiceField(choices=Criterion.values)
    value = serializers.CharField()
    grade = GradeOfRuleShape()
    note = serializers.CharField(allow_blank=True)
    createdAt = serializers.DateTimeField()


class GradeRuleReadShape(GradeRuleShape):
    """A rule with the number of leads and members that have its value."""

    contactsCount = serializers.IntegerField()


class GradeRulePageShape(serializers.Serializer[Any]):
    """A page of rules, the newest first; ``next`` is the ``since`` of the next page, null on the last."""

    gradeRules = GradeRuleShape(many=True)
    next = serializers.CharField(allow_null=True)


_NEW, _CHANGES = NewGradeRuleShape(), GradeRuleChangesShape()
_FILTERS = [
    OpenApiParameter("grade", str, description=f"{_GRADE}: only its rules"),
    OpenApiParameter("criterion", str, enum=Criterion.values, description="Only rules of this criterion"),
    OpenApiParameter("q", str, description="Only rules whose value or note contains this"),
]


class _RuleApiView(OpenApiView):
    discloses = "gradeRules"

    def rule(self, rule_id: str) -> GradeRule:
        """The rule of this site, or 404."""
        return self.found(GradeRule.objects.select_related("site", "grade").filter(site=self.site), rule_id)

    def grade(self, named: str) -> Grade:
        """The grade of this id, or of this name; refused with the path ``grade``."""
        wanted = read_id(named)
        if wanted is not None and (grade := Grade.objects.filter(site=self.site, pk=wanted).first()):
            return grade
        return find_grade(self.site, named.replace("\0", ""))


class GradeRulesView(_RuleApiView):
    """All rules, and new ones."""

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        listing = {"limit", "since", "grade", "criterion", "q"}
        return frozenset(listing) if self.request.method == "GET" else frozenset()

    @extend_schema(
        operation_id="list_grade_rules",
        tags=["grades"],
        summary="Grade rules, the newest first",
        parameters=[*PAGING, *_FILTERS],
        responses=GradeRulePageShape,
    )
    def get(self, request: Request) -> Response:
        query, limit = request.query_params, read_limit(request.query_params)
        try:
            grade = self.grade(query["grade"]).pk if query.get("grade") else None
            criterion = str(parse_criterion(query["criterion"])) if query.get("criterion") else ""
        except GradeRefused as refused:
            raise api_error_of(refused) from None
        rules = rules_of(self.site, query=query.get("q", "")[:200], grade_id=grade, criterion=criterion)
        if since := query.get("since"):
            rules = rules.filter(pk__lt=read_place(since))
        page = list(rules[: limit + 1])
        following = str(page[limit - 1].pk) if len(page) > limit else None
        return Response({"gradeRules": [rule_data(rule) for rule in page[:limit]], "next": following})

    @extend_schema(
        operation_id="create_grade_rule",
        tags=["grades"],
        summary="Add a rule",
        description="Whoever has the value carries the grade at once; more than 1,000 people in the background.",
        request=NewGradeRuleShape,
        responses={201: GradeRuleShape},
    )
    def post(self, request: Request) -> Response:
        data = _NEW.run_validation(self.body())
        try:
            data["grade"] = self.grade(data["grade"])
            rule, _job = add_rule(self.site, actor=self.actor, now=timezone.now(), **data)
        except GradeRefused as refused:
            raise api_error_of(refused) from None
        return Response(rule_data(rule), status=201)


class GradeRuleView(_RuleApiView):
    """One rule."""

    @extend_schema(operation_id="read_grade_rule", tags=["grades"], summary="A rule", responses=GradeRuleReadShape)
    def get(self, request: Request, rule_id: str) -> Response:
        rule = self.rule(rule_id)
        return Response({**rule_data(rule), "contactsCount": matching_numbers([rule.pk]).get(rule.pk, 0)})

    @extend_schema(
        operation_id="change_grade_rule",
        tags=["grades"],
        summary="Change a rule",
        request=GradeRuleChangesShape,
        responses=GradeRuleShape,
    )
    def patch(self, request: Request, rule_id: str) -> Response:
        rule, data = self.rule(rule_id), _CHANGES.run_validation(self.body())
        try:
            if "grade" in data:
                data["grade"] = self.grade(data["grade"])
            change_rule(rule, actor=self.actor, **data)
        except GradeRefused as refused:
            raise api_error_of(refused) from None
        return Response(rule_data(rule))

    @extend_schema(
        operation_id="delete_grade_rule",
        tags=["grades"],
        summary="Delete a rule",
        description="Whoever was given a grade by it carries what other rules give, from now on.",
        responses={204: None},
    )
    def delete(self, request: Request, rule_id: str) -> Response:
        delete_rule(self.rule(rule_id), actor=self.actor)
        return Response(status=204)


def rule_data(rule: GradeRule) -> dict[str, Any]:
    """``GradeRuleShape`` of a rule whose grade is loaded."""
    grade = rule.grade
    return {
        "id": str(rule.pk),
        "criterion": rule.criterion,
        "value": rule.value,
        "grade": {"id": str(grade.pk), "name": grade.name, "color": grade.color},
        "note": rule.note,
        "createdAt": time_text(rule.created_at),
    }
