"""TAG-2, TAG-3 at the desk."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from desk.access import access_to
from desk.actors import SYSTEM
from desk.models import AuditEntry, Job, Operator, Site
from desk.palette import hits
from tags.actions import AttachForm
from tags.admin.navigation import contacts_url
from tags.admin.rows import CLOSED
from tags.catalogue import change_tag
from tags.models import ContactTag, Tag
from tags.tree import as_tree
from tags.uses import uses_of
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, SegmentFactory, TagFactory

LIST = "admin:tags_tag_changelist"
HTMX = {"HX-Request": "true"}


def create(client: Client, **data: str) -> HttpResponse:
    return client.post(reverse("admin:tags_tag_add"), {"color": "#2f6fd0", "description": "", **data})


def test_tree_shows_each_level_once_and_tags_below_it(shop: Site) -> None:
    """TAG-2: a level that is no tag itself only holds others together."""
    for name in ("Region/Seoul/Gangnam", "VIP", "region/Busan", "Region/Seoul", "Regional"):
        TagFactory(site=shop, name=name)
    branches = as_tree(list(Tag.objects.all()))
    rows = [(branch.depth, branch.path, branch.tag is not None, branch.below) for branch in branches]
    assert rows == [
        (0, "region", False, 3),
        (1, "region/Busan", True, 0),
        (1, "Region/Seoul", True, 1),
        (2, "Region/Seoul/Gangnam", True, 0),
        (0, "Regional", True, 0),
        (0, "VIP", True, 0),
    ]
    assert branches[3].above == (branches[0].key, branches[2].key)


def test_page_comes_first_and_the_numbers_after(
    alice: Operator, shop: Site, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """TAG-2, KIND-5: leads and members are counted, anonymous visitors are not."""
    vip = TagFactory(site=shop, name="VIP")
    TagFactory(site=shop, name="nobody")
    for _ in range(2):
        ContactTagFactory(site=shop, tag=vip, contact=ContactFactory(site=shop))
    visitor = ContactFactory(site=shop, kind="anonymous", lead_reason="")
    ContactTagFactory(site=shop, tag=vip, contact=visitor)
    client = client_of(alice)
    page = client.get(reverse(LIST)).content.decode()
    assert "VIP" in page
    assert "skeleton" in page
    with django_assert_max_num_queries(6):  # session, operator, membership, tags, numbers
        rows = client.get(reverse(LIST), headers=HTMX).content.decode()
    assert "skeleton" not in rows
    assert ">2</a>" in rows
    assert ">0</a>" in rows


def test_number_leads_to_exactly_these_contacts(alice: Operator, shop: Site) -> None:
    """TAG-2"""
    tag = TagFactory(site=shop, name='R&D "x"/50')
    document = json.loads(parse_qs(urlsplit(contacts_url(tag)).query)["filter"][0])
    assert document == {"and": [{"key": "tags", "op": "anyOf", "values": [tag.name]}]}


def test_search_narrows_the_tree(alice: Operator, shop: Site) -> None:
    """TAG-2"""
    for name in ("VIP", "지역/서울"):
        TagFactory(site=shop, name=name)
    rows = client_of(alice).get(reverse(LIST), {"q": "서"}, headers=HTMX).content.decode()
    assert "서울" in rows
    assert "VIP" not in rows
    assert "empty-state" in client_of(alice).get(reverse(LIST), {"q": "zzz"}).content.decode()


def test_agent_creates_a_tag(bob: Operator, shop: Site) -> None:
    """TAG-2, SITE-3"""
    response = create(client_of(bob), name=" 지역 / 서울 ", color="#D64545", description="Seoul")
    assert response.status_code == 302
    tag = Tag.objects.get()
    assert (tag.site, tag.name, tag.color, tag.description) == (shop, "지역/서울", "#d64545", "Seoul")
    assert AuditEntry.objects.get(action="tag.create").operator == bob


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "a.b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 21}, "name"),
        ({"name": "ｖｉｐ"}, "name"),
        ({"name": "ok", "color": "red"}, "color"),
        ({"name": "ok", "description": "d" * 129}, "description"),
    ],
)
def test_refused_tag_comes_back_with_the_reason_beside_the_field(
    alice: Operator, shop: Site, data: dict[str, str], field: str
) -> None:
    """TAG-1"""
    TagFactory(site=shop, name="VIP")
    response = create(client_of(alice), **data)
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors  # type: ignore[attr-defined]
    assert Tag.objects.count() == 1


def test_full_site_says_so(alice: Operator, shop: Site) -> None:
    """TAG-1: what only the write finds out is told as well."""
    Tag.objects.bulk_create(Tag(site=shop, name=f"t{n}", name_folded=f"t{n}") for n in range(1_000))
    with translation.override("en"):
        response = client_of(alice).post(
            reverse("admin:tags_tag_add"), {"name": "more", "color": "#000000"}, follow=True
        )
    assert "more" in response.content.decode()
    assert Tag.objects.count() == 1_000


def test_admin_renames_and_recolours(alice: Operator, shop: Site) -> None:
    """TAG-2"""
    tag = TagFactory(site=shop, name="vip")
    url = reverse("admin:tags_tag_change", args=[tag.pk])
    assert client_of(alice).get(url).status_code == 200
    client_of(alice).post(url, {"name": "VIP", "color": "#a63fa6", "description": ""})
    tag.refresh_from_db()
    assert (tag.name, tag.color) == ("VIP", "#a63fa6")


def test_delete_asks_with_the_number_concerned(alice: Operator, shop: Site) -> None:
    """TAG-2"""
    tag = TagFactory(site=shop, name="VIP")
    for _ in range(3):
        ContactTagFactory(site=shop, tag=tag, contact=ContactFactory(site=shop))
    url = reverse("admin:tags_tag_delete", args=[tag.pk])
    page = client_of(alice).get(url).content.decode()
    assert "VIP" in page
    assert "3 " in page
    assert Tag.objects.exists()
    assert client_of(alice).post(url, {"post": "yes"}).status_code == 302
    assert not Tag.objects.exists()
    assert not ContactTag.objects.exists()


def test_html_in_names_is_text(alice: Operator, shop: Site) -> None:
    """The issue: HTML is shown as text everywhere."""
    TagFactory(site=shop, name="<b>x</b>", description="<i>y</i>")
    for headers in ({}, HTMX):
        page = client_of(alice).get(reverse(LIST), headers=headers).content.decode()
        assert "<b>x" not in page
        assert "<i>y" not in page


@pytest.mark.parametrize(
    ("person", "statuses"),
    [
        ("alice", {"list": 200, "add": 200, "change": 200, "contacts": 302, "delete": 200, "merge": 200, "level": 200}),
        ("bob", {"list": 200, "add": 200, "change": 200, "contacts": 302, "delete": 403, "merge": 403, "level": 403}),
        (
            "victor",
            {"list": 200, "add": 403, "change": 200, "contacts": 302, "delete": 403, "merge": 403, "level": 403},
        ),
        (
            "charlie",
            {"list": 200, "add": 200, "change": 404, "contacts": 404, "delete": 404, "merge": 404, "level": 404},
        ),
    ],
)
def test_role_decides_what_opens(
    person: str, statuses: dict[str, int], shop: Site, request: pytest.FixtureRequest
) -> None:
    """SITE-2, SITE-3: who may not change sees the tag, and cannot save it."""
    tag = TagFactory(site=shop, name="Sesame")
    client = client_of(request.getfixturevalue(person))
    urls = {
        "list": reverse(LIST),
        "add": reverse("admin:tags_tag_add"),
        "change": reverse("admin:tags_tag_change", args=[tag.pk]),
        "contacts": reverse("admin:tags_tag_contacts", args=[tag.pk]),
        "delete": reverse("admin:tags_tag_delete", args=[tag.pk]),
        "merge": reverse("admin:tags_tag_merge", args=[tag.pk]),
        "level": reverse("admin:tags_tag_level") + "?level=Sesame",
    }
    assert {name: client.get(url).status_code for name, url in urls.items()} == statuses
    if person != "alice":
        client.post(urls["level"], {"name": "changed"})
        client.post(urls["merge"], {"tags": "Sesame"})
    client.post(urls["change"], {"name": "changed", "color": "#000000"})
    client.post(urls["delete"], {"post": "yes"})
    tag = Tag.objects.filter(pk=tag.pk).first()  # type: ignore[assignment]
    assert (tag is None) == (person == "alice")
    if person != "alice":
        assert tag.name == "Sesame"
        assert "Sesame" in client_of(request.getfixturevalue("alice")).get(urls["list"]).content.decode()
    if person == "charlie":
        assert "Sesame" not in client.get(urls["list"]).content.decode()


def test_picker_is_offered_tags_by_part_of_the_name(bob: Operator, shop: Site, elsewhere: Site) -> None:
    """TAG-3"""
    TagFactory(site=shop, name="지역/서울", color="#d64545")
    TagFactory(site=shop, name="VIP")
    TagFactory(site=elsewhere, name="지역/제주")
    answer = client_of(bob).get(reverse("admin:tag_options"), {"q": "지역"}).json()
    assert [(tag["name"], tag["color"]) for tag in answer["tags"]] == [("지역/서울", "#d64545")]


def test_agent_attaches_and_takes_off_on_the_contacts_page(bob: Operator, shop: Site) -> None:
    """TAG-3: a tag that does not exist yet is made from the same box."""
    contact = ContactFactory(site=shop)
    TagFactory(site=shop, name="VIP")
    url, client = reverse("admin:contact_tags", args=[contact.pk]), client_of(bob)
    box = client.post(url, {"tags": ["VIP", "새 태그"]}, headers=HTMX).content.decode()
    assert "VIP" in box
    assert "새 태그" in box
    assert set(contact.tag_attachments.values_list("tag__name", flat=True)) == {"VIP", "새 태그"}
    client.post(url, {"remove": "VIP"}, headers=HTMX)
    assert list(contact.tag_attachments.values_list("tag__name", flat=True)) == ["새 태그"]


def test_refusal_on_the_contacts_page_is_told_and_names_the_contact(bob: Operator, shop: Site) -> None:
    """TAG-1"""
    contact = ContactFactory(site=shop, name="Kim")
    for _ in range(20):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=contact)
    url, client = reverse("admin:contact_tags", args=[contact.pk]), client_of(bob)
    response = client.post(url, {"tags": ["one more"]}, headers=HTMX)
    assert "Kim" in json.loads(response.headers["HX-Trigger"])["toast"]["text"]
    response = client.post(url, {"tags": ["a.b"]}, headers=HTMX)
    assert "a.b" in json.loads(response.headers["HX-Trigger"])["toast"]["text"]
    assert contact.tag_attachments.count() == 20


def test_contacts_tags_are_changed_by_who_may_and_on_the_own_site(
    victor: Operator, charlie: Operator, bob: Operator, shop: Site
) -> None:
    """SITE-2, SITE-3, KIND-5"""
    contact = ContactFactory(site=shop)
    visitor = ContactFactory(site=shop, kind="anonymous", lead_reason="")
    url = reverse("admin:contact_tags", args=[contact.pk])
    assert client_of(victor).post(url, {"tags": ["x"]}).status_code == 403
    assert client_of(charlie).post(url, {"tags": ["x"]}).status_code == 404
    assert client_of(bob).post(reverse("admin:contact_tags", args=[visitor.pk]), {"tags": ["x"]}).status_code == 404
    assert client_of(bob).get(url).status_code == 405
    assert not ContactTag.objects.exists()


def test_palette_leads_from_a_tag_to_its_contacts(bob: Operator, shop: Site, elsewhere: Site) -> None:
    """screens.md: Ctrl-K"""
    TagFactory(site=shop, name="VIP")
    TagFactory(site=elsewhere, name="VIP elsewhere")
    access = access_to(bob, shop.pk)
    assert access
    assert [hit.label for hit in hits(access, "vip") if hit.icon == "tag"] == ["VIP"]
    assert not [hit for hit in hits(access, "") if hit.icon == "tag"]


def test_page_of_a_thousand_tags_is_light(
    alice: Operator, shop: Site, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """TAG-2, screens.md: 60 kB of HTML; the next lines come when they are scrolled to, each tag exactly once."""
    Tag.objects.bulk_create(
        Tag(site=shop, name=name, name_folded=name, description="설명이 있는 태그")
        for name in (f"고객 분류 {n // 50:02}/정기 구독을 하는 고객 {n:04}" for n in range(1_000))
    )
    client = client_of(alice)
    with django_assert_max_num_queries(8):
        page = client.get(reverse(LIST)).content
    assert len(page) < 60_000
    seen: list[str] = []
    start: int | None = 0
    while start is not None:
        response = client.get(reverse(LIST), {"from": start} if start else {}, headers=HTMX)
        assert len(response.content) < 60_000
        context = response.context  # type: ignore[attr-defined]
        seen += [row.branch.tag.name for row in context["rows"] if row.branch.tag]
        start = context["following"]
    assert len(seen) == len(set(seen)) == 1_000


@pytest.mark.parametrize("start", ["-1", "x", "1e3", "99999999999", "5000"])
def test_place_that_is_none_shows_no_error(alice: Operator, shop: Site, start: str) -> None:
    """TAG-2"""
    TagFactory(site=shop)
    assert client_of(alice).get(reverse(LIST), {"from": start}, headers=HTMX).status_code == 200


def test_closed_levels_come_hidden(alice: Operator, shop: Site) -> None:
    """TAG-2: as this browser left them; but what is searched for is shown."""
    for name in ("Region/Seoul", "VIP"):
        TagFactory(site=shop, name=name)
    client = client_of(alice)
    client.cookies[CLOSED] = f"{as_tree(list(Tag.objects.all()))[0].key}.nonsense"
    lines = client.get(reverse(LIST)).context["rows"]
    assert [(line.branch.label, line.closed, line.hidden) for line in lines] == [
        ("Region", True, False),
        ("Seoul", False, True),
        ("VIP", False, False),
    ]
    assert not any(line.hidden for line in client.get(reverse(LIST), {"q": "seoul"}).context["rows"])


def test_short_address_leads_to_the_contacts_of_the_tag(alice: Operator, shop: Site) -> None:
    """TAG-2"""
    tag = TagFactory(site=shop, name="VIP")
    response = client_of(alice).get(reverse("admin:tags_tag_contacts", args=[tag.pk]))
    assert response.headers["Location"] == contacts_url(tag)


def test_tag_takes_those_below_it_along_and_back(alice: Operator, shop: Site) -> None:
    """TAG-2: one Undo for name and colour."""
    tag, below = TagFactory(site=shop, name="Region"), TagFactory(site=shop, name="Region/Seoul")
    client = client_of(alice)
    data = {"name": "지역", "color": "#000000", "description": "", "below": "on"}
    page = client.post(reverse("admin:tags_tag_change", args=[tag.pk]), data, follow=True).content.decode()
    below.refresh_from_db()
    assert below.name == "지역/Seoul"
    [undo] = re.findall(r'action="([^"]*revert[^"]*)"', page)
    client.post(undo)
    for one in (tag, below):
        one.refresh_from_db()
    assert (tag.name, tag.color, below.name) == ("Region", "#5b6b7f", "Region/Seoul")


def test_tag_may_be_renamed_alone(alice: Operator, shop: Site) -> None:
    """TAG-2"""
    tag, below = TagFactory(site=shop, name="Region"), TagFactory(site=shop, name="Region/Seoul")
    data = {"name": "지역", "color": "#000000", "description": ""}
    client_of(alice).post(reverse("admin:tags_tag_change", args=[tag.pk]), data)
    below.refresh_from_db()
    assert below.name == "Region/Seoul"


def test_level_is_renamed_on_its_page_or_says_why_not(alice: Operator, shop: Site) -> None:
    """TAG-2, TAG-1: the tag in the way is named beside the field."""
    TagFactory(site=shop, name="Region/Seoul")
    TagFactory(site=shop, name="City/Seoul")
    url = reverse("admin:tags_tag_level") + "?level=Region"
    response = client_of(alice).post(url, {"name": "City"})
    assert "City/Seoul" in str(response.context["form"].errors["name"])
    assert client_of(alice).post(url, {"name": "Area"}).status_code == 302
    assert Tag.objects.filter(name="Area/Seoul").exists()
    assert client_of(alice).get(url).status_code == 404


def test_change_is_taken_back_by_who_may_and_on_the_own_site(
    alice: Operator, bob: Operator, charlie: Operator, shop: Site
) -> None:
    """SITE-2, SITE-3"""
    tag = TagFactory(site=shop, name="VIP")
    change_tag(tag, name="Gold", actor=SYSTEM)
    entry = AuditEntry.objects.get(action="tag.change")
    url = reverse("admin:tags_tag_revert", args=[str(entry.pk)])
    assert client_of(bob).post(url).status_code == 403
    assert client_of(charlie).post(url).status_code == 404
    assert client_of(alice).get(url).status_code == 405
    for wrong in ("x", "0", "-", "9" * 30):
        assert client_of(alice).post(reverse("admin:tags_tag_revert", args=[wrong])).status_code == 404
    tag.refresh_from_db()
    assert tag.name == "Gold"
    client_of(alice).post(url)
    tag.refresh_from_db()
    assert tag.name == "VIP"


def test_delete_lists_the_segments_concerned(alice: Operator, bob: Operator, shop: Site) -> None:
    """TAG-2, SEG-6: a private one of somebody else is counted, not named."""
    tag = TagFactory(site=shop, name="VIP")
    naming = {"and": [{"not": {"key": "tags", "op": "noneOf", "values": ["vip"]}}]}
    SegmentFactory(site=shop, name="Shared VIP", filter=naming)
    SegmentFactory(site=shop, name="Bob's own", filter=naming, owner=bob, shared=False)
    SegmentFactory(site=shop, name="Unconcerned", filter={"and": [{"key": "tags", "op": "exists"}]})
    access = access_to(alice, shop.pk)
    assert access
    page = client_of(alice).get(reverse("admin:tags_tag_delete", args=[tag.pk])).content.decode()
    assert len(uses_of(access, [tag])) == 2
    listed = page.split("tag-uses")[1].split("</ul>")[0]
    assert "Shared VIP" in listed
    assert "Unconcerned" not in listed


def test_tag_that_is_going_says_so_and_cannot_be_deleted_again(alice: Operator, shop: Site) -> None:
    """TAG-2: the page looks again by itself until it is gone."""
    tag = TagFactory(site=shop, name="VIP")
    job = Job.objects.create(site=shop, kind="deleteTag", actor_kind="system", actor="x", created_at=tag.created_at)
    Tag.objects.update(leaving=job)
    client = client_of(alice)
    page = client.get(reverse(LIST), headers=HTMX).content.decode()
    assert "being deleted" in page
    assert "every 4s" in page
    assert client.get(reverse("admin:tags_tag_change", args=[tag.pk])).status_code == 200
    answer = client.post(reverse("admin:tags_tag_delete", args=[tag.pk]), {"post": "yes"}, follow=True)
    assert "just being deleted" in answer.content.decode()
    assert Tag.objects.exists()


def test_merge_tells_the_numbers_and_does_it(alice: Operator, shop: Site) -> None:
    """TAG-2: for leads and members, as everywhere on the page; either may stay."""
    vip, gold = TagFactory(site=shop, name="VIP"), TagFactory(site=shop, name="Gold")
    people = [ContactFactory(site=shop) for _ in range(3)]
    for tag, contact in [(vip, people[0]), (vip, people[1]), (gold, people[1]), (gold, people[2])]:
        ContactTagFactory(site=shop, tag=tag, contact=contact)
    ContactTagFactory(site=shop, tag=vip, contact=ContactFactory(site=shop, kind="anonymous", lead_reason=""))
    client, url = client_of(alice), reverse("admin:tags_tag_merge", args=[vip.pk])
    plan = client.get(url, {"tags": "gold", "keep": "this"}).context["plan"]
    numbers = {key: plan[key] for key in ("gone", "kept", "both", "after")}
    assert (plan["absorbed"], plan["survivor"]) == (gold, vip)
    assert numbers == {"gone": 2, "kept": 2, "both": 1, "after": 3}
    client.post(url, {"tags": "Gold", "keep": "this"})
    assert [tag.name for tag in Tag.objects.all()] == ["VIP"]
    assert ContactTag.objects.filter(contact__managed=True).count() == 3


@pytest.mark.parametrize("other", ["VIP", "nobody", "a.b", ""])
def test_merge_with_no_other_tag_is_refused(alice: Operator, shop: Site, other: str) -> None:
    """TAG-2: said by name, nothing happens."""
    vip = TagFactory(site=shop, name="VIP")
    url = reverse("admin:tags_tag_merge", args=[vip.pk])
    client_of(alice).post(url, {"tags": other})
    if other:
        assert other in client_of(alice).get(url, {"tags": other}, headers=HTMX).context["problem"]
    assert Tag.objects.exists()


def test_picker_offers_the_very_name_first_and_says_that_there_are_more(bob: Operator, shop: Site) -> None:
    """TAG-3: folded as everywhere; at a thousand tags thirty are sent."""
    Tag.objects.bulk_create(
        Tag(site=shop, name=name, name_folded=name) for name in (f"a vip {n:04}" for n in range(1_000 - 3))
    )
    for name in ("ＶＩＰ", "Kunden/VIP plus", "z/vip"):
        TagFactory(site=shop, name=name)
    answer = client_of(bob).get(reverse("admin:tag_options"), {"q": "vip"}).json()
    assert [tag["name"] for tag in answer["tags"]][:3] == ["ＶＩＰ", "Kunden/VIP plus", "z/vip"]
    assert (len(answer["tags"]), answer["more"]) == (30, True)


def test_picker_does_not_offer_a_tag_that_is_going(bob: Operator, shop: Site) -> None:
    """TAG-2"""
    tag = TagFactory(site=shop, name="VIP")
    job = Job.objects.create(site=shop, kind="deleteTag", actor_kind="system", actor="x", created_at=tag.created_at)
    Tag.objects.update(leaving=job)
    assert client_of(bob).get(reverse("admin:tag_options")).json()["tags"] == []


@pytest.mark.parametrize(
    ("person", "name", "status", "made"),
    [("bob", "VIP", 200, True), ("bob", "a.b", 200, False), ("victor", "VIP", 403, False), ("bob", "", 200, False)],
)
def test_picker_makes_a_tag_with_its_colour_for_who_may(
    person: str, name: str, status: int, made: bool, shop: Site, request: pytest.FixtureRequest
) -> None:
    """TAG-3, TAG-1: or says why not."""
    response = client_of(request.getfixturevalue(person)).post(
        reverse("admin:tag_new"), {"name": name, "color": "#D64545"}
    )
    assert response.status_code == status
    assert list(Tag.objects.values_list("name", "color")) == ([("VIP", "#d64545")] if made else [])
    if status == 200:
        assert ("problem" in response.json()) == (not made)


def test_small_selection_tells_what_it_carries(bob: Operator, victor: Operator, shop: Site, elsewhere: Site) -> None:
    """TAG-3, SITE-2: how many of them, most first; a selection that cannot be read tells nothing."""
    people = [ContactFactory(site=shop) for _ in range(3)]
    vip, seoul = TagFactory(site=shop, name="VIP"), TagFactory(site=shop, name="서울")
    for contact in people:
        ContactTagFactory(site=shop, tag=vip, contact=contact)
    ContactTagFactory(site=shop, tag=seoul, contact=people[0])
    stranger = ContactFactory(site=elsewhere)
    ContactTagFactory(site=elsewhere, tag=TagFactory(site=elsewhere, name="secret"), contact=stranger)
    url = reverse("admin:tag_carried")

    def carried(selection: object) -> Any:
        data = {"selection": json.dumps(selection), "expectedCount": "3"}
        return client_of(bob).post(url, data).context.get("carried")

    ids = [str(contact.pk) for contact in (*people, stranger)]
    for selection in ({"ids": ids}, {"filter": {"and": []}, "search": "", "exclude": []}):
        assert carried(selection) == [(vip, 3, True), (seoul, 1, False)]
    assert carried({"filter": {"and": [{"key": "nonsense"}]}}) is None
    assert carried({"ids": []}) is None
    assert client_of(victor).post(url, {"selection": "{}"}).status_code == 403


def test_forms_tell_limits_before_anything_is_done(bob: Operator, shop: Site) -> None:
    """TAG-1: the tag for which there is no room, and the one that is too many."""
    Tag.objects.bulk_create(Tag(site=shop, name=f"t{n}", name_folded=f"t{n}") for n in range(999))
    access = access_to(bob, shop.pk)
    assert access

    def problem(names: list[str]) -> str:
        form = AttachForm({"tags": names}, site=shop, access=access)
        return "" if form.is_valid() else form.errors["tags"].as_text()

    assert problem(["t5", "first"]) == ""
    assert "second" in problem(["t5", "first", "second"])
    assert "t20" in problem([f"t{n}" for n in range(21)])
    assert Tag.objects.count() == 999


def test_box_lists_who_attached_each_tag_with_its_job(alice: Operator, shop: Site) -> None:
    """TAG-5: operator, job, import, API, rule; the job for who may see it."""
    contact = ContactFactory(site=shop)
    tag = TagFactory(site=shop, name="VIP")
    client = client_of(alice)
    client.post(reverse("admin:contact_tags", args=[contact.pk]), {"tags": ["VIP"]}, headers=HTMX)
    job = Job.objects.get()
    page = client.get(reverse("admin:contacts_contact_change", args=[contact.pk])).content.decode()
    assert reverse("admin:job", args=[job.pk]) in page
    assert "Attach tags: VIP" in page
    ContactTag.objects.filter(tag=tag).update(job_id=None, source="plugin", source_label="", operator=None)
    page = client.get(reverse("admin:contacts_contact_change", args=[contact.pk])).content.decode()
    assert reverse("admin:job", args=[job.pk]) not in page
    assert "plugin" in page
