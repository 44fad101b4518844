"""SITE-4: masking of personal data."""

import datetime

import pytest

from contacts.masking import mask, name_of
from desk.models import Site
from tests.factories import ContactFactory


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("mobileNumber", "+821012345678", "••••5678"),
        ("landlineNumber", "02-123-4567", "••••4567"),
        ("mobileNumber", "119", "••••"),
        ("email", "kim.3f@example.com", "k••••@example.com"),
        ("email", "no address", "••••"),
        ("address", "Seoul, Mapo-gu 1", "••••"),
        ("birthDate", datetime.date(1990, 2, 3), "••••"),
        ("name", "이서연", "이서연"),
        ("memberId", "m-1", "m-1"),
        ("profile.points", 12, 12),
        ("email", "", ""),
        ("birthDate", None, None),
    ],
)
def test_personal_details_are_masked_and_others_are_not(field: str, value: object, shown: object) -> None:
    """SITE-4: phone, e-mail, address, birth date; the name aside."""
    assert mask(field, value) == shown


def test_somebody_without_a_name_is_called_by_a_masked_handle(shop: Site) -> None:
    """SITE-4: a heading must not give away what the table hides."""
    contact = ContactFactory(site=shop, name="", email="kim@example.com")
    assert name_of(contact, sees_personal_data=True) == "kim@example.com"
    assert name_of(contact, sees_personal_data=False) == "k••••@example.com"
    nobody = ContactFactory(site=shop, name="", customer_number=7)
    assert name_of(nobody, sees_personal_data=False) == "#7"
