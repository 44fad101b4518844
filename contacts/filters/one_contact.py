"""FIL-8: many filters asked of one contact, again and again, as routing does: one statement, and little work for it.

It is the very condition that a list compiles to. Writing the SQL takes Python longer than the database needs to answer,
so the text is kept with the filter. Values that depend on the time are worked out anew each time, where it is known how
they come about; where it is not, the whole condition is written anew.
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper

from contacts.filters.compile import compile_within
from contacts.filters.document import Branch, Filter, Node, Not
from contacts.filters.operators import UNITS
from contacts.filters.values import Moment, Purpose, step_back
from contacts.models import Contact

Sql = tuple[str, list[Any]]
Recipe = Callable[[Moment], Any]
# Other times of day, days of the week, of the month and of the year.
_OTHER_TIMES = (datetime.timedelta(days=411, hours=7, minutes=13, seconds=17), datetime.timedelta(days=38, hours=16))
_DAY = datetime.timedelta(days=1)
_TICK = datetime.timedelta(microseconds=1)


class Asked:
    """A filter that is asked of one contact at a time."""

    def __init__(self, filter: Filter) -> None:
        self.filter = filter
        self._text = ""
        self._values: list[Any] = []
        self._recipes: dict[int, Recipe] | None = None
        self._is_known = False

    def at(self, now: datetime.datetime) -> Sql:
        """The condition on a row of contacts as SQL, with its values."""
        if not self._is_known:
            self._get_to_know(now)
        moment = _moment(self.filter, now)
        if self._recipes is None:
            return _written(self.filter, moment)
        values = list(self._values)
        for place, recipe in self._recipes.items():
            values[place] = recipe(moment)
        return self._text, values

    def _get_to_know(self, now: datetime.datetime) -> None:
        """Write it for three times: what is the same is kept, and for what is not a recipe is looked for."""
        moments = [_moment(self.filter, now - ago) for ago in (datetime.timedelta(), *_OTHER_TIMES)]
        written = [_written(self.filter, moment) for moment in moments]
        self._is_known = True
        if len({(text, len(values)) for text, values in written}) > 1:
            return
        recipes: dict[int, Recipe] = {}
        for place, found in enumerate(zip(*(values for _text, values in written), strict=True)):
            if all(one == found[0] and type(one) is type(found[0]) for one in found):
                continue
            recipe = next(
                (one for one in _recipes(self.filter) if [one(moment) for moment in moments] == [*found]), None
            )
            if recipe is None:
                return
            recipes[place] = recipe
        self._text, self._values = written[0]
        self._recipes = recipes


def which_hold(contact: Contact, asked: Sequence[Asked], *, now: datetime.datetime) -> list[bool]:
    """Which filters match the contact, in their order: one statement. None of them where it is not managed."""
    conditions = [one.at(now) for one in asked]
    columns = ", ".join(f"({sql})" for sql, _values in conditions)
    table = connection.ops.quote_name(Contact._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM {table} WHERE {table}.id = %s AND {table}.site_id = %s AND {table}.managed",
            [*(value for _sql, values in conditions for value in values), contact.pk, contact.site_id],
        )
        row = cursor.fetchone()
    return [bool(answer) for answer in row] if row else [False] * len(asked)


def _moment(filter: Filter, now: datetime.datetime) -> Moment:
    # Asked of one person: what is looked up in lists of everybody elsewhere is not here.
    return Moment(filter.site, now, Purpose.NEAR)


def _written(filter: Filter, moment: Moment) -> Sql:
    condition = compile_within(filter, moment)
    if not condition:
        return "1 = 1", []
    query = Contact.objects.order_by().annotate(c=ExpressionWrapper(condition, BooleanField())).query
    compiler = query.get_compiler(connection=connection)
    compiler.pre_sql_setup()
    try:
        sql, values = compiler.compile(query.annotations["c"])
    except EmptyResultSet:
        return "1 = 0", []
    except FullResultSet:
        return "1 = 1", []
    if len(query.alias_map) > 1:
        raise RuntimeError(f"a field joins: {filter.data}")
    return sql, list(values)


def _recipes(filter: Filter) -> Iterator[Recipe]:
    """How a value may come about from the time: by a span that the filter names, on the clock or the calendar."""
    for of_time in _of_time(filter):
        for more in (datetime.timedelta(), _TICK):
            yield partial(_and_more, of_time, more, None)
            yield partial(_and_more, of_time, more, connection.ops.adapt_datetimefield_value)
    for of_day in _of_day(filter):
        yield of_day
        yield partial(_and_more, of_day, datetime.timedelta(), connection.ops.adapt_datefield_value)


def _of_time(filter: Filter) -> Iterator[Recipe]:
    yield partial(_ago, 0, "day")
    for value, unit in _spans(filter):
        yield partial(_ago, value, unit)
    for day in _of_day(filter):
        yield partial(_start_of, day)


def _of_day(filter: Filter) -> Iterator[Recipe]:
    for value, unit in [(0, "day"), *_spans(filter)]:
        for recipe in (partial(_day, value, unit), partial(_day_in_utc, value, unit)):
            for more in (datetime.timedelta(), _DAY, -_DAY):
                yield partial(_and_more, recipe, more, None)


def _ago(value: int, unit: str, moment: Moment) -> datetime.datetime:
    return moment.ago(value, unit) if value else moment.now


def _start_of(day: Recipe, moment: Moment) -> datetime.datetime:
    return moment.start_of(day(moment))


def _day(value: int, unit: str, moment: Moment) -> datetime.date:
    return step_back(moment.today, value, unit)


def _day_in_utc(value: int, unit: str, moment: Moment) -> datetime.date:
    return _ago(value, unit, moment).astimezone(datetime.UTC).date()


def _and_more(recipe: Recipe, more: datetime.timedelta, adapt: Callable[[Any], Any] | None, moment: Moment) -> Any:
    """``adapt``: as the database takes it."""
    value = recipe(moment) + more
    return adapt(value) if adapt else value


def _spans(filter: Filter) -> list[tuple[int, str]]:
    found: dict[tuple[int, str], None] = {}

    def look(node: Node) -> None:
        if isinstance(node, Not):
            look(node.node)
        elif isinstance(node, Branch):
            for member in node.members:
                look(member)
        else:
            for condition in (node, *node.where):
                if condition.unit in UNITS and isinstance(value := condition.values[0], int):
                    found.update({(value, condition.unit): None, (-value, condition.unit): None})
            if node.within:
                found[node.within.value, node.within.unit] = None
            for _name, inner in node.field.unfold(node) if node.field.unfold else ():
                if inner.root is not None:
                    look(inner.root)

    if filter.root is not None:
        look(filter.root)
    return list(found)
