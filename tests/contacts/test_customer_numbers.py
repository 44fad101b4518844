"""Customer numbers: issued once per contact and site, never reused."""

import pytest
from django.db import transaction

from contacts.customer_numbers import issue_customer_numbers, next_customer_number
from desk.models import Site

pytestmark = pytest.mark.django_db


def test_numbers_count_up_from_one_on_each_site(shop: Site, elsewhere: Site) -> None:
    numbers = [next_customer_number(site.pk) for site in (shop, shop, elsewhere, shop)]
    assert numbers == [1, 2, 1, 3]


def test_many_are_issued_at_once(shop: Site) -> None:
    """For bulk work: the first of a run."""
    assert issue_customer_numbers(shop.pk, 1_000) == 1
    assert next_customer_number(shop.pk) == 1_001


def test_a_number_of_a_failed_transaction_was_never_given(shop: Site) -> None:
    """It goes back with everything else, so nobody ever saw it."""
    with transaction.atomic():
        next_customer_number(shop.pk)
        transaction.set_rollback(True)
    assert next_customer_number(shop.pk) == 1
