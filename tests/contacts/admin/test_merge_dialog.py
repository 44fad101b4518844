"""UNI-6, UNI-9, UNI-10, UNI-13: the merge dialog, its result, and what a person's page tells of it."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.details import change_details
from contacts.models import Contact, KnownValue, Merge, PendingMerge, Source
from contacts.search import search_text_of
from desk.actors import SYSTEM
from desk.models import Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

BASE = "/desk/contacts/contact/"
NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)


def person(site: Site, **details: Any) -> Contact:
    """A contact that quick search finds as it finds any other."""
    contact: Contact = ContactFactory(site=site, **details)
    contact.profile.search_text = search_text_of(contact, site)
    contact.profile.save()
    return contact


@pytest.fixture
def member(shop: Site) -> Contact:
    """A member with an e-mail that is trusted."""
    return person(
        shop,
        name="이서연",
        customer_number=1024,
        member_id="seoyeon",
        email="seoyeon@example.com",
        email_qualified=True,
        memo="VIP",
        created_at=NOW,
    )


@pytest.fixture
def lead(shop: Site) -> Contact:
    """The same person, entered on the phone."""
    return person(
        shop,
        name="Lee Seoyeon",
        customer_number=1031,
        email="work@example.com",
        mobile_number="+821012345678",
        memo="Exchange",
        created_at=NOW + datetime.timedelta(days=1),
    )


@pytest.fixture
def desk(bob: Operator) -> Client:
    """Bob's browser."""
    return client_of(bob)


def address(kept: Contact, other: Contact) -> str:
    return f"{BASE}{kept.pk}/merge/?with={other.pk}"


def opened(client: Client, kept: Contact, other: Contact) -> Any:
    """The page of the comparison; its context holds the plan that was printed."""
    response = client.get(address(kept, other))
    assert response.status_code == 200
    return response


def confirm(client: Client, kept: Contact, other: Contact, **sent: str) -> Any:
    """Send the form as it stands, with what the operator changed."""
    fingerprint = opened(client, kept, other).context["plan"].fingerprint
    data = {"with": str(other.pk), "fingerprint": fingerprint, **sent}
    return client.post(f"{BASE}{kept.pk}/merge/", data)


# --- finding the other one -----------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["1031", "Seoyeon", "work@exa", "010-1234-5678", "#1031"])
def test_the_other_one_is_found_by_any_of_its_names(desk: Client, member: Contact, lead: Contact, typed: str) -> None:
    """UNI-6: customer number, name, e-mail, phone; the member's own page is not offered."""
    html = desk.get(f"{BASE}{member.pk}/merge/", {"q": typed}).content.decode()
    assert f"{member.pk}/merge/?with={lead.pk}" in html
    assert f"with={member.pk}" not in html


def test_the_member_is_kept_whoever_was_opened_first(desk: Client, member: Contact, lead: Contact) -> None:
    """UNI-1: searched from the lead's page, the member still is the one that stays."""
    html = desk.get(f"{BASE}{lead.pk}/merge/", {"q": "seoyeon"}).content.decode()
    assert f"{member.pk}/merge/?with={lead.pk}" in html
    assert desk.get(address(lead, member)).headers["location"] == address(member, lead)


def test_the_search_shows_masked_details_to_who_may_not_see_them(bob: Operator, member: Contact, lead: Contact) -> None:
    """SITE-4, UNI-6"""
    bob.memberships.update(sees_personal_data=False)
    html = client_of(bob).get(f"{BASE}{member.pk}/merge/", {"q": "1031"}).content.decode()
    assert "Lee Seoyeon" in html
    assert "work@example.com" not in html
    assert "1234-5678" not in html


def test_nobody_of_another_site_is_found_or_merged(desk: Client, member: Contact, elsewhere: Site) -> None:
    """SITE-2"""
    foreign = person(elsewhere, name="Foreign Lee")
    assert "Foreign Lee" not in desk.get(f"{BASE}{member.pk}/merge/", {"q": "Foreign"}).content.decode()
    assert desk.get(address(member, foreign)).status_code == 404
    assert desk.get(f"{BASE}merge/", {"person": [str(member.pk), str(foreign.pk)]}).status_code == 404
    assert desk.post(f"{BASE}{member.pk}/merge/", {"with": str(foreign.pk)}).status_code == 404


