"""Rows that an administrator puts in order, one place at a time: panel tabs, lookups."""

from typing import Protocol, TypeVar


class Placed(Protocol):
    """A row with a place among its like."""

    pk: int
    place: int


Row = TypeVar("Row", bound=Placed)


def exchange(rows: list[Row], moved: Row, *, up: bool) -> bool:
    """Put ``moved`` one place up or down among ``rows``, which are in their order; False at the end or when it is gone.

    Places are counted anew, so that none is had twice; the caller saves them.
    """
    at = next((index for index, row in enumerate(rows) if row.pk == moved.pk), None)
    if at is None:
        return False
    other = at - 1 if up else at + 1
    if not 0 <= other < len(rows):
        return False
    rows[at], rows[other] = rows[other], rows[at]
    for index, row in enumerate(rows, start=1):
        row.place = index
    return True
