"""LOOK-3, LOOK-5, LOOK-7: asking the company's own systems about a customer, by hand and by itself."""

import datetime
from collections.abc import Iterator, Mapping

from chats.lookups.boxes import Box as Box
from chats.models import Chat, LookupApi
from contacts.models import Contact
from desk.models import Operator


def look_up(
    api: LookupApi,
    values: Mapping[str, str],
    *,
    chat: Chat | None,
    operator: Operator | None,
    now: datetime.datetime,
    automatic: bool = False,
    contact: Contact | None = None,
) -> Box:
    """Ask once, by hand, with ``values`` by variable; ``LookupRefused`` for values that cannot be sent.

    What is to be filled is filled in the chat's contact, or in ``contact`` where there is no chat; with neither it is a
    try. Never inside a transaction: the other side has ten seconds.
    """
    raise NotImplementedError


def automatic_apis(chat: Chat) -> list[tuple[LookupApi, dict[str, str]]]:
    """LOOK-5: which lookups run by themselves when this chat is opened, each with its values; three statements."""
    raise NotImplementedError


def look_up_all(chat: Chat, *, operator: Operator | None, now: datetime.datetime) -> Iterator[Box]:
    """Run them all at once; each box as it comes."""
    raise NotImplementedError
