"""What goes over the wire of the open API about merges: the plan, the merge, suggestions."""

import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contacts.merge_values import ABSORBED, SURVIVOR, FieldPlan, MergePlan, SourceNote
from contacts.models import Merge, MergeSuggestion
from contacts.models.merge import UNDO_TIME
from contacts.models.merge_suggestion import SuggestionReason
from desk.api.serializers import FlagField, ObjectField, StrictSerializer, TextField, time_text

# In public the absorbed one is "other": who survives is said beside it.
OTHER = "other"
_SIDES = {SURVIVOR: SURVIVOR, OTHER: ABSORBED}
_PUBLIC = {ABSORBED: OTHER}


@extend_schema_field(
    {
        "type": "object",
        "description": "Which value stands, by field: `survivor` or `other`. Fields not named follow the rules.",
        "additionalProperties": {"type": "string", "enum": [SURVIVOR, OTHER]},
    }
)
class ChoicesField(ObjectField):
    """{public name: "survivor" or "other"}."""

    default_error_messages = {"invalid": _("“survivor” or “other” is expected.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        choices = super().to_internal_value(data)
        wrong = {
            key: [serializers.ErrorDetail(str(self.error_messages["invalid"]), "invalid")]
            for key, side in choices.items()
            if not isinstance(side, str) or side not in _SIDES
        }
        if wrong:
            raise serializers.ValidationError(wrong)
        return {key: _SIDES[side] for key, side in choices.items()}


class MergeRequestShape(StrictSerializer):
    """Whom to merge. ``survivor`` is the id of one of the two; without it a member survives, else the one addressed.

    ``fields`` and ``with`` are no names for attributes, hence ``get_fields``.
    """

    def get_fields(self) -> dict[str, Any]:
        """The fields by their public names."""
        return {
            "with": TextField(max_length=40, help_text="The id of the other one."),
            "survivor": TextField(required=False, max_length=40, help_text="The id of the one that stays."),
            "fields": ChoicesField(required=False),
            "dryRun": FlagField(required=False, help_text="Only the plan; nothing is written."),
            "fingerprint": TextField(required=False, max_length=20_000, help_text="Of the plan that is confirmed."),
            "confirmMembers": FlagField(required=False, help_text="Two members are one person: merge them too."),
        }


class SourceShape(serializers.Serializer[Any]):
    """Where a value came from. ``source`` and ``label`` are names that serializers need for themselves."""

    def get_fields(self) -> dict[str, Any]:
        """The fields by their public names."""
        return {name: serializers.CharField(allow_blank=True) for name in ("source", "label", "at")}


@extend_schema_field(OpenApiTypes.ANY)
class _AnyField(serializers.Field[Any, Any, Any, Any]):
    """A value of any type."""


class FieldPlanShape(serializers.Serializer[Any]):
    """One field of which at least one of the two has a value."""

    key = serializers.CharField()
    survivor = _AnyField()
    other = _AnyField()
    result = _AnyField()
    wins = serializers.ChoiceField(choices=[SURVIVOR, OTHER, "both"])
    why = serializers.CharField()
    choosable = serializers.BooleanField()
    survivorSource = SourceShape(allow_null=True)
    otherSource = SourceShape(allow_null=True)


class MovePlanShape(serializers.Serializer[Any]):
    """So many rows of this kind move."""

    relation = serializers.CharField()
    count = serializers.IntegerField()


class ClashPlanShape(MovePlanShape):
    """So many rows of which only one may stay, and how that is settled, in words."""

    settled = serializers.CharField()


class DropPlanShape(serializers.Serializer[Any]):
    """What no longer stands in its field, and where it is kept."""

    key = serializers.CharField()
    value = _AnyField()
    where = serializers.CharField()
    message = serializers.CharField()


class MergeWarningShape(serializers.Serializer[Any]):
    """What to know before confirming."""

    code = serializers.CharField()
    message = serializers.CharField()


class MergePlanShape(serializers.Serializer[Any]):
    """Everything a merge would do."""

    def get_fields(self) -> dict[str, Any]:
        """``fields`` is no name for an attribute of a serializer."""
        return {
            "survivor": serializers.CharField(),
            "other": serializers.CharField(),
            "fields": FieldPlanShape(many=True),
            "moves": MovePlanShape(many=True),
            "clashes": ClashPlanShape(many=True),
            "dropped": DropPlanShape(many=True),
            "warnings": MergeWarningShape(many=True),
        }


class PlannedMergeShape(serializers.Serializer[Any]):
    """A dry run: the plan, and the fingerprint that confirms it."""

    plan = MergePlanShape()
    fingerprint = serializers.CharField()


class MergeShape(serializers.Serializer[Any]):
    """One merge. ``absorbed`` is the id that leads to the survivor now, or, once undone, to its own contact again."""

    id = serializers.CharField()
    survivor = serializers.CharField()
    absorbed = serializers.CharField()
    absorbedCustomerNumber = serializers.IntegerField()
    trigger = serializers.CharField()
    actor = serializers.CharField()
    at = serializers.DateTimeField()
    undoableUntil = serializers.DateTimeField()
    undone = serializers.BooleanField()
    undoneAt = serializers.DateTimeField(allow_null=True)
    undoneBy = serializers.CharField(allow_null=True)


class MergePageShape(serializers.Serializer[Any]):
    """A page of merges, newest first; ``next`` is the ``since`` of the next page, null on the last."""

    merges = MergeShape(many=True)
    next = serializers.CharField(allow_null=True)


class SuggestionShape(serializers.Serializer[Any]):
    """Two contacts that may be one person. ``value`` is the normal form of what both have."""

    id = serializers.CharField()
    contacts = serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    reason = serializers.ChoiceField(choices=SuggestionReason.values)
    value = serializers.CharField()
    at = serializers.DateTimeField()


class SuggestionPageShape(serializers.Serializer[Any]):
    """A page of what waits for somebody to decide, newest first."""

    suggestions = SuggestionShape(many=True)
    next = serializers.CharField(allow_null=True)


def planned_data(plan: MergePlan) -> dict[str, Any]:
    """``PlannedMergeShape`` of a plan."""
    return {
        "plan": {
            "survivor": str(plan.survivor_id),
            "other": str(plan.absorbed_id),
            "fields": [_field_data(field) for field in plan.fields],
            "moves": [{"relation": move.relation, "count": move.count} for move in plan.moves],
            "clashes": [
                {"relation": clash.relation, "count": clash.count, "settled": str(clash.settled)}
                for clash in plan.clashes
            ],
            "dropped": [
                {"key": drop.key, "value": _plain(drop.value), "where": drop.where, "message": str(drop.words)}
                for drop in plan.dropped
            ],
            "warnings": [{"code": warning.code, "message": str(warning.words)} for warning in plan.warnings],
        },
        "fingerprint": plan.fingerprint,
    }


def _field_data(field: FieldPlan) -> dict[str, Any]:
    return {
        "key": field.key,
        "survivor": _plain(field.kept),
        "other": _plain(field.absorbed),
        "result": _plain(field.result),
        "wins": _PUBLIC.get(field.wins, field.wins),
        "why": field.why.value,
        "choosable": field.choosable,
        "survivorSource": _source_data(field.kept_source),
        "otherSource": _source_data(field.absorbed_source),
    }


def _source_data(note: SourceNote | None) -> dict[str, str] | None:
    return None if note is None else {"source": note.source, "label": note.label, "at": note.at}


def _plain(value: Any) -> Any:
    """A value as answers carry it."""
    if isinstance(value, datetime.datetime):
        return time_text(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def merge_data(merge: Merge) -> dict[str, Any]:
    """``MergeShape`` of a merge."""
    return {
        "id": str(merge.pk),
        "survivor": str(merge.survivor_id),
        "absorbed": str(merge.absorbed_id),
        "absorbedCustomerNumber": merge.absorbed_customer_number,
        "trigger": merge.trigger,
        "actor": merge.actor,
        "at": time_text(merge.at),
        "undoableUntil": time_text(merge.at + UNDO_TIME),
        "undone": merge.undone_at is not None,
        "undoneAt": time_text(merge.undone_at) if merge.undone_at else None,
        "undoneBy": merge.undone_by or None,
    }


def suggestion_data(suggestion: MergeSuggestion) -> dict[str, Any]:
    """``SuggestionShape`` of a suggestion."""
    return {
        "id": str(suggestion.pk),
        "contacts": [str(suggestion.first_id), str(suggestion.second_id)],
        "reason": suggestion.reason,
        "value": suggestion.value,
        "at": time_text(suggestion.at),
    }
