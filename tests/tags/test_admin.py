"""TAG-2, TAG-3 at the desk."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from desk.access import access_to
from desk.models import AuditEntry, Operator, Site
from desk.palette import hits
from tags.admin.navigation import contacts_url
from tags.models import ContactTag, Tag
from tags.tree import as_tree
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

LIST = "admin:tags_tag_changelist"
HTMX = {"HX-Request": "true"}


def create(client: Client, **data: str) -> HttpResponse:
    return client.post(reverse("admin:tags_tag_add"), {"color": "#2f6fd0", "description": "", **data})


def test_tree_shows_each_level_once_and_tags_below_it(shop: Site) -> None:
    """TAG-2: a level that is no tag itself only holds others together."""
    for name in ("Region/Seoul/Gangnam", "VIP", "region/Busan", "Region/Seoul", "Regional"):
        TagFactory(site=shop, name=name)
    rows = [(branch.depth, branch.label, branch.tag is not None) for branch in as_tree(list(Tag.objects.all()))]
    assert rows == [
        (0, "region", False),
        (1, "Busan", True),
        (1, "Seoul", True),
        (2, "Gangnam", True),
        (0, "Regional", True),
        (0, "VIP", True),
    ]


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
        ("alice", {"list": 200, "add": 200, "change": 200, "delete": 200}),
        ("bob", {"list": 200, "add": 200, "change": 200, "delete": 403}),
        ("victor", {"list": 200, "add": 403, "change": 200, "delete": 403}),
        ("charlie", {"list": 200, "add": 200, "change": 404, "delete": 404}),
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
        "delete": reverse("admin:tags_tag_delete", args=[tag.pk]),
    }
    assert {name: client.get(url).status_code for name, url in urls.items()} == statuses
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
