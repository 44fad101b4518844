"""RET-6: the sweep of a site: everybody whose time is over goes, night by night, in batches.

Why this is safe to run:

- Who goes is said by ``contacts.retention`` alone, for one moment: the run's ``at``. It stays the same until the run
  ends, however long that takes and whatever the clock does, and a run of the night whose ``at`` lies in the future (the
  clock was set back) waits until that time comes. The policy is read anew for each batch.
- Ids are looked up and then deleted by ``contacts.deleting`` only if the locked row is still due: a touch that arrives
  between the two saves the person. So does a hold, which is asked for after the lock.
- A batch is one transaction: the people with all they have, their count by day, and the numbers of the run, whose row
  is locked first. Killed anywhere, the batch is gone or done as a whole; what is left is found by looking again, so
  there is no place to lose, nobody is counted twice, and the totals are those of an undisturbed run.
- A second sweeper of the same run waits for that row; one of another run finds whoever is left. Neither does harm.
- A site that is deleted takes its runs along: whoever sweeps it finds no row and ends.
- Only a night's run is taken up by the scheduler. One that was begun by hand, perhaps as if it were another day, goes
  on when the same day is asked for again.

It cannot be undone. What stays of the people are counts.
"""

import datetime
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from contacts.deleting import BATCH, Deleted, delete_contacts
from contacts.holds import is_held
from contacts.models import Contact, DeletionReason, RetentionRun
from contacts.retention import Rule, policy_of, today_of
from contacts.whole import as_a_whole
from desk.actors import SYSTEM, Actor
from desk.audit import record
from desk.jobs.working import SQLITE_PAUSE
from desk.models import Site

# From this time of the site's day on its night's sweep begins: nobody is at work, and the day is no longer disputed.
BEGINS = datetime.time(3)
# A run that gave no sign of life for so long is taken up by whoever looks: the message of its next slice, if there was
# one, has run out by then (``desk.jobs.running.UNHEARD_TASK``).
QUIET = datetime.timedelta(minutes=10)
# SQLite has one writer: a batch holds it for some 100 ms, and then lets others have their turn. Who has waited for less
# than 200 ms looks again every 25 ms, so that the pause between two batches is theirs.
SQLITE_BATCH = 200

Clock = Callable[[], datetime.datetime]


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """How many the sweep takes: ``counts`` by "<kind>.<rule>", every rule that can take anybody is among them.

    ``held``: how many are due and stay because somebody holds them.
    """

    counts: Mapping[str, int]
    held: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(slots=True)
class _Place:
    """How far this process has looked: a short cut past the rows of those who are gone, never the truth."""

    days: dict[str, datetime.date] = field(default_factory=dict)
    through: set[str] = field(default_factory=set)

    @property
    def is_the_beginning(self) -> bool:
        return not self.days and not self.through

    def forget(self) -> None:
        """Look from the very beginning."""
        self.days.clear()
        self.through.clear()


@dataclass(slots=True)
class Swept:
    """What one call of ``go_on`` has done. ``more``: the run is not at its end."""

    counts: Counter[str] = field(default_factory=Counter)
    held: int = 0
    more: bool = False


# --- the plan ---------------------------------------------------------------------------------------------


def plan_sweep(site: Site, at: datetime.datetime) -> SweepPlan:
    """What a sweep as if it were ``at`` would do, exactly, if nothing happens before it."""
    counts, held = dict[str, int](), 0
    for name, due in _due(site, at):
        people = Contact.objects.filter(due, site=site)
        counts[name] = people.filter(~is_held(site, today_of(site, at))).count()
        held += _count_held(site, due, at)
    return SweepPlan(counts, held)


def _due(site: Site, at: datetime.datetime) -> Iterator[tuple[str, Q]]:
    for rule, condition in policy_of(site).parts(None, today_of(site, at)):
        yield name_of_rule(rule), condition


def name_of_rule(rule: Rule) -> str:
    """What ``RetentionRun.counts`` calls it."""
    return f"{rule.kind}.{rule.name}"


def _count_held(site: Site, due: Q, at: datetime.datetime) -> int:
    return Contact.objects.filter(due, is_held(site, today_of(site, at)), site=site).count()


# --- runs -------------------------------------------------------------------------------------------------


def begin_nightly(site: Site, *, now: datetime.datetime) -> RetentionRun | None:
    """The run of the site's present day, when it is time for it and nobody has begun it."""
    local = now.astimezone(site.zone)
    if local.time() < BEGINS or RetentionRun.objects.filter(site=site, day=local.date(), nightly=True).exists():
        return None
    try:
        with transaction.atomic():
            return _new_run(site, at=now, now=now, nightly=True, actor=SYSTEM)
    except IntegrityError:
        # Another scheduler was faster, or the site is gone in this moment.
        return None


def begin_run(site: Site, *, at: datetime.datetime, actor: Actor, now: datetime.datetime) -> RetentionRun:
    """A run as if it were ``at``, by hand. One of the same day that was not finished goes on: the day decides."""
    unfinished = RetentionRun.objects.filter(site=site, nightly=False, finished_at=None, day=today_of(site, at))
    return unfinished.order_by("pk").first() or _new_run(site, at=at, now=now, nightly=False, actor=actor)


