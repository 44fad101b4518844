"""FIL-3: which operators each type of field has, what values they take and how they read.

A negative operator has no meaning of its own: it is the complement of its twin (FIL-4), so only the positive ones are
ever compiled.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ValueType(StrEnum):
    """What a field holds; it decides operators, inputs of the builder and how values are read."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    LIST = "list"
    EVENT = "event"
    SEGMENT = "segment"
    PROPERTY = "property"  # of an event: text, number, date, yes/no or list, as operator and value say


class Takes(StrEnum):
    """How many and which values an operator takes."""

    NOTHING = "nothing"
    ONE = "one"
    TWO = "two"
    MANY = "many"
    DURATION = "duration"  # one whole number and a unit: day, week, month, year
    TIMES = "times"  # one whole number


@dataclass(frozen=True, slots=True)
class Operator:
    """``label`` stands in the builder's menu; ``sentence`` has ``%(field)s`` and, if it takes any, ``%(values)s``."""

    name: str
    label: Promise
    takes: Takes
    sentence: Promise
    negates: str | None = None


def _table(*operators: Operator) -> dict[str, Operator]:
    return {operator.name: operator for operator in operators}


_EXISTS = Operator("exists", _("has a value"), Takes.NOTHING, _("%(field)s has a value"))
_EMPTY = Operator("empty", _("has no value"), Takes.NOTHING, _("%(field)s has no value"), negates="exists")
_IS = Operator("is", _("is"), Takes.MANY, _("%(field)s is %(values)s"))
_IS_NOT = Operator("isNot", _("is not"), Takes.MANY, _("%(field)s is not %(values)s"), negates="is")
_CONTAINS = Operator("contains", _("contains"), Takes.MANY, _("%(field)s contains %(values)s"))
_NOT_CONTAINS = Operator(
    "notContains", _("does not contain"), Takes.MANY, _("%(field)s does not contain %(values)s"), negates="contains"
)
_STARTS = Operator("startsWith", _("starts with"), Takes.MANY, _("%(field)s starts with %(values)s"))
_ENDS = Operator("endsWith", _("ends with"), Takes.MANY, _("%(field)s ends with %(values)s"))
_BETWEEN = Operator("between", _("is between"), Takes.TWO, _("%(field)s is between %(low)s and %(high)s"))
_GT = Operator("gt", _("is greater than"), Takes.ONE, _("%(field)s is greater than %(values)s"))
_GTE = Operator("gte", _("is at least"), Takes.ONE, _("%(field)s is at least %(values)s"))
_LT = Operator("lt", _("is less than"), Takes.ONE, _("%(field)s is less than %(values)s"))
_LTE = Operator("lte", _("is at most"), Takes.ONE, _("%(field)s is at most %(values)s"))
_BEFORE = Operator("before", _("is before"), Takes.ONE, _("%(field)s is before %(values)s"))
_AFTER = Operator("after", _("is after"), Takes.ONE, _("%(field)s is after %(values)s"))
_ON = Operator("on", _("is on"), Takes.ONE, _("%(field)s is on %(values)s"))
_WITHIN = Operator("withinLast", _("is within the last"), Takes.DURATION, _("%(field)s is within the last %(values)s"))
_NEXT = Operator("withinNext", _("is within the next"), Takes.DURATION, _("%(field)s is within the next %(values)s"))
_AGO = Operator("moreThanAgo", _("is longer ago than"), Takes.DURATION, _("%(field)s is more than %(values)s ago"))

OPERATORS: dict[ValueType, dict[str, Operator]] = {
    ValueType.TEXT: _table(_IS, _IS_NOT, _CONTAINS, _NOT_CONTAINS, _STARTS, _ENDS, _EXISTS, _EMPTY),
    ValueType.NUMBER: _table(_IS, _IS_NOT, _GT, _GTE, _LT, _LTE, _BETWEEN, _EXISTS, _EMPTY),
    ValueType.DATE: _table(_BEFORE, _AFTER, _ON, _BETWEEN, _WITHIN, _NEXT, _AGO, _EXISTS, _EMPTY),
    # exists and empty are for custom fields, where "never answered" differs from "no"; columns offer `is` alone.
    ValueType.BOOLEAN: _table(
        Operator("is", _("is"), Takes.ONE, _("%(field)s: %(values)s")),
        _EXISTS,
        _EMPTY,
    ),
    ValueType.LIST: _table(
        Operator("anyOf", _("has any of"), Takes.MANY, _("%(field)s: any of %(values)s")),
        Operator("allOf", _("has all of"), Takes.MANY, _("%(field)s: all of %(values)s")),
        Operator("noneOf", _("has none of"), Takes.MANY, _("%(field)s: none of %(values)s"), negates="anyOf"),
        Operator("contains", _("contains the text"), Takes.MANY, _("%(field)s: one contains the text %(values)s")),
        Operator(
            "notContains",
            _("does not contain the text"),
            Takes.MANY,
            _("%(field)s: none contains the text %(values)s"),
            negates="contains",
        ),
        Operator("exists", _("has any"), Takes.NOTHING, _("%(field)s: at least one")),
        Operator("empty", _("has none"), Takes.NOTHING, _("%(field)s: none"), negates="exists"),
    ),
    ValueType.EVENT: _table(
        Operator("did", pgettext_lazy("event", "happened"), Takes.NOTHING, _("%(field)s happened")),
        Operator(
            "didNot", pgettext_lazy("event", "did not happen"), Takes.NOTHING, _("%(field)s did not happen"), "did"
        ),
        Operator("atLeast", _("at least … times"), Takes.TIMES, _("%(field)s happened at least %(values)s times")),
        Operator("atMost", _("at most … times"), Takes.TIMES, _("%(field)s happened at most %(values)s times")),
    ),
    ValueType.SEGMENT: _table(
        Operator("in", _("is in"), Takes.MANY, _("is in the segment %(values)s")),
        Operator("notIn", _("is not in"), Takes.MANY, _("is not in the segment %(values)s"), negates="in"),
    ),
    ValueType.PROPERTY: _table(
        *(_IS, _IS_NOT, _CONTAINS, _NOT_CONTAINS, _STARTS, _ENDS, _GT, _GTE, _LT, _LTE),
        *(_BETWEEN, _BEFORE, _AFTER, _ON, _WITHIN, _AGO, _EXISTS, _EMPTY),
    ),
}

# What dates are asked that lie in the past by their nature.
OF_THE_PAST = tuple(name for name in OPERATORS[ValueType.DATE] if name != "withinNext")

# The units of withinLast, withinNext, moreThanAgo and of an event's window.
UNITS = ("day", "week", "month", "year")
