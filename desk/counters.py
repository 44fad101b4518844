"""Numbers that a site gives out one after the other: of customers, of rooms, of what happens. None is given twice.

A counter is a model with ``site`` as its primary key and ``last``. Its row stays locked until the end of the
transaction, so numbers are in the order of commits, and nobody else of the site gets one until then: ask late.
"""

from django.db import connection
from django.db.models import Model


def take_numbers(counter: type[Model], site_id: int, count: int = 1) -> int:
    """Take ``count`` consecutive numbers of the site; the last of them."""
    with connection.cursor() as cursor:
        # One statement makes the counter or moves it on, on both engines; the ORM has no RETURNING for updates.
        cursor.execute(
            f"INSERT INTO {counter._meta.db_table} AS counter (site_id, last) VALUES (%s, %s) "
            "ON CONFLICT (site_id) DO UPDATE SET last = counter.last + excluded.last RETURNING last",
            [site_id, count],
        )
        last: int = cursor.fetchone()[0]
    return last
