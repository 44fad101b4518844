"""CHAT-2, CHAT-8: which room somebody talks in. A new one is opened only when there is none open.

Web and app of one contact share a room; on other channels each account has its own. Which of many first messages
opens it is decided by the unique constraints.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from chats.announcing import OPENED, announce_chat
from chats.errors import ChatRefused
from chats.models import SHARED_CHANNELS, Chat, ChatNumberCounter, ContactChats
from contacts.models import Contact, Identity
from desk.counters import take_numbers

MAX_PARAMETERS = 10
MAX_PARAMETER = 20
MAX_PAGE = 1000
SAID_MEMBER_ID = "memberId"


@dataclass(frozen=True, slots=True)
class Opened:
    """The room, and whether it is new."""

    chat: Chat
    created: bool


def find_open_room(contact: Contact, channel: str, identity: Identity | None) -> Chat | None:
    """The open room in which this account of the contact talks now; None: the next message opens one."""
    open_ = Chat.objects.select_related("site", "contact").filter(closed_at=None)
    if channel in SHARED_CHANNELS:
        return open_.filter(contact=contact, channel__in=SHARED_CHANNELS).first()
    return open_.filter(identity=identity).exclude(channel__in=SHARED_CHANNELS).first() if identity else None


def hold_chat(chat: Chat) -> Chat:
    """The row as it is now, locked until the end of the transaction: the first thing a rule about a chat does."""
    return Chat.objects.select_related("assignee").select_for_update(no_key=True, of=("self",)).get(pk=chat.pk)


@transaction.atomic
def open_room(
    contact: Contact,
    channel: str,
    identity: Identity | None,
    *,
    now: datetime.datetime,
    page: str = "",
    parameters: Mapping[str, str] | None = None,
    member_id: str = "",
    account: str = "",
) -> Opened:
    """The open room, or a new one. Parameters that are given replace those of the same name (CHAT-8).

    ``member_id``: what a page said; it stands beside the ten parameters and may be longer.
    """
    given = check_parameters(parameters or {})
    if member_id:
        given[SAID_MEMBER_ID] = member_id
    room = find_open_room(contact, channel, identity)
    created = False
    if room is None:
        try:
            with transaction.atomic():
                room, created = (
                    _insert(contact, channel, identity, page=page, parameters=given, account=account, now=now),
                    True,
                )
        except IntegrityError:
            # Another message of the same person was faster.
            room = find_open_room(contact, channel, identity)
            if room is None:
                raise
    if not created and given:
        _add_parameters(room, given)
    if created:
        announce_chat(OPENED, room, now=now)
    return Opened(room, created)


def check_parameters(parameters: Mapping[str, Any]) -> dict[str, str]:
    """What a page may pass, without empty values, which change nothing; longer is refused, never cut (CHAT-8)."""
    for name, value in parameters.items():
        if not isinstance(value, str) or "\0" in value or "\0" in name:
            raise ChatRefused("parameter_invalid", path=f"parameters.{name}", name=name)
        if len(value) > MAX_PARAMETER or not 0 < len(name) <= MAX_PARAMETER:
            raise ChatRefused("parameter_too_long", path=f"parameters.{name}", name=name)
    if len(parameters) > MAX_PARAMETERS:
        raise ChatRefused("parameters_too_many", path="parameters")
    return {name: value for name, value in parameters.items() if value}


def _insert(
    contact: Contact,
    channel: str,
    identity: Identity | None,
    *,
    page: str,
    parameters: Mapping[str, str],
    account: str,
    now: datetime.datetime,
) -> Chat:
    chat = Chat.objects.create(
        site=contact.site,
        number=take_numbers(ChatNumberCounter, contact.site_id),
        contact=contact,
        identity=identity,
        channel=channel,
        page=page[:MAX_PAGE],
        parameters=dict(parameters),
        account=account[:80],
        opened_at=now,
    )
    count_chats(contact.site_id, [contact.pk])
    return chat


def _add_parameters(room: Chat, given: Mapping[str, str]) -> None:
    held = hold_chat(room)
    both = {**held.parameters, **given}
    if len(both.keys() - {SAID_MEMBER_ID}) > MAX_PARAMETERS:
        raise ChatRefused("parameters_too_many", path="parameters")
    Chat.objects.filter(pk=room.pk).update(parameters=both)
    room.parameters = both


def count_chats(site_id: int, contact_ids: list[int]) -> None:
    """Count the chats of these contacts anew (``ContactChats``): after one was opened, moved or brought back."""
    marks = ", ".join(["%s"] * len(contact_ids))
    summary, chats = ContactChats._meta.db_table, Chat._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {summary} WHERE contact_id IN ({marks})"
            f" AND contact_id NOT IN (SELECT contact_id FROM {chats} WHERE contact_id IN ({marks}))",
            [*contact_ids, *contact_ids],
        )
        cursor.execute(
            f'INSERT INTO {summary} (contact_id, site_id, "count", last_at, unread)'
            f" SELECT contact_id, %s, count(*), max(opened_at), sum(unread) FROM {chats} WHERE contact_id IN ({marks})"
            ' GROUP BY contact_id ON CONFLICT (contact_id) DO UPDATE SET "count" = excluded."count",'
            " last_at = excluded.last_at, unread = excluded.unread",
            [site_id, *contact_ids],
        )
