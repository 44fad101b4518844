"""SEG-5, SITE-4: one person's value for a condition, in words. Only read and shown: it never decides who matches.

A field tells its value itself (``FilterField.tell``) or by the column of the list that has its name. What a list masks
is masked here.
"""

import datetime
from collections.abc import Callable
from typing import Any

from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contacts.ages import age_on
from contacts.columns import Column, Shape
from contacts.filters.fields import Condition
from contacts.filters.values import Moment
from contacts.listing import columns_of
from contacts.masking import mask
from contacts.models import Contact, Kind
from contacts.phones import spelled
from contacts.profile_fields import parse_time

_SHOWN = 300  # characters of a value; a memo may be longer

# The fields of the contact that are no column of the list.
_OWN: dict[str, Callable[[Contact, Moment], Any]] = {
    "member": lambda contact, moment: contact.kind == Kind.MEMBER,
    "age": lambda contact, moment: contact.birth_date and age_on(moment.today, contact.birth_date),
}


class Untold(LookupError):
    """A field that has neither ``tell`` nor a column: whoever registers it says how its value is told."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the filter field {key!r} tells nobody's value: give it tell= or a column of its name")


class Teller:
    """Tells the values of one contact; reads the site's columns once, when the first of them is needed."""

    def __init__(self, contact: Contact, moment: Moment, *, sees_personal_data: bool) -> None:
        self.moment = moment
        self._contact = contact
        self._sees = sees_personal_data
        self._columns: dict[str, Column] | None = None

    def value(self, condition: Condition) -> str:
        """In words; “has no value” when there is none."""
        return self._words(condition) or _("has no value")

    def of_filters(self, names: list[str]) -> str:
        """In which of the filters that a condition stands for the contact is."""
        if not names:
            return _("in none of them")
        return _("in %(names)s") % {"names": _listed([_("“%(text)s”") % {"text": name} for name in names])}

    def _words(self, condition: Condition) -> str:
        field = condition.field
        if field.tell is not None:
            return field.tell(self._contact, condition, self.moment)
        if field.key in _OWN:
            return self._masked(field.key, in_words(_OWN[field.key](self._contact, self.moment), self.moment))
        column = self._column(field.key)
        [value] = column.values(self.moment.site, [self._contact])
        return self._masked(column.personal, _of_column(column, value, self.moment))

    def _column(self, key: str) -> Column:
        if self._columns is None:
            self._columns = columns_of(self.moment.site)
        if key not in self._columns:
            raise Untold(key)
        return self._columns[key]

    def _masked(self, personal: str, words: str) -> str:
        return words if self._sees else str(mask(personal, words))


def _of_column(column: Column, value: Any, moment: Moment) -> str:
    shown = _SHAPES.get(column.shape) if value else None
    return shown(value, moment) if shown else in_words(value, moment)


def _time(value: Any, moment: Moment) -> str:
    # A custom field keeps times as ISO texts.
    return in_words((parse_time(value) or value) if isinstance(value, str) else value, moment)


def in_words(value: Any, moment: Moment) -> str:
    """A value as people read it; none, and nothing in a list or text, as an empty text (FIL-4)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return str(formats.number_format(value, use_l10n=True, force_grouping=True))
    if isinstance(value, datetime.datetime):
        local = value.replace(tzinfo=moment.zone) if value.tzinfo is None else value.astimezone(moment.zone)
        return formats.date_format(local, "SHORT_DATETIME_FORMAT")
    if isinstance(value, datetime.date):
        return formats.date_format(value, "DATE_FORMAT")
    text = _listed([str(item) for item in value]) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _listed(parts: list[str]) -> str:
    return str(pgettext("list", ", ")).join(parts)


_SHAPES: dict[Shape, Callable[[Any, Moment], str]] = {
    Shape.PHONE: lambda value, moment: spelled(str(value), moment.site.phone_country),
    Shape.KIND: lambda value, moment: str(capfirst(Kind(value).label)),
    Shape.TAGS: lambda value, moment: _listed([tag.name for tag in value]),
    Shape.REFERENCE: lambda value, moment: str(value),
    Shape.TIME: _time,
}
