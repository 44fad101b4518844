"""RET-5: whom somebody holds stays, on every way by which people are deleted, and is told apart."""

import ast
import datetime
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.utils import timezone

from contacts.actions import actions
from contacts.bulk import start_action
from contacts.deleting import ContactHeld, delete_contacts
from contacts.details import ContactGone
from contacts.holds import MAX_LENGTH, end_hold, held_until, place_hold
from contacts.models import Contact, DeletionReason, Hold
from contacts.retention import today_of
from contacts.selection import Selection
from contacts.sweeping import plan_sweep, sweep
from desk.actors import SYSTEM
from desk.models import AuditEntry, Job, Operator, Site
from tests.conftest import client_of
from tests.contacts.api.open.conftest import Program
from tests.contacts.importing.imports import load, undo
from tests.contacts.test_deleting import at_once, delete
from tests.factories import ContactFactory

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


def hold(contact: Contact, days: int = 7, now: datetime.datetime | None = None) -> Hold:
    """Up to and including the day in so many days."""
    now = now or timezone.now()
    until = today_of(contact.site, now) + datetime.timedelta(days=days)
    return place_hold(contact, reason="dispute 17", until=until, actor=SYSTEM, now=now)


def last_day(contact: Contact) -> str:
    return Hold.objects.filter(contact=contact).latest("until").until.isoformat()


@pytest.fixture
def held(shop: Site) -> Contact:
    contact: Contact = ContactFactory(site=shop, name="Kim", member_id="kim", created_at=LONG_AGO)
    return contact


# --- every way to delete --------------------------------------------------------------------------------------


def run_delete_action(contact: Contact, **options: Any) -> Job:
    chosen = Selection(ids=(contact.pk,), expected_count=1)
    params = {"reason": "withdrawn", "confirm": None}
    return start_action(actions.get("delete"), chosen, params, site=contact.site, actor=SYSTEM, **options)


def by_the_page(contact: Contact, alice: Operator) -> None:
    desk, url = client_of(alice), f"/desk/contacts/contact/{contact.pk}/delete/"
    asked, confirmed = desk.get(url).content.decode(), desk.post(url, {"reason": "asked by phone"})
    assert confirmed.status_code == 200
    for page in (asked, confirmed.content.decode()):
        assert "on hold" in page
        assert "dispute 17" in page
        assert 'type="submit">' not in page.partition("<main")[2]


def by_the_api(contact: Contact, alice: Operator) -> None:
    program = Program(contact.site)
    for path in (f"contacts/{contact.pk}", "contacts/@kim"):
        status, answer = program.call("DELETE", path, {})
        assert (status, answer["error"]["code"]) == (409, "contact_held")
        assert answer["error"]["until"] == last_day(contact)
        assert last_day(contact) in answer["error"]["message"]


def by_the_action(contact: Contact, alice: Operator) -> None:
    planned, done = run_delete_action(contact, dry_run=True), run_delete_action(contact)
    for job in (planned, done):
        refusal = job.refusals.get()
        assert (refusal.target_id, refusal.code, refusal.values) == (contact.pk, "held", {"until": last_day(contact)})
        assert (job.changed, job.refused, job.result["kinds"]) == (0, 1, {})
        assert last_day(contact) in actions.get("delete").sentences["held"] % refusal.values


def by_the_undo_of_an_import(contact: Contact, alice: Operator) -> None:
    made = load(contact.site, ["memberId", "name"], [["lee", "Lee"], ["park", "Park"]])
    lee = Contact.objects.get(member_id="lee")
    hold(lee)
    job = undo(made)
    refusal = job.refusals.get()
    assert (refusal.target_id, refusal.line, refusal.code) == (lee.pk, 2, "held")
    assert refusal.values == {"until": last_day(lee)}
    assert set(Contact.objects.values_list("member_id", flat=True)) == {"kim", "lee"}


def by_the_sweep(contact: Contact, alice: Operator) -> None:
    now = timezone.now()
    assert (plan_sweep(contact.site, now).total, plan_sweep(contact.site, now).held) == (0, 1)
    swept = sweep(contact.site, at=now, actor=SYSTEM)
    assert (swept.counts.total(), swept.held) == (0, 1)


