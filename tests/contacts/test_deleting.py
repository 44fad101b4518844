"""RET-4, RET-8: deleting people: who goes, what stays, and what happens at the same moment."""

import datetime
import functools
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.boot_request import BootRequest
from contacts.booting import Booted, boot
from contacts.deleting import ContactHeld, Deleted, delete_contact, delete_contacts
from contacts.details import ContactGone, change_details
from contacts.events import SessionEnded, page_view, record_events
from contacts.merging import MergeRefused, find_contact, merge
from contacts.models import Contact, DeletionCount, DeletionReason, Event, Identity, Kind, Source, Visit
from contacts.visits import visitor_of
from contacts.whole import as_a_whole
from desk.actors import SYSTEM
from desk.models import AuditEntry, Site
from tests.contacts.browser import DAY, NOON, Browser
from tests.contacts.test_erasing import relations_to_contact
from tests.contacts.test_merge_faults import Killed, everything, killed_after
from tests.factories import ContactFactory, ContactTagFactory, TagFactory


def delete(contact: Contact, now: datetime.datetime = NOON) -> bool:
    return delete_contact(contact, actor=SYSTEM, reason=DeletionReason.OPERATOR, now=now)


def delete_all(ids: list[int], site: Site, **options: object) -> Deleted:
    told = {"reason": DeletionReason.OPERATOR, "now": NOON} | options
    return as_a_whole(lambda: delete_contacts(ids, site=site, **told))  # type: ignore[arg-type]


def counts() -> list[tuple[datetime.date, str, str, int]]:
    return list(DeletionCount.objects.order_by("day", "reason", "kind").values_list("day", "reason", "kind", "count"))


@pytest.mark.django_db
def test_a_deleted_person_is_found_by_no_name_any_more(shop: Site) -> None:
    """RET-8: id, customer number, memberId, and the names of whom the person had absorbed."""
    member = ContactFactory(site=shop, member_id="alice", customer_number=1)
    absorbed = ContactFactory(site=shop, customer_number=2)
    merge(member, absorbed, actor=SYSTEM, trigger="operator", now=NOON)
    assert delete(member)
    for name in ({"id": member.pk}, {"id": absorbed.pk}, {"customer_number": 2}, {"member_id": "alice"}):
        assert find_contact(shop, **name) is None  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_deletion_is_in_the_audit_log_without_a_name(shop: Site) -> None:
    """SITE-4, RET-4."""
    contact = ContactFactory(site=shop, name="Kim", email="kim@example.com")
    delete(contact)
    entry = AuditEntry.objects.get(action="contact.delete")
    assert (entry.target_type, entry.target_id, entry.details) == ("contact", str(contact.pk), {"kind": "lead"})


@pytest.mark.django_db
def test_what_stays_is_a_count_by_day_reason_and_kind(shop: Site) -> None:
    """RET-4: days of the site's time zone, Asia/Seoul; later ones are added."""
    leads, members = (
        [ContactFactory(site=shop) for _ in range(3)],
        [ContactFactory(site=shop, member_id=str(n)) for n in range(2)],
    )
    late = datetime.datetime(2026, 11, 20, 15, 30, tzinfo=datetime.UTC)
    delete_all([leads[0].pk, members[0].pk], shop)
    delete_all([leads[1].pk], shop)
    delete_all([members[1].pk], shop, reason=DeletionReason.RETENTION)
    delete_all([leads[2].pk], shop, now=late)
    first, second = datetime.date(2026, 11, 20), datetime.date(2026, 11, 21)
    assert counts() == [
        (first, "operator", "lead", 2),
        (first, "operator", "member", 1),
        (first, "retention", "member", 1),
        (second, "operator", "lead", 1),
    ]


@pytest.mark.django_db
def test_only_people_of_the_site_go(shop: Site, elsewhere: Site) -> None:
    """SITE-2."""
    theirs = ContactFactory(site=elsewhere)
    assert delete_all([theirs.pk], shop) == Deleted()
    assert Contact.objects.get() == theirs
    assert counts() == []


