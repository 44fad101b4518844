"""The cells of the contacts list as HTML. Everything that comes from outside is escaped by ``format_html``.

Made in Python and not in a template: a page has hundreds of cells, and an include per cell would cost most of the
page's time (screens.md: at most 60 ms and 60 kB a list page; hence also the plain cells).
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contacts.admin.formats import day, moment, phone
from contacts.columns import Column, Shape
from contacts.masking import mask, name_of
from contacts.models import Contact, Kind
from contacts.profile_fields import parse_time
from desk.access import Access
from desk.models import Site

EMPTY = mark_safe("<td></td>")
SHOWN_TAGS = 2
# Characters that surely fit into their columns; a longer text gets a title with all of it.
LONG_NAME, LONG_TEXT, LONG_TAG = 10, 24, 7


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the head cell leads to the person."""

    id: str  # a text: templates write numbers with separators
    name: str
    long: bool  # may be cut, so the whole name is its title
    url: str  # below the list's own address
    kind: str
    blocked: bool
    cells: list[SafeString]


def rows_of(access: Access, contacts: Sequence[Contact], columns: Sequence[Column]) -> list[Row]:
    """The page's rows without the name column, which every row has as its head."""
    site, sees = access.site, access.sees_personal_data
    others = [column for column in columns if column.name != "name"]
    values = [column.values(site, contacts) for column in others]
    return [
        Row(
            id=str(contact.pk),
            name=(name := name_of(contact, sees_personal_data=sees)),
            long=len(name) > LONG_NAME,
            url=f"{contact.pk}/change/",
            kind=contact.kind,
            blocked=contact.blocked,
            cells=[_cell(column, values[place][index], site, sees=sees) for place, column in enumerate(others)],
        )
        for index, contact in enumerate(contacts)
    ]


def _cell(column: Column, value: Any, site: Site, *, sees: bool) -> SafeString:
    if value is None or value in ("", []):
        return EMPTY
    if column.personal and not sees:
        value = mask(column.personal, value)
        return format_html('<td class="masked">{}</td>', value)
    return _SHAPES[column.shape](value, site)


def _text(value: Any, site: Site) -> SafeString:
    text = str(value)
    return (
        format_html('<td title="{}">{}</td>', text, text) if len(text) > LONG_TEXT else format_html("<td>{}</td>", text)
    )


def _number(value: Any, site: Site) -> SafeString:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _text(value, site)
    return format_html('<td class="numeric">{}</td>', formats.number_format(value, use_l10n=True, force_grouping=True))


def _reference(value: Any, site: Site) -> SafeString:
    return format_html('<td class="numeric">{}</td>', str(value))


def _time(value: Any, site: Site) -> SafeString:
    if isinstance(value, str):  # a custom field keeps times as ISO texts
        parsed = parse_time(value)
        if parsed is None:
            return _text(value, site)
        value = parsed
    if not isinstance(value, datetime.datetime):
        return _day(value, site)
    if value.tzinfo is None:
        value = value.replace(tzinfo=site.zone)
    return format_html("<td>{}</td>", moment(value, site.zone))


def _day(value: datetime.date, site: Site) -> SafeString:
    return format_html("<td>{}</td>", day(value))


def _flag(value: Any, site: Site) -> SafeString:
    return format_html("<td>{}</td>", _("yes") if value is True else _("no") if value is False else str(value))


def _list(value: Any, site: Site) -> SafeString:
    return _text(", ".join(map(str, value)) if isinstance(value, list | tuple) else value, site)


def _kind(value: Any, site: Site) -> SafeString:
    return format_html('<td><span class="badge kind-{}">{}</span></td>', value, capfirst(Kind(value).label))


def _phone(value: Any, site: Site) -> SafeString:
    return format_html("<td>{}</td>", phone(str(value), site.phone_country))


def _tags(value: Any, site: Site) -> SafeString:
    chips = format_html_join(
        "",
        '<span class="tag-chip" data-color="{}"{}><span>{}</span></span>',
        ((tag.color, _title(tag.name), tag.name) for tag in value[:SHOWN_TAGS]),
    )
    rest = value[SHOWN_TAGS:]
    more = (
        format_html('<span class="badge" title="{}">+{}</span>', ", ".join(tag.name for tag in rest), len(rest))
        if rest
        else ""
    )
    return format_html('<td class="cell-tags">{}{}</td>', chips, more)


def _title(text: str) -> SafeString:
    return format_html(' title="{}"', text) if len(text) > LONG_TAG else mark_safe("")


_SHAPES: dict[Shape, Callable[[Any, Site], SafeString]] = {
    Shape.TEXT: _text,
    Shape.NUMBER: _number,
    Shape.REFERENCE: _reference,
    Shape.DAY: _time,
    Shape.TIME: _time,
    Shape.FLAG: _flag,
    Shape.LIST: _list,
    Shape.KIND: _kind,
    Shape.PHONE: _phone,
    Shape.EMAIL: _text,
    Shape.TAGS: _tags,
}
