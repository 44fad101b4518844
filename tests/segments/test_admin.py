"""The desk's pages for segments: who may do what, what is shown, what saving from the builder answers."""

import datetime
import json

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from desk.access import access_to
from desk.models import Operator, Site
from desk.palette import hits
from segments.changing import fingerprint_of
from segments.counting import refresh_counts
from segments.models import CountedSite, Segment, SegmentSize
from tests.conftest import client_of
from tests.factories import ContactFactory, SegmentFactory

NOW = datetime.datetime(2026, 5, 1, 3, tzinfo=datetime.UTC)  # noon in Seoul
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
    """SEG-1: from the list, or from the page of a segment that is not his to change."""
    segment = SegmentFactory(site=shop, owner=alice, name="VIP", filter=MEMBERS)
    url = reverse("admin:segments_segment_duplicate", args=[segment.pk])
    assert f'action="{url}"' in _page(bob, "change", segment.pk)
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


def test_a_number_is_on_the_page_at_once_and_says_its_age_when_it_is_old(shop: Site, alice: Operator) -> None:
    """SEG-2: while somebody else counts the old number stands, with how old it is; nobody waits."""
    segment = SegmentFactory(site=shop, name="All", filter={})
    ContactFactory(site=shop)
    url = f"/desk/contacts/contact/?segment={segment.pk}"
    with time_machine.travel(NOW, tick=False) as clock:
        refresh_counts(shop, now=timezone.now())
        assert "data-late-count>1<" in _page(alice, "changelist")
        client = client_of(alice)
        assert client.get(reverse("admin:counts")).json()["ages"] == {}
        ContactFactory(site=shop)
        clock.shift(datetime.timedelta(minutes=3))
        CountedSite.objects.update(counting_since=timezone.now())
        answer = client.get(reverse("admin:counts")).json()
        assert (answer["counts"][url], answer["ages"][url]) == (1, "counted 3\xa0minutes ago")
        CountedSite.objects.update(counting_since=None)
        answer = client.get(reverse("admin:counts")).json()
        assert (answer["counts"][url], answer["ages"]) == (2, {})


def test_the_page_of_a_segment_shows_its_size_day_by_day(shop: Site, victor: Operator) -> None:
    """SEG-3, SITE-3: viewers too, who get no form; a year on request."""
    segment = SegmentFactory(site=shop, name="All", filter={})
    with time_machine.travel(NOW, tick=False):
        assert "No size is known yet." in _page(victor, "change", segment.pk)
        today = NOW.astimezone(shop.zone).date()
        for days, count in ((0, 12), (1, 10), (200, 5)):
            day = today - datetime.timedelta(days=days)
            SegmentSize.objects.create(site=shop, segment=segment, day=day, count=count, changed=days == 0)
        page = _page(victor, "change", segment.pk)
        assert "From 10 on April 30, 2026 to 12 on May 1, 2026." in page
        assert "The conditions changed on May 1, 2026." in page
        assert "segment_form" not in page
        response = client_of(victor).get(reverse("admin:segments_segment_change", args=[segment.pk]), {"days": "365"})
        assert "From 5 on Oct. 13, 2025 to 12 on May 1, 2026." in response.content.decode()


def test_conditions_changed_meanwhile_are_not_overwritten_by_the_page(shop: Site, bob: Operator) -> None:
    """SEG-5: what was typed stays; the page's own fingerprint lets it through."""
    segment = SegmentFactory(site=shop, owner=bob, name="Old", filter=MEMBERS)
    url = reverse("admin:segments_segment_change", args=[segment.pk])
    data = {"name": "Old", "shared": "on", "conditions": json.dumps({"not": MEMBERS}), "seen": fingerprint_of({})}
    page = client_of(bob).post(url, data).content.decode()
    assert "Somebody changed the conditions of this segment meanwhile." in page
    assert "&quot;not&quot;" in page
    segment.refresh_from_db()
    assert segment.filter == MEMBERS
    client_of(bob).post(url, {**data, "seen": fingerprint_of(MEMBERS)})
    segment.refresh_from_db()
    assert segment.filter == {"not": MEMBERS}


def test_the_page_shows_the_preview_of_its_document(shop: Site, alice: Operator) -> None:
    """SEG-5: the same numbers as in the builder, and the fingerprint to save with."""
    ContactFactory(site=shop, name="Kim")
    segment = SegmentFactory(site=shop, filter=MEMBERS)
    url = reverse("admin:segments_segment_preview", args=[segment.pk])
    page = client_of(alice).post(url, {"conditions": json.dumps({"not": MEMBERS})}).content.decode()
    assert "1 person joins" in page
    assert "Kim" in page
    assert fingerprint_of(MEMBERS) in page
    page = client_of(alice).post(url, {"conditions": "{"}).content.decode()
    assert "This is not a JSON document." in page


def test_a_row_moves_without_leaving_the_page(shop: Site, alice: Operator) -> None:
    """SEG-1: htmx gets the rows in their new order."""
    for position, name in enumerate("ab"):
        SegmentFactory(site=shop, name=f"segment {name}", position=position)
    url = reverse("admin:segments_segment_move", args=[Segment.objects.get(name="segment b").pk])
    page = client_of(alice).post(url, {"to": "up"}, headers={"HX-Request": "true"}).content.decode()
    assert page.index("segment b<") < page.index("segment a<")
    assert "<html" not in page


def test_the_list_stays_light(shop: Site, alice: Operator) -> None:
    """screens.md: 15 segments with a history, 60 kB at most."""
    today = timezone.now().astimezone(shop.zone).date()
    for number in range(15):
        segment = SegmentFactory(site=shop, name=f"아직 주문하지 않은 회원 {number}", filter=MEMBERS)
        SegmentSize.objects.bulk_create(
            SegmentSize(site=shop, segment=segment, day=today - datetime.timedelta(days=back), count=back * 7)
            for back in range(30)
        )
    assert len(_page(alice, "changelist").encode()) < 60_000


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
