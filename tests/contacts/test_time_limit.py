"""FIL-11: a filter that takes too long is ended and says so."""

import pytest
from django.db import connection

from contacts.time_limit import TookTooLong, time_limit

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n"


@pytest.mark.django_db
def test_a_statement_that_takes_too_long_is_ended() -> None:
    """FIL-11"""
    with pytest.raises(TookTooLong), time_limit(0.05), connection.cursor() as cursor:
        cursor.execute(ENDLESS)


@pytest.mark.django_db
def test_the_connection_works_on_afterwards_without_the_limit() -> None:
    """FIL-11: one slow question does not spoil the next."""
    with pytest.raises(TookTooLong), time_limit(0.05), connection.cursor() as cursor:
        cursor.execute(ENDLESS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
        if connection.vendor == "postgresql":
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)
