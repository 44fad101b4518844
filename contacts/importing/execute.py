"""IMP-3..8, JOB-2: the job ``import`` carries out what was checked, batch by batch; each commits with its progress.

Safety: a batch is decided once more, under the locks of everybody it may be about, by the code of the check. What the
check has told is only compared with, so an edit, a merge or another import in between is neither overwritten blindly
nor met with a doubled person; the report says how many rows went another way. Batches of a site's imports are one after
the other, and whoever enters a phone or an e-mail by hand or by the API waits for the batch (``contacts.unifying``);
whoever else makes or takes the same memberId in the same moment is met by the unique constraint, and the batch begins
again. A batch that merges many people is done in several steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.importing.collecting import without_collecting
from contacts.importing.deciding import Tally, give_verdicts, headers_of, work_one, world_of
from contacts.importing.earlier import earlier_tags, is_imported_again
from contacts.importing.loading import load_people, look_up_by_index
from contacts.importing.plan import as_step, custom_types, import_of
from contacts.importing.row_reasons import JOB_REASONS, ROW_REFUSALS
from contacts.importing.row_values import told_values
from contacts.importing.rows_of_file import RowsOfFile, StagedRow, type_Point
from contacts.importing.starting import is_checked, links_of
from contacts.importing.storing import is_unchanged, was_withdrawn
from contacts.importing.tag_columns import LabelRefused, tag_column
from contacts.importing.world import PeopleChanged, World
from contacts.importing.writing import Writer
from contacts.junk import count_join, uncount_join
from contacts.merging import MergeRefused, merge
from contacts.models import Contact, ContactImport, ImportBatch, ImportReject, KnownField, PendingMerge, ProfileField
from contacts.models.profile_field import MAX_PROFILE_FIELDS
from contacts.suggesting import Suggested, leave_pending, suggest
from contacts.unifying import TRIGGERS, hold_imports
from desk.audit import record
from desk.jobs.kinds import JobKind, JobStopped, Refused, Start, Step, job_kinds
from desk.jobs.queueing import actor_of
from desk.models import Job, Site

# A merge takes about 15 ms; so many of them are one step.
MERGES_AT_ONCE = 8
_REJECTS_AT_ONCE = 2_000
_ATTEMPTS = 3
_PASSING = frozenset({"40P01", "40001", "23505"})  # deadlock, serialization, somebody else's memberId


@dataclass(slots=True)
class WritingHands:
    """Merges are written at once, by the rule every merge goes through; pairs at the end of the step."""

    writer: Writer
    pending: list[PendingMerge] = field(default_factory=list)
    suggested: list[Suggested] = field(default_factory=list)
    merges: int = 0

    def merge(self, world: World, member: int, lead: int, point: type_Point) -> int | None:
        """Everything decided so far is written before: the merge reads the rows."""
        now, name = world.origin.now, KnownField(point[0])
        self.writer.write(world)
        count_join(world.site, name, point[1], now=now)
        both = Contact.objects.select_related("site").in_bulk([member, lead])
        trigger = TRIGGERS[world.origin.source]
        try:
            made = merge(both[member], both[lead], actor=self.writer.actor, trigger=trigger, now=now)
        except MergeRefused as refusal:
            if refusal.code != "too_many_identities":
                raise
            uncount_join(world.site, name, point[1], now=now)
            target = Contact(pk=member)
            details = {"reason": refusal.code}
            record("identity.refused", actor=self.writer.actor, site=world.site, target=target, details=details)
            return None
        self.merges += 1
        world.unified(lead, member)
        _read_again(world, member)
        return int(made.pk)

    def leave_pending(self, world: World, row: PendingMerge) -> None:
        """Counted now, written with the others."""
        count_join(world.site, KnownField(row.field), row.value, now=world.origin.now)
        self.pending.append(row)

    def suggest(self, world: World, pair: Suggested) -> None:
        """Written with the others."""
        self.suggested.append(pair)

    def freeze(self, world: World, point: type_Point) -> None:
        """UNI-14: the join that is one too many freezes the value."""
        count_join(world.site, KnownField(point[0]), point[1], now=world.origin.now)

    def settle(self, world: World) -> None:
        """Write what is left."""
        self.writer.write(world)
        leave_pending(world.site, self.pending)
        part_of = world.leads_to
        pairs = [
            Suggested(part_of.get(one.one, one.one), part_of.get(one.other, one.other), one.field, one.value)
            for one in self.suggested
        ]
        suggest(world.site, pairs, now=world.origin.now)


def _read_again(world: World, pk: int) -> None:
    """A merge has written this person."""
    was = world.people[pk]
    person = load_people(world.site, [pk])[pk]
    if world.tags is not None:
        person.tags = person.had_tags = world.tags.carried(world.site, [pk]).get(pk, frozenset())
    person.rows, person.booted, person.was_changed = was.rows, was.booted, was.was_changed
    world.people[pk] = person


# --- the job ----------------------------------------------------------------------------------------------


def _start(job: Job) -> Start:
    contact_import = import_of(job)
    if was_withdrawn(contact_import):
        raise JobStopped("withdrawn")
    if not is_unchanged(contact_import):
        raise JobStopped("file_changed")
    if not is_checked(contact_import):
        raise JobStopped("not_checked")
    _make_fields(contact_import)
    _make_labels(contact_import, job)
    return Start(contact_import.checked["rows"], {"phase": "rejects", "line": 0})


@transaction.atomic
def _make_fields(contact_import: ContactImport) -> None:
    """IMP-2: the custom fields the mapping asks for, with their types; those there must be as the check found them."""
    wanted: dict[str, str] = contact_import.checked["types"]
    headers = headers_of(contact_import)
    site = contact_import.site
    # One maker at a time, so that the limit holds.
    Site.objects.select_for_update(no_key=True).only("id").get(pk=site.pk)
    there = {f"profile.{key}" for key in ProfileField.objects.filter(site=site).values_list("key", flat=True)}
    if custom_types(contact_import) != wanted:
        raise JobStopped("not_checked")
    missing = [name for name in wanted if name not in there]
    if len(there) + len(missing) > MAX_PROFILE_FIELDS:
        raise JobStopped("too_many_fields")
    rows = []
    for name in missing:
        key = name.removeprefix("profile.")
        label = headers[name][1][:80]
        rows.append(ProfileField(site=site, key=key, label="" if label == key else label, type=wanted[name]))
    ProfileField.objects.bulk_create(rows)


def _make_labels(contact_import: ContactImport, job: Job) -> None:
    """TAG-1: the tags of the file that there are not yet."""
    check = contact_import.check_job
    labels = check.result.get("newTags", []) if check is not None else []
    column = tag_column()
    if column is None or not labels:
        return
    try:
        column.make(contact_import.site, labels, actor=actor_of(job))
    except LabelRefused as refused:
        raise JobStopped("tag_refused", {"reason": column.told(refused.code, refused.label)}) from None


@without_collecting()
def _step(job: Job, cursor: dict[str, Any]) -> Step:
    contact_import = import_of(job)
    if cursor["phase"] == "rejects":
        return _tell_rejects(job, contact_import, cursor["line"])
    batch = ImportBatch.objects.filter(site=job.site_id, contact_import=contact_import, number=cursor["batch"]).first()
    if batch is None:
        return Step(None)
    hold_imports(job.site)
    for _attempt in range(_ATTEMPTS - 1):
        try:
            with transaction.atomic():
                return _carry_out(job, contact_import, batch, cursor)
        except PeopleChanged:
            continue
        except (IntegrityError, OperationalError) as error:
            # Somebody took a memberId of the batch, or waited for us while we waited for them.
            if connection.vendor == "postgresql" and getattr(error.__cause__, "sqlstate", "") not in _PASSING:
                raise
    return _carry_out(job, contact_import, batch, cursor)


def _tell_rejects(job: Job, contact_import: ContactImport, line: int) -> Step:
    """Rows that could not be read are known since the check; the run's own list names them too."""
    rejects = ImportReject.objects.filter(site=job.site_id, contact_import=contact_import, while_reading=True)
    page = list(rejects.filter(line__gt=line).order_by("line")[:_REJECTS_AT_ONCE])
    if not page:
        return Step({"phase": "rows", "batch": 1, "after": 0})
    names = dict(headers_of(contact_import).values())
    refused = tuple(
        Refused(
            reject.code,
            line=reject.line,
            values={**told_values(reject), "column": names.get(reject.column, "") if reject.column is not None else ""},
        )
        for reject in page
    )
    more = {"phase": "rejects", "line": page[-1].line}
    return Step(more, done=len(page), refused=refused, result={"verdicts": {"refused": len(page)}})


