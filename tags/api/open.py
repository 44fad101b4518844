"""``tags`` of the open API: the usual five verbs (API-2)."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from desk.actors import Actor
from desk.api.auth import ApiClient, ApiKeyAuthentication
from desk.api.errors import Malformed, Problem
from desk.api.serializers import StrictSerializer, TextField, time_text
from desk.api.throttles import ApiKeyThrottle, address_of
from desk.api.views import ApiView
from desk.ids import read_id
from desk.models import Site
from tags.api.errors import api_error_of
from tags.catalogue import change_tag, create_tag, delete_tag, tags_after
from tags.errors import TagRefused
from tags.models import Tag
from tags.tree import contacts_with

MAX_LIMIT = 500
DEFAULT_LIMIT = 25


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
_PAGING = [
    OpenApiParameter("limit", int, description=f"1–{MAX_LIMIT}, default {DEFAULT_LIMIT}"),
    OpenApiParameter("since", str, description="The ``next`` of the page before"),
]


class _TagApiView(ApiView):
    authentication_classes = [ApiKeyAuthentication]
    throttle_classes = [ApiKeyThrottle]

    @property
    def site(self) -> Site:
        """The key's site."""
        client: Any = self.request.user
        assert isinstance(client, ApiClient)
        return client.site

    @property
    def actor(self) -> Actor:
        """The program behind the key."""
        key: Any = self.request.auth
        return Actor.of_api_key(key, address_of(self.request))

    def tag(self, tag_id: str) -> Tag:
        """The tag of this site, or 404."""
        wanted = read_id(tag_id)
        tags = Tag.objects.select_related("site").filter(site=self.site)
        tag = tags.filter(pk=wanted).first() if wanted is not None else None
        if tag is None:
            raise NotFound(_("There is nothing here."))
        return tag


class TagsView(_TagApiView):
    """All tags, and new ones."""

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset({"limit", "since"}) if self.request.method == "GET" else frozenset()

    @extend_schema(
        operation_id="list_tags", tags=["tags"], summary="Tags by name", parameters=_PAGING, responses=TagPageShape
    )
    def get(self, request: Request) -> Response:
        limit = _limit(request.query_params.get("limit", str(DEFAULT_LIMIT)))
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
        responses={204: None},
    )
    def delete(self, request: Request, tag_id: str) -> Response:
        delete_tag(self.tag(tag_id), actor=self.actor)
        return Response(status=204)


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


def _limit(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT:
        return int(text)
    message = _("A whole number from %(least)d to %(most)d is expected here.") % {"least": 1, "most": MAX_LIMIT}
    raise Malformed(Problem("limit", "out_of_range", message))
