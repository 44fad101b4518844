"""LIST-5, QUAL-3, QUAL-6: the page of one person."""

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.details import change_details
from contacts.merging import merge
from contacts.models import Channel, Contact, Identity, Kind, KnownValue, ProfileField, Source, VerifiedBy
from contacts.verified import verify_mobile
from desk.actors import SYSTEM
from desk.models import AuditEntry, Operator, Site
from tests.conftest import client_of
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)


def page(contact: Contact, rest: str = "change/") -> str:
    return f"/desk/contacts/contact/{contact.pk}/{rest}"


def shown(client: Client, contact: Contact, rest: str = "change/") -> str:
    response = client.get(page(contact, rest))
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def kim(shop: Site) -> Contact:
    """A member with a bit of everything."""
    return ContactFactory(
        site=shop,
        name="Kim Minsu",
        member_id="m-7",
        customer_number=1024,
        email="kim@example.com",
        email_qualified=True,
        mobile_number="+821012345678",
        birth_date=datetime.date(1990, 11, 22),
        memo="Likes tea",
        created_at=NOW,
    )


@pytest.fixture
def desk(bob: Operator) -> Client:
    """Bob's browser."""
    return client_of(bob)


def test_the_page_tells_who_it_is(desk: Client, kim: Contact, shop: Site) -> None:
    """LIST-5"""
    Identity.objects.create(site=shop, contact=kim, channel=Channel.WEB, key="veil77", created_at=NOW)
    ContactTagFactory(site=shop, contact=kim, tag=TagFactory(site=shop, name="VIP"))
    html = shown(desk, kim)
    for text in (
        "Kim Minsu",
        "Member",
        "1024",
        "m-7",
        "010-1234-5678",
        "kim@example.com",
        "Likes tea",
        "SHOP_veil77",
        "VIP",
    ):
        assert text in html


def test_an_account_shows_the_mobile_number_it_has_proven_and_no_other_does(
    desk: Client, victor: Operator, kim: Contact, shop: Site
) -> None:
    """QUAL-5, SITE-4: per identity, with method and day; masked for whoever may not see it."""
    proven, _other = (
        Identity.objects.create(site=shop, contact=kim, channel=Channel.WEB, key=key, created_at=NOW)
        for key in ("veil77", "veil78")
    )
    verify_mobile(proven, "010-9876-5432", VerifiedBy.SMS, NOW)
    html = shown(desk, kim)
    assert html.count("010-9876-5432 verified: text message, ") == 1
    assert "••••5432 verified" in shown(client_of(victor), kim)


def test_phone_and_email_are_marked_as_qualified_or_not(desk: Client, kim: Contact) -> None:
    """QUAL-1, LIST-5"""
    html = shown(desk, kim)
    assert html.count("badge-success") == 1
    assert "not qualified" in html


def test_a_value_kept_as_typed_is_marked_as_not_valid(desk: Client, shop: Site) -> None:
    """QUAL-4"""
    assert "not valid" in shown(desk, ContactFactory(site=shop, mobile_number="call me"))


@pytest.mark.parametrize(("today", "age"), [("2026-11-21T12:00:00Z", 35), ("2026-11-21T15:30:00Z", 36)])
def test_the_age_follows_from_the_birth_date_in_the_zone_of_the_site(
    desk: Client, kim: Contact, time_machine: object, today: str, age: int
) -> None:
    """LIST-5: in Seoul it is 22 November already at 15:30 UTC."""
    moment = datetime.datetime.fromisoformat(today.replace("Z", "+00:00"))
    time_machine.move_to(moment, tick=False)  # type: ignore[attr-defined]
    assert f"{age} years old" in shown(desk, kim)


def test_each_value_says_where_it_came_from_and_when(desk: Client, kim: Contact, bob: Operator) -> None:
    """QUAL-6"""
    change_details(
        kim, {"name": "Kim", "profile.size": 3}, source=Source.SCRIPT, source_label="", actor=SYSTEM, now=NOW
    )
    response = desk.post(page(kim, "details/basic/"), form_of(kim, email="new@example.com"))
    assert response.status_code == 200
    html = shown(desk, kim)
    assert "Site script · 11/21/2026 21:00" in html  # noon in UTC is nine in the evening in Seoul
    assert f"Operator ({bob.name})" in html


def form_of(contact: Contact, **changes: str) -> dict[str, str]:
    """What the form of the group "basic" sends when nothing but ``changes`` was typed."""
    return {
        "name": contact.name,
        "email": contact.email,
        "memberId": contact.member_id or "",
        "mobileNumber": contact.mobile_number,
        "landlineNumber": contact.landline_number,
        "birthDate": contact.birth_date.isoformat() if contact.birth_date else "",
        "address": contact.profile.address,
        **changes,
    }


