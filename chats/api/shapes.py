"""What the open API says of chats, and takes."""

from collections.abc import Iterable, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chats.models import Attachment, Chat, Memo, Message
from contacts.models import Channel
from desk.api.serializers import MomentField, ObjectField, StrictSerializer, TextField, time_text
from desk.ids import read_id


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": "string", "maxLength": 20}, "maxProperties": 10}
)
class ParametersField(ObjectField):
    """{name: text} that the page or channel passes (CHAT-8)."""


class AgentShape(serializers.Serializer[Any]):
    """An operator."""

    id = serializers.CharField()
    name = serializers.CharField()


class ChatTeamShape(serializers.Serializer[Any]):
    """The team that a chat waits for, or first was given to."""

    id = serializers.CharField()
    name = serializers.CharField()


class ChatShape(serializers.Serializer[Any]):
    """A chat. ``number`` is the room number; ``unread`` is what the visitor has not seen yet."""

    id = serializers.CharField()
    number = serializers.IntegerField()
    contactId = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.values)
    account = serializers.CharField(allow_null=True)
    identificationNumber = serializers.CharField(allow_null=True)
    state = serializers.CharField()
    assignee = AgentShape(allow_null=True)
    team = ChatTeamShape(allow_null=True)
    category = serializers.CharField(allow_null=True)
    categoryNote = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    page = serializers.CharField(allow_null=True)
    parameters = serializers.DictField(child=serializers.CharField())
    messagesCount = serializers.IntegerField()
    unread = serializers.IntegerField()
    lastMessageAt = serializers.DateTimeField(allow_null=True)
    openedAt = serializers.DateTimeField()
    closedAt = serializers.DateTimeField(allow_null=True)
    closedBy = serializers.CharField(allow_null=True)


class ChatPageShape(serializers.Serializer[Any]):
    """A page of chats, newest first; ``next`` is the ``since`` of the next page, null on the last."""

    chats = ChatShape(many=True)
    next = serializers.CharField(allow_null=True)


class AttachmentShape(serializers.Serializer[Any]):
    """A file; its bytes are at `attachments/{id}`. ``width`` and ``height``: of pictures, in pixels."""

    id = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    type = serializers.CharField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)


class MessageShape(serializers.Serializer[Any]):
    """A message. ``number`` counts within the chat from 1 without gaps."""

    id = serializers.CharField()
    number = serializers.IntegerField()
    author = serializers.ChoiceField(choices=["visitor", "operator", "bot", "api"])
    authorName = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    attachments = AttachmentShape(many=True)
    at = serializers.DateTimeField()


class MessagePageShape(serializers.Serializer[Any]):
    """Messages in their order; ``next`` is the ``after`` of the next page, null when there are no more."""

    messages = MessageShape(many=True)
    next = serializers.IntegerField(allow_null=True)


class MemoShape(serializers.Serializer[Any]):
    """A note for colleagues."""

    id = serializers.CharField()
    text = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class ChatChangesShape(StrictSerializer):
    """What is to be different. ``state`` is waiting, received, inProgress, onHold or closed; a state on a closed chat
    opens it again. ``assignee`` is an operator's e-mail address, null gives the chat back.
    ``team`` is a team's id, null takes the chat from its team; who has the chat keeps it.
    """

    state = TextField(required=False, max_length=10)
    assignee = TextField(required=False, allow_null=True, max_length=254)
    team = TextField(required=False, allow_null=True, max_length=20)
    category = TextField(required=False, allow_null=True, max_length=20)
    categoryNote = TextField(required=False, allow_blank=True, max_length=100)
    tags = serializers.ListField(child=TextField(allow_blank=True, max_length=200), required=False, max_length=100)


class NewMessageShape(StrictSerializer):
    """A message to the visitor. ``id``: the program's own name for it; sent twice it is said once. ``attachments``: ids
    of files that were added before; beside them the text may be empty.
    """

    text = TextField(required=False, allow_blank=True)
    attachments = serializers.ListField(child=TextField(max_length=20), required=False, max_length=100)
    id = TextField(required=False, max_length=64)


