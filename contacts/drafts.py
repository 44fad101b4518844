"""A contact with changes that are not saved yet: which value wins, field by field (QUAL-1, 2, 4, 6, BOOT-13).

Nothing here touches the database; ``contacts.details`` loads, locks and saves.
"""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contacts.emails import MAX_EMAIL, parse_email
from contacts.folding import fold
from contacts.known_values import Origin, Seen
from contacts.languages import is_language
from contacts.models import Contact, ContactProfile, Kind, KnownField, LeadReason, Source
from contacts.phones import MAX_PHONE, parse_phone
from contacts.profile_fields import fits
from contacts.profile_values import (
    MAX_KEYS,
    DetailRefused,
    canonical,
    check_size,
    check_text,
    check_value,
    parse_birth_date,
    same_value,
)
from contacts.search import search_text_of
from desk.models import Site

PROFILE = "profile."


@dataclass(slots=True)
class Draft:
    """``contact`` and ``profile`` are changed in place; the sets name the columns to save, ``seen`` the known values.

    ``changes``: {public name: [old, new]} for the audit log. ``types``: of the custom fields that are to be written.
    """

    contact: Contact
    profile: ContactProfile
    site: Site
    origin: Origin
    types: Mapping[str, str]
    contact_columns: set[str] = field(default_factory=set)
    profile_columns: set[str] = field(default_factory=set)
    seen: list[Seen] = field(default_factory=list)
    changes: dict[str, list[object]] = field(default_factory=dict)

    def write(self, changes: Mapping[str, object], *, once: bool) -> None:
        """Apply ``changes`` by public name; with ``once`` only where there is no value yet (BOOT-13)."""
        for key, value in changes.items():
            if key.startswith(PROFILE):
                _write_custom(self, key, value, once)
            elif key in WRITERS:
                if not (once and _current(self, key)):
                    WRITERS[key](self, key, value)
            else:
                raise DetailRefused(key)
        if self.profile_columns & {"values"}:
            if len(self.profile.values) > MAX_KEYS:
                raise DetailRefused("profile", "too_many")
            check_size(self.profile.values, "profile")

    def finish(self, lead_reason: LeadReason) -> None:
        """What follows from the changes: the kind (KIND-2), the time of change, the search text."""
        contact = self.contact
        if contact.kind == Kind.ANONYMOUS and (contact.email or contact.mobile_number or contact.landline_number):
            self.set("kind", Kind.LEAD)
            self.set("lead_reason", lead_reason)
        if not (self.contact_columns or self.profile_columns):
            return
        self.set("updated_at", self.origin.now)
        self.set("last_touch_at", max(contact.last_touch_at, self.origin.now))
        text = search_text_of(contact, self.site)
        if text != self.profile.search_text:
            self.profile.search_text = text
            self.profile_columns.add("search_text")

    def set(self, column: str, value: object) -> None:
        """Change one column of the contact."""
        setattr(self.contact, column, value)
        self.contact_columns.add(column)

    def set_profile(self, column: str, value: object) -> None:
        """Change one column of the profile row."""
        setattr(self.profile, column, value)
        self.profile_columns.add(column)

    def note(self, key: str, old: object, new: object) -> None:
        """Remember for the audit log, and say where the value came from (QUAL-6)."""
        self.changes[key] = [old, new]
        sources = dict(self.profile.sources)
        if new in (None, "", []):
            sources.pop(key, None)
        else:
            sources[key] = [self.origin.source, self.origin.now.isoformat(), self.origin.label]
        self.set_profile("sources", sources)

    def came_from_form(self, key: str) -> bool:
        """Whether the visitor typed what stands there now."""
        source = self.profile.sources.get(key)
        return bool(source) and source[0] == Source.FORM


def _current(draft: Draft, key: str) -> object:
    column = COLUMNS[key]
    return getattr(draft.profile if column in _PROFILE_COLUMNS else draft.contact, column)