def quiet_runs(*, now: datetime.datetime) -> list[int]:
    """Runs of nights that nobody works on. A sign of life from the future is as little worth as an old one."""
    quiet = Q(heartbeat_at__lt=now - QUIET) | Q(heartbeat_at__gt=now + QUIET)
    runs = RetentionRun.objects.filter(quiet, nightly=True, finished_at=None, at__lte=now)
    return list(runs.order_by("pk").values_list("pk", flat=True))


def _new_run(site: Site, *, at: datetime.datetime, now: datetime.datetime, nightly: bool, actor: Actor) -> RetentionRun:
    return RetentionRun.objects.create(
        site=site,
        day=today_of(site, at),
        nightly=nightly,
        at=at,
        started_at=now,
        heartbeat_at=now,
        actor=actor.label[:120],
    )


# --- the work ---------------------------------------------------------------------------------------------


def go_on(
    run_id: int, *, actor: Actor = SYSTEM, seconds: float | None = None, clock: Clock = timezone.now, size: int = 0
) -> Swept:
    """Work on the run to its end, or for ``seconds``; nothing when it is finished, gone or still to come.

    Not inside a transaction: each batch (of ``size``, if given) commits by itself, and what a batch raises is raised
    here; then too the next call goes on.
    """
    swept, place = Swept(more=True), _Place()
    end = None if seconds is None else time.monotonic() + seconds
    while swept.more:
        _take(run_id, place, swept, actor=actor, now=clock(), size=size or _batch_size())
        if end is not None and time.monotonic() >= end:
            break
        if swept.more and connection.vendor == "sqlite" and not connection.in_atomic_block:
            time.sleep(SQLITE_PAUSE)
    return swept


def _batch_size() -> int:
    return SQLITE_BATCH if connection.vendor == "sqlite" else BATCH


def _take(run_id: int, place: _Place, swept: Swept, *, actor: Actor, now: datetime.datetime, size: int) -> None:
    """One batch, or the end of the run."""

    def work() -> tuple[RetentionRun | None, str, Deleted]:
        run = _locked(run_id, now)
        if run is None:
            return None, "", Deleted()
        name, due, ids = _next(run, place, size)
        if not ids:
            _finish(run, actor=actor, now=now)
            return run, "", Deleted()
        deleted = delete_contacts(
            ids,
            site=run.site,
            reason=DeletionReason.RETENTION,
            now=now,
            only_if=due,
            today=today_of(run.site, run.at),
        )
        _save_progress(run, name, len(deleted.ids), now)
        return run, name, deleted

    run, name, deleted = as_a_whole(work)
    # Told after the commit: a batch that was begun again is not told twice.
    if run is None or run.finished_at is not None:
        swept.more, swept.held = False, run.held if run is not None else 0
    elif deleted.ids:
        swept.counts[name] += len(deleted.ids)


def _locked(run_id: int, now: datetime.datetime) -> RetentionRun | None:
    """The run and its site as they are now; None when there is nothing to do for it."""
    run = RetentionRun.objects.select_for_update(no_key=True).filter(pk=run_id, finished_at=None).first()
    if run is None or (run.nightly and run.at > now):
        return None
    site = Site.objects.filter(pk=run.site_id).first()
    if site is None:
        return None
    run.site = site
    return run


def _next(run: RetentionRun, place: _Place, size: int) -> tuple[str, Q, list[int]]:
    """Who is due next: the rule's name, its condition, and ids, oldest touches first; no ids: nobody is left."""
    free, from_the_beginning = ~is_held(run.site, today_of(run.site, run.at)), place.is_the_beginning
    for name, due in _due(run.site, run.at):
        if name in place.through:
            continue
        people = Contact.objects.filter(due, free, site=run.site).order_by("last_touch_on")
        if name in place.days:
            people = people.filter(last_touch_on__gte=place.days[name])
        found = list(people.values_list("pk", "last_touch_on")[:size])
        if found:
            place.days[name] = found[-1][1]
            return name, due, [pk for pk, _day in found]
        place.through.add(name)
    if from_the_beginning:
        return "", Q(), []
    # The end is the end only when it was looked for from the beginning: a hold may have ended meanwhile.
    place.forget()
    return _next(run, place, size)


def _save_progress(run: RetentionRun, name: str, count: int, now: datetime.datetime) -> None:
    if count:
        run.counts = {**run.counts, name: run.counts.get(name, 0) + count}
    run.heartbeat_at = now
    run.save(update_fields=["counts", "heartbeat_at"])


def _finish(run: RetentionRun, *, actor: Actor, now: datetime.datetime) -> None:
    """Nobody is left: the numbers are what they are, and the audit log says so if anybody went."""
    run.held = sum(_count_held(run.site, due, run.at) for _name, due in _due(run.site, run.at))
    run.finished_at = run.heartbeat_at = now
    run.save(update_fields=["held", "finished_at", "heartbeat_at"])
    if run.counts:
        total = sum(run.counts.values())
        details = {"contacts": total, "day": run.day.isoformat(), "_counts": run.counts, "_held": run.held}
        record("retention.sweep", actor=actor, site=run.site, target=run, details=details)


def sweep(site: Site, *, at: datetime.datetime, actor: Actor, clock: Clock = timezone.now) -> Swept:
    """Everybody who is due as if it were ``at``, to the end, by hand. What it did itself, not what others did."""
    return go_on(begin_run(site, at=at, actor=actor, now=clock()).pk, actor=actor, clock=clock)
