"""FIL-11: a bad filter at the doors of the desk: refused at once with its place, nobody shown, nobody asked about.

The doors of the open API have the same in ``tests/contacts/api/open/test_filters.py``.
"""

import json
import time
from collections.abc import Callable
from html import unescape

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from desk.models import Operator, Site
from segments.models import Segment
from tests.conftest import client_of
from tests.factories import ContactFactory

LIST = "/desk/contacts/contact/"
SHOWN = "Kim Minjun"
NAME = {"key": "name", "op": "is", "values": ["x"]}


def _nested(depth: int) -> str:
    return '{"and":[' * depth + json.dumps(NAME) + "]}" * depth


# The document as text, the path that must be told, and whether it fits into an address.
BAD: dict[str, tuple[str, str, bool]] = {
    "an unknown field": ('{"and": [{"key": "nope", "op": "is", "values": ["x"]}]}', "and[0].key", True),
    "an unknown operator": ('{"and": [{"key": "name", "op": "regex", "values": ["(a+)+$"]}]}', "and[0].op", True),
    "a wrong type": ('{"or": [{"key": "sessionsCount", "op": "gt", "values": ["3"]}]}', "or[0].values[0]", True),
    "a deleted tag": ('{"not": {"key": "tags", "op": "anyOf", "values": ["gone"]}}', "not.values[0]", True),
    "a deleted field": ('{"key": "profile.gone", "op": "empty"}', "key", True),
    "a piece of SQL": ('{"key": "name\'; DROP TABLE x; --", "op": "exists"}', "key", True),
    "a foreign operator": (
        '{"and": [{"key": "user.name", "operator": "$regex", "values": [".*"]}]}',
        "and[0].operator",
        True,
    ),
    "another version": ('{"version": 2, "and": []}', "version", True),
    "an empty group": ('{"or": []}', "or", True),
    "groups in groups": (_nested(20), "and[0]" + ".and[0]" * 9, True),
    "a thousand groups": (_nested(1_000), "", True),
    "bottomless groups": (_nested(100_000), "", False),
    "no JSON": ('{"and": [', "", True),
    "a million values": ('{"key": "name", "op": "is", "values": [' + "1," * 999_999 + "1]}", "", False),
    "too much text": (json.dumps({**NAME, "values": ["x" * 1000] * 2_400}), "", False),
}


@pytest.fixture
def desk(shop: Site, alice: Operator) -> Client:
    """The administrator's browser; there is somebody to be shown."""
    ContactFactory(site=shop, name=SHOWN)
    client = client_of(alice)
    client.get(LIST)
    return client


def _list(client: Client, text: str) -> HttpResponse:
    return client.get(LIST, {"filter": text})


def _check(client: Client, text: str) -> HttpResponse:
    return client.post(f"{LIST}filter/check/", text, content_type="application/json")


def _segment(client: Client, text: str) -> HttpResponse:
    return client.post("/desk/segments/segment/save/", {"name": "x", "filter": text})


def _action(client: Client, text: str) -> HttpResponse:
    selection = f'{{"filter": {text}}}'
    return client.post(f"{LIST}actions/block/", {"selection": selection, "expectedCount": "1"})


DOORS: dict[str, Callable[[Client, str], HttpResponse]] = {
    "list": _list,
    "check": _check,
    "segment": _segment,
    "action": _action,
}


# No server takes an address of the length that some of them have.
@pytest.mark.parametrize(
    ("case", "door"),
    [(case, door) for case, (_text, _path, fits) in BAD.items() for door in DOORS if fits or door != "list"],
)
def test_a_bad_filter_is_refused_at_once(door: str, case: str, desk: Client, shop: Site) -> None:
    """With the place in the document where the door has one to show it; the contacts are not asked."""
    text, path, _fits = BAD[case]
    started = time.process_time()
    with CaptureQueriesContext(connection) as asked:
        response = DOORS[door](desk, text)
    took = time.process_time() - started
    answer = response.content.decode()
    assert not [one["sql"] for one in asked if 'FROM "contacts_contact"' in one["sql"]]
    assert SHOWN not in answer
    assert not Segment.objects.exists()
    assert not shop.contacts.filter(blocked=True).exists()
    assert took < 3
    if door in ("check", "segment"):
        told = response.json()["problems"][0]["path"]
        assert (response.status_code, told.removeprefix("filter").lstrip(".")) == (400, path)
    elif path and door == "list":
        assert path in unescape(answer)


@pytest.mark.parametrize("door", ["check", "segment", "action"])
def test_ten_megabytes_are_refused_unread(door: str, desk: Client, shop: Site) -> None:
    """Before any of it is understood."""
    text = json.dumps({"key": "name", "op": "is", "values": ["x" * 1000] * 10_000})
    started = time.process_time()
    response = DOORS[door](desk, text)
    assert response.status_code in (400, 413) or b"callout-danger" in response.content
    assert not Segment.objects.exists()
    assert not shop.contacts.filter(blocked=True).exists()
    assert time.process_time() - started < 3


def test_a_foreign_document_is_read_at_every_door(desk: Client, shop: Site) -> None:
    """FIL-1, FIL-8: it finds the same people everywhere, and is kept and shown in our own language."""
    kim = shop.contacts.get(name=SHOWN)
    ContactFactory(site=shop, name="Somebody else")
    condition = {"key": "user.name", "type": "string", "operator": "$prefix", "values": ["kim"]}
    text = json.dumps({"and": [{"or": [condition]}]})
    ours = {"and": [{"or": [{"key": "name", "op": "startsWith", "values": ["kim"]}]}]}
    page = _list(desk, text).content.decode()
    assert SHOWN in page
    assert "Somebody else" not in page
    checked = _check(desk, text).json()
    assert (checked["filter"], checked["count"]) == (ours, 1)
    assert _segment(desk, text).status_code == 201
    assert Segment.objects.get().filter == ours
    assert _action(desk, text).status_code == 204
    assert list(shop.contacts.filter(blocked=True)) == [kim]
