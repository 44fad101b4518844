"""FIL-1: a filter document, read and checked. See docs/filter-language.md for the language itself.

Reading goes in three steps: the shape of the document (pure), its fields and values (one statement for the custom
fields it names), and what its values stand for (tags, segments). A step begins only when the one before found nothing.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from contacts.filters.channel import native, native_key
from contacts.filters.conditions import checked_condition
from contacts.filters.errors import FilterError, Problem, Refused
from contacts.filters.fields import Condition, FilterField, find_fields
from contacts.filters.limits import (
    MAX_CONDITIONS,
    MAX_CONDITIONS_IN_ALL,
    MAX_DEPTH,
    MAX_TEXT_DOCUMENT,
    MAX_VALUES_IN_ALL,
)
from contacts.filters.reading import Budget, Reading
from contacts.filters.shape import FILTER_VERSION as FILTER_VERSION
from contacts.filters.shape import RawCondition, RawGroup, RawNode, RawNot, read_shape
from contacts.filters.together import keys_of
from desk.models import Site


@dataclass(frozen=True, slots=True)
class Branch:
    """``all`` (and) or any (or) of its members."""

    all: bool
    members: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Everybody whom ``node`` does not match."""

    node: "Node"


Node = Branch | Not | Condition


@dataclass(frozen=True, slots=True)
class Filter:
    """A document that was accepted for ``site``. ``root`` is None for the empty filter: everybody managed.

    ``data`` is the document in canonical form: ``{}`` or one group; reading it again gives the same ``data``.
    """

    site: Site
    root: Node | None
    data: dict[str, Any]


def parse_filter(data: Any, *, site: Site, reading: Reading | None = None) -> Filter:
    """Read a document given as JSON data. ``FilterError`` names every place that is wrong.

    ``reading`` is given when the document is read on behalf of another one, so that a circle of segments is noticed.
    """
    problems: list[Problem] = []
    raw = read_shape(data, problems)
    _raise(problems)
    if raw is None:
        return Filter(site, None, {})
    reading = reading or Reading(site)
    fields = _fields(site, raw, reading)
    root = _checked(raw, fields, reading, problems)
    _raise(problems)
    _spend(reading.budget, root)
    root = _resolved(root, reading, problems)
    _raise(problems)
    return Filter(site, root, _canonical(root) if not isinstance(root, Condition) else {"and": [_canonical(root)]})


def parse_filter_text(text: str, *, site: Site, reading: Reading | None = None) -> Filter:
    """Read a document given as JSON text, as in a URL; an empty text is the empty filter."""
    if len(text) > MAX_TEXT_DOCUMENT:
        raise FilterError(Problem("", "too_large", _("This filter is too large.")))
    if not text.strip():
        return parse_filter({}, site=site, reading=reading)
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise FilterError(Problem("", "too_deep", _("This filter has groups within too many groups."))) from None
    except ValueError:
        raise FilterError(Problem("", "invalid_json", _("This is not a JSON document."))) from None
    return parse_filter(data, site=site, reading=reading)


def _spend(budget: Budget, root: Node) -> None:
    """Refuse what is too much in all, before more segments are read."""
    if _depth(root) > MAX_DEPTH or _size(root) > MAX_CONDITIONS:
        # A foreign condition may stand for several of ours: what is kept must be readable again.
        message = _("In this language the filter has more than %(limit)d conditions.") % {"limit": MAX_CONDITIONS}
        raise FilterError(Problem("", "too_many_conditions", message))
    budget.conditions -= _size(root)
    budget.values -= _values(root)
    if budget.conditions < 0:
        message = _("With the segments it names, this filter has more than %(limit)d conditions.")
        raise FilterError(Problem("", "too_many_conditions", message % {"limit": MAX_CONDITIONS_IN_ALL}))
    if budget.values < 0:
        message = _("With the segments it names, this filter has more than %(limit)d values.")
        raise FilterError(Problem("", "too_many_values", message % {"limit": MAX_VALUES_IN_ALL}))