class NewMemoShape(StrictSerializer):
    """A note."""

    text = TextField(allow_blank=True)


class IntakeContactShape(StrictSerializer):
    """What the channel knows of the customer."""

    name = TextField(required=False, allow_null=True, allow_blank=True, max_length=100)
    email = TextField(required=False, allow_null=True, allow_blank=True, max_length=254)
    mobileNumber = TextField(required=False, allow_null=True, allow_blank=True, max_length=50)
    memberId = TextField(required=False, allow_null=True, max_length=255)


class IntakeMessageShape(StrictSerializer):
    """The message. ``id`` is the channel's; the same id twice is accepted once. ``attachments``: ids of files that were
    added before; beside them the text may be empty.
    """

    id = TextField(max_length=100)
    text = TextField(required=False, allow_blank=True)
    attachments = serializers.ListField(child=TextField(max_length=20), required=False, max_length=100)
    at = MomentField(required=False)


class IntakeShape(StrictSerializer):
    """A message from another channel. ``key``: the customer's account there; ``account``: the company's."""

    channel = serializers.ChoiceField(choices=[value for value in Channel.values if value not in ("web", "app")])
    account = TextField(required=False, allow_blank=True, max_length=80)
    key = TextField(max_length=128)
    contact = IntakeContactShape(required=False)
    message = IntakeMessageShape()
    parameters = ParametersField(required=False)


class TakenInShape(serializers.Serializer[Any]):
    """Whose the message is, and where it stands."""

    contact = serializers.DictField()
    chat = ChatShape()
    message = MessageShape()


def chats_data(chats: Iterable[Chat]) -> list[dict[str, Any]]:
    """``ChatShape`` of chats with identity, site, assignee, team, category and tags loaded."""
    return [
        {
            "id": str(chat.pk),
            "number": chat.number,
            "contactId": str(chat.contact_id),
            "channel": chat.channel,
            "account": chat.account or None,
            "identificationNumber": chat.identity.identification_number if chat.identity else None,
            "state": chat.state,
            "assignee": {"id": str(chat.assignee.pk), "name": str(chat.assignee)} if chat.assignee else None,
            "team": {"id": str(chat.team.pk), "name": chat.team.name} if chat.team else None,
            "category": str(chat.category_id) if chat.category_id else None,
            "categoryNote": chat.category_note,
            "tags": sorted(attachment.tag.name for attachment in chat.tag_attachments.all()),
            "page": chat.page or None,
            "parameters": chat.parameters,
            "messagesCount": chat.messages_count,
            "unread": chat.unread,
            "lastMessageAt": time_text(chat.last_message_at) if chat.last_message_at else None,
            "openedAt": time_text(chat.opened_at),
            "closedAt": time_text(chat.closed_at) if chat.closed_at else None,
            "closedBy": chat.closed_by or None,
        }
        for chat in chats
    ]


def message_data(message: Message) -> dict[str, Any]:
    """``MessageShape`` of a message; its attachments should be loaded."""
    return {
        "id": str(message.pk),
        "number": message.number,
        "author": message.author,
        "authorName": message.author_name or None,
        "text": message.text,
        "attachments": [attachment_data(one) for one in sorted(message.attachments.all(), key=lambda one: one.pk)],
        "at": time_text(message.at),
    }


def attachment_data(attachment: Attachment) -> dict[str, Any]:
    """``AttachmentShape`` of a file."""
    return {
        "id": str(attachment.pk),
        "name": attachment.name,
        "size": attachment.size,
        "type": attachment.type,
        "width": attachment.width,
        "height": attachment.height,
    }


def read_ids(texts: Sequence[str]) -> tuple[int, ...]:
    """The ids of files as a message names them; what is none names no file."""
    return tuple(-1 if (wanted := read_id(text)) is None else wanted for text in texts)


def memo_data(memo: Memo) -> dict[str, Any]:
    """``MemoShape`` of a memo."""
    return {"id": str(memo.pk), "text": memo.text, "by": memo.author_name, "at": time_text(memo.at)}
