"""RET-1..3, RET-6: who is due, on which day of the site, and what a sweep of many does, stops at and goes on with."""

import calendar
import datetime
import io
import json
import zoneinfo
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.deleting import delete_contacts
from contacts.holds import end_hold, is_held
from contacts.models import Contact, DeletionCount, DeletionReason, Kind, LeadReason, RetentionRun
from contacts.retention import policy_of, today_of
from contacts.sweeping import BEGINS, QUIET, begin_nightly, go_on, plan_sweep, quiet_runs, sweep
from contacts.tasks import begin_sweeps
from contacts.tasks import sweep as sweep_task
from contacts.touching import touch_contact
from desk.actors import SYSTEM
from desk.models import AuditEntry, BrokerMessage, RetentionPolicy, Site
from tests.contacts.test_holds import hold
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
NIGHT = datetime.datetime(2026, 11, 19, 18, 30, tzinfo=datetime.UTC)  # 03:30 of the 20th in Seoul
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)

# --- the rule: plainly, for one person, and as a query ----------------------------------------------------------

ZONES = (
    "Asia/Seoul",
    "America/New_York",
    "Pacific/Apia",
    "Africa/Cairo",
    "America/St_Johns",
    "Pacific/Kiritimati",
    "UTC",
)
EDGES = [
    datetime.date(2024, 8, 14),  # Korea's change, and what ends two and three years around it
    datetime.date(2026, 8, 14),
    datetime.date(2027, 8, 14),
    datetime.date(2024, 2, 29),
    datetime.date(2026, 2, 28),
    datetime.date(2027, 2, 28),
    datetime.date(2028, 2, 29),
    datetime.date(2011, 12, 30),  # a day that Apia never had
    datetime.date(2026, 4, 24),  # Cairo's clocks: midnight is not there
    datetime.date(2026, 11, 1),
]


def plainly(site: Site, kind: str, touched: datetime.date) -> datetime.date | None:
    """RET-2, RET-3 as they are written."""
    if kind == Kind.ANONYMOUS:
        return touched + 90 * DAY
    if site.retention_policy == RetentionPolicy.CUSTOM:
        days = site.retention_days_lead if kind == Kind.LEAD else site.retention_days_member
        return touched + days * DAY if days else None
    korea = site.retention_policy == RetentionPolicy.KR
    year = touched.year + (3 if korea and touched >= datetime.date(2024, 8, 14) else 2)
    last = calendar.monthrange(year, touched.month)[1]
    return datetime.date(year, touched.month, min(touched.day, last))


days = st.builds(lambda edge, more: edge + more * DAY, st.sampled_from(EDGES), st.integers(-2, 2))
# Moments by the hour and a second beside it, around days that matter, and so long before them as the policies say.
back = st.sampled_from([0, 90, 365, 366, 730, 731, 1095, 1096, 30, 1])
moments = st.builds(
    lambda day, ago, hour, beside: (
        datetime.datetime.combine(day - ago * DAY, datetime.time(hour), tzinfo=datetime.UTC)
        + datetime.timedelta(seconds=beside)
    ),
    days,
    back,
    st.integers(0, 23),
    st.sampled_from([-1, 0, 1]),
)
policies = st.sampled_from(
    [("kr", None, None), ("jp", None, None), ("custom", 30, None), ("custom", None, 365), ("custom", 1, 1_500_000)]
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    policy=policies,
    zone=st.sampled_from(ZONES),
    told=st.lists(st.tuples(st.sampled_from(Kind.values), moments), min_size=1, max_size=12),
    beside=st.integers(-1, 1),
    span=st.none() | st.integers(0, 800),
)
def test_the_rule_the_date_of_one_person_and_the_query_agree(
    shop: Site,
    policy: tuple[str, int | None, int | None],
    zone: str,
    told: list[tuple[str, datetime.datetime]],
    beside: int,
    span: int | None,
) -> None:
    """RET-2, RET-3: around 2024-08-14, leap days, in zones whose days are missing or begin late; on the database."""
    shop.retention_policy, shop.retention_days_lead, shop.retention_days_member = policy
    shop.time_zone = zone
    rules = policy_of(shop)
    with transaction.atomic():
        people = Contact.objects.bulk_create(_person(shop, kind, at) for kind, at in told)
        expected = {one.pk: plainly(shop, one.kind, _day(one.last_touch_at, zone)) for one in people}
        # The clock stands where it matters: on the very day of one of them, the day before or the day after.
        today = (next(filter(None, expected.values()), None) or EDGES[0]) + beside * DAY
        first = None if span is None else today - span * DAY
        assert {one.pk: rules.expires_on(one) for one in people} == expected
        due = {pk for pk, day in expected.items() if day is not None and day <= today}
        assert _ids(shop, rules.due(today)) == due
        between = {pk for pk in due if first is None or expected[pk] >= first}  # type: ignore[operator]
        assert _ids(shop, rules.expires_between(first, today)) == between
        assert _ids(shop, rules.never()) == {pk for pk, day in expected.items() if day is None}
        parts = [pk for _rule, condition in rules.parts(first, today) for pk in _ids(shop, condition)]
        assert sorted(parts) == sorted(between)  # nobody in two of them
        transaction.set_rollback(True)


