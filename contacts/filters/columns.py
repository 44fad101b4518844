"""FIL-2: the fields of the contact row itself, and the ways a column becomes a field.

Text is compared through folded columns (FIL-7); columns whose content the desk writes in one form (country, language,
browser) are lowered on the fly, which both engines do alike for ASCII.
"""

import datetime
import math
from collections.abc import Callable, Sequence

from django.db.models import BooleanField, ExpressionWrapper, F, Func, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.functional import Promise

from contacts.filters.fields import Choice, Condition, FilterField, Group
from contacts.filters.occurring import occurring_in
from contacts.filters.operators import OF_THE_PAST, ValueType
from contacts.filters.parts import PartTest, can_be_looked_up
from contacts.filters.reading import Asker
from contacts.filters.spans import span_of
from contacts.filters.sql import AmongTest, Folded, Nobody, OneOf, TextTest
from contacts.filters.values import Moment, Purpose
from contacts.folding import fold
from contacts.models import Contact
from desk.models import Site

_SUGGESTED = 20
# So many are looked up one by one for a page; of more there is hardly a site where the newest people are not found
# sooner by walking along the list.
FEW_TERMS = 2_000


def terms_of(condition: Condition) -> tuple[str, ...]:
    """The texts of a condition on text, folded."""
    return tuple(str(operand) for operand in condition.operands)


def text_field(
    key: str,
    label: Promise,
    group: Group,
    column: str,
    *,
    compared: str | Func | None = None,
    partial: bool = False,
    searched: bool = False,
    suggests: bool = False,
) -> FilterField:
    """A text column. ``compared`` is its folded twin. ``partial``: its index holds only those who have a value.
    ``searched``: its text is in the search text, too.

    A column without a value holds an empty text.
    """
    has_value = ~Q(**{column: ""})
    subject = compared or column

    def compile(condition: Condition, moment: Moment) -> Q:
        if condition.op == "exists":
            return has_value
        terms = terms_of(condition)
        if searched and moment.narrows and condition.op != "is" and can_be_looked_up(terms):
            return Q(PartTest(subject, condition.op, terms))
        test = Q(TextTest(subject, condition.op, terms))
        if not partial:
            return test
        if condition.op == "is" and moment.narrows and (moment.purpose is Purpose.COUNT or len(terms) <= FEW_TERMS):
            test = Q(AmongTest(str(subject), terms))
        return test & ~Q(**{str(subject): ""})

    return FilterField(
        key=key,
        label=label,
        group=group,
        type=ValueType.TEXT,
        compile=compile,
        suggest=suggestions_of(column) if suggests else None,
        occurring=occurring_in(subject),
    )


def lowered_field(key: str, label: Promise, group: Group, column: str) -> FilterField:
    """A text column in ASCII."""
    return text_field(key, label, group, column, compared=Lower(column), suggests=True)


def folded_field(key: str, label: Promise, group: Group, column: str) -> FilterField:
    """A text column in any script that has no folded twin."""
    return text_field(key, label, group, column, compared=Folded(column), suggests=True)


def choice_field(
    key: str, label: Promise, group: Group, column: str, choices: Sequence[tuple[str, Promise]]
) -> FilterField:
    """A text column that holds one of a few words."""

    def compile(condition: Condition, moment: Moment) -> Q:
        return one_of_few(column, terms_of(condition), moment)

    return FilterField(
        key=key,
        label=label,
        group=group,
        type=ValueType.TEXT,
        operators=("is", "isNot"),
        compile=compile,
        choices=lambda site: [Choice(value, str(shown)) for value, shown in choices],
    )


def one_of_few(column: str, words: Sequence[str], moment: Moment) -> Q:
    """A column whose index finds everybody of a kind: good for counting them, not for the newest fifty."""
    return Q(OneOf(column, words, walks=moment.purpose in (Purpose.PAGE, Purpose.NEAR)))


def boolean_field(key: str, label: Promise, group: Group, is_true: Q | Callable[[Moment], Q]) -> FilterField:
    """Yes or no, always one of the two."""

    def compile(condition: Condition, moment: Moment) -> Q:
        found = is_true if isinstance(is_true, Q) else is_true(moment)
        return found if condition.operands[0] else ~found

    return FilterField(key=key, label=label, group=group, type=ValueType.BOOLEAN, operators=("is",), compile=compile)


def integer_field(key: str, label: Promise, group: Group, column: str) -> FilterField:
    """A whole number that is always there."""

    def compile(condition: Condition, moment: Moment) -> Q:
        if condition.op == "exists":
            return ~Q(Nobody())
        return _integers(condition, lambda low, high: _range(column, low, high))

    return FilterField(key=key, label=label, group=group, type=ValueType.NUMBER, compile=compile)


