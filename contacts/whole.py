"""UNI-11: a change that happens as a whole or not at all, and begins again when somebody else was faster."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

T = TypeVar("T")
_ATTEMPTS = 3
_DEADLOCK = "40P01"


def as_a_whole(work: Callable[[], T]) -> T:
    """Do ``work`` in one transaction.

    A row that points at a vanishing contact was added in the last moment, or two waited for each other: the
    transaction is undone, whoever was faster is done by now, and it is tried again. Inside a larger transaction the
    error is raised: that one has to begin again as a whole.
    """
    for _attempt in range(_ATTEMPTS - 1):
        try:
            with transaction.atomic():
                return work()
        except (IntegrityError, OperationalError) as error:
            if connection.in_atomic_block or not _may_pass(error):
                raise
    with transaction.atomic():
        return work()


def _may_pass(error: IntegrityError | OperationalError) -> bool:
    return isinstance(error, IntegrityError) or getattr(error.__cause__, "sqlstate", "") == _DEADLOCK