def test_two_ticked_people_come_side_by_side(desk: Client, member: Contact, lead: Contact) -> None:
    """LIST-3, UNI-6"""
    response = desk.get(f"{BASE}merge/", {"person": [str(lead.pk), str(member.pk)]})
    assert response.headers["location"] == address(member, lead)
    for wrong in ([str(lead.pk)], [str(lead.pk), "x"], [str(lead.pk), str(member.pk), "1"]):
        assert desk.get(f"{BASE}merge/", {"person": wrong}).status_code == 404


def test_of_two_leads_the_older_one_is_kept_and_they_can_be_swapped(desk: Client, shop: Site, lead: Contact) -> None:
    """UNI-6"""
    older = person(shop, created_at=NOW - datetime.timedelta(days=9))
    response = desk.get(f"{BASE}merge/", {"person": [str(lead.pk), str(older.pk)]})
    assert response.headers["location"] == address(older, lead)
    assert address(lead, older).replace("&", "&amp;") in opened(desk, older, lead).content.decode()
    assert opened(desk, lead, older).context["kept"].id == str(lead.pk)


def test_viewers_cannot_merge(victor: Operator, member: Contact, lead: Contact) -> None:
    """SITE-3"""
    client = client_of(victor)
    for path in (address(member, lead), f"{BASE}{member.pk}/merge/", f"{BASE}merge/?person={lead.pk}"):
        assert client.get(path).status_code == 403
    assert client.post(f"{BASE}{member.pk}/merge/", {"with": str(lead.pk)}).status_code == 403
    assert "/merge/" not in client.get(f"{BASE}{member.pk}/change/").content.decode()
    assert "data-merge=" not in client.get(BASE).content.decode()


# --- the plan on the page ------------------------------------------------------------------------------


def test_the_page_prints_the_plan(desk: Client, member: Contact, lead: Contact, shop: Site) -> None:
    """UNI-13: values with their sources, what moves, what becomes of the rest, and what the button will do."""
    change_details(
        lead, {"address": "Busan"}, source=Source.OPERATOR, source_label="Alice", actor=SYSTEM, now=timezone.now()
    )
    ContactTagFactory(site=shop, contact=lead, tag=TagFactory(site=shop, name="VIP customer"))
    html = opened(desk, member, lead).content.decode()
    for text in (
        "Merge Lee Seoyeon into customer 1024",
        'name="choice.email" value="survivor"',
        "work@example.com",
        "Operator (Alice)",
        "VIP customer",
        "What moves to customer 1024",
        "010-1234-5678",
    ):
        assert text in html
    assert 'name="choice.memo"' not in html  # both memos are kept, so there is nothing to choose


def test_what_is_the_same_is_no_row(desk: Client, shop: Site) -> None:
    """UNI-6: one row per field that differs."""
    at = NOW
    one, other = (person(shop, name="Twin", created_at=at) for _ in range(2))
    response = opened(desk, one, other)
    assert response.context["words"].to_choose == []
    assert "The two do not contradict each other." in response.content.decode()


def test_personal_data_is_masked_in_the_comparison(bob: Operator, member: Contact, lead: Contact) -> None:
    """SITE-4: whoever may merge may do so without seeing."""
    bob.memberships.update(sees_personal_data=False)
    html = opened(client_of(bob), member, lead).content.decode()
    for secret in ("seoyeon@example.com", "work@example.com", "12345678", "1234-5678"):
        assert secret not in html


def test_the_page_is_light_and_costs_a_fixed_number_of_statements(
    desk: Client, member: Contact, lead: Contact, django_assert_max_num_queries: Any
) -> None:
    """screens.md: at most 60 kB; speed.md: independent of how much there is."""
    opened(desk, member, lead)
    with django_assert_max_num_queries(25):
        response = opened(desk, member, lead)
    assert len(response.content) < 60_000


# --- merging -------------------------------------------------------------------------------------------


