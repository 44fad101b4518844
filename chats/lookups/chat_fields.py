"""LOOK-2: what of a chat can be sent in a lookup: the codes of its fields, and their values.

The parameters that the page passed when the chat was opened (CHAT-8) are ``parameters.<name>``.
"""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chats.models import Chat
from contacts.masking import identification_of, mask

PARAMETERS = "parameters."

_FIELDS: dict[str, tuple[str | Promise, Callable[[Chat], str]]] = {
    "id": (_("Identification number"), lambda chat: chat.identity.identification_number if chat.identity else ""),
    "name": (_("Name of the customer"), lambda chat: chat.contact.name),
    "phone": (_("Mobile number"), lambda chat: chat.contact.mobile_number_norm or chat.contact.mobile_number),
    "email": (_("E-mail"), lambda chat: chat.contact.email),
    "memberId": (_("Member ID"), lambda chat: chat.contact.member_id or ""),
    "customerNumber": (_("Customer number"), lambda chat: str(chat.contact.customer_number)),
    "chatNumber": (_("Room number"), lambda chat: str(chat.number)),
    "channel": (_("Channel"), lambda chat: chat.channel),
    "language": (_("Language"), lambda chat: chat.contact.language),
    "page": (_("Page"), lambda chat: chat.page),
}
# By which matching chats are looked for (LOOK-5).
MATCHED = ("id", "name", "phone", "email")
_PERSONAL = {"phone": "mobileNumber", "email": "email"}


def labels() -> dict[str, str]:
    """{code: what it means}, for forms; parameters go by their own names."""
    return {code: str(label) for code, (label, _read) in _FIELDS.items()}


def is_field(code: str) -> bool:
    """Whether a chat can have such a field."""
    return code in _FIELDS or (code.startswith(PARAMETERS) and len(code) > len(PARAMETERS))


def value_of(chat: Chat, code: str) -> str:
    """The value; empty when there is none."""
    if code.startswith(PARAMETERS):
        return str(chat.parameters.get(code.removeprefix(PARAMETERS), ""))
    return _FIELDS[code][1](chat) if code in _FIELDS else ""


def shown(chat: Chat, code: str, *, sees_personal_data: bool) -> str:
    """The value as somebody may read it (SITE-4)."""
    if sees_personal_data:
        return value_of(chat, code)
    if code == "id":
        return identification_of(chat.identity, sees_personal_data=False) if chat.identity else ""
    return str(mask(_PERSONAL.get(code, ""), value_of(chat, code)))


def meant(chat: Chat, given: Mapping[str, str]) -> dict[str, str]:
    """``given`` by code, as it came out of a form: a masked value that was left as it was shown stands for itself."""
    return {
        code: value_of(chat, code)
        if text and is_field(code) and text == shown(chat, code, sees_personal_data=False)
        else text
        for code, text in given.items()
    }
