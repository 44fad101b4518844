"""LOOK-2, LOOK-3: what is sent: the values of the variables, from the form or the chat, as one compact JSON object."""

import json
from collections.abc import Mapping

from chats.lookups.chat_fields import About, shown, value_of
from chats.lookups.errors import LookupRefused
from chats.models import Chat, ItemControl, ItemKind, LookupApi, LookupQueryItem
from chats.names import is_storable


def values_given(api: LookupApi, given: Mapping[str, str], about: About | None) -> dict[str, str]:
    """What is sent when somebody asks by hand: absent optionals left out; ``LookupRefused`` names the variable.

    A variable that is not in ``given`` at all has its default, or the value of the chat.
    """
    values = {}
    for item in api.query_items.all():
        text = _meant(item, given[item.variable].strip(), about) if item.variable in given else _usual(item, about)
        if not text and item.required:
            raise LookupRefused("value_missing", path=item.variable, label=item.label)
        if len(text) > item.max_length:
            raise LookupRefused("value_too_long", path=item.variable, label=item.label, most=item.max_length)
        if not is_storable(text):
            raise LookupRefused("value_invalid", path=item.variable, label=item.label)
        if text and not _is_choice(item, text):
            raise LookupRefused("value_unknown", path=item.variable, label=item.label)
        if text:
            values[item.variable] = text
    return values


def values_by_itself(api: LookupApi, chat: Chat) -> dict[str, str] | None:
    """LOOK-5: what is sent when the chat is opened; None when the lookup does not run by itself here.

    It does when a field that lists the channel of the chat has a value, and every required variable has one. A value
    that is too long is none: nothing is cut.
    """
    values = {}
    runs = False
    for item in api.query_items.all():
        text = _usual(item, chat)
        if not text or len(text) > item.max_length or not is_storable(text):
            if item.required:
                return None
            continue
        values[item.variable] = text
        runs = runs or (item.kind == ItemKind.CHAT_FIELD and chat.channel in item.channels)
    return values if runs else None


def body_of(values: Mapping[str, str]) -> bytes:
    """The request's body: compact, in the order of the variables, so that signature and cache see the same bytes."""
    return json.dumps(dict(values), ensure_ascii=False, separators=(",", ":")).encode()


def _usual(item: LookupQueryItem, about: About | None) -> str:
    if item.kind == ItemKind.GENERAL:
        return item.default
    return value_of(about, item.variable).strip() if about is not None else ""


def _meant(item: LookupQueryItem, text: str, about: About | None) -> str:
    """What came out of the form; a masked value that was left as it was shown (SITE-4) stands for the real one."""
    if not text or about is None or item.kind != ItemKind.CHAT_FIELD:
        return text
    is_as_shown = text == shown(about, item.variable, sees_personal_data=False)
    return value_of(about, item.variable).strip() if is_as_shown else text


def _is_choice(item: LookupQueryItem, text: str) -> bool:
    if item.control != ItemControl.DROP_DOWN:
        return True
    return text in [option["value"] for option in item.options]
