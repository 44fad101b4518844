"""How values of a contact are written for people: times in the site's zone, phones in local form (L10N-1)."""

import datetime
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.text import capfirst

from contacts.models import Source
from contacts.phones import spelled as phone

__all__ = ["age", "day", "moment", "phone", "source_words"]


def source_words(source: str, label: str) -> str:
    """QUAL-6: “Operator (Alice)”, or the source alone when nobody in particular is known."""
    words = str(Source(source).label) if source in Source.values else source
    return f"{capfirst(words)} ({label})" if label and label != words else str(capfirst(words))


def moment(value: datetime.datetime, zone: ZoneInfo) -> str:
    """Date and time to the minute, as short as the language allows."""
    local = value.astimezone(zone)
    return f"{day(local.date())} {local:%H:%M}"


def day(value: datetime.date) -> str:
    """A date in the short form of the language."""
    return formats.date_format(value, "SHORT_DATE_FORMAT").rstrip(".")


def age(born: datetime.date, today: datetime.date) -> int:
    """Full years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