def _carry_out(job: Job, contact_import: ContactImport, batch: ImportBatch, cursor: dict[str, Any]) -> Step:
    """The rows of ``batch`` after the first ``cursor["after"]``, or as many of them as one step may merge."""
    look_up_by_index()
    rows = RowsOfFile(contact_import)
    whole = rows.of_batch(batch.number, first=batch.first, last=batch.last, others=batch.others)
    gone, left = whole[: cursor["after"]], whole[cursor["after"] :]
    world = world_of(contact_import, timezone.now(), locks=True)
    world.add(left)
    earlier, is_again = earlier_tags(contact_import), is_imported_again(contact_import)
    writer = Writer(job.site, actor_of(job), job.pk, contact_import.import_tag, earlier, is_again)
    writer.journal.load(world.people)
    for pk in world.people.keys() & {row.told_contact for row in gone if row.told_contact is not None}:
        world.people[pk].rows = 1
    hands = WritingHands(writer)
    done = _work(world, left, hands, contact_import)
    hands.settle(world)
    give_verdicts(world, done)
    _keep_told(done)
    tally = Tally.of(done, job.result)
    rows.save([row for row in done if not row.is_as_told or row.made is not None], batch=batch.number)
    replanned = sum(not row.is_as_told for row in done)
    more = {"phase": "rows", "batch": batch.number + 1, "after": 0}
    if len(done) < len(left):
        more = {"phase": "rows", "batch": batch.number, "after": len(gone) + len(done)}
    names = dict(headers_of(contact_import).values())
    result = {"replanned": replanned} if replanned else {}
    return as_step(more, done, tally, names, **result)


