"""API-3: what webhooks hear of chats. The rules call this inside their transaction, before they tell the streams.

Each costs one statement where no webhook of the site wants the event.
"""

import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from chats.facts import chat_facts, message_facts, with_what_is_told
from chats.models import Chat, Message
from desk.models import Operator
from desk.webhooks import announce, webhook_events

MESSAGE_CREATED = "message.created"
OPENED = "chat.opened"
CLOSED = "chat.closed"
ASSIGNED = "chat.assigned"

webhook_events.register(MESSAGE_CREATED, _("Something was said in a chat"))
webhook_events.register(OPENED, _("A chat was opened, or opened again"))
webhook_events.register(CLOSED, _("A chat was closed"))
webhook_events.register(ASSIGNED, _("A chat was given to an agent, or back"))


def announce_message(chat: Chat, message: Message, *, now: datetime.datetime) -> None:
    """Somebody has said something."""

    def data() -> dict[str, Any]:
        return {"message": message_facts(with_what_is_told(Message.objects.filter(pk=message.pk)).get())}

    announce(chat.site_id, MESSAGE_CREATED, data, subject=chat.contact_id, now=now)


def announce_chat(event: str, chat: Chat, *, now: datetime.datetime) -> None:
    """The chat is as it stands in the database now."""
    announce(chat.site_id, event, lambda: {"chat": _facts(chat)}, subject=chat.contact_id, now=now)


def announce_assigned(chat: Chat, before: Operator | None, *, now: datetime.datetime) -> None:
    """Somebody else has it now, or nobody; ``before`` had it."""

    def data() -> dict[str, Any]:
        return {"chat": _facts(chat), "before": {"id": str(before.pk), "name": str(before)} if before else None}

    announce(chat.site_id, ASSIGNED, data, subject=chat.contact_id, now=now)


def _facts(chat: Chat) -> dict[str, Any]:
    chats = Chat.objects.select_related("identity", "identity__site", "assignee", "team").prefetch_related(
        "tag_attachments__tag"
    )
    return chat_facts(chats.get(pk=chat.pk))
