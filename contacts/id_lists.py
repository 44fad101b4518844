"""Many ids as one parameter of a statement: SQLite bounds the number of parameters, PostgreSQL plans an array fast."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import RawSQL


def in_ids() -> str:
    """The condition that follows a column: ``= ANY(…)`` or ``IN (…)``, with one place for ``ids_value``."""
    return "= ANY(%s::bigint[])" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"


def ids_value(ids: Iterable[int]) -> Any:
    """The parameter of ``in_ids``."""
    # Written down here: the driver takes many times as long for a list.
    written = ",".join(map(str, ids))
    return f"{{{written}}}" if connection.vendor == "postgresql" else f"[{written}]"


def id_rows(ids: Iterable[int]) -> RawSQL:
    """``ids`` for a lookup ``…__in``: thousands as one parameter, which neither Django nor the driver parses."""
    sql = "SELECT unnest(%s::bigint[])" if connection.vendor == "postgresql" else "SELECT value FROM json_each(%s)"
    return RawSQL(sql, [ids_value(ids)])


def delete_rows(model: type[Model], field: str, ids: Iterable[int]) -> int:
    """Delete the rows whose ``field`` is one of ``ids``, past Django's collector; answers how many.

    Nothing cascades: a row that still points at one of them makes the transaction fail.
    """
    column = str(model._meta.get_field(field).column)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE {column} {in_ids()}", [ids_value(ids)])
        return cursor.rowcount
