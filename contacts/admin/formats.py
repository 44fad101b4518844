"""How values of a contact are written for people: times in the site's zone, phones in local form (L10N-1)."""

import datetime
import functools
from zoneinfo import ZoneInfo

import phonenumbers
from django.utils import formats


def moment(value: datetime.datetime, zone: ZoneInfo) -> str:
    """Date and time to the minute, as short as the language allows."""
    local = value.astimezone(zone)
    return f"{day(local.date())} {local:%H:%M}"


def day(value: datetime.date) -> str:
    """A date in the short form of the language."""
    return formats.date_format(value, "SHORT_DATE_FORMAT").rstrip(".")


@functools.lru_cache(maxsize=4096)
def phone(stored: str, country: str) -> str:
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


def age(born: datetime.date, today: datetime.date) -> int:
    """Full years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
