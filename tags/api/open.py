"""``tags`` of the open API: the usual five verbs (API-2)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from desk.api.job_shapes import JobShape, job_data
from desk.api.open import PAGING, OpenApiView, read_limit
from desk.api.serializers import StrictSerializer, TextField, time_text
from tags.api.errors import api_error_of
from tags.catalogue import change_tag, create_tag, tags_after
from tags.errors import TagRefused
from tags.leaving import delete_tag
from tags.models import Tag
from tags.tree import contacts_with


class NewTagShape(StrictSerializer):
    """A tag to make."""

    name = TextField(max_length=200)
    color = TextField(required=False, max_length=7)
    description = TextField(required=False, allow_blank=True, max_length=1_000)


class TagChangesShape(StrictSerializer):
    """What is to be different."""

    name = TextField(required=False, max_length=200)
    color = TextField(required=False, max_length=7)
    description = TextField(required=False, allow_blank=True, max_length=1_000)


class TagShape(serializers.Serializer[Any]):
    """A customer tag. ``name`` has up to three levels split by ``/``."""

    id = serializers.CharField()
    name = serializers.CharField()
    color = serializers.CharField()
    description = serializers.CharField()
    createdAt = serializers.DateTimeField()


class TagReadShape(TagShape):
    """A tag with the number of leads and members that carry it."""

    contactsCount = serializers.IntegerField()


class TagPageShape(serializers.Serializer[Any]):
    """A page of tags by name; ``next`` is the ``since`` of the next page, null on the last."""

    tags = TagShape(many=True)
    next = serializers.CharField(allow_null=True)


_NEW, _CHANGES = NewTagShape(), TagChangesShape()


class _TagApiView(OpenApiView):
    def tag(self, tag_id: str) -> Tag:
        """The tag of this site, or 404."""
        return self.found(Tag.objects.select_related("site").filter(site=self.site), tag_id)


class TagsView(_TagApiView):
    """All tags, and new ones."""

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset({"limit", "since"}) if self.request.method == "GET" else frozenset()

    @extend_schema(
        operation_id="list_tags", tags=["tags"], summary="Tags by name", parameters=PAGING, responses=TagPageShape
    )
    def get(self, request: Request) -> Response:
        limit = read_limit(request.query_params)
        tags = tags_after(self.site, request.query_params.get("since", "").replace("\0", ""), limit + 1)
        following = tags[limit - 1].name_folded if len(tags) > limit else None
        return Response({"tags": [tag_data(tag) for tag in tags[:limit]], "next": following})

    @extend_schema(
        operation_id="create_tag", tags=["tags"], summary="Make a tag", request=NewTagShape, responses={201: TagShape}
    )
    def post(self, request: Request) -> Response:
        data = _NEW.run_validation(self.body())
        try:
            tag = create_tag(self.site, actor=self.actor, **data)
        except TagRefused as refused:
            raise api_error_of(refused, _field_of(refused)) from None
        return Response(tag_data(tag), status=201)


class TagView(_TagApiView):
    """One tag."""

    @extend_schema(operation_id="read_tag", tags=["tags"], summary="A tag", responses=TagReadShape)
    def get(self, request: Request, tag_id: str) -> Response:
        tag = self.tag(tag_id)
        return Response({**tag_data(tag), "contactsCount": contacts_with(tag)})

    @extend_schema(
        operation_id="change_tag",
        tags=["tags"],
        summary="Rename, recolour, describe",
        request=TagChangesShape,
        responses=TagShape,
    )
    def patch(self, request: Request, tag_id: str) -> Response:
        tag, data = self.tag(tag_id), _CHANGES.run_validation(self.body())
        try:
            return Response(tag_data(change_tag(tag, actor=self.actor, **data)))
        except TagRefused as refused:
            raise api_error_of(refused, _field_of(refused)) from None

    @extend_schema(
        operation_id="delete_tag",
        tags=["tags"],
        summary="Delete the tag and take it off everybody",
        description="204 when it is done. A tag on more than 1,000 people goes in the background: 202 with the job; "
        "until that is done the tag can neither be attached nor changed (409 `leaving`).",
        request=None,
        responses={204: None, 202: JobShape},
    )
    def delete(self, request: Request, tag_id: str) -> Response:
        try:
            job = delete_tag(self.tag(tag_id), actor=self.actor)
        except TagRefused as refused:
            raise api_error_of(refused, "") from None
        return Response(status=204) if job.finished else Response(job_data(job), status=202)


def tag_data(tag: Tag) -> dict[str, Any]:
    """``TagShape`` of a tag."""
    return {
        "id": str(tag.pk),
        "name": tag.name,
        "color": tag.color,
        "description": tag.description,
        "createdAt": time_text(tag.created_at),
    }


def _field_of(refused: TagRefused) -> str:
    """Which field of the body a refusal is about."""
    return refused.code.split("_")[0] if refused.code.startswith(("color", "description")) else "name"
