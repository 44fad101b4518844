"""TAG-6: the open API sets the whole list of a contact's tags."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from contacts.models import Contact
from desk.actors import SYSTEM
from desk.api_keys import NewApiKey, create_api_key
from desk.models import Site
from tags.models import ContactTag, Tag
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

URL = "/api/v1/contacts"


@pytest.fixture
def key(shop: Site) -> NewApiKey:
    return create_api_key(shop, "ERP", actor=SYSTEM)


@pytest.fixture
def kim(shop: Site) -> Contact:
    contact: Contact = ContactFactory(site=shop, name="Kim", member_id="m-1")
    return contact


def call(key: NewApiKey, method: str, path: str, body: Any) -> HttpResponse:
    headers = {"x-access-key": key.key.access_key, "x-access-secret": key.secret}
    return getattr(Client(), method)(URL + path, body, content_type="application/json", headers=headers)  # type: ignore[no-any-return]


def names_of(contact: Contact) -> set[str]:
    return set(ContactTag.objects.filter(contact=contact).values_list("tag__name", flat=True))


def test_list_that_is_sent_is_the_whole_list(shop: Site, key: NewApiKey, kim: Contact) -> None:
    """TAG-6, TAG-5: those that stay keep who attached them; those that do not exist are made."""
    for name in ("VIP", "old"):
        ContactTagFactory(site=shop, tag=TagFactory(site=shop, name=name), contact=kim, source="plugin")
    answer = call(key, "patch", f"/{kim.pk}", {"tags": ["vip", " 지역 / 서울 ", "VIP"]})
    assert answer.status_code == 200
    assert answer.json()["tags"] == ["VIP", "지역/서울"]
    rows = ContactTag.objects.filter(contact=kim).order_by("tag__name_folded")
    assert list(rows.values_list("tag__name", "source", "source_label")) == [
        ("VIP", "plugin", ""),
        ("지역/서울", "api", "ERP"),
    ]
    assert Tag.objects.get(name="지역/서울").source == "api"
    assert Tag.objects.filter(name="old").exists()


@pytest.mark.parametrize("nothing", [[], None])
def test_empty_list_takes_all_off_and_an_absent_one_none(
    shop: Site, key: NewApiKey, kim: Contact, nothing: object
) -> None:
    """TAG-6: what is not named stays as it is."""
    ContactTagFactory(site=shop, tag=TagFactory(site=shop, name="VIP"), contact=kim)
    call(key, "patch", f"/{kim.pk}", {"name": "Kim Cheolsu"})
    assert names_of(kim) == {"VIP"}
    call(key, "patch", f"/{kim.pk}", {"tags": nothing})
    assert names_of(kim) == set()


def test_new_contacts_come_with_their_tags(shop: Site, key: NewApiKey, kim: Contact) -> None:
    """API-2: POST, and PUT by memberId for new ones and known ones; POST changes nobody who exists."""
    made = call(key, "post", "", {"email": "lee@shop.example", "tags": ["VIP"]})
    assert (made.status_code, made.json()["tags"]) == (201, ["VIP"])
    again = call(key, "post", "", {"email": "lee@shop.example", "tags": ["other"]})
    assert (again.status_code, again.json()["tags"]) == (200, ["VIP"])
    assert call(key, "put", "/@m-2", {"tags": ["VIP"]}).json()["tags"] == ["VIP"]
    assert call(key, "put", "/@m-1", {"tags": ["Gold"]}).json()["tags"] == ["Gold"]


@pytest.mark.parametrize(
    ("tags", "status", "path", "named"),
    [
        (["ok", "a.b"], 400, "tags.1", "a.b"),
        (["", "ok"], 400, "tags.0", ""),
        (["x" * 21], 400, "tags.0", "x" * 21),
        ([f"t{n}" for n in range(21)], 400, "tags.20", "t20"),
        ("VIP", 400, "tags", ""),
        ([1], 400, "tags.0", ""),
        ([["x"]], 400, "tags.0", ""),
        ({"add": ["x"]}, 400, "tags", ""),
        (["\ud800"], 400, "tags.0", ""),
    ],
)
def test_what_is_no_list_of_tags_is_refused_by_its_place(
    shop: Site, key: NewApiKey, kim: Contact, tags: Any, status: int, path: str, named: str
) -> None:
    """TAG-1: the tag is named, and nothing of the call is written."""
    answer = call(key, "patch", f"/{kim.pk}", {"name": "changed", "tags": tags})
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["path"] == path
    assert named in error["message"]
    kim.refresh_from_db()
    assert kim.name == "Kim"
    assert not Tag.objects.exists()


def test_full_site_refuses_the_call_and_names_the_tag(shop: Site, key: NewApiKey, kim: Contact) -> None:
    """TAG-1: 409, and the details are not written either."""
    Tag.objects.bulk_create(Tag(site=shop, name=f"t{n}", name_folded=f"t{n}") for n in range(999))
    answer = call(key, "patch", f"/{kim.pk}", {"name": "changed", "tags": ["t5", "first", "second"]})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["path"]) == (409, "site_full", "tags.2")
    assert "second" in error["message"]
    kim.refresh_from_db()
    assert kim.name == "Kim"
    assert not ContactTag.objects.exists()
    assert Tag.objects.count() == 999


def test_tags_are_in_the_description_of_the_api() -> None:
    """API-2: complete and true."""
    schema = Client().get("/api/schema/", headers={"accept": "application/vnd.oai.openapi+json"}).json()
    for shape in ("Details", "ContactDetails", "PatchedContactDetails"):
        names = [name for name in schema["components"]["schemas"] if name.startswith(shape)]
        assert names, shape
        assert all("tags" in schema["components"]["schemas"][name]["properties"] for name in names), names
    assert "202" in schema["paths"]["/api/v1/tags/{tag_id}"]["delete"]["responses"]
