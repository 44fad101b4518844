"""What may stand in a profile: keys, types and limits, before anything is looked up or written.

Values are strings, numbers, true/false, or lists of strings. A time is kept in one canonical form, so that stored
values compare as text: a day as ``YYYY-MM-DD``, a moment in UTC as ``YYYY-MM-DDTHH:MM:SS.mmmZ``.
"""

import datetime
import json
import unicodedata
import zoneinfo
from collections.abc import Mapping

from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.models import FieldType
from contacts.profile_fields import parse_time

MAX_KEYS = 100
MAX_BYTES = 16_384
MAX_KEY = 64
MAX_TEXT = 1_000
MAX_ITEMS = 50
# Beyond it whole numbers lose digits in JavaScript and in SQLite's JSON.
MAX_NUMBER = 2**53 - 1

# What a page may set of the person itself; everything else in a profile is a custom field.
# With the most characters each may have.
STANDARD_KEYS = {
    "name": 100,
    "email": 254,
    "mobileNumber": 50,
    "landlineNumber": 50,
    "birthDate": 10,
    "address": 255,
}
# Names that a page may take for something a profile could set: clearer refused than kept as a custom field.
RESERVED_KEYS = frozenset(
    {
        "id",
        "kind",
        "member",
        "memberId",
        "memberHash",
        "verifiedMobile",
        "customerNumber",
        "veilId",
        "tags",
        "blocked",
        "language",
        "unsubscribeEmail",
        "unsubscribeTexting",
    }
)

REASONS: Mapping[str, str | Promise] = {
    "invalid": _("This value is not valid."),
    "wrong_type": _("This value has the wrong type."),
    "does_not_fit": _("This value does not fit the type of the field."),
    "junk": _("This value is on the list of values that belong to nobody."),
    "too_long": _("This value is too long."),
    "too_many": _("There are too many of these."),
    "too_large": _("Together these values are too large."),
    "reserved": _("This name belongs to the contact itself and cannot be a custom field."),
    "too_many_fields": _("The site has as many custom fields as it may have."),
    "member_id": _("A member ID has up to 255 characters and no spaces."),
    "member_stays": _("A member ID can be changed but not taken away: a member never becomes a lead again."),
    "own_alias": _("This member ID already leads here: somebody who had it was unified into this person."),
}


class DetailRefused(Exception):
    """A value that cannot be kept; ``path`` is the public name (``email``, ``profile.size``), ``code`` says why."""

    def __init__(self, path: str, code: str = "invalid") -> None:
        super().__init__(f"{path}: {code}")
        self.path = path
        self.code = code

    @property
    def message(self) -> str:
        """The reason, in the active language."""
        return str(REASONS[self.code])


def check_profile(profile: object, path: str) -> dict[str, object]:
    """A profile as it comes from outside, checked for shape; ``path`` (``profile``) leads the path of a refusal.

    Custom keys come back as ``profile.<key>``, standard ones as they are: the keys of ``details.change_details``.
    """
    if not isinstance(profile, Mapping):
        raise DetailRefused(path, "wrong_type")
    if len(profile) > MAX_KEYS:
        raise DetailRefused(path, "too_many")
    changes = {_check_key(key, path): check_value(value, f"{path}.{key}") for key, value in profile.items()}
    for key in STANDARD_KEYS.keys() & profile.keys():
        _check_standard(key, profile[key], f"{path}.{key}")
    check_size(profile, path)
    return changes


def _check_standard(key: str, value: object, path: str) -> None:
    """The person's own details are texts of their own length; a birth date is a day."""
    if value is not None and not isinstance(value, str):
        raise DetailRefused(path, "wrong_type")
    if isinstance(value, str) and len(value.strip()) > STANDARD_KEYS[key]:
        raise DetailRefused(path, "too_long")
    if key == "birthDate" and value:
        try:
            parse_birth_date(value, datetime.date.max)
        except DetailRefused:
            raise DetailRefused(path) from None


def _check_key(key: object, path: str) -> str:
    """Printable text of 1–64 characters that is no number: ``values -> '7'`` would mean an array's element in SQL."""
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY:
        raise DetailRefused(path, "too_long" if isinstance(key, str) and key else "invalid")
    if key in RESERVED_KEYS:
        raise DetailRefused(f"{path}.{key}", "reserved")
    if key in STANDARD_KEYS:
        return key
    unwritable = any(char in '"\\' or unicodedata.category(char) in {"Cc", "Cs"} for char in key)
    if unwritable or key != key.strip() or key.lstrip("+-").isdecimal():
        raise DetailRefused(f"{path}.{key}")
    return f"profile.{key}"


def check_value(value: object, path: str) -> object:
    """Refuse what is no value of a profile; nested objects and lists in lists among them."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not abs(value) <= MAX_NUMBER:  # NaN is not; and no float is made of a number with hundreds of digits
            raise DetailRefused(path)
        return value
    if isinstance(value, str):
        return check_text(value, path, MAX_TEXT)
    if isinstance(value, list | tuple):
        if len(value) > MAX_ITEMS:
            raise DetailRefused(path, "too_many")
        if not all(isinstance(item, str) for item in value):
            raise DetailRefused(path, "wrong_type")
        return [check_text(item, path, MAX_TEXT) for item in value]
    raise DetailRefused(path, "wrong_type")


def check_text(text: str, path: str, limit: int) -> str:
    """Refuse a text over ``limit`` characters, and what PostgreSQL or UTF-8 cannot hold: NUL, half surrogate pairs."""
    if len(text) > limit:
        raise DetailRefused(path, "too_long")
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise DetailRefused(path)
    return text


def check_size(values: Mapping[str, object], path: str) -> None:
    """Refuse more than 16 kB as JSON."""
    if len(json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str).encode()) > MAX_BYTES:
        raise DetailRefused(path, "too_large")


def canonical(value: object, type_: str, zone: datetime.tzinfo) -> object:
    """The form in which a fitting ``value`` is stored: times as said above, numbers and lists as they are."""
    if type_ != FieldType.DATE or not isinstance(value, str):
        return value
    return canonical_time(value, zone)


def canonical_time(text: str, zone: datetime.tzinfo) -> str:
    """An ISO 8601 day or moment in the one stored form; a moment without zone is one in ``zone``."""
    moment = parse_time(text)
    if not isinstance(moment, datetime.datetime):
        return text
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(datetime.UTC)
    except OverflowError:  # in the first or last hours of the calendar
        return text
    return moment.strftime(f"{moment.year:04}-%m-%dT%H:%M:%S.{moment.microsecond // 1000:03}Z")


def same_value(stored: object, given: object, zone: zoneinfo.ZoneInfo) -> bool:
    """Whether writing ``given`` over ``stored`` would change nothing, told without looking up the field's type."""
    if stored == given:
        return isinstance(stored, bool) == isinstance(given, bool)
    return isinstance(given, str) and isinstance(stored, str) and stored == canonical_time(given, zone)


def parse_birth_date(value: object, today: datetime.date) -> datetime.date | None:
    """A day between 1900 and ``today``; None and blank mean none. ``DetailRefused`` otherwise."""
    if value is None or value == "":
        return None
    day = value if type(value) is datetime.date else None
    if isinstance(value, str):
        try:
            day = parse_date(value.strip())
        except ValueError:
            day = None
    if day is None or not datetime.date(1900, 1, 1) <= day <= today:
        raise DetailRefused("birthDate")
    return day
