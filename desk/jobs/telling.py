"""What a job's codes and numbers mean, in the active language: log, reasons, counts, rate and time left (JOB-1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.models import Job

SHARED: dict[str, str | Promise] = {
    # Lines of the log.
    "started": gettext_lazy("Begun: %(total)s to do."),
    "taken_over": gettext_lazy("Taken over: the worker before has given no sign of life. Goes on where it was."),
    "tried_again": gettext_lazy("A batch failed and is tried again: %(reason)s"),
    "cancel_asked": gettext_lazy("%(actor)s asked to cancel."),
    "cancelled": gettext_lazy("Cancelled. What was done until then stays."),
    "done": gettext_lazy("Done."),
    # Reasons a job failed.
    "failed": gettext_lazy("Something went wrong that trying again did not mend: %(reason)s"),
    "kind_unknown": gettext_lazy("This version of the desk does not know this work."),
    # Reasons there is no undo.
    "not_finished": gettext_lazy("This is still running. Cancel it first."),
    "no_undo": gettext_lazy("This cannot be undone."),
    "nothing_changed": gettext_lazy("Nothing was changed, so there is nothing to undo."),
    "was_dry_run": gettext_lazy("Nothing was written, so there is nothing to undo."),
    "undone_already": gettext_lazy("This has been undone already."),
    "too_old": gettext_lazy("This is more than 30 days ago."),
}
# Values of sentences that are numbers of items.
_COUNTS = frozenset({"total", "expected", "found"})


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to know about a job: what it is called, in words, and where to look at it."""

    label: str
    text: str
    url: str = ""


def sentence_of(code: str, values: Mapping[str, Any], sentences: Mapping[str, str | Promise]) -> str:
    """The sentence of ``code``; codes without one are shown as they are, so that nothing is lost."""
    words = sentences.get(code) or SHARED.get(code)
    if words is None:
        return code
    try:
        return str(words) % {key: _shown(key, value) for key, value in values.items()}
    except (KeyError, TypeError, ValueError):
        # A sentence whose placeholders have changed since the job was written.
        return str(words)


def _shown(name: str, value: Any) -> Any:
    """Counts are grouped as the language has it; everything else, such as a customer's number, stays as it is."""
    return number(value) if name in _COUNTS and isinstance(value, int) else value


class _Dots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def pattern_of(code: str, sentences: Mapping[str, str | Promise]) -> str:
    """The sentence of ``code`` for a whole group, with “…” where each item has a value of its own."""
    words = sentences.get(code) or SHARED.get(code)
    if words is None:
        return code
    try:
        return str(words) % _Dots()
    except (TypeError, ValueError):
        return str(words)


def number(value: int) -> str:
    """“12,480” as the language writes it."""
    return str(formats.number_format(value, decimal_pos=0, force_grouping=True))


def told_counts(job: Job) -> str:
    """“12 changed · 3 were already so · 1 refused” in the active language; of a dry run: what would be."""
    if job.undo_of_id is not None:
        return _told_undo(job)
    n = {"n": number(job.changed)}
    if job.dry_run:
        parts = [ngettext("%(n)s would change", "%(n)s would change", job.changed) % n]
    else:
        parts = [ngettext("%(n)s changed", "%(n)s changed", job.changed) % n]
    if job.unchanged:
        words = ngettext("%(n)s was already so", "%(n)s were already so", job.unchanged)
        parts.append(words % {"n": number(job.unchanged)})
    return " · ".join([*parts, *_told_refused(job)])


def _told_undo(job: Job) -> str:
    parts = [ngettext("%(n)s taken back", "%(n)s taken back", job.changed) % {"n": number(job.changed)}]
    if job.unchanged:
        words = ngettext("%(n)s stays as it is", "%(n)s stay as they are", job.unchanged)
        parts.append(words % {"n": number(job.unchanged)})
    return " · ".join([*parts, *_told_refused(job)])


def _told_refused(job: Job) -> list[str]:
    if not job.refused:
        return []
    return [ngettext("%(n)s refused", "%(n)s refused", job.refused) % {"n": number(job.refused)}]


def told_done(job: Job) -> str:
    """“4,200 of 12,480”, or as much of it as is known."""
    if job.total is None:
        return number(job.done) if job.done else ""
    return _("%(done)s of %(total)s") % {"done": number(job.done), "total": number(job.total)}


def told_rate(rate: float | None) -> str:
    """“1,200 a second”; empty while nobody can say."""
    if rate is None:
        return ""
    if rate >= 1:
        return _("%(n)s a second") % {"n": number(round(rate))}
    return _("%(n)s a minute") % {"n": number(max(1, round(rate * 60)))}


def told_left(seconds: float | None) -> str:
    """“about 20 s left”; empty while nobody can say."""
    if seconds is None:
        return ""
    if seconds < 1:
        return _("almost done")
    return _("about %(time)s left") % {"time": told_time(seconds)}


def told_time(seconds: float) -> str:
    """“8 s”, “3 min”, “2 h 10 min”: how long something took or will take."""
    if seconds < 90:
        return _("%(n)d s") % {"n": max(1, round(seconds))}
    minutes = round(seconds / 60)
    if minutes < 90:
        return _("%(n)d min") % {"n": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
