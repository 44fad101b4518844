"""Many rows into a table with one statement: ``COPY`` (and a statement from what was copied), executemany on SQLite.

The ORM's bulk statements take three to five times as long (speed.md, "Bulk work"), and rows that travel as JSON twice
as long as those that are copied. JSON columns are given as text (``as_json``). All names are given by our own code.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import connection

type_Row = Sequence[Any]

# How COPY reads a text that is not all plain characters.
_ESCAPED = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# So many rows are sent at once: while the next are worked out, the database writes these.
COPIED_AT_ONCE = 500


def as_json(value: Any) -> str:
    """What JSON columns are made of. The standard library takes several times as long, and here it is done most."""
    return orjson.dumps(value).decode()


def insert_many(
    table: str, columns: Sequence[str], rows: Iterable[type_Row], *, shared: Mapping[str, Any] | None = None
) -> None:
    """Insert rows that are not there yet; ``IntegrityError`` when one is.

    ``shared``: columns that have one value in all rows; they cost next to nothing.
    """
    with inserting(table, columns, rows, shared=shared):
        """Nothing to be done meanwhile."""


@contextmanager
def inserting(
    table: str, columns: Sequence[str], rows: Iterable[type_Row], *, shared: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """``insert_many`` that is under way while the block is gone through, and done at its end."""
    same = shared or {}
    names = ", ".join(f'"{column}"' for column in (*columns, *same))
    if connection.vendor == "postgresql":
        with _copying(f"COPY {table} ({names}) FROM STDIN", rows, tuple(same.values())):
            yield
        return
    marks = ", ".join(["%s"] * (len(columns) + len(same)))
    tail = tuple(same.values())
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", [(*row, *tail) for row in rows])
    yield


@contextmanager
def upserting(
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[type_Row],
    *,
    unique: Sequence[str],
    update: Sequence[str],
    shared: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Insert rows, or of those that are there write ``update``. ``columns``: {name: type in PostgreSQL}.

    ``shared``: columns that have one value in all rows. Under way while the block is gone through, done at its end.
    """
    if not rows:
        yield
        return
    same = shared or {}
    names = ", ".join(f'"{column}"' for column in (*columns, *same))
    changes = ", ".join(f'"{column}" = excluded."{column}"' for column in update)
    end = f"ON CONFLICT ({', '.join(unique)}) DO {f'UPDATE SET {changes}' if update else 'NOTHING'}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            source = _copied(cursor, table, columns, rows)
            told = ", ".join((*(f'u."{column}"' for column in columns), *["%s"] * len(same)))
            statement = f"INSERT INTO {table} ({names}) SELECT {told} FROM {source} u {end}"
            with _under_way(cursor, statement, list(same.values())):
                yield
            return
        marks = ", ".join(["%s"] * (len(columns) + len(same)))
        tail = tuple(same.values())
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}) {end}", [(*row, *tail) for row in rows])
    yield


def update_many(
    table: str, key: str, columns: Mapping[str, str], rows: Sequence[type_Row], **more: Mapping[str, Any]
) -> None:
    """``updating`` with nothing to be done meanwhile."""
    with updating(table, key, columns, rows, **more):
        """Nothing."""


@contextmanager
def updating(
    table: str,
    key: str,
    columns: Mapping[str, str],
    rows: Sequence[type_Row],
    *,
    latest: Mapping[str, Any] | None = None,
    shared: Mapping[str, Any] | None = None,
    among: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Write ``columns`` of the rows named by ``key``, the first column of each row. ``columns``: {name: type}.

    ``latest``: columns that get this value unless they have a later one; ``shared``: those that all get the same.
    ``among``: columns that the rows have in common, where ``key`` is only a part of what names one.
    Under way while the block is gone through, done at its end.
    """
    if not rows:
        yield
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
            statement = f"UPDATE {table} t SET {', '.join(sets)} FROM {source} u WHERE {chosen}"
            with _under_way(cursor, statement, [*same.values(), *at.values(), *where.values()]):
                yield
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
    yield


# --- COPY ---------------------------------------------------------------------------------------------------


def _copied(cursor: Any, table: str, columns: Mapping[str, str], rows: Sequence[type_Row]) -> str:
    """The rows in a table of their own, which goes with the statement's transaction or is emptied for the next."""
    name = f"copied_{table}"
    told = ", ".join(f'"{column}" {type_}' for column, type_ in columns.items())
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}; CREATE TEMP TABLE {name} ({told}) ON COMMIT DROP")
    with _copying(f"COPY {name} FROM STDIN", rows):
        """All that comes next needs it."""
    # The limit tells PostgreSQL how many there are; of a table that was just made it knows nothing.
    return f"(SELECT * FROM pg_temp.{name} LIMIT {len(rows)})"


@contextmanager
def _under_way(cursor: Any, statement: str, values: Sequence[Any]) -> Iterator[None]:
    """Sent at once, answered at the end of the block."""
    with connection.wrap_database_errors, connection.connection.pipeline():
        cursor.execute(statement, values)
        yield


@contextmanager
def _copying(statement: str, rows: Iterable[type_Row], tail: type_Row = ()) -> Iterator[None]:
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
        yield


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
