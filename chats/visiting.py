"""CHAT-2, CHAT-8, BOOT-14: a visitor of a page or app begins a chat, and which chats are theirs.

What a page passes about the person is the word of the site's script, as at boot. A memberId that it passes signs nobody
in (BOOT-2): it stands among the room's parameters, as something that was said.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from chats.errors import ChatRefused
from chats.messaging import Said, Text, say
from chats.models import SHARED_CHANNELS, Author, Chat, Message
from chats.opening import check_parameters, open_room
from contacts.details import lock, write_details
from contacts.known_values import Origin
from contacts.models import Contact, Source
from contacts.visits import Visitor
from contacts.whole import as_a_whole
from desk.actors import PLUGIN

MAX_DETAIL = 100
# What a page may pass about the person, beside parameters of the room.
_WRITTEN = ("name", "email", "mobileNumber")
_DETAILS = (*_WRITTEN, "memberId")


@dataclass(frozen=True, slots=True)
class Told:
    """What the page passes when it opens a chat (CHAT-8), split by what becomes of it."""

    details: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """The room, and what was said in it."""

    chat: Chat
    said: Said


def chats_of(contact: Contact) -> QuerySet[Chat]:
    """What the visitor sees: the chats with this contact's browsers and apps. Telephone calls, mails and messengers
    have their own places, and were joined by less than a sign-in.
    """
    return Chat.objects.filter(contact=contact, channel__in=SHARED_CHANNELS).select_related("assignee")


def can_be_reached(contact: Contact) -> bool:
    """CHAT-7: whether an answer finds this person away from the page. If not, the messenger asks for a number."""
    return bool(contact.email or contact.mobile_number)


def read_told(parameters: Mapping[str, Any]) -> Told:
    """CHAT-8: refused, never cut, when something is longer than it may be. Empty values change nothing."""
    for name in _DETAILS:
        value = parameters.get(name, "")
        if not isinstance(value, str) or "\0" in value:
            raise ChatRefused("parameter_invalid", path=f"parameters.{name}", name=name)
        if len(value) > MAX_DETAIL:
            raise ChatRefused("detail_too_long", path=f"parameters.{name}", name=name)
    others = {name: value for name, value in parameters.items() if name not in _DETAILS}
    details = {name: parameters[name] for name in _DETAILS if parameters.get(name, "").strip()}
    return Told(details, check_parameters(others))


def start_chat(visitor: Visitor, text: Text, *, told: Told, page: str = "", now: datetime.datetime) -> Started:
    """Say the first message in the room the visitor talks in; a new one is opened when none is open.

    Whole or not at all: a message that is refused opens no room. ``ContactGone`` when the person was unified into
    another meanwhile.
    """

    def start() -> Started:
        # The contact first, as ``say`` and merges do it; so of one person's calls at once each sees what the other did.
        contact, _profile = lock(visitor.contact.pk, visitor.site)
        if (earlier := _said_before(contact, text)) is not None:
            return Started(earlier.chat, Said(earlier, created=False))
        if contact.blocked:
            raise ChatRefused("blocked")
        written = {name: value for name, value in told.details.items() if name in _WRITTEN}
        if written:
            origin = Origin(Source.SCRIPT, "", now)
            contact = write_details(contact.pk, [(written, False)], origin=origin, actor=PLUGIN, site=visitor.site)
        identity = visitor.identity
        chat = open_room(
            contact,
            identity.channel,
            identity,
            now=now,
            page=page,
            parameters=told.parameters,
            member_id=told.details.get("memberId", ""),
        ).chat
        return Started(chat, say(chat, text, author=Author.VISITOR, actor=PLUGIN, now=now))

    return as_a_whole(start)


def _said_before(contact: Contact, text: Text) -> Message | None:
    """The same message in any room of theirs: the room it opened may have been closed before it was sent again."""
    if not text.client_id:
        return None
    own = Message.objects.filter(chat__in=chats_of(contact).values("pk"), client_id=text.client_id)
    return own.filter(author=Author.VISITOR).select_related("chat", "chat__assignee").first()
