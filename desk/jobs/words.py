"""A job in words, whatever this version of the desk still knows of its kind: what it is, its reasons, its undo."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from desk.jobs.kinds import job_kinds, kind_of, label_of
from desk.jobs.queueing import why_no_undo
from desk.jobs.telling import pattern_of, sentence_of, told_counts
from desk.models import Job
from desk.registry import UnknownName


def shown_label(job: Job) -> str:
    """What is done; a dry run says that it is one. Also for an action that this version no longer has."""
    try:
        label = label_of(job)
    except UnknownName as unknown:
        label = unknown.name
    return _("Preview: %(what)s") % {"what": label} if job.dry_run else label


def told(job: Job, code: str, values: Mapping[str, Any]) -> str:
    """A code of the job's in words."""
    if job.kind in job_kinds:
        return kind_of(job).told(code, values)
    return sentence_of(code, values, {})


def reason_pattern(job: Job, code: str) -> str:
    """A reason for refusing as such, for the heading of a group."""
    return kind_of(job).pattern(code) if job.kind in job_kinds else pattern_of(code, {})


def told_outcome(job: Job) -> str:
    """What came of it in numbers, in the words of its kind."""
    outcome = kind_of(job).outcome if job.kind in job_kinds else None
    return told_counts(job) if outcome is None or job.dry_run else outcome(job)


def no_undo_code(job: Job) -> str | None:
    """None when an undo may be offered, else the code of the reason."""
    try:
        return why_no_undo(job)
    except UnknownName:
        return "no_undo"
