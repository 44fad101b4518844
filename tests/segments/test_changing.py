"""SEG-5: who joins and who leaves when a segment's conditions change, before they are saved."""

import datetime
import json

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.filters.document import parse_filter
from contacts.time_limit import TookTooLong
from desk.actors import Actor
from desk.models import Operator, Site
from segments.changing import Change, fingerprint_of, plan_change
from segments.errors import SegmentRefused
from segments.models import Segment
from segments.saving import change_segment
from tests.conftest import client_of
from tests.factories import ContactFactory, SegmentFactory

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}
LEADS = {"and": [{"key": "kind", "op": "is", "values": ["lead"]}]}
BROKEN = {"and": [{"key": "tags", "op": "noneOf", "values": ["gone"]}]}


def _plan(segment: Segment, document: object) -> Change:
    return plan_change(segment, parse_filter(document, site=segment.site), now=NOW)


def test_the_plan_counts_who_joins_and_leaves_and_names_examples(shop: Site, elsewhere: Site) -> None:
    """SEG-5: only managed people of the site; the last seen stand first."""
    members = [
        ContactFactory(site=shop, member_id=f"m{number}", created_at=NOW - datetime.timedelta(days=number))
        for number in range(3)
    ]
    leads = [ContactFactory(site=shop, created_at=NOW - datetime.timedelta(days=number)) for number in range(7)]
    ContactFactory(site=shop, kind="anonymous")
    ContactFactory(site=elsewhere, member_id="m")
    segment = SegmentFactory(site=shop, filter=MEMBERS)
    plan = _plan(segment, LEADS)
    assert (plan.before, plan.after, plan.joins, plan.leaves) == (3, 7, 7, 3)
    assert [contact.pk for contact in plan.joining] == [lead.pk for lead in leads[:5]]
    assert [contact.pk for contact in plan.leaving] == [member.pk for member in members]
    plan = _plan(segment, MEMBERS)
    assert (plan.before, plan.after, plan.joins, plan.leaves, plan.joining, plan.leaving) == (3, 3, 0, 0, (), ())


@pytest.mark.parametrize(
    ("before", "after", "numbers"),
    [
        ({}, MEMBERS, (3, 2, 0, 1)),
        (MEMBERS, {}, (2, 3, 1, 0)),
        ({}, {}, (3, 3, 0, 0)),
        (BROKEN, {}, (0, 3, 3, 0)),
        (BROKEN, MEMBERS, (0, 2, 2, 0)),
        ({"not": MEMBERS}, MEMBERS, (1, 2, 2, 1)),
    ],
)
def test_everybody_and_nobody_are_sets_too(before: object, after: object, numbers: tuple[int, ...], shop: Site) -> None:
    """SEG-1, SEG-5: an empty filter is everybody, a refused one nobody."""
    for member_id in ("a", "b", None):
        ContactFactory(site=shop, member_id=member_id)
    plan = _plan(SegmentFactory(site=shop, filter=before), after)
    assert (plan.before, plan.after, plan.joins, plan.leaves) == numbers
    assert (len(plan.joining), len(plan.leaving)) == numbers[2:]
    assert plan.was_refused is (before is BROKEN)


def test_the_numbers_are_one_statement(shop: Site) -> None:
    """SEG-5: and one for each list of examples."""
    ContactFactory(site=shop)
    ContactFactory(site=shop, member_id="m")
    segment = SegmentFactory(site=shop, filter=MEMBERS)
    filter = parse_filter(LEADS, site=shop)
    with CaptureQueriesContext(connection) as statements:
        plan_change(segment, filter, now=NOW)
    about_contacts = [one["sql"] for one in statements if "contacts_contact" in one["sql"]]
    assert len(about_contacts) == 3


def test_a_plan_that_takes_too_long_is_ended(shop: Site) -> None:
    """FIL-11"""
    for _ in range(50):
        ContactFactory(site=shop)
    words = [f"none {number}" for number in range(400)]
    slow = {
        "or": [{"key": "memo", "op": "contains", "values": words}, {"key": "name", "op": "contains", "values": words}]
    }
    segment = SegmentFactory(site=shop, filter={"not": slow})
    with pytest.raises(TookTooLong):
        plan_change(segment, parse_filter(slow, site=shop), now=NOW, seconds=0.001)


# --- saving what was seen ------------------------------------------------------------------------------


def test_conditions_somebody_changed_meanwhile_are_not_replaced(shop: Site, alice: Operator) -> None:
    """SEG-5: who saves with the fingerprint of a plan replaces what the plan started from, or nothing."""
    segment = SegmentFactory(site=shop, filter=MEMBERS)
    seen = _plan(segment, LEADS).fingerprint
    mine, other = Segment.objects.get(pk=segment.pk), Segment.objects.get(pk=segment.pk)
    change_segment(other, filter={}, actor=Actor.of_operator(alice))
    with pytest.raises(SegmentRefused) as refused:
        change_segment(mine, filter=LEADS, seen=seen, actor=Actor.of_operator(alice))
    assert refused.value.code == "changed_since"
    segment.refresh_from_db()
    assert segment.filter == {}
    change_segment(segment, filter=LEADS, seen=fingerprint_of(segment.filter), actor=Actor.of_operator(alice))
    segment.refresh_from_db()
    assert segment.filter == LEADS


