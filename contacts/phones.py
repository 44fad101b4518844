"""QUAL-4: phone numbers. Parsed with the site's country, kept as E.164; what cannot be parsed is kept as typed.

Neither ``phonenumbers.geocoder`` nor ``phonenumbers.carrier`` is imported anywhere: they take seconds to load.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

MAX_PHONE = 50
_PHONE_LIKE = re.compile(r"[\d\s+\-().·/~–—ー−]+")


@dataclass(frozen=True, slots=True)
class Phone:
    """``shown`` is what people read; ``norm`` is the E.164 form that matching compares, empty when not valid."""

    shown: str
    norm: str


def parse_phone(typed: str, country: str) -> Phone:
    """Parse ``typed`` as somebody in ``country`` (two letters) would dial it. Never fails: see ``Phone``."""
    text = unicodedata.normalize("NFKC", typed).strip()
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return Phone(typed.strip(), "")
    if not phonenumbers.is_valid_number(number):
        return Phone(typed.strip(), "")
    norm = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(norm, norm)


@functools.lru_cache(maxsize=4096)
def spelled(stored: str, country: str) -> str:
    """A number as people of ``country`` write it; one of another country with its code; not a number: as it is."""
    if not stored.startswith("+"):
        return stored
    try:
        number = phonenumbers.parse(stored)
    except phonenumbers.NumberParseException:
        return stored
    own = phonenumbers.region_code_for_country_code(number.country_code or 0) == country
    style = phonenumbers.PhoneNumberFormat.NATIONAL if own else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def search_spellings(norm: str) -> list[str]:
    """The digits under which a number is looked for: with country code, and as dialled inside the country.

    >>> search_spellings("+821012345678")
    ['821012345678', '01012345678']
    """
    if not norm:
        return []
    number = phonenumbers.parse(norm)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return list(dict.fromkeys([norm.lstrip("+"), digits_of(national)]))


def digits_of(text: str) -> str:
    """Only the digits of ``text``, full-width ones included."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char in "0123456789")


def looks_like_phone(text: str) -> bool:
    """Whether ``text`` is made of what people write phone numbers with, with three digits at least."""
    return _PHONE_LIKE.fullmatch(unicodedata.normalize("NFKC", text)) is not None and len(digits_of(text)) >= 3