def _day(moment: datetime.datetime, zone: str) -> datetime.date:
    return moment.astimezone(zoneinfo.ZoneInfo(zone)).date()


def _ids(site: Site, condition: Any) -> set[int]:
    return set(Contact.objects.filter(condition, site=site).values_list("pk", flat=True))


def _person(site: Site, kind: str, at: datetime.datetime) -> Contact:
    person: Contact = ContactFactory.build(
        site=site,
        kind=kind,
        member_id=f"m{ContactFactory._meta.next_sequence()}" if kind == Kind.MEMBER else None,
        lead_reason=LeadReason.ENTERED if kind == Kind.LEAD else "",
        created_at=at,
    )
    return person


# --- the plan and the sweep ---------------------------------------------------------------------------------------


def person(site: Site, kind: str = Kind.LEAD, at: datetime.datetime = LONG_AGO) -> Contact:
    """Somebody whose last touch was then."""
    contact = _person(site, kind, at)
    contact.save()
    return contact


def crowd(site: Site) -> list[Contact]:
    """Seven who are due at ``NIGHT`` by three rules of Korea, one of whom is held, and three who are not."""
    due = [person(site) for _ in range(3)] + [person(site, Kind.MEMBER) for _ in range(2)]
    due += [person(site, Kind.ANONYMOUS, NIGHT - 90 * DAY), person(site, Kind.ANONYMOUS)]
    hold(due[1], now=NIGHT)
    person(site, Kind.ANONYMOUS, NIGHT - 89 * DAY)
    person(site, Kind.LEAD, datetime.datetime(2024, 8, 13, 15, tzinfo=datetime.UTC))  # the 14th in Seoul
    person(site, Kind.MEMBER, NIGHT)
    return due


PLANNED = {"anonymous.ninetyDays": 2, "lead.twoYears": 2, "member.twoYears": 2}
# Three years after 2024-08-14 nobody's time of the second kind is over before this.
NOBODY = {"lead.threeYears": 0, "member.threeYears": 0}


def test_the_plan_says_exactly_what_the_sweep_then_does(shop: Site, elsewhere: Site) -> None:
    """RET-6: per kind and rule; held people apart; nobody of another site."""
    due, strangers = crowd(shop), crowd(elsewhere)
    plan = plan_sweep(shop, NIGHT)
    assert (plan.counts, plan.held, plan.total) == (PLANNED, 1, 6)
    swept = sweep(shop, at=NIGHT, actor=SYSTEM, clock=lambda: NIGHT)
    assert (dict(swept.counts), swept.held, swept.more) == (PLANNED, 1, False)
    left = set(Contact.objects.filter(site=shop).values_list("pk", flat=True))
    assert left & {one.pk for one in due} == {due[1].pk}
    assert (len(left), Contact.objects.filter(site=elsewhere).count()) == (4, len(strangers) + 3)
    counts = DeletionCount.objects.order_by("kind").values_list("reason", "kind", "count")
    assert list(counts) == [("retention", "anonymous", 2), ("retention", "lead", 2), ("retention", "member", 2)]
    assert plan_sweep(shop, NIGHT).total == 0


