"""RET-5, RET-7: how many people go on which day if nothing happens until then, and who is next.

Days are those of the site. Everybody whose time is over by the next sweep counts on its day; who is held goes on the
day after the last day of the hold. Counts include anonymous contacts, lists never do (KIND-5). Nothing is deleted here.

A touch is found by its day in UTC, which is what the index holds. Its local day is that day or a neighbour: which of
them is said by one comparison with the moment at which the local day begins, which is a third of the work of asking the
database for the local time of every row.
"""

import datetime
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Count, F, Func, Max, QuerySet, Value

from contacts.expiring import later_of
from contacts.holds import holds_in_force, is_held
from contacts.id_lists import id_rows
from contacts.models import Contact, Kind, RetentionRun
from contacts.retention import Policy, Rule, policy_of, today_of
from desk.models import Site

DAYS = 90
WHO_IS_NEXT = 50
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """How many of each kind the sweep of ``day`` takes; kinds of which nobody goes are left out."""

    day: datetime.date
    counts: dict[Kind, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Forecast:
    """Days in a row; the first is that of the next sweep, with everybody who is due by then."""

    days: tuple[ForecastDay, ...]

    def within(self, days: int) -> Counter[Kind]:
        """How many of each kind go in the first ``days`` days."""
        found = Counter[Kind]()
        for day in self.days[:days]:
            found.update(day.counts)
        return found


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody who is next: the day of the sweep, why, and the last day of the holds."""

    contact: Contact
    day: datetime.date
    rule: Rule
    touched_on: datetime.date
    held_until: datetime.date | None


def next_sweep_day(site: Site, now: datetime.datetime) -> datetime.date:
    """The day (of the site) of the next sweep: today, until the sweep of today is through."""
    today = today_of(site, now)
    through = RetentionRun.objects.filter(site=site, day=today, nightly=True, finished_at__isnull=False)
    return today + _DAY if through.exists() else today


def forecast(site: Site, *, now: datetime.datetime, days: int = DAYS) -> Forecast:
    """Deletions per day, from the next sweep on."""
    policy, first = policy_of(site), next_sweep_day(site, now)
    last = first + (days - 1) * _DAY
    counts = Counter[tuple[Kind, datetime.date]]()
    for rule, due in policy.parts(None, first):
        counts[rule.kind, first] += Contact.objects.filter(due, site=site).count()
    for rule, touched, count in _touches(site, policy, first + _DAY, last):
        if rule.period is not None:
            counts[rule.kind, max(first, rule.period.end(touched))] += count
    for contact, until in _held(site, now):
        kind, says = Kind(contact.kind), policy.expires_on(contact)
        goes = later_of(says, until)
        if says is not None and goes is not None:
            counts[kind, max(first, says)] -= 1
            counts[kind, max(first, goes)] += 1
    return Forecast(tuple(_day_of(first + place * _DAY, counts) for place in range(days)))


def who_is_next(site: Site, *, now: datetime.datetime, limit: int = WHO_IS_NEXT) -> list[Leaving]:
    """The leads and members who go first, in that order."""
    policy, first, today = policy_of(site), next_sweep_day(site, now), today_of(site, now)
    found = [_leaving(policy, contact, until, first) for contact, until in _held(site, now)]
    free = Contact.objects.filter(~is_held(site, today), site=site)
    for rule, condition in policy.parts(None, None):
        if rule.kind != Kind.ANONYMOUS:
            people = free.filter(condition).order_by("last_touch_on", "last_touch_at", "pk")
            found += [_leaving(policy, contact, None, first) for contact in people[:limit]]
    shown = [leaving for leaving in found if leaving is not None and leaving.contact.kind != Kind.ANONYMOUS]
    return sorted(shown, key=lambda leaving: (leaving.day, leaving.contact.last_touch_at, leaving.contact.pk))[:limit]


def _leaving(policy: Policy, contact: Contact, until: datetime.date | None, first: datetime.date) -> Leaving | None:
    day = later_of(policy.expires_on(contact), until)
    if day is None:
        return None
    return Leaving(contact, max(first, day), policy.rule_of(contact), policy.touched_on(contact), until)


def _held(site: Site, now: datetime.datetime) -> list[tuple[Contact, datetime.date]]:
    """Everybody who is held today, a handful, with the last day."""
    holds = holds_in_force(site, today_of(site, now)).values("contact").annotate(last=Max("until"))
    last = dict(holds.values_list("contact", "last"))
    people = Contact.objects.filter(site=site, pk__in=id_rows(list(last)))
    return [(contact, last[contact.pk]) for contact in people]


def _day_of(day: datetime.date, counts: Counter[tuple[Kind, datetime.date]]) -> ForecastDay:
    # Never below nought: a touch between two of the statements is missing in one of them only.
    return ForecastDay(day, {kind: count for kind in Kind if (count := max(0, counts[kind, day]))})


# --- touches by local day ---------------------------------------------------------------------------------


def _touches(
    site: Site, policy: Policy, first: datetime.date, last: datetime.date
) -> Iterator[tuple[Rule, datetime.date, int]]:
    """Whose time is over on the days from ``first`` to ``last``: rule, local day of the last touch, how many."""
    for rule, _condition in policy.parts(first, last):
        if rule.period is None:
            continue
        begin, end = rule.period.latest_touch(first - _DAY) + _DAY, rule.period.latest_touch(last)
        begin = max(begin, rule.since) if rule.since else begin
        end = min(end, rule.before - _DAY) if rule.before else end
        for stretch in _stretches(policy, begin, end):
            people = Contact.objects.filter(policy.touched_between(stretch.first, stretch.last), site=site)
            for touched, count in stretch.counted(people.filter(kind=rule.kind)):
                yield rule, touched, count


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Local days that begin at the same ``time`` in UTC; ``shift``: so many days after the UTC day they begin on."""

    first: datetime.date
    last: datetime.date
    time: datetime.time
    shift: datetime.timedelta

    def counted(self, people: QuerySet[Contact]) -> Iterator[tuple[datetime.date, int]]:
        """The touches of each local day. ``people``: only those of these days."""
        rows = people.annotate(begun=_TouchedSince(self.time)).values("last_touch_on", "begun")
        for day, begun, count in rows.annotate(count=Count("pk")).values_list("last_touch_on", "begun", "count"):
            local = day + self.shift if begun else day + self.shift - _DAY
            # The last day is longer than the others where clocks are set back at its end.
            yield min(max(local, self.first), self.last), count


def _stretches(policy: Policy, first: datetime.date, last: datetime.date) -> Iterator[_Stretch]:
    """The days from ``first`` to ``last``, cut where the clocks of the zone change."""
    begun: _Stretch | None = None
    for place in range((last - first).days + 1):
        day = first + place * _DAY
        begin = datetime.datetime.combine(day, datetime.time.min, tzinfo=policy.zone).astimezone(datetime.UTC)
        now = _Stretch(day, day, begin.time(), day - begin.date())
        if begun is not None and (begun.time, begun.shift) == (now.time, now.shift):
            now = _Stretch(begun.first, day, now.time, now.shift)
        elif begun is not None:
            yield begun
        begun = now
    if begun is not None:
        yield begun


class _TouchedSince(Func):
    """Whether the last touch was at this time of its UTC day, or later."""

    output_field = BooleanField()

    def __init__(self, time: datetime.time) -> None:
        super().__init__(F("last_touch_at"), F("last_touch_on"), Value(time.isoformat()))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        at, _on, time, values = self._parts(compiler)
        return f"substr({at}, 12) >= {time}", values

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        at, on, time, values = self._parts(compiler)
        return f"{at} >= ({on} + {time}::time) AT TIME ZONE 'UTC'", values

    def _parts(self, compiler: Any) -> tuple[str, str, str, list[Any]]:
        (at, _no), (on, _none), (time, values) = (compiler.compile(part) for part in self.get_source_expressions())
        return at, on, time, list(values)
