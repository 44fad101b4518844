"""TAG-6: ``POST me/tags`` of the plugin API."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from contacts.boot_request import BootRequest
from contacts.booting import Booted, boot
from contacts.models import Contact
from desk.models import AuditEntry, Site
from tags.catalogue import MAX_TAGS_BY_PLUGIN
from tags.models import ContactTag, Tag
from tests.factories import ContactTagFactory, TagFactory

URL = "/api/plugin/v1/me/tags"


@pytest.fixture
def visitor(shop: Site) -> Booted:
    return boot(BootRequest(plugin_key=shop.plugin_key), now=timezone.now())


def post(visitor: Booted, body: Any, **headers: str) -> HttpResponse:
    headers = {"authorization": f"Bearer {visitor.token}", **headers}
    return Client().post(URL, body, content_type="application/json", headers=headers)  # type: ignore[return-value]


def names_of(visitor: Booted) -> set[str]:
    return set(ContactTag.objects.filter(contact=visitor.contact).values_list("tag__name", flat=True))


def test_page_attaches_a_tag_and_takes_one_off(shop: Site, visitor: Booted) -> None:
    """TAG-6, TAG-5: the answer is the user with the tags of now."""
    for name in ("VIP", "old"):
        TagFactory(site=shop, name=name)
    assert post(visitor, {"add": ["old"]}).status_code == 200
    answer = post(visitor, {"add": ["vip"], "remove": ["OLD", "never was"]})
    assert answer.status_code == 200
    assert answer.json()["tags"] == ["VIP"]
    assert answer.json()["id"] == str(visitor.contact.pk)
    row = ContactTag.objects.get()
    assert (row.source, row.source_label, row.operator) == ("plugin", "plugin", None)


def test_tag_that_does_not_exist_is_made_and_known_as_the_plugins(shop: Site, visitor: Booted) -> None:
    """TAG-6: as a shop's developer expects of addTags; told in the audit log."""
    assert post(visitor, {"add": ["장바구니/담음"]}).json()["tags"] == ["장바구니/담음"]
    assert Tag.objects.get().source == "plugin"
    assert AuditEntry.objects.get(action="tag.create").actor == "plugin"


def test_flood_of_made_up_tags_ends_at_a_hundred(shop: Site, visitor: Booted) -> None:
    """TAG-1, TAG-6: nothing of the refused call stays, existing tags can still be attached."""
    Tag.objects.bulk_create(
        Tag(site=shop, name=f"junk{n}", name_folded=f"junk{n}", source="plugin") for n in range(MAX_TAGS_BY_PLUGIN - 1)
    )
    answer = post(visitor, {"add": ["last one", "one more"]})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "plugin_full"
    assert "one more" in answer.json()["error"]["message"]
    assert Tag.objects.count() == MAX_TAGS_BY_PLUGIN - 1
    assert not ContactTag.objects.exists()
    assert post(visitor, {"add": ["junk3"]}).status_code == 200


def test_visitor_never_carries_more_than_twenty(shop: Site, visitor: Booted) -> None:
    """TAG-1: the call is refused as a whole."""
    for _ in range(19):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop), contact=visitor.contact)
    answer = post(visitor, {"add": ["a", "b"]})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "contact_full"
    assert ContactTag.objects.count() == 19
    assert not Tag.objects.filter(name="a").exists()
    carried = Tag.objects.first()
    assert carried
    # Making room in the same call counts.
    assert post(visitor, {"add": ["a", "b"], "remove": [carried.name]}).status_code == 200


def test_repeated_call_reads_and_writes_nothing(
    shop: Site, visitor: Booted, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """TAG-6: pages call addTags on every load; idempotent and without a lock."""
    post(visitor, {"add": ["VIP"], "remove": ["old"]})
    before = ContactTag.objects.get().at
    # session, its slide; tags to add, to remove, carried; the answer's facts
    with django_assert_num_queries(6):
        post(visitor, {"add": ["VIP"], "remove": ["old"]})
    assert ContactTag.objects.get().at == before


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"add": ["a.b"]}, "add.0"),
        ({"add": ["ok", ""]}, "add.1"),
        ({"add": ["x" * 21]}, "add.0"),
        ({"add": ["a/b/c/d"]}, "add.0"),
        ({"add": [f"t{n}" for n in range(11)]}, "add"),
        ({"remove": [f"t{n}" for n in range(11)]}, "remove"),
        ({"add": "VIP"}, "add"),
        ({"add": [1]}, "add.0"),
        ({"add": [None]}, "add.0"),
        ({"add": [["x"]]}, "add.0"),
        ({"add": ["VIP"], "remove": ["ｖｉｐ"]}, "remove"),
        ({"tags": ["VIP"]}, "tags"),
        ({"add": ["a\u0000"]}, "add.0"),
        ({"add": ["\ud800"]}, "add.0"),
    ],
)
def test_malformed_call_is_refused_with_its_place(visitor: Booted, body: Any, path: str) -> None:
    """TAG-1, api.md "Errors": nothing is stored."""
    answer = post(visitor, body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["path"]) == ("invalid", path)
    assert not Tag.objects.exists()


def test_several_wrong_names_are_all_told(visitor: Booted) -> None:
    """api.md "Errors": several problems are listed."""
    error = post(visitor, {"add": ["a.b", "ok", "$"]}).json()["error"]
    assert [detail["path"] for detail in error["details"]] == ["add.0", "add.2"]


def test_session_reaches_its_own_visitor_and_site_only(shop: Site, elsewhere: Site, visitor: Booted) -> None:
    """SITE-2, API-1"""
    TagFactory(site=elsewhere, name="VIP")
    post(visitor, {"add": ["VIP"]})
    assert ContactTag.objects.get().site == shop
    assert not Tag.objects.get(site=elsewhere).attachments.exists()
    wrong = post(visitor, {"add": ["x"]}, authorization="Bearer nonsense")
    assert wrong.status_code == 401
    assert wrong.json()["error"]["code"] == "session_expired"


def test_page_of_another_origin_is_refused(shop: Site, visitor: Booted) -> None:
    """API-1: CORS by site origin."""
    shop.allowed_origins = ["https://shop.example"]
    shop.save()
    assert post(visitor, {"add": ["x"]}, origin="https://evil.example").status_code == 403
    assert post(visitor, {"add": ["x"]}, origin="https://shop.example").status_code == 200


def test_tags_of_an_anonymous_visitor_are_seen_once_somebody_is_known(shop: Site, visitor: Booted) -> None:
    """KIND-5: collected before, visible at once."""
    post(visitor, {"add": ["VIP"]})
    contact = Contact.objects.get(pk=visitor.contact.pk)
    assert contact.kind == "anonymous"
    token = boot(
        BootRequest(plugin_key=shop.plugin_key, veil_id=visitor.identity.key, member_id="kim"), now=timezone.now()
    )
    assert token.contact.pk == contact.pk
    assert token.tags == ["VIP"]
