"""IMP-9: the columns of an export: names that an import knows, and texts from which it makes the same values.

They are the columns of the list (``contacts.listing``), so what an app adds there can be exported. A custom field says
its type behind its name, so that a new field of an empty site gets the same one.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contacts.exporting.workbook import Cell
from contacts.importing.spellings import join_list
from contacts.listing import Column, UnknownColumn, columns_of
from contacts.masking import mask
from contacts.models import Contact, ProfileField
from desk.models import Site

# Everything that can be imported again, first those by which people are found.
_FIRST = ("memberId", "customerNumber", "name", "mobileNumber", "email")


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """``header``: the name in the file."""

    column: Column
    header: str


def all_columns(site: Site) -> list[str]:
    """The names of all columns of the site."""
    names = list(columns_of(site))
    return [*_FIRST, *(name for name in names if name not in _FIRST)]


def export_columns(site: Site, names: Sequence[str]) -> list[ExportColumn]:
    """The columns of these names; ``UnknownColumn`` for one that the site does not have."""
    columns = columns_of(site)
    types = {
        f"profile.{key}": type_ for key, type_ in ProfileField.objects.filter(site=site).values_list("key", "type")
    }
    for name in names:
        if name not in columns:
            raise UnknownColumn(name)
    return [ExportColumn(columns[name], f"{name} [{types[name]}]" if name in types else name) for name in names]


def rows_of(
    site: Site, contacts: Sequence[Contact], columns: Sequence[ExportColumn], *, masked: bool
) -> list[tuple[Cell, ...]]:
    """A row of the file for each contact, in order; personal data unreadable where it is to be ``masked`` (SITE-4)."""
    zone = site.zone
    made = []
    for one in columns:
        values = one.column.values(site, contacts)
        personal = one.column.personal
        if masked and personal:
            values = [mask(personal, value) for value in values]
        made.append([value if type(value) is str else _cell(value, zone) for value in values])
    return list(zip(*made, strict=True)) if made else []


def _cell(value: object, zone: datetime.tzinfo) -> Cell:
    if value is None:
        return ""
    if isinstance(value, str):  # a choice of an enumeration
        return str(value)
    return _MAKERS.get(type(value), _named)(value, zone)


def _named(value: Any, zone: datetime.tzinfo) -> Cell:
    """Tags, grades and the like by their names."""
    name = getattr(value, "name", None)
    return name if isinstance(name, str) else str(value)


def _list(values: Sequence[Any], zone: datetime.tzinfo) -> Cell:
    return join_list([value if isinstance(value, str) else str(_named(value, zone)) for value in values])


_MAKERS: dict[type, Callable[[Any, datetime.tzinfo], Cell]] = {
    bool: lambda value, zone: "true" if value else "false",
    int: lambda value, zone: value,
    float: lambda value, zone: value,
    list: _list,
    tuple: _list,
    datetime.date: lambda value, zone: value.isoformat(),
    datetime.datetime: lambda value, zone: value.astimezone(zone).isoformat(timespec="seconds"),
}
