"""RET-6: sweeps by real workers that are killed, doubled and held up, while people are touched and sites vanish.

The measure is an undisturbed sweep of the same people of another site, in the tests' own process: who is left, the
numbers of the run, the counts of deletions and the audit log must equal it.
"""

import datetime
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone

from contacts.models import Contact, ContactProfile, DeletionCount, Event, Kind, KnownValue, RetentionRun
from contacts.retention import today_of
from contacts.sweeping import QUIET, begin_run, go_on, plan_sweep
from contacts.tasks import begin_sweeps
from contacts.touching import touch_contact
from desk.actors import SYSTEM
from desk.jobs.running import run_soon
from desk.models import AuditEntry, BrokerMessage, Operator, Site
from tests.conftest import client_of
from tests.contacts.test_holds import hold
from tests.contacts.test_sweeping import LONG_AGO
from tests.desk.jobs.plant import BATCH, Plant
from tests.desk.jobs.plant import module_plant as module_plant
from tests.desk.jobs.plant import plant as plant
from tests.factories import ContactFactory

PEOPLE = 400
DAY = datetime.timedelta(days=1)


def populate(site: Site) -> list[Contact]:
    """Leads, members and visitors who are due, one in forty held; and some who are not due."""
    now = timezone.now()
    people = [ContactFactory.build(site=site, **_told(number)) for number in range(PEOPLE)]
    people += [ContactFactory.build(site=site, created_at=now) for _ in range(10)]
    Contact.objects.bulk_create(people)
    ContactProfile.objects.bulk_create(ContactProfile(site=site, contact=one) for one in people)
    Event.objects.bulk_create(Event(site=site, contact=one, name="x", at=LONG_AGO) for one in people for _ in range(2))
    origin = {"qualified": True, "source": "operator", "first_seen_at": LONG_AGO, "last_seen_at": LONG_AGO}
    KnownValue.objects.bulk_create(
        KnownValue(site=site, contact=one, field="email", value=f"{n}@x.example", norm=f"{n}@x.example", **origin)
        for n, one in enumerate(people)
    )
    for one in people[:PEOPLE:40]:
        hold(one)
    return people


def _told(number: int) -> dict[str, object]:
    at = LONG_AGO + (number * 7 % 90) * DAY
    kind = (Kind.LEAD, Kind.MEMBER, Kind.ANONYMOUS)[number % 3]
    return {"kind": kind, "member_id": f"m{number}" if kind == Kind.MEMBER else None, "created_at": at}


def begin(site: Site) -> RetentionRun:
    """Tonight's run, as the scheduler begins it; it is always night here."""
    now = timezone.now()
    return RetentionRun.objects.create(
        site=site, day=today_of(site, now), at=now, started_at=now, heartbeat_at=now, actor="system"
    )


def start(run: RetentionRun, times: int = 1) -> None:
    for _ in range(times):
        run_soon("contacts.sweep", run.pk)


def outcome(site: Site) -> tuple[object, ...]:
    """All that can be seen of the sweeps of a site."""
    runs = RetentionRun.objects.filter(site=site)
    audit = AuditEntry.objects.filter(site=site, action="retention.sweep")
    return (
        [(run.counts, run.held, run.finished_at is not None) for run in runs],
        Counter(Contact.objects.filter(site=site).values_list("kind", flat=True)),
        Event.objects.filter(site=site).count(),
        sorted(DeletionCount.objects.filter(site=site).values_list("reason", "kind", "count")),
        [entry.details["_counts"] for entry in audit],
    )


@pytest.fixture
def filled(plant: Plant, shop: Site) -> Site:
    populate(shop)
    return shop


