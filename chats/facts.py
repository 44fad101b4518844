"""What webhooks and bridges are told of chats and messages (API-3, CHAT-1), by the names that the open API uses."""

import datetime
from typing import Any

from django.db.models import QuerySet

from chats.models import SHARED_CHANNELS, Author, Chat, Message


def with_what_is_told(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Messages with all that ``message_facts`` reads: two statements for any number of them."""
    return messages.select_related("chat", "chat__identity").prefetch_related("attachments")


def message_facts(message: Message) -> dict[str, Any]:
    """A message and where it goes. ``key`` is the customer's account on the channel, which a bridge answers to;
    browsers have none that others should know.
    """
    chat = message.chat
    is_foreign = chat.channel not in SHARED_CHANNELS
    return {
        "id": str(message.pk),
        "number": message.number,
        "direction": "incoming" if message.author == Author.VISITOR else "outgoing",
        "channel": chat.channel,
        "account": chat.account or None,
        "key": chat.identity.key if is_foreign and chat.identity else None,
        "chatId": str(chat.pk),
        "chatNumber": chat.number,
        "contactId": str(chat.contact_id),
        "author": message.author,
        "authorName": message.author_name or None,
        "text": message.text,
        "attachments": [
            {"id": str(file.pk), "name": file.name, "size": file.size, "type": file.type}
            for file in sorted(message.attachments.all(), key=lambda file: file.pk)
        ],
        "at": moment_text(message.at),
    }


def chat_facts(chat: Chat) -> dict[str, Any]:
    """A chat with ``identity`` (and its site), ``assignee``, ``team`` and tags at hand, in the open API's shape."""
    agent = chat.assignee
    return {
        "id": str(chat.pk),
        "number": chat.number,
        "contactId": str(chat.contact_id),
        "channel": chat.channel,
        "account": chat.account or None,
        "identificationNumber": chat.identity.identification_number if chat.identity else None,
        "state": chat.state,
        "assignee": {"id": str(agent.pk), "name": str(agent)} if agent else None,
        "team": {"id": str(chat.team.pk), "name": chat.team.name} if chat.team else None,
        "category": str(chat.category_id) if chat.category_id else None,
        "categoryNote": chat.category_note,
        "tags": sorted(attachment.tag.name for attachment in chat.tag_attachments.all()),
        "page": chat.page or None,
        "parameters": chat.parameters,
        "messagesCount": chat.messages_count,
        "unread": chat.unread,
        "lastMessageAt": moment_text(chat.last_message_at) if chat.last_message_at else None,
        "openedAt": moment_text(chat.opened_at),
        "closedAt": moment_text(chat.closed_at) if chat.closed_at else None,
        "closedBy": chat.closed_by or None,
    }


def moment_text(moment: datetime.datetime) -> str:
    """ISO 8601 in UTC with ``Z``, as everywhere outside."""
    return moment.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
