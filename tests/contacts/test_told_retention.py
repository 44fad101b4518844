"""RET-5: the sentence, ``expiresOn`` and the filter say the same of everybody."""

import datetime
from typing import Any

import pytest
from django.utils import formats, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.api.open.shapes import contacts_data
from contacts.expiring import expires_on_of
from contacts.filters.document import parse_filter
from contacts.filters.matching import matching
from contacts.holds import place_hold
from contacts.merging import merge
from contacts.models import Contact, Hold
from contacts.retention import policy_of, today_of
from contacts.timeline import read_timeline
from contacts.told_retention import tell_retention
from contacts.touching import touch_contact
from contacts.undoing import undo_merge
from desk.actors import SYSTEM
from desk.models import Site
from tests.factories import ChatFactory, ContactFactory

NOW = datetime.datetime(2026, 11, 22, 3, tzinfo=datetime.UTC)  # noon in Seoul
TODAY = datetime.date(2026, 11, 22)
DAY = datetime.timedelta(days=1)
_on_one_site = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

# Around everything that is due by one of the policies today or soon, leap days and the change of 2024.
_touched = st.sampled_from(
    [
        datetime.datetime(*day, tzinfo=datetime.UTC)
        for day in ((2024, 2, 29), (2024, 8, 13), (2024, 11, 22), (2023, 11, 23))
    ]
) | st.datetimes(datetime.datetime(2022, 1, 1), datetime.datetime(2026, 11, 22), timezones=st.just(datetime.UTC))
_hold = st.tuples(st.integers(-2, 800), st.booleans())
_person = st.tuples(st.booleans(), _touched, st.lists(_hold, max_size=2))
_policy = st.sampled_from(
    [("kr", None, None), ("jp", None, None), ("custom", 400, None), ("custom", None, 30), ("custom", 700, 800)]
)
_zone = st.sampled_from(["Asia/Seoul", "America/Los_Angeles", "Pacific/Kiritimati"])


def people_of(site: Site, drawn: list[tuple[bool, datetime.datetime, list[tuple[int, bool]]]]) -> list[Contact]:
    """The people of an example, and nobody else."""
    Contact.objects.filter(site=site).delete()
    people = []
    for number, (member, touched, holds) in enumerate(drawn):
        contact = ContactFactory(site=site, created_at=touched, member_id=f"m-{number}" if member else None)
        for days, ended in holds:
            over = {"ended_at": NOW, "ended_by": "Bob"} if ended else {}
            until = today_of(site, NOW) + days * DAY
            row = {"reason": "dispute", "until": until, "actor": "Alice", "created_at": NOW, **over}
            Hold.objects.create(site=site, contact=contact, **row)
        people.append(contact)
    return people


def found(site: Site, document: dict[str, Any]) -> set[int]:
    return set(matching(site, parse_filter(document, site=site), now=NOW).values_list("pk", flat=True))


@settings(max_examples=25, deadline=None, suppress_health_check=_on_one_site)
@given(
    policy=_policy,
    zone=_zone,
    drawn=st.lists(_person, min_size=1, max_size=4),
    span=st.tuples(*[st.integers(-30, 900)] * 2),
)
def test_sentence_list_api_and_filter_agree(
    policy: tuple[str, int | None, int | None], zone: str, drawn: Any, span: tuple[int, int], shop: Site
) -> None:
    """RET-5: over random people, holds, policies and zones."""
    shop.retention_policy, shop.retention_days_lead, shop.retention_days_member = policy
    shop.time_zone = zone
    shop.save()
    people = people_of(shop, drawn)
    days = expires_on_of(shop, people, now=NOW)
    today = today_of(shop, NOW)
    for contact, day, (_member, _touched, holds) in zip(people, days, drawn, strict=True):
        says = policy_of(shop).expires_on(contact)
        held = [today + (more + 1) * DAY for more, ended in holds if more >= 0 and not ended]
        assert day == (says and max([says, *held]))
        with translation.override("en"):
            told = tell_retention(contact, now=NOW)
            assert told.expires_on == day
            assert told.due == (day is not None and day <= today)
            if day is None:
                assert told.sentence.startswith("Kept for ever")
            elif told.due:
                assert told.sentence.startswith("Will be deleted tonight")
            else:
                assert told.sentence.startswith(f"Kept until {formats.date_format(day, 'SHORT_DATE_FORMAT')}: ")
    assert [row["expiresOn"] for row in contacts_data(people, shop, now=NOW)] == [
        day and day.isoformat() for day in days
    ]
    first, last = sorted(today + days * DAY for days in span)
    inside = {one.pk for one, day in zip(people, days, strict=True) if day is not None and first <= day <= last}
    values = [first.isoformat(), last.isoformat()]
    assert found(shop, {"key": "expiresOn", "op": "between", "values": values}) == inside
    never = {one.pk for one, day in zip(people, days, strict=True) if day is None}
    assert found(shop, {"key": "expiresOn", "op": "empty"}) == never
    soon = {
        one.pk for one, day in zip(people, days, strict=True) if day is not None and today <= day <= today + 30 * DAY
    }
    assert found(shop, {"key": "expiresOn", "op": "withinNext", "values": [30], "unit": "day"}) == soon


