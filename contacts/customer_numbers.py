"""Customer numbers: issued once per contact and site, never reused, never changed (domain.md, section 0)."""

from django.db import connection

from contacts.models import CustomerNumberCounter

_TABLE = CustomerNumberCounter._meta.db_table


def next_customer_number(site_id: int) -> int:
    """Issue one number. Call it late in a transaction: until its end nobody else of the site gets one."""
    return issue_customer_numbers(site_id, 1)


def issue_customer_numbers(site_id: int, count: int) -> int:
    """Issue ``count`` consecutive numbers at once, for bulk work; returns the first of them."""
    with connection.cursor() as cursor:
        # One statement makes the counter or moves it on, on both engines; the ORM has no RETURNING for updates.
        cursor.execute(
            f"INSERT INTO {_TABLE} AS counter (site_id, last) VALUES (%s, %s) "
            "ON CONFLICT (site_id) DO UPDATE SET last = counter.last + excluded.last RETURNING last",
            [site_id, count],
        )
        last: int = cursor.fetchone()[0]
    return last - count + 1


def hold_customer_numbers(site_id: int) -> None:
    """Let nobody else make a contact of this site until the end of the transaction."""
    issue_customer_numbers(site_id, 0)
