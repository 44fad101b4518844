"""UNI-3, UNI-4, UNI-12: possible duplicates, found in the background and dismissed for good."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import tasks
from contacts.details import change_details
from contacts.merging import merge
from contacts.models import Contact, Merge, MergeSuggestion, PendingMerge, Source
from contacts.suggesting import count_open, dismiss, open_suggestions, refresh_suggestions
from contacts.tasks import LOOKED_BACK, suggest_all, suggest_lately
from contacts.undoing import undo_merge
from contacts.unifying import pending_of
from desk.actors import SYSTEM, Actor
from desk.models import AuditEntry, Operator, Site
from tests.contacts.browser import DAY, NOON, Browser
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

EMAIL, PHONE = "kim@shop.example", "+821055551234"


def tell(contact: Contact, source: Source = Source.FORM, **changes: Any) -> Contact:
    return change_details(contact, changes, source=source, source_label="", actor=SYSTEM, now=NOON)


def lead(site: Site, **changes: Any) -> Contact:
    return tell(ContactFactory(site=site), **changes)


def pairs() -> set[tuple[int, int, str]]:
    return {(row.first_id, row.second_id, row.reason) for row in MergeSuggestion.objects.all()}


def pair(one: Contact, other: Contact, reason: str = "sameEmail") -> tuple[int, int, str]:
    return (min(one.pk, other.pk), max(one.pk, other.pk), reason)


# --- what is found ---------------------------------------------------------------------------------------------


def test_everybody_with_one_value_is_suggested_with_everybody(shop: Site) -> None:
    """UNI-12: qualified or not."""
    one, two, three = lead(shop, email=EMAIL), lead(shop, email=" KIM@shop.example"), lead(shop, email=EMAIL)
    assert refresh_suggestions(shop, NOON).suggested == 3
    assert pairs() == {pair(one, two), pair(one, three), pair(two, three)}
    assert set(MergeSuggestion.objects.values_list("value", "at")) == {(EMAIL, NOON)}


def test_a_pair_may_have_several_reasons(shop: Site) -> None:
    """UNI-12."""
    one, two = lead(shop, email=EMAIL, mobileNumber=PHONE), lead(shop, email=EMAIL, mobileNumber=PHONE)
    refresh_suggestions(shop, NOON)
    assert pairs() == {pair(one, two), pair(one, two, "samePhone")}


def test_an_earlier_value_counts(shop: Site) -> None:
    """QUAL-3."""
    one = lead(shop, email=EMAIL)
    tell(one, Source.API, email="new@shop.example")
    two = lead(shop, email=EMAIL)
    refresh_suggestions(shop, NOON)
    assert pairs() == {pair(one, two)}


def test_contacts_without_known_values_are_found_by_what_they_have(shop: Site) -> None:
    """Rows from elsewhere (a restored backup) are not overlooked."""
    one, two = (ContactFactory(site=shop, mobile_number=PHONE) for _ in range(2))
    refresh_suggestions(shop, NOON)
    assert pairs() == {pair(one, two, "samePhone")}


@pytest.mark.parametrize(("one", "other"), [("Kim-01", "kim-01"), ("kim", "ＫＩＭ"), ("straße", "STRAßE")])
def test_member_ids_in_another_spelling_are_suggested(shop: Site, one: str, other: str) -> None:
    """UNI-12."""
    first, second = (ContactFactory(site=shop, member_id=name) for name in (one, other))
    ContactFactory(site=shop, member_id=f"{one}1")
    refresh_suggestions(shop, NOON)
    assert pairs() == {pair(first, second, "sameMemberIdSpelling")}


def test_a_second_search_finds_nothing_new(shop: Site) -> None:
    """UNI-12."""
    lead(shop, email=EMAIL), lead(shop, email=EMAIL)
    for name in ("kim", "KIM"):
        ContactFactory(site=shop, member_id=name)
    assert refresh_suggestions(shop, NOON).suggested == 2
    assert refresh_suggestions(shop, NOON).suggested == 0


def test_anonymous_visitors_and_other_sites_are_not_found(shop: Site, elsewhere: Site) -> None:
    """KIND-5, SITE-2."""
    lead(shop, email=EMAIL), lead(elsewhere, email=EMAIL)
    refresh_suggestions(shop, NOON)
    refresh_suggestions(elsewhere, NOON)
    assert not pairs()


def test_a_booted_lead_with_one_trusted_member_is_linked(shop: Site) -> None:
    """UNI-3: the page told the e-mail; operators see the pair, and nothing moved."""
    member = tell(ContactFactory(site=shop, member_id="kim"), Source.API, email=EMAIL)
    visitor = Browser(shop).boot(profile={"email": EMAIL}).contact
    found = refresh_suggestions(shop, NOON)
    assert (found.pending, found.suggested) == (1, 0)
    [pending] = pending_of(visitor)
    assert (pending.other, pending.source) == (member, Source.SCRIPT)
    assert refresh_suggestions(shop, NOON).pending == 0


def test_a_booted_lead_of_two_members_is_suggested(shop: Site) -> None:
    """UNI-4: by one value, or by two."""
    kim = tell(ContactFactory(site=shop, member_id="kim"), Source.API, email=EMAIL)
    lee = tell(ContactFactory(site=shop, member_id="lee"), Source.API, mobileNumber=PHONE)
    visitor = Browser(shop).boot(profile={"email": EMAIL, "mobileNumber": PHONE}).contact
    assert refresh_suggestions(shop, NOON).pending == 0
    assert pairs() == {pair(kim, visitor), pair(lee, visitor, "samePhone")}


def test_a_search_of_late_sees_what_is_new_and_nothing_else(shop: Site) -> None:
    """UNI-12: the runs of the day do not read the whole site."""
    one = lead(shop, email=EMAIL)
    two = lead(shop, email=EMAIL)
    now = timezone.now()
    assert refresh_suggestions(shop, now, since=now + LOOKED_BACK).suggested == 0
    assert refresh_suggestions(shop, now, since=now - LOOKED_BACK).suggested == 1
    assert pairs() == {pair(one, two)}


def test_a_search_of_late_finds_a_new_spelling(shop: Site) -> None:
    first, second = Browser(shop).boot("kim").contact, Browser(shop).boot("KIM").contact
    refresh_suggestions(shop, NOON, since=timezone.now() - LOOKED_BACK)
    assert pairs() == {pair(first, second, "sameMemberIdSpelling")}


@pytest.mark.parametrize("task", [suggest_lately, suggest_all])
def test_the_worker_searches_every_site(shop: Site, elsewhere: Site, task: Any) -> None:
    for site in (shop, elsewhere):
        lead(site, email=EMAIL), lead(site, email=EMAIL)
    task()
    assert count_open(shop) == count_open(elsewhere) == 1


def test_a_worker_searches_once_at_a_time(shop: Site) -> None:
    """The other threads are for those who wait; the next run looks back over what this one leaves out."""
    lead(shop, email=EMAIL), lead(shop, email=EMAIL)
    with tasks._searching:
        suggest_lately()
    assert count_open(shop) == 0
    suggest_lately()
    assert count_open(shop) == 1


def test_the_number_of_statements_does_not_grow_with_the_pairs(shop: Site) -> None:
    """Set-based."""

    def statements(number: int) -> int:
        for n in range(number):
            name = f"{number}-{n}@shop.example"
            lead(shop, email=name), lead(shop, email=name)
            tell(ContactFactory(site=shop, member_id=f"m{name}"), Source.API, email=f"x{name}")
            Browser(shop).boot(profile={"email": f"x{name}"})
        with CaptureQueriesContext(connection) as captured:
            found = refresh_suggestions(shop, NOON)
        assert (found.suggested, found.pending) == (number, number)
        return len(captured)

    assert statements(2) == statements(12)


# --- what is shown and dismissed ---------------------------------------------------------------------------------


def test_suggestions_are_shown_newest_first(shop: Site, elsewhere: Site, django_assert_num_queries: Any) -> None:
    """UNI-12, SITE-2."""
    lead(shop, email=EMAIL), lead(shop, email=EMAIL)
    refresh_suggestions(shop, NOON)
    lead(shop, mobileNumber=PHONE), lead(shop, mobileNumber=PHONE)
    refresh_suggestions(shop, NOON + DAY)
    with django_assert_num_queries(1):  # SELECT suggestions + both contacts + their profiles
        shown = list(open_suggestions(shop))
        assert [(row.reason, row.first.profile is None) for row in shown] == [
            ("samePhone", False),
            ("sameEmail", False),
        ]
    assert count_open(shop) == 2
    assert count_open(elsewhere) == 0


def test_a_dismissal_is_for_good(shop: Site, bob: Operator) -> None:
    """UNI-12: all reasons of the pair, and those to come."""
    one, two = lead(shop, email=EMAIL, mobileNumber=PHONE), lead(shop, email=EMAIL, mobileNumber=PHONE)
    refresh_suggestions(shop, NOON)
    first = MergeSuggestion.objects.first()
    assert first is not None
    assert dismiss(first, Actor.of_operator(bob), NOON)
    assert not dismiss(first, Actor.of_operator(bob), NOON)
    for contact in (one, two):
        tell(contact, email="other@shop.example")
    assert refresh_suggestions(shop, NOON + DAY).suggested == 0
    assert count_open(shop) == 0
    assert AuditEntry.objects.get(action="mergesuggestion.dismiss").operator == bob


# --- what a merge does with pairs --------------------------------------------------------------------------------


def do_merge(survivor: Contact, absorbed: Contact) -> Merge:
    return merge(survivor, absorbed, actor=SYSTEM, trigger="operator", now=NOON)


def rows() -> list[tuple[Any, ...]]:
    return [*MergeSuggestion.objects.order_by("pk").values_list(), *PendingMerge.objects.order_by("pk").values_list()]


def test_the_suggestion_of_two_who_are_merged_is_settled(shop: Site) -> None:
    """UNI-8, UNI-12."""
    one, two = lead(shop, email=EMAIL), lead(shop, email=EMAIL)
    refresh_suggestions(shop, NOON)
    do_merge(one, two)
    assert not MergeSuggestion.objects.exists()


@pytest.mark.parametrize("dismissed", [False, True])
def test_pairs_with_others_become_the_survivors_and_an_undo_brings_them_back(shop: Site, dismissed: bool) -> None:
    """UNI-8, UNI-10: row for row; a dismissal goes along."""
    one, two, three = lead(shop, email=EMAIL), lead(shop, email=EMAIL), lead(shop, mobileNumber=PHONE)
    tell(two, mobileNumber=PHONE)
    member = tell(ContactFactory(site=shop, member_id="kim"), Source.API, email="m@shop.example")
    visitor = Browser(shop).boot(profile={"email": "m@shop.example"}).contact
    refresh_suggestions(shop, NOON)
    if dismissed:
        for row in MergeSuggestion.objects.filter(reason="samePhone"):
            dismiss(row, SYSTEM, NOON)
    before = rows()
    assert pairs() == {pair(one, two), pair(two, three, "samePhone")}
    made = do_merge(one, two)
    assert pairs() == {pair(one, three, "samePhone")}
    assert MergeSuggestion.objects.filter(dismissed_at__isnull=False).exists() == dismissed
    other = do_merge(one, visitor)
    assert [row.other for row in pending_of(member)] == [one]
    undo_merge(other, actor=SYSTEM, now=NOON)
    undo_merge(made, actor=SYSTEM, now=NOON)
    assert rows() == before


def test_a_dismissal_wins_over_an_open_suggestion(shop: Site) -> None:
    """UNI-12: who is not the absorbed one is not the survivor either; an undo brings both back."""
    one, two, three = lead(shop, email=EMAIL), lead(shop, email=EMAIL), lead(shop, email=EMAIL)
    refresh_suggestions(shop, NOON)
    first, second, _reason = pair(two, three)
    dismiss(MergeSuggestion.objects.get(first=first, second=second), SYSTEM, NOON)
    before = rows()
    made = do_merge(one, two)
    assert MergeSuggestion.objects.get().dismissed_at == NOON
    undo_merge(made, actor=SYSTEM, now=NOON)
    assert rows() == before


def test_a_dismissal_after_the_merge_stays_after_its_undo(shop: Site) -> None:
    """UNI-10: what happened since is kept."""
    one, two, three = lead(shop), lead(shop, email=EMAIL), lead(shop, email=EMAIL)
    refresh_suggestions(shop, NOON)
    made = do_merge(one, two)
    dismiss(MergeSuggestion.objects.get(), SYSTEM, NOON + DAY)
    undo_merge(made, actor=SYSTEM, now=NOON + DAY)
    row = MergeSuggestion.objects.get()
    assert {row.first_id, row.second_id} == {two.pk, three.pk}
    assert row.dismissed_at == NOON + DAY
