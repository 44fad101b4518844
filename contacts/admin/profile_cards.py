"""LIST-5, QUAL-6: a contact's details as the page shows them: value, where it came from and when, qualified or not."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.admin.formats import age, day, moment, phone, source_words
from contacts.admin.profile_forms import GROUPS, PROFILE, stored_value
from contacts.masking import mask
from contacts.models import Contact, FieldType, ProfileField
from contacts.profile_fields import parse_time
from desk.access import Access

HEADINGS = {
    "basic": gettext_lazy("Profile"),
    "marketing": gettext_lazy("Language and consent"),
    "memo": gettext_lazy("Memo"),
    "custom": gettext_lazy("Custom fields"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card. ``qualified`` is None where the difference does not exist; ``note`` follows the value."""

    name: str
    label: str
    value: str
    source: str = ""
    qualified: bool | None = None
    invalid: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One group; ``editable`` for this operator."""

    name: str
    heading: str
    facts: list[Fact]
    editable: bool


def card_of(access: Access, contact: Contact, group: str, profile_fields: list[ProfileField]) -> Card:
    """The card of one group as this operator may see it."""
    if group == "custom":
        facts = [_custom_fact(access, contact, field) for field in profile_fields]
        facts = [fact for fact in facts if fact.value] + [fact for fact in facts if not fact.value]
    else:
        facts = [_fact(access, contact, name, str(form_field.label)) for name, form_field in GROUPS[group].items()]
    editable = access.may("contacts.change") and bool(facts)
    return Card(group, str(HEADINGS[group]), facts, editable)


def cards_of(access: Access, contact: Contact, profile_fields: list[ProfileField]) -> list[Card]:
    """All groups in their order; custom fields only where the site has some."""
    return [card_of(access, contact, group, profile_fields) for group in GROUPS if group != "custom" or profile_fields]


def _fact(access: Access, contact: Contact, name: str, label: str) -> Fact:
    value = stored_value(contact, name)
    sees = access.sees_personal_data
    masked = value if sees else mask(name, value)
    shown = _shown(access, name, value) if masked == value else str(masked)
    note = ""
    if name == "birthDate" and value and sees:
        years = age(value, datetime.datetime.now(access.site.zone).date())
        note = ngettext("%(n)d year old", "%(n)d years old", years) % {"n": years}
    return Fact(
        name=name,
        label=label,
        value=shown,
        source=source_of(access, contact, name) if value else "",
        qualified=_qualified(contact, name) if value else None,
        invalid=_invalid(contact, name),
        note=note,
    )


def _shown(access: Access, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime.date):
        return day(value)
    if name in ("mobileNumber", "landlineNumber"):
        return phone(value, access.site.phone_country)
    return "" if value is None else str(value)


def _qualified(contact: Contact, name: str) -> bool | None:
    """QUAL-1: phone and e-mail are qualified or typed by the visitor."""
    return {"email": contact.email_qualified, "mobileNumber": contact.mobile_number_qualified}.get(name)


def _invalid(contact: Contact, name: str) -> bool:
    """QUAL-4: kept as typed, and never matched with anybody."""
    return (name == "email" and bool(contact.email) and not contact.email_norm) or (
        name == "mobileNumber" and bool(contact.mobile_number) and not contact.mobile_number_norm
    )


def _custom_fact(access: Access, contact: Contact, field: ProfileField) -> Fact:
    value = contact.profile.values.get(field.key)
    name = f"{PROFILE}{field.key}"
    source = "" if value is None else source_of(access, contact, name)
    return Fact(name, str(capfirst(str(field))), custom_text(access, value, field.type), source)


def custom_text(access: Access, value: Any, type_: str) -> str:
    """A custom value in words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return formats.number_format(value, use_l10n=True, force_grouping=True)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    parsed = parse_time(value) if type_ == FieldType.DATE else None
    if isinstance(parsed, datetime.datetime):
        return moment(parsed if parsed.tzinfo else parsed.replace(tzinfo=access.site.zone), access.site.zone)
    return day(parsed) if parsed else str(value)


def source_of(access: Access, contact: Contact, name: str) -> str:
    """QUAL-6: “operator Alice · 2026-11-21 14:03”; empty when nobody wrote it down."""
    entry = contact.profile.sources.get(name)
    if not isinstance(entry, list) or len(entry) != 3:
        return ""
    source, at, label = entry
    who = source_words(str(source), str(label))
    try:
        when = moment(datetime.datetime.fromisoformat(at), access.site.zone)
    except (TypeError, ValueError):
        return who
    return f"{who} · {when}"
