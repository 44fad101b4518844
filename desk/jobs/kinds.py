"""JOB-1: what kinds of background work there are. The app that has the rule registers its kind from ``ready()``.

A kind says how the set is fixed (``start``), what one batch does (``step``) and how it is told. The loop that runs it
(``desk.jobs.working``) knows nothing else, so that killing, resuming, cancelling and counting work the same for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from desk.access import Access
from desk.jobs.telling import Fact, pattern_of, sentence_of
from desk.models import Job
from desk.registry import Registry

Json = Any  # plain JSON: None, numbers, texts, lists, objects


@dataclass(frozen=True, slots=True)
class Start:
    """What ``start`` found: how many items there are (None: not known yet) and where the first batch begins."""

    total: int | None
    cursor: Json


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that was left alone: an id of ours or a line of a file, the reason's code and its values."""

    code: str
    target_id: int | None = None
    line: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What one batch did. ``cursor``: where the next begins; None: nothing is left.

    ``result`` is added to the job's: numbers are summed, lists joined (at most 100 long), other values replaced.
    """

    cursor: Json | None
    done: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: tuple[Refused, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)
    total: int | None = None


class JobStopped(Exception):
    """``start`` or ``step`` cannot go on, and trying again would not help: the job fails and says why.

    The batch it was raised in is rolled back; what earlier batches did stays and is told.
    """

    def __init__(self, code: str, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.values = dict(values or {})


class JobTaken(Exception):
    """Another worker has the job now: what this one still wanted to write for it is not written."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """``start(job)``: fixes the set; called outside a transaction and, after a crash, once more from the beginning.

    ``step(job, cursor)``: one batch, inside the transaction that also saves the progress; at most about 150 ms.
    ``finish(job)``: after the last batch, outside a transaction, repeatable; what it returns is added to the result.
    ``undo``: the kind of the job that takes it back; ``may_undo(job)``: None, or the code why not (``sentences``).
    ``permission``: who may cancel and undo it (``desk.access``). ``links(job)``: pages to go on to, (words, address).
    ``sentences``: {code: words with %(name)s} of refusals, errors and notes, beside those every kind has.
    ``title``: the kind as such, for choosing among kinds; ``about(job, access)``: what it was done to, as far as the
    reader may know. ``outcome``: what came of it in numbers, where “changed” and “already so” are not the words.
    """

    name: str
    label: Callable[[Job], str]
    start: Callable[[Job], Start]
    step: Callable[[Job, Any], Step]
    permission: Callable[[Job], str]
    sentences: Mapping[str, str | Promise] = field(default_factory=dict)
    finish: Callable[[Job], Mapping[str, Any]] | None = None
    undo: str | None = None
    may_undo: Callable[[Job], str | None] = field(default=lambda job: None)
    links: Callable[[Job], list[tuple[str, str]]] = field(default=lambda job: [])
    title: str | Promise = ""
    about: Callable[[Job, Access], list[Fact]] = field(default=lambda job, access: [])
    outcome: Callable[[Job], str] | None = None

    def told(self, code: str, values: Mapping[str, Any]) -> str:
        """A reason or a line of the log in the active language; an unknown code is shown as it is."""
        return sentence_of(code, values, self.sentences)

    def pattern(self, code: str) -> str:
        """A reason as such, with “…” where each case has something of its own."""
        return pattern_of(code, self.sentences)


job_kinds: Registry[JobKind] = Registry("job kinds")


def kind_of(job: Job) -> JobKind:
    """The kind of a job; ``UnknownName`` when this version no longer has it."""
    return job_kinds.get(job.kind)


def label_of(job: Job) -> str:
    """What the job is, in the active language; also for a kind that this version no longer has."""
    return kind_of(job).label(job) if job.kind in job_kinds else _("unknown work (%(kind)s)") % {"kind": job.kind}
