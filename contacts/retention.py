"""RET-2, RET-3: how long people are kept: a site's policy as a small value.

One value answers both questions: ``expires_on`` for one person whose row is at hand, ``due`` and ``expires_between``
for all of them, as a condition for the database. Both go by the day of the last touch in the site's time zone. Holds
are not asked here (``contacts.holds``), and nothing is deleted here (``contacts.sweeping``).

A condition names the day of the touch in UTC, which is indexed, and the moment itself, which is exact.
"""

import datetime
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import ngettext

from contacts.models import Contact, Kind
from desk.models import Site
from desk.models.site import RetentionPolicy

ANONYMOUS_DAYS = 90
# RET-3: contact from this day on is kept three years in Korea, before it two.
KOREAN_CHANGE = datetime.date(2024, 8, 14)
_DAY = datetime.timedelta(days=1)
# Nobody was here before the first of these days, and nothing ends after the second.
_FIRST_DAY, _LAST_DAY = datetime.date(1000, 1, 1), datetime.date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """So many calendar years, or so many days (never both), after the day of the last touch."""

    years: int = 0
    days: int = 0

    def end(self, touched: datetime.date) -> datetime.date:
        """The day on which it is over; 29 February ends on the 28th where there is none. A later touch never ends
        earlier.
        """
        try:
            return _clamp(_plus_years(touched, self.years) + datetime.timedelta(days=self.days))
        except OverflowError:
            return _LAST_DAY

    def latest_touch(self, today: datetime.date) -> datetime.date:
        """The last day of touches that are over on ``today``."""
        try:
            day = _clamp(_plus_years(_clamp(today), -self.years) - datetime.timedelta(days=self.days))
        except OverflowError:
            return _FIRST_DAY
        # On 28 February both what began on the 28th and what began on the 29th is over.
        return day + _DAY if self.end(day + _DAY) <= today else day

    def in_words(self) -> str:
        """ "3 years", in the active language."""
        if self.years:
            return ngettext("%(count)d year", "%(count)d years", self.years) % {"count": self.years}
        return ngettext("%(count)d day", "%(count)d days", self.days) % {"count": self.days}


@dataclass(frozen=True, slots=True)
class Rule:
    """How long people of ``kind`` are kept whose last touch was on a day from ``since`` to before ``before``.

    ``name`` is what the counts of a sweep call it. ``period`` None: for ever.
    """

    name: str
    kind: Kind
    period: Period | None
    since: datetime.date | None = None
    before: datetime.date | None = None

    def covers(self, kind: str, touched: datetime.date) -> bool:
        """Whether this is the rule for a person of this kind, last touched on this day."""
        early = self.since is not None and touched < self.since
        late = self.before is not None and touched >= self.before
        return kind == self.kind and not early and not late


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a site; for every kind and every day exactly one of them holds."""

    zone: zoneinfo.ZoneInfo
    rules: tuple[Rule, ...]

    # --- one person --------------------------------------------------------------------------------------

    def touched_on(self, contact: Contact) -> datetime.date:
        """The day of the last touch, in the site's time zone."""
        return contact.last_touch_at.astimezone(self.zone).date()

    def rule_of(self, contact: Contact) -> Rule:
        """The rule that this person is kept by."""
        touched = self.touched_on(contact)
        return next(rule for rule in self.rules if rule.covers(contact.kind, touched))

    def expires_on(self, contact: Contact) -> datetime.date | None:
        """The day on which the first sweep takes this person if nothing happens until then; None: never."""
        period = self.rule_of(contact).period
        return period.end(self.touched_on(contact)) if period is not None else None

    # --- all of them -------------------------------------------------------------------------------------

    def due(self, today: datetime.date) -> Q:
        """Whose time is over on ``today``."""
        return self.expires_between(None, today)

    def expires_between(self, first: datetime.date | None, last: datetime.date | None) -> Q:
        """Whose ``expires_on`` is from ``first`` to ``last`` (None: without that bound)."""
        found = Q(pk__in=())
        for _rule, condition in self.parts(first, last):
            found |= condition
        return found

    def parts(self, first: datetime.date | None, last: datetime.date | None) -> Iterator[tuple[Rule, Q]]:
        """``expires_between`` rule by rule; nobody is in two of them, and rules that nobody can meet are left out."""
        for rule in self.rules:
            if rule.period is None:
                continue
            begin, end = rule.since, rule.before and rule.before - _DAY
            if last is not None:
                latest = rule.period.latest_touch(last)
                end = latest if end is None else min(end, latest)
            if first is not None:
                earliest = rule.period.latest_touch(_clamp(first) - _DAY) + _DAY
                begin = earliest if begin is None else max(begin, earliest)
            if begin is None or end is None or begin <= end:
                yield rule, Q(kind=rule.kind) & self.touched_between(begin, end)

    def never(self) -> Q:
        """Who is kept for ever."""
        found = Q(pk__in=())
        for rule in self.rules:
            if rule.period is None:
                before = rule.before and rule.before - _DAY
                found |= Q(kind=rule.kind) & self.touched_between(rule.since, before)
        return found

    def touched_between(self, first: datetime.date | None, last: datetime.date | None) -> Q:
        """Whose last touch was on a day from ``first`` to ``last``, in the site's time zone."""
        found = Q()
        if first is not None:
            begin = self._begin_of(first)
            found &= Q(last_touch_at__gte=begin, last_touch_on__gte=begin.date())
        if last is not None:
            end = self._begin_of(_clamp(last) + _DAY)
            found &= Q(last_touch_at__lt=end, last_touch_on__lte=end.date())
        return found

    def _begin_of(self, day: datetime.date) -> datetime.datetime:
        """The first moment of a day."""
        begin = datetime.datetime.combine(_clamp(day), datetime.time.min, tzinfo=self.zone)
        return begin.astimezone(datetime.UTC)


def policy_of(site: Site) -> Policy:
    """RET-2, RET-3: the policy that the site's settings say."""
    return Policy(site.zone, (Rule("ninetyDays", Kind.ANONYMOUS, Period(days=ANONYMOUS_DAYS)), *_rules_of(site)))


def today_of(site: Site, now: datetime.datetime) -> datetime.date:
    """The day it is for the people of the site."""
    return now.astimezone(site.zone).date()


def _rules_of(site: Site) -> Iterator[Rule]:
    own = {Kind.LEAD: site.retention_days_lead, Kind.MEMBER: site.retention_days_member}
    for kind, days in own.items():
        if site.retention_policy == RetentionPolicy.KR:
            yield Rule("twoYears", kind, Period(years=2), before=KOREAN_CHANGE)
            yield Rule("threeYears", kind, Period(years=3), since=KOREAN_CHANGE)
        elif site.retention_policy == RetentionPolicy.JP:
            yield Rule("twoYears", kind, Period(years=2))
        else:
            yield Rule("ownDays", kind, Period(days=days) if days else None)


def _plus_years(day: datetime.date, years: int) -> datetime.date:
    year = day.year + years
    if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
        raise OverflowError
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return day.replace(year=year, day=28)


def _clamp(day: datetime.date) -> datetime.date:
    return min(max(day, _FIRST_DAY), _LAST_DAY)