def test_a_confirmed_plan_is_carried_out(desk: Client, member: Contact, lead: Contact) -> None:
    """UNI-6, UNI-8: with the values that were chosen; the result is a page with Undo."""
    response = confirm(desk, member, lead, **{"choice.email": "absorbed", "choice.name": "survivor"})
    made = Merge.objects.get()
    assert (response.status_code, response.headers["location"]) == (302, f"/desk/merges/{made.pk}/")
    member.refresh_from_db()
    assert (member.name, member.email, member.mobile_number) == ("이서연", "work@example.com", "+821012345678")
    assert made.trigger == "operator"
    html = desk.get(f"/desk/merges/{made.pk}/").content.decode()
    assert "Customer 1031 is part of 이서연 now." in html
    assert f"/desk/merges/{made.pk}/undo/" in html


def test_a_write_in_between_stops_the_merge_and_is_shown(desk: Client, member: Contact, lead: Contact) -> None:
    """UNI-13: nothing happens, the difference is told, and the new plan can be confirmed."""
    fingerprint = opened(desk, member, lead).context["plan"].fingerprint
    change_details(
        lead, {"name": "Lee S."}, source=Source.OPERATOR, source_label="Alice", actor=SYSTEM, now=timezone.now()
    )
    data = {"with": str(lead.pk), "fingerprint": fingerprint}
    response = desk.post(f"{BASE}{member.pk}/merge/", data)
    html = response.content.decode()
    assert not Merge.objects.exists()
    assert "Nothing was merged" in html
    assert "이서연 / Lee Seoyeon" in html
    assert "이서연 / Lee S." in html
    fresh = response.context["plan"].fingerprint
    assert fresh != fingerprint
    assert desk.post(f"{BASE}{member.pk}/merge/", {**data, "fingerprint": fresh}).status_code == 302
    assert Merge.objects.count() == 1


def test_the_difference_is_masked_too(bob: Operator, member: Contact, lead: Contact) -> None:
    """SITE-4"""
    bob.memberships.update(sees_personal_data=False)
    client = client_of(bob)
    fingerprint = opened(client, member, lead).context["plan"].fingerprint
    change_details(
        lead, {"email": "secret@example.com"}, source=Source.OPERATOR, source_label="", actor=SYSTEM, now=timezone.now()
    )
    data = {"with": str(lead.pk), "fingerprint": fingerprint}
    html = client.post(f"{BASE}{member.pk}/merge/", data).content.decode()
    assert "Nothing was merged" in html
    for secret in ("secret@", "work@", "seoyeon@"):
        assert secret not in html


@pytest.mark.parametrize("fingerprint", ["", "x", "é\x00", "0" * 40 + ".AAAA"])
def test_without_the_fingerprint_of_the_plan_nothing_happens(
    desk: Client, member: Contact, lead: Contact, fingerprint: str
) -> None:
    """UNI-13"""
    data = {"with": str(lead.pk), "fingerprint": fingerprint}
    assert "Nothing was merged" in desk.post(f"{BASE}{member.pk}/merge/", data).content.decode()
    assert not Merge.objects.exists()


def test_a_choice_that_is_none_is_refused(desk: Client, member: Contact, lead: Contact) -> None:
    """UNI-7: the memo is joined, whatever somebody sends."""
    html = confirm(desk, member, lead, **{"choice.memo": "absorbed"}).content.decode()
    assert "This value cannot be chosen." in html
    assert not Merge.objects.exists()


def test_confirming_twice_leads_to_the_person(desk: Client, member: Contact, lead: Contact) -> None:
    """UNI-8: the other one is part of the member already."""
    page = f"{BASE}{member.pk}/merge/"
    data = {"with": str(lead.pk), "fingerprint": opened(desk, member, lead).context["plan"].fingerprint}
    assert desk.post(page, data).status_code == 302
    again = desk.post(page, data)
    assert again.headers["location"] == f"{BASE}{member.pk}/change/"
    assert Merge.objects.count() == 1


# --- members -------------------------------------------------------------------------------------------


def test_two_members_are_merged_by_an_administrator_who_ticks_it(
    alice: Operator, bob: Operator, member: Contact, shop: Site
) -> None:
    """UNI-6: an agent is told why not; an administrator confirms twice."""
    second = person(shop, name="Seoyeon", member_id="naver-1")
    assert "Only an administrator" in client_of(bob).get(address(member, second)).content.decode()
    admin = client_of(alice)
    assert "Nothing was merged yet" in confirm(admin, member, second).content.decode()
    assert not Merge.objects.exists()
    assert confirm(admin, member, second, members="yes").status_code == 302
    assert Merge.objects.get().survivor_id == member.pk


