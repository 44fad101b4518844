"""CHAT-1: what operators say on channels of others, handed to the bridge that carries it there.

``chats.messaging.say`` puts it in line; a bridge fetches it, carries it out, and says so. Until then it is handed out
again, so a bridge that dies half-way loses nothing; it knows a message it has seen by the id.
"""

import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from chats.errors import ChatRefused
from chats.facts import with_what_is_told
from chats.models import SHARED_CHANNELS, Author, Message, OutgoingMessage
from chats.noting import add_memo
from chats.opening import hold_chat
from contacts.models import Channel
from desk.actors import Actor
from desk.models import Site

CHANNELS = tuple(channel for channel in Channel if channel not in SHARED_CHANNELS)
MAX_REASON = 500
_MAX_KEY = 100


def waiting_messages(site: Site, channel: str, *, after: int = 0, limit: int) -> list[Message]:
    """What waits for the bridge of the channel, oldest first, behind the message ``after``."""
    waiting = OutgoingMessage.objects.filter(site=site, channel=channel, message__gt=after).order_by("message")
    ids = list(waiting.values_list("message", flat=True)[:limit])
    return list(with_what_is_told(Message.objects.filter(pk__in=ids)).order_by("pk"))


def find_outgoing(site: Site, message_id: int) -> Message | None:
    """A message that waits, or once waited, for a bridge; None for any other."""
    said = Message.objects.select_related("chat", "chat__site").filter(site=site, pk=message_id)
    return said.exclude(author=Author.VISITOR).exclude(chat__channel__in=SHARED_CHANNELS).first()


def carried_out(message: Message, *, channel_message_id: str = "") -> bool:
    """The bridge has it; False when it had said so before. ``channel_message_id``: what the channel calls it, so that
    an echo of it that comes back through the intake is not said twice.
    """
    key = f"{message.chat.channel}:{channel_message_id}" if channel_message_id else ""
    if len(channel_message_id) > _MAX_KEY:
        raise ChatRefused("key_too_long", path="channelMessageId")
    try:
        with transaction.atomic():
            waited = _leave_line(message)
            if key:
                Message.objects.filter(pk=message.pk, channel_key="").update(channel_key=key)
    except IntegrityError:
        raise ChatRefused("key_taken", path="channelMessageId") from None
    return waited


@transaction.atomic
def not_carried_out(message: Message, reason: str, *, actor: Actor, now: datetime.datetime) -> bool:
    """The channel does not take it: operators read why beside the conversation. False when that was settled before."""
    if len(reason) > MAX_REASON:
        raise ChatRefused("reason_too_long", path="failed")
    hold_chat(message.chat)
    if not _leave_line(message):
        return False
    # For whoever works on the site, not for the program that calls.
    with override(message.chat.site.language):
        note = _("Message %(number)s was not delivered: %(reason)s") % {"number": message.number, "reason": reason}
    add_memo(message.chat, note, actor=actor, now=now)
    return True


def _leave_line(message: Message) -> bool:
    """Take the message out of the line; of two that say so at once one does."""
    return bool(OutgoingMessage.objects.filter(message=message).delete()[0])