def _work(
    world: World, rows: Sequence[StagedRow], hands: WritingHands, contact_import: ContactImport
) -> Sequence[StagedRow]:
    """Row by row, until there were enough merges; returns the rows that are done."""
    headers = headers_of(contact_import)
    for number, row in enumerate(rows, 1):
        work_one(world, row, hands, headers)
        if hands.merges >= MERGES_AT_ONCE:
            return rows[:number]
    return rows


def _keep_told(rows: Sequence[StagedRow]) -> None:
    """A person of thousands of rows is in several batches: what the check has told of the later ones holds."""
    for row in rows:
        if row.told == "duplicate" and row.verdict in ("updated", "unchanged"):
            row.verdict = row.told


def _finish(job: Job) -> dict[str, Any]:
    contact_import = import_of(job)
    keys = ("verdicts", "contactsCreated", "examples", "replanned")
    told = {"rows": job.done, **{key: job.result[key] for key in keys if key in job.result}}
    ContactImport.objects.filter(pk=contact_import.pk).update(ran=told)
    return {"importTag": contact_import.import_tag}


def _may_undo(job: Job) -> str | None:
    there = ContactImport.objects.filter(pk=job.params["import"], forgotten_at=None).exists()
    return None if there else "forgotten"


def _label(job: Job) -> str:
    name = ContactImport.objects.filter(pk=job.params["import"]).values_list("name", flat=True).first()
    return _("Import: %(name)s") % {"name": name or "?"}


job_kinds.register(
    "import",
    JobKind(
        name="import",
        label=_label,
        start=_start,
        step=_step,
        finish=_finish,
        permission=lambda job: "contacts.import",
        links=links_of,
        sentences={**ROW_REFUSALS, **JOB_REASONS},
        undo="importUndo",
        may_undo=_may_undo,
    ),
)
