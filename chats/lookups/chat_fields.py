"""LOOK-2: what of a chat can be sent in a lookup: the codes of its fields, and their values.

The parameters that the page passed when the chat was opened (CHAT-8) are ``parameters.<name>``.
"""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chats.models import Chat
from contacts.masking import identification_of, mask
from contacts.models import Contact

PARAMETERS = "parameters."
# Whom a lookup is about: a chat, or, on the page of a person, the person alone.
About = Chat | Contact

_OF_CHAT: dict[str, tuple[str | Promise, Callable[[Chat], str]]] = {
    "id": (_("Identification number"), lambda chat: chat.identity.identification_number if chat.identity else ""),
    "chatNumber": (_("Room number"), lambda chat: str(chat.number)),
    "channel": (_("Channel"), lambda chat: chat.channel),
    "page": (_("Page"), lambda chat: chat.page),
}
_OF_CONTACT: dict[str, tuple[str | Promise, Callable[[Contact], str]]] = {
    "name": (_("Name of the customer"), lambda contact: contact.name),
    # E.164 where it is a number at all.
    "phone": (_("Mobile number"), lambda contact: contact.mobile_number_norm or contact.mobile_number),
    "email": (_("E-mail"), lambda contact: contact.email),
    "memberId": (_("Member ID"), lambda contact: contact.member_id or ""),
    "customerNumber": (_("Customer number"), lambda contact: str(contact.customer_number)),
    "language": (_("Language"), lambda contact: contact.language),
}
# By which matching chats are looked for (LOOK-5).
MATCHED = ("id", "name", "phone", "email")
_PERSONAL = {"phone": "mobileNumber", "email": "email"}


def labels() -> dict[str, str]:
    """{code: what it means}, for forms; parameters go by their own names."""
    own = {**_OF_CHAT, **_OF_CONTACT}
    return {code: str(own[code][0]) for code in ("id", *_OF_CONTACT, "chatNumber", "channel", "page")}


def is_field(code: str) -> bool:
    """Whether a chat can have such a field."""
    return code in _OF_CHAT or code in _OF_CONTACT or (code.startswith(PARAMETERS) and len(code) > len(PARAMETERS))


def value_of(about: About, code: str) -> str:
    """The value; empty when there is none."""
    chat = about if isinstance(about, Chat) else None
    if code in _OF_CONTACT:
        return _OF_CONTACT[code][1](chat.contact if chat else about)  # type: ignore[arg-type]
    if chat is None:
        return ""
    if code.startswith(PARAMETERS):
        return str(chat.parameters.get(code.removeprefix(PARAMETERS), ""))
    return _OF_CHAT[code][1](chat) if code in _OF_CHAT else ""


def shown(about: About, code: str, *, sees_personal_data: bool) -> str:
    """The value as somebody may read it (SITE-4)."""
    if sees_personal_data:
        return value_of(about, code)
    if code == "id" and isinstance(about, Chat) and about.identity:
        return identification_of(about.identity, sees_personal_data=False)
    return str(mask(_PERSONAL.get(code, ""), value_of(about, code)))
