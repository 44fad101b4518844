"""FIL-2: ``profile.<key>``: the custom fields of a site, by their type.

Values sit in a JSON column: a contact without the key, or with a value of another type than the field's, has no value
that could be compared and so is in every negative (FIL-4).
"""

import datetime
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.filters.columns import terms_of
from contacts.filters.fields import Choice, Condition, FieldFamily, FilterField, Group, field_families
from contacts.filters.occurring import occurring_in
from contacts.filters.operators import ValueType
from contacts.filters.reading import Asker
from contacts.filters.related import profile_matches
from contacts.filters.spans import span_of
from contacts.filters.sql import KeyTest
from contacts.filters.values import Moment
from contacts.folding import fold
from contacts.models import ContactProfile, ProfileField
from contacts.profile_values import canonical_time
from desk.models import Site

PREFIX = "profile."
_SUGGESTED = 20
_LAST = "9999-12-31T99"  # after every time
_LOOKED_AT = 2_000  # contacts whose values are offered; a menu need not be complete


def _field(field: ProfileField) -> FilterField:
    type_ = ValueType(field.type)
    is_text = type_ in (ValueType.TEXT, ValueType.LIST)
    return FilterField(
        key=f"{PREFIX}{field.key}",
        label=field.label or field.key,
        group=Group.CUSTOM,
        type=type_,
        compile=partial(_compile, field.key, type_),
        suggest=partial(_suggest, field.key) if is_text else None,
        occurring=occurring_in("profile__folded", texts=partial(_texts, field.key, type_)) if is_text else None,
    )


def _texts(key: str, type_: ValueType, folded: dict[str, Any]) -> list[str]:
    """The texts under ``key``, picked here: no JSON path names every key on both engines."""
    value = folded.get(key)
    if type_ is ValueType.LIST:
        return value if isinstance(value, list) else []
    return [value] if value and isinstance(value, str) else []


def _compile(key: str, type_: ValueType, condition: Condition, moment: Moment) -> Q:
    column, how, terms = _test(type_, condition, moment)
    return profile_matches(lambda at: KeyTest(f"{at}{column}", key, how, terms), moment)


def _test(type_: ValueType, condition: Condition, moment: Moment) -> tuple[str, str, Sequence[Any]]:
    """The column, and how its value under the key is compared with which terms."""
    if condition.op == "exists":
        return "values", "exists", ()
    if type_ is ValueType.NUMBER:
        return "values", f"number {condition.op}", condition.operands
    if type_ is ValueType.BOOLEAN:
        return "values", "boolean", condition.operands
    if type_ is ValueType.LIST:
        return "folded", f"list {condition.op}", terms_of(condition)
    if type_ is ValueType.DATE:
        return "values", "time", _time_terms(condition, moment)
    return "folded", condition.op, terms_of(condition)


def _time_terms(condition: Condition, moment: Moment) -> tuple[str, str, str, str]:
    """First and last day, start and end, as ``contacts.profile_values`` stores them: to the millisecond."""
    span = span_of(condition, moment)
    return (
        span.first_day.isoformat() if span.first_day else "",
        span.last_day.isoformat() if span.last_day else _LAST,
        _stored(span.start) if span.start else "",
        _stored(span.end) if span.end else _LAST,
    )


def _stored(bound: datetime.datetime) -> str:
    """``bound`` rounded up to the millisecond: stored times are cut down to it, and both bounds are asked by ``<``."""
    bound += datetime.timedelta(microseconds=-bound.microsecond % 1000)
    return canonical_time(bound.isoformat(), datetime.UTC)


def _suggest(key: str, site: Site, typed: str, asker: Asker) -> Sequence[Choice]:
    """Values that occur under ``key`` and contain what was typed, from the contacts changed or seen of late."""
    profiles = ContactProfile.objects.filter(KeyTest("values", key, "exists"), site=site, contact__managed=True)
    if typed:
        how = ("contains", "list contains")
        text, element = (KeyTest("folded", key, name, (fold(typed),)) for name in how)
        profiles = profiles.filter(Q(text) | Q(element))
    found: dict[str, None] = {}
    for values in profiles.values_list("values", flat=True)[:_LOOKED_AT]:
        value = values.get(key)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and fold(typed) in fold(text):
                found.setdefault(text)
    return [Choice(text, text) for text in sorted(found)[:_SUGGESTED]]


def _find(site: Site, names: Collection[str]) -> dict[str, FilterField]:
    return {field.key: _field(field) for field in ProfileField.objects.filter(site=site, key__in=names)}


def _fields(site: Site) -> list[FilterField]:
    return [_field(field) for field in ProfileField.objects.filter(site=site)]


FAMILY = FieldFamily(
    PREFIX, _find, _fields, _("A custom field of the site by its key; its type decides the operators.")
)
field_families.register(PREFIX, FAMILY)
