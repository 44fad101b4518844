"""``room-tags`` of the open API: the usual five verbs (API-2, CHAT-3)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.setting_base import SettingApiView
from chats.models import RoomTag
from chats.room_tags import add_room_tag, delete_room_tag, rename_room_tag, room_tags_of
from desk.api.open import PAGING
from desk.api.serializers import StrictSerializer, TextField


class RoomTagShape(serializers.Serializer[Any]):
    """A tag of chats, with the number of chats that have it."""

    id = serializers.CharField()
    name = serializers.CharField()
    chatsCount = serializers.IntegerField()


class RoomTagPageShape(serializers.Serializer[Any]):
    """A page of room tags; ``next`` is the ``since`` of the next page, null on the last."""

    roomTags = RoomTagShape(many=True)
    next = serializers.CharField(allow_null=True)


class RoomTagNameShape(StrictSerializer):
    """The name of a room tag: 1 to 20 characters."""

    name = TextField(max_length=200)


_NAME = RoomTagNameShape()


class RoomTagsView(SettingApiView):
    """All room tags, and new ones. A chat's own are set with the chat."""

    @extend_schema(
        operation_id="list_room_tags",
        tags=["chats"],
        summary="Tags of chats",
        parameters=PAGING,
        responses=RoomTagPageShape,
    )
    def get(self, request: Request) -> Response:
        rows, following = self.page_of(room_tags_of(self.site))
        return Response({"roomTags": [room_tag_data(row) for row in rows], "next": following})

    @extend_schema(
        operation_id="create_room_tag",
        tags=["chats"],
        summary="Make a room tag",
        request=RoomTagNameShape,
        responses={201: RoomTagShape},
    )
    def post(self, request: Request) -> Response:
        data = _NAME.run_validation(self.body())
        tag = add_room_tag(self.site, data["name"], actor=self.actor)
        return Response(room_tag_data(room_tags_of(self.site).get(pk=tag.pk)), status=201)


class RoomTagView(SettingApiView):
    """One room tag."""

    def tag(self, tag_id: str) -> RoomTag:
        """The tag of this site, or 404."""
        return self.found(room_tags_of(self.site).select_related("site"), tag_id)

    @extend_schema(operation_id="read_room_tag", tags=["chats"], summary="A room tag", responses=RoomTagShape)
    def get(self, request: Request, tag_id: str) -> Response:
        return Response(room_tag_data(self.tag(tag_id)))

    @extend_schema(
        operation_id="change_room_tag",
        tags=["chats"],
        summary="Rename, on every chat",
        request=RoomTagNameShape,
        responses=RoomTagShape,
    )
    def patch(self, request: Request, tag_id: str) -> Response:
        tag, data = self.tag(tag_id), _NAME.run_validation(self.body())
        rename_room_tag(tag, data["name"], actor=self.actor)
        return Response(room_tag_data(self.tag(tag_id)))

    @extend_schema(
        operation_id="delete_room_tag",
        tags=["chats"],
        summary="Delete, also from the chats that have it",
        responses={204: None},
    )
    def delete(self, request: Request, tag_id: str) -> Response:
        delete_room_tag(self.tag(tag_id), actor=self.actor)
        return Response(status=204)


def room_tag_data(tag: Any) -> dict[str, Any]:
    """``RoomTagShape`` of a tag with its number of ``chats``."""
    return {"id": str(tag.pk), "name": tag.name, "chatsCount": tag.chats}
