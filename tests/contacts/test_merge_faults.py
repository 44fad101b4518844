"""UNI-11: a crash leaves either the old or the new state, and of two who merge the same people one is told so."""

import datetime
import functools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from contacts.details import change_details
from contacts.events import page_view, record_events
from contacts.merge_plans import plan_merge
from contacts.merging import MergeRefused, PlanChanged, merge
from contacts.models import Contact, ContactAlias, Event, KnownValue, Merge, Source
from contacts.undoing import UndoRefused, undo_merge
from contacts.visits import visitor_of
from desk.actors import SYSTEM
from desk.models import AuditEntry, Site
from tests.contacts.browser import DAY, NOON, Browser
from tests.contacts.merge_people import everything
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

NOW = NOON + DAY


def do_merge(survivor: Contact, absorbed: Contact, **options: Any) -> Merge:
    return merge(survivor, absorbed, **({"actor": SYSTEM, "trigger": "operator", "now": NOW} | options))


class Killed(Exception):
    """The process ends here."""


def is_write(sql: str) -> bool:
    return sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "WITH"))


@contextmanager
def killed_after(number: int) -> Iterator[list[str]]:
    """Raise right after the ``number``-th write statement is done; gives the writes that were made."""
    writes: list[str] = []

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = run(sql, params, many, context)
        if is_write(sql):
            writes.append(sql)
            if len(writes) == number:
                raise Killed
        return result

    with connection.execute_wrapper(execute):
        yield writes


def logs() -> tuple[int, int]:
    return Merge.objects.filter(undone_at=None).count(), AuditEntry.objects.count()


@pytest.fixture
def pair(shop: Site) -> tuple[Contact, Contact]:
    """A member and a lead who have a row everywhere, and some that clash."""
    browser = Browser(shop)
    browser.boot(page="/first", profile={"email": "kim@example.com", "name": "Kim", "size": 1})
    lead = browser.wait(datetime.timedelta(hours=1)).boot(page="/second").contact
    member = ContactFactory(site=shop, member_id="alice", name="Alice", customer_number=9_000, memo="tea")
    told = {"source": Source.FORM, "source_label": "", "actor": SYSTEM, "now": NOON}
    change_details(member, {"email": "kim@example.com"}, **told)  # type: ignore[arg-type]
    tags = [TagFactory(site=shop) for _ in range(2)]
    for contact, tag, at in ((member, tags[0], NOON), (lead, tags[0], NOON - DAY), (lead, tags[1], NOON)):
        ContactTagFactory(site=shop, contact=contact, tag=tag, at=at)
    ContactAlias.objects.create(site=shop, contact=lead, type="customerNumber", value="77")
    return member, lead


@pytest.mark.django_db
def test_a_merge_killed_after_any_write_leaves_the_old_state(pair: tuple[Contact, Contact]) -> None:
    """UNI-11: and once it is through it is whole."""
    before, before_logs = everything(), logs()
    for number in range(1, 100):
        with killed_after(number) as writes:
            try:
                do_merge(*pair)
            except Killed:
                pass
            else:
                break
        assert (everything(), logs()) == (before, before_logs), writes[-1]
    assert number > 10
    assert not Contact.objects.filter(pk=pair[1].pk).exists()


@pytest.mark.django_db
def test_an_undo_killed_after_any_write_leaves_the_merged_state(pair: tuple[Contact, Contact]) -> None:
    """UNI-10, UNI-11."""
    before = everything()
    made = do_merge(*pair)
    merged, merged_logs = everything(), logs()
    for number in range(1, 100):
        with killed_after(number) as writes:
            try:
                undo_merge(made, actor=SYSTEM, now=NOW)
            except Killed:
                pass
            else:
                break
        assert (everything(), logs()) == (merged, merged_logs), writes[-1]
    assert number > 10
    assert everything() == before