def _integers(condition: Condition, between: Callable[[int | None, int | None], Q]) -> Q:
    """A number condition on whole numbers as ranges with both ends inside; 2.5 is nobody's."""
    numbers = [operand for operand in condition.operands if isinstance(operand, int | float)]
    if condition.op == "is":
        found = Q(Nobody())
        for number in numbers:
            if isinstance(number, int):
                found |= between(number, number)
        return found
    low, high = numbers[0], numbers[-1]
    if condition.op == "gt":
        return between(math.floor(low) + 1, None)
    if condition.op == "lt":
        return between(None, math.ceil(high) - 1)
    return between(
        math.ceil(low) if condition.op in ("gte", "between") else None,
        math.floor(high) if condition.op in ("lte", "between") else None,
    )


def _range(column: str, low: object, high: object) -> Q:
    """``low`` to ``high``, both inside; None: open."""
    found = Q()
    if low is not None:
        found &= Q(**{f"{column}__gte": low})
    if high is not None:
        found &= Q(**{f"{column}__lte": high})
    return found


def time_field(
    key: str, label: Promise, group: Group, column: str, *, day_column: str | None = None, nullable: bool = False
) -> FilterField:
    """A time of the past. ``day_column`` holds its UTC day, which is indexed and lets the index serve the same span."""

    def compile(condition: Condition, moment: Moment) -> Q:
        has_value = Q(**{f"{column}__isnull": False}) if nullable else Q()
        if condition.op == "exists":
            return has_value if nullable else ~Q(Nobody())
        span = span_of(condition, moment)
        found = Q()
        if span.start is not None:
            found &= Q(**{f"{column}__gte": span.start})
        if span.end is not None:
            found &= Q(**{f"{column}__lt": span.end})
        if not day_column:
            return has_value & found
        # The days say nearly the same. Told both as ranges PostgreSQL multiplies them, expects a tenth of the people
        # and reads all of them instead of the newest; of a COALESCE it only guesses that half are left.
        exact = Coalesce(ExpressionWrapper(found, BooleanField()), Value(False))
        return _range(day_column, span.start and span.start.date(), span.end and span.end.date()) & Q(exact)

    return FilterField(key=key, label=label, group=group, type=ValueType.DATE, operators=OF_THE_PAST, compile=compile)


def day_field(key: str, label: Promise, group: Group, column: str) -> FilterField:
    """A day of the past that may be missing."""

    def compile(condition: Condition, moment: Moment) -> Q:
        has_value = Q(**{f"{column}__isnull": False})
        if condition.op == "exists":
            return has_value
        span = span_of(condition, moment)
        return has_value & _range(column, span.first_day, span.last_day)

    return FilterField(key=key, label=label, group=group, type=ValueType.DATE, operators=OF_THE_PAST, compile=compile)


def age_field(key: str, label: Promise, group: Group, column: str) -> FilterField:
    """Full years since the day in ``column``, today at the site."""

    def compile(condition: Condition, moment: Moment) -> Q:
        has_value = Q(**{f"{column}__isnull": False})
        if condition.op == "exists":
            return has_value

        def between(low: int | None, high: int | None) -> Q:
            latest = None if low is None else _latest_birthday(low, moment.today)
            earliest = None if high is None else _latest_birthday(high + 1, moment.today) + datetime.timedelta(days=1)
            return has_value & _range(column, earliest, latest)

        return _integers(condition, between)

    return FilterField(key=key, label=label, group=group, type=ValueType.NUMBER, compile=compile)


def _latest_birthday(age: int, today: datetime.date) -> datetime.date:
    """The last day of birth of who is ``age`` years old ``today``; who is born on 29 February waits for March."""
    year = min(max(today.year - age, 1), 9998)
    return today.replace(year=year) if (today.month, today.day) != (2, 29) else _end_of_february(year)


def _end_of_february(year: int) -> datetime.date:
    return datetime.date(year, 3, 1) - datetime.timedelta(days=1)


def suggestions_of(column: str) -> Callable[[Site, str, Asker], list[Choice]]:
    """Values of ``column`` that occur among the managed contacts and contain what was typed."""

    def suggest(site: Site, typed: str, asker: Asker) -> list[Choice]:
        contacts = Contact.objects.filter(site=site, managed=True).exclude(**{column: ""})
        if typed:
            contacts = contacts.filter(TextTest(Folded(F(column)), "contains", (fold(typed),)))
        values = contacts.order_by(column).values_list(column, flat=True).distinct()[:_SUGGESTED]
        return [Choice(value, value) for value in values]

    return suggest
