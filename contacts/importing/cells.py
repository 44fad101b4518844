"""IMP-3, IMP-5: what the text of a cell means for the field its column is mapped to.

A converter answers the value in the form the field is kept in, None for an empty cell (which leaves the value as it
is), or a ``CellProblem``. Phones and e-mails that cannot be parsed are values all the same, kept as typed with an empty
``norm`` (QUAL-4): they match nobody, and alone they make nobody.
"""

import datetime
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contacts.drafts import PROFILE
from contacts.emails import MAX_EMAIL, Email, parse_email
from contacts.importing.guarding import EXCEL_ERRORS, unguard
from contacts.importing.quick_phones import read_phone
from contacts.importing.reasons import FORMULA_WITHOUT_VALUE, Values, told
from contacts.importing.spellings import is_rounded, parse_list, parse_moment, parse_number, parse_yes_or_no
from contacts.languages import is_language
from contacts.masking import DOTS, PERSONAL_FIELDS
from contacts.member_ids import is_member_id
from contacts.models import FieldType, ProfileField
from contacts.phones import MAX_PHONE, Phone
from contacts.profile_values import MAX_ITEMS, MAX_TEXT, canonical_time
from desk.models import Site

# Equal cells of these columns come again and again; what they mean is kept, for so many different ones.
_KEPT = 10_000
# Most addresses: what ``parse_email`` takes at a tenth of its price. A property test holds them together.
_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_COUNTRIES = {
    "KR": "kor korea southkorea republicofkorea 한국 대한민국 韓国 大韓民国",
    "JP": "jpn japan 일본 日本 日本国",
    "US": "usa unitedstates unitedstatesofamerica 미국 アメリカ 米国 アメリカ合衆国",
    "CN": "chn china 중국 中国",
    "TW": "twn taiwan 대만 台湾",
}
_COUNTRY_OF = {name: code for code, names in _COUNTRIES.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Why a cell cannot be taken; ``code`` is one of ``reasons.CELL_REASONS`` or of a detail's own reasons."""

    code: str
    values: Values = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return told(self.code, self.values)


# name, address, memo, city, language, country, memberId: str; email: Email; mobileNumber: Phone; landlineNumber: str;
# birthDate: date; unsubscribe…: bool; tags: list of names; profile.…: the JSON value as it is stored.
Value = str | int | float | bool | list[str] | datetime.date | Email | Phone
Convert = Callable[[str], Value | CellProblem | None]
_Read = Callable[[str], Value | CellProblem]


class ColumnReader(NamedTuple):
    """A mapped column: which cell it is, the field it goes to, how it is written, and what its cells mean."""

    column: int
    field: str
    mode: str
    convert: Convert


def field_types(site: Site) -> dict[str, str]:
    """The types of the site's custom fields by public name (``profile.<key>``)."""
    rows = ProfileField.objects.filter(site=site).values_list("key", "type")
    return {f"{PROFILE}{key}": type_ for key, type_ in rows}


def column_readers(mapping: Mapping[str, Any], site: Site, *, today: datetime.date) -> list[ColumnReader]:
    """The mapped columns of a checked mapping; a custom field has its own type, a new one that of the mapping."""
    types = field_types(site)
    return [
        ColumnReader(
            column["column"],
            column["field"],
            column.get("mode") or ("add" if column["field"] == "tags" else "overwrite"),
            converter(column["field"], site=site, today=today, type_=types.get(column["field"]) or column.get("type")),
        )
        for column in mapping["columns"]
        if column["field"] not in (None, "customerNumber")
    ]


def converter(field: str, *, site: Site, today: datetime.date, type_: str | None = None) -> Convert:
    """What reads the cells of ``field``; ``type_`` is that of a custom field. ``KeyError`` for an unknown field."""
    if field.startswith(PROFILE):
        return _exact_text(MAX_TEXT) if type_ == FieldType.TEXT else _cleaned(_CUSTOM[type_ or ""](site))
    read = _STANDARD[field](site, today)
    return _cleaned(_readable(read) if field in PERSONAL_FIELDS else read)


def convert(
    field: str, text: str, *, site: Site, today: datetime.date, type_: str | None = None
) -> Value | CellProblem | None:
    """One cell; for many of a column make its ``converter`` once."""
    return converter(field, site=site, today=today, type_=type_)(text)


def _cleaned(read: _Read) -> Convert:
    """What every cell goes through first: blanks at the edges, guards, texts as formulas, errors of Excel."""

    def convert_cell(cell: str) -> Value | CellProblem | None:
        text = cell.strip()
        if not text:
            return None
        if text[0] in "'=#＝":
            text = _unwrapped(text)
            if text in EXCEL_ERRORS:
                return CellProblem("formula_without_value" if text == FORMULA_WITHOUT_VALUE else "excel_error")
            text = unguard(text)[0].strip()
            if not text:
                return None
        return read(text)

    return convert_cell


def _readable(read: _Read) -> _Read:
    """Dots instead of a phone number, out of a masked export, must not take the place of the phone number."""
    return lambda text: CellProblem("masked") if DOTS in text else read(text)


def _unwrapped(text: str) -> str:
    """``="0101234"``: how web pages make Excel keep the zero in front."""
    return text[2:-1] if text.startswith('="') and text.endswith('"') and len(text) > 3 else text


def _exact_text(limit: int) -> Convert:
    """The text of a custom field; when an export has guarded it, with its blanks."""

    def convert_cell(cell: str) -> Value | CellProblem | None:
        text = cell.strip()
        if not text and not cell:
            return None
        if cell[0] in "'=#":
            text, guarded = unguard(_unwrapped(cell))
            if not guarded:
                text = text.strip()
                if text in EXCEL_ERRORS:
                    return CellProblem("formula_without_value" if text == FORMULA_WITHOUT_VALUE else "excel_error")
        if not text:
            return None
        return text if len(text) <= limit else CellProblem("text_too_long", {"length": len(text), "limit": limit})

    return convert_cell


def _text(limit: int) -> _Read:
    def read(text: str) -> Value | CellProblem:
        return text if len(text) <= limit else CellProblem("text_too_long", {"length": len(text), "limit": limit})

    return read


def _member_id(text: str) -> Value | CellProblem:
    if is_rounded(text):
        return CellProblem("rounded")
    return text if is_member_id(text) else CellProblem("member_id")


def _email(text: str) -> Value | CellProblem:
    if len(text) > MAX_EMAIL:
        return CellProblem("text_too_long", {"length": len(text), "limit": MAX_EMAIL})
    if _PLAIN_EMAIL.fullmatch(text) is not None:
        return Email(text, text.lower())
    return parse_email(text)


def _phone(country: str) -> Callable[[str], Phone | CellProblem]:
    def read(text: str) -> Phone | CellProblem:
        if "E+" in text and is_rounded(text):
            return CellProblem("rounded")
        if len(text) > MAX_PHONE:
            return CellProblem("text_too_long", {"length": len(text), "limit": MAX_PHONE})
        return read_phone(text, country)

    return read


def _landline(country: str) -> _Read:
    read_number = _phone(country)

    def read(text: str) -> Value | CellProblem:
        phone = read_number(text)
        return phone.shown if isinstance(phone, Phone) else phone

    return read


def _birth_date(today: datetime.date) -> _Read:
    def read(text: str) -> Value | CellProblem:
        moment = parse_moment(text)
        day = moment.date() if isinstance(moment, datetime.datetime) else moment
        if day is None or not datetime.date(1900, 1, 1) <= day <= today:
            return CellProblem("not_a_birth_date")
        return day

    return read


def _language(text: str) -> Value | CellProblem:
    return text if is_language(text) else CellProblem("not_a_language")


def _country(text: str) -> Value | CellProblem:
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text.upper()
    return _COUNTRY_OF.get("".join(text.lower().split()), CellProblem("not_a_country"))


def _flag(text: str) -> Value | CellProblem:
    value = parse_yes_or_no(text)
    return CellProblem("not_yes_or_no") if value is None else value


def _tags(text: str) -> Value | CellProblem:
    return list(dict.fromkeys(parse_list(text)))


def _list(text: str) -> Value | CellProblem:
    items = parse_list(text)
    if len(items) > MAX_ITEMS:
        return CellProblem("list_too_long", {"limit": MAX_ITEMS})
    longest = max(map(len, items), default=0)
    return CellProblem("text_too_long", {"length": longest, "limit": MAX_TEXT}) if longest > MAX_TEXT else items


def _number(text: str) -> Value | CellProblem:
    number = parse_number(text)
    return CellProblem("not_a_number") if number is None else number


def _moment(site: Site) -> _Read:
    zone = site.zone

    def read(text: str) -> Value | CellProblem:
        moment = parse_moment(text)
        return CellProblem("not_a_date") if moment is None else canonical_time(moment.isoformat(), zone)

    return read


def _kept(read: _Read) -> _Read:
    return functools.lru_cache(maxsize=_KEPT)(read)


_STANDARD: Mapping[str, Callable[[Site, datetime.date], _Read]] = {
    "name": lambda site, today: _text(100),
    "memberId": lambda site, today: _member_id,
    "email": lambda site, today: _email,
    "mobileNumber": lambda site, today: _phone(site.phone_country),
    "landlineNumber": lambda site, today: _landline(site.phone_country),
    "birthDate": lambda site, today: _kept(_birth_date(today)),
    "address": lambda site, today: _text(255),
    "memo": lambda site, today: _text(500),
    "language": lambda site, today: _kept(_language),
    "country": lambda site, today: _kept(_country),
    "city": lambda site, today: _text(100),
    "unsubscribeEmail": lambda site, today: _kept(_flag),
    "unsubscribeTexting": lambda site, today: _kept(_flag),
    "tags": lambda site, today: _tags,
}
_CUSTOM: Mapping[str, Callable[[Site], _Read]] = {
    FieldType.NUMBER: lambda site: _number,
    FieldType.DATE: lambda site: _kept(_moment(site)),
    FieldType.BOOLEAN: lambda site: _kept(_flag),
    FieldType.LIST: lambda site: _list,
}
