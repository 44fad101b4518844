"""LIST-2: which columns the contacts list can show, and which of them an operator has chosen.

Upper apps add columns to ``list_columns`` from ``AppConfig.ready()``; custom profile fields join as
``profile.<key>``. Reading a page is ``contacts.paging``; who is in the list is ``contacts.filters``.
"""

from collections.abc import Sequence
from typing import Any

from contacts.columns import OWN_COLUMNS, Column, Shape, SortKey, custom_column
from contacts.models import ProfileField
from desk.access import Access
from desk.models import Operator, Site
from desk.operators import change_preferences
from desk.registry import Registry

__all__ = ["Column", "Shape", "SortKey", "UnknownColumn", "choose_columns", "chosen_columns", "columns_of"]

list_columns: Registry[Column] = Registry("list columns")
for _own in OWN_COLUMNS:
    list_columns.register(_own.name, _own)

# What an operator sees who never chose; a name that no app has registered is left out.
DEFAULT_COLUMNS = ("name", "kind", "mobileNumber", "email", "memberId", "lastSeenAt", "grade", "tags")
MAX_COLUMNS = 30


class UnknownColumn(LookupError):
    """A column that neither the desk nor this site has."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def columns_of(site: Site) -> dict[str, Column]:
    """Every column of the site's list by name: the desk's own, then custom fields. One statement."""
    columns = {column.name: column for column in list_columns}
    for field in ProfileField.objects.filter(site=site):
        column = custom_column(field)
        columns[column.name] = column
    return columns


def chosen_columns(operator: Operator, site: Site, columns: dict[str, Column]) -> list[Column]:
    """What ``operator`` wants to see on ``site``, in order; a column that is gone since is left out."""
    names = operator.preferences.get("columns", {}).get(str(site.pk)) or DEFAULT_COLUMNS
    return [columns[name] for name in names if name in columns] or [columns["name"]]


def choose_columns(access: Access, names: Sequence[str]) -> None:
    """Remember the columns for this operator and site; none: back to the desk's own choice.

    ``UnknownColumn`` for a name the site does not have. The name column is always there: it leads to the person.
    """
    columns = columns_of(access.site)
    for name in names:
        if name not in columns:
            raise UnknownColumn(name)
    wanted = list(dict.fromkeys(names))[:MAX_COLUMNS]
    if wanted and "name" not in wanted:
        wanted.insert(0, "name")

    def choose(kept: dict[str, Any]) -> dict[str, Any]:
        others = {site: names for site, names in kept.get("columns", {}).items() if site != str(access.site.pk)}
        return {"columns": others | ({str(access.site.pk): wanted} if wanted else {})}

    change_preferences(access.operator, choose)
