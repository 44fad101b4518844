"""Who talks in the tests of chats, and the shortest ways to let them."""

import datetime
from typing import Any

from chats.messaging import Said, Text, say
from chats.models import Author, Chat
from chats.opening import open_room
from contacts.models import Contact, Identity
from desk.actors import PLUGIN, Actor
from desk.models import Operator

NOON = datetime.datetime(2026, 11, 22, 3, 0, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


def account(contact: Contact, channel: str = "web", key: str = "") -> Identity:
    """A browser, app or messenger account of the contact."""
    return Identity.objects.create(
        site=contact.site,
        contact=contact,
        channel=channel,
        key=key or f"{channel}-{contact.pk}",
        last_boot_at=NOON,
        created_at=NOON,
    )


def room_of(contact: Contact, channel: str = "web", identity: Identity | None = None, **options: Any) -> Chat:
    """The room the contact talks in; opened when there is none."""
    return open_room(contact, channel, identity, now=options.pop("now", NOON), **options).chat


def visitor_says(chat: Chat, text: str, *, now: datetime.datetime = NOON, **names: Any) -> Said:
    return say(chat, Text(text, **names), author=Author.VISITOR, actor=PLUGIN, now=now)


def operator_says(chat: Chat, text: str, operator: Operator, *, now: datetime.datetime = NOON, **names: Any) -> Said:
    return say(chat, Text(text, **names), author=Author.OPERATOR, actor=Actor.of_operator(operator), now=now)
