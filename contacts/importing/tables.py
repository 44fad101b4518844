"""Many rows into a table with one statement: ``COPY`` (and a statement from what was copied), executemany on SQLite.

The ORM's bulk statements take three to five times as long (speed.md, "Bulk work"), and rows that travel as JSON twice
as long as those that are copied. JSON columns are given as text (``as_json``). All names are given by our own code.
"""

import itertools
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

type_Row = Sequence[Any]

# What JSON columns are made of.
as_json = json.JSONEncoder(ensure_ascii=False).encode
# How COPY reads a text that is not all plain characters.
_ESCAPED = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# So many rows are sent at once: while the next are worked out, the database writes these.
COPIED_AT_ONCE = 500
# Between values that are written down together; no text of them can hold it.
_BETWEEN = secrets.token_hex(16)


def all_as_json(values: Sequence[Any]) -> list[str]:
    """``as_json`` of each, in one go: a call for each takes longer than writing it."""
    if not values:
        return []
    told = [_BETWEEN] * (2 * len(values) - 1)
    told[::2] = values
    return as_json(told)[1:-1].split(f', "{_BETWEEN}", ')


def insert_many(
    table: str, columns: Sequence[str], rows: Iterable[type_Row], *, shared: Mapping[str, Any] | None = None
) -> None:
    """Insert rows that are not there yet; ``IntegrityError`` when one is.

    ``shared``: columns that have one value in all rows; they cost next to nothing.
    """
    same = shared or {}
    names = ", ".join(f'"{column}"' for column in (*columns, *same))
    if connection.vendor == "postgresql":
        _copy(f"COPY {table} ({names}) FROM STDIN", rows, tuple(same.values()))
        return
    marks = ", ".join(["%s"] * (len(columns) + len(same)))
    tail = tuple(same.values())
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", [(*row, *tail) for row in rows])


def upsert_many(
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[type_Row],
    *,
    unique: Sequence[str],
    update: Sequence[str],
    shared: Mapping[str, Any] | None = None,
) -> None:
    """Insert rows, or of those that are there write ``update``. ``columns``: {name: type in PostgreSQL}.

    ``shared``: columns that have one value in all rows.
    """
    if not rows:
        return
    same = shared or {}
    names = ", ".join(f'"{column}"' for column in (*columns, *same))
    changes = ", ".join(f'"{column}" = excluded."{column}"' for column in update)
    end = f"ON CONFLICT ({', '.join(unique)}) DO {f'UPDATE SET {changes}' if update else 'NOTHING'}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            source = _copied(cursor, table, columns, rows)
            told = ", ".join((*(f'u."{column}"' for column in columns), *["%s"] * len(same)))
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {told} FROM {source} u {end}", list(same.values()))
            return
        marks = ", ".join(["%s"] * (len(columns) + len(same)))
        tail = tuple(same.values())
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}) {end}", [(*row, *tail) for row in rows])


def update_many(
    table: str,
    key: str,
    columns: Mapping[str, str],
    rows: Sequence[type_Row],
    *,
    latest: Mapping[str, Any] | None = None,
    shared: Mapping[str, Any] | None = None,
    among: Mapping[str, Any] | None = None,
) -> None:
    """Write ``columns`` of the rows named by ``key``, the first column of each row. ``columns``: {name: type}.

    ``latest``: columns that get this value unless they have a later one; ``shared``: those that all get the same.
    ``among``: columns that the rows have in common, where ``key`` is only a part of what names one.
    """
    if not rows:
        return
    at, same, where = latest or {}, shared or {}, among or {}
    fixed = [f'"{column}" = %s' for column in same]
    found = "".join(f' AND {{}}"{column}" = %s' for column in where)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            source = _copied(cursor, table, {key: "bigint", **columns}, rows)
            sets = [f'"{column}" = u."{column}"' for column in columns] + fixed
            sets += [f'"{column}" = GREATEST(t."{column}", %s)' for column in at]
            chosen = f't."{key}" = u."{key}"' + found.replace("{}", "t.")
            cursor.execute(
                f"UPDATE {table} t SET {', '.join(sets)} FROM {source} u WHERE {chosen}",
                [*same.values(), *at.values(), *where.values()],
            )
            return
        sets = [f'"{column}" = %s' for column in columns] + fixed
        sets += [f'"{column}" = MAX("{column}", %s)' for column in at]
        adapt = connection.ops.adapt_datetimefield_value
        moments = [adapt(value) for value in at.values()]
        tail = (*same.values(), *moments)
        cursor.executemany(
            f'UPDATE {table} SET {", ".join(sets)} WHERE "{key}" = %s' + found.replace("{}", ""),
            [(*row[1:], *tail, row[0], *where.values()) for row in rows],
        )


# --- COPY ---------------------------------------------------------------------------------------------------


def _copied(cursor: Any, table: str, columns: Mapping[str, str], rows: Iterable[type_Row]) -> str:
    """The rows in a table of their own, which goes with the statement's transaction or is emptied for the next."""
    name = f"copied_{table}"
    told = ", ".join(f'"{column}" {type_}' for column, type_ in columns.items())
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}; CREATE TEMP TABLE {name} ({told}) ON COMMIT DROP")
    _copy(f"COPY {name} FROM STDIN", rows)
    return f"pg_temp.{name}"


def _copy(statement: str, rows: Iterable[type_Row], tail: type_Row = ()) -> None:
    """The driver's own ``write_row`` takes several times as long for each cell."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.cursor.copy(statement) as copy,
    ):
        end = "".join(f"\t{_cell(value)}" for value in tail) + "\n"
        left = iter(rows)
        while some := list(itertools.islice(left, COPIED_AT_ONCE)):
            cells = [_cells(column) for column in zip(*some, strict=True)]
            copy.write(end.join(map("\t".join, zip(*cells, strict=True))) + end)


def _cells(column: Sequence[Any]) -> Iterable[str]:
    """The cells of a column: looking at all of them as one text is many times as fast as at one after the other."""
    types = set(map(type, column))
    if types == {int}:
        return map(str, column)
    if types == {str}:
        text = "\0".join(column)
        if not any(sign in text for sign in _ESCAPED):
            return column
        for sign, escaped in _ESCAPED.items():
            text = text.replace(sign, escaped)
        cells = text.split("\0")
        if len(cells) == len(column):
            return cells
    return map(_cell, column)


def _cell(value: Any) -> str:
    if value.__class__ is int:
        return str(value)
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    text = str(value)
    for sign, escaped in _ESCAPED.items():
        text = text.replace(sign, escaped)
    return text