def test_a_finished_run_is_in_the_log_and_in_the_audit_log(shop: Site) -> None:
    """RET-4, RET-6, SITE-4: counts, and never whom; a run that found nobody is no news."""
    crowd(shop)
    for _ in range(2):
        sweep(shop, at=NIGHT, actor=SYSTEM, clock=lambda: NIGHT)
    first, second = RetentionRun.objects.order_by("pk")
    assert (first.counts, first.held, first.day, first.nightly) == (PLANNED, 1, datetime.date(2026, 11, 20), False)
    assert (second.counts, second.held) == ({}, 1)
    assert first.finished_at is not None
    entry = AuditEntry.objects.get(action="retention.sweep")
    assert entry.details == {"contacts": 6, "day": "2026-11-20", "_counts": PLANNED, "_held": 1}


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_batches_of_any_size_take_the_same_people(shop: Site, size: int) -> None:
    """RET-6: also of a single person, and whatever the order of ids and touches."""
    crowd(shop)
    run = RetentionRun.objects.create(site=shop, day=NIGHT.date(), at=NIGHT, started_at=NIGHT, heartbeat_at=NIGHT)
    swept = go_on(run.pk, clock=lambda: NIGHT, size=size)
    assert dict(swept.counts) == PLANNED
    run.refresh_from_db()
    assert (run.counts, run.held) == (PLANNED, 1)


def test_a_slice_ends_after_its_time_and_the_next_goes_on(shop: Site) -> None:
    """RET-6: so that others have the worker."""
    crowd(shop)
    run = begin_nightly(shop, now=NIGHT)
    assert run is not None
    slices = []
    while not slices or slices[-1].more:
        slices.append(go_on(run.pk, seconds=0, size=2, clock=lambda: NIGHT))
    assert [one.counts.total() for one in slices] == [2, 2, 2, 0]
    run.refresh_from_db()
    assert (run.counts, run.held, run.finished_at) == (PLANNED, 1, NIGHT)
    assert not go_on(run.pk).more


def test_a_touch_that_arrives_in_the_middle_wins(shop: Site) -> None:
    """RET-6: between two batches, and between the look and the lock of one."""
    people = [person(shop) for _ in range(4)]
    run = begin_nightly(shop, now=NIGHT)
    assert run is not None
    go_on(run.pk, seconds=0, size=1, clock=lambda: NIGHT)
    left = list(Contact.objects.filter(pk__in=[one.pk for one in people]).order_by("pk"))
    touch_contact(left[0], actor=SYSTEM, now=NIGHT)
    hold(left[1], now=NIGHT)
    due = policy_of(shop).due(today_of(shop, NIGHT)) & ~is_held(shop, today_of(shop, NIGHT))
    with transaction.atomic():
        deleted = delete_contacts(
            [one.pk for one in left], site=shop, reason=DeletionReason.RETENTION, now=NIGHT, only_if=due
        )
    assert deleted.ids == (left[2].pk,)
    swept = go_on(run.pk, clock=lambda: NIGHT)
    assert (swept.counts.total(), swept.held) == (0, 1)
    assert Contact.objects.count() == 2


def test_a_policy_that_keeps_longer_counts_from_the_next_batch_on(shop: Site) -> None:
    """RET-7"""
    for _ in range(3):
        person(shop)
    run = begin_nightly(shop, now=NIGHT)
    assert run is not None
    go_on(run.pk, seconds=0, size=1, clock=lambda: NIGHT)
    Site.objects.filter(pk=shop.pk).update(retention_policy=RetentionPolicy.CUSTOM)
    assert go_on(run.pk, clock=lambda: NIGHT).counts.total() == 0
    assert Contact.objects.count() == 2


def test_a_hold_that_ends_during_the_sweep_lets_the_person_go(shop: Site) -> None:
    """RET-5, RET-6: the end is looked for from the beginning."""
    people = [person(shop, at=LONG_AGO + n * DAY) for n in range(4)]
    held = hold(people[0], now=NIGHT)
    run = begin_nightly(shop, now=NIGHT)
    assert run is not None
    ended = iter(range(10))

    def clock() -> datetime.datetime:
        if next(ended) == 2:
            end_hold(held, actor=SYSTEM, now=NIGHT)
        return NIGHT

    assert go_on(run.pk, size=1, clock=clock).counts.total() == 4


