"""API-2, FIL-1, FIL-5, FIL-11: filters as programs send them: versions, foreign documents, terms that match nobody, and
whatever else may come."""

import json
import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.filters.document import FILTER_VERSION
from desk.models import Site
from segments.models import Segment
from tests.contacts.api.open.conftest import Program
from tests.factories import ContactFactory, SegmentFactory

NAMES = {"key": "name", "op": "is", "values": ["Kim", "nobody", "ＬＥＥ"]}
FOREIGN = {"and": [{"or": [{"key": "user.member", "type": "boolean", "operator": "$eq", "values": [True]}]}]}


# --- what is answered -----------------------------------------------------------------------------------


def test_a_checked_filter_comes_back_in_our_language_with_its_version(shop: Site, program: Program) -> None:
    """FIL-1: also one that was written in another style."""
    ContactFactory(site=shop, member_id="m")
    ContactFactory(site=shop)
    status, answer = program.call("POST", "filters/validate", {"filter": {"version": 1, **FOREIGN}})
    assert (status, answer["valid"], answer["version"], answer["count"]) == (200, True, FILTER_VERSION, 1)
    assert answer["filter"] == {"and": [{"or": [{"key": "member", "op": "is", "values": [True]}]}]}
    assert answer["unmatched"] == []


def test_terms_that_matched_nobody_are_named(shop: Site, program: Program) -> None:
    """FIL-5: with their condition's place, as they were written."""
    ContactFactory(site=shop, name="kim")
    ContactFactory(site=shop, name="Lee")
    expected = [{"path": "filter.or.0", "key": "name", "values": ["nobody"]}]
    _status, answer = program.call("POST", "filters/validate", {"filter": {"or": [NAMES]}})
    assert answer["unmatched"] == expected
    _status, answer = program.call(
        "POST", "contacts/search", {"filter": {"or": [NAMES]}, "unmatched": True, "limit": 1}
    )
    assert (len(answer["contacts"]), answer["unmatched"]) == (1, expected)


@pytest.mark.parametrize("asked", [{}, {"unmatched": False}])
def test_a_search_tells_them_only_when_asked(asked: dict[str, bool], shop: Site, program: Program) -> None:
    assert "unmatched" not in program.call("POST", "contacts/search", {"filter": NAMES, **asked})[1]


def test_a_foreign_document_finds_people_through_every_door(shop: Site, program: Program) -> None:
    """FIL-8: list, search and segment; what is kept is in our language, with its version."""
    ContactFactory(site=shop, name="Kim", member_id="m")
    ContactFactory(site=shop, name="Lee")
    _status, listed = program.get("contacts", filter=json.dumps(FOREIGN))
    _status, searched = program.call("POST", "contacts/search", {"filter": FOREIGN})
    status, made = program.call("POST", "segments", {"name": "Members", "filter": FOREIGN})
    _status, members = program.get(f"segments/{made['id']}/contacts")
    for answer in (listed, searched, members):
        assert [contact["name"] for contact in answer["contacts"]] == ["Kim"]
    kept = {"and": [{"or": [{"key": "member", "op": "is", "values": [True]}]}]}
    assert (status, made["filter"], made["filterVersion"]) == (201, kept, 1)
    assert Segment.objects.get().filter == kept


# --- what is refused ------------------------------------------------------------------------------------

HUGE = {"key": "name", "op": "is", "values": ["x" * 1000] * 2_400}


