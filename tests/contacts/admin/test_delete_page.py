"""RET-8, SITE-4: deleting one person by hand."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from contacts.merging import merge
from contacts.models import Contact, DeletionCount
from desk.actors import SYSTEM
from desk.models import AuditEntry, Operator, Site
from tests.conftest import client_of
from tests.contacts.browser import Browser
from tests.factories import ContactFactory

LIST = "/desk/contacts/contact/"


@pytest.fixture
def desk(alice: Operator) -> Client:
    """Alice's browser."""
    return client_of(alice)


@pytest.fixture
def kim(shop: Site) -> Contact:
    contact: Contact = Browser(shop).boot("kim-1", page="/", profile={"name": "Kim"}).contact
    return contact


def url(contact: Contact) -> str:
    return f"{LIST}{contact.pk}/delete/"


def test_the_page_names_the_person_and_what_goes(desk: Client, kim: Contact) -> None:
    """RET-8: with counts, without what the person never had; looking deletes nobody."""
    page = desk.get(url(kim)).content.decode()
    for words in ("Delete Kim?", "kim-1", f"Customer number</span> {kim.customer_number}", "cannot be undone"):
        assert words.replace("</span>", "") in page, words
    for label in ("Identities", "Visits", "Events", "Known values"):
        assert f"<dt>{label}</dt>" in page
    assert "<dt>Customer tags</dt>" not in page
    assert Contact.objects.exists()


def test_confirmed_the_person_is_gone_and_the_list_says_so(desk: Client, kim: Contact) -> None:
    """RET-8, SITE-4: who, when, from where and why are in the audit log."""
    answer = desk.post(url(kim), {"reason": "asked by phone"})
    assert (answer.status_code, answer["location"]) == (302, LIST)
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["Kim was deleted."]
    entry = AuditEntry.objects.get(action="contact.delete")
    assert (entry.reason, entry.address, entry.target_id) == ("asked by phone", "127.0.0.1", str(kim.pk))
    assert DeletionCount.objects.get().reason == "operator"
    assert desk.get(f"{LIST}{kim.pk}/change/").status_code == 404
    assert desk.post(url(kim)).status_code == 404


def test_the_reason_is_optional_and_short(desk: Client, kim: Contact) -> None:
    """RET-8."""
    page = desk.post(url(kim), {"reason": "x" * 256}).content.decode()
    assert 'aria-invalid="true"' in page
    assert Contact.objects.exists()
    assert desk.post(url(kim)).status_code == 302
    assert not Contact.objects.exists()


def test_an_old_address_leads_to_whom_it_means_now(desk: Client, shop: Site, kim: Contact) -> None:
    """UNI-8: nobody is deleted under a name that was not shown."""
    lead = ContactFactory(site=shop)
    merge(kim, lead, actor=SYSTEM, trigger="operator", now=timezone.now())
    for method in (desk.get, desk.post):
        answer = method(url(lead))
        assert (answer.status_code, answer["location"]) == (302, url(kim))
    assert Contact.objects.get() == kim


def test_the_button_is_there_for_who_may(desk: Client, bob: Operator, kim: Contact) -> None:
    """SITE-3."""
    page = f"{LIST}{kim.pk}/change/"
    assert url(kim) in desk.get(page).content.decode()
    assert url(kim) not in client_of(bob).get(page).content.decode()


# Alice is admin, Bob agent, Victor viewer, Charlie of another site.
PEOPLE = ["alice", "bob", "victor", "charlie"]
TABLE = {"GET": [200, 403, 403, 404], "POST": [302, 403, 403, 404]}


@pytest.mark.parametrize("method", TABLE)
@pytest.mark.parametrize("person", PEOPLE)
def test_who_may_delete(request: pytest.FixtureRequest, kim: Contact, method: str, person: str) -> None:
    """SITE-2, SITE-3."""
    client = client_of(request.getfixturevalue(person))
    expected = TABLE[method][PEOPLE.index(person)]
    assert getattr(client, method.lower())(url(kim)).status_code == expected
    assert Contact.objects.exists() is not (expected == 302)


def test_an_anonymous_visitor_has_no_page_to_be_deleted_from(desk: Client, shop: Site) -> None:
    """KIND-5."""
    visitor = Browser(shop).boot().contact
    assert desk.post(url(visitor)).status_code == 404
    assert Contact.objects.exists()


def test_djangos_own_bulk_delete_does_nothing(desk: Client, kim: Contact) -> None:
    """RET-4: it would cascade past the rules."""
    data = {"action": "delete_selected", "_selected_action": [str(kim.pk)], "post": "yes", "index": "0"}
    desk.post(LIST, data)
    assert Contact.objects.get() == kim
    assert not AuditEntry.objects.filter(action="contact.delete").exists()
