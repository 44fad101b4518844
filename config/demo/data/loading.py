"""Rows into tables as fast as the database takes them: COPY on PostgreSQL, ``executemany`` on SQLite.

Only for rows that are known to keep the rules: what a model or a rule would check is not checked here, what the
database checks is.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import GeneratedField, Model


def insert_rows(model: type[Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert ``rows`` of these columns; columns that are not named get the model's defaults.

    Values are texts, numbers, true/false or None as both databases read them; a JSON column takes its text.
    """
    if not rows:
        return
    rest_columns, rest = _defaults(model, tuple(columns))
    names = ", ".join(connection.ops.quote_name(name) for name in chain(columns, rest_columns))
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row + rest)
        else:
            marks = ", ".join(["%s"] * (len(columns) + len(rest)))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", [row + rest for row in rows])


def settle(models: Iterable[type[Model]]) -> None:
    """Tell the planner what is in the tables now; without it the first pages after a load are slow.

    PostgreSQL also marks the pages that everybody may see, as autovacuum would a minute later: counts then read an
    index alone.
    """
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("ANALYZE")
        elif connection.in_atomic_block:
            cursor.execute(f"ANALYZE {tables}")
        else:
            cursor.execute(f"VACUUM (ANALYZE) {tables}")


@cache
def _defaults(model: type[Model], columns: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """The columns that are not named, and what a new row has there."""
    fields = [
        field
        for field in model._meta.concrete_fields
        if field.column and field.column not in columns and not isinstance(field, GeneratedField)
    ]
    values = [field.get_db_prep_save(field.get_default(), connection) for field in fields]
    plain = [value if isinstance(value, str | int | float | None) else "{}" for value in values]
    return tuple(str(field.column) for field in fields), tuple(plain)
