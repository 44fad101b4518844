"""The boot's hand-written SELECT and writes say what the ORM would (contacts.resolving, contacts.statements)."""

from typing import Any

import pytest
from django.db.models import Model
from django.forms.models import model_to_dict

from contacts.models import Contact, ContactProfile, Event, Identity, Visit
from contacts.resolving import resolve
from contacts.statements import insert_row, update_rows
from desk.ids import new_id
from desk.models import Site
from tests.contacts.browser import NOON, Browser
from tests.factories import ContactTagFactory, TagFactory

pytestmark = pytest.mark.django_db

LIGHT = {"contact_id", "site_id", "values", "address", "referrer", "utm"}


def columns(row: Model, only: set[str] | None = None) -> dict[str, Any]:
    names = {field.attname for field in row._meta.concrete_fields}
    return {name: getattr(row, name) for name in sorted(only or names)}


def test_every_column_is_read_as_the_orm_reads_it(shop: Site) -> None:
    """Dates, times, flags, JSON, encrypted texts: on both engines."""
    browser = Browser(shop)
    browser.boot(
        "lucas",
        page="/",
        utm={"source": "ad"},
        profile={"name": "김", "email": "k@example.com", "birthDate": "1990-05-17", "list": ["a"], "n": 1.5, "t": True},
    )
    found = resolve(shop.plugin_key, "web", browser.veil_id, browser.session, secrets=True)
    assert found is not None
    assert found.contact is not None
    assert found.identity is not None
    assert found.visit is not None
    assert columns(found.site) == columns(Site.objects.get())
    assert columns(found.identity) == columns(Identity.objects.get())
    assert columns(found.contact) == columns(Contact.objects.get())
    assert columns(found.visit) == columns(Visit.objects.get())
    assert columns(found.contact.profile, LIGHT) == columns(ContactProfile.objects.get(), LIGHT)


def test_rows_are_linked_without_further_queries(shop: Site, django_assert_num_queries: Any) -> None:
    browser = Browser(shop)
    browser.boot()
    with django_assert_num_queries(1):
        found = resolve(shop.plugin_key, "web", browser.veil_id, browser.session, secrets=False)
        assert found is not None
        assert found.contact is not None
        assert found.identity is not None
        assert found.visit is not None
        assert found.identity.contact is found.contact
        assert found.visit.identity is found.identity
        assert found.contact.profile.contact is found.contact
        assert found.contact.site is found.site


def test_a_stranger_is_only_a_site(shop: Site) -> None:
    found = resolve(shop.plugin_key, "web", None, None, secrets=False)
    assert found is not None
    assert (found.identity, found.contact, found.visit, found.facts) == (
        None,
        None,
        None,
        {"tags": [], "chatsCount": 0, "unread": 0},
    )


def test_facts_come_with_the_row(shop: Site) -> None:
    """contacts.visitor_facts: tags adds a column."""
    browser = Browser(shop)
    contact = browser.boot("lucas").contact
    ContactTagFactory(site=shop, contact=contact, tag=TagFactory(site=shop, name="vip"))
    found = resolve(shop.plugin_key, "web", browser.veil_id, None, secrets=False)
    assert found is not None
    assert found.facts == {"tags": ["vip"], "chatsCount": 0, "unread": 0}


def test_an_inserted_row_is_read_back_as_it_was(shop: Site) -> None:
    booted = Browser(shop).boot()
    event = Event(
        id=new_id(), site=shop, contact=booted.contact, identity=booted.identity, name="Order", at=NOON,
        property={"amount": 1, "note": "선물", "list": ["a"]},
    )  # fmt: skip
    insert_row(event)
    assert model_to_dict(Event.objects.get(name="Order")) == model_to_dict(event)
    event.name = "Refund"
    event.save()  # the row counts as saved: an update, no second insert
    assert Event.objects.get().name == "Refund"


def test_an_update_names_how_many_rows_it_met(shop: Site) -> None:
    """The compare-and-swap of sessions and touches."""
    contact = Browser(shop).boot().contact
    assert (
        update_rows(Contact, {"city": "서울"}, {"id": contact.pk, "kind": "anonymous"}, plus_one=["sessions_count"])
        == 1
    )
    assert update_rows(Contact, {"city": "부산"}, {"id": contact.pk, "kind": "member"}) == 0
    contact.refresh_from_db()
    assert (contact.city, contact.sessions_count) == ("서울", 2)
