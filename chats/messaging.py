"""CHAT-1, CHAT-4: saying something in a chat. Numbers are given under the lock of the chat's row, so the order is one
for all; what is sent twice under one name is said once.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from chats.announcing import announce_message
from chats.attaching import check_number, claim
from chats.errors import ChatRefused
from chats.handling import assign
from chats.models import SHARED_CHANNELS, Author, Chat, ContactChats, Happened, Message, OutgoingMessage, State
from chats.opening import hold_chat
from chats.routing import route
from chats.telling import tell
from chats.texts import MAX_TEXT as MAX_TEXT
from chats.texts import check_text as check_text
from contacts.kinds import become_lead
from contacts.models import Contact, Kind, LeadReason
from desk.actors import Actor
from desk.models import Operator

MAX_CLIENT_ID = 64
SHOWN_OF_LAST = 200
# What saying something changes on the chat's own row.
_KEPT_ON_THE_ROW = (
    *("messages_count", "unread", "unseen", "last_message_at", "last_text", "last_by_visitor"),
    *("state", "assignee_id", "team_id", "category_id", "contact_id"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """The message, and whether this call said it (or an earlier one of the same name)."""

    message: Message
    created: bool


@dataclass(frozen=True, slots=True)
class Text:
    """What is to be said. ``client_id``: the sender's own name for it; ``channel_key``: another channel's.

    ``attachments``: ids of files that the same sender has added before (CHAT-9); beside them the text may be blank.
    """

    text: str
    client_id: str = ""
    channel_key: str = ""
    at: datetime.datetime | None = None
    attachments: Sequence[int] = ()


def say(chat: Chat, text: Text, *, author: Author, actor: Actor, now: datetime.datetime) -> Said:
    """Add a message; ``ChatRefused`` when the chat is closed or gone, the contact blocked, the text none, a file not
    the sender's.

    A visitor's message makes an anonymous contact a lead (KIND-2), a message either way is a touch (RET-1). An
    operator's answer takes a waiting chat up, and makes the chat that nobody has the operator's own.
    """
    body = check_text(text.text, may_be_blank=bool(text.attachments))
    check_number(text.attachments)
    if max(len(text.client_id), len(text.channel_key) - MAX_CLIENT_ID) > MAX_CLIENT_ID:
        raise ChatRefused("key_too_long", path="id")
    with transaction.atomic():
        contact = _lock_contact(chat)
        held = hold_chat(chat)
        if (earlier := _said_already(held, text)) is not None:
            return Said(earlier, created=False)
        _refuse(held, contact, author)
        message = _insert(held, body, text, author=author, actor=actor, now=now)
        files = claim(message, text.attachments, contact=contact, actor=actor)
        _note(held, message, shown=body or ", ".join(file.name for file in files), author=author)
        Contact.objects.filter(pk=contact.pk).update(last_touch_at=now)
        if author == Author.VISITOR and contact.kind == Kind.ANONYMOUS:
            become_lead(contact, LeadReason.CHAT, now=now)
        if author != Author.VISITOR and held.channel not in SHARED_CHANNELS:
            OutgoingMessage.objects.create(
                message=message, site_id=held.site_id, chat=held, channel=held.channel, at=now
            )
        if author == Author.VISITOR and message.number == 1 and held.state != State.BOT:
            held.contact = contact
            # Whoever chooses an agent is held before anything is told.
            route(held, now=now)
        announce_message(held, message, now=now)
        tell(held, Happened.MESSAGE, message=message.number, now=now)
        # Who answers what nobody has yet has it from now on; nobody wonders who goes on with it.
        if author == Author.OPERATOR and actor.operator is not None and held.assignee_id is None:
            assign(held, actor.operator, actor=actor, now=now)
    for name in _KEPT_ON_THE_ROW:
        setattr(chat, name, getattr(held, name))
    return Said(message, created=True)


def mark_read_by_visitor(chat: Chat, *, now: datetime.datetime) -> None:
    """The visitor has seen everything up to now."""
    with transaction.atomic():
        held = hold_chat(chat)
        if held.unread:
            Chat.objects.filter(pk=chat.pk).update(unread=0)
            ContactChats.objects.filter(contact=held.contact_id).update(unread=F("unread") - held.unread)
            tell(held, Happened.READ, now=now)
    chat.unread = 0


def mark_seen(chat: Chat, operator: Operator, *, now: datetime.datetime) -> None:
    """An operator has seen everything up to now: whose chat it is, or anybody while it is nobody's.

    A colleague who looks in does not take the mark from the one who has to answer.
    """
    with transaction.atomic():
        held = hold_chat(chat)
        if held.unseen and held.assignee_id in (None, operator.pk):
            Chat.objects.filter(pk=chat.pk).update(unseen=0)
            tell(held, Happened.CHAT, now=now)
            chat.unseen = 0


def _lock_contact(chat: Chat) -> Contact:
    """The contact first, as everywhere: a merge takes the contacts and then moves their chats."""
    while True:
        owner = Chat.objects.filter(pk=chat.pk).values_list("contact_id", flat=True).first()
        if owner is None:
            raise ChatRefused("gone")
        contacts = Contact.objects.select_related("site").select_for_update(no_key=True, of=("self",))
        contact = contacts.filter(pk=owner).first()
        # It may have been merged into another one while the row was waited for, or deleted with the chat.
        if contact is not None and Chat.objects.filter(pk=chat.pk, contact=contact).exists():
            return contact


def _said_already(chat: Chat, text: Text) -> Message | None:
    if text.channel_key:
        return Message.objects.filter(site_id=chat.site_id, channel_key=text.channel_key).first()
    if text.client_id:
        return Message.objects.filter(chat=chat, client_id=text.client_id).first()
    return None


def _refuse(chat: Chat, contact: Contact, author: Author) -> None:
    if not chat.is_open:
        raise ChatRefused("closed")
    if contact.blocked and author == Author.VISITOR:
        raise ChatRefused("blocked")


def _insert(chat: Chat, body: str, text: Text, *, author: Author, actor: Actor, now: datetime.datetime) -> Message:
    return Message.objects.create(
        site_id=chat.site_id,
        chat=chat,
        number=chat.messages_count + 1,
        author=author,
        operator=actor.operator,
        author_name=actor.label[:120] if author != Author.VISITOR else "",
        text=body,
        at=min(text.at, now) if text.at else now,
        client_id=text.client_id,
        channel_key=text.channel_key,
    )


def _note(chat: Chat, message: Message, *, shown: str, author: Author) -> None:
    """What the chat's own row says of its last message; ``shown``: its text, or the names of its files."""
    from_visitor = author == Author.VISITOR
    # What is said on channels of others is read there, and never marked as read here.
    waits = not from_visitor and chat.channel in SHARED_CHANNELS
    chat.messages_count = message.number
    chat.last_message_at = message.at
    chat.last_text = shown[:SHOWN_OF_LAST]
    chat.last_by_visitor = from_visitor
    chat.unread += waits
    chat.unseen = chat.unseen + 1 if from_visitor else 0
    if author == Author.OPERATOR and chat.state in (State.BOT, State.WAITING, State.RECEIVED, State.ON_HOLD):
        chat.state = State.IN_PROGRESS
    Chat.objects.filter(pk=chat.pk).update(
        messages_count=F("messages_count") + 1,
        last_message_at=chat.last_message_at,
        last_text=chat.last_text,
        last_by_visitor=from_visitor,
        unread=chat.unread,
        unseen=chat.unseen,
        state=chat.state,
    )
    if waits:
        ContactChats.objects.filter(contact=chat.contact_id).update(unread=F("unread") + 1)
