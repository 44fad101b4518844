"""IMP-4: the check, or dry run: what would become of every row of the file. Nothing is written to any contact.

The file is read and staged first, because a value that too many different people have is only known at the end
(UNI-14); then batch by batch is decided by the very code that the run uses. The job ``importCheck``.
"""

import contextlib
import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.importing.cells import field_types
from contacts.importing.collecting import without_collecting
from contacts.importing.deciding import Tally, close_batch, headers_of, work_rows, world_of
from contacts.importing.loading import look_up_by_index
from contacts.importing.merging_in_memory import merge_in_memory
from contacts.importing.preparing import prepare
from contacts.importing.reasons import FileRefused
from contacts.importing.resolving import Hands
from contacts.importing.row_limit import check_rows
from contacts.importing.row_reasons import JOB_REASONS, ROW_REFUSALS
from contacts.importing.rows_of_file import RowsOfFile, StagedRow, type_Point
from contacts.importing.staging import Labels, stage
from contacts.importing.starting import ImportRefused, fingerprint_of, links_of, start_run
from contacts.importing.storing import forget_some_rows, is_unchanged, path_of, was_withdrawn
from contacts.importing.world import World
from contacts.models import ContactImport, ImportBatch, PendingMerge, Verdict
from contacts.suggesting import Suggested
from desk.jobs.kinds import JobKind, JobStopped, Refused, Start, Step, job_kinds
from desk.jobs.queueing import actor_of
from desk.jobs.telling import number
from desk.models import Job

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def rows_at_once() -> int:
    """Rows of a batch. SQLite has one writer: a batch of the run holds it for about 150 ms."""
    return 1_000 if connection.vendor == "sqlite" else 3_000


def rows_read_at_once() -> int:
    """Rows that are read and staged together, which takes less long than deciding about them."""
    return rows_at_once() * (2 if connection.vendor == "sqlite" else 1)


def import_of(job: Job) -> ContactImport:
    """The import a job is about."""
    contact_import = ContactImport.objects.filter(pk=job.params["import"], site=job.site_id, forgotten_at=None).first()
    if contact_import is None:
        raise JobStopped("forgotten")
    contact_import.site = job.site
    return contact_import


@dataclass(frozen=True, slots=True)
class NotingHands:
    """Nothing is written: whoever would be one person is one in memory."""

    def merge(self, world: World, member: int, lead: int, point: type_Point) -> int | None:
        """As the merging rule would make of them."""
        merge_in_memory(world, member, lead)
        return 0

    def leave_pending(self, world: World, row: PendingMerge) -> None:
        """Only counted."""

    def suggest(self, world: World, pair: Suggested) -> None:
        """Only counted."""

    def freeze(self, world: World, point: type_Point) -> None:
        """The world knows."""


_HANDS: Hands = NotingHands()


def _start(job: Job) -> Start:
    contact_import = import_of(job)
    if was_withdrawn(contact_import):
        raise JobStopped("withdrawn")
    if not is_unchanged(contact_import):
        raise JobStopped("file_changed")
    try:
        prepare(path_of(contact_import), contact_import.mapping)
        check_rows(path_of(contact_import), contact_import.mapping)
    except FileRefused as refused:
        raise JobStopped("file_refused", {"reason": refused.message}) from None
    except OSError as error:
        if error.errno in _FULL:
            raise JobStopped("storage_full") from None
        raise
    return Start(None, {"phase": "clear"})


@without_collecting()
def _step(job: Job, cursor: dict[str, Any]) -> Step:
    contact_import = import_of(job)
    match cursor["phase"]:
        case "clear":
            # What an earlier check, perhaps with another mapping, has staged.
            if forget_some_rows(contact_import):
                return Step(cursor)
            return Step({"phase": "read", "position": None, "labels": {}, "rows": 0})
        case "read":
            return _read(job, contact_import, cursor)
    return _plan(job, contact_import, cursor)


def _read(job: Job, contact_import: ContactImport, cursor: dict[str, Any]) -> Step:
    now = timezone.now()
    labels = Labels.of(contact_import, cursor["labels"])
    today = now.astimezone(contact_import.site.zone).date()
    try:
        staged = stage(contact_import, cursor["position"], rows_read_at_once(), labels=labels, today=today)
    except FileRefused as refused:
        raise JobStopped("file_refused", {"reason": refused.message}) from None
    except FileNotFoundError:
        # Somebody in it was erased, before this batch or just now.
        raise JobStopped("withdrawn") from None
    rows = cursor["rows"] + staged.rows
    names = dict(headers_of(contact_import).values())
    rejects = tuple(one.for_job(names.get(one.column, "") if one.column is not None else "") for one in staged.refused)
    told: dict[str, Any] = {"verdicts": {Verdict.REFUSED.value: len(rejects)}} if rejects else {}
    if staged.position is not None:
        made = labels.made if labels is not None else {}
        more = {"phase": "read", "position": staged.position, "labels": made, "rows": rows}
        return Step(more, done=len(rejects), refused=rejects, result=told)
    more = {"phase": "plan", "line": 0, "batch": 1, "rows": rows, "full": False}
    if labels is not None:
        told |= {"newTags": list(labels.made.values())}
    return Step(more, done=len(rejects), refused=rejects, result=told, total=rows)


