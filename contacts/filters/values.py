"""FIL-5, FIL-8: reading the values of a condition, and the calendar of the site in which relative dates resolve."""

import calendar
import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from contacts.filters.errors import Refused
from contacts.filters.operators import UNITS
from contacts.folding import fold
from desk.models import Site

MAX_TEXT = 1_000  # characters of one value
MAX_NUMBER = 10**15  # beyond it the two databases and JSON readers no longer agree to the unit
# Longest spans of withinLast, withinNext, moreThanAgo and event windows: a hundred years.
MAX_SPAN = {"day": 36_500, "week": 5_200, "month": 1_200, "year": 100}

# FIL-5: comma, whitespace, newline, tab, full-width comma and space; and the ideographic comma of Japanese.
_SEPARATORS = re.compile(r"[\s,，、､]+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Operand = str | int | float | bool | datetime.date | datetime.datetime


class Purpose(Enum):
    """What the SQL has to be fast for; what it means is the same."""

    PAGE = "a page of people"
    NEAR = "a page, asked of the newest few thousand one by one"
    COUNT = "all of them, by one filter"
    PASS = "many filters in one pass over the contacts"


@dataclass(frozen=True, slots=True)
class Moment:
    """When, where and what for a filter is used. Relative dates resolve against it (FIL-8); ``now`` is aware.

    Only ``site`` and ``now`` change what a condition means. ``purpose`` and its place in the tree decide how its SQL
    is written: ``alternative`` when it stands below an "any of"; ``narrows`` when whoever is found must satisfy it, so
    that an index which serves it may find the people first.
    """

    site: Site
    now: datetime.datetime
    purpose: Purpose = Purpose.PAGE
    alternative: bool = False
    narrows: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return self.site.zone

    @property
    def today(self) -> datetime.date:
        """The day it is at the site."""
        return self.now.astimezone(self.zone).date()

    def start_of(self, day: datetime.date) -> datetime.datetime:
        """The first instant of ``day`` at the site, in UTC."""
        return start_of_day(day, self.zone)

    def ago(self, value: int, unit: str) -> datetime.datetime:
        """The same time of day on the calendar ``value`` units back, in UTC; 31 March less a month is 28 February.

        Below 0: ahead.
        """
        local = self.now.astimezone(self.zone)
        day = step_back(local.date(), value, unit)
        return datetime.datetime.combine(day, local.time(), self.zone).astimezone(datetime.UTC)


def is_day(value: object) -> bool:
    """Whether ``value`` is a day and not a time; in Python every time is a day too."""
    return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)


def start_of_day(day: datetime.date, zone: ZoneInfo) -> datetime.datetime:
    """The first instant of ``day`` in ``zone``, in UTC; where a clock change skips midnight, the change itself."""
    return datetime.datetime.combine(day, datetime.time(), zone).astimezone(datetime.UTC)


def step_back(day: datetime.date, value: int, unit: str) -> datetime.date:
    """``day`` less ``value`` days, weeks, months or years (below 0: plus); a day that the month does not have becomes
    its last.
    """
    if unit in ("day", "week"):
        return day - datetime.timedelta(days=value * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 - value * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def split_keywords(text: str) -> list[str]:
    """FIL-5: the terms of a pasted text, in order, without duplicates (compared as FIL-7 does)."""
    return without_duplicates([term for term in _SEPARATORS.split(text) if term])


def without_duplicates(terms: Sequence[str]) -> list[str]:
    """The first of every group of texts that compare as equal, in order."""
    first: dict[str, str] = {}
    for term in terms:
        first.setdefault(fold(term), term)
    return list(first.values())


def read_text(value: Any) -> str:
    """A text value as it was typed; refused when it could not be stored or would match everything."""
    if not isinstance(value, str):
        raise Refused("text_expected", _("A text is expected here."))
    if len(value) > MAX_TEXT:
        raise Refused("too_long", _("A value may have at most %(limit)d characters.") % {"limit": MAX_TEXT})
    if _UNSTORABLE.search(value):
        raise Refused("invalid_text", _("This text holds characters that cannot be stored."))
    if not fold(value):
        raise Refused("empty_value", _("An empty text is no value; use “has no value” instead."))
    return value


def read_number(value: Any) -> int | float:
    """A finite number; whole ones become int."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("number_expected", _("A number is expected here."))
    if not abs(value) <= MAX_NUMBER:  # NaN is not; and no float is made of a number with hundreds of digits
        raise Refused("out_of_range", _("This number is out of range."))
    return int(value) if value == int(value) else value


def read_boolean(value: Any) -> bool:
    """true or false, nothing else."""
    if not isinstance(value, bool):
        raise Refused("boolean_expected", _("true or false is expected here."))
    return value


def read_date(value: Any, zone: ZoneInfo) -> datetime.date | datetime.datetime:
    """A day (``2026-03-01``, of the site's calendar) or a time with zone; a time without one is the site's."""
    if not isinstance(value, str):
        raise Refused("date_expected", _("A date such as 2026-03-01 is expected here."))
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            day = datetime.date.fromisoformat(value)
            _check_year(day.year)
            return day
        if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", value, re.ASCII):
            raise ValueError
        moment = datetime.datetime.fromisoformat(value)
        _check_year(moment.year)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(datetime.UTC)
    except ValueError:
        message = _("“%(value)s” is not a date such as 2026-03-01 or 2026-03-01T09:00:00+09:00.")
        raise Refused("invalid_date", message % {"value": value[:40]}) from None


def _check_year(year: int) -> None:
    """Leave room for time zones and for stepping back a hundred years."""
    if not 200 <= year <= 9900:
        raise ValueError


def read_count(value: Any, *, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused("integer_expected", _("A whole number is expected here."))
    if not least <= value <= most:
        message = _("A whole number from %(least)d to %(most)d is expected here.")
        raise Refused("out_of_range", message % {"least": least, "most": most})
    return value


def read_unit(value: Any) -> str:
    """One of day, week, month, year."""
    if value not in UNITS or not isinstance(value, str):
        raise Refused("unknown_unit", _("The unit must be one of: day, week, month, year."))
    return value
