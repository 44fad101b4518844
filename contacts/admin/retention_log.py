"""RET-4, RET-6: what was deleted, as the page of retention tells it: past sweeps, and other deletions by day."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from contacts.admin.formats import day as in_figures
from contacts.models import DeletionCount, DeletionReason, Kind, RetentionRun
from contacts.policy_effects import KINDS
from contacts.retention import Period
from contacts.sweeping import QUIET
from desk.admin.charts import number
from desk.models import Site

_PERIODS = {"twoYears": Period(years=2), "threeYears": Period(years=3)}
REASONS = {
    DeletionReason.OPERATOR: gettext_lazy("By operators"),
    DeletionReason.API: gettext_lazy("By programs"),
    DeletionReason.IMPORT_UNDO: gettext_lazy("An import was undone"),
}
DAYS_TOLD = 90


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One sweep. ``state``: done, running, or interrupted, with a sentence that says what happens then."""

    day: str
    total: int
    parts: list[tuple[str, str]]
    held: int
    took: str
    state: str
    told: str
    by: str


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """A day's deletions for one reason; ``counts`` in the order of ``KINDS``."""

    day: str
    reason: str
    counts: list[int]


def sweep_rows(runs: Iterable[RetentionRun], now: datetime.datetime) -> list[SweepRow]:
    """The sweeps in words."""
    return [_sweep(run, now) for run in runs]


def _sweep(run: RetentionRun, now: datetime.datetime) -> SweepRow:
    state, told = _state(run, now)
    end = run.finished_at or run.heartbeat_at
    return SweepRow(
        day=in_figures(run.day),
        total=sum(run.counts.values()),
        parts=[(_rule(name), number(count)) for name, count in run.counts.items() if count],
        held=run.held,
        took=_duration(end - run.started_at),
        state=state,
        told=told,
        by="" if run.nightly else run.actor,
    )


def _state(run: RetentionRun, now: datetime.datetime) -> tuple[str, str]:
    if run.finished_at is not None:
        return "done", ""
    if abs(now - run.heartbeat_at) <= QUIET:
        return "running", _("More people may go before it is through.")
    if run.nightly:
        return "interrupted", _("It goes on by itself where it was.")
    return "interrupted", _("It goes on when the same day is swept by hand again.")


def _rule(name: str) -> str:
    """ "member.threeYears" in words."""
    kind, _dot, rule = name.partition(".")
    label = str(KINDS[Kind(kind)]) if kind in Kind.values else kind
    if rule == "ownDays":
        return _("%(kind)s (own days)") % {"kind": label}
    return f"{label} ({_PERIODS[rule].in_words()})" if rule in _PERIODS else label


def _duration(took: datetime.timedelta) -> str:
    seconds = max(0, round(took.total_seconds()))
    if seconds < 1:
        return pgettext("duration", "under a second")
    if seconds < 120:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = round(seconds / 60)
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def deleted_rows(site: Site, today: datetime.date) -> list[DeletedRow]:
    """By day and reason, the newest first; what the sweeps took is told by themselves."""
    found: dict[tuple[datetime.date, str], dict[str, int]] = defaultdict(dict)
    rows = DeletionCount.objects.filter(
        site=site, day__gt=today - datetime.timedelta(days=DAYS_TOLD), reason__in=list(REASONS)
    )
    for day, reason, kind, count in rows.order_by("-day", "reason").values_list("day", "reason", "kind", "count"):
        found[day, reason][kind] = count
    return [
        DeletedRow(in_figures(day), str(REASONS[DeletionReason(reason)]), [counts.get(kind, 0) for kind in KINDS])
        for (day, reason), counts in found.items()
    ]