def test_an_agent_who_sends_the_tick_all_the_same_is_refused(bob: Operator, member: Contact, shop: Site) -> None:
    """UNI-6, SITE-3"""
    second = person(shop, member_id="naver-1")
    data = {"with": str(second.pk), "fingerprint": "x", "members": "yes"}
    html = client_of(bob).post(f"{BASE}{member.pk}/merge/", data).content.decode()
    assert "Only an administrator" in html
    assert not Merge.objects.exists()


def test_a_lead_is_never_the_survivor_of_a_member(desk: Client, member: Contact, lead: Contact) -> None:
    """UNI-1: not even when the form is sent by hand."""
    response = desk.post(f"{BASE}{lead.pk}/merge/", {"with": str(member.pk), "fingerprint": "x"})
    assert "the member is the one that has to be kept" in response.content.decode()
    assert not Merge.objects.exists()


# --- undo ----------------------------------------------------------------------------------------------


@pytest.fixture
def merged(desk: Client, member: Contact, lead: Contact) -> Merge:
    """The lead is part of the member."""
    confirm(desk, member, lead)
    return Merge.objects.get()


def test_a_merge_is_undone_from_its_page(desk: Client, merged: Merge, member: Contact) -> None:
    """UNI-10"""
    response = desk.post(f"/desk/merges/{merged.pk}/undo/", follow=True)
    html = response.content.decode()
    assert "The merge was undone: Lee Seoyeon (customer 1031) is a contact of its own again." in html
    assert Contact.objects.get(customer_number=1031).name == "Lee Seoyeon"
    assert f"/desk/merges/{merged.pk}/undo/" not in html


def test_a_refused_undo_says_why(desk: Client, merged: Merge) -> None:
    """UNI-10"""
    desk.post(f"/desk/merges/{merged.pk}/undo/")
    html = desk.post(f"/desk/merges/{merged.pk}/undo/", follow=True).content.decode()
    assert "The merge was not undone: This merge was undone already." in html


def test_after_thirty_days_there_is_no_undo(desk: Client, merged: Merge, member: Contact) -> None:
    """UNI-10"""
    Merge.objects.filter(pk=merged.pk).update(at=timezone.now() - datetime.timedelta(days=31))
    html = desk.get(f"/desk/merges/{merged.pk}/").content.decode()
    assert "this one is older" in html
    assert "/undo/" not in html
    assert "Undo …" not in desk.get(f"{BASE}{member.pk}/change/").content.decode()


def test_a_merge_of_another_site_is_not_there(charlie: Operator, merged: Merge) -> None:
    """SITE-2"""
    client = client_of(charlie)
    assert client.get(f"/desk/merges/{merged.pk}/").status_code == 404
    assert client.post(f"/desk/merges/{merged.pk}/undo/").status_code == 404


def test_a_viewer_reads_of_a_merge_and_cannot_undo_it(victor: Operator, merged: Merge) -> None:
    """SITE-3"""
    client = client_of(victor)
    assert "/undo/" not in client.get(f"/desk/merges/{merged.pk}/").content.decode()
    assert client.post(f"/desk/merges/{merged.pk}/undo/").status_code == 403


def test_both_pages_tell_of_merge_and_undo(desk: Client, merged: Merge, member: Contact) -> None:
    """UNI-11: who, when, why; the way to the undo; after it, on both pages."""
    timeline = f"{BASE}{member.pk}/timeline/"
    html = desk.get(timeline).content.decode()
    for text in ("Customer 1031 was merged into this one", "Merged by hand", "Bob", f"/desk/merges/{merged.pk}/"):
        assert text in html
    assert f"/desk/merges/{merged.pk}/#undo" in desk.get(f"{BASE}{member.pk}/change/").content.decode()
    desk.post(f"/desk/merges/{merged.pk}/undo/")
    html = desk.get(timeline, {"type": "merges"}).content.decode()
    assert "The merge of customer 1031 was undone" in html
    assert "undone since" in html
    html = desk.get(f"{BASE}{merged.absorbed_id}/timeline/", {"type": "merges"}).content.decode()
    assert "Came back from a merge that was undone" in html
    assert f"/desk/merges/{merged.pk}/#undo" not in desk.get(f"{BASE}{member.pk}/change/").content.decode()