def _size(node: Node) -> int:
    if isinstance(node, Condition):
        return 1 + len(node.where)
    return sum(map(_size, node.members)) if isinstance(node, Branch) else _size(node.node)


def _values(node: Node) -> int:
    if isinstance(node, Condition):
        return len(node.values) + sum(len(property_.values) for property_ in node.where)
    return sum(map(_values, node.members)) if isinstance(node, Branch) else _values(node.node)


def _depth(node: Node) -> int:
    if isinstance(node, Condition):
        return 1
    return 1 + (max(map(_depth, node.members)) if isinstance(node, Branch) else _depth(node.node))


def _no_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise FilterError(*problems)


def _fields(site: Site, raw: RawNode, reading: Reading) -> dict[str, FilterField]:
    if reading.together is None:
        return find_fields(site, _keys(raw))
    known = reading.together.once("fields", lambda documents: find_fields(site, set(keys_of(documents))), _told)
    # The key of a foreign condition is another one there.
    keys = _keys(raw)
    return known if keys <= known.keys() else find_fields(site, keys)


def _told(fields: dict[str, FilterField]) -> list[tuple[str, str, str]]:
    return sorted((key, str(field.label), field.type) for key, field in fields.items())


def _keys(raw: RawNode) -> set[str]:
    if isinstance(raw, RawCondition):
        return {native_key(raw.key) if raw.foreign else raw.key}
    return set().union(*map(_keys, raw.members)) if isinstance(raw, RawGroup) else _keys(raw.node)


def _checked(raw: RawNode, fields: dict[str, FilterField], reading: Reading, problems: list[Problem]) -> Node:
    """The tree with fields and values; what is wrong is added to ``problems`` and left out."""
    if isinstance(raw, RawNot):
        node = _checked(raw.node, fields, reading, problems)
        return node.node if isinstance(node, Not) else Not(node)
    if isinstance(raw, RawGroup):
        return Branch(raw.all, tuple(_checked(member, fields, reading, problems) for member in raw.members))
    field = fields.get(native_key(raw.key) if raw.foreign else raw.key)
    if field is None:
        message = _("There is no field “%(key)s”.") % {"key": raw.key}
        problems.append(Problem(f"{raw.path}.key".lstrip("."), "unknown_field", message))
        return Branch(True, ())
    if not raw.foreign:
        return checked_condition(raw, field, reading, problems)
    try:
        return _checked(native(raw, field, reading.site), fields, reading, problems)
    except Refused as refused:
        problems.append(Problem(f"{raw.path}{refused.suffix}".lstrip("."), refused.code, refused.message))
        return Branch(True, ())


def _resolved(node: Node, reading: Reading, problems: list[Problem]) -> Node:
    """The tree with what its values stand for."""
    if isinstance(node, Not):
        return Not(_resolved(node.node, reading, problems))
    if isinstance(node, Branch):
        return Branch(node.all, tuple(_resolved(member, reading, problems) for member in node.members))
    if node.field.resolve is None:
        return node
    try:
        return replace(node, resolved=node.field.resolve(node, reading))
    except Refused as refused:
        problems.append(Problem(f"{node.path}{refused.suffix}".lstrip("."), refused.code, refused.message))
        return node


def _canonical(node: Node) -> dict[str, Any]:
    """The document of ``node``, with the keys of a condition always in the same order."""
    if isinstance(node, Not):
        return {"not": _canonical(node.node)}
    if isinstance(node, Branch):
        return {"and" if node.all else "or": [_canonical(member) for member in node.members]}
    data: dict[str, Any] = {"key": node.field.key, "op": node.op}
    if node.values:
        data["values"] = list(node.values)
    if node.unit:
        data["unit"] = node.unit
    if node.within:
        data["within"] = {"value": node.within.value, "unit": node.within.unit}
    if node.where:
        data["where"] = [_canonical(condition) for condition in node.where]
    return data
