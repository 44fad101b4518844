"""IMP-8: an import is taken back as a whole: the job ``importUndo``, in batches like the run.

Safety: nothing is searched for; only what the run has noted is looked at, under the locks of the contacts. In order:

- Merges that the import made are undone, the latest first, as the undo of merges allows it (UNI-10).
- Contacts that it made go, through the rule that deletes people, when nobody has been in contact with them or changed
  anything since: no touch, no visit, no event, no merge, no label of somebody else; and nobody holds them (RET-5).
- A value it has changed returns where the value of the import still stands; what was changed again stays. So does the
  time of the last contact, when nobody has been in contact since.
- Merge suggestions that it gave rise to go, when the two no longer share the value (``unsuggesting``).

What stays is listed with the reason. Doing it twice changes nothing the second time.
"""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.deleting import Deleted, delete_contacts
from contacts.importing.loading import look_up_by_index
from contacts.importing.reverting import revert
from contacts.importing.row_reasons import JOB_REASONS, UNDO_REASONS
from contacts.importing.starting import links_of
from contacts.importing.tag_columns import tag_column
from contacts.importing.unsuggesting import take_back_suggestions
from contacts.models import (
    Contact,
    ContactAlias,
    ContactChange,
    ContactImport,
    DeletionReason,
    Event,
    Identity,
    ImportRow,
    Merge,
    PendingMerge,
)
from contacts.undoing import UndoRefused, undo_merge
from contacts.unifying import hold_imports
from desk.audit import record
from desk.jobs.chunks import chunk_ids, fix_set
from desk.jobs.kinds import JobKind, JobStopped, Refused, Start, Step, job_kinds
from desk.jobs.queueing import actor_of
from desk.models import Job

MERGES_AT_ONCE = 5
CONTACTS_AT_ONCE = 500


def import_of_undo(job: Job) -> ContactImport:
    """The import whose run is undone."""
    run = job.undo_of
    contact_import = ContactImport.objects.filter(pk=run.params["import"] if run else 0, site=job.site_id).first()
    if contact_import is None or contact_import.forgotten_at is not None:
        raise JobStopped("forgotten")
    contact_import.site = job.site
    return contact_import


def _run_of(job: Job) -> int:
    """The job that is undone."""
    if job.undo_of_id is None:
        raise JobStopped("forgotten")
    return job.undo_of_id


def _told(rows: QuerySet[ImportRow]) -> Iterator[dict[str, Any]]:
    """What the rows have brought about beside values."""
    return (made for made in rows.values_list("made", flat=True).iterator() if made)


def _start(job: Job) -> Start:
    contact_import = import_of_undo(job)
    made = ImportRow.objects.filter(site=job.site_id, contact_import=contact_import, made__isnull=False)
    merges = sorted(pk for told in _told(made) for pk in told["merges"] if pk)
    slices = fix_set(job, merges, size=MERGES_AT_ONCE)
    created = ImportRow.objects.filter(site=job.site_id, contact_import=contact_import, creates=True).count()
    changed = ContactChange.objects.filter(job_id=_run_of(job)).count()
    return Start(len(merges) + created + changed, {"phase": "merges", "slice": slices - 1})


def _step(job: Job, cursor: dict[str, Any]) -> Step:
    contact_import = import_of_undo(job)
    hold_imports(job.site)
    look_up_by_index()
    match cursor["phase"]:
        case "merges":
            return _undo_merges(job, cursor["slice"])
        case "pairs":
            return _undo_pairs(job, contact_import)
        case "created":
            return _delete_created(job, contact_import, cursor["line"])
        case "suggestions":
            return _undo_suggestions(job, contact_import, cursor["line"])
    return _return_values(job, cursor["contact"])


def _undo_merges(job: Job, number: int) -> Step:
    """From the last slice to the first, and within each from the latest to the first."""
    if number < 0:
        return Step({"phase": "pairs"})
    ids = chunk_ids(job, number) or []
    refused: list[Refused] = []
    for merge in Merge.objects.filter(pk__in=ids, site=job.site_id).order_by("-pk"):
        try:
            undo_merge(merge, actor=actor_of(job), now=timezone.now())
        except UndoRefused as refusal:
            if refusal.code != "undone":
                refused.append(Refused("merge_stays", merge.survivor_id, values={"reason": refusal.message}))
    done = len(ids)
    more = {"phase": "merges", "slice": number - 1}
    return Step(more, done=done, changed=done - len(refused), refused=tuple(refused))


def _undo_pairs(job: Job, contact_import: ContactImport) -> Step:
    """Links that wait for a browser, made by this import."""
    made = ImportRow.objects.filter(site=job.site_id, contact_import=contact_import, made__isnull=False)
    gone = 0
    for told in _told(made):
        for lead, member in told["pending"]:
            gone += PendingMerge.objects.filter(site=job.site_id, contact=lead, member=member).delete()[0]
    return Step({"phase": "created", "line": 0}, result={"pending": gone} if gone else {})


