"""Writing single rows without building a query, for the boot of a known visitor only (speed.md, "Boot and touch").

The ORM spends two to three times as long on composing these statements as the database on running them. Columns and
conversions still come from the models. Everything else in the desk uses the ORM.
"""

import functools
from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection
from django.db.models import Model


@functools.cache
def _insert_of(model: type[Model]) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({marks})", fields


def insert_row(row: Model) -> None:
    """Insert one new row, as ``save(force_insert=True)`` does."""
    sql, fields = _insert_of(type(row))
    with connection.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields])
    row._state.adding = False
    row._state.db = connection.alias


def update_rows(
    model: type[Model], values: Mapping[str, object], where: Mapping[str, object], *, plus_one: Collection[str] = ()
) -> int:
    """Set ``values`` and count ``plus_one`` up where all of ``where`` are equal; returns how many rows did.

    All names are attribute names of the model, given by our own code.
    """
    sets = [f"{_column(model, name)} = %s" for name in values]
    sets += [f"{_column(model, name)} = {_column(model, name)} + 1" for name in plus_one]
    conditions = " AND ".join(f"{_column(model, name)} = %s" for name in where)
    parameters = [
        _field(model, name).get_db_prep_save(value, connection) for name, value in [*values.items(), *where.items()]
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {', '.join(sets)} WHERE {conditions}", parameters)
        return cursor.rowcount


@functools.cache
def _field(model: type[Model], name: str) -> Any:
    return next(field for field in model._meta.concrete_fields if field.attname == name)


@functools.cache
def _column(model: type[Model], name: str) -> str:
    return connection.ops.quote_name(str(_field(model, name).column))