# --- the words ------------------------------------------------------------------------------------------


def told(contact: Contact, now: datetime.datetime = NOW) -> str:
    with translation.override("en"):
        return tell_retention(Contact.objects.get(pk=contact.pk), now=now).sentence


@pytest.fixture
def kim(shop: Site) -> Contact:
    """A lead who was entered in 2025 and seen yesterday."""
    return ContactFactory(site=shop, created_at=NOW - 365 * DAY, last_seen_at=NOW - DAY)


def test_the_last_touch_is_told_by_what_it_was(shop: Site, kim: Contact) -> None:
    """RET-1, RET-5: at the very moment, and only then; what nobody knows is contact."""
    assert told(kim) == "Kept until 11/21/2029: last contact was a visit on 11/21/2026 (3 years)."
    Contact.objects.filter(pk=kim.pk).update(last_touch_at=NOW, updated_at=NOW)
    assert "a change of the details on 11/22/2026" in told(kim)
    ChatFactory(site=shop, contact=kim, last_message_at=NOW)
    assert "a chat message on 11/22/2026" in told(kim)
    touch_contact(kim, actor=SYSTEM, now=NOW + datetime.timedelta(seconds=1))
    assert told(kim) == "Kept until 11/22/2029: last contact was on 11/22/2026 (3 years)."
    new = ContactFactory(site=shop, created_at=NOW, last_seen_at=None)
    assert "the first entry on 11/22/2026" in told(new)


def test_the_day_is_that_of_the_site(shop: Site) -> None:
    """RET-3: late in the evening of the 20th in UTC it is the 21st in Seoul."""
    late = ContactFactory(site=shop, created_at=datetime.datetime(2026, 11, 20, 15, tzinfo=datetime.UTC))
    assert told(late) == "Kept until 11/21/2029: last contact was a visit on 11/21/2026 (3 years)."


def test_a_hold_is_told_with_who_and_why_while_it_decides(shop: Site, kim: Contact) -> None:
    """RET-5: a hold that ends before the policy's day changes nothing; one day after it the policy counts again."""
    place_hold(kim, reason="dispute", until=TODAY + 9 * DAY, actor=SYSTEM, now=NOW)
    assert told(kim).startswith("Kept until 11/21/2029: last contact was a visit")
    until = datetime.date(2030, 5, 31)
    place_hold(kim, reason="court case", until=until, actor=SYSTEM, now=NOW)
    assert told(kim) == "Kept until 06/01/2030: on hold by system until 05/31/2030 (court case)."
    after = datetime.datetime(2030, 6, 1, 3, tzinfo=datetime.UTC)
    assert told(kim, after).startswith("Will be deleted tonight, with the next sweep: last contact was a visit")


def test_who_is_kept_for_ever_is_told_so(shop: Site, kim: Contact) -> None:
    """RET-3: policy custom without a number of days."""
    shop.retention_policy, shop.retention_days_member = "custom", 30
    shop.save()
    assert told(kim) == "Kept for ever: by this site's policy leads are never deleted."


# --- where people go, holds go ---------------------------------------------------------------------------


def test_holds_move_with_a_merge_and_come_back_with_its_undo(shop: Site, kim: Contact) -> None:
    """UNI-8, UNI-10, RET-5: the survivor is held; what was placed since stays there."""
    lee = ContactFactory(site=shop)
    hold = place_hold(lee, reason="dispute", until=TODAY, actor=SYSTEM, now=NOW)
    made = merge(kim, lee, actor=SYSTEM, trigger="operator", now=NOW)
    later = place_hold(kim, reason="inquiry", until=TODAY, actor=SYSTEM, now=NOW)
    assert set(kim.holds.all()) == {hold, later}
    undo_merge(made, actor=SYSTEM, now=NOW + DAY)
    assert [list(Hold.objects.filter(contact=one)) for one in (kim, lee.pk)] == [[later], [hold]]


def test_the_timeline_tells_of_holds(shop: Site, kim: Contact) -> None:
    """LIST-5: placed and ended, by whom, why."""
    row = {"reason": "dispute", "until": TODAY, "actor": "Alice", "created_at": NOW - DAY}
    Hold.objects.create(site=shop, contact=kim, ended_at=NOW, ended_by="Bob", **row)
    with translation.override("en"):
        entries = [entry for _source, entry in read_timeline(kim, types=["holds"]).entries]
    said = [(entry.title, entry.actor, entry.detail) for entry in entries]
    assert said == [("Hold ended", "Bob", "dispute"), ("On hold until 11/22/2026", "Alice", "dispute")]
