"""UNI-5, QUAL-3: who writes or calls without a browser; and whom any number of values belong to."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.candidates import Point, candidates_for
from contacts.details import change_details
from contacts.matching import contact_for_intake, contacts_by
from contacts.merging import merge
from contacts.models import Channel, Contact, ContactAlias, Identity, KnownField, MergeSuggestion, Source
from desk.actors import SYSTEM
from desk.models import Site
from tests.contacts.browser import DAY, NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

EMAIL, PHONE = "kim@shop.example", "+821055551234"


def lead(site: Site, source: Source = Source.API, now: datetime.datetime = NOON, **changes: Any) -> Contact:
    contact = ContactFactory(site=site, name="Kim", created_at=NOON - 9 * DAY)
    return change_details(contact, changes, source=source, source_label="", actor=SYSTEM, now=now)


def intake(site: Site, channel: Channel, **told: str) -> Contact | None:
    return contact_for_intake(site, channel, now=NOON, **told)


WRITTEN = [channel for channel in Channel if channel != Channel.PHONE]


def test_a_call_finds_by_phone(shop: Site) -> None:
    """UNI-5: in any spelling."""
    kim = lead(shop, mobileNumber="010-5555-1234")
    assert intake(shop, Channel.PHONE, phone="+82 10 5555 1234") == kim
    assert intake(shop, Channel.PHONE, phone="010-5555-9999") is None


@pytest.mark.parametrize("channel", WRITTEN)
def test_every_other_channel_finds_by_email(shop: Site, channel: Channel) -> None:
    """UNI-5."""
    kim = lead(shop, email=EMAIL)
    assert intake(shop, channel, email=" KIM@shop.example ") == kim
    assert intake(shop, channel, email="lee@shop.example") is None


def test_a_call_does_not_find_by_email_nor_a_message_by_phone(shop: Site) -> None:
    """UNI-5."""
    lead(shop, email=EMAIL, mobileNumber=PHONE)
    assert intake(shop, Channel.PHONE, email=EMAIL) is None
    assert intake(shop, Channel.KAKAO, phone=PHONE) is None


def test_a_name_never_matches(shop: Site) -> None:
    """UNI-5."""
    lead(shop)
    assert intake(shop, Channel.EMAIL, email="Kim") is None


def test_an_earlier_value_finds_also_after_a_merge(shop: Site) -> None:
    """QUAL-3: no second duplicate."""
    member, other = ContactFactory(site=shop, member_id="kim", email="m@shop.example"), lead(shop, email=EMAIL)
    merge(member, other, actor=SYSTEM, trigger="operator", now=NOON)
    assert intake(shop, Channel.EMAIL, email=EMAIL) == member


def test_of_several_the_most_recently_active_and_a_suggestion(shop: Site) -> None:
    """UNI-5."""
    lead(shop, email=EMAIL, now=NOON - DAY), lead(shop, email=EMAIL, now=NOON - 2 * DAY)
    latest = lead(shop, email=EMAIL, now=NOON)
    MergeSuggestion.objects.all().delete()
    assert intake(shop, Channel.EMAIL, email=EMAIL) == latest
    rows = MergeSuggestion.objects.all()
    assert len(rows) == 2
    assert all(latest.pk in {row.first_id, row.second_id} for row in rows)


def test_who_only_typed_the_value_does_not_go_before_who_has_it(shop: Site) -> None:
    """QUAL-2: typing somebody's phone does not bring their calls to the one who typed it."""
    owner = lead(shop, mobileNumber=PHONE, now=NOON - 5 * DAY)
    typist = lead(shop, Source.FORM, mobileNumber=PHONE)
    assert intake(shop, Channel.PHONE, phone=PHONE) == owner
    assert MergeSuggestion.objects.get().second_id == typist.pk


def test_a_member_id_names_its_member_and_nobody_else(shop: Site) -> None:
    """UNI-5, UNI-6: an alias too; who is told a memberId that is new is somebody new."""
    member = ContactFactory(site=shop, member_id="kim")
    ContactAlias.objects.create(site=shop, type="memberId", value="old", contact=member)
    lead(shop, email=EMAIL)
    assert intake(shop, Channel.KAKAO, member_id="kim", email=EMAIL) == member
    assert intake(shop, Channel.KAKAO, member_id="old") == member
    assert intake(shop, Channel.KAKAO, member_id="new", email=EMAIL) is None


