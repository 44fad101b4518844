"""FIL-2, QUAL-4: phone numbers as a field: any spelling of the site's country finds the E.164 number."""

from collections.abc import Callable, Sequence

import phonenumbers
from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise

from contacts.filters.columns import FEW_TERMS
from contacts.filters.fields import Condition, FilterField, Group
from contacts.filters.occurring import occurring_in
from contacts.filters.operators import ValueType
from contacts.filters.parts import MOST_PARTS, LookedUp, PartTest, can_be_looked_up
from contacts.filters.sql import AmongTest, Nobody, TextTest
from contacts.filters.values import Moment
from contacts.folding import fold
from contacts.phones import digits_of, parse_phone
from desk.models import Site


def phone_field(key: str, label: Promise, group: Group, column: str, norm: str) -> FilterField:
    """A phone number, in any spelling of the site's country; only valid numbers are compared (QUAL-4)."""

    def compile(condition: Condition, moment: Moment) -> Q:
        if condition.op == "exists":
            return ~Q(**{column: ""})
        sought = _phone_texts(condition, moment.site.phone_country)
        if condition.op == "is" and moment.narrows and 0 < len(sought["is"]) <= FEW_TERMS:
            return Q(AmongTest(norm, sought["is"])) & ~Q(**{norm: ""})
        parts = [_digits_in(text) for texts in sought.values() for text in texts]
        if not moment.narrows or condition.op == "is" or not can_be_looked_up(parts):
            return _any_of(norm, sought, TextTest) & ~Q(**{norm: ""})
        if len(parts) > MOST_PARTS:
            return _any_of(norm, sought, _looked_up)
        # COALESCE: PostgreSQL would take the two for independent and expect almost nobody.
        exact = Coalesce(ExpressionWrapper(_any_of(norm, sought, TextTest), BooleanField()), Value(False))
        return Q(exact) & Q(LookedUp(parts))

    occurring = occurring_in(norm, looks_for=_looks_for)
    return FilterField(key=key, label=label, group=group, type=ValueType.TEXT, compile=compile, occurring=occurring)


def _any_of(norm: str, sought: dict[str, list[str]], test: Callable[[str, str, Sequence[str]], TextTest]) -> Q:
    found = Q(Nobody())
    for how, texts in sought.items():
        if texts:
            found |= Q(test(norm, how, texts))
    return found


def _looked_up(norm: str, how: str, texts: Sequence[str]) -> TextTest:
    if how == "is":
        return TextTest(norm, how, texts)
    return PartTest(norm, how, texts, [_digits_in(text) for text in texts])


def _digits_in(text: str) -> str:
    """What the search text has of it: the digits of every number, without the plus."""
    return text.lstrip("+")


def _looks_for(condition: Condition, site: Site) -> list[tuple[str, str]]:
    found = _phone_texts(condition, site.phone_country)
    return [(how, text) for how, texts in found.items() for text in texts]


def _phone_texts(condition: Condition, country: str) -> dict[str, list[str]]:
    """What to look for in E.164 numbers. A value without digits is found nowhere."""
    typed = [str(value) for value in condition.values]
    if condition.op == "is":
        return {"is": [norm for value in typed if (norm := parse_phone(value, country).norm)]}
    texts: dict[str, list[str]] = {how: [] for how in (condition.op, "startsWith", "is")}
    for value in typed:
        digits = digits_of(value)
        if not digits:
            continue
        international = fold(value).startswith("+")
        texts[condition.op].append(f"+{digits}" if condition.op == "startsWith" or international else digits)
        # As dialled inside the country the number begins with a prefix (0) that E.164 does not have.
        inside = [] if international else _with_country_code(digits, country)
        texts["is" if condition.op == "endsWith" else "startsWith"] += inside
    return texts


def _with_country_code(digits: str, country: str) -> list[str]:
    """``010…`` as ``+8210…``, when ``digits`` begin as a number dialled inside ``country`` does."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    prefix = metadata.national_prefix if metadata else None
    if not prefix or not digits.startswith(prefix):
        return []
    return [f"+{phonenumbers.country_code_for_region(country)}{digits.removeprefix(prefix)}"]