def _plan(job: Job, contact_import: ContactImport, cursor: dict[str, Any]) -> Step:
    look_up_by_index()
    rows = RowsOfFile(contact_import)
    first = rows.unplanned(cursor["line"], rows_at_once())
    if not first:
        return Step(None)
    world = world_of(contact_import, timezone.now(), locks=False)
    batch, is_full = close_batch(world, first)
    headers = headers_of(contact_import)
    work_rows(world, batch, _HANDS, headers)
    place = cursor["batch"]
    if cursor["full"] or is_full:
        _mark_again(rows, batch, place)
    tally = Tally.of(batch, job.result)
    rows.save(batch, batch=place)
    last = first[-1].line
    others = [row.line for row in batch if row.line > last]
    ImportBatch.objects.create(
        site_id=contact_import.site_id,
        contact_import=contact_import,
        number=place,
        first=first[0].line,
        last=last,
        others=others,
    )
    more = {**cursor, "line": last, "batch": place + 1, "full": cursor["full"] or is_full}
    crowded = {"crowded": True} if world.rows.is_crowded else {}
    return as_step(more, batch, tally, dict(headers.values()), **crowded)


def _mark_again(rows: RowsOfFile, batch: Sequence[StagedRow], number: int) -> None:
    """Of a person of thousands of rows: earlier batches have told what becomes of them."""
    again = rows.planned_before(batch, number)
    for row in batch:
        if row.line in again and row.verdict in (Verdict.CREATED, Verdict.UPDATED, Verdict.UNCHANGED):
            row.verdict, row.creates = Verdict.DUPLICATE.value, False


def as_step(cursor: Any, rows: Sequence[StagedRow], tally: Tally, names: dict[int, str], **result: Any) -> Step:
    """The progress of a batch; ``names``: {number of a column: its header}."""
    refused: list[Refused] = []
    for row in rows:
        if row.refusal is not None:
            column = row.refusal.column
            refused.append(row.refusal.for_job(names.get(column, "") if column is not None else ""))
    return Step(
        cursor,
        done=len(rows),
        changed=tally.changed,
        unchanged=tally.unchanged,
        refused=tuple(refused),
        result={**tally.as_result(), **result},
    )


def _finish(job: Job) -> dict[str, Any]:
    contact_import = import_of(job)
    told = {
        "fingerprint": fingerprint_of(contact_import),
        "types": custom_types(contact_import),
        "rows": job.done,
        "crowded": bool(job.result.get("crowded")),
        **{key: job.result.get(key) for key in ("verdicts", "contactsCreated", "examples") if key in job.result},
    }
    ContactImport.objects.filter(pk=contact_import.pk, check_job=job).update(checked=told)
    if job.params.get("thenRun"):
        # Refused when this end of the check was told before: the import has begun already.
        with contextlib.suppress(ImportRefused):
            start_run(contact_import, actor=actor_of(job), after=job)
    return {}


def custom_types(contact_import: ContactImport) -> dict[str, str]:
    """The types of the custom fields the file writes; staged values are in their form."""
    types = field_types(contact_import.site)
    columns = [column for column in contact_import.mapping["columns"] if (column["field"] or "").startswith("profile.")]
    return {column["field"]: types.get(column["field"]) or column["type"] for column in columns}


def _label(job: Job) -> str:
    name = ContactImport.objects.filter(pk=job.params["import"]).values_list("name", flat=True).first()
    return _("Check of a file: %(name)s") % {"name": name or "?"}


def _outcome(job: Job) -> str:
    """Nothing was changed by it, and nothing was so already."""
    words = ngettext("%(n)s row checked", "%(n)s rows checked", job.done) % {"n": number(job.done)}
    if not job.refused:
        return words
    left_out = ngettext("%(n)s left out", "%(n)s left out", job.refused) % {"n": number(job.refused)}
    return f"{words} · {left_out}"


job_kinds.register(
    "importCheck",
    JobKind(
        name="importCheck",
        label=_label,
        start=_start,
        step=_step,
        finish=_finish,
        permission=lambda job: "contacts.import",
        sentences={**ROW_REFUSALS, **JOB_REASONS},
        links=links_of,
        outcome=_outcome,
    ),
)
