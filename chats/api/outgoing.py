"""``outgoing`` of the open API: what operators said on channels of others, for the bridge that carries it (CHAT-1)."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.views import ChatApiView
from chats.facts import message_facts
from chats.outgoing import CHANNELS, carried_out, find_outgoing, not_carried_out, waiting_messages
from desk.api.errors import Malformed, Problem
from desk.api.open import PAGING, read_limit
from desk.api.serializers import StrictSerializer, TextField
from desk.ids import read_id

_CHANNEL = OpenApiParameter("channel", str, enum=[str(channel) for channel in CHANNELS], required=True)


class OutgoingAttachmentShape(serializers.Serializer[Any]):
    """A file of the message; fetched by `GET attachments/{id}`."""

    id = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    type = serializers.CharField()


class OutgoingShape(serializers.Serializer[Any]):
    """A message to carry out: ``key`` is the customer's account on the channel, ``account`` the company's."""

    id = serializers.CharField()
    number = serializers.IntegerField()
    direction = serializers.ChoiceField(choices=["incoming", "outgoing"])
    channel = serializers.CharField()
    account = serializers.CharField(allow_null=True)
    key = serializers.CharField(allow_null=True)
    chatId = serializers.CharField()
    chatNumber = serializers.IntegerField()
    contactId = serializers.CharField()
    author = serializers.ChoiceField(choices=["visitor", "operator", "bot", "api"])
    authorName = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    attachments = OutgoingAttachmentShape(many=True)
    at = serializers.DateTimeField()


class OutgoingPageShape(serializers.Serializer[Any]):
    """What waits, oldest first; ``next`` is the ``since`` of the next page, null on the last."""

    messages = OutgoingShape(many=True)
    next = serializers.CharField(allow_null=True)


class DoneShape(StrictSerializer):
    """How it went: nothing, or what the channel calls the message now, or why it could not be carried out."""

    channelMessageId = TextField(required=False, max_length=100)
    failed = TextField(required=False, max_length=500)


_DONE = DoneShape()


class OutgoingView(ChatApiView):
    """What waits for a bridge."""

    query_parameters = frozenset({"limit", "since", "channel"})

    @extend_schema(
        operation_id="list_outgoing",
        tags=["bridges"],
        summary="Messages that wait to be carried to another channel, oldest first",
        description="They are handed out until `done` is called for them.",
        parameters=[_CHANNEL, *PAGING],
        responses=OutgoingPageShape,
    )
    def get(self, request: Request) -> Response:
        limit, query = read_limit(request.query_params), request.query_params
        channel, since = query.get("channel"), query.get("since", "0")
        if channel not in CHANNELS:
            message = _("One of these is expected: %(values)s.") % {"values": ", ".join(CHANNELS)}
            raise Malformed(Problem("channel", "invalid", message))
        if (after := read_id(since)) is None:
            raise Malformed(Problem("since", "invalid", _("This is no place in the list.")))
        rows = waiting_messages(self.site, channel, after=after, limit=limit + 1)
        following = str(rows[limit - 1].pk) if len(rows) > limit else None
        return Response({"messages": [message_facts(row) for row in rows[:limit]], "next": following})


class OutgoingDoneView(ChatApiView):
    """One message has left the desk, or cannot."""

    @extend_schema(
        operation_id="finish_outgoing",
        tags=["bridges"],
        summary="The message was carried out, or could not be",
        description="Said twice it counts once. `failed` is noted beside the conversation, where operators read it.",
        request=DoneShape,
        responses={204: None},
    )
    def post(self, request: Request, message_id: str) -> Response:
        wanted = read_id(message_id)
        message = find_outgoing(self.site, wanted) if wanted is not None else None
        if message is None:
            raise NotFound
        data = _DONE.run_validation(self.body())
        if len(data) > 1:
            raise Malformed(Problem("failed", "invalid", _("Either it was carried out or it failed.")))
        if "failed" in data:
            not_carried_out(message, data["failed"], actor=self.actor, now=timezone.now())
        else:
            carried_out(message, channel_message_id=data.get("channelMessageId", ""))
        return Response(status=204)
