"""LIST-4: adding a person by hand."""

import pytest
from django.test import Client

from contacts.models import Contact, Kind, ProfileField
from desk.models import Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory

ADD = "/desk/contacts/contact/add/"


@pytest.fixture
def desk(bob: Operator) -> Client:
    """Bob's browser."""
    return client_of(bob)


def test_somebody_with_a_phone_becomes_a_lead(desk: Client, shop: Site) -> None:
    """LIST-4, KIND-2: entered by an operator, qualified."""
    ProfileField.objects.create(site=shop, key="size", type="number")
    response = desk.post(ADD, {"name": "Kim", "mobileNumber": "010-1234-5678", "profile.size": "265"})
    contact = Contact.objects.get()
    assert response.status_code == 302
    assert response["location"] == f"/desk/contacts/contact/{contact.pk}/change/"
    assert (contact.kind, contact.lead_reason) == (Kind.LEAD, "entered")
    assert contact.mobile_number_qualified
    assert contact.profile.values == {"size": 265}


def test_somebody_with_a_member_id_becomes_a_member(desk: Client) -> None:
    """LIST-4, KIND-1"""
    desk.post(ADD, {"memberId": "m-1"})
    assert Contact.objects.get().kind == Kind.MEMBER


@pytest.mark.parametrize("typed", [{}, {"name": "Kim"}, {"name": " ", "email": " "}])
def test_something_to_find_the_person_by_is_needed(desk: Client, typed: dict[str, str]) -> None:
    """LIST-4: at least a phone, an e-mail or a memberId."""
    html = desk.post(ADD, typed).content.decode()
    assert "one of them at least" in html
    assert not Contact.objects.exists()


def test_somebody_who_exists_is_shown_instead_of_added_again(desk: Client, shop: Site) -> None:
    """LIST-4"""
    desk.post(ADD, {"name": "Kim", "email": "kim@example.com"})
    first = Contact.objects.get()
    response = desk.post(ADD, {"name": "Other spelling", "email": " KIM@example.com"}, follow=True)
    assert Contact.objects.get() == first
    assert response.request["PATH_INFO"] == f"/desk/contacts/contact/{first.pk}/change/"
    assert "exists already" in response.content.decode()
    assert Contact.objects.get().name == "Kim"


@pytest.mark.parametrize(("field", "typed"), [("memberId", "has blank"), ("name", "x" * 101), ("profile.size", "wide")])
def test_a_refused_value_keeps_everything_that_was_typed(desk: Client, shop: Site, field: str, typed: str) -> None:
    """LIST-4: an error by its field, nothing lost."""
    ProfileField.objects.create(site=shop, key="size", type="number")
    html = desk.post(ADD, {"email": "kim@example.com", field: typed}).content.decode()
    assert "errorlist" in html
    assert "kim@example.com" in html
    assert typed in html
    assert not Contact.objects.exists()


def test_a_person_of_another_site_does_not_count_as_existing(desk: Client, shop: Site, elsewhere: Site) -> None:
    """SITE-2"""
    ContactFactory(site=elsewhere, email="kim@example.com")
    desk.post(ADD, {"email": "kim@example.com"})
    assert Contact.objects.filter(site=shop).count() == 1


def test_a_viewer_may_not_add(victor: Operator, shop: Site) -> None:
    """SITE-3"""
    client = client_of(victor)
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"email": "kim@example.com"}).status_code == 403
    assert "/contact/add/" not in client.get("/desk/contacts/contact/").content.decode()
