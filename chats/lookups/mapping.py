"""LOOK-6: values of an answer go into text fields of the person that are empty at the moment of writing.

Nothing that stands somewhere is ever written over, by whomever and however lately it was written: whether a field is
empty is decided under the lock of the contact. What cannot be kept there is left out, and the rest is written. Values
so written come from ``Source.LOOKUP``, which is labelled with the lookup's name.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from chats.lookups.targets import PROFILE, targets_of
from chats.lookups.texts import as_text, is_nested
from chats.models import Chat, LookupApi, LookupResultItem
from contacts.details import ContactGone, lock, write_details
from contacts.drafts import Draft
from contacts.emails import parse_email
from contacts.known_values import Origin
from contacts.merging import find_contact
from contacts.models import Contact, ContactProfile, FieldType, Source
from contacts.phones import parse_phone
from contacts.profile_values import DetailRefused
from desk.actors import Actor
from desk.models import Site


class Verdict(StrEnum):
    """What becomes of one value."""

    WRITTEN = "written"
    FILLED = "filled"
    NO_VALUE = "noValue"
    REFUSED = "refused"


_REASONS = {
    Verdict.WRITTEN: _("The field is empty and takes this value."),
    Verdict.FILLED: _("The field has a value, which stays."),
    Verdict.NO_VALUE: _("The answer has no value for it."),
}
_NESTED = _("Lists and objects are shown, but not kept.")
_NO_FIELD = _("The customer has no such text field any more.")
_NO_PHONE = _("This is no phone number.")
_NO_EMAIL = _("This is no e-mail address.")


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of one value that has a field: what it is called on the screen, and why, in the active language."""

    label: str
    field: str
    field_label: str
    text: str
    verdict: Verdict
    reason: str

    @property
    def is_written(self) -> bool:
        """Whether the field takes the value."""
        return self.verdict == Verdict.WRITTEN


def plan(
    api: LookupApi, data: Mapping[str, Any], contact: Contact | None, *, site: Site, now: datetime.datetime
) -> list[Planned]:
    """What would be written now into ``contact``, without writing; None: somebody of whom nothing is known yet."""
    if contact is None:
        contact = Contact(site=site)
        draft = _draft(api, contact, ContactProfile(contact=contact), site, now)
    else:
        fresh = Contact.objects.select_related("profile").get(pk=contact.pk)
        draft = _draft(api, fresh, fresh.profile, site, now)
    return _plan(api, data, draft)


def write(
    api: LookupApi,
    data: Mapping[str, Any],
    about: Chat | Contact,
    *,
    actor: Actor,
    now: datetime.datetime,
) -> list[Planned]:
    """Fill what is empty of whose chat it is by now, or of the contact; nothing when the person is gone.

    The person may have been unified with somebody since the call began: then it is the one who is left.
    """
    if not any(item.field and item.data_name in data for item in api.result_items.all()):
        return []
    # Once more when the person was unified between the look and the lock.
    for _attempt in range(2):
        contact_id = _who(about)
        if contact_id is None:
            return []
        try:
            return _write(api, data, contact_id, about.site, actor=actor, now=now)
        except ContactGone:
            continue
        except DetailRefused:
            # A field was changed just now.
            return []
    return []


@transaction.atomic
def _write(
    api: LookupApi, data: Mapping[str, Any], contact_id: int, site: Site, *, actor: Actor, now: datetime.datetime
) -> list[Planned]:
    planned = _plan(api, data, _draft(api, *lock(contact_id, site), site, now))
    if changes := {one.field: one.text for one in planned if one.is_written}:
        write_details(contact_id, [(changes, True)], origin=_origin(api, now), actor=actor, site=site)
    return planned


def _who(about: Chat | Contact) -> int | None:
    if isinstance(about, Chat):
        return Chat.objects.filter(pk=about.pk).values_list("contact", flat=True).first()
    found = find_contact(about.site, id=about.pk)
    return found.pk if found else None


def _origin(api: LookupApi, now: datetime.datetime) -> Origin:
    return Origin(Source.LOOKUP, api.name, now)


def _draft(api: LookupApi, contact: Contact, profile: ContactProfile, site: Site, now: datetime.datetime) -> Draft:
    """Rows to try on, which are thrown away afterwards."""
    return Draft(contact, profile, site, _origin(api, now), {})


def _plan(api: LookupApi, data: Mapping[str, Any], draft: Draft) -> list[Planned]:
    """Tried by the rules by which it is written."""
    items = [item for item in api.result_items.all() if item.field]
    if not items:
        return []
    targets = targets_of(draft.site)
    draft.types = {name.removeprefix(PROFILE): FieldType.TEXT for name in targets if name.startswith(PROFILE)}
    return [_try(item, data.get(item.data_name), draft, targets) for item in items]


def _try(item: LookupResultItem, value: Any, draft: Draft, targets: Mapping[str, str]) -> Planned:
    field_label = targets.get(item.field, item.field.removeprefix(PROFILE))

    def told(verdict: Verdict, text: str = "", reason: Any = "") -> Planned:
        return Planned(item.label, item.field, field_label, text, verdict, str(reason or _REASONS[verdict]))

    if item.field in targets and (value is None or value in ("", [], {})):
        return told(Verdict.NO_VALUE)
    text = as_text(value) if is_nested(value) else _text_for(item.field, value, draft.site)
    if reason := _unfit(item.field, value, text, draft.site, targets):
        return told(Verdict.REFUSED, text, reason)
    before, values = set(draft.changes), draft.profile.values
    try:
        draft.write({item.field: text}, once=True)
    except DetailRefused as refused:
        # Too much in all: what did not fit is taken out again.
        draft.profile.values = values
        draft.changes.pop(item.field, None)
        return told(Verdict.REFUSED, text, refused.message)
    return told(Verdict.WRITTEN if set(draft.changes) - before else Verdict.FILLED, text)


def _unfit(field: str, value: Any, text: str, site: Site, targets: Mapping[str, str]) -> Any:
    """Why the field takes no such value at all, or nothing."""
    if field not in targets:
        return _NO_FIELD
    if is_nested(value):
        return _NESTED
    if field in {"mobileNumber", "landlineNumber"} and not parse_phone(text, site.phone_country).norm:
        return _NO_PHONE
    if field == "email" and not parse_email(text).norm:
        return _NO_EMAIL
    return ""


def _text_for(field: str, value: Any, site: Site) -> str:
    """What is kept of a value: a text or number as it is, yes and no in the language of the site; on one line."""
    if isinstance(value, bool):
        with translation.override(site.language):
            return as_text(value)
    text = value if isinstance(value, str) else ""
    return text if field == "memo" else " ".join(text.split())
