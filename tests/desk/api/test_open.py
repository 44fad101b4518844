"""API-2: what all lists of the open API have in common."""

import pytest

from desk.models import Site
from tests.contacts.api.open.conftest import Program

LISTS = ["contacts", "jobs", "segments", "tags"]


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "", "1.5", "１", "9" * 5_000])
def test_a_page_has_one_to_five_hundred_rows(address: str, limit: str, shop: Site) -> None:
    """The parameter is named."""
    status, answer = Program(shop).get(address, limit=limit)
    assert (status, answer["error"]["path"]) == (400, "limit")


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("query", ["limit=1&limit=2", "since=&since=", "surprise=1"])
def test_a_parameter_that_is_unknown_or_stands_twice_is_refused(address: str, query: str, shop: Site) -> None:
    """api.md: it is never guessed which one was meant."""
    response = Program(shop).client.get(f"/api/v1/{address}?{query}")
    assert (response.status_code, response.json()["error"]["path"]) == (400, query.split("=", maxsplit=1)[0])


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("name", ["x", "0", "１", "9" * 30, "-1"])
def test_an_id_that_is_nobodys_is_not_found(address: str, name: str, shop: Site) -> None:
    """404, also for what can be no id."""
    assert Program(shop).get(f"{address}/{name}")[0] == 404
