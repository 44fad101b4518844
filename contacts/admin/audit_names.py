"""SITE-4: people in the audit log: whom it is asked about, and what its details mean, masked for who may not see."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from contacts.columns import OWN_COLUMNS
from contacts.filters.fields import filter_fields
from contacts.masking import DOTS, mask, name_of
from contacts.merging import find_managed
from contacts.models import Contact, ContactAlias, Kind
from desk.access import Access
from desk.admin.audit_words import audit_words, detail_words
from desk.audit_log import Subject, audit_subjects

_ACTIONS = {
    "contact.list": _("List of people seen"),
    "contact.search": _("People found by quick search"),
    "contact.mergeSearch": _("Searched for a duplicate"),
    "contact.subjectAccess": _("Personal data handed out"),
    "retention.sweep": _("Deleted when the retention period ended"),
}
_COLUMNS = {column.name: column.label for column in OWN_COLUMNS}


def _person(access: Access, text: str) -> Subject | None:
    """By customer number, or by id; with what was told of those who were merged into this person."""
    if not access.may("contacts.view") or not (text.isascii() and text.isdigit()) or len(text) > 18:
        return None
    found = Contact.objects.filter(site=access.site, managed=True, customer_number=int(text)).first()
    contact = found or find_managed(access.site, text)
    if contact is None:
        return None
    absorbed = ContactAlias.objects.filter(site=access.site, contact=contact, type=ContactAlias.Type.ID)
    return Subject(
        "contact",
        (str(contact.pk), *absorbed.values_list("value", flat=True)),
        name_of(contact, sees_personal_data=access.sees_personal_data),
        reverse("admin:contacts_contact_change", args=[contact.pk]),
    )


def _changes(value: Any, sees: bool) -> str:
    """{field: [before, after]}"""
    if not isinstance(value, Mapping):
        return ""
    return ", ".join(_change(field, change, sees) for field, change in value.items())


def _change(field: str, change: Any, sees: bool) -> str:
    before, after = change if isinstance(change, list) and len(change) == 2 else (None, change)
    label = capfirst(str(_COLUMNS.get(field) or field.removeprefix("profile.")))
    return f"{label} {_shown(field, before, sees)} → {_shown(field, after, sees)}"


def _shown(field: str, value: Any, sees: bool) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if sees else str(mask(field, text))


def _conditions(value: Any, sees: bool) -> str:
    """Names of fields, as the builder calls them."""
    keys = value if isinstance(value, list) else [value]
    return ", ".join(str(filter_fields.get(key).label) if key in filter_fields else _short(key) for key in keys)


def _short(key: Any) -> str:
    return str(key).removeprefix("profile.").removeprefix("event.")


def _columns(value: Any, sees: bool) -> str:
    keys = value if isinstance(value, list) else [value]
    return ", ".join(str(_COLUMNS.get(key) or _short(key)) for key in keys)


def _kind(value: Any, sees: bool) -> str:
    return str(Kind(value).label) if value in Kind.values else str(value)


def _sentence(value: Any, sees: bool) -> str:
    """A filter in words names what it was looked for by."""
    return str(value) if sees else DOTS


audit_subjects.register("contact", _person)
for _name, _words in _ACTIONS.items():
    audit_words.register(_name, _words)
for _key, _say in {
    "changes": _changes,
    "conditions": _conditions,
    "columns": _columns,
    "kind": _kind,
    "filter": _sentence,
}.items():
    detail_words.register(_key, _say)