# --- old names (UNI-8) ---------------------------------------------------------------------------------


def test_an_old_address_leads_to_the_survivor_with_a_word(desk: Client, merged: Merge, member: Contact) -> None:
    """UNI-8"""
    response = desk.get(f"{BASE}{merged.absorbed_id}/change/", follow=True)
    assert response.redirect_chain == [(f"{BASE}{member.pk}/change/", 302)]
    assert "Whom this address named was merged: here is 이서연." in response.content.decode()


@pytest.mark.parametrize("typed", ["1031", "#1031", " 1031 "])
def test_an_old_customer_number_is_found(desk: Client, merged: Merge, member: Contact, typed: str) -> None:
    """UNI-8: by quick search with a notice, in the palette, and when looking for the other one of a merge."""
    html = desk.get(BASE, {"q": typed}).content.decode()
    assert "was merged into customer 1024:" in html
    assert f"{BASE}{member.pk}/change/" in html
    hits = desk.get("/desk/palette/", {"q": typed}).json()["hits"]
    assert [hit["url"] for hit in hits if "merged into customer 1024" in hit["detail"]] == [
        f"{BASE}{member.pk}/change/"
    ]


def test_an_old_member_id_is_found_over_a_chain(alice: Operator, member: Contact, shop: Site) -> None:
    """UNI-8: the end of the chain, in one look-up."""
    first, second = person(shop, member_id="old-1"), person(shop, member_id="old-2")
    client = client_of(alice)
    confirm(client, second, first, members="yes")
    confirm(client, member, second, members="yes")
    html = client.get(BASE, {"q": "old-1"}).content.decode()
    assert "“old-1” was merged into customer 1024:" in html


def test_old_names_of_another_site_are_not_told(charlie: Operator, merged: Merge) -> None:
    """SITE-2"""
    client = client_of(charlie)
    assert "was merged into" not in client.get(BASE, {"q": "1031"}).content.decode()
    assert client.get("/desk/palette/", {"q": "1031"}).json()["hits"] == []
    assert client.get(f"{BASE}{merged.absorbed_id}/change/").status_code == 404


# --- the memberId of somebody else (UNI-9) -------------------------------------------------------------


def test_a_member_id_of_somebody_else_leads_into_the_dialog(desk: Client, member: Contact, lead: Contact) -> None:
    """UNI-9: both people are named, nothing is saved, what was typed stays."""
    response = desk.post(f"{BASE}{lead.pk}/details/basic/", {"name": "Typed", "memberId": "seoyeon"})
    html = response.content.decode()
    for text in ("The member ID “seoyeon” is the one of 이서연 (customer 1024).", "Typed", "Compare and merge"):
        assert text in html
    assert f"{BASE}{member.pk}/merge/?with={lead.pk}&amp;why=memberId" in html
    lead.refresh_from_db()
    assert (lead.name, lead.member_id) == ("Lee Seoyeon", None)
    html = desk.get(f"{address(member, lead)}&why=memberId").content.decode()
    assert "The member ID you typed for one of them is the other" in html
    assert confirm(desk, member, lead, why="memberId").status_code == 302
    assert Merge.objects.get().trigger == "memberId"


def test_a_free_member_id_makes_the_lead_a_member(desk: Client, lead: Contact) -> None:
    """KIND-4: found by it, with its source, and known from then on."""
    desk.post(f"{BASE}{lead.pk}/details/basic/", {"memberId": " new-id "})
    lead.refresh_from_db()
    assert (lead.kind, lead.member_id) == ("member", "new-id")
    assert KnownValue.objects.get(contact=lead, field="memberId").value == "new-id"
    assert "Lee Seoyeon" in desk.get(BASE, {"q": "new-id"}).content.decode()
    assert "Details changed" in desk.get(f"{BASE}{lead.pk}/timeline/").content.decode()


def test_the_member_id_of_a_member_is_changed(desk: Client, member: Contact) -> None:
    """UNI-9: without a collision it is an edit like any other; the one before stays known."""
    desk.post(f"{BASE}{member.pk}/details/basic/", {"memberId": "seoyeon-2"})
    member.refresh_from_db()
    assert member.member_id == "seoyeon-2"