def _deep(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = NAMES
    for _ in range(depth):
        data = {"and": [data]}
    return data


BAD: list[tuple[Any, str, str]] = [
    ({"version": 2, **NAMES}, "filter.version", "unknown_version"),
    ({"version": "1", **NAMES}, "filter.version", "unknown_version"),
    ({"and": [{"version": 1, **NAMES}]}, "filter.and.0.version", "unknown_member"),
    ({"key": "nope", "op": "is", "values": ["x"]}, "filter.key", "unknown_field"),
    ({"key": "name; DROP TABLE contacts_contact", "op": "exists"}, "filter.key", "unknown_field"),
    ({"key": "name", "op": "regex", "values": ["(a+)+$"]}, "filter.op", "unknown_operator"),
    ({"key": "name", "op": "is", "values": [{"$ne": None}]}, "filter.values.0", "text_expected"),
    ({"key": "user.name", "operator": "$where", "values": ["1"]}, "filter.operator", "unknown_operator"),
    ({"key": "tags", "op": "noneOf", "values": ["gone"]}, "filter.values.0", "unknown_tag"),
    ({"key": "profile.gone", "op": "empty"}, "filter.key", "unknown_field"),
    ({"key": "segment", "op": "notIn", "values": ["1"]}, "filter.values.0", "unknown_segment"),
    ({"or": [NAMES] * 101}, "filter.or", "too_many_conditions"),
    ({"or": [{**NAMES, "values": ["x"] * 10_000}] * 11}, "filter.or.10.values", "too_many_values"),
    (HUGE, "filter", "too_large"),
]


@pytest.mark.parametrize(("document", "path", "code"), BAD)
def test_a_bad_filter_is_refused_at_every_door_with_its_path(
    document: Any, path: str, code: str, shop: Site, program: Program
) -> None:
    """FIL-11: nobody is listed, counted or looked for; only the key, and what a filter names, is looked up."""
    ContactFactory(site=shop)
    segment = SegmentFactory(site=shop)
    doors: list[tuple[str, str, Any]] = [
        ("POST", "contacts/search", {"filter": document}),
        ("POST", "filters/validate", {"filter": document}),
        ("POST", "segments", {"name": "x", "filter": document}),
        ("PATCH", f"segments/{segment.pk}", {"filter": document}),
    ]
    if len(json.dumps(document)) < 10_000:
        doors.append(("GET", "contacts", {"filter": json.dumps(document)}))
        doors.append(("GET", f"segments/{segment.pk}/contacts", {"filter": json.dumps(document)}))
    for method, address, sent in doors:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            status, answer = program.get(address, **sent) if method == "GET" else program.call(method, address, sent)
        problem = answer["error"]["details"][0]
        assert (status, problem["path"], problem["code"]) == (400, path, code), (method, address)
        assert not [query["sql"] for query in asked if 'FROM "contacts_contact"' in query["sql"]]


@pytest.mark.parametrize("depth", [11, 30])
def test_groups_within_too_many_groups_are_refused_with_their_place(depth: int, program: Program) -> None:
    """FIL-11"""
    status, answer = program.call("POST", "filters/validate", {"filter": _deep(depth)})
    problem = answer["error"]["details"][0]
    assert (status, problem["code"]) == (400, "too_deep")
    assert problem["path"] == "filter" + ".and.0" * 10


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_a_bottomless_document_is_refused_at_once(depth: int, shop: Site, program: Program) -> None:
    """FIL-11: as JSON text that no reader could follow, in a body and in an address."""
    text = '{"and":[' * depth + "]}" * depth
    started = time.process_time()
    body = f'{{"filter": {text}}}'
    answer = program.client.post("/api/v1/filters/validate", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    status, refused = program.get("contacts", filter=text)
    assert (status, refused["error"]["details"][0]["code"]) == (400, "too_deep")
    assert time.process_time() - started < 2


@pytest.mark.parametrize("address", ["contacts/search", "filters/validate", "segments"])
def test_ten_megabytes_are_refused_unread(address: str, shop: Site, program: Program) -> None:
    """FIL-11: before any of it is understood."""
    body = json.dumps({"filter": {"key": "name", "op": "is", "values": ["x" * 1_000] * 10_000}})
    started = time.process_time()
    answer = program.client.post(f"/api/v1/{address}", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert time.process_time() - started < 2


def test_a_million_values_are_refused_at_once(shop: Site, program: Program) -> None:
    """FIL-11: all in one condition."""
    body = '{"filter": {"key": "sessionsCount", "op": "is", "values": [' + "1," * 999_999 + "1]}}"
    answer = program.client.post("/api/v1/filters/validate", body, content_type="application/json")
    problem = answer.json()["error"]["details"][0]
    assert (answer.status_code, problem["path"], problem["code"]) == (400, "filter.values", "too_many_values")


@pytest.mark.parametrize("body", ["", "[]", "null", '{"filter": null}', '{"filter": []}', '{"filter": "{}"}', "{}"])
def test_what_holds_no_filter_is_not_taken_for_the_empty_one(body: str, shop: Site, program: Program) -> None:
    """FIL-11: it never falls back to everybody."""
    ContactFactory(site=shop)
    answer = program.client.post("/api/v1/filters/validate", body, content_type="application/json")
    assert answer.status_code == 400
    assert "count" not in answer.json()
