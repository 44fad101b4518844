"""UNI-7, QUAL-6: the fields of a contact as a merge sees them: their columns, whether there is a value, how trusted it
is, where it came from and how new it is.
"""

import datetime
import json
from dataclasses import dataclass

from contacts.merge_values import SourceNote
from contacts.models import Contact, KnownField, Source

PROFILE = "profile."


@dataclass(frozen=True, slots=True)
class Rule:
    """One field: its public name and the columns that hold it, the shown one first. ``known``: its history is kept.

    ``trusted``: the column that says whether it is qualified; ``seen``: a fact of the last visit, as old as that.
    """

    key: str
    columns: tuple[str, ...]
    known: KnownField | None = None
    trusted: str = ""
    on_profile: bool = False
    seen: bool = False


RULES = (
    Rule("name", ("name", "name_folded"), KnownField.NAME),
    Rule("email", ("email", "email_norm", "email_qualified"), KnownField.EMAIL, "email_qualified"),
    Rule(
        "mobileNumber",
        ("mobile_number", "mobile_number_norm", "mobile_number_qualified"),
        KnownField.MOBILE_NUMBER,
        "mobile_number_qualified",
    ),
    Rule("landlineNumber", ("landline_number",)),
    Rule("birthDate", ("birth_date",)),
    Rule("address", ("address", "address_folded"), KnownField.ADDRESS, on_profile=True),
    Rule("language", ("language",)),
    Rule("country", ("country",)),
    Rule("city", ("city",)),
    Rule("web.browser", ("web_browser",), seen=True),
    Rule("web.os", ("web_os",), seen=True),
    Rule("web.device", ("web_device",), seen=True),
    Rule("mobile.appName", ("mobile_app_name",), seen=True),
    Rule("mobile.appVersion", ("mobile_app_version",), seen=True),
    Rule("referrer", ("referrer",), on_profile=True),
    Rule("utm", ("utm",), on_profile=True),
)
# Columns that only make sense together: an undo puts back all of them or none.
GROUPS = (
    *(rule.columns for rule in RULES),
    ("memo", "memo_folded"),
    ("kind", "lead_reason"),
    ("last_seen_at", "last_seen_on"),
)
_CHOOSABLE_KEYS = frozenset(rule.key for rule in RULES)


def is_field(key: str) -> bool:
    """Whether a choice may name it."""
    return key in _CHOOSABLE_KEYS or (key.startswith(PROFILE) and key != PROFILE)


def has_value(value: object) -> bool:
    """FIL-4: 0 and false are values, an empty text is none."""
    return value not in (None, "", [], {})


def same(one: object, other: object) -> bool:
    """Equal as JSON: true is not 1, and the order of keys does not matter."""
    return json.dumps(one, sort_keys=True, default=str) == json.dumps(other, sort_keys=True, default=str)


def source_of(contact: Contact, key: str) -> SourceNote | None:
    """QUAL-6."""
    note = contact.profile.sources.get(key)
    return SourceNote(str(note[0]), str(note[2]), str(note[1])) if note else None


def is_trusted(contact: Contact, rule: Rule) -> bool:
    """QUAL-1, QUAL-2: e-mail and phone carry a flag; of others we know whether the visitor typed them."""
    if rule.trusted:
        return bool(getattr(contact, rule.trusted))
    note = source_of(contact, rule.key)
    return note is None or note.source != Source.FORM


def moment_of(contact: Contact, rule: Rule) -> datetime.datetime:
    """How new a value is; without a note as old as the contact."""
    if rule.seen:
        return contact.last_seen_at or contact.created_at
    note = source_of(contact, rule.key)
    return datetime.datetime.fromisoformat(note.at) if note else contact.created_at