@pytest.mark.parametrize(
    ("typed", "reason"), [("", "can be changed but not taken away"), ("a b", "no spaces"), ("null", "belong to nobody")]
)
def test_what_is_no_member_id_is_refused(desk: Client, member: Contact, typed: str, reason: str) -> None:
    """KIND-4, KIND-6, UNI-14"""
    html = desk.post(f"{BASE}{member.pk}/details/basic/", {"memberId": typed}).content.decode()
    assert "errorlist" in html
    assert reason in html
    member.refresh_from_db()
    assert member.member_id == "seoyeon"


def test_an_own_old_member_id_leads_here_already(alice: Operator, member: Contact, shop: Site) -> None:
    """UNI-8"""
    client = client_of(alice)
    confirm(client, member, person(shop, member_id="old-1"), members="yes")
    html = client.post(f"{BASE}{member.pk}/details/basic/", {"memberId": "old-1"}).content.decode()
    assert "This member ID already leads here" in html


def test_an_edit_that_shows_a_lead_to_be_a_member_leads_to_the_member(
    desk: Client, member: Contact, lead: Contact
) -> None:
    """UNI-2: the lead is part of the member at once; the toast says so and takes it back."""
    response = desk.post(f"{BASE}{lead.pk}/details/basic/", {"email": "seoyeon@example.com"})
    assert response.headers["HX-Redirect"] == f"{BASE}{member.pk}/change/"
    made = Merge.objects.get()
    html = desk.get(f"{BASE}{member.pk}/change/").content.decode()
    assert "The details are those of 이서연, so the two were merged." in html
    assert f"/desk/merges/{made.pk}/undo/" in html
    assert "Automatically: an operator entered a contact detail" in html
    desk.post(f"/desk/merges/{made.pk}/undo/")
    assert Contact.objects.filter(pk=lead.pk).exists()


def test_whoever_is_added_with_a_lead_s_phone_as_a_member_is_merged_with_the_lead(desk: Client, shop: Site) -> None:
    """UNI-2, LIST-4: the toast says so, and the lead's page is the member's."""
    known = person(shop, name="Lee", mobile_number="+821012345678", mobile_number_qualified=True, created_at=NOW)
    typed = {"name": "이서연", "memberId": "new-member", "mobileNumber": "010-1234-5678"}
    html = desk.post(f"{BASE}add/", typed, follow=True).content.decode()
    assert "merged into 이서연" in html
    assert Merge.objects.get().absorbed_id == known.pk


# --- known values and pairs on the page ----------------------------------------------------------------


def test_known_values_say_where_and_when_they_were_seen(desk: Client, lead: Contact, shop: Site) -> None:
    """QUAL-3, QUAL-6: a value that is typed joins them; the one before is offered again."""
    for email in ("first@example.com", "second@example.com"):
        desk.post(f"{BASE}{lead.pk}/details/basic/", {"email": email})
    html = desk.get(f"{BASE}{lead.pk}/details/basic/?edit").content.decode()
    assert html.index('data-known="second@example.com"') < html.index('data-known="first@example.com"')
    assert "qualified · Operator (Bob) · " in html
    desk.post(f"{BASE}{lead.pk}/details/basic/", {"email": "first@example.com"})
    html = desk.get(f"{BASE}{lead.pk}/details/basic/?edit").content.decode()
    assert html.index('data-known="first@example.com"') < html.index('data-known="second@example.com"')


def test_a_pending_pair_is_shown_on_both_pages(desk: Client, member: Contact, lead: Contact, shop: Site) -> None:
    """UNI-3, LIST-5"""
    PendingMerge.objects.create(
        site=shop,
        contact=lead,
        member=member,
        field="mobileNumber",
        value="+821012345678",
        source=Source.OPERATOR,
        at=NOW,
    )
    for contact, other in ((lead, "이서연"), (member, "Lee Seoyeon")):
        html = desk.get(f"{BASE}{contact.pk}/change/").content.decode()
        assert f"Waits to be merged with <strong>{other}</strong>" in html
        assert "010-1234-5678" in html