def test_another_name_is_no_change_of_conditions(shop: Site, alice: Operator) -> None:
    """SEG-5"""
    segment = SegmentFactory(site=shop, filter=MEMBERS)
    seen = _plan(segment, LEADS).fingerprint
    change_segment(segment, name="Other", actor=Actor.of_operator(alice))
    change_segment(segment, filter=LEADS, seen=seen, actor=Actor.of_operator(alice))


# --- the doors -----------------------------------------------------------------------------------------


def _ask(operator: Operator, segment: Segment, document: object) -> tuple[int, dict[str, object]]:
    url = reverse("admin:segments_segment_preview", args=[segment.pk])
    response = client_of(operator).post(url, json.dumps(document), content_type="application/json")
    return response.status_code, response.json() if response["Content-Type"] == "application/json" else {}


def test_the_preview_answers_numbers_examples_and_the_sentence(shop: Site, alice: Operator) -> None:
    """SEG-5"""
    lead = ContactFactory(site=shop, name="Kim", customer_number=7)
    segment = SegmentFactory(site=shop, filter=MEMBERS)
    status, answer = _ask(alice, segment, LEADS)
    assert status == 200
    assert answer == {
        "before": 0,
        "after": 1,
        "joins": 1,
        "leaves": 0,
        "joining": [
            {"id": str(lead.pk), "name": "Kim", "number": "7", "url": f"/desk/contacts/contact/{lead.pk}/change/"}
        ],
        "leaving": [],
        "sentence": "Kind is lead",
        "fingerprint": fingerprint_of(MEMBERS),
        "wasRefused": False,
    }
    segment.refresh_from_db()
    assert segment.filter == MEMBERS


def test_examples_are_masked_for_who_may_not_see(shop: Site, bob: Operator) -> None:
    """SITE-4: a handle that stands for a missing name."""
    bob.memberships.update(sees_personal_data=False)
    ContactFactory(site=shop, name="", email="kim@example.com")
    status, answer = _ask(bob, SegmentFactory(site=shop, owner=bob, filter=MEMBERS), LEADS)
    assert status == 200
    assert [one["name"] for one in answer["joining"]] == ["k••••@example.com"]  # type: ignore[union-attr, index, attr-defined]


@pytest.mark.parametrize(
    ("document", "path", "code"),
    [
        ({"and": [{"key": "nope", "op": "is", "values": ["x"]}]}, "and[0].key", "unknown_field"),
        ({"and": [{"key": "segment", "op": "in", "values": ["self"]}]}, "and[0].values[0]", "segment_cycle"),
    ],
)
def test_conditions_that_cannot_be_are_named(document: object, path: str, code: str, shop: Site, bob: Operator) -> None:
    """FIL-11: a circle too."""
    segment = SegmentFactory(site=shop, owner=bob, filter=MEMBERS)
    text = json.dumps(document).replace("self", str(segment.pk))
    status, answer = _ask(bob, segment, json.loads(text))
    assert status == 400
    assert [(one["path"], one["code"]) for one in answer["problems"]] == [(path, code)]  # type: ignore[union-attr, index, attr-defined]


def test_who_may_preview(shop: Site, alice: Operator, bob: Operator, victor: Operator, charlie: Operator) -> None:
    """SITE-2, SITE-3: whoever may change the segment."""
    segment = SegmentFactory(site=shop, owner=alice, filter=MEMBERS)
    statuses = [_ask(operator, segment, LEADS)[0] for operator in (alice, bob, victor, charlie)]
    assert statuses == [200, 403, 403, 404]
    assert client_of(alice).get(reverse("admin:segments_segment_preview", args=[segment.pk])).status_code == 405


def test_the_builder_is_told_that_somebody_was_faster(shop: Site, alice: Operator) -> None:
    """SEG-5: 409, and nothing is saved."""
    segment = SegmentFactory(site=shop, filter=MEMBERS)
    with time_machine.travel(NOW, tick=False):
        _status, answer = _ask(alice, segment, LEADS)
        change_segment(segment, filter={}, actor=Actor.of_operator(alice))
        data = {"id": str(segment.pk), "filter": json.dumps(LEADS), "seen": str(answer["fingerprint"])}
        response = client_of(alice).post(reverse("admin:segments_segment_save"), data)
    assert response.status_code == 409
    assert [problem["code"] for problem in response.json()["problems"]] == ["changed_since"]
    segment.refresh_from_db()
    assert segment.filter == {}
