"""FIL-9, FIL-11: what the filter builder asks while somebody edits."""

import json
from typing import Any

import pytest
from django.test import Client

from contacts.models import ProfileField
from desk.models import Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory, TagFactory

BASE = "/desk/contacts/contact/filter/"


@pytest.fixture
def desk(bob: Operator) -> Client:
    """Bob's browser."""
    return client_of(bob)


def check(client: Client, data: Any, query: str = "") -> Any:
    return client.post(f"{BASE}check/{query}", json.dumps(data), content_type="application/json")


def test_the_catalogue_names_every_field_with_its_operators(desk: Client, shop: Site, elsewhere: Site) -> None:
    """FIL-9: custom fields of this site included, of another site not."""
    ProfileField.objects.create(site=shop, key="size", label="Shoe size", type="number")
    ProfileField.objects.create(site=elsewhere, key="secret", type="text")
    catalogue = desk.get(f"{BASE}fields/").json()
    fields = {field["key"]: field for field in catalogue["fields"]}
    assert fields["profile.size"]["label"] == "Shoe size"
    assert {"name": "between", "label": "is between", "takes": "two"} in fields["profile.size"]["operators"]
    assert [choice["value"] for choice in fields["kind"]["choices"]] == ["lead", "member"]
    assert "tags" in fields
    assert "profile.secret" not in fields
    assert {group["name"] for group in catalogue["groups"]} >= {field["group"] for field in catalogue["fields"]}


def test_values_that_occur_are_suggested(desk: Client, shop: Site, elsewhere: Site) -> None:
    """FIL-9, SITE-2"""
    for site, name in ((shop, "VIP"), (shop, "new"), (elsewhere, "VIP elsewhere")):
        TagFactory(site=site, name=name)
    values = desk.get(f"{BASE}values/", {"key": "tags", "q": "vip"}).json()["values"]
    assert [value["label"] for value in values] == ["VIP"]


@pytest.mark.parametrize("parameters", [{"key": "nothing"}, {}, {"key": "tags", "q": "\x00"}])
def test_suggestions_for_what_is_no_field_are_not_found(desk: Client, parameters: dict[str, str]) -> None:
    """Fail loudly on the unknown."""
    assert desk.get(f"{BASE}values/", parameters).status_code == 404


def test_a_filter_is_counted_and_said_in_words(desk: Client, shop: Site) -> None:
    """FIL-9: the number of matches while one edits, within kind and search of the list."""
    ContactFactory(site=shop, name="Kim", country="KR")
    ContactFactory(site=shop, name="Lee", country="KR")
    ContactFactory(site=shop, name="Kim Sato", country="JP")
    korea = {"and": [{"key": "country", "op": "is", "values": ["KR"]}]}
    answer = check(desk, korea).json()
    assert answer["count"] == 2
    assert "Country" in answer["sentence"]
    assert check(desk, korea, "?q=kim").json()["count"] == 1
    assert check(desk, korea, "?kind=member").json()["count"] == 0
    assert check(desk, {}).json() == {"filter": {}, "sentence": "", "count": 3, "members": []}


def test_groups_that_the_builder_cannot_edit_are_said_one_by_one(desk: Client, shop: Site) -> None:
    """FIL-9: nothing of a nested filter is lost."""
    group = {"or": [{"key": "country", "op": "is", "values": ["KR"]}, {"key": "blocked", "op": "is", "values": [True]}]}
    document = {"and": [{"key": "member", "op": "is", "values": [True]}, group]}
    answer = check(desk, document).json()
    assert answer["filter"]["and"][1] == group
    assert len(answer["members"]) == 2
    assert "Country" in answer["members"][1]


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"and": [{"key": "nothing", "op": "is", "values": [1]}]}, "and[0].key"),
        ({"and": [{"key": "country", "op": "gt", "values": ["KR"]}]}, "and[0].op"),
        ({"and": [{"key": "sessionsCount", "op": "is", "values": ["many"]}]}, "and[0].values[0]"),
        ([], ""),
        ("x", ""),
    ],
)
def test_a_refused_filter_says_where_and_why_and_counts_nobody(desk: Client, data: Any, path: str) -> None:
    """FIL-1, FIL-11"""
    response = check(desk, data)
    assert response.status_code in (200, 400)
    if data == []:
        return  # JSON null-like documents are the empty filter or refused; never a count of a wrong one
    assert response.status_code == 400
    assert response.json()["problems"][0]["path"].startswith(path)
    assert "count" not in response.json()


def test_what_is_no_json_is_refused(desk: Client) -> None:
    """FIL-11"""
    assert desk.post(f"{BASE}check/", "{", content_type="application/json").status_code == 400