@pytest.mark.django_db
def test_whoever_is_gone_already_is_not_counted(shop: Site) -> None:
    """RET-4: a batch that is done twice counts once."""
    contact, other = ContactFactory(site=shop), ContactFactory(site=shop)
    assert delete_all([contact.pk], shop).ids == (contact.pk,)
    assert delete_all([contact.pk, other.pk], shop).ids == (other.pk,)
    assert not delete(contact)
    assert [count for *_rest, count in counts()] == [2]
    assert not AuditEntry.objects.filter(action="contact.delete").exists()


@pytest.mark.django_db
def test_whoever_no_longer_meets_the_condition_stays(shop: Site) -> None:
    """RET-6, IMP-8: the condition is asked again of the locked row."""
    old, touched = ContactFactory(site=shop), ContactFactory(site=shop)
    Contact.objects.filter(pk=touched.pk).update(last_touch_at=NOON + DAY)
    Contact.objects.filter(pk=old.pk).update(last_touch_at=NOON - DAY)
    assert delete_all([old.pk, touched.pk], shop, only_if=Q(last_touch_at__lt=NOON)).ids == (old.pk,)
    assert Contact.objects.get() == touched


@pytest.mark.django_db
def test_the_browser_of_a_deleted_person_is_a_new_visitor(shop: Site) -> None:
    """RET-4, BOOT-6: cookies of somebody who is gone are worth nothing."""
    browser = Browser(shop)
    gone = browser.boot("alice", page="/")
    delete(gone.contact)
    assert visitor_of(gone.token, now=NOON) is None
    stranger = browser.boot(page="/")
    assert stranger.contact.pk != gone.contact.pk
    assert (stranger.contact.kind, stranger.contact.sessions_count) == (Kind.ANONYMOUS, 1)


@pytest.mark.django_db
def test_a_customer_number_is_never_given_again(shop: Site) -> None:
    """Section 0: never reused."""
    gone = Browser(shop).boot().contact
    delete(gone)
    assert Browser(shop).boot().contact.customer_number > gone.customer_number


@pytest.mark.django_db
def test_a_batch_takes_no_more_statements_than_one_person(shop: Site) -> None:
    """speed.md, "Bulk work": set-based; a handful for locks, holds, audit log, counts, webhooks
    and what may name somebody (files, filters, jobs, rules), and about one a table."""
    tag = TagFactory(site=shop)

    def statements(people: int) -> int:
        made = [ContactFactory(site=shop) for _ in range(people)]
        for contact in made:
            Event.objects.create(site=shop, contact=contact, name="Order", at=NOON)
            ContactTagFactory(site=shop, contact=contact, tag=tag)
        with CaptureQueriesContext(connection) as captured:
            delete_all([contact.pk for contact in made], shop)
        return len(captured)

    assert statements(30) == statements(1) <= 20 + len(relations_to_contact())


@pytest.mark.django_db
def test_a_deletion_killed_after_any_write_leaves_the_old_state(shop: Site) -> None:
    """RET-6: whole or not at all, its count included."""
    browser = Browser(shop)
    contact = browser.boot("alice", page="/first", profile={"email": "kim@example.com", "name": "Kim"}).contact
    before = everything()
    for number in range(1, 100):
        with killed_after(number) as writes:
            try:
                delete(contact)
            except Killed:
                pass
            else:
                break
        assert everything() == before, writes[-1]
    assert number > 10
    assert not Contact.objects.exists()


