"""FIL-1: documents in the style of Channel, as other systems keep them: read on input, never written.

Their groups look like ours; a condition says ``{"key": "user.…", "type", "operator": "$…", "values"}``. Each becomes
conditions of our own at the same place of the document, so a problem is told where its author finds it. What a negative
means is ours: the exact complement (FIL-4).
"""

import datetime
from typing import Any

from django.utils.translation import gettext as _

from contacts.filters.errors import Refused
from contacts.filters.fields import FilterField
from contacts.filters.limits import MAX_CONDITIONS
from contacts.filters.operators import ValueType
from contacts.filters.shape import RawCondition, RawGroup, RawNode, RawNot
from contacts.filters.values import read_boolean, read_date
from desk.models import Site

PREFIX = "user."
# Where the rest of the key is not ours; all others are the same after the prefix.
KEYS = {
    "type": "kind",
    "profile.name": "name",
    "profile.email": "email",
    "profile.mobileNumber": "mobileNumber",
    "profile.birthDate": "birthDate",
    "profile.address": "address",
}
TYPES = {
    "string": ValueType.TEXT,
    "number": ValueType.NUMBER,
    "boolean": ValueType.BOOLEAN,
    "date": ValueType.DATE,
    "datetime": ValueType.DATE,
    "list": ValueType.LIST,
}
POSITIVE = {"$ne": "$eq", "$nin": "$in"}
EXISTS = {"$exist": "exists", "$nexist": "empty"}
# What each operator is by the type of the field; two: either of them.
OPERATORS: dict[ValueType, dict[str, tuple[str, ...]]] = {
    ValueType.TEXT: {"$eq": ("is",), "$in": ("is",), "$prefix": ("startsWith",)},
    ValueType.NUMBER: {
        **dict.fromkeys(("$eq", "$in"), ("is",)),
        **{f"${name}": (name,) for name in ("gt", "gte", "lt", "lte")},
    },
    ValueType.DATE: {
        **dict.fromkeys(("$eq", "$in"), ("on",)),
        **{"$gt": ("after",), "$gte": ("on", "after"), "$lt": ("before",), "$lte": ("on", "before")},
    },
    ValueType.BOOLEAN: {"$eq": ("is",), "$in": ("is",)},
    ValueType.LIST: {"$eq": ("anyOf",), "$in": ("anyOf",)},
}
_NEGATIVE = {"is": "isNot", "anyOf": "noneOf"}
_ONE_VALUE = ("$gt", "$gte", "$lt", "$lte")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def native_key(key: str) -> str:
    """Our key for ``user.…``; empty for what is no key of theirs."""
    rest = key.removeprefix(PREFIX)
    if rest in (key, "segment") or rest.startswith("event."):
        return ""
    return KEYS.get(rest, rest)


def native(raw: RawCondition, field: FilterField, site: Site) -> RawNode:
    """The condition in our own terms, at its place; ``Refused`` for what has no twin in our language."""
    operator = POSITIVE.get(raw.op, raw.op)
    known = OPERATORS.get(field.type, {})
    ops = (EXISTS[operator],) if operator in EXISTS else known.get(operator, ())
    offered = {one.name for one in field.offered()}
    if not ops or not offered.issuperset(ops):
        message = _("“%(key)s” has no operator “%(op)s” that is known here.")
        raise Refused("unknown_operator", message % {"key": raw.key, "op": raw.op}, ".operator")
    _check_count(raw, operator)
    if raw.type and raw.type not in TYPES:
        message = _("The type must be one of: %(names)s.") % {"names": ", ".join(TYPES)}
        raise Refused("unknown_type", message, ".type")
    if operator not in EXISTS and raw.type and TYPES[raw.type] is not field.type:
        message = _("“%(key)s” is of the type %(type)s here.")
        raise Refused("wrong_type", message % {"key": raw.key, "type": field.type}, ".type")
    negative = raw.op in POSITIVE
    if field.type in (ValueType.DATE, ValueType.BOOLEAN) and raw.values:
        if len(raw.values) > MAX_CONDITIONS:
            message = _("A condition on such a field may have at most %(limit)d values.") % {"limit": MAX_CONDITIONS}
            raise Refused("too_many_values", message, ".values")
        node = _any_of(raw, ops, [_value(value, index, raw, field, site) for index, value in enumerate(raw.values)])
        return RawNot(raw.path, node) if negative else node
    [op] = ops
    return _condition(raw, _NEGATIVE[op] if negative else op, raw.values)


def _check_count(raw: RawCondition, operator: str) -> None:
    count = len(raw.values)
    if operator in EXISTS and count:
        raise Refused("wrong_number_of_values", _("This operator takes no value."), ".values")
    if operator in _ONE_VALUE and count != 1:
        raise Refused("wrong_number_of_values", _("This operator takes exactly one value."), ".values")
    if operator not in EXISTS and not count:
        raise Refused("wrong_number_of_values", _("This operator takes at least one value."), ".values")


def _any_of(raw: RawCondition, ops: tuple[str, ...], values: list[Any]) -> RawNode:
    """Our operators for days and for yes and no take one value each."""
    conditions = tuple(_condition(raw, op, [value]) for value in dict.fromkeys(values) for op in ops)
    return conditions[0] if len(conditions) == 1 else RawGroup(raw.path, False, conditions)


def _value(value: Any, index: int, raw: RawCondition, field: FilterField, site: Site) -> Any:
    """The value as ours; times come as ISO texts or as milliseconds since 1970."""
    try:
        if field.type is ValueType.BOOLEAN:
            return read_boolean(value)
        if isinstance(value, int) and not isinstance(value, bool):
            value = _time_text(value, raw.type, site)
        read_date(value, site.zone)
        return value
    except Refused as refused:
        raise Refused(refused.code, refused.message, f".values[{index}]") from None


def _time_text(milliseconds: int, type_: str, site: Site) -> str:
    try:
        at = _EPOCH + datetime.timedelta(milliseconds=milliseconds)
        local = at.astimezone(site.zone)
    except OverflowError:
        raise Refused("invalid_date", _("This time is out of range.")) from None
    return local.date().isoformat() if type_ == "date" else at.isoformat()


def _condition(raw: RawCondition, op: str, values: list[Any]) -> RawCondition:
    return RawCondition(raw.path, native_key(raw.key), op, values)
