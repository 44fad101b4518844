"""What the audit log keeps of a choice of people (SITE-4, RET-4): how they were chosen, not who they are.

A filter may hold the very memberIds, phones or names of the people it chose. Of such values the log tells how many
there were; of everything else what the filter says.
"""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.filters.describe import describe
from contacts.filters.document import Branch, Filter, Node, Not, parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.fields import Condition, FilterField, Group
from contacts.filters.operators import ValueType
from contacts.selection import Selection
from desk.models import Site

_SAFE_TYPES = frozenset({ValueType.BOOLEAN, ValueType.NUMBER, ValueType.DATE, ValueType.EVENT, ValueType.SEGMENT})
_SAFE_TEXTS = frozenset({"country", "language", "importTags"})
# Numbers and days that tell a person from all others.
_TELLING = frozenset({"customerNumber", "birthDate"})


def told_selection(selection: Selection, site: Site) -> str:
    """In the active language; empty for people who were ticked one by one, and for a filter that means nothing now."""
    if selection.ids is not None:
        return ""
    try:
        filter_ = parse_filter(selection.filter or {}, site=site)
    except FilterError:
        return ""
    told = describe(_without_people(filter_))
    if selection.search:
        told = _("%(filter)s, found by a search") % {"filter": told}
    if selection.exclude:
        except_for = ngettext("except for %(n)d person", "except for %(n)d people", len(selection.exclude))
        told = f"{told}, {except_for % {'n': len(selection.exclude)}}"
    return told


def _without_people(filter_: Filter) -> Filter:
    return replace(filter_, root=None if filter_.root is None else _outline(filter_.root))


def _outline(node: Node) -> Node:
    if isinstance(node, Not):
        return Not(_outline(node.node))
    if isinstance(node, Branch):
        return replace(node, members=tuple(_outline(member) for member in node.members))
    return _hidden(node)


def _hidden(condition: Condition) -> Condition:
    where = tuple(_hidden(one) for one in condition.where)
    field = condition.field
    if not condition.values or (_is_safe(field) and field.key not in _TELLING):
        return replace(condition, where=where)
    return replace(condition, where=where, field=replace(field, say=_how_many, choices=None))


def _is_safe(field: FilterField) -> bool:
    if field.say is not None or field.choices is not None or field.type in _SAFE_TYPES:
        return True
    return field.key in _SAFE_TEXTS or field.group is Group.DEVICE


def _how_many(condition: Condition) -> list[str]:
    count = len(condition.values)
    return [ngettext("%(n)d value", "%(n)d values", count) % {"n": count}]
