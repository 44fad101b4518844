"""SEG-4: a segment is used wherever people are chosen, and means the same people everywhere (FIL-8)."""

import html
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.actions import actions
from contacts.bulk import start_action
from contacts.filters.document import parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.matching import matching
from contacts.models import Contact, ProfileField
from contacts.selection import SelectionChanged, parse_selection
from desk.actors import Actor
from desk.models import Operator, Site
from segments.changing import plan_change
from segments.counting import count_segment, problems_of, refresh_counts
from segments.membership import memberships
from segments.models import Segment
from segments.saving import delete_segment
from tags.leaving import delete_tag
from tags.models import ContactTag
from tests.conftest import client_of
from tests.factories import ContactFactory, SegmentFactory, TagFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}


@pytest.fixture
def members(shop: Site) -> Segment:
    """Two members; a lead and a stranger stand beside them."""
    for member_id in ("a", "b", None):
        ContactFactory(site=shop, member_id=member_id)
    ContactFactory(site=shop, kind="anonymous")
    return SegmentFactory(site=shop, name="Members", filter=MEMBERS)


def _asking(segment: Segment, op: str = "in") -> dict[str, object]:
    return {"key": "segment", "op": op, "values": [str(segment.pk)]}


def test_a_segment_is_tagged_as_a_whole(shop: Site, members: Segment, alice: Operator) -> None:
    """SEG-4, TAG-3: a selection by segment goes through the same filter as the list."""
    TagFactory(site=shop, name="VIP")
    selection = parse_selection({"filter": _asking(members), "search": "", "exclude": []}, expected_count=2)
    outcome = start_action(
        actions.get("attachTags"), selection, {"tags": ["VIP"]}, site=shop, actor=Actor.of_operator(alice)
    )
    assert outcome.changed == 2
    assert set(ContactTag.objects.values_list("contact__member_id", flat=True)) == {"a", "b"}


def test_a_segment_that_grew_since_it_was_seen_is_not_tagged(shop: Site, members: Segment, alice: Operator) -> None:
    """SEG-2, LIST-3: it is live."""
    TagFactory(site=shop, name="VIP")
    selection = parse_selection({"filter": _asking(members)}, expected_count=2)
    ContactFactory(site=shop, member_id="c")
    with pytest.raises(SelectionChanged):
        start_action(actions.get("attachTags"), selection, {"tags": ["VIP"]}, site=shop, actor=Actor.of_operator(alice))
    assert not ContactTag.objects.exists()


@pytest.mark.parametrize("op", ["in", "notIn"])
def test_a_broken_segment_selects_nobody_for_anything(op: str, shop: Site, alice: Operator) -> None:
    """SEG-1, FIL-11: neither "in" nor "not in" it; the list says why, and a bulk action is refused."""
    ContactFactory(site=shop)
    broken = SegmentFactory(site=shop, name="Broken", filter={"key": "tags", "op": "noneOf", "values": ["gone"]})
    with pytest.raises(FilterError) as refused:
        parse_selection({"filter": _asking(broken, op)}, expected_count=1).queryset(shop)
    assert refused.value.problems[0].code == "segment_refused"
    url = reverse("admin:contacts_contact_changelist")
    response = client_of(alice).get(url, {"filter": json.dumps({"and": [_asking(broken, op)]})})
    assert response.status_code == 400
    assert "There is no tag “gone”." in response.content.decode()


def test_it_means_the_same_people_everywhere(shop: Site, members: Segment, alice: Operator) -> None:
    """FIL-8: the list, its count, the sidebar's number, another filter, another segment, a person's page."""
    inside = set(Contact.objects.filter(member_id__isnull=False).values_list("pk", flat=True))
    outer = SegmentFactory(site=shop, name="Outer", filter={"and": [_asking(members)]})
    now = timezone.now()
    refresh_counts(shop, now=now)
    for segment in Segment.objects.select_related("site"):
        assert (segment.count, count_segment(segment, now=now)) == (2, 2)
    for document in (_asking(members), _asking(outer), {"not": _asking(outer, "notIn")}):
        found = matching(shop, parse_filter(document, site=shop), now=now)
        assert set(found.values_list("pk", flat=True)) == inside
    for contact in Contact.objects.filter(managed=True):
        assert memberships(contact, [members, outer], now=now) == dict.fromkeys(
            (members.pk, outer.pk), contact.pk in inside
        )
    page = client_of(alice).get(reverse("admin:contacts_contact_changelist"), {"segment": outer.pk}).content.decode()
    assert page.count("<tr data-row") == 2


@pytest.mark.parametrize(
    ("what", "code"), [("tag", "unknown_tag"), ("field", "unknown_field"), ("segment", "unknown_segment")]
)
def test_what_is_deleted_is_reported_wherever_the_segment_is_shown(
    what: str, code: str, shop: Site, alice: Operator
) -> None:
    """SEG-1: the management page, its own page, the sidebar's mark, the preview's numbers; and it matches nobody."""
    ContactFactory(site=shop, name="Kim")
    tag = TagFactory(site=shop, name="VIP")
    field = ProfileField.objects.create(site=shop, key="size", type="text")
    inner = SegmentFactory(site=shop, name="Inner", filter={})
    documents = {
        "tag": {"key": "tags", "op": "noneOf", "values": ["VIP"]},
        "field": {"key": "profile.size", "op": "empty"},
        "segment": {"not": _asking(inner, "notIn")},
    }
    segment = SegmentFactory(site=shop, name="Fragile", filter={"and": [documents[what]]})
    assert count_segment(segment, now=timezone.now()) == 1
    if what == "tag":
        delete_tag(tag, actor=Actor.of_operator(alice))
    elif what == "field":
        field.delete()
    else:
        delete_segment(inner, actor=Actor.of_operator(alice))
    assert [problem.code for problem in problems_of(segment)] == [code]
    refresh_counts(shop, now=timezone.now())
    client = client_of(alice)
    page = client.get(reverse("admin:segments_segment_changelist")).content.decode()
    reason = html.escape(problems_of(segment)[0].message)
    assert f"Fragile matches nobody: {reason}" in page
    assert page.count(reason) >= 2
    own = client.get(reverse("admin:segments_segment_change", args=[segment.pk])).content.decode()
    assert "This segment matches nobody" in own
    assert plan_change(segment, parse_filter({}, site=shop), now=timezone.now()).before == 0
    assert memberships(Contact.objects.get(name="Kim"), [segment], now=timezone.now()) == {segment.pk: False}
