"""The statements of merges and undos: however many rows there are, each is one statement on both engines.

Lists of ids and rows travel as one parameter, as JSON or as an array: SQLite bounds the number of parameters.
"""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

Row = dict[str, Any]


def data_of(row: Model) -> Row:
    """Every column by attribute name, as JSON can hold it; times to the microsecond."""
    return {field.attname: as_json(field.value_from_object(row)) for field in row._meta.concrete_fields}


def as_json(value: Any) -> Any:
    """A column's value as JSON can hold it; moments in UTC, to the microsecond."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value  # an enumeration's member as plain text


def columns_from(model: type[Model], data: Mapping[str, Any]) -> Row:
    """``data_of`` read back: values by attribute name as the model holds them, without computed columns."""
    fields = {field.attname: field for field in model._meta.concrete_fields if not getattr(field, "generated", False)}
    return {name: _value(fields[name], value) for name, value in data.items() if name in fields}


def _value(field: Any, value: Any) -> Any:
    return field.to_python(value) if isinstance(value, str) and field.get_internal_type() != "JSONField" else value


def move_to(model: type[Model], field: str, *, old: int, new: int, also: str = "") -> list[int]:
    """Point every row of ``old`` at ``new`` and answer their ids; ``also``: further assignments of ours, as SQL."""
    table, column = model._meta.db_table, str(model._meta.get_field(field).column)  # type: ignore[union-attr]
    update = f"UPDATE {table} SET {column} = %s{also} WHERE {column} = %s RETURNING id"
    if connection.vendor == "postgresql":
        # One row with all ids: fetching ten thousand rows takes longer than making them one text.
        update = f"WITH moved AS ({update}) SELECT array_agg(id ORDER BY id) FROM moved"
    with connection.cursor() as cursor:
        cursor.execute(update, [new, old])
        rows = cursor.fetchall()
    if connection.vendor == "postgresql":
        return rows[0][0] or []
    return sorted(row[0] for row in rows)


def move_back(model: type[Model], field: str, ids: Sequence[int], *, old: int, new: int) -> None:
    """Point those of ``ids`` that still belong to ``old`` at ``new``."""
    if not ids:
        return
    table, column = model._meta.db_table, str(model._meta.get_field(field).column)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = %s WHERE {column} = %s AND id {_in_ids()}", [new, old, _ids(ids)]
        )


def delete_ids(model: type[Model], ids: Sequence[int]) -> None:
    """Delete the rows themselves, past Django's collector: nothing may point at them."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id {_in_ids()}", [_ids(ids)])


def _in_ids() -> str:
    return "= ANY(%s::bigint[])" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"


def _ids(ids: Iterable[int]) -> Any:
    return list(ids) if connection.vendor == "postgresql" else json.dumps(list(ids))


def insert_rows(model: type[Model], rows: Sequence[Row]) -> None:
    """Insert rows told as by ``data_of``; for tables without JSON columns."""
    if not rows:
        return
    fields = [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
    told = [
        {str(field.column): field.get_db_prep_save(field.to_python(row[field.attname]), connection) for field in fields}
        for row in rows
    ]
    names = [str(field.column) for field in fields]
    columns = ", ".join(connection.ops.quote_name(name) for name in names)
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        source = f"{columns} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
    else:
        source = ", ".join(f"json_extract(value, '$.{name}')" for name in names) + " FROM json_each(%s)"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {source}", [json.dumps(told, default=str)])
