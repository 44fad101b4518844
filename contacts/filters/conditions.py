"""FIL-1, FIL-3: one condition, checked: its operator, how many values, of which kind, and nothing beside them."""

import datetime
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.filters.errors import Problem, Refused
from contacts.filters.fields import Condition, FilterField, Within, property_field
from contacts.filters.limits import MAX_PROBLEMS
from contacts.filters.operators import Operator, Takes, ValueType
from contacts.filters.reading import Reading
from contacts.filters.shape import RawCondition
from contacts.filters.values import (
    MAX_SPAN,
    Operand,
    is_day,
    read_boolean,
    read_count,
    read_date,
    read_number,
    read_text,
    read_unit,
    start_of_day,
)
from contacts.folding import fold

# What else people call these operators; the canonical document has ours.
_OTHER_NAMES = {ValueType.SEGMENT: {"is": "in", "anyOf": "in", "isNot": "notIn", "noneOf": "notIn"}}
MAX_TIMES = 1_000_000

_HOW_MANY = {
    Takes.NOTHING: gettext_lazy("This operator takes no value."),
    Takes.ONE: gettext_lazy("This operator takes exactly one value."),
    Takes.TWO: gettext_lazy("This operator takes exactly two values."),
    Takes.MANY: gettext_lazy("This operator takes at least one value."),
    Takes.DURATION: gettext_lazy("This operator takes exactly one value and a unit."),
    Takes.TIMES: gettext_lazy("This operator takes exactly one value."),
}
_FITS: dict[Takes, Callable[[int], bool]] = {
    Takes.NOTHING: lambda count: count == 0,
    Takes.ONE: lambda count: count == 1,
    Takes.TWO: lambda count: count == 2,
    Takes.MANY: lambda count: count >= 1,
    Takes.DURATION: lambda count: count == 1,
    Takes.TIMES: lambda count: count == 1,
}


def checked_condition(raw: RawCondition, field: FilterField, reading: Reading, problems: list[Problem]) -> Condition:
    """The condition of ``raw`` on ``field``; what is wrong with it is added to ``problems``."""
    found = _Problems(raw.path, problems)
    op = {**_OTHER_NAMES.get(field.type, {}), **field.other_names}.get(raw.op, raw.op)
    offered = {operator.name: operator for operator in field.offered()}
    if op not in offered:
        message = _("“%(key)s” has no operator “%(op)s”; it has: %(names)s.")
        found.add(".op", "unknown_operator", message % {"key": field.key, "op": raw.op, "names": ", ".join(offered)})
        return Condition(field, op, raw.path)
    operator = offered[op]
    values, operands = _values(raw, field, operator, reading, found)
    unit = _unit(raw, operator, values, found)
    within = _within(raw, field, found)
    where = _where(raw, field, reading, problems, found)
    return Condition(field, op, raw.path, values, operands, unit, within, where)


