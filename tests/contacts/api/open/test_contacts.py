"""API-2: contacts for programs: list, search, read; KIND-5, FIL-8, FIL-11, SITE-2."""

import datetime
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.merging import merge
from contacts.models import Contact
from desk.actors import SYSTEM
from desk.models import Site
from tests.contacts.api.open.conftest import Program
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}


def _names(answer: dict[str, Any]) -> list[str]:
    return [contact["name"] for contact in answer["contacts"]]


def test_a_contact_is_told_with_every_name_of_the_contract(shop: Site, program: Program) -> None:
    """api.md, "A contact"; what other apps know of it comes with it."""
    at = datetime.datetime(2026, 11, 21, 3, tzinfo=datetime.UTC)
    contact = ContactFactory(
        site=shop,
        customer_number=1024,
        member_id="m-1",
        name="김민준",
        email="Kim@example.com",
        email_qualified=True,
        mobile_number="+821012345678",
        birth_date=datetime.date(2000, 2, 29),
        country="KR",
        language="ko",
        sessions_count=7,
        created_at=at,
        memo="VIP",
        values={"size": "L", "n": 1},
    )
    ContactTagFactory(site=shop, tag=TagFactory(site=shop, name="vip"), contact=contact)
    status, answer = program.get(f"contacts/{contact.pk}")
    assert status == 200
    age = answer.pop("age")
    assert age >= 26
    assert answer == {
        "id": str(contact.pk),
        "customerNumber": 1024,
        "kind": "member",
        "member": True,
        "memberId": "m-1",
        "name": "김민준",
        "email": "Kim@example.com",
        "emailQualified": True,
        "mobileNumber": "+821012345678",
        "mobileNumberQualified": False,
        "landlineNumber": None,
        "birthDate": "2000-02-29",
        "address": None,
        "memo": "VIP",
        "profile": {"size": "L", "n": 1},
        "tags": ["vip"],
        "importTags": [],
        "grade": None,
        "language": "ko",
        "country": "KR",
        "city": None,
        "blocked": False,
        "unsubscribeEmail": False,
        "unsubscribeTexting": False,
        "hasChat": False,
        "chatsCount": 0,
        "sessionsCount": 7,
        "createdAt": "2026-11-21T03:00:00Z",
        "lastSeenAt": "2026-11-21T03:00:00Z",
        "lastTouchAt": "2026-11-21T03:00:00Z",
        "updatedAt": "2026-11-21T03:00:00Z",
        "expiresOn": "2029-11-21",
    }


def test_pages_follow_one_another_without_gaps_or_repeats(shop: Site, program: Program) -> None:
    """API-2: cursor paging; one added meanwhile disturbs nobody."""
    for number in range(7):
        ContactFactory(site=shop, name=str(number), customer_number=number + 1)
    seen, since, pages = [], {}, 0
    while True:
        status, answer = program.get("contacts", limit="3", **since)
        assert status == 200
        seen += _names(answer)
        pages += 1
        if pages == 1:
            ContactFactory(site=shop, name="new", customer_number=100)
        if answer["next"] is None:
            break
        since = {"since": answer["next"]}
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_a_page_costs_as_many_statements_whatever_its_length(
    shop: Site, program: Program, django_assert_max_num_queries: Any
) -> None:
    """Key, columns, page, rows, holds, what other apps know; on PostgreSQL the time limit's savepoint and setting beside
    them.
    """
    for number in range(30):
        ContactFactory(site=shop, customer_number=number + 1)
    program.get("contacts")
    with django_assert_max_num_queries(9):
        _status, answer = program.get("contacts", limit="30")
    assert len(answer["contacts"]) == 30


def test_search_filter_and_segment_narrow_together(shop: Site, program: Program) -> None:
    """FIL-8: the same in the address and in a body, with the exact count when asked."""
    ContactFactory(site=shop, name="Kim member", member_id="m", customer_number=1)
    ContactFactory(site=shop, name="Kim lead", customer_number=2)
    ContactFactory(site=shop, name="Lee member", member_id="n", customer_number=3)
    segment = SegmentFactory(site=shop, filter=MEMBERS)
    documents = {
        "filter": {"key": "name", "op": "contains", "values": ["member"]},
        "segment": str(segment.pk),
        "q": "kim",
    }
    expected = ["Kim member"]
    status, answer = program.call("POST", "contacts/search", {**documents, "count": True})
    assert (status, _names(answer), answer["count"], answer["next"]) == (200, expected, 1, None)
    status, answer = program.get(
        "contacts", **{**documents, "filter": json.dumps(documents["filter"])}, count="true", sort="name"
    )
    assert (status, _names(answer), answer["count"]) == (200, expected, 1)
    status, answer = program.get("contacts", segment=str(segment.pk), sort="-name")
    assert (_names(answer), "count" in answer) == (["Lee member", "Kim member"], False)


