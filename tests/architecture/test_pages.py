"""What holds for every page of the desk, also for those that come later: no inline code, and names are text."""

import re

import pytest
from django.test import Client

from desk.models import Operator, Site
from tests.architecture.marking import TAG, fill_with_html
from tests.architecture.test_site_scoping import ADDRESSES, Address
from tests.conftest import client_of

INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|<style|\sstyle=|\son[a-z]+=\"|javascript:", re.IGNORECASE
)
# The browsable description of the API is another project's page, with a policy of its own.
OF_OTHERS = {"api-docs"}
PAGES = [address for address in ADDRESSES if address.name not in OF_OTHERS]


@pytest.fixture
def client(shop: Site, alice: Operator) -> Client:
    return client_of(alice)


@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.name)
def test_html_in_names_is_text_and_nothing_is_inline(address: Address, shop: Site, client: Client) -> None:
    """Every text of every table is a tag here; none of them may reach the browser as one."""
    rows = fill_with_html(shop)
    values = [str(row.pk) for row in rows.values() if not isinstance(row.pk, tuple)] if address.takes_id else [""]
    for value in values:
        for query in ({}, {"q": TAG}):
            response = client.get(address.filled(value), query)
            if "html" not in response.headers.get("Content-Type", ""):
                continue
            page = response.content.decode()
            assert TAG not in page, f"{address.filled(value)} shows a name as HTML"
            assert INLINE.findall(page) == [], address.filled(value)
