"""The crowd of ``people`` for every test of the language."""

import pytest

from desk.models import Site
from tests.contacts.filters.people import Person, crowd


@pytest.fixture
def people(shop: Site, elsewhere: Site) -> list[Person]:
    """Forty managed people of the shop; strangers and people of another site stand beside them."""
    return crowd(shop, elsewhere)
