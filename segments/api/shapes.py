"""What goes over the wire of the open API about segments."""

from typing import Any

from rest_framework import serializers

from contacts.api.open.base import refused_filter
from contacts.api.open.shapes import FilterDocumentField
from contacts.filters.describe import describe
from contacts.filters.errors import FilterError
from desk.api.errors import body_of
from desk.api.serializers import FlagField, StrictSerializer, TextField, time_text
from segments.models import Segment
from segments.sets import filter_of


class NewSegmentShape(StrictSerializer):
    """A filter to keep under a name. Programs make shared segments only."""

    name = TextField(max_length=200)
    filter = FilterDocumentField()
    shared = FlagField(required=False)


class SegmentChangesShape(StrictSerializer):
    """What is to be different."""

    name = TextField(required=False, max_length=200)
    filter = FilterDocumentField(required=False)
    shared = FlagField(required=False)


class ProblemShape(serializers.Serializer[Any]):
    """Why a segment matches nobody: something its filter names is gone."""

    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class SegmentShape(serializers.Serializer[Any]):
    """A segment. ``count`` is the number of contacts at ``countedAt``; null: not counted yet, or not valid.

    ``filterVersion`` is the edition of the language that ``filter`` is written in.
    """

    id = serializers.CharField()
    name = serializers.CharField()
    shared = serializers.BooleanField()
    owner = serializers.CharField(allow_null=True)
    filter = FilterDocumentField()
    filterVersion = serializers.IntegerField()
    sentence = serializers.CharField(allow_null=True)
    valid = serializers.BooleanField()
    problems = ProblemShape(many=True)
    count = serializers.IntegerField(allow_null=True)
    countedAt = serializers.DateTimeField(allow_null=True)
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class SegmentPageShape(serializers.Serializer[Any]):
    """A page of segments in the order of the sidebar; ``next`` is the ``since`` of the next page, null on the last."""

    segments = SegmentShape(many=True)
    next = serializers.CharField(allow_null=True)


class CountShape(serializers.Serializer[Any]):
    """How many contacts are in the segment now."""

    count = serializers.IntegerField()


def segment_data(segment: Segment) -> dict[str, Any]:
    """``SegmentShape`` of a segment whose site and owner are loaded."""
    sentence, problems = None, []
    try:
        sentence = describe(filter_of(segment))
    except FilterError as error:
        problems = body_of(refused_filter(error, "filter"))["details"]
    return {
        "id": str(segment.pk),
        "name": segment.name,
        "shared": segment.shared,
        "owner": str(segment.owner) if segment.owner else None,
        "filter": segment.filter,
        "filterVersion": segment.filter_version,
        "sentence": sentence,
        "valid": not problems,
        "problems": problems,
        "count": segment.count,
        "countedAt": time_text(segment.counted_at) if segment.counted_at else None,
        "createdAt": time_text(segment.created_at),
        "updatedAt": time_text(segment.updated_at),
    }