def test_an_edit_changes_only_what_was_typed(desk: Client, kim: Contact) -> None:
    """LIST-5: what stands there untouched keeps its source and its mark."""
    html = desk.post(page(kim, "details/basic/"), form_of(kim, name="김민수")).content.decode()
    kim.refresh_from_db()
    assert kim.name == "김민수"
    assert not kim.mobile_number_qualified
    entry = AuditEntry.objects.get(action="contact.change")
    assert entry.details["changes"] == {"name": ["Kim Minsu", "김민수"]}
    assert 'id="contact-header"' in html  # the name above changes with it
    assert "김민수" in html


def test_what_an_operator_enters_is_qualified(desk: Client, kim: Contact) -> None:
    """QUAL-1"""
    desk.post(page(kim, "details/basic/"), form_of(kim, mobileNumber="010-2222-3333"))
    kim.refresh_from_db()
    assert kim.mobile_number == "+821022223333"
    assert kim.mobile_number_qualified


def test_a_refused_value_keeps_everything_that_was_typed(desk: Client, kim: Contact) -> None:
    """screens.md: an error says what happened and what was kept."""
    html = desk.post(
        page(kim, "details/basic/"), form_of(kim, birthDate="2999-01-01", name="Somebody else")
    ).content.decode()
    kim.refresh_from_db()
    assert kim.name == "Kim Minsu"
    assert "Somebody else" in html
    assert 'class="errorlist"' in html
    assert 'aria-invalid="true"' in html


def test_known_values_are_offered_newest_first(desk: Client, kim: Contact, shop: Site) -> None:
    """QUAL-3"""
    for days, value in ((3, "old@example.com"), (1, "newer@example.com"), (2, "middle@example.com")):
        at = NOW - datetime.timedelta(days=days)
        KnownValue.objects.create(
            site=shop,
            contact=kim,
            field="email",
            value=value,
            qualified=False,
            source=Source.FORM,
            first_seen_at=at,
            last_seen_at=at,
        )
    html = shown(desk, kim, "details/basic/?edit")
    places = [html.index(f'<option value="{name}@example.com">') for name in ("newer", "middle", "old")]
    assert places == sorted(places)


def test_custom_fields_are_edited_by_their_types(desk: Client, kim: Contact, shop: Site) -> None:
    """LIST-5"""
    for key, type_ in (("size", "number"), ("vip", "boolean"), ("likes", "list"), ("since", "date"), ("note", "text")):
        ProfileField.objects.create(site=shop, key=key, type=type_)
    typed = {
        "profile.size": "265.5",
        "profile.vip": "true",
        "profile.likes": "tea\n coffee \n",
        "profile.since": "2026-03-01",
        "profile.note": "a note",
    }
    assert desk.post(page(kim, "details/custom/"), typed).status_code == 200
    kim.profile.refresh_from_db()
    assert kim.profile.values == {
        "size": 265.5,
        "vip": True,
        "likes": ["tea", "coffee"],
        "since": "2026-03-01",
        "note": "a note",
    }
    desk.post(page(kim, "details/custom/"), {**typed, "profile.size": "", "profile.vip": ""})
    kim.profile.refresh_from_db()
    assert set(kim.profile.values) == {"likes", "since", "note"}


def test_a_time_is_edited_in_the_zone_of_the_site(desk: Client, kim: Contact, shop: Site) -> None:
    """L10N-1: and saved again unchanged when nobody changed it."""
    ProfileField.objects.create(site=shop, key="last", type="date")
    kim.profile.values = {"last": "2026-03-01T03:00:00.000Z"}
    kim.profile.save()
    assert 'value="2026-03-01T12:00"' in shown(desk, kim, "details/custom/?edit")
    desk.post(page(kim, "details/custom/"), {"profile.last": "2026-03-01T13:00"})
    kim.profile.refresh_from_db()
    assert kim.profile.values == {"last": "2026-03-01T04:00:00.000Z"}


def test_a_memo_has_500_characters_at_most(desk: Client, kim: Contact) -> None:
    """LIST-5, LIST-6: characters, not bytes."""
    assert "errorlist" in desk.post(page(kim, "details/memo/"), {"memo": "가" * 501}).content.decode()
    desk.post(page(kim, "details/memo/"), {"memo": "가" * 500})
    kim.profile.refresh_from_db()
    assert kim.profile.memo == "가" * 500


def test_opt_outs_are_switched_by_hand(desk: Client, kim: Contact) -> None:
    """LIST-5"""
    desk.post(page(kim, "details/marketing/"), {"unsubscribeEmail": "on", "country": "kr"})
    kim.refresh_from_db()
    assert kim.unsubscribe_email
    assert kim.country == "KR"
    desk.post(page(kim, "details/marketing/"), {"country": "KR"})
    kim.refresh_from_db()
    assert not kim.unsubscribe_email


