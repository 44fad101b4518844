"""The desk's pages for segments: who may do what, what is shown, what saving from the builder answers."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from desk.access import access_to
from desk.models import Operator, Site
from desk.palette import hits
from segments.counting import refresh_counts
from segments.models import CountedSite, Segment
from tests.conftest import client_of
from tests.factories import ContactFactory, SegmentFactory

MEMBERS = {"and": [{"key": "member", "op": "is", "values": [True]}]}


def _page(operator: Operator, name: str, *args: object) -> str:
    response = client_of(operator).get(reverse(f"admin:segments_segment_{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_lists_segments_in_words_with_numbers(shop: Site, elsewhere: Site, alice: Operator) -> None:
    """SEG-1, FIL-9"""
    ContactFactory(site=shop, member_id="m")
    SegmentFactory(site=shop, name="<b>Members</b>", filter=MEMBERS)
    SegmentFactory(site=shop, name="Broken", filter={"key": "tags", "op": "noneOf", "values": ["gone"]})
    SegmentFactory(site=elsewhere, name="Foreign")
    refresh_counts(shop, now=timezone.now())
    html = _page(alice, "changelist")
    assert "&lt;b&gt;Members&lt;/b&gt;" in html
    assert "Member: yes" in html
    assert "matches nobody" in html
    assert "There is no tag “gone”." in html
    assert "Foreign" not in html


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("alice", {"of bob": 302, "private of bob": 302, "of alice": 302}),
        ("bob", {"of bob": 302, "private of bob": 302, "of alice": 403}),
        ("victor", {"of bob": 403, "private of bob": 404, "of alice": 403}),
        ("charlie", {"of bob": 404, "private of bob": 404, "of alice": 404}),
    ],
)
def test_who_may_delete_which(
    who: str,
    expected: dict[str, int],
    shop: Site,
    alice: Operator,
    bob: Operator,
    victor: Operator,
    charlie: Operator,
) -> None:
    """SITE-2, SITE-3, SEG-6"""
    people = {"alice": alice, "bob": bob, "victor": victor, "charlie": charlie}
    SegmentFactory(site=shop, name="of bob", owner=bob)
    SegmentFactory(site=shop, name="private of bob", owner=bob, shared=False)
    SegmentFactory(site=shop, name="of alice", owner=alice)
    statuses = {}
    for segment in Segment.objects.all():
        url = reverse("admin:segments_segment_delete", args=[segment.pk])
        statuses[segment.name] = client_of(people[who]).post(url, {"post": "yes"}).status_code
    statuses = {
        name: 404 if status == 302 and Segment.objects.filter(name=name).exists() else status
        for name, status in statuses.items()
    }
    assert statuses == expected


def test_a_segment_is_renamed_and_made_private(shop: Site, bob: Operator) -> None:
    """SEG-1, SEG-6"""
    segment = SegmentFactory(site=shop, owner=bob, name="Old", filter=MEMBERS)
    assert "Member: yes" in _page(bob, "change", segment.pk)
    data = {"name": " New ", "conditions": json.dumps(MEMBERS)}
    client_of(bob).post(reverse("admin:segments_segment_change", args=[segment.pk]), data)
    segment.refresh_from_db()
    assert (segment.name, segment.shared, segment.filter) == ("New", False, MEMBERS)


def test_conditions_are_changed_and_wrong_ones_are_named(shop: Site, bob: Operator) -> None:
    """SEG-1, FIL-11: a circle too; what was there stays."""
    segment = SegmentFactory(site=shop, owner=bob, name="Old", filter=MEMBERS)
    url = reverse("admin:segments_segment_change", args=[segment.pk])
    for wrong, words in {
        '{"and": [{"key": "nope", "op": "is", "values": ["x"]}]}': "There is no field “nope”.",
        json.dumps({"key": "segment", "op": "in", "values": [str(segment.pk)]}): "asks for itself",
    }.items():
        response = client_of(bob).post(url, {"name": "Old", "shared": "on", "conditions": wrong})
        assert words in response.content.decode()
        segment.refresh_from_db()
        assert segment.filter == MEMBERS
    client_of(bob).post(url, {"name": "Old", "shared": "on", "conditions": json.dumps({"not": MEMBERS})})
    segment.refresh_from_db()
    assert segment.filter == {"not": MEMBERS}


def test_a_taken_name_is_said(shop: Site, alice: Operator) -> None:
    """SEG-1"""
    SegmentFactory(site=shop, name="VIP")
    segment = SegmentFactory(site=shop, name="Other")
    url = reverse("admin:segments_segment_change", args=[segment.pk])
    response = client_of(alice).post(url, {"name": "ＶＩＰ", "shared": "on", "conditions": "{}"}, follow=True)
    assert "There is already a segment of this name." in response.content.decode()
    segment.refresh_from_db()
    assert segment.name == "Other"


def test_deleting_lists_the_segments_that_ask_for_it(shop: Site, alice: Operator) -> None:
    """SEG-6"""
    inner = SegmentFactory(site=shop, name="Inner", filter=MEMBERS)
    SegmentFactory(site=shop, name="Outer", filter={"key": "segment", "op": "notIn", "values": [str(inner.pk)]})
    html = _page(alice, "delete", inner.pk)
    assert "Outer" in html
    assert "will match nobody" in html


def test_segments_move_up_and_down(shop: Site, alice: Operator, bob: Operator) -> None:
    """SEG-1"""
    for position, name in enumerate("abc"):
        SegmentFactory(site=shop, name=name, position=position)
    middle = Segment.objects.get(name="b")
    url = reverse("admin:segments_segment_move", args=[middle.pk])
    client_of(alice).post(url, {"to": "up"})
    assert list(Segment.objects.values_list("name", flat=True)) == ["b", "a", "c"]
    client_of(alice).post(url, {"to": "up"})
    assert list(Segment.objects.values_list("name", flat=True)) == ["b", "a", "c"]
    assert client_of(bob).post(url, {"to": "down"}).status_code == 403


def test_an_agent_duplicates_a_shared_segment_for_himself(shop: Site, alice: Operator, bob: Operator) -> None:
    """SEG-1"""
    segment = SegmentFactory(site=shop, owner=alice, name="VIP", filter=MEMBERS)
    client_of(bob).post(reverse("admin:segments_segment_duplicate", args=[segment.pk]))
    copy = Segment.objects.get(owner=bob)
    assert (copy.name, copy.shared, copy.filter) == ("Copy of VIP", False, MEMBERS)


# --- saving from the builder ---------------------------------------------------------------------------


def _post(operator: Operator, **data: str) -> tuple[int, dict[str, object], dict[str, object]]:
    response = client_of(operator).post(reverse("admin:segments_segment_save"), data)
    return response.status_code, response.json(), json.loads(response.headers.get("HX-Trigger", "{}"))


def test_the_builder_saves_a_new_segment(shop: Site, bob: Operator) -> None:
    """SEG-1: answered with its address, a toast and a sign for the sidebar."""
    status, answer, triggers = _post(bob, name="Members", filter=json.dumps(MEMBERS), shared="false")
    segment = Segment.objects.get()
    assert (status, answer["id"], segment.owner, segment.shared) == (201, str(segment.pk), bob, False)
    assert answer["url"] == f"/desk/contacts/contact/?segment={segment.pk}"
    assert set(triggers) == {"segments-changed"}
    status, answer, _triggers = _post(bob, id=str(segment.pk), filter="{}")
    segment.refresh_from_db()
    assert (status, segment.filter, segment.shared) == (200, {}, False)


@pytest.mark.parametrize(
    ("data", "path", "code"),
    [
        ({"name": "", "filter": "{}"}, "name", "blank"),
        ({"name": "x", "filter": "{"}, "filter", "invalid_json"),
        (
            {"name": "x", "filter": '{"and":[{"key":"x","op":"is","values":["y"]}]}'},
            "filter.and[0].key",
            "unknown_field",
        ),
        ({"name": "taken", "filter": "{}"}, "name", "name_taken"),
        ({"name": "x", "filter": "{}", "shared": "perhaps"}, "filter.shared", "invalid"),
    ],
)
def test_what_cannot_be_saved_is_named(data: dict[str, str], path: str, code: str, shop: Site, alice: Operator) -> None:
    """FIL-11, SEG-1"""
    SegmentFactory(site=shop, name="taken")
    status, answer, _triggers = _post(alice, **data)
    assert status == 400
    assert [(one["path"], one["code"]) for one in answer["problems"]] == [(path, code)]  # type: ignore[union-attr, index]
    assert Segment.objects.count() == 1


def test_who_may_save(shop: Site, bob: Operator, victor: Operator, charlie: Operator) -> None:
    """SITE-2, SITE-3"""
    segment = SegmentFactory(site=shop, name="shared", owner=None)
    url = reverse("admin:segments_segment_save")
    new = {"name": "x", "filter": "{}"}
    assert client_of(victor).post(url, new).status_code == 403
    assert client_of(bob).post(url, {"id": str(segment.pk), "filter": "{}"}).status_code == 403
    assert client_of(charlie).post(url, {"id": str(segment.pk), "filter": "{}"}).status_code == 404
    assert client_of(bob).get(url).status_code == 405


# --- sidebar and palette -------------------------------------------------------------------------------


def test_the_sidebar_shows_segments_at_once_and_counts_them_afterwards(shop: Site, alice: Operator) -> None:
    """SEG-2: the page does not wait for a number; the late request counts once for all."""
    ContactFactory(site=shop, member_id="m")
    segments = [SegmentFactory(site=shop, name=name, filter=MEMBERS) for name in ("One", "Two")]
    html = _page(alice, "changelist")
    url = f"/desk/contacts/contact/?segment={segments[0].pk}"
    assert f'href="{url}"' in html
    assert not Segment.objects.exclude(count=None).exists()
    counts = client_of(alice).get(reverse("admin:counts")).json()["counts"]
    assert counts[url] == 1
    assert list(Segment.objects.values_list("count", flat=True)) == [1, 1]
    assert CountedSite.objects.get().site == shop


def test_the_palette_finds_segments_of_ones_own_site(
    shop: Site, elsewhere: Site, alice: Operator, bob: Operator
) -> None:
    """SITE-2, SEG-6"""
    SegmentFactory(site=shop, name="VIP shared")
    SegmentFactory(site=shop, name="VIP of Bob", owner=bob, shared=False)
    SegmentFactory(site=elsewhere, name="VIP elsewhere")
    access = access_to(alice, None)
    assert access is not None
    assert [hit.label for hit in hits(access, "vip")] == ["VIP shared"]
