"""UNI-5, CHAT-1: a message that another channel brings in: whose it is, which room it belongs to, once and for all.

The account it came from is remembered as an identity; from then on it alone says whose the messages are. A message
whose id is known changes nothing, whatever else is told with it.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chats.messaging import Said, Text, say
from chats.models import SHARED_CHANNELS, Author, Chat, Message
from chats.opening import check_parameters, open_room
from contacts.creating import create_contact
from contacts.details import write_details
from contacts.emails import parse_email
from contacts.identities import create_identity, is_full
from contacts.junk import is_junk
from contacts.known_values import Origin, Seen, remember
from contacts.matching import contact_for_intake
from contacts.member_ids import is_member_id
from contacts.models import Channel, Contact, Identity, KnownField, LeadReason, Source
from contacts.phones import parse_phone
from contacts.profile_values import DetailRefused
from contacts.unifying import hold, unify
from contacts.whole import as_a_whole
from desk.actors import Actor
from desk.models import Site

CHANNELS = tuple(channel for channel in Channel if channel not in SHARED_CHANNELS)
MAX_KEY = 128
MAX_MESSAGE_ID = 100
# A call, a ticket or a mail is a chat; a messenger account is more than that (KIND-2).
_NO_MESSENGER = (Channel.PHONE, Channel.EMAIL, Channel.HELPCENTER)


@dataclass(frozen=True, slots=True)
class Incoming:
    """``key``: the customer's account on the channel; ``account``: the company's. ``contact``: name, email,
    mobileNumber, memberId as far as the channel knows them.
    """

    channel: Channel
    key: str
    message_id: str
    text: str
    account: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    at: datetime.datetime | None = None
    # Files that the bridge has added before, by their ids.
    attachments: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Where the message stands now; ``created``: for the first time."""

    chat: Chat
    message: Message
    created: bool


def take_in(site: Site, incoming: Incoming, *, actor: Actor, now: datetime.datetime) -> TakenIn:
    """Find or make the contact, the room and the message. ``DetailRefused``, ``ChatRefused``: then nothing is kept."""
    check_parameters(incoming.parameters)
    member_id = incoming.contact.get("memberId")
    if member_id and not is_member_id(member_id):
        raise DetailRefused("memberId")
    channel_key = f"{incoming.channel}:{incoming.message_id}"
    known = Message.objects.select_related("chat", "chat__contact").filter(site=site, channel_key=channel_key).first()
    if known is not None:
        return TakenIn(known.chat, known, created=False)

    def take() -> tuple[Chat, Said]:
        identity = _identity(site, incoming, actor=actor, now=now)
        chat = open_room(
            identity.contact,
            incoming.channel,
            identity,
            now=now,
            parameters=incoming.parameters,
            account=incoming.account,
        ).chat
        text = Text(incoming.text, channel_key=channel_key, at=incoming.at, attachments=incoming.attachments)
        return chat, say(chat, text, author=Author.VISITOR, actor=actor, now=now)

    # Of two bridges that bring one person's first message at once the slower begins again and finds what is there.
    chat, said = as_a_whole(take)
    return TakenIn(said.message.chat if not said.created else chat, said.message, said.created)


def _identity(site: Site, incoming: Incoming, *, actor: Actor, now: datetime.datetime) -> Identity:
    """The account's identity; a new one belongs to whom UNI-5 finds, or to somebody new."""
    origin = Origin(Source.API, actor.label, now)
    known = (
        Identity.objects.select_related("contact", "contact__site", "contact__profile")
        .filter(site=site, channel=incoming.channel, key=incoming.key)
        .first()
    )
    if known is not None:
        _fill(known.contact, incoming, origin, actor)
        return Identity.objects.select_related("contact", "contact__site").get(pk=known.pk)
    contact = contact_for_intake(
        site,
        incoming.channel,
        phone=incoming.contact.get("mobileNumber", ""),
        email=incoming.contact.get("email", ""),
        member_id=incoming.contact.get("memberId", ""),
        now=now,
    )
    if contact is not None:
        contact = _fill(contact, incoming, origin, actor)
    # BOOT-11: a contact that has all the accounts it may have is served as somebody else.
    if contact is None or is_full(contact):
        contact = _newcomer(site, incoming, origin, actor)
    identity = create_identity(site, contact.pk, incoming.channel, incoming.key, now=now)
    identity.contact = contact
    return identity


def _newcomer(site: Site, incoming: Incoming, origin: Origin, actor: Actor) -> Contact:
    details = {key: value for key, value in incoming.contact.items() if key != "memberId" and value}
    member_id = incoming.contact.get("memberId") or None
    if member_id and is_junk(site, KnownField.MEMBER_ID, member_id):
        member_id = None
    taken = member_id and Contact.objects.filter(site=site, member_id=member_id).exists()
    reason = LeadReason.CHAT if incoming.channel in _NO_MESSENGER else LeadReason.MESSENGER
    held = hold(site, None, [(details, False)], origin)
    contact = create_contact(
        site, [(details, False)], origin=origin, member_id=None if taken else member_id, lead_reason=reason
    )
    return unify(contact, held, origin=origin, actor=actor)


def _fill(contact: Contact, incoming: Incoming, origin: Origin, actor: Actor) -> Contact:
    """What the channel tells is written where nothing stands, and known in any case (QUAL-3)."""
    details = {key: value for key, value in incoming.contact.items() if key != "memberId" and value}
    if not details:
        return contact
    filled = write_details(contact.pk, [(details, True)], origin=origin, actor=actor, site=contact.site)
    phone = parse_phone(details.get("mobileNumber", ""), contact.site.phone_country)
    email = parse_email(details.get("email", ""))
    seen = [
        Seen(KnownField.NAME, details.get("name", "").strip()),
        Seen(KnownField.EMAIL, email.shown, email.norm),
        Seen(KnownField.MOBILE_NUMBER, phone.shown, phone.norm),
    ]
    remember(filled, seen, origin)
    return filled