class _Problems:
    """Problems of one condition: adds its path."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems
        self.any = False

    def add(self, suffix: str, code: str, message: str) -> None:
        self.any = True
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(f"{self.path}{suffix}".lstrip("."), code, message))


def _values(
    raw: RawCondition, field: FilterField, operator: Operator, reading: Reading, found: _Problems
) -> tuple[tuple[Any, ...], tuple[Operand, ...]]:
    """The values without duplicates, as given and ready for comparing."""
    if not _FITS[operator.takes](len(raw.values)):
        found.add(".values", "wrong_number_of_values", str(_HOW_MANY[operator.takes]))
        return (), ()
    choices = {choice.value for choice in field.choices(reading.site)} if field.choices else None
    read: dict[tuple[type, Operand], Any] = {}
    for index, value in enumerate(raw.values):
        try:
            shown, operand = _read_value(value, field.type, operator, reading)
            if choices is not None and operand not in choices:
                raise Refused("unknown_value", _("“%(value)s” is not one of the possible values.") % {"value": value})
        except Refused as refused:
            found.add(f".values[{index}]", refused.code, refused.message)
            continue
        # By type too: True equals 1 in Python, but not as a value of a property.
        read.setdefault((type(operand), operand), shown)
    operands = [operand for _type, operand in read]
    if operator.takes is Takes.TWO and not found.any:
        # Twice the same value is a range of one.
        operands = operands * 2 if len(operands) == 1 else operands
        if len({isinstance(operand, datetime.date) for operand in operands}) > 1:
            found.add(".values", "mixed_values", _("Both values must be numbers, or both dates."))
            return (), ()
        _check_order(operands, reading, found)
        return tuple(read.values()) * (2 if len(read) == 1 else 1), tuple(operands)
    return tuple(read.values()), tuple(operands)


def _read_value(value: Any, type_: ValueType, operator: Operator, reading: Reading) -> tuple[Any, Operand]:
    """One value as it goes into the canonical document, and as it is compared."""
    if operator.takes in (Takes.DURATION, Takes.TIMES):
        count = read_count(value, least=0 if operator.takes is Takes.TIMES else 1, most=MAX_TIMES)
        return count, count
    if type_ in (ValueType.TEXT, ValueType.LIST, ValueType.SEGMENT):
        return read_text(value), fold(value)
    if type_ is ValueType.NUMBER:
        number = read_number(value)
        return number, number
    if type_ is ValueType.BOOLEAN:
        return read_boolean(value), value
    if type_ is ValueType.DATE:
        return value, read_date(value, reading.site.zone)
    return _read_property(value, operator, reading)


def _read_property(value: Any, operator: Operator, reading: Reading) -> tuple[Any, Operand]:
    """The value says what it is compared with; size is a matter of numbers, order in time one of dates."""
    if operator.name in ("before", "after", "on") or (operator.name == "between" and isinstance(value, str)):
        return value, read_date(value, reading.site.zone)
    if operator.name in ("gt", "gte", "lt", "lte", "between"):
        number = read_number(value)
        return number, number
    if operator.name in ("is", "isNot"):
        if isinstance(value, bool):
            return value, value
        if isinstance(value, int | float):
            number = read_number(value)
            return number, number
    return read_text(value), fold(value)


def _check_order(operands: list[Operand], reading: Reading, found: _Problems) -> None:
    low, high = (_comparable(operand, reading) for operand in operands)
    if low > high:
        found.add(".values", "wrong_order", _("The first value must not be greater than the second."))


def _comparable(operand: Any, reading: Reading) -> Any:
    """Numbers as they are; a day as its first instant."""
    return start_of_day(operand, reading.site.zone) if is_day(operand) else operand


def _unit(raw: RawCondition, operator: Operator, values: tuple[Any, ...], found: _Problems) -> str:
    if operator.takes is not Takes.DURATION:
        if raw.unit is not None:
            found.add(".unit", "not_expected", _("This operator takes no unit."))
        return ""
    try:
        unit = read_unit(raw.unit)
        for value in values:
            read_count(value, least=1, most=MAX_SPAN[unit])
    except Refused as refused:
        found.add(".unit" if refused.code == "unknown_unit" else ".values[0]", refused.code, refused.message)
        return ""
    return unit


def _within(raw: RawCondition, field: FilterField, found: _Problems) -> Within | None:
    if raw.within is None:
        return None
    if field.type is not ValueType.EVENT:
        found.add(".within", "not_expected", _("Only events have a window."))
        return None
    if not isinstance(raw.within, dict) or set(raw.within) != {"value", "unit"}:
        found.add(".within", "invalid", _("A window has a value and a unit."))
        return None
    try:
        unit = read_unit(raw.within["unit"])
        return Within(read_count(raw.within["value"], least=1, most=MAX_SPAN[unit]), unit)
    except Refused as refused:
        found.add(".within", refused.code, refused.message)
        return None


def _where(
    raw: RawCondition, field: FilterField, reading: Reading, problems: list[Problem], found: _Problems
) -> tuple[Condition, ...]:
    if raw.where is None:
        return ()
    if field.type is not ValueType.EVENT:
        found.add(".where", "not_expected", _("Only events have properties."))
        return ()
    return tuple(checked_condition(below, property_field(below.key), reading, problems) for below in raw.where)
