"""API-2: ``tags`` of the open API."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from contacts.models import Contact
from desk.actors import SYSTEM
from desk.api_keys import NewApiKey, create_api_key
from desk.jobs.working import new_token, work_off
from desk.models import AuditEntry, Job, Site
from tags.leaving import AT_ONCE
from tags.models import ContactTag, Tag
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

URL = "/api/v1/tags"


@pytest.fixture
def key(shop: Site) -> NewApiKey:
    return create_api_key(shop, "ERP", actor=SYSTEM)


def call(key: NewApiKey, method: str, url: str, body: Any = None, **query: str) -> HttpResponse:
    headers = {"x-access-key": key.key.access_key, "x-access-secret": key.secret}
    if method == "get":
        return Client().get(url, query, headers=headers)  # type: ignore[return-value]
    return getattr(Client(), method)(url, body or {}, content_type="application/json", headers=headers)  # type: ignore[no-any-return]


def test_tag_is_made_read_changed_and_deleted(shop: Site, key: NewApiKey) -> None:
    """API-2: the usual five verbs; who did it is in the audit log."""
    made = call(key, "post", URL, {"name": " VIP ", "color": "#D4A017", "description": "Best"})
    assert made.status_code == 201
    tag = made.json()
    assert (tag["name"], tag["color"], tag["description"]) == ("VIP", "#d4a017", "Best")
    assert tag["createdAt"].endswith("Z")
    ContactTagFactory(site=shop, tag_id=int(tag["id"]), contact=ContactFactory(site=shop))
    one = f"{URL}/{tag['id']}"
    assert call(key, "get", one).json() == {**tag, "contactsCount": 1}
    assert call(key, "patch", one, {"name": "Gold"}).json()["name"] == "Gold"
    assert call(key, "get", URL).json() == {"tags": [{**tag, "name": "Gold"}], "next": None}
    assert call(key, "delete", one).status_code == 204
    assert not Tag.objects.exists()
    assert not ContactTag.objects.exists()
    actors = AuditEntry.objects.filter(action__startswith="tag.").values_list("action", "actor")
    assert set(actors) == {("tag.create", "ERP"), ("tag.change", "ERP"), ("tag.delete", "ERP")}


def test_pages_follow_one_another_by_name(shop: Site, key: NewApiKey) -> None:
    """API-2: cursor paging."""
    for number in range(5):
        TagFactory(site=shop, name=f"t{number}")
    names, since = [], ""
    for _ in range(3):
        page = call(key, "get", URL, limit="2", since=since).json()
        names += [tag["name"] for tag in page["tags"]]
        since = page["next"] or ""
    assert names == ["t0", "t1", "t2", "t3", "t4"]
    assert since == ""


@pytest.mark.parametrize("limit", ["0", "501", "x", "-1", "1.5", "", "9" * 40])
def test_limit_out_of_range_is_refused(key: NewApiKey, limit: str) -> None:
    """API-2: limit 1–500."""
    answer = call(key, "get", URL, limit=limit)
    assert answer.status_code == 400
    assert answer.json()["error"]["path"] == "limit"


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"name": "VIP"}, 409, "name"),
        ({"name": "a.b"}, 400, "name"),
        ({"name": "x", "color": "red"}, 400, "color"),
        ({"name": "x", "description": "d" * 129}, 400, "description"),
        ({"name": "x", "note": "y"}, 400, "note"),
        ({}, 400, "name"),
        ({"name": 1}, 400, "name"),
    ],
)
def test_wrong_tag_is_refused_with_the_path(shop: Site, key: NewApiKey, body: Any, status: int, path: str) -> None:
    """TAG-1, api.md "Errors" """
    TagFactory(site=shop, name="vip")
    answer = call(key, "post", URL, body)
    assert answer.status_code == status
    assert answer.json()["error"]["path"] == path
    assert Tag.objects.count() == 1


def test_key_reaches_its_own_site_only(shop: Site, elsewhere: Site, key: NewApiKey) -> None:
    """SITE-2"""
    foreign = TagFactory(site=elsewhere, name="secret")
    for method in ("get", "patch", "delete"):
        assert call(key, method, f"{URL}/{foreign.pk}").status_code == 404
    for wrong in ("0", "x", "-5", "9" * 30, "٣"):
        assert call(key, "get", f"{URL}/{wrong}").status_code == 404
    assert call(key, "get", URL).json()["tags"] == []
    assert Tag.objects.filter(pk=foreign.pk).exists()


def test_nobody_enters_without_a_key(key: NewApiKey) -> None:
    """API-2"""
    assert Client().get(URL).status_code == 401
    assert Client().get(URL, headers={"x-access-key": key.key.access_key, "x-access-secret": "no"}).status_code == 401


def test_unknown_query_parameter_is_refused(key: NewApiKey) -> None:
    """api.md: never ignored."""
    assert call(key, "get", URL, page="2").status_code == 400
    assert call(key, "get", URL, since="\0").status_code == 200


def test_tag_on_many_is_deleted_in_the_background(shop: Site, key: NewApiKey) -> None:
    """TAG-2: 202 with the job; meanwhile the tag can neither be changed nor deleted again, and says so by name."""
    tag = TagFactory(site=shop, name="VIP")
    contacts = Contact.objects.bulk_create(ContactFactory.build(site=shop) for _ in range(AT_ONCE + 1))
    ContactTag.objects.bulk_create(
        ContactTag(site=shop, tag=tag, contact=contact, source="api", at=contact.created_at) for contact in contacts
    )
    one = f"{URL}/{tag.pk}"
    answer = call(key, "delete", one)
    assert answer.status_code == 202
    assert (answer.json()["id"], answer.json()["state"]) == (str(Job.objects.get().pk), "queued")
    for refused in (call(key, "delete", one), call(key, "patch", one, {"name": "Gold"})):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "leaving")
        assert "VIP" in refused.json()["error"]["message"]
    work_off(Job.objects.get().pk, token=new_token())
    assert call(key, "get", one).status_code == 404