def _delete_created(job: Job, contact_import: ContactImport, line: int) -> Step:
    rows = ImportRow.objects.filter(site=job.site_id, contact_import=contact_import, creates=True, line__gt=line)
    page = list(rows.order_by("line").values_list("line", "contact_id")[:CONTACTS_AT_ONCE])
    if not page:
        return Step({"phase": "values", "contact": 0})
    lines = {pk: at for at, pk in page if pk is not None}
    there = set(Contact.objects.filter(site=job.site_id, pk__in=lines).values_list("pk", flat=True))
    stamps = _stamps(job, there)
    column = tag_column()
    marked = column.marked_by_others(job.site, list(there), job_id=_run_of(job)) if column and there else set()
    deleted = delete_contacts(
        there - marked,
        site=job.site,
        reason=DeletionReason.IMPORT_UNDO,
        now=timezone.now(),
        only_if=_untouched(stamps),
    )
    stays = sorted(there.difference(deleted.ids), key=lines.__getitem__)
    refused = tuple(_why_it_stays(pk, lines[pk], deleted) for pk in stays)
    gone = len(page) - len(there)
    more = {"phase": "created", "line": page[-1][0]}
    result = {"deleted": len(deleted.ids)}
    return Step(more, done=len(page), changed=len(deleted.ids), unchanged=gone, refused=refused, result=result)


def _why_it_stays(pk: int, line: int, deleted: Deleted) -> Refused:
    if until := deleted.held.get(pk):
        return Refused("held", pk, line, {"until": until.isoformat()})
    return Refused("touched_since", pk, line)


def _stamps(job: Job, ids: set[int]) -> dict[int, list[datetime.datetime]]:
    """Whom the same run has written once more after making them, and when."""
    changes = ContactChange.objects.filter(job_id=_run_of(job), contact__in=ids).values_list("contact_id", "before")
    return {pk: [datetime.datetime.fromisoformat(moment) for moment in before["at"]] for pk, before in changes}


def _untouched(stamps: dict[int, list[datetime.datetime]]) -> Q:
    """Nobody has been in contact with them, and nothing was changed."""
    as_made = Q(updated_at=F("created_at"), last_touch_at=F("created_at"))
    for pk, moments in stamps.items():
        updated = Q(updated_at=F("created_at")) | Q(updated_at__in=moments)
        as_made |= Q(pk=pk) & updated & (Q(last_touch_at=F("created_at")) | Q(last_touch_at__in=moments))
    nothing = Q(last_seen_at=None, sessions_count=0, blocked=False)
    for model in (Identity, Event, ContactAlias):
        nothing &= ~Q(Exists(model._default_manager.filter(contact=OuterRef("pk"))))
    nothing &= ~Q(Exists(Merge.objects.filter(survivor=OuterRef("pk"), undone_at=None)))
    return as_made & nothing


def _return_values(job: Job, after: int) -> Step:
    changes = ContactChange.objects.filter(job_id=_run_of(job), site=job.site_id, contact__gt=after)
    page = list(changes.order_by("contact").values_list("contact_id", flat=True)[:CONTACTS_AT_ONCE])
    if not page:
        return Step({"phase": "suggestions", "line": 0})
    reverted = revert(job.site, page, job_id=_run_of(job), label=_source_label(job), now=timezone.now())
    refused = tuple(
        Refused("changed_since", pk, values={"fields": ", ".join(sorted(fields))})
        for pk, fields in sorted(reverted.stays.items())
    ) + tuple(Refused("tags_full", pk) for pk in sorted(reverted.full - reverted.stays.keys()))
    more = {"phase": "values", "contact": page[-1]}
    changed = len(page) - len(refused)
    return Step(more, done=len(page), changed=changed, refused=refused, result={"returned": reverted.returned})


def _undo_suggestions(job: Job, contact_import: ContactImport, line: int) -> Step:
    """At last, when it is known who still has which value."""
    rows = ImportRow.objects.filter(site=job.site_id, contact_import=contact_import, made__isnull=False, line__gt=line)
    page = list(rows.order_by("line").values_list("line", "made")[:CONTACTS_AT_ONCE])
    if not page:
        return Step(None)
    gone = take_back_suggestions(job.site, [made for _line, made in page if made])
    return Step({"phase": "suggestions", "line": page[-1][0]}, result={"suggestions": gone} if gone else {})


def _source_label(job: Job) -> str:
    return import_of_undo(job).name


def _finish(job: Job) -> dict[str, Any]:
    contact_import = import_of_undo(job)
    details = {"name": contact_import.name, **{key: job.result.get(key, 0) for key in ("deleted", "returned")}}
    record("contactimport.undo", actor=actor_of(job), site=job.site, target=contact_import, details=details)
    return {}


def _label(job: Job) -> str:
    run = job.undo_of
    found = ContactImport.objects.filter(pk=run.params["import"] if run else 0).values_list("name", flat=True).first()
    return _("Undo of an import: %(name)s") % {"name": found or "?"}


job_kinds.register(
    "importUndo",
    JobKind(
        name="importUndo",
        label=_label,
        start=_start,
        step=_step,
        finish=_finish,
        permission=lambda job: "contacts.import",
        links=links_of,
        sentences={**UNDO_REASONS, **JOB_REASONS},
    ),
)
