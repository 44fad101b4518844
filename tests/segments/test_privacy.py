"""SEG-6: whose segments a filter may name: whoever asks, those they see; a shared segment, shared ones only."""

import json

import pytest
from django.utils import timezone

from contacts.filters.document import parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.matching import matching
from contacts.filters.reading import PROGRAM, Asker, Reading
from desk.access import access_to
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site
from segments.counting import count_segment, problems_of
from segments.errors import SegmentRefused
from segments.models import Segment
from segments.saving import change_segment, save_segment
from tests.conftest import client_of
from tests.contacts.api.open.conftest import Program
from tests.factories import ContactFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}


def asking(*segments: Segment, op: str = "in") -> dict[str, object]:
    return {"key": "segment", "op": op, "values": [str(segment.pk) for segment in segments]}


def save(site: Site, owner: Operator, name: str, *, shared: bool, filter: object = MEMBERS) -> Segment:
    return save_segment(site, name=name, filter=filter, shared=shared, actor=Actor.of_operator(owner))


def codes(error: pytest.ExceptionInfo[FilterError]) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in error.value.problems]


def asker_of(operator: Operator) -> Asker:
    access = access_to(operator, None)
    assert access is not None
    return Asker.of(access)


@pytest.fixture
def private(shop: Site, bob: Operator) -> Segment:
    """Bob's own."""
    return save(shop, bob, "Bob's", shared=False)


def test_who_may_name_a_private_segment(
    shop: Site, alice: Operator, bob: Operator, victor: Operator, private: Segment
) -> None:
    """Its owner and administrators; to anybody else and to programs it is not there. One table of all askers."""
    named = {}
    for name, asker in {
        "owner": asker_of(bob),
        "administrator": asker_of(alice),
        "colleague": asker_of(victor),
        "program": PROGRAM,
        "nobody": None,
    }.items():
        try:
            parse_filter(asking(private), site=shop, reading=Reading(shop, asker=asker))
            named[name] = ""
        except FilterError as error:
            named[name] = error.problems[0].code
    assert named == {
        "owner": "",
        "administrator": "",
        "colleague": "unknown_segment",
        "program": "unknown_segment",
        "nobody": "",  # a job goes on with what was accepted
    }


def test_a_private_segment_may_ask_for_shared_ones_and_its_owners(
    shop: Site, alice: Operator, bob: Operator, private: Segment
) -> None:
    """Whoever looks at it reads the same."""
    shared = save(shop, alice, "shared", shared=True)
    outer = save(shop, bob, "outer", shared=False, filter=asking(private, shared))
    ContactFactory(site=shop, member_id="m")
    assert problems_of(outer) == ()
    seen_by_admin = parse_filter(asking(outer), site=shop, reading=Reading(shop, asker=asker_of(alice)))
    assert matching(shop, seen_by_admin).count() == 1
    with pytest.raises(FilterError) as refused:
        save(shop, alice, "of Alice", shared=False, filter=asking(private))
    assert codes(refused) == [("values[0]", "unknown_segment")]


def test_a_shared_segment_cannot_ask_for_a_private_one(shop: Site, alice: Operator, bob: Operator) -> None:
    """Not when it is saved, not when it is changed, and not when it becomes shared; its owner reads the name."""
    private = save(shop, bob, "Bob's", shared=False)
    with pytest.raises(FilterError) as refused:
        save(shop, bob, "outer", shared=True, filter={"not": asking(private)})
    assert codes(refused) == [("not.values[0]", "private_segment")]
    assert "Bob's" in refused.value.problems[0].message
    shared = save(shop, bob, "shared", shared=True)
    for change in ({"filter": asking(private)}, {"filter": asking(private), "shared": True}):
        with pytest.raises(FilterError) as refused:
            change_segment(shared, actor=Actor.of_operator(bob), **change)
        assert codes(refused) == [("values[0]", "private_segment")]
    outer = save(shop, bob, "outer", shared=False, filter=asking(private))
    with pytest.raises(FilterError) as refused:
        change_segment(outer, shared=True, actor=Actor.of_operator(bob))
    assert codes(refused) == [("and[0].values[0]", "private_segment")]
    change_segment(private, shared=True, actor=Actor.of_operator(bob))
    change_segment(outer, shared=True, actor=Actor.of_operator(bob))