def test_a_hold_counts_by_the_day_of_the_run(shop: Site) -> None:
    """RET-5: as if it were another day, that day's holds."""
    held = hold(person(shop), 5, NIGHT)
    for days, there in ((0, True), (5, True), (6, False)):
        assert plan_sweep(shop, NIGHT + days * DAY).held == there
        sweep(shop, at=NIGHT + days * DAY, actor=SYSTEM, clock=lambda: NIGHT)
        assert Contact.objects.filter(pk=held.contact_id).exists() is there
    # What really happened happened today.
    assert DeletionCount.objects.get().day == datetime.date(2026, 11, 20)


# --- nights -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Asia/Seoul", "America/New_York", "Pacific/Apia"])
def test_each_site_is_swept_once_a_day_after_three_of_its_own_time(shop: Site, zone: str) -> None:
    """RET-6: asked every ten minutes for three days."""
    shop.time_zone = zone
    shop.save()
    begun = [run for now in _every_ten_minutes(shop, 3) if (run := begin_nightly(shop, now=now))]
    assert [run.at.astimezone(shop.zone).time() for run in begun] == [BEGINS] * 3
    assert len({run.day for run in begun}) == 3


def _every_ten_minutes(site: Site, days: int) -> Iterator[datetime.datetime]:
    start = datetime.datetime(2026, 11, 18, tzinfo=site.zone).astimezone(datetime.UTC)
    return (start + datetime.timedelta(minutes=10 * n) for n in range(days * 144))


def test_a_day_with_its_clocks_put_forward_is_swept_as_well(shop: Site) -> None:
    """RET-6: 03:00 was not there in New York on 2026-03-08 … it was 04:00 by then."""
    shop.time_zone = "America/New_York"
    shop.save()
    before = datetime.datetime(2026, 3, 8, 6, 59, tzinfo=datetime.UTC)
    assert begin_nightly(shop, now=before) is None
    run = begin_nightly(shop, now=before + datetime.timedelta(minutes=1))
    assert run is not None
    assert run.day == datetime.date(2026, 3, 8)


def test_a_run_whose_moment_is_still_to_come_waits(shop: Site) -> None:
    """RET-6: the clock was set back; nobody goes who is not due now."""
    touched = NIGHT + DAY - 90 * DAY
    visitor = person(shop, Kind.ANONYMOUS, touched)
    run = begin_nightly(shop, now=NIGHT + DAY)
    assert run is not None
    swept = go_on(run.pk, clock=lambda: NIGHT)
    assert (swept.more, swept.counts.total()) == (False, 0)
    assert quiet_runs(now=NIGHT) == []
    yesterday = begin_nightly(shop, now=NIGHT)
    assert yesterday is not None
    assert go_on(yesterday.pk, clock=lambda: NIGHT).counts.total() == 0
    assert Contact.objects.get() == visitor
    assert quiet_runs(now=NIGHT + DAY + QUIET * 2) == [run.pk]
    assert go_on(run.pk, clock=lambda: NIGHT + DAY).counts.total() == 1


def test_a_run_that_nobody_works_on_is_found(shop: Site) -> None:
    """RET-6: not one that is at work, nor one that was begun by hand."""
    run = begin_nightly(shop, now=NIGHT)
    assert run is not None
    RetentionRun.objects.create(site=shop, day=run.day, nightly=False, at=NIGHT, started_at=NIGHT, heartbeat_at=NIGHT)
    assert quiet_runs(now=NIGHT + QUIET) == []
    assert quiet_runs(now=NIGHT + QUIET + datetime.timedelta(seconds=1)) == [run.pk]
    RetentionRun.objects.filter(pk=run.pk).update(heartbeat_at=NIGHT + 2 * DAY)  # before the clock was set back
    assert quiet_runs(now=NIGHT + DAY) == [run.pk]


def test_a_site_without_anybody_due_ends_its_night_at_once(shop: Site) -> None:
    """RET-6: with a line in the log, without one in the audit log."""
    run = begin_nightly(shop, now=NIGHT)
    assert run is not None
    assert not go_on(run.pk, clock=lambda: NIGHT).more
    run.refresh_from_db()
    assert (run.finished_at, run.counts, run.held) == (NIGHT, {}, 0)
    assert not AuditEntry.objects.filter(action="retention.sweep").exists()