# --- at once ----------------------------------------------------------------------------------------------------------


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """Run all calls at the same moment, each on a connection of its own; an expected refusal is an answer."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            start.wait(30)
            return call()
        except (MergeRefused, PlanChanged, UndoRefused) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def code(answer: object) -> str:
    return answer.code if isinstance(answer, MergeRefused | UndoRefused) else type(answer).__name__


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("swapped", [False, True], ids=["same way", "A→B and B→A"])
def test_of_two_operators_who_merge_one_pair_one_succeeds(shop: Site, swapped: bool) -> None:
    """UNI-11: the other one is told that somebody is gone; nobody meets a deadlock."""
    for _round in range(8):
        first, second = (ContactFactory(site=shop, email=f"{n}@example.com") for n in range(2))
        ways = [(first, second), (second, first) if swapped else (first, second)]
        answers = at_once([functools.partial(do_merge, *way) for way in ways])
        assert sorted(code(one) for one in answers) == ["Merge", "gone"]
    assert Merge.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_of_two_confirmations_of_one_plan_one_succeeds(shop: Site) -> None:
    """UNI-11, UNI-13: a double click."""
    first, second = ContactFactory(site=shop), ContactFactory(site=shop)
    fingerprint = plan_merge(first, second).fingerprint
    answers = at_once([lambda: do_merge(first, second, fingerprint=fingerprint)] * 3)
    assert sorted(code(one) for one in answers) == ["Merge", "gone", "gone"]


@pytest.mark.django_db(transaction=True)
def test_a_ring_of_merges_ends_with_one_contact_and_no_deadlock(shop: Site) -> None:
    """UNI-11: A→B, B→C, C→A at once; whoever comes too late is told so, and everything belongs to somebody."""
    for _round in range(5):
        ring = [ContactFactory(site=shop) for _ in range(3)]
        for contact in ring:
            Event.objects.create(site=shop, contact=contact, name="x", at=NOW)
        calls = [lambda pair=(ring[n], ring[n - 1]): do_merge(*pair) for n in range(3)]  # type: ignore[misc]
        answers = at_once(calls)  # type: ignore[arg-type]
        assert {code(one) for one in answers} <= {"Merge", "gone"}
        left = Contact.objects.filter(pk__in=[one.pk for one in ring])
        assert left.count() == 3 - sum(isinstance(one, Merge) for one in answers)
        assert Event.objects.filter(contact__in=left).count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_undos_of_one_merge_one_succeeds(shop: Site) -> None:
    """UNI-10."""
    first, second = ContactFactory(site=shop), ContactFactory(site=shop)
    made = do_merge(first, second)
    answers = at_once([lambda: undo_merge(made, actor=SYSTEM, now=NOW)] * 3)
    assert sorted(code(one) for one in answers) == ["Contact", "undone", "undone"]
    assert Contact.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_undo_and_a_further_merge_at_once_are_one_after_the_other(shop: Site) -> None:
    """UNI-10: whichever is first; the undo may find that it comes too late."""
    for _round in range(6):
        first, second, third = (ContactFactory(site=shop) for _ in range(3))
        made = do_merge(first, second)
        answers = at_once(
            [
                lambda made=made: undo_merge(made, actor=SYSTEM, now=NOW),  # type: ignore[misc]
                lambda pair=(third, first): do_merge(*pair),  # type: ignore[misc]
            ]
        )
        assert code(answers[1]) == "Merge"
        assert code(answers[0]) in {"Contact", "merged_again"}
        left = Contact.objects.filter(pk__in=[first.pk, second.pk, third.pk])
        assert left.count() == (2 if code(answers[0]) == "Contact" else 1)


@pytest.mark.django_db(transaction=True)
def test_writes_while_two_are_merged_and_taken_apart_are_never_lost(shop: Site) -> None:
    """UNI-8: pages, details and tags of both go on during a merge and its undo."""
    now = timezone.now()
    browser = Browser(shop, now=now)
    booted = browser.boot("alice")
    member, lead = booted.contact, ContactFactory(site=shop, name="Kim")
    tracked: list[int] = []

    def track() -> None:
        visitor = visitor_of(booted.token, now=now)
        assert visitor is not None
        record_events(visitor, [page_view("/tracked")], now=now)
        tracked.append(1)

    def change(number: int) -> None:
        changes = {f"profile.key{number}": number}
        change_details(member, changes, source=Source.API, source_label="", actor=SYSTEM, now=now)

    def there_and_back() -> None:
        undo_merge(do_merge(member, lead, now=now), actor=SYSTEM, now=now)

    changing = [lambda number=number: change(number) for number in range(6)]  # type: ignore[misc]
    at_once([there_and_back, *[track] * 4, *changing])
    now_member = Contact.objects.select_related("profile").get(pk=member.pk)
    assert now_member.profile.values == {f"key{number}": number for number in range(6)}
    assert Event.objects.filter(contact=member, property__page="/tracked").count() == len(tracked) == 4
    assert Contact.objects.get(pk=lead.pk).name == "Kim"
    assert not KnownValue.objects.exclude(contact__in=Contact.objects.all()).exists()
