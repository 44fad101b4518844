"""SITE-4: how personal data looks to somebody who may not see it.

Masked are phone numbers, e-mails, addresses and birth dates; a name is not. The shape stays recognisable (last four
digits, the mail domain), so that two people can talk about the same row. Nothing here decides *who* may see.
"""

import datetime
from collections.abc import Callable

from contacts.models import Channel, Contact, Identity

DOTS = "••••"


def _mask_phone(value: str) -> str:
    digits = [character for character in value if character.isdigit()]
    return DOTS + "".join(digits[-4:]) if len(digits) >= 8 else DOTS


def _mask_email(value: str) -> str:
    local, at, domain = value.rpartition("@")
    if not at or not domain:
        return DOTS
    return f"{local[:1]}{DOTS}@{domain}"


def _mask_wholly(value: str) -> str:
    return DOTS


_MASKS: dict[str, Callable[[str], str]] = {
    "mobileNumber": _mask_phone,
    "landlineNumber": _mask_phone,
    "email": _mask_email,
    "address": _mask_wholly,
    "birthDate": _mask_wholly,
    "age": _mask_wholly,
}
PERSONAL_FIELDS = frozenset(_MASKS)


def mask(field: str, value: object) -> object:
    """``value`` of the detail with this public name, made unreadable when the detail is personal; empty stays empty."""
    if field not in _MASKS or value is None or value == "":
        return value
    text = value.isoformat() if isinstance(value, datetime.date) else str(value)
    return _MASKS[field](text)


# On these channels the key of an account is itself a detail of the person.
_KEYS = {Channel.PHONE: "mobileNumber", Channel.EMAIL: "email"}


def identification_of(identity: Identity, *, sees_personal_data: bool) -> str:
    """The identification number, ``SITEID_<key>``; a phone line's and a mailbox's key are masked where needed."""
    if sees_personal_data or identity.channel not in _KEYS:
        return identity.identification_number
    return f"{identity.site.code}_{mask(_KEYS[Channel(identity.channel)], identity.key)}"


def name_of(contact: Contact, *, sees_personal_data: bool) -> str:
    """What the person is called on a screen: the name or else the best handle there is, masked where needed."""
    if contact.name or contact.member_id:
        return contact.name or str(contact.member_id)
    for field, value in (("email", contact.email), ("mobileNumber", contact.mobile_number)):
        if value:
            return value if sees_personal_data else str(mask(field, value))
    return f"#{contact.customer_number}"