@pytest.mark.django_db(transaction=True)
def test_a_sweep_of_a_site_that_is_gone_ends_quietly(shop: Site) -> None:
    """RET-6"""
    person(shop)
    run = begin_nightly(shop, now=NIGHT)
    assert run is not None
    Site.objects.filter(pk=shop.pk).delete()
    assert not go_on(run.pk).more
    assert begin_nightly(shop, now=NIGHT + DAY) is None


# --- the command --------------------------------------------------------------------------------------------------


def command(*options: str) -> str:
    out = io.StringIO()
    call_command("enforce_retention", *options, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("how", [(), ("--json",), ("--site-id", "SHOP"), ("--site-id", "SHOP", "--json")])
def test_a_dry_run_prints_what_the_real_run_prints(shop: Site, elsewhere: Site, how: tuple[str, ...]) -> None:
    """RET-6: letter by letter; and deletes nobody."""
    for site in (shop, elsewhere):
        crowd(site)
    at = ("--at", "2026-11-20T03:30:00+09:00")
    people = Contact.objects.count()
    planned = command(*at, *how, "--dry-run")
    assert (Contact.objects.count(), RetentionRun.objects.count()) == (people, 0)
    assert command(*at, *how) == planned
    sites = 1 if "SHOP" in how else 2
    assert Contact.objects.count() == people - 6 * sites
    assert list(RetentionRun.objects.values_list("nightly", "counts")) == [(False, PLANNED)] * sites
    assert command(*at, *how) != planned


def test_what_is_printed_names_kinds_and_rules(shop: Site) -> None:
    """RET-6"""
    crowd(shop)
    at = ("--dry-run", "--at", "2026-11-20T03:30:00+09:00")
    counts = {"anonymous": {"ninetyDays": 2}, "lead": {"twoYears": 2}, "member": {"twoYears": 2}}
    site = {"siteId": "SHOP", "day": "2026-11-20", "counts": counts, "held": 1, "total": 6}
    assert json.loads(command(*at, "--json")) == {"sites": [site], "total": 6}
    assert command(*at).splitlines() == [
        "SHOP 2026-11-20",
        "  anonymous ninetyDays: 2",
        "  lead twoYears: 2",
        "  member twoYears: 2",
        "  held: 1",
        "  total: 6",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--site-id", "NONE"), "There is no site “NONE”"),
        (("--at", "tomorrow"), "is no time"),
        (("--at", "2026-13-01T00:00:00Z"), "is no time"),
        (("--at", "2026-12-01T00:00:00"), "names no time zone"),
        (("--at", "9999-12-31T23:59:59Z"), "too far away"),
    ],
)
def test_what_cannot_be_understood_is_refused_and_deletes_nobody(
    shop: Site, options: tuple[str, ...], words: str
) -> None:
    """RET-6"""
    person(shop)
    with pytest.raises(CommandError, match=words):
        command(*options)
    assert Contact.objects.exists()


def test_a_run_by_hand_goes_on_where_one_of_the_same_day_was_killed(shop: Site) -> None:
    """RET-6: and prints what it did itself."""
    crowd(shop)
    run = RetentionRun.objects.create(
        site=shop, day=NIGHT.date() + DAY, nightly=False, at=NIGHT, started_at=NIGHT, heartbeat_at=NIGHT
    )
    go_on(run.pk, seconds=0, size=2)
    planned = command("--at", "2026-11-20T05:00:00+09:00", "--dry-run")
    assert "total: 4" in planned
    assert command("--at", "2026-11-20T05:00:00+09:00") == planned
    run = RetentionRun.objects.get()
    assert run.counts == PLANNED


# --- the tasks ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_scheduler_begins_and_the_worker_ends_the_sweep(shop: Site) -> None:
    """RET-6: by the tasks' names, whatever the time of day here."""
    person(shop)
    now = timezone.now()
    run = RetentionRun.objects.create(
        site=shop, day=today_of(shop, now), at=now, started_at=now - 2 * QUIET, heartbeat_at=now - 2 * QUIET
    )
    BrokerMessage.objects.all().delete()
    begin_sweeps()
    assert RetentionRun.objects.get() == run
    sweep_task(run.pk)
    assert not Contact.objects.exists()
    run.refresh_from_db()
    assert run.finished_at is not None