@pytest.fixture
def undisturbed(elsewhere: Site) -> tuple[object, ...]:
    populate(elsewhere)
    run = begin(elsewhere)
    swept = go_on(run.pk, size=BATCH)
    assert (swept.counts.total(), swept.held) == (PEOPLE - PEOPLE // 40, PEOPLE // 40)
    return outcome(elsewhere)


def pass_ten_minutes(plant: Plant) -> None:
    """More than ``QUIET`` without a sign of life; and then what beat would start."""
    BrokerMessage.objects.update(visible_at=timezone.now())
    ago = timezone.now() - QUIET - datetime.timedelta(seconds=1)
    RetentionRun.objects.filter(finished_at=None).update(heartbeat_at=ago)
    begin_sweeps()


def wait_for(plant: Plant, *runs: RetentionRun) -> None:
    pks = [run.pk for run in runs]
    plant.wait(lambda: not RetentionRun.objects.filter(pk__in=pks, finished_at=None).exists(), "the end of the sweep")


def test_sweeper_killed_twice_equals_an_undisturbed_run(
    plant: Plant, filled: Site, undisturbed: tuple[object, ...]
) -> None:
    """Once with a batch deleted and not committed, once right after a commit; the scheduler finds the run."""
    gates = ["sweep.after.2", "sweep.committed.3"]
    plant.shut(*gates)
    plant.staff(1)
    start(begin(filled))
    for gate in gates:
        plant.wait_at(gate)
        plant.kill()
        plant.open(gate)
        plant.staff(1)
        pass_ten_minutes(plant)
    wait_for(plant, RetentionRun.objects.get(site=filled))
    assert outcome(filled) == undisturbed


def test_two_sweepers_and_every_message_many_times_equal_an_undisturbed_run(
    plant: Plant, filled: Site, undisturbed: tuple[object, ...]
) -> None:
    """And a third in this process."""
    plant.slice(0)
    plant.staff(2)
    run = begin(filled)
    start(run, times=4)
    go_on(run.pk, size=30)
    wait_for(plant, run)
    assert outcome(filled) == undisturbed


def test_a_sweep_by_hand_beside_the_nightly_one_counts_nobody_twice(plant: Plant, filled: Site) -> None:
    """Each run says what it did itself; together they are everybody."""
    planned = plan_sweep(filled, timezone.now())
    plant.staff(1)
    run, mine = begin(filled), begin_run(filled, at=timezone.now(), actor=SYSTEM, now=timezone.now())
    start(run)
    swept = go_on(mine.pk, size=20)
    wait_for(plant, run, mine)
    both = Counter[str]()
    for one in RetentionRun.objects.filter(site=filled):
        both.update(one.counts)
    assert both == planned.counts
    assert swept.counts == RetentionRun.objects.get(pk=mine.pk).counts
    assert sum(DeletionCount.objects.values_list("count", flat=True)) == planned.total
    assert Contact.objects.filter(site=filled).count() == planned.held + 10


def test_who_is_touched_or_held_in_the_middle_stays(plant: Plant, filled: Site) -> None:
    """Between two batches of a real worker."""
    plant.staff(1)
    plant.shut("sweep.committed.1")
    run = begin(filled)
    start(run)
    plant.wait_at("sweep.committed.1")
    planned = plan_sweep(filled, run.at)
    left = Contact.objects.filter(site=filled, holds=None, created_at__lt=timezone.now() - DAY).order_by("pk")
    touched, held, *_others, last = left
    for one in (touched, last):
        touch_contact(one, actor=SYSTEM, now=timezone.now())
    hold(held)
    plant.open()
    wait_for(plant, run)
    run.refresh_from_db()
    assert Contact.objects.filter(pk__in=[touched.pk, held.pk, last.pk]).count() == 3
    assert run.held == planned.held + 1
    assert sum(run.counts.values()) == 2 * BATCH + planned.total - 3


if connection.vendor == "postgresql":  # SQLite has one writer: nothing comes between the look and the lock

    def test_who_is_touched_between_the_look_and_the_lock_stays(plant: Plant, filled: Site) -> None:
        """The batch waits for the row that is being touched, and looks at it again."""
        plant.staff(1)
        plant.shut("sweep.before.0")
        run = begin(filled)
        start(run)
        plant.wait_at("sweep.before.0")
        first = Contact.objects.filter(site=filled, holds=None, kind=Kind.ANONYMOUS).order_by("last_touch_on")
        touched, held = first[:2]
        with transaction.atomic():
            touch_contact(touched, actor=SYSTEM, now=timezone.now())
            hold(held)
            plant.open()
            plant.wait(_somebody_waits, "the sweeper at the lock")
        wait_for(plant, run)
        assert Contact.objects.filter(pk__in=[touched.pk, held.pk]).count() == 2
        run.refresh_from_db()
        assert sum(run.counts.values()) == PEOPLE - PEOPLE // 40 - 2

    def _somebody_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            return bool(cursor.fetchone()[0])


def test_a_site_that_is_deleted_during_its_sweep_ends_it_quietly(plant: Plant, filled: Site, elsewhere: Site) -> None:
    """And the worker goes on with the next site."""
    populate(elsewhere)
    plant.staff(1)
    plant.slice(0)
    plant.shut("sweep.committed.1")
    start(begin(filled))
    plant.wait_at("sweep.committed.1")
    Site.objects.filter(pk=filled.pk).delete()
    plant.open()
    other = begin(elsewhere)
    start(other)
    wait_for(plant, other)
    assert not RetentionRun.objects.filter(site=filled.pk).exists()
    assert "Traceback" not in plant.log.read_text()


def test_many_due_at_once_leave_room_for_the_desk(plant: Plant, filled: Site, alice: Operator) -> None:
    """A writer and a reader beside the sweeper, in batches as the product makes them: nobody gets an error, and on
    SQLite nobody waits for more than a moment."""
    del plant
    desk, waits, over = client_of(alice), list[float](), threading.Event()
    others = [ContactFactory(site=filled) for _ in range(3)]

    def write() -> None:
        try:
            while not over.is_set():
                for one in others:
                    began = time.monotonic()
                    touch_contact(one, actor=SYSTEM, now=timezone.now())
                    waits.append(time.monotonic() - began)
                assert desk.get("/desk/contacts/contact/").status_code == 200
        finally:
            connection.close()

    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    writer = threading.Thread(target=guarded, args=[write])
    writer.start()
    try:
        swept = go_on(begin(filled).pk, size=10)
    finally:
        over.set()
        writer.join(60)
    assert not failures
    assert swept.counts.total() == PEOPLE - PEOPLE // 40
    assert len(waits) >= 3
    assert max(waits) < 10
