"""SEG-1, SEG-6: what can be done with a segment, and what is refused."""

import pytest

from contacts.filters.document import parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.matching import matching
from desk.access import access_to
from desk.actors import Actor
from desk.models import AuditEntry, Operator, Site
from segments.errors import SegmentRefused
from segments.models import Segment
from segments.saving import (
    change_segment,
    delete_segment,
    duplicate_segment,
    rename_segment,
    reorder_segments,
    save_segment,
    segments_asking_for,
)
from segments.sharing import manageable_segments, may_change, visible_segments
from tags.catalogue import rename_tag
from tests.factories import ContactFactory, SegmentFactory, TagFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}


def _save(
    site: Site, operator: Operator, name: str = "Members", *, shared: bool = True, filter: object = None
) -> Segment:
    document = MEMBERS if filter is None else filter
    return save_segment(site, name=name, filter=document, shared=shared, actor=Actor.of_operator(operator))


def test_a_saved_segment_keeps_its_filter_in_canonical_form_and_is_audited(shop: Site, alice: Operator) -> None:
    """SEG-1"""
    segment = _save(shop, alice, "  Members ", filter={"key": "member", "op": "is", "values": [True]})
    segment.refresh_from_db()
    assert (segment.name, segment.filter, segment.owner, segment.shared) == ("Members", MEMBERS, alice, True)
    assert AuditEntry.objects.get(action="segment.create").target_id == str(segment.pk)


@pytest.mark.parametrize(
    ("name", "code"), [("", "blank"), (" \u3000", "blank"), ("x" * 61, "too_long"), ("a\x07b", "invalid_text")]
)
def test_a_name_has_one_to_sixty_visible_characters(name: str, code: str, shop: Site, alice: Operator) -> None:
    """SEG-1"""
    with pytest.raises(SegmentRefused) as refused:
        _save(shop, alice, name)
    assert refused.value.code == code
    assert not Segment.objects.exists()


def test_sixty_hangul_syllables_are_sixty_characters_in_either_form(shop: Site, alice: Operator) -> None:
    """SEG-1: length is counted after NFC."""
    decomposed = "\u1100\u1161" * 60
    assert _save(shop, alice, decomposed).name == "가" * 60


def test_a_name_is_unique_per_scope_ignoring_case_and_width(
    shop: Site, elsewhere: Site, alice: Operator, bob: Operator
) -> None:
    """SEG-1: once among the shared, once among each operator's own; sites do not meet."""
    _save(shop, alice, "VIP")
    for taken in ("vip", "ＶＩＰ"):
        with pytest.raises(SegmentRefused) as refused:
            _save(shop, bob, taken)
        assert refused.value.code == "name_taken"
    _save(shop, bob, "vip", shared=False)
    _save(shop, alice, "vip", shared=False)
    _save(elsewhere, alice, "VIP")
    with pytest.raises(SegmentRefused):
        _save(shop, bob, "Vip", shared=False)


def test_sharing_a_private_segment_needs_a_free_name(shop: Site, alice: Operator, bob: Operator) -> None:
    """SEG-1, SEG-6"""
    _save(shop, alice, "VIP")
    own = _save(shop, bob, "vip", shared=False)
    with pytest.raises(SegmentRefused) as refused:
        change_segment(own, shared=True, actor=Actor.of_operator(bob))
    assert refused.value.code == "name_taken"
    own.refresh_from_db()
    assert not own.shared


def test_an_invalid_filter_is_not_saved(shop: Site, alice: Operator) -> None:
    """FIL-11"""
    with pytest.raises(FilterError):
        _save(shop, alice, filter={"and": [{"key": "nothing", "op": "is", "values": ["x"]}]})
    assert not Segment.objects.exists()


def test_changed_conditions_forget_the_old_count(shop: Site, alice: Operator) -> None:
    """SEG-2: the sidebar must not show the number of another filter."""
    segment = _save(shop, alice)
    Segment.objects.update(count=7, counted_at=segment.created_at)
    segment.refresh_from_db()
    rename_segment(segment, "Renamed", actor=Actor.of_operator(alice))
    segment.refresh_from_db()
    assert segment.count == 7
    change_segment(segment, filter={}, actor=Actor.of_operator(alice))
    segment.refresh_from_db()
    assert (segment.filter, segment.count, segment.counted_at) == ({}, None, None)


def test_changing_nothing_writes_nothing(shop: Site, alice: Operator) -> None:
    """No audit entry says that nothing happened."""
    segment = _save(shop, alice)
    change_segment(segment, name="Members", filter=MEMBERS, shared=True, actor=Actor.of_operator(alice))
    assert not AuditEntry.objects.filter(action="segment.change").exists()


def test_copies_get_names_of_their_own(shop: Site, alice: Operator, bob: Operator) -> None:
    """SEG-1: a copy belongs to who made it, and is private at first."""
    original = _save(shop, alice, "n" * 60)
    first = duplicate_segment(original, actor=Actor.of_operator(bob))
    second = duplicate_segment(original, actor=Actor.of_operator(bob))
    assert first.name != second.name
    assert {len(first.name), len(second.name)} == {60}
    assert (first.owner, first.shared, first.filter) == (bob, False, MEMBERS)


def test_segments_are_put_into_a_new_order(shop: Site, elsewhere: Site, alice: Operator) -> None:
    """SEG-1"""
    first, second, third = (_save(shop, alice, name) for name in ("1", "2", "3"))
    reorder_segments(shop, [third.pk, first.pk], actor=Actor.of_operator(alice))
    assert list(visible_segments(shop, alice)) == [third, first, second]
    foreign = _save(elsewhere, alice, "x")
    with pytest.raises(SegmentRefused):
        reorder_segments(shop, [foreign.pk, first.pk], actor=Actor.of_operator(alice))