def test_block_and_lift_the_block(desk: Client, kim: Contact) -> None:
    """BOOT-14, LIST-5"""
    assert "blocked" in desk.post(page(kim, "block/")).content.decode()
    kim.refresh_from_db()
    assert kim.blocked
    desk.post(page(kim, "block/"))  # twice changes nothing
    desk.post(page(kim, "block/"), {"blocked": "false"})
    kim.refresh_from_db()
    assert not kim.blocked
    entries = AuditEntry.objects.filter(target_type="contact").order_by("id")
    assert [entry.action for entry in entries] == ["contact.block", "contact.unblock"]


def test_an_absorbed_address_leads_to_the_survivor(desk: Client, kim: Contact, shop: Site) -> None:
    """UNI-8: old links lead to the survivor."""
    lead = ContactFactory(site=shop, name="Kim before")
    old = page(lead)
    merge(kim, lead, actor=SYSTEM, trigger="boot", now=timezone.now())
    response = desk.get(old)
    assert response.status_code == 302
    assert response["location"] == page(kim)


PARTS = ["change/", "timeline/", "details/basic/", "details/basic/?edit", "history/"]


@pytest.mark.parametrize("rest", PARTS)
def test_an_anonymous_contact_is_not_reachable(desk: Client, shop: Site, rest: str) -> None:
    """KIND-5"""
    assert desk.get(page(ContactFactory(site=shop, kind=Kind.ANONYMOUS), rest)).status_code == 404


@pytest.mark.parametrize("rest", PARTS)
def test_a_contact_of_another_site_is_not_there(charlie: Operator, kim: Contact, rest: str) -> None:
    """SITE-2"""
    assert client_of(charlie).get(page(kim, rest)).status_code == 404


@pytest.mark.parametrize("rest", ["details/basic/", "block/", "delete/"])
def test_nobody_writes_to_another_site(charlie: Operator, kim: Contact, rest: str) -> None:
    """SITE-2"""
    assert client_of(charlie).post(page(kim, rest), form_of(kim, name="x")).status_code in (403, 404)
    kim.refresh_from_db()
    assert kim.name == "Kim Minsu"


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 30, "-1", "x", "1%00"])
def test_an_address_that_names_nobody_is_not_found(desk: Client, shop: Site, number: str) -> None:
    """Never a server error for what can be typed."""
    assert desk.get(f"/desk/contacts/contact/{number}/change/").status_code == 404


def test_a_viewer_reads_and_changes_nothing(victor: Operator, kim: Contact) -> None:
    """SITE-3, SITE-4"""
    client = client_of(victor)
    html = shown(client, kim)
    assert "kim@example.com" not in html
    assert "k••••@example.com" in html
    assert ">Edit<" not in html
    assert "hx-post" not in html.split('id="contact-header"')[1].split("</header>")[0]
    for rest in ("details/basic/", "block/"):
        assert client.post(page(kim, rest), form_of(kim, name="x")).status_code == 403
    assert client.get(page(kim, "details/basic/?edit")).status_code == 403


def test_who_may_edit_but_not_see_is_not_shown_what_is_masked(bob: Operator, kim: Contact, shop: Site) -> None:
    """SITE-4: an edit form is no way around the mask, and saving it clears nothing."""
    bob.memberships.filter(site=shop).update(sees_personal_data=False)
    KnownValue.objects.create(
        site=shop,
        contact=kim,
        field="email",
        value="other@example.com",
        qualified=False,
        source=Source.FORM,
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    client = client_of(bob)
    html = shown(client, kim, "details/basic/?edit")
    for secret in ("kim@example.com", "other@example.com", "12345678", "1990"):
        assert secret not in html
    client.post(page(kim, "details/basic/"), {"name": "Kim"})
    kim.refresh_from_db()
    assert (kim.name, kim.email) == ("Kim", "kim@example.com")
    assert "other@example.com" not in shown(client, kim, "timeline/")


def test_the_page_costs_a_handful_of_statements(desk: Client, kim: Contact, shop: Site) -> None:
    """speed.md, rule 7"""
    for number in range(5):
        Identity.objects.create(site=shop, contact=kim, channel=Channel.WEB, key=f"veil{number}", created_at=NOW)
        ContactTagFactory(site=shop, contact=kim, tag=TagFactory(site=shop))
    shown(desk, kim)
    with CaptureQueriesContext(connection) as captured:
        shown(desk, kim)
    about = [query["sql"] for query in captured if "contacts_" in query["sql"] or "tags_" in query["sql"]]
    # The contact (with aliases), custom fields, holds, grade, tags, identities, merges, pending pairs, suggestions.
    assert len(about) == 9, about
