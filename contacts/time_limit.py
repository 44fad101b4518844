"""FIL-11: a question that takes too long is ended and says so, instead of holding up the desk.

PostgreSQL ends the statement itself; SQLite asks a callback every so many steps whether to go on.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

LIST_SECONDS = 10.0
_SETTINGS = {
    # What a list of ids (everybody who ordered …) may take in memory. With the default of 4 MB lists of more than some
    # hundred thousand are asked anew for every contact, which takes minutes instead of a moment.
    "work_mem": "'64MB'",
    # Compiling a question to machine code takes longer than almost all of them run.
    "jit": "'off'",
}
_FIRST_ROWS = {
    # Fifty people are found before the helpers of a parallel plan have started; only what takes long is shared.
    "parallel_setup_cost": "'10000'",
    # Rows of one page and their neighbours are in memory more often than the default of 4 supposes.
    "random_page_cost": "least(current_setting('random_page_cost')::float, 2)::text",
}
_SQLITE_STEPS = 20_000  # of its virtual machine between two looks at the clock: a few milliseconds


class TookTooLong(Exception):
    """The statements inside were ended after the time they had."""


@contextmanager
def time_limit(seconds: float = LIST_SECONDS, *, first_rows: bool = False) -> Iterator[None]:
    """End reading statements inside after ``seconds``; ``TookTooLong``. Not for writes.

    ``first_rows``: a page of a list is asked for, not all of them.
    """
    if connection.vendor == "postgresql":
        with _on_postgresql(seconds, first_rows=first_rows):
            yield
    else:
        with _on_sqlite(seconds):
            yield


@contextmanager
def _on_postgresql(seconds: float, *, first_rows: bool) -> Iterator[None]:
    # SET LOCAL needs a transaction and ends with it, so the limit never leaks into the pooled connection.
    settings = {"statement_timeout": f"'{int(seconds * 1000)}'", **_SETTINGS, **(_FIRST_ROWS if first_rows else {})}
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                sets = ", ".join(f"set_config('{name}', {value}, true)" for name, value in settings.items())
                cursor.execute(f"SELECT {sets}")
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "57014":  # query_canceled
            raise TookTooLong from error
        raise


@contextmanager
def _on_sqlite(seconds: float) -> Iterator[None]:
    # No transaction: an IMMEDIATE one would take the only write lock for reading.
    connection.ensure_connection()
    end = time.monotonic() + seconds
    connection.connection.set_progress_handler(lambda: int(time.monotonic() > end), _SQLITE_STEPS)
    try:
        yield
    except OperationalError as error:
        if "interrupted" in str(error):
            raise TookTooLong from error
        raise
    finally:
        connection.connection.set_progress_handler(None, 0)
