"""SITE-4: who saw personal data that was not masked is in the audit log, once in ten minutes, and says no value."""

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Contact
from desk.actors import SYSTEM
from desk.api_keys import create_api_key
from desk.models import AuditEntry, Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory

LIST = reverse("admin:contacts_contact_changelist")


@pytest.fixture(autouse=True)
def _nothing_was_written_yet(settings: Any, request: Any) -> None:
    """A memory of its own, whichever cache the tests run with."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": request.node.name}}


@pytest.fixture
def kim(shop: Site) -> Contact:
    return ContactFactory(site=shop, name="Kim", email="kim@example.com", mobile_number="+821012345678")


@pytest.fixture
def desk(alice: Operator) -> Client:
    return client_of(alice)


def page_of(contact: Contact) -> str:
    return reverse("admin:contacts_contact_change", args=[contact.pk])


def seen() -> list[tuple[str, str, dict[str, Any]]]:
    """What was seen, oldest first."""
    found = AuditEntry.objects.exclude(action__startswith="operator.").order_by("pk")
    return [(entry.action, entry.target_id, entry.details) for entry in found]


def test_a_person_is_seen_once_in_ten_minutes(
    desk: Client, kim: Contact, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page, timeline, a card: the same eyes on the same person."""
    began = time.time()
    desk.get(page_of(kim))
    desk.get(reverse("admin:contacts_contact_timeline", args=[kim.pk]))
    desk.get(reverse("admin:contacts_contact_details", args=[kim.pk, "marketing"]))
    monkeypatch.setattr(time, "time", lambda: began + 590)
    desk.get(page_of(kim))
    assert seen() == [("contact.view", str(kim.pk), {})]
    monkeypatch.setattr(time, "time", lambda: began + 660)
    desk.get(page_of(kim))
    entries = AuditEntry.objects.filter(action="contact.view")
    assert {(entry.actor, entry.address, entry.site_id) for entry in entries} == {("Alice", "127.0.0.1", shop.pk)}
    assert len(entries) == 2


def test_another_operator_is_another_pair_of_eyes(desk: Client, bob: Operator, kim: Contact) -> None:
    desk.get(page_of(kim))
    client_of(bob).get(page_of(kim))
    assert [action for action, *_rest in seen()] == ["contact.view"] * 2


def test_a_list_says_how_many_and_by_what(desk: Client, kim: Contact) -> None:
    """Not by which value: it may be the person's own, and nobody would find it here when the person is erased."""
    filter = '{"and": [{"key": "email", "op": "is", "values": ["kim@example.com"]}]}'
    for _ in range(2):
        desk.get(LIST, {"filter": filter, "q": "kim@example", "kind": "lead"})
    desk.get(LIST, {"filter": filter, "q": "kim@example", "kind": "lead", "o": "name"})
    assert seen() == [
        ("contact.list", "", {"rows": 1, "kind": "lead", "search": True, "conditions": ["email"]}),
    ]
    desk.get(LIST)
    assert seen()[1:] == [("contact.list", "", {"rows": 1})]


def test_a_list_of_nobody_shows_nobody(desk: Client, shop: Site) -> None:
    desk.get(LIST)
    assert seen() == []


def test_search_and_comparison(desk: Client, kim: Contact, shop: Site) -> None:
    """The palette as one types, the search of the merge dialog, both people of the comparison."""
    lee = ContactFactory(site=shop, name="Lee", email="kim@example.com")
    for typed in ("ki", "kim", "kim@"):
        desk.get(reverse("admin:palette"), {"q": typed})
    merge = reverse("admin:contacts_contact_merge", args=[kim.pk])
    desk.get(merge, {"q": "kim@example"})
    desk.get(merge, {"with": lee.pk})
    told = [(action, target) for action, target, _details in seen()]
    assert told == [
        ("contact.search", ""),
        ("contact.mergeSearch", str(kim.pk)),
        ("contact.view", str(kim.pk)),
        ("contact.view", str(lee.pk)),
    ]


def test_who_sees_masked_leaves_no_such_entry(victor: Operator, kim: Contact) -> None:
    client = client_of(victor)
    for address in (LIST, page_of(kim), reverse("admin:palette") + "?q=kim"):
        assert client.get(address).status_code == 200
    assert seen() == []


def test_without_the_cache_it_is_written_each_time(desk: Client, kim: Contact, settings: Any, tmp_path: Any) -> None:
    """In doubt an entry too many: here the cache is a server that nobody runs."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    }
    for _ in range(2):
        assert desk.get(page_of(kim)).status_code == 200
    assert [action for action, *_rest in seen()] == ["contact.view"] * 2


def test_a_program_is_told_once_an_hour_and_way(client: Client, shop: Site, kim: Contact) -> None:
    """A key reads everything unmasked: the log says that it read, not each person of a nightly copy."""
    new = create_api_key(shop, "Sync", actor=SYSTEM)
    headers = {"x-access-key": new.key.access_key, "x-access-secret": new.secret}
    for _ in range(2):
        assert client.get(f"/api/v1/contacts/{kim.pk}", headers=headers).status_code == 200
        assert client.get("/api/v1/contacts", headers=headers).status_code == 200
    assert client.get("/api/v1/contacts/1", headers=headers).status_code == 404
    read = [details["what"] for action, _target, details in seen() if action == "apiKey.read"]
    assert set(read) == {"contact", "contacts"}
    assert len(read) < 4  # three when an hour ends just now
