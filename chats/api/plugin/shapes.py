"""What goes over the wire of the chat half of the plugin API. The streams tell visitors the same shapes."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chats.links import signed_link
from chats.models import Attachment, Author, Chat, Message
from desk.api.serializers import ObjectField, StrictSerializer, TextField, time_text


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string", "maxLength": 100}})
class VisitorParametersField(ObjectField):
    """CHAT-8: name, email, mobileNumber, memberId (100 characters each) and up to ten others (20 characters)."""


class NewVisitorMessageShape(StrictSerializer):
    """What the visitor says. ``clientId``: the page's own name for it; sent twice it is said once."""

    text = TextField(required=False, allow_blank=True)
    attachments = serializers.ListField(child=TextField(max_length=20), required=False, max_length=100)
    clientId = TextField(required=False, max_length=64)


class NewVisitorChatShape(StrictSerializer):
    """The first message, with what the page tells. An open chat goes on; without one a new one is opened."""

    message = NewVisitorMessageShape()
    parameters = VisitorParametersField(required=False)
    page = TextField(required=False, allow_null=True, allow_blank=True)


class VisitorAttachmentShape(serializers.Serializer[Any]):
    """A file. ``url``: an address on the desk's host, signed and good for an hour or two; ``width`` and ``height``: of
    pictures, in pixels.
    """

    id = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    type = serializers.CharField()
    url = serializers.CharField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)


class VisitorMessageShape(serializers.Serializer[Any]):
    """A message. ``number`` counts within the chat from 1 without gaps; ``clientId`` only of the visitor's own."""

    id = serializers.CharField()
    number = serializers.IntegerField()
    chatId = serializers.CharField()
    author = serializers.ChoiceField(choices=Author.values)
    authorName = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    attachments = VisitorAttachmentShape(many=True)
    at = serializers.DateTimeField()
    clientId = serializers.CharField(allow_null=True)


class VisitorChatShape(serializers.Serializer[Any]):
    """A chat as its visitor sees it. ``agent``: who has it, by name."""

    id = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["open", "closed"])
    messagesCount = serializers.IntegerField()
    unread = serializers.IntegerField()
    lastMessageAt = serializers.DateTimeField(allow_null=True)
    lastText = serializers.CharField()
    openedAt = serializers.DateTimeField()
    closedAt = serializers.DateTimeField(allow_null=True)
    agent = serializers.CharField(allow_null=True)


class StartedChatShape(VisitorChatShape):
    """The chat with the message that was said in it."""

    message = VisitorMessageShape()


class VisitorChatPageShape(serializers.Serializer[Any]):
    """A page of the visitor's chats, newest first; ``next`` is the ``since`` of the next page, null on the last.
    ``asksContact``: nothing is known at which an answer would find this visitor (CHAT-7).
    """

    chats = VisitorChatShape(many=True)
    next = serializers.CharField(allow_null=True)
    asksContact = serializers.BooleanField()


class VisitorMessagePageShape(serializers.Serializer[Any]):
    """Messages in their order. ``previous``: the ``before`` of the page with older ones, null at the beginning;
    ``next``: the ``after`` of the page with newer ones, null when these are the newest.
    """

    messages = VisitorMessageShape(many=True)
    previous = serializers.IntegerField(allow_null=True)
    next = serializers.IntegerField(allow_null=True)


class UploadedShape(serializers.Serializer[Any]):
    """A file that was taken; to be sent with a message within a day."""

    id = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    type = serializers.CharField()


def visitor_message_data(message: Message) -> dict[str, Any]:
    """``VisitorMessageShape`` of a message; its attachments should be loaded."""
    own = message.author == Author.VISITOR
    return {
        "id": str(message.pk),
        "number": message.number,
        "chatId": str(message.chat_id),
        "author": message.author,
        "authorName": _shown_name(message.author_name) if message.author == Author.OPERATOR else None,
        "text": message.text,
        "attachments": [_attachment_data(one) for one in sorted(message.attachments.all(), key=lambda one: one.pk)],
        "at": time_text(message.at),
        "clientId": message.client_id or None if own else None,
    }


def visitor_chat_data(chat: Chat) -> dict[str, Any]:
    """``VisitorChatShape`` of a chat; its assignee should be loaded."""
    return {
        "id": str(chat.pk),
        "number": chat.number,
        "state": "open" if chat.is_open else "closed",
        "messagesCount": chat.messages_count,
        "unread": chat.unread,
        "lastMessageAt": time_text(chat.last_message_at) if chat.last_message_at else None,
        "lastText": chat.last_text,
        "openedAt": time_text(chat.opened_at),
        "closedAt": time_text(chat.closed_at) if chat.closed_at else None,
        "agent": _shown_name(chat.assignee.name) if chat.assignee else None,
    }


def uploaded_data(attachment: Attachment) -> dict[str, Any]:
    """``UploadedShape`` of a file."""
    return {"id": str(attachment.pk), "name": attachment.name, "size": attachment.size, "type": attachment.type}


def _shown_name(name: str) -> str | None:
    """An operator's name; never the e-mail address that stands in for a name that was not given."""
    return name if name and "@" not in name else None


def _attachment_data(attachment: Attachment) -> dict[str, Any]:
    return {
        **uploaded_data(attachment),
        "url": signed_link(attachment, now=timezone.now()),
        "width": attachment.width,
        "height": attachment.height,
    }
