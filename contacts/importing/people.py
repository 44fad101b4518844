"""Contacts as an import sees them: their columns and known values in memory, and what of them has changed.

Plain dictionaries instead of model instances: a file has a million rows, and making two instances for each would take
longer than everything else. Nothing here asks the database (``loading``) or decides (``applying``, ``resolving``).
"""

from dataclasses import dataclass, field
from typing import Any

from contacts.models import Kind, Source

# What an import can change, in the order of every statement that reads or writes it.
CONTACT_COLUMNS = (
    "kind", "lead_reason", "member_id", "member_id_folded",
    "name", "name_folded", "email", "email_norm", "email_qualified",
    "mobile_number", "mobile_number_norm", "mobile_number_qualified", "landline_number", "birth_date",
    "language", "country", "city", "unsubscribe_email", "unsubscribe_texting",
)  # fmt: skip
PROFILE_COLUMNS = (
    "values", "folded", "sources", "memo", "memo_folded", "address", "address_folded", "import_tags", "search_text",
)  # fmt: skip
JSON_COLUMNS = frozenset({"values", "folded", "sources", "import_tags"})
# What somebody new has before the first row.
BLANK: dict[str, Any] = {
    **dict.fromkeys((*CONTACT_COLUMNS, *PROFILE_COLUMNS), ""),
    "member_id": None, "birth_date": None,
    "email_qualified": False, "mobile_number_qualified": False,
    "unsubscribe_email": False, "unsubscribe_texting": False,
    "values": {}, "folded": {}, "sources": {}, "import_tags": [],
}  # fmt: skip

PROFILE = "profile."
# Public name -> the columns that hold it, the shown one first.
FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("name", "name_folded"),
    "email": ("email", "email_norm", "email_qualified"),
    "mobileNumber": ("mobile_number", "mobile_number_norm", "mobile_number_qualified"),
    "landlineNumber": ("landline_number",),
    "birthDate": ("birth_date",),
    "address": ("address", "address_folded"),
    "memo": ("memo", "memo_folded"),
    "language": ("language",),
    "country": ("country",),
    "city": ("city",),
    "unsubscribeEmail": ("unsubscribe_email",),
    "unsubscribeTexting": ("unsubscribe_texting",),
}

# A phone or an e-mail in its normal form, as (field, norm); ``candidates.Point`` for the rules beside an import.
type_Point = tuple[str, str]
# A known value as (field, value).
type_Known = tuple[str, str]


@dataclass(slots=True)
class Person:
    """Somebody the file is about. ``now``: columns as they will be.

    ``was_values``: public name -> value as it is, of the fields touched. ``known``: known value -> whether qualified.
    ``seen``: known value -> normal form, of what the file says. ``tags`` are ids or, of tags to come, names; None: the
    file has no tags. ``rows``: so many rows of the file are about this person.
    """

    id: int
    is_new: bool = False
    number: int = 0
    # When somebody was last in contact, before what is told here.
    touched: str = ""
    now: dict[str, Any] = field(default_factory=BLANK.copy)
    was_values: dict[str, Any] = field(default_factory=dict)
    known: dict[type_Known, bool] = field(default_factory=dict)
    norms: dict[type_Known, str] = field(default_factory=dict)
    seen: dict[type_Known, str] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    had_tags: frozenset[str] = frozenset()
    rows: int = 0
    booted: bool = False
    # Whether it was changed before what is told here was read.
    was_changed: bool = False
    # Whether something was written since somebody set it to False.
    is_touched: bool = False

    def came_from_form(self, key: str) -> bool:
        """Whether the visitor typed what stands there now (QUAL-1)."""
        source = self.now["sources"].get(key)
        return bool(source) and source[0] == Source.FORM and key not in self.was_values

    @property
    def is_member(self) -> bool:
        """Whether it is a member."""
        return bool(self.now["kind"] == Kind.MEMBER)

    def set(self, column: str, value: Any) -> None:
        """Change a column."""
        self.now[column] = value

    def note(self, key: str, old: Any) -> None:
        """The field ``key`` is about to change from ``old``."""
        self.is_touched = True
        self.was_values.setdefault(key, old)

    def value(self, key: str) -> Any:
        """What a public name stands for now, with its flag where it has one; JSON but for a birth date."""
        if key.startswith(PROFILE):
            return self.now["values"].get(key[len(PROFILE) :])
        columns = FIELDS[key]
        if len(columns) == 3:
            return [self.now[column] for column in columns]
        return self.now[columns[0]]

    def changed_fields(self) -> dict[str, Any]:
        """{public name: value before} of what is not as it was; a field that came back to its value is not."""
        return {
            key: old
            for key, old in self.was_values.items()
            if (now := self.value(key)) != old or type(now) is not type(old)
        }

    @property
    def is_changed(self) -> bool:
        """Whether anything about the person is another than it was: fields or tags."""
        if self.was_changed or self.is_new or self.tags != self.had_tags:
            return True
        return bool(self.was_values and self.changed_fields())

    def settle(self) -> None:
        """From here on count changes anew; that there were some is kept."""
        self.was_changed = self.is_changed
        self.is_new = False
        self.was_values, self.had_tags = {}, self.tags
