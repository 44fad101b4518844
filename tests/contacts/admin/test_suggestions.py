"""UNI-12, UNI-14: the page of possible duplicates and of frozen values."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Contact, FrozenValue, MergeSuggestion
from desk.models import AuditEntry, Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory

PAGE = "/desk/suggestions/"


@pytest.fixture
def desk(bob: Operator) -> Client:
    """Bob's browser."""
    return client_of(bob)


def suggest(site: Site, one: Contact, other: Contact, reason: str = "samePhone", value: str = "") -> MergeSuggestion:
    """A row as the search in the background leaves it."""
    first, second = sorted((one, other), key=lambda contact: contact.pk)
    value = value or "+821012345678"
    return MergeSuggestion.objects.create(
        site=site, first=first, second=second, reason=reason, value=value, at=timezone.now()
    )


@pytest.fixture
def two(shop: Site) -> tuple[Contact, Contact]:
    """A lead and a member with one phone."""
    return ContactFactory(site=shop, name="Lee"), ContactFactory(site=shop, name="이서연", member_id="m")


def test_a_pair_is_shown_with_every_reason(desk: Client, shop: Site, two: tuple[Contact, Contact]) -> None:
    """UNI-12: once, with the way to compare the two, the member kept."""
    suggest(shop, *two)
    suggest(shop, *two, reason="sameEmail", value="lee@example.com")
    html = desk.get(PAGE).content.decode()
    assert html.count("data-suggestion=") == 1
    for text in ("Lee", "이서연", "Same phone", "010-1234-5678", "Same e-mail", "lee@example.com"):
        assert text in html
    lead, member = two
    assert f"/desk/contacts/contact/{member.pk}/merge/?with={lead.pk}&amp;why=suggestion" in html


def test_the_sidebar_counts_what_waits(desk: Client, shop: Site, two: tuple[Contact, Contact]) -> None:
    """LIST-1"""
    suggest(shop, *two)
    assert desk.get("/desk/counts/").json()["counts"][PAGE] == 1


def test_who_may_not_see_personal_data_sees_it_masked(
    victor: Operator, shop: Site, two: tuple[Contact, Contact]
) -> None:
    """SITE-4: and a viewer is offered nothing to press."""
    suggest(shop, *two)
    suggest(shop, *two, reason="sameEmail", value="lee@example.com")
    FrozenValue.objects.create(site=shop, field="email", value="frozen@example.com", joins=21, frozen_at=timezone.now())
    html = client_of(victor).get(PAGE).content.decode()
    for secret in ("1234-5678", "12345678", "lee@example", "frozen@example"):
        assert secret not in html
    assert "/dismiss/" not in html
    assert "/thaw/" not in html


def test_a_dismissed_pair_stays_away(desk: Client, shop: Site, two: tuple[Contact, Contact]) -> None:
    """UNI-12: for good, whatever the reason; the log knows who."""
    row = suggest(shop, *two)
    suggest(shop, *two, reason="sameEmail", value="lee@example.com")
    html = desk.post(f"{PAGE}{row.pk}/dismiss/", follow=True).content.decode()
    assert "stay two people" in html
    assert "Nobody seems to be here twice" in html
    assert AuditEntry.objects.get(action="mergesuggestion.dismiss").operator is not None


def test_a_dismissal_is_taken_back_at_once(desk: Client, shop: Site, two: tuple[Contact, Contact]) -> None:
    """UNI-12: with everything that went with it, by the Undo of the toast."""
    row = suggest(shop, *two)
    suggest(shop, *two, reason="sameEmail", value="lee@example.com")
    assert f"{PAGE}{row.pk}/undo/" in desk.post(f"{PAGE}{row.pk}/dismiss/", follow=True).content.decode()
    html = desk.post(f"{PAGE}{row.pk}/undo/", follow=True).content.decode()
    assert "The two are suggested again." in html
    assert "Same phone" in html
    assert "Same e-mail" in html


def test_a_frozen_value_is_thawed(desk: Client, shop: Site) -> None:
    """UNI-14"""
    value = FrozenValue.objects.create(
        site=shop, field="mobileNumber", value="+821000000001", joins=21, frozen_at=timezone.now()
    )
    assert "21 people" in desk.get(PAGE).content.decode()
    html = desk.post(f"{PAGE}frozen/{value.pk}/thaw/", follow=True).content.decode()
    assert "finds people again" in html
    assert "Frozen values" not in html


@pytest.mark.parametrize("who", ["victor", "charlie"])
def test_only_operators_of_the_site_who_merge_decide(
    who: str, request: Any, shop: Site, two: tuple[Contact, Contact]
) -> None:
    """SITE-2, SITE-3"""
    row = suggest(shop, *two)
    value = FrozenValue.objects.create(site=shop, field="email", value="x@y.z", joins=21, frozen_at=timezone.now())
    client = client_of(request.getfixturevalue(who))
    refused = 403 if who == "victor" else 404
    assert client.post(f"{PAGE}{row.pk}/dismiss/").status_code == refused
    assert client.post(f"{PAGE}{row.pk}/undo/").status_code == refused
    assert client.post(f"{PAGE}frozen/{value.pk}/thaw/").status_code == refused
    assert MergeSuggestion.objects.filter(dismissed_at=None).exists()
    if who == "charlie":
        assert "이서연" not in client.get(PAGE).content.decode()


def test_older_suggestions_are_on_the_next_page(desk: Client, shop: Site) -> None:
    """UNI-12: every pair once."""
    member = ContactFactory(site=shop, member_id="m")
    for _ in range(60):
        suggest(shop, member, ContactFactory(site=shop))
    first = desk.get(PAGE)
    assert len(first.context["pairs"]) == 50
    rest = desk.get(PAGE, {"place": first.context["older"]})
    assert len({pair.id for pair in (*first.context["pairs"], *rest.context["pairs"])}) == 60
    assert rest.context["older"] == ""


@pytest.mark.parametrize("place", ["x", "2026-01-01:1", "2026-01-01T00:00:00+00:00:x", ":"])
def test_a_place_not_made_here_is_not_found(desk: Client, place: str) -> None:
    assert desk.get(PAGE, {"place": place}).status_code == 404


def test_the_search_for_the_other_one_offers_who_is_suggested(
    desk: Client, shop: Site, two: tuple[Contact, Contact]
) -> None:
    """UNI-6, UNI-12: before anything is typed."""
    suggest(shop, *two)
    html = desk.get(f"/desk/contacts/contact/{two[0].pk}/merge/").content.decode()
    assert "Perhaps the same person" in html
    assert "Same phone" in html
    assert f"{two[1].pk}/merge/?with={two[0].pk}" in html


def test_the_person_s_page_tells_of_a_suggestion(desk: Client, shop: Site, two: tuple[Contact, Contact]) -> None:
    """UNI-12, LIST-5"""
    suggest(shop, *two)
    html = desk.get(f"/desk/contacts/contact/{two[0].pk}/change/").content.decode()
    assert "Perhaps the same person: <strong>이서연</strong>" in html
    assert html.count("Perhaps the same person") == 1