def _as_text(value: object, key: str, limit: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DetailRefused(key, "wrong_type")
    return check_text(value.strip(), key, limit)


def _write_name(draft: Draft, key: str, value: object) -> None:
    text = _as_text(value, key, 100)
    unqualified = not draft.origin.qualified
    draft.seen.append(Seen(KnownField.NAME, text))
    old = draft.contact.name
    if text == old or (unqualified and (not text or (old and not draft.came_from_form(key)))):
        return
    draft.set("name", text)
    draft.set("name_folded", fold(text))
    draft.note(key, old, text)


def _write_email(draft: Draft, key: str, value: object) -> None:
    email = parse_email(_as_text(value, key, MAX_EMAIL))
    _write_contact_point(draft, key, KnownField.EMAIL, email.shown, email.norm)


def _write_mobile_number(draft: Draft, key: str, value: object) -> None:
    phone = parse_phone(_as_text(value, key, MAX_PHONE), draft.site.phone_country)
    _write_contact_point(draft, key, KnownField.MOBILE_NUMBER, phone.shown, phone.norm)


def _write_contact_point(draft: Draft, key: str, known: KnownField, shown: str, norm: str) -> None:
    """QUAL-2: the flag belongs to the value; a typed one never replaces a qualified one, it only becomes known."""
    column = COLUMNS[key]
    old, old_norm = getattr(draft.contact, column), getattr(draft.contact, f"{column}_norm")
    was_qualified = getattr(draft.contact, f"{column}_qualified")
    qualified = draft.origin.qualified and bool(shown)
    draft.seen.append(Seen(known, shown, norm))
    if draft.origin.qualified:
        if shown == old and was_qualified == qualified:
            return
    elif not shown or was_qualified or shown == old or (norm and norm == old_norm):
        return
    draft.set(column, shown)
    draft.set(f"{column}_norm", norm)
    draft.set(f"{column}_qualified", qualified)
    draft.note(key, old, shown)


def _write_landline_number(draft: Draft, key: str, value: object) -> None:
    phone = parse_phone(_as_text(value, key, MAX_PHONE), draft.site.phone_country)
    _write_column(draft, key, phone.shown)


def _write_birth_date(draft: Draft, key: str, value: object) -> None:
    old = draft.contact.birth_date
    day = parse_birth_date(value, draft.origin.now.astimezone(draft.site.zone).date())
    if day != old:
        draft.set("birth_date", day)
        draft.note(key, old and old.isoformat(), day and day.isoformat())


def _write_address(draft: Draft, key: str, value: object) -> None:
    text = _as_text(value, key, 255)
    draft.seen.append(Seen(KnownField.ADDRESS, text))
    _write_wide(draft, key, text)


def _write_memo(draft: Draft, key: str, value: object) -> None:
    _write_wide(draft, key, _as_text(value, key, 500))


def _write_wide(draft: Draft, key: str, text: str) -> None:
    old = getattr(draft.profile, key)
    if text != old:
        draft.set_profile(key, text)
        draft.set_profile(f"{key}_folded", fold(text))
        draft.note(key, old, text)


def _write_language(draft: Draft, key: str, value: object) -> None:
    text = _as_text(value, key, 10)
    if text and not is_language(text):
        raise DetailRefused(key)
    _write_column(draft, key, text)


def _write_country(draft: Draft, key: str, value: object) -> None:
    text = _as_text(value, key, 2).upper()
    if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise DetailRefused(key)
    _write_column(draft, key, text)


def _write_city(draft: Draft, key: str, value: object) -> None:
    _write_column(draft, key, _as_text(value, key, 100))


def _write_flag(draft: Draft, key: str, value: object) -> None:
    if not isinstance(value, bool):
        raise DetailRefused(key, "wrong_type")
    _write_column(draft, key, value)


def _write_column(draft: Draft, key: str, value: object) -> None:
    old = getattr(draft.contact, COLUMNS[key])
    if value != old:
        draft.set(COLUMNS[key], value)
        draft.note(key, old, value)


def _write_custom(draft: Draft, key: str, value: object, once: bool) -> None:
    name = key.removeprefix(PROFILE)
    values = draft.profile.values
    old = values.get(name)
    if once and old not in (None, "", []):
        return
    if value is None:
        if name in values:
            draft.set_profile("values", {k: v for k, v in values.items() if k != name})
            draft.set_profile("folded", {k: v for k, v in draft.profile.folded.items() if k != name})
            draft.note(key, old, None)
        return
    type_ = draft.types.get(name)
    value = check_value(value, key)
    if type_ is None or not fits(value, type_):
        raise DetailRefused(key, "does_not_fit")
    value = canonical(value, type_, draft.site.zone)
    if name in values and value == old and isinstance(value, bool) == isinstance(old, bool):
        return
    draft.set_profile("values", values | {name: value})
    if isinstance(value, str | list):
        folded = fold(value) if isinstance(value, str) else [fold(item) for item in value]
        draft.set_profile("folded", draft.profile.folded | {name: folded})
    draft.note(key, old, value)


COLUMNS = {
    "name": "name",
    "email": "email",
    "mobileNumber": "mobile_number",
    "landlineNumber": "landline_number",
    "birthDate": "birth_date",
    "address": "address",
    "memo": "memo",
    "language": "language",
    "country": "country",
    "city": "city",
    "unsubscribeEmail": "unsubscribe_email",
    "unsubscribeTexting": "unsubscribe_texting",
}
_PROFILE_COLUMNS = {"address", "memo"}
WRITERS: Mapping[str, Callable[[Draft, str, object], None]] = {
    "name": _write_name,
    "email": _write_email,
    "mobileNumber": _write_mobile_number,
    "landlineNumber": _write_landline_number,
    "birthDate": _write_birth_date,
    "address": _write_address,
    "memo": _write_memo,
    "language": _write_language,
    "country": _write_country,
    "city": _write_city,
    "unsubscribeEmail": _write_flag,
    "unsubscribeTexting": _write_flag,
}


def changes_something(contact: Contact, site: Site, changes: Mapping[str, object], *, once: bool) -> bool:
    """Whether qualified ``changes`` could change anything: told from the columns a boot has read, without a lock.

    Most boots of a known visitor tell what is known already, and then nothing is written. In doubt the answer is yes.
    """
    return any(_differs(contact, site, key, value, once) for key, value in changes.items())


def _differs(contact: Contact, site: Site, key: str, value: object, once: bool) -> bool:
    if key.startswith(PROFILE):
        name, values = key.removeprefix(PROFILE), contact.profile.values
        if once:
            return value is not None and values.get(name) in (None, "", [])
        return name in values if value is None else not same_value(values.get(name), value, site.zone)
    column = COLUMNS[key]
    stored = getattr(contact.profile if column in _PROFILE_COLUMNS else contact, column)
    if once and stored:
        return False
    if isinstance(stored, bool):
        return stored is not value
    if isinstance(stored, datetime.date):
        return stored.isoformat() != value
    shown = value.strip() if isinstance(value, str) else ""
    if key in {"mobileNumber", "landlineNumber"} and shown:
        shown = parse_phone(shown, site.phone_country).shown
    flag = f"{column}_qualified" if key in {"email", "mobileNumber"} and shown else None
    return shown != stored or (flag is not None and not getattr(contact, flag))
