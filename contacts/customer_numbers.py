"""Customer numbers: issued once per contact and site, never reused, never changed (domain.md, section 0)."""

from contacts.models import CustomerNumberCounter
from desk.counters import take_numbers


def next_customer_number(site_id: int) -> int:
    """Issue one number. Call it late in a transaction: until its end nobody else of the site gets one."""
    return issue_customer_numbers(site_id, 1)


def issue_customer_numbers(site_id: int, count: int) -> int:
    """Issue ``count`` consecutive numbers at once, for bulk work; returns the first of them."""
    return take_numbers(CustomerNumberCounter, site_id, count) - count + 1


def hold_customer_numbers(site_id: int) -> None:
    """Let nobody else make a contact of this site until the end of the transaction."""
    issue_customer_numbers(site_id, 0)