# Who calls ``delete_contact`` or ``delete_contacts``: module and function, and the way that is tried with held people.
WAYS: dict[str, Callable[[Contact, Operator], None] | None] = {
    "contacts/admin/delete_page.py:_delete": by_the_page,
    "contacts/api/open/writing.py:remove": by_the_api,
    "contacts/delete_action.py:_change": by_the_action,
    "contacts/importing/undo.py:_delete_created": by_the_undo_of_an_import,
    "contacts/sweeping.py:work": by_the_sweep,
    "contacts/deleting.py:delete": None,  # delete_contact itself
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", [way for way in WAYS.values() if way], ids=lambda way: way.__name__)
def test_a_held_person_stays_whoever_deletes(
    held: Contact, alice: Operator, way: Callable[[Contact, Operator], None]
) -> None:
    """RET-5, RET-6, RET-8, IMP-8."""
    hold(held)
    way(held, alice)
    assert Contact.objects.filter(pk=held.pk).exists()


def callers() -> Iterator[str]:
    for app in ("desk", "contacts", "tags", "segments", "chats", "config"):
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for function in ast.walk(ast.parse(path.read_text())):
                if isinstance(function, ast.FunctionDef) and _calls(function):
                    yield f"{path.relative_to(settings.BASE_DIR)}:{function.name}"


def _calls(function: ast.FunctionDef) -> bool:
    """Whether the function itself, not one within it, deletes people."""
    inner = {id(node) for one in ast.walk(function) if _is_inner(one, function) for node in ast.walk(one)}
    called = [one for one in ast.walk(function) if isinstance(one, ast.Call) and id(one) not in inner]
    names = {getattr(call.func, "id", getattr(call.func, "attr", "")) for call in called}
    return bool(names & {"delete_contact", "delete_contacts", "erase_everything_of"} - _own(function))


def _is_inner(node: ast.AST, function: ast.FunctionDef) -> bool:
    return isinstance(node, ast.FunctionDef) and node is not function


def _own(function: ast.FunctionDef) -> set[str]:
    # The one place that erases, behind the locks and the question for holds.
    return {"erase_everything_of"} if function.name == "delete_contacts" else set()


def test_every_way_to_delete_people_is_tried_with_held_ones() -> None:
    """A new caller: say in ``WAYS`` how a held person stays there and how that is told, and it is tried above."""
    assert set(callers()) == set(WAYS)


# --- holds ------------------------------------------------------------------------------------------------------


def test_a_hold_that_was_ended_or_is_over_keeps_nobody(held: Contact) -> None:
    """RET-5: the last day counts in full, in the site's time zone."""
    now = datetime.datetime(2026, 11, 20, 14, 59, tzinfo=datetime.UTC)  # 23:59 in Seoul
    first, second = hold(held, 0, now), hold(held, 3, now)
    assert end_hold(second, actor=SYSTEM, now=now)
    with pytest.raises(ContactHeld) as refused:
        delete(held, now)
    assert refused.value.until == first.until == datetime.date(2026, 11, 20)
    assert delete(held, now + datetime.timedelta(minutes=1))


def test_of_several_holds_the_longest_counts(held: Contact) -> None:
    """RET-5."""
    now = timezone.now()
    holds = [hold(held, days, now) for days in (3, 9, 6)]
    assert held_until(held.site, [held.pk], now=now) == {held.pk: holds[1].until}


def test_holds_of_others_keep_nobody(held: Contact, elsewhere: Site) -> None:
    """SITE-2."""
    hold(ContactFactory(site=held.site))
    hold(ContactFactory(site=elsewhere))
    assert delete(held, timezone.now())


def test_of_many_only_the_held_stay(shop: Site) -> None:
    """RET-5: and are not counted."""
    people = [ContactFactory(site=shop) for _ in range(4)]
    hold(people[1])
    with transaction.atomic():
        deleted = delete_contacts(
            [one.pk for one in people], site=shop, reason=DeletionReason.OPERATOR, now=timezone.now()
        )
    assert set(deleted.held) == {people[1].pk}
    assert (len(deleted.ids), deleted.kinds) == (3, {"lead": 3})
    assert Contact.objects.get() == people[1]


@pytest.mark.parametrize(
    ("reason", "days", "field"),
    [(" ", 1, "reason"), ("x" * 256, 1, "reason"), ("x", -1, "until"), ("x", MAX_LENGTH.days + 1, "until")],
)
def test_a_hold_wants_a_reason_and_a_day(held: Contact, reason: str, days: int, field: str) -> None:
    """RET-5."""
    now = timezone.now()
    until = today_of(held.site, now) + datetime.timedelta(days=days)
    with pytest.raises(ValidationError) as refused:
        place_hold(held, reason=reason, until=until, actor=SYSTEM, now=now)
    assert set(refused.value.message_dict) == {field}
    assert not Hold.objects.exists()


def test_who_held_and_who_ended_it_is_in_the_audit_log(held: Contact) -> None:
    """RET-5, SITE-4."""
    placed = hold(held)
    now = timezone.now()
    assert [end_hold(placed, actor=SYSTEM, now=now) for _ in range(2)] == [True, False]
    entries = AuditEntry.objects.filter(target_type="contact", target_id=str(held.pk)).order_by("pk")
    assert list(entries.values_list("action", "reason")) == [("contact.hold", "dispute 17"), ("contact.endHold", "")]


@pytest.mark.django_db(transaction=True)
def test_of_a_hold_and_a_deletion_at_once_either_is_first(shop: Site) -> None:
    """RET-5: the person is held and there, or gone and cannot be held; never both."""
    for _round in range(8):
        contact = ContactFactory(site=shop)
        placed, deleted = at_once([functools.partial(hold, contact), functools.partial(delete, contact)])
        there = Contact.objects.filter(pk=contact.pk).exists()
        if isinstance(placed, Hold):
            assert isinstance(deleted, ContactHeld)
            assert there
        else:
            assert isinstance(placed, ContactGone)
            assert (deleted, there) == (True, False)


def test_who_may_not_delete_does_not_learn_of_holds(held: Contact, bob: Operator) -> None:
    """SITE-3."""
    hold(held)
    desk: Client = client_of(bob)
    assert desk.get(f"/desk/contacts/contact/{held.pk}/delete/").status_code == 403