def test_who_sees_and_who_changes(
    shop: Site, alice: Operator, bob: Operator, victor: Operator, charlie: Operator
) -> None:
    """SITE-3, SEG-6: one table of person × segment."""
    of_alice, of_bob = _save(shop, alice, "a"), _save(shop, bob, "b")
    private = _save(shop, bob, "p", shared=False)
    seen = {operator.name: [s.name for s in visible_segments(shop, operator)] for operator in (alice, bob, victor)}
    assert seen == {"Alice": ["a", "b"], "Bob": ["a", "b", "p"], "Victor": ["a", "b"]}
    assert [s.name for s in visible_segments(shop, None)] == ["a", "b"]
    changes = {}
    for operator in (alice, bob, victor, charlie):
        access = access_to(operator, None)
        assert access is not None
        changes[operator.name] = [s.name for s in (of_alice, of_bob, private) if may_change(s, access)]
    assert changes == {"Alice": ["a", "b", "p"], "Bob": ["b", "p"], "Victor": [], "Charlie": []}
    admin = access_to(alice, None)
    assert admin is not None
    assert private in manageable_segments(admin)


# --- segments in filters (FIL-2) ---------------------------------------------------------------------


def _in(segment: Segment, op: str = "in") -> dict[str, object]:
    return {"key": "segment", "op": op, "values": [str(segment.pk)]}


def test_a_filter_asks_for_a_segment_and_for_everybody_else(shop: Site, alice: Operator) -> None:
    """FIL-2: in and not in split the managed contacts, also for the segment of everybody."""
    member, lead = ContactFactory(site=shop, member_id="m"), ContactFactory(site=shop)
    members, everybody = _save(shop, alice), _save(shop, alice, "All", filter={})
    found = {
        (segment.name, op): set(matching(shop, parse_filter(_in(segment, op), site=shop)))
        for segment in (members, everybody)
        for op in ("in", "notIn")
    }
    assert found == {
        ("Members", "in"): {member},
        ("Members", "notIn"): {lead},
        ("All", "in"): {member, lead},
        ("All", "notIn"): set(),
    }


def test_a_circle_of_segments_is_refused(shop: Site, alice: Operator) -> None:
    """FIL-2: directly and by way of another."""
    first = _save(shop, alice, "1")
    second = _save(shop, alice, "2", filter={"not": _in(first)})
    for filter in (_in(first), _in(second)):
        with pytest.raises(FilterError) as refused:
            change_segment(first, filter=filter, actor=Actor.of_operator(alice))
        assert [(p.path, p.code) for p in refused.value.problems] == [("values[0]", "segment_cycle")]


def test_segments_of_segments_of_segments_end(shop: Site, alice: Operator) -> None:
    """FIL-11: there is a depth at which it is refused."""
    segment = _save(shop, alice, "0")
    for depth in range(1, 5):
        segment = _save(shop, alice, str(depth), filter=_in(segment))
    parse_filter(_in(segment), site=shop)
    deepest = SegmentFactory(site=shop, filter=_in(segment))
    with pytest.raises(FilterError) as refused:
        parse_filter(_in(deepest), site=shop)
    assert refused.value.problems[0].path == "values[0]"


def test_conditions_of_named_segments_count_too(shop: Site, alice: Operator) -> None:
    """FIL-11: a small document must not stand for a million conditions."""
    segment = _save(shop, alice, "0", filter={"or": [MEMBERS["and"][0]] * 99})
    with pytest.raises(FilterError) as refused:
        parse_filter({"or": [_in(segment)] * 6}, site=shop)
    assert "500" in refused.value.problems[0].message


@pytest.mark.parametrize("value", ["1", "x", "9" * 30, "１２", "1' OR 1=1"])
def test_a_segment_that_is_not_there_is_refused_by_name(value: str, shop: Site) -> None:
    """FIL-11"""
    with pytest.raises(FilterError) as refused:
        parse_filter({"key": "segment", "op": "notIn", "values": [value]}, site=shop)
    assert refused.value.problems[0].code == "unknown_segment"


def test_another_sites_segment_is_not_there(shop: Site, elsewhere: Site, alice: Operator) -> None:
    """SITE-2"""
    foreign = _save(elsewhere, alice)
    with pytest.raises(FilterError):
        parse_filter(_in(foreign), site=shop)


def test_a_deleted_segment_is_reported_where_it_is_asked_for(shop: Site, alice: Operator) -> None:
    """SEG-1, SEG-6: who asks for it is listed before, and refused after; "not in" does not become everybody."""
    inner = _save(shop, alice, "inner")
    outer = _save(shop, alice, "outer", filter={"not": _in(inner)})
    assert segments_asking_for(inner) == [outer]
    delete_segment(inner, actor=Actor.of_operator(alice))
    with pytest.raises(FilterError) as refused:
        parse_filter(_in(outer, "notIn"), site=shop)
    assert refused.value.problems[0].code == "segment_refused"
    assert "outer" in refused.value.problems[0].message


def test_a_renamed_tag_keeps_its_place_in_segments(shop: Site, alice: Operator) -> None:
    """SEG-1: only a deleted tag breaks a segment."""
    tag = TagFactory(site=shop, name="VIP")
    segment = _save(shop, alice, filter={"key": "tags", "op": "anyOf", "values": ["vip"]})
    rename_tag(tag, "Gold", actor=Actor.of_operator(alice))
    segment.refresh_from_db()
    assert parse_filter(segment.filter, site=shop).data["and"][0]["values"] == ["Gold"]
