"""API-2: segments for programs."""

from typing import Any

import pytest

from desk.models import AuditEntry, Operator, Site
from segments.models import Segment
from tests.contacts.api.open.conftest import Program
from tests.factories import ContactFactory, SegmentFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}


@pytest.fixture
def program(shop: Site) -> Program:
    return Program(shop)


@pytest.fixture
def stranger(elsewhere: Site) -> Program:
    return Program(elsewhere)


def test_a_program_makes_reads_changes_and_deletes_a_segment(shop: Site, program: Program) -> None:
    """SEG-1: the usual five verbs; what a program makes is shared and audited."""
    ContactFactory(site=shop, member_id="m")
    status, made = program.call("POST", "segments", {"name": "Members", "filter": MEMBERS})
    assert status == 201
    assert (made["name"], made["shared"], made["owner"], made["filter"], made["valid"]) == (
        "Members",
        True,
        None,
        MEMBERS,
        True,
    )
    assert made["sentence"]
    assert AuditEntry.objects.get(action="segment.create").actor == "program"
    path = f"segments/{made['id']}"
    assert program.get(path) == (200, made)
    assert program.get("segments") == (200, {"segments": [made], "next": None})
    assert program.get(f"{path}/count") == (200, {"count": 1})
    status, answer = program.get(f"{path}/contacts", count="true", limit="1")
    assert (status, answer["count"], answer["contacts"][0]["memberId"]) == (200, 1, "m")
    status, changed = program.call("PATCH", path, {"name": "Everybody", "filter": {}})
    assert (status, changed["name"], changed["filter"]) == (200, "Everybody", {})
    assert program.call("DELETE", path) == (204, None)
    assert program.get(path)[0] == 404


def test_segments_come_in_pages(shop: Site, program: Program) -> None:
    """API-2"""
    for number in range(5):
        SegmentFactory(site=shop, name=str(number), position=number)
    status, first = program.get("segments", limit="3")
    second = program.get("segments", limit="3", since=first["next"])[1]
    assert status == 200
    assert [segment["name"] for segment in first["segments"] + second["segments"]] == list("01234")
    assert second["next"] is None


@pytest.mark.parametrize(
    ("body", "status", "code", "path"),
    [
        ({"name": "x"}, 400, "invalid", "filter"),
        ({"name": "", "filter": {}}, 400, "invalid", "name"),
        ({"name": "x" * 61, "filter": {}}, 400, "invalid", "name"),
        ({"name": "taken", "filter": {}}, 409, "already_exists", "name"),
        ({"name": "x", "filter": {"and": [{"key": "x", "op": "is"}]}}, 400, "invalid", "filter.and.0.key"),
        ({"name": "x", "filter": {}, "shared": False}, 400, "invalid", "shared"),
        ({"name": "x", "filter": {}, "surprise": 1}, 400, "invalid", "surprise"),
    ],
)
def test_what_cannot_be_saved_is_named(
    body: dict[str, Any], status: int, code: str, path: str, shop: Site, program: Program
) -> None:
    """SEG-1, FIL-11"""
    SegmentFactory(site=shop, name="Taken")
    answered, answer = program.call("POST", "segments", body)
    assert (answered, answer["error"]["code"], answer["error"]["path"]) == (status, code, path)
    assert Segment.objects.count() == 1


def test_private_and_foreign_segments_are_not_there(
    shop: Site, program: Program, stranger: Program, bob: Operator
) -> None:
    """SITE-2, SEG-6"""
    private = SegmentFactory(site=shop, owner=bob, shared=False)
    shared = SegmentFactory(site=shop)
    assert [one["id"] for one in program.get("segments")[1]["segments"]] == [str(shared.pk)]
    for caller, segment in ((program, private), (stranger, shared)):
        for path in ("", "/count", "/contacts"):
            assert caller.get(f"segments/{segment.pk}{path}")[0] == 404
        assert caller.call("PATCH", f"segments/{segment.pk}", {"name": "x"})[0] == 404
        assert caller.call("DELETE", f"segments/{segment.pk}")[0] == 404
    assert Segment.objects.count() == 2


def test_a_broken_segment_says_so_instead_of_listing_anybody(shop: Site, program: Program) -> None:
    """SEG-1, FIL-11"""
    ContactFactory(site=shop)
    segment = SegmentFactory(site=shop, filter={"not": {"key": "tags", "op": "anyOf", "values": ["gone"]}})
    answer = program.get(f"segments/{segment.pk}")[1]
    assert (answer["valid"], answer["sentence"]) == (False, None)
    assert [one["code"] for one in answer["problems"]] == ["unknown_tag"]
    for path in ("count", "contacts"):
        status, answer = program.get(f"segments/{segment.pk}/{path}")
        assert (status, answer["error"]["code"]) == (409, "segment_refused")


def test_programs_find_contacts_by_a_segment(shop: Site, program: Program) -> None:
    """SEG-4, FIL-8: by its id, in a filter, and beside other conditions."""
    for member_id in ("a", "b", None):
        ContactFactory(site=shop, member_id=member_id)
    segment = SegmentFactory(site=shop, filter=MEMBERS)
    condition = {"key": "segment", "op": "in", "values": [str(segment.pk)]}
    assert len(program.get("contacts", segment=str(segment.pk))[1]["contacts"]) == 2
    status, answer = program.call("POST", "contacts/search", {"filter": {"not": condition}, "count": True})
    assert (status, answer["count"]) == (200, 1)
    named = {"and": [condition, {"key": "memberId", "op": "is", "values": ["A"]}]}
    status, answer = program.call("POST", "contacts/search", {"filter": named})
    assert [contact["memberId"] for contact in answer["contacts"]] == ["a"]
