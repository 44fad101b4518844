"""FIL-9: a filter as a sentence in the active language.

Every msgid is a whole phrase with placeholders, so that a language may put field, value and verb in its own order.
"""

import datetime
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from contacts.filters.document import Filter, Node, Not
from contacts.filters.fields import Condition, Within
from contacts.filters.operators import Takes
from contacts.filters.values import is_day
from desk.models import Site

_VALUES_SHOWN = 5
_TEXT_SHOWN = 60


def describe(filter: Filter) -> str:
    """Read ``filter`` out in words; the empty one as everybody."""
    if filter.root is None:
        return _("everybody")
    return _said(filter.root, filter.site, outermost=True)


def describe_condition(condition: Condition, site: Site) -> str:
    """One condition in words."""
    field = str(condition.field.label)
    values = _values(condition, site)
    words: dict[str, str] = {"field": field, "values": _one_of(values)}
    if condition.operator.name == "allOf":
        words["values"] = _all_of(values)
    if condition.operator.takes is Takes.TWO:
        words |= {"low": values[0], "high": values[-1]}
    if condition.operator.takes is Takes.DURATION:
        words["values"] = _span(int(condition.values[0]), condition.unit)
    sentence = str(condition.operator.sentence) % words
    if condition.within:
        sentence = within_words(sentence, condition.within)
    if condition.where:
        properties = _joined([describe_condition(property_, site) for property_ in condition.where], all=True)
        # Translators: an event with conditions on its properties: "Order happened, with amount is at least 10000"
        sentence = _("%(sentence)s, with %(properties)s") % {"sentence": sentence, "properties": properties}
    return sentence


def _said(node: Node, site: Site, *, outermost: bool = False) -> str:
    if isinstance(node, Not):
        return _("not (%(condition)s)") % {"condition": _said(node.node, site, outermost=True)}
    if isinstance(node, Condition):
        return describe_condition(node, site)
    said = _joined([_said(member, site) for member in node.members], all=node.all)
    return said if outermost or len(node.members) == 1 else f"({said})"


def _joined(parts: list[str], *, all: bool) -> str:
    said = parts[0]
    for part in parts[1:]:
        said = (
            pgettext("conditions", "%(first)s and %(next)s") if all else pgettext("conditions", "%(first)s or %(next)s")
        ) % {"first": said, "next": part}
    return said


def _values(condition: Condition, site: Site) -> list[str]:
    """The values to show, at most six: the sixth says how many there are."""
    if condition.field.say:
        return [_quoted(name) for name in condition.field.say(condition)[:_VALUES_SHOWN]]
    choices = (
        {choice.value: choice.label for choice in condition.field.choices(site)} if condition.field.choices else {}
    )
    pairs = list(zip(condition.values, condition.operands, strict=True))
    shown = [
        choices.get(str(value)) or _value(value, operand, condition, site) for value, operand in pairs[:_VALUES_SHOWN]
    ]
    if more := len(pairs) - len(shown):
        shown.append(ngettext("%(count)s other", "%(count)s others", more) % {"count": formats.localize(more)})
    return shown


def _value(value: Any, operand: Any, condition: Condition, site: Site) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return formats.localize(value)
    if isinstance(operand, datetime.datetime):
        return formats.date_format(operand.astimezone(site.zone), "SHORT_DATETIME_FORMAT")
    if is_day(operand):
        return formats.date_format(operand, "DATE_FORMAT")
    return _quoted(str(value))


def _quoted(text: str) -> str:
    # Translators: quotation marks around a value that an operator typed
    return _("“%(text)s”") % {"text": text if len(text) <= _TEXT_SHOWN else f"{text[:_TEXT_SHOWN]}…"}


def _one_of(values: list[str]) -> str:
    """a, b or c"""
    if len(values) < 2:
        return "".join(values)
    return pgettext("values", "%(first)s or %(last)s") % {"first": _listed(values[:-1]), "last": values[-1]}


def _all_of(values: list[str]) -> str:
    """a, b and c"""
    if len(values) < 2:
        return "".join(values)
    return pgettext("values", "%(first)s and %(last)s") % {"first": _listed(values[:-1]), "last": values[-1]}


def _listed(values: list[str]) -> str:
    # Translators: what stands between the members of a list: "a, b"
    return pgettext("list", ", ").join(values)


def within_words(sentence: str, within: Within) -> str:
    """What happened, with its window."""
    span = _span(within.value, within.unit)
    # Translators: an event within a window: "Order happened within the last 30 days"
    return _("%(sentence)s within the last %(span)s") % {"sentence": sentence, "span": span}


def _span(value: int, unit: str) -> str:
    phrase = {
        "day": ngettext("%(count)d day", "%(count)d days", value),
        "week": ngettext("%(count)d week", "%(count)d weeks", value),
        "month": ngettext("%(count)d month", "%(count)d months", value),
        "year": ngettext("%(count)d year", "%(count)d years", value),
    }[unit]
    return phrase % {"count": value}
