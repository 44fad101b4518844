"""The few pieces of SQL that the ORM has no words for, each once per engine. All of them are true or false, never NULL.

Many values travel as one parameter (an array, or one JSON text on SQLite): neither a long chain of OR nor the limit on
parameters stands in the way of 10,000 pasted terms (FIL-5).
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import BooleanField, F, Func, QuerySet, TextField
from django.db.models.expressions import Expression
from django.db.models.sql.compiler import SQLCompiler

from contacts.folding import fold

Sql = tuple[str, list[Any]]

# Letters become small by ICU, as in Python and whatever the locale of the cluster: İ, Σ and, in the locale C, Ü would
# differ. What is trimmed is what Python takes for white space after NFKC. Compared byte by byte.
_POSTGRES_FOLD = (
    'btrim(normalize(lower(normalize({}, NFKC) COLLATE "und-x-icu"), NFKC), '
    r"E' \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\u0085\u1680\u2028\u2029')"
    ' COLLATE "C"'
)
_SQLITE_FOLD = "dangol_fold({})"


def _add_fold(*, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Give SQLite the folding of ``contacts.folding``; PostgreSQL says the same in its own words."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            "dangol_fold", 1, lambda text: None if text is None else fold(str(text)), deterministic=True
        )


connection_created.connect(_add_fold, dispatch_uid="contacts.filters.sql")


class Folded(Func):
    """A text column without a folded twin, folded on the fly (FIL-7)."""

    output_field = TextField()
    arity = 1
    template = "dangol_fold(%(expressions)s)"

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template=_POSTGRES_FOLD.format("%(expressions)s"), **context)


class Test(Expression):
    """A condition on one expression of the row; subclasses write it for each engine around its SQL."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, subject: "str | Expression | F") -> None:
        super().__init__(output_field=BooleanField())
        self.subject: Any = F(subject) if isinstance(subject, str) else subject

    def get_source_expressions(self) -> list[Any]:
        return [self.subject]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        [self.subject] = exprs

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        subject, params = compiler.compile(self.subject)
        if params:
            # It may be written several times, its parameters in places only the subclass knows.
            raise ValueError(f"{subject} has parameters of its own")
        return self.written(subject, postgres=connection.vendor == "postgresql")

    def written(self, subject: str, *, postgres: bool) -> Sql:
        """The condition on ``subject``, which is SQL without parameters."""
        raise NotImplementedError


class Nobody(Test):
    """True of no row. An empty ``IN`` would do in a WHERE, but not inside ``count(*) FILTER``."""

    def __init__(self) -> None:
        super().__init__("pk")

    def written(self, subject: str, *, postgres: bool) -> Sql:
        return "(1 = 0)", []


class TextTest(Test):
    """``how`` is is, contains, startsWith, endsWith or exists; true when it holds for any of ``terms``."""

    def __init__(self, subject: "str | Expression | F", how: str, terms: Sequence[str]) -> None:
        super().__init__(subject)
        self.how = how
        self.terms = terms
        # By way of a join there may be no row; COALESCE around a plain column would cost it its index.
        self.nullable = isinstance(subject, str) and "__" in subject

    def written(self, subject: str, *, postgres: bool) -> Sql:
        if self.how == "exists":
            return f"COALESCE({subject} <> '', FALSE)", []
        sql, values = text_sql(subject, self.how, self.terms, postgres=postgres)
        return f"COALESCE({sql}, FALSE)" if self.nullable else f"({sql})", values


class AmongTest(TextTest):
    """A ``TextTest`` for "is" that PostgreSQL looks up term by term in the index of the column."""

    def __init__(self, subject: "str | Expression | F", terms: Sequence[str]) -> None:
        super().__init__(subject, "is", terms)

    def written(self, subject: str, *, postgres: bool) -> Sql:
        if not postgres or len(self.terms) == 1:
            return super().written(subject, postgres=postgres)
        # Of an array PostgreSQL expects so many people that it would rather walk along the list or read everybody.
        return f"{subject} IN (SELECT unnest(%s::text[]))", [list(self.terms)]


class OneOf(Test):
    """A column that holds one of a few words. ``walks``: its index is not wanted, for the rows have a better order."""

    def __init__(self, subject: str, words: Sequence[str], *, walks: bool) -> None:
        super().__init__(subject)
        self.words = words
        self.walks = walks

    def written(self, subject: str, *, postgres: bool) -> Sql:
        # PostgreSQL weighs the two; SQLite does not know that a page ends, and is told by the unary plus.
        plus = "+" if self.walks and not postgres else ""
        return f"{plus}{subject} IN ({', '.join(['%s'] * len(self.words))})", list(self.words)