def test_a_segment_that_others_ask_for_stays_shared(shop: Site, alice: Operator, bob: Operator) -> None:
    """They would match nobody all at once; one's own private ones go on."""
    inner = save(shop, bob, "inner", shared=True)
    own = save(shop, bob, "own", shared=False, filter=asking(inner))
    outer = save(shop, alice, "outer", shared=True, filter=asking(inner))
    with pytest.raises(SegmentRefused) as refused:
        change_segment(inner, shared=False, actor=Actor.of_operator(bob))
    assert (refused.value.path, refused.value.code) == ("shared", "in_use")
    outer.delete()
    change_segment(inner, shared=False, actor=Actor.of_operator(bob))
    assert problems_of(own) == ()


def test_a_shared_segment_that_names_a_private_one_all_the_same_matches_nobody(
    shop: Site, bob: Operator, private: Segment
) -> None:
    """SEG-1: and so does its complement; it says why without telling whose the other one is."""
    outer = save(shop, bob, "outer", shared=True)
    Segment.objects.filter(pk=outer.pk).update(filter=asking(private))
    outer.refresh_from_db()
    assert [problem.code for problem in problems_of(outer)] == ["unknown_segment"]
    assert "Bob" not in problems_of(outer)[0].message
    for op in ("in", "notIn"):
        with pytest.raises(FilterError) as refused:
            parse_filter(asking(outer, op=op), site=shop)
        assert codes(refused) == [("values[0]", "segment_refused")]


def test_a_private_segment_whose_owner_is_gone_asks_for_shared_ones(shop: Site, bob: Operator) -> None:
    """The desk keeps it for the administrators."""
    shared = save(shop, bob, "shared", shared=True)
    outer = save(shop, bob, "outer", shared=False, filter=asking(shared))
    bob.delete()
    outer.refresh_from_db()
    ContactFactory(site=shop, member_id="m")
    assert count_segment(outer, now=timezone.now()) == 1
    change_segment(outer, name="other", actor=SYSTEM)


def test_the_builder_offers_the_segments_one_sees(shop: Site, alice: Operator, bob: Operator, private: Segment) -> None:
    """FIL-9: the shared ones first, then one's own."""
    save(shop, alice, "Shared", shared=True)
    offered = {
        operator.name: [
            value["label"]
            for value in client_of(operator).get("/desk/contacts/contact/filter/values/?key=segment").json()["values"]
        ]
        for operator in (alice, bob)
    }
    assert offered == {"Alice": ["Shared"], "Bob": ["Shared", "Bob's"]}


# --- at the doors ------------------------------------------------------------------------------------


def test_the_list_refuses_a_private_segment_of_somebody_else(
    shop: Site, alice: Operator, bob: Operator, victor: Operator, private: Segment
) -> None:
    """FIL-11: by the filter and by the segment of the address, and where the builder asks."""
    ContactFactory(site=shop, name="Kim Minjun", member_id="m")
    document = json.dumps(asking(private))
    for operator, shown in ((bob, True), (alice, True), (victor, False)):
        client = client_of(operator)
        for query in ({"filter": document}, {"segment": str(private.pk)}):
            page = client.get("/desk/contacts/contact/", query).content.decode()
            assert ("Kim Minjun" in page) is shown, (operator, query)
        checked = client.post("/desk/contacts/contact/filter/check/", document, content_type="application/json")
        assert (checked.status_code == 200) is shown


def test_an_action_is_refused_for_a_private_segment_of_somebody_else(
    shop: Site, bob: Operator, victor: Operator, alice: Operator
) -> None:
    """SITE-3, LIST-3: nobody is changed by way of a segment one does not see."""
    contact = ContactFactory(site=shop, member_id="m")
    of_alice = save(shop, alice, "Alice's", shared=False)
    data = {
        "selection": json.dumps({"filter": asking(of_alice)}),
        "expectedCount": "1",
    }
    client_of(bob).post("/desk/contacts/contact/actions/block/", data)
    contact.refresh_from_db()
    assert not contact.blocked
    client_of(alice).post("/desk/contacts/contact/actions/block/", data)
    contact.refresh_from_db()
    assert contact.blocked


def test_a_program_does_not_find_by_a_private_segment(shop: Site, private: Segment) -> None:
    """API-2: programs see the shared ones, whichever way they ask."""
    program, document = Program(shop), asking(private)
    expected = (400, "unknown_segment")
    for status, answer in (
        program.get("contacts", filter=json.dumps(document)),
        program.get("contacts", segment=str(private.pk)),
        program.call("POST", "contacts/search", {"filter": document}),
        program.call("POST", "filters/validate", {"filter": document}),
        program.call("POST", "segments", {"name": "x", "filter": document}),
    ):
        assert (status, answer["error"]["details"][0]["code"]) == expected