def test_a_junk_member_id_is_as_none(shop: Site) -> None:
    """UNI-14."""
    kim = lead(shop, email=EMAIL)
    ContactFactory(site=shop, member_id="guest")
    assert intake(shop, Channel.KAKAO, member_id="guest", email=EMAIL) == kim
    assert intake(shop, Channel.PHONE, phone="010-0000-0000") is None


def test_people_of_another_site_are_not_found(shop: Site, elsewhere: Site) -> None:
    """SITE-2."""
    lead(elsewhere, email=EMAIL, mobileNumber=PHONE)
    ContactFactory(site=elsewhere, member_id="kim")
    assert intake(shop, Channel.EMAIL, email=EMAIL) is None
    assert intake(shop, Channel.PHONE, phone=PHONE) is None
    assert intake(shop, Channel.PHONE, member_id="kim") is None
    assert not contacts_by(shop, KnownField.EMAIL, EMAIL)


# --- many at once ----------------------------------------------------------------------------------------------


def test_any_number_of_values_is_one_statement(shop: Site, django_assert_num_queries: Any) -> None:
    """speed.md, rule 5: the search for imported contact points is set-based."""
    people = {n: lead(shop, email=f"p{n}@shop.example") for n in range(0, 30, 3)}
    points = [Point(KnownField.EMAIL, f"p{n}@shop.example") for n in range(3000)]
    with django_assert_num_queries(1):
        found = candidates_for(shop, points)
    assert {(one.point.norm, one.contact_id) for one in found} == {
        (f"p{n}@shop.example", contact.pk) for n, contact in people.items()
    }


def test_a_candidate_tells_what_the_rules_ask(shop: Site) -> None:
    """UNI-2, UNI-3: once per contact and value; trusted if it is by the current or a known value."""
    member = change_details(
        ContactFactory(site=shop, member_id="kim"),
        {"email": EMAIL},
        source=Source.API,
        source_label="",
        actor=SYSTEM,
        now=NOON,
    )
    change_details(member, {"email": "new@shop.example"}, source=Source.API, source_label="", actor=SYSTEM, now=NOON)
    typist = lead(shop, Source.FORM, email=EMAIL)
    visitor = Browser(shop).boot(profile={"email": EMAIL}).contact
    Identity.objects.create(site=shop, contact=typist, channel="kakao", key="k", created_at=NOON)
    found = {one.contact_id: one for one in candidates_for(shop, [Point(KnownField.EMAIL, EMAIL)])}
    told = {pk: (one.is_member, one.qualified, one.booted) for pk, one in found.items()}
    assert told == {member.pk: (True, True, False), typist.pk: (False, False, False), visitor.pk: (False, True, True)}
    assert found[visitor.pk].last_touch_at == NOON


if connection.vendor == "sqlite":

    @pytest.mark.parametrize("statistics", [False, True])
    def test_candidates_are_looked_up_whatever_sqlite_knows_of_the_tables(shop: Site, *, statistics: bool) -> None:
        """By index, point by point: neither a table that is gone through nor one that is read for a Bloom filter."""
        lead(shop, email=EMAIL, mobileNumber=PHONE)
        for number in range(40):  # of fewer it may well read all
            lead(shop, email=f"{number}@shop.example", mobileNumber=f"+8210555500{number:02}")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE" if statistics else "SELECT 1")
            with CaptureQueriesContext(connection) as captured:
                assert candidates_for(shop, [Point(KnownField.EMAIL, EMAIL), Point(KnownField.MOBILE_NUMBER, PHONE)])
            [asked] = [one["sql"] for one in captured if "candidate AS" in one["sql"]]
            cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
            steps = [step for *_place, step in cursor.fetchall()]
        for table in ("c", "k"):
            assert any(step.startswith(f"SEARCH {table} USING INDEX") for step in steps), steps
        assert not [step for step in steps if "BLOOM" in step or step.startswith(("SCAN c", "SCAN k"))], steps


def test_nothing_worth_a_look_is_no_statement(shop: Site, django_assert_num_queries: Any) -> None:
    """UNI-14, QUAL-4."""
    with django_assert_num_queries(0):
        assert candidates_for(shop, [Point(KnownField.EMAIL, ""), Point(KnownField.EMAIL, "test@test.com")]) == []