class KeyTest(Test):
    """A condition on the value under ``key`` of a JSON column; false where the key is missing or of another type."""

    def __init__(
        self, column: "str | Expression | F", key: str, how: str, terms: Sequence[Any] = (), *, folds: bool = False
    ) -> None:
        super().__init__(column)
        self.key = key
        self.how = how
        self.terms = terms
        self.folds = folds  # the texts are as typed: fold them on the fly

    def written(self, subject: str, *, postgres: bool) -> Sql:
        write = _key_on_postgres if postgres else _key_on_sqlite
        return write(subject, self.key, self.how, self.terms, folds=self.folds)


class ElementTest(Test):
    """A condition on the elements of a JSON column that is a list of texts as typed."""

    def __init__(self, column: "str | Expression | F", how: str, terms: Sequence[str]) -> None:
        super().__init__(column)
        self.how = how
        self.terms = terms

    def written(self, subject: str, *, postgres: bool) -> Sql:
        if postgres:
            return _elements_on_postgres(subject, self.how, self.terms, folds=True)
        return _elements_on_sqlite(f"json_each({subject})", self.how, self.terms, folds=True)


class InGroups(Test):
    """Whether the subject is among the answers of a grouped query, which come in ``column``.

    ``joined``: by an EXISTS around it, which PostgreSQL joins like a table, also when it is negated; otherwise as a
    list of ids in memory.
    """

    def __init__(self, subject: "str | Expression | F", groups: QuerySet[Any], column: str, *, joined: bool) -> None:
        super().__init__(subject)
        self.groups = groups.values(column).query
        self.column = column
        self.joined = joined

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        subject, _params = compiler.compile(self.subject)
        sql, params = self.groups.get_compiler(connection=connection).as_sql()
        if not self.joined or connection.vendor == "sqlite":  # which would count anew for every row
            return f"{subject} IN ({sql})", params
        return f"EXISTS (SELECT 1 FROM ({sql}) AS g WHERE g.{self.column} = {subject})", params


def text_sql(subject: str, how: str, terms: Sequence[str], *, postgres: bool) -> Sql:
    """``subject`` compared with any of ``terms``, both folded; the subject is written once and has no parameters."""
    if postgres:
        return _text_on_postgres(subject, how, terms)
    test = {
        "is": "{0} = {1}",
        "contains": "instr({0}, {1}) > 0",
        "startsWith": "substr({0}, 1, length({1})) = {1}",
        "endsWith": "substr({0}, -length({1})) = {1}",
    }[how]
    if len(terms) == 1:
        sql = test.format(subject, "%s")
        return sql, [terms[0]] * sql.count("%s")
    if how == "is":
        return f"{subject} IN (SELECT value FROM json_each(%s))", [json.dumps(list(terms))]
    test = test.format(subject, "t.value")
    return f"EXISTS (SELECT 1 FROM json_each(%s) AS t WHERE {test})", [json.dumps(list(terms))]


def _text_on_postgres(subject: str, how: str, terms: Sequence[str]) -> Sql:
    if how == "is":
        return (f"{subject} = %s", [terms[0]]) if len(terms) == 1 else (f"{subject} = ANY(%s::text[])", [list(terms)])
    before, after = how in ("contains", "endsWith"), how in ("contains", "startsWith")
    patterns = [f"{'%' * before}{escaped(term)}{'%' * after}" for term in terms]
    if len(terms) == 1:
        return f"{subject} LIKE %s", patterns
    return f"{subject} LIKE ANY(%s::text[])", [patterns]


def escaped(term: str) -> str:
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_DAY_LENGTH = len("2026-03-01")
_INSTANT_LENGTH = len("2026-03-01T09:00:00.000Z")
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def _number_sql(subject: str, how: str, numbers: Sequence[int | float], *, postgres: bool) -> Sql:
    """JSON numbers compare by their decimal value on both engines."""
    values: list[Any] = [Decimal(repr(number)) for number in numbers] if postgres else list(numbers)
    if how == "between":
        return f"{subject} BETWEEN %s AND %s", values
    if how in _COMPARISONS:
        return f"{subject} {_COMPARISONS[how]} %s", values
    return f"{subject} IN ({', '.join(['%s'] * len(values))})", values


def _key_on_postgres(column: str, key: str, how: str, terms: Sequence[Any], *, folds: bool) -> Sql:
    value, text = f"({column} -> %s::text)", f"({column} ->> %s::text)"
    if how == "exists":
        return f"COALESCE({value} NOT IN ('null'::jsonb, '\"\"'::jsonb, '[]'::jsonb), FALSE)", [key]
    if how == "boolean":
        return f"COALESCE({value} = %s::jsonb, FALSE)", [key, json.dumps(terms[0])]
    if how.startswith("list "):
        sql, values = _elements_on_postgres("%(value)s", how.removeprefix("list "), terms, folds=folds)
        return sql.replace("%(value)s", value), [key] * sql.count("%(value)s") + values
    if how == "time":
        return _time_on_postgres(value, f'({text} COLLATE "C")', key, terms)
    if how.startswith("number "):
        test, values = _number_sql(f"{text}::numeric", how.removeprefix("number "), terms, postgres=True)
        kind = "number"
    else:
        test, values = text_sql(_POSTGRES_FOLD.format(text) if folds else text, how, terms, postgres=True)
        kind = "string"
    return f"(CASE WHEN jsonb_typeof({value}) = '{kind}' THEN {test} ELSE FALSE END)", [key, key, *values]


