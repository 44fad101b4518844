"""UNI-6: what begins beside a conversation leads back to it; on the person's own page everything is as ever."""

import pytest
from django.test import Client

from contacts.models import Contact, Identity, Merge
from desk.models import Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory

ROOM = "/desk/inbox/77/"
BESIDE = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": f"http://testserver{ROOM}"}


@pytest.fixture
def desk(alice: Operator) -> Client:
    return client_of(alice)


@pytest.fixture
def lead(shop: Site) -> Contact:
    return ContactFactory(site=shop, name="Kim", email="kim@example.com", email_qualified=True)


@pytest.fixture
def member(shop: Site) -> Contact:
    return ContactFactory(site=shop, name="Kim Minsu", member_id="m-7", email="minsu@example.com", email_qualified=True)


def of(contact: Contact, rest: str) -> str:
    return f"/desk/contacts/contact/{contact.pk}/{rest}"


def merge_form(desk: Client, kept: Contact, other: Contact, **more: str) -> dict[str, str]:
    page = desk.get(of(kept, "merge/"), {"with": other.pk, **more})
    return {"with": str(other.pk), "fingerprint": page.context["plan"].fingerprint, **more}


def test_a_merge_begun_in_a_conversation_comes_back_to_it(desk: Client, lead: Contact, member: Contact) -> None:
    """UNI-6: the conversation goes on with the survivor."""
    answer = desk.post(of(member, "merge/"), merge_form(desk, member, lead, next=ROOM))
    assert (answer.status_code, answer.headers["Location"]) == (302, ROOM)
    assert Merge.objects.get().survivor == member


def test_a_merge_begun_elsewhere_shows_its_result(desk: Client, lead: Contact, member: Contact) -> None:
    """UNI-10"""
    answer = desk.post(of(member, "merge/"), merge_form(desk, member, lead))
    assert answer.headers["Location"] == f"/desk/merges/{Merge.objects.get().pk}/"


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_no_address_of_another_host_is_come_back_to(desk: Client, lead: Contact, member: Contact, wanted: str) -> None:
    """An open redirect would send operators to a page that looks like the desk."""
    page = desk.get(of(member, "merge/"), {"with": lead.pk, "next": wanted})
    assert wanted not in page.content.decode()
    answer = desk.post(of(member, "merge/"), merge_form(desk, member, lead, next=wanted))
    assert answer.headers["Location"].startswith("/desk/merges/")


def test_the_search_for_the_other_one_keeps_the_way_back(desk: Client, lead: Contact, member: Contact) -> None:
    """UNI-6"""
    found = desk.get(of(lead, "merge/"), {"q": "Minsu", "next": ROOM})
    assert f"with={lead.pk}&amp;next=%2Fdesk%2Finbox%2F77%2F" in found.content.decode()


def test_the_other_way_round_keeps_the_way_back(desk: Client, lead: Contact, member: Contact) -> None:
    """UNI-1: a member is the one that is kept, from whichever side one comes."""
    answer = desk.get(of(lead, "merge/"), {"with": member.pk, "next": ROOM})
    assert answer.headers["Location"].endswith(f"with={lead.pk}&next=%2Fdesk%2Finbox%2F77%2F")


def test_a_detail_that_unifies_two_people_stays_in_the_conversation(
    desk: Client, lead: Contact, member: Contact
) -> None:
    """UNI-2: the page the form stands on is shown anew, with the member."""
    answer = desk.post(of(lead, "details/basic/"), {"email": "minsu@example.com"}, **BESIDE)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, ROOM)


def test_on_the_own_page_it_leads_to_the_member(desk: Client, lead: Contact, member: Contact) -> None:
    """UNI-2"""
    own = {**BESIDE, "HTTP_HX_CURRENT_URL": f"http://testserver{of(lead, 'change/')}"}
    answer = desk.post(of(lead, "details/basic/"), {"email": "minsu@example.com"}, **own)
    assert answer.headers["HX-Redirect"] == of(member, "change/")


def test_the_head_beside_a_conversation_does_not_offer_to_delete(desk: Client, lead: Contact) -> None:
    """Whoever is talked with is not deleted in passing; the person's own page does."""
    beside = desk.post(of(lead, "block/"), **BESIDE).content.decode()
    assert of(lead, "delete/") not in beside
    assert f"{of(lead, 'merge/')}?next=%2Fdesk%2Finbox%2F77%2F" in beside
    assert of(lead, "delete/") in desk.get(of(lead, "change/")).content.decode()


def test_the_number_of_a_phone_line_is_masked_like_the_number_itself(
    victor: Operator, desk: Client, shop: Site, lead: Contact
) -> None:
    """SITE-4: the key of a phone line or a mailbox is a detail of the person."""
    for channel, key in (("phone", "+821012345678"), ("email", "kim@example.com"), ("kakao", "k-1")):
        Identity.objects.create(site=shop, contact=lead, channel=channel, key=key, created_at=lead.created_at)
    masked = client_of(victor).get(of(lead, "change/")).content.decode()
    assert "+821012345678" not in masked
    assert "SHOP_••••5678" in masked
    assert "SHOP_kim@example.com" not in masked
    assert "SHOP_k-1" in masked
    assert "SHOP_+821012345678" in desk.get(of(lead, "change/")).content.decode()
