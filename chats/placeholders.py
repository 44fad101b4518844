"""CHAT-4: what stands for a fact of the chat in a saved answer: ``{name}``, or ``{name|customer}`` with what to say
where nothing is known.

Anything else in braces is an error when the answer is saved, named, so that no customer ever reads “{nmae}”. Filling
passes over the text once: what a value holds is never filled again.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import formats, translation
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chats.models import Chat
from contacts.models import Contact, FieldType, ProfileField
from contacts.profile_fields import parse_time
from desk.models import Operator, Site

PROFILE = "profile."
# On one line and without braces inside; a brace that begins no such thing is a brace.
_IN_BRACES = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True, slots=True)
class Facts:
    """What an answer is filled from. ``profile``: the custom values; ``types``: their fields' types by key."""

    contact: Contact
    operator: str
    site: Site
    room_number: int
    profile: Mapping[str, Any]
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One that may be used: what stands in the braces, and what it means to people."""

    key: str
    label: str


_OWN: dict[str, tuple[str | Promise, Callable[[Facts], str]]] = {
    "name": (gettext_lazy("Name of the customer"), lambda facts: facts.contact.name),
    "agent": (gettext_lazy("Your own name"), lambda facts: facts.operator),
    "site": (gettext_lazy("Name of the site"), lambda facts: facts.site.name),
    "customerNumber": (gettext_lazy("Customer number"), lambda facts: str(facts.contact.customer_number)),
    "memberId": (gettext_lazy("Member ID"), lambda facts: facts.contact.member_id or ""),
    "roomNumber": (gettext_lazy("Room number"), lambda facts: str(facts.room_number)),
}


def facts_of(chat: Chat, operator: Operator | None) -> Facts:
    """What is known where this chat is answered by ``operator``; two statements beside the chat's contact."""
    profile = chat.contact.profile.values
    fields = ProfileField.objects.filter(site=chat.site_id, key__in=list(profile))
    types = dict(fields.values_list("key", "type"))
    return Facts(chat.contact, str(operator or ""), chat.site, chat.number, profile, types)


def placeholders_of(site: Site) -> list[Placeholder]:
    """All that may be used on this site: our own, then its custom fields by name."""
    own = [Placeholder(key, str(label)) for key, (label, _fact) in _OWN.items()]
    fields = ProfileField.objects.filter(site=site)
    custom = [Placeholder(f"{PROFILE}{field.key}", capfirst(str(field))) for field in fields if _writable(field.key)]
    return own + custom


def unknown_in(site: Site, text: str) -> list[str]:
    """What stands in braces in ``text`` and means nothing, in its order, each once."""
    used = [key for key, _fallback in _found(text)]
    wanted = {key.removeprefix(PROFILE) for key in used if key.startswith(PROFILE)}
    fields = set(ProfileField.objects.filter(site=site, key__in=wanted).values_list("key", flat=True))
    known = {*_OWN, *(f"{PROFILE}{key}" for key in fields)}
    return [key for key in dict.fromkeys(used) if key not in known]


def fill_text(text: str, facts: Facts) -> str:
    """``text`` with its placeholders filled; without a value by what they say themselves, else by nothing.

    Values are written in the site's language, for it is the customer who reads them.
    """

    def filled(match: re.Match[str]) -> str:
        key, fallback = _split(match[1])
        if key not in _OWN and not key.startswith(PROFILE):
            return match[0]
        return _value(key, facts) or fallback

    with translation.override(facts.site.language):
        return _IN_BRACES.sub(filled, text)


def _found(text: str) -> Iterator[tuple[str, str]]:
    return (_split(match[1]) for match in _IN_BRACES.finditer(text))


def _split(inside: str) -> tuple[str, str]:
    key, _bar, fallback = inside.partition("|")
    return key.strip(), fallback.strip()


def _writable(key: str) -> bool:
    """Whether a custom field of this name can stand in braces at all."""
    return not set(key) & set("{}|\n") and key == key.strip()


def _value(key: str, facts: Facts) -> str:
    if key in _OWN:
        return _OWN[key][1](facts)
    name = key.removeprefix(PROFILE)
    return _in_words(facts.profile.get(name), facts.types.get(name, FieldType.TEXT), facts.site)


def _in_words(value: Any, type_: str, site: Site) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return formats.number_format(value, use_l10n=True, force_grouping=True)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    at = parse_time(value) if type_ == FieldType.DATE else None
    if isinstance(at, datetime.datetime):
        local = (at if at.tzinfo else at.replace(tzinfo=site.zone)).astimezone(site.zone)
        return formats.date_format(local, "SHORT_DATETIME_FORMAT")
    return formats.date_format(at, "SHORT_DATE_FORMAT") if at else str(value)