def _time_sql(subject: str, terms: Sequence[str]) -> Sql:
    """A stored time within (first day, last day, start, end): days and instants are told apart by their length."""
    day = f"length({subject}) = {_DAY_LENGTH} AND {subject} >= %s AND {subject} <= %s"
    instant = f"length({subject}) = {_INSTANT_LENGTH} AND {subject} >= %s AND {subject} < %s"
    return f"(({day}) OR ({instant}))", list(terms)


def _time_on_postgres(value: str, text: str, key: str, terms: Sequence[str]) -> Sql:
    """First whether it lies between the outermost bounds, which is all that most contacts are asked."""
    first_day, last_day, start, end = terms
    test, _values = _time_sql(text, terms)
    sql = f"(CASE WHEN {text} >= %s AND {text} <= %s THEN jsonb_typeof({value}) = 'string' AND {test} ELSE FALSE END)"
    outer = [key, min(first_day, start), key, max(last_day, end)]
    return sql, [*outer, key, key, key, first_day, key, last_day, key, key, start, key, end]


def _elements_on_postgres(array: str, how: str, terms: Sequence[str], *, folds: bool) -> Sql:
    """``array`` must come without parameters of its own, or as a place holder that is filled afterwards."""
    if how == "exists":
        return f"(CASE WHEN jsonb_typeof({array}) = 'array' THEN jsonb_array_length({array}) > 0 ELSE FALSE END)", []
    element = _POSTGRES_FOLD.format("e.text") if folds else "e.text"
    array = f"CASE WHEN jsonb_typeof({array}) = 'array' THEN {array} ELSE '[]'::jsonb END"
    elements = f"jsonb_array_elements_text({array}) AS e(text)"
    if how == "allOf":
        sql = f"((SELECT count(DISTINCT {element}) FROM {elements} WHERE {element} = ANY(%s::text[])) = %s)"
        return sql, [list(terms), len(terms)]
    test, values = text_sql(element, "is" if how == "anyOf" else how, terms, postgres=True)
    return f"EXISTS (SELECT 1 FROM {elements} WHERE {test})", values


def _key_on_sqlite(column: str, key: str, how: str, terms: Sequence[Any], *, folds: bool) -> Sql:
    """By ``json_each``: a JSON path cannot name every key (quotes, digits, letters that were written as escapes)."""
    values: list[Any]
    if how == "exists":
        empty = "(j.type = 'text' AND j.value = '') OR (j.type = 'array' AND json_array_length(j.value) = 0)"
        test, values = f"j.type <> 'null' AND NOT ({empty})", []
    elif how == "time":
        test, values = _time_sql("j.value", terms)
        test = f"j.type = 'text' AND {test}"
    elif how == "boolean":
        test, values = "j.type = %s", [json.dumps(terms[0])]
    elif how.startswith("list "):
        array = "json_each(CASE WHEN j.type = 'array' THEN j.value ELSE '[]' END)"
        test, values = _elements_on_sqlite(array, how.removeprefix("list "), terms, folds=folds)
    elif how.startswith("number "):
        test, values = _number_sql("j.value", how.removeprefix("number "), terms, postgres=False)
        test = f"j.type IN ('integer', 'real') AND {test}"
    else:
        test, values = text_sql(_SQLITE_FOLD.format("j.value") if folds else "j.value", how, terms, postgres=False)
        test = f"j.type = 'text' AND {test}"
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS j WHERE j.key = %s AND {test})", [key, *values]


def _elements_on_sqlite(array: str, how: str, terms: Sequence[str], *, folds: bool) -> Sql:
    if how == "exists":
        return f"EXISTS (SELECT 1 FROM {array} AS e)", []
    element = _SQLITE_FOLD.format("e.value") if folds else "e.value"
    if how == "allOf":
        one_of = f"{element} IN (SELECT value FROM json_each(%s))"
        sql = f"((SELECT count(DISTINCT {element}) FROM {array} AS e WHERE {one_of}) = %s)"
        return sql, [json.dumps(list(terms)), len(terms)]
    test, values = text_sql(element, "is" if how == "anyOf" else how, terms, postgres=False)
    return f"EXISTS (SELECT 1 FROM {array} AS e WHERE {test})", values