@pytest.mark.parametrize(
    ("query", "path", "code"),
    [
        ({"surprise": "1"}, "surprise", None),
        ({"limit": "0"}, "limit", None),
        ({"limit": "501"}, "limit", None),
        ({"limit": "x"}, "limit", None),
        ({"limit": "9" * 5_000}, "limit", None),
        ({"limit": "１"}, "limit", None),
        ({"count": "yes"}, "count", None),
        ({"since": "x"}, "since", None),
        ({"sort": "nothing"}, "sort", None),
        ({"sort": ""}, "sort", None),
        ({"q": "\0"}, "q", None),
        ({"q": "x" * 201}, "q", None),
        ({"segment": "1"}, "segment", "unknown_segment"),
        ({"filter": "{"}, "filter", "invalid_json"),
        ({"filter": "[1]"}, "filter", "object_expected"),
        ({"filter": '{"and": [{"key": "nope", "op": "is", "values": ["x"]}]}'}, "filter.and.0.key", "unknown_field"),
    ],
)
def test_what_is_wrong_is_named_and_nobody_is_listed(
    query: dict[str, str], path: str, code: str | None, shop: Site, program: Program
) -> None:
    """FIL-11, api.md: unknown parameters are refused too."""
    ContactFactory(site=shop)
    status, answer = program.get("contacts", **query)
    assert (status, answer["error"]["code"], answer["error"]["path"]) == (400, "invalid", path)
    if code:
        assert [one["code"] for one in answer["error"]["details"]] == [code]
    assert "contacts" not in answer


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"surprise": 1}, "surprise"),
        ({"filter": "x"}, "filter"),
        ({"filter": {"or": []}}, "filter.or"),
        ({"limit": 501}, "limit"),
        ({"limit": "5"}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": 2.5}, "limit"),
        ({"count": 1}, "count"),
        ({"q": 5}, "q"),
        ({"segment": None}, "segment"),
    ],
)
def test_a_wrong_body_is_named(body: dict[str, Any], path: str, shop: Site, program: Program) -> None:
    """FIL-11"""
    status, answer = program.call("POST", "contacts/search", body)
    assert (status, answer["error"]["path"]) == (400, path)


def test_strangers_and_other_sites_people_are_not_there(
    shop: Site, elsewhere: Site, program: Program, stranger: Program
) -> None:
    """KIND-5, SITE-2"""
    anonymous = ContactFactory(site=shop, kind="anonymous")
    contact = ContactFactory(site=shop, member_id="m")
    assert program.get(f"contacts/{anonymous.pk}")[0] == 404
    assert program.get("contacts")[1]["contacts"][0]["id"] == str(contact.pk)
    assert stranger.get(f"contacts/{contact.pk}")[0] == 404
    assert stranger.get("contacts/@m")[0] == 404
    assert stranger.get("contacts", count="true")[1] == {"contacts": [], "next": None, "count": 0}
    segment = SegmentFactory(site=shop, filter={})
    assert stranger.get("contacts", segment=str(segment.pk))[0] == 400


@pytest.mark.parametrize("name", ["x", "0", "1" * 30, "@nobody", "@\x00", "１"])
def test_a_name_that_is_nobodys_is_not_found(name: str, program: Program) -> None:
    """API-2"""
    assert program.get(f"contacts/{name}")[0] == 404


def test_a_member_is_read_by_member_id_with_slashes(shop: Site, program: Program) -> None:
    """API-2"""
    ContactFactory(site=shop, member_id="shop/회원 1".replace(" ", ""), name="Kim")
    assert program.get("contacts/@shop/회원1")[1]["name"] == "Kim"


def test_the_old_name_of_an_absorbed_contact_leads_to_the_survivor(shop: Site, program: Program) -> None:
    """UNI-8"""
    survivor, absorbed = ContactFactory(site=shop, member_id="m"), ContactFactory(site=shop)
    old = absorbed.pk
    fresh = {contact.pk: contact for contact in Contact.objects.select_related("profile", "site")}
    merge(fresh[survivor.pk], fresh[old], actor=SYSTEM, trigger="boot", now=timezone.now())
    status, answer = program.get(f"contacts/{old}")
    assert (status, answer["id"], answer["mergedFrom"]) == (200, str(survivor.pk), [str(old)])
    assert "mergedFrom" not in program.get(f"contacts/{survivor.pk}")[1]


def test_without_a_key_nothing_is_told(shop: Site) -> None:
    """API-2"""
    for path in ("contacts", "contacts/1", "contacts/@m", "segments", "segments/1/count"):
        response = Client().get(f"/api/v1/{path}")
        assert (response.status_code, response.json()["error"]["code"]) == (401, "not_authenticated")


# --- filters/validate ----------------------------------------------------------------------------------


def test_a_filter_is_checked_said_and_counted(shop: Site, program: Program) -> None:
    """FIL-1, FIL-9"""
    ContactFactory(site=shop, member_id="m")
    ContactFactory(site=shop)
    status, answer = program.call("POST", "filters/validate", {"filter": MEMBERS})
    assert status == 200
    assert (answer["valid"], answer["count"]) == (True, 1)
    assert answer["sentence"]
    assert program.call("POST", "filters/validate", {"filter": {}})[1]["count"] == 2


def test_every_problem_of_a_filter_is_told_with_its_path(program: Program) -> None:
    """FIL-1: paths with dots, below ``filter``."""
    document = {
        "and": [
            {"key": "nope", "op": "is", "values": ["x"]},
            {"or": [{"key": "name", "op": "is", "values": ["x", 5]}, {"key": "tags", "op": "anyOf", "values": []}]},
        ]
    }
    status, answer = program.call("POST", "filters/validate", {"filter": document})
    assert status == 400
    assert [(one["path"], one["code"]) for one in answer["error"]["details"]] == [
        ("filter.and.0.key", "unknown_field"),
        ("filter.and.1.or.0.values.1", "text_expected"),
        ("filter.and.1.or.1.values", "wrong_number_of_values"),
    ]
    assert program.call("POST", "filters/validate", {})[1]["error"]["path"] == "filter"