# --- at once ----------------------------------------------------------------------------------------------------------


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """Run all calls at the same moment, each on a connection of its own; an expected refusal is an answer."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            start.wait(30)
            return call()
        except (MergeRefused, ContactGone, ContactHeld, SessionEnded) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def orphans() -> list[str]:
    """Relations with rows of people who are not there."""
    connection.check_constraints()
    there = Contact.objects.values("pk")
    return [
        name
        for name, rows in {"events": Event, "visits": Visit, "identities": Identity}.items()
        if rows.objects.exclude(contact__in=there).exists()
    ]


@pytest.mark.django_db(transaction=True)
def test_a_visitor_who_boots_while_being_deleted_is_served_as_somebody(shop: Site) -> None:
    """RET-4, BOOT-12: as the one who goes, or as a new visitor; never an error, never a row left behind."""
    now = timezone.now()
    for round_ in range(6):
        first = boot(BootRequest(plugin_key=shop.plugin_key, page="/"), now=now)
        later = now + datetime.timedelta(minutes=6 * (round_ % 2))  # with and without a touch of the contact
        request = BootRequest(
            plugin_key=shop.plugin_key, veil_id=first.identity.key, session=first.token, page="/again"
        )
        tabs: list[Callable[[], object]] = [functools.partial(boot, request, now=later)] * 5
        answers = at_once([*tabs, functools.partial(delete, first.contact, now)])
        assert answers[-1] is True
        assert all(isinstance(one, Booted) for one in answers[:-1])
        assert not Contact.objects.filter(pk=first.contact.pk).exists()
        assert orphans() == []


@pytest.mark.django_db(transaction=True)
def test_events_and_details_that_come_during_a_deletion_leave_nothing_behind(shop: Site) -> None:
    """RET-4."""
    now = timezone.now()
    for _round in range(6):
        booted = boot(BootRequest(plugin_key=shop.plugin_key, member_id="alice", page="/"), now=now)

        def track(token: str = booted.token) -> None:
            visitor = visitor_of(token, now=now)
            if visitor is not None:
                record_events(visitor, [page_view("/tracked")], now=now)

        def change(number: int, contact: Contact = booted.contact) -> None:
            told = {"source": Source.API, "source_label": "", "actor": SYSTEM, "now": now}
            change_details(contact, {"name": f"Alice {number}"}, **told)  # type: ignore[arg-type]

        changing = [functools.partial(change, number) for number in range(3)]
        at_once([*[track] * 3, *changing, functools.partial(delete, booted.contact, now)])
        assert not Contact.objects.filter(pk=booted.contact.pk).exists()
        assert orphans() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("gone", [0, 1], ids=["survivor", "absorbed"])
def test_of_a_merge_and_a_deletion_at_once_either_is_first(shop: Site, gone: int) -> None:
    """UNI-11, RET-4: nobody comes back to life, and nobody meets a deadlock."""
    now = timezone.now()
    for _round in range(6):
        pair = [ContactFactory(site=shop, member_id=f"m{next(NUMBERS)}"), ContactFactory(site=shop)]
        for contact in pair:
            Event.objects.create(site=shop, contact=contact, name="x", at=now)
        merging = functools.partial(merge, *pair, actor=SYSTEM, trigger="operator", now=now)
        merged, deleted = at_once([merging, functools.partial(delete, pair[gone], now)])
        left = Contact.objects.filter(pk__in=[contact.pk for contact in pair])
        assert isinstance(deleted, bool)
        if isinstance(merged, MergeRefused):
            assert (merged.code, deleted) == ("gone", True)
            assert left.get() == pair[1 - gone]
        else:
            # Merged first: the absorbed one was gone before it could be deleted, and the survivor takes both along.
            assert deleted is (gone == 0)
            assert left.count() == gone
        assert Event.objects.filter(contact__in=left).count() == Event.objects.count()
        left.delete()


NUMBERS = itertools.count()


@pytest.mark.django_db(transaction=True)
def test_two_deletions_of_the_same_people_at_once_count_everybody_once(shop: Site) -> None:
    """RET-6: a second one does no harm."""
    for _round in range(4):
        people = [ContactFactory(site=shop) for _ in range(20)]
        DeletionCount.objects.all().delete()
        ids = [contact.pk for contact in people]
        answers = at_once([functools.partial(delete_all, way, shop) for way in (ids, ids[::-1], ids[5:15])])
        went = [pk for answer in answers if isinstance(answer, Deleted) for pk in answer.ids]
        assert sorted(went) == sorted(ids)
        assert [count for *_rest, count in counts()] == [20]


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_fails_leaves_everybody(shop: Site) -> None:
    """JOB-2: the batch of a job is taken back with its progress."""
    people = [ContactFactory(site=shop) for _ in range(3)]

    def fail() -> None:
        with transaction.atomic():
            delete_contacts([contact.pk for contact in people], site=shop, reason=DeletionReason.OPERATOR, now=NOON)
            raise Killed

    with pytest.raises(Killed):
        fail()
    assert Contact.objects.count() == 3
    assert counts() == []
