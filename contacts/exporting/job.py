"""IMP-9, JOB-2: the job "export": the people of a selection, in the order of the list, batch by batch into a file.

Who they are is fixed when it begins; what is known of them is read batch by batch. Memory holds one batch and the ids.
"""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.exporting import files
from contacts.exporting.columns import ExportColumn, export_columns, rows_of
from contacts.exporting.starting import DEFAULT_SORT, PERMISSION
from contacts.exporting.storing import path_of, was_withdrawn
from contacts.exporting.workbook import MAX_ROWS, WorkbookTooLarge
from contacts.filters.errors import FilterError
from contacts.id_lists import id_rows
from contacts.listing import UnknownColumn, columns_of
from contacts.models import Contact, ContactExport
from contacts.paging import Order
from contacts.selection import parse_selection
from contacts.time_limit import TookTooLong, time_limit
from desk.access import Access
from desk.jobs.chunks import chunk_ids, fix_set
from desk.jobs.kinds import JobKind, JobStopped, Refused, Start, Step, job_kinds
from desk.jobs.telling import Fact, number
from desk.models import Job, Site

BATCH = 5_000
CELLS = 100_000
# SQLite has one writer, and it is held while a batch is written: about 100 ms.
SQLITE_BATCH = 1_000
SQLITE_CELLS = 10_000
SECONDS_TO_FIND = 600

_SENTENCES = {
    "gone": gettext_lazy("Deleted or unified meanwhile."),
    "refused": gettext_lazy("%(reason)s"),
    "grown": gettext_lazy("Nothing was exported: %(expected)s people were chosen, and %(found)s matched by then."),
    "too_many_for_xlsx": gettext_lazy(
        "An Excel workbook holds up to %(limit)s people, and these are %(found)s. Export them as CSV."
    ),
    "too_large_for_xlsx": gettext_lazy("This is more than an Excel workbook can hold. Export it as CSV."),
    "too_slow": gettext_lazy("Finding these people took too long. Narrow the filter, or list them in another order."),
    "column_gone": gettext_lazy("The field “%(column)s” was deleted meanwhile."),
    "file_lost": gettext_lazy("The file was deleted before it was complete."),
    "file_withdrawn": gettext_lazy("Somebody in the file was erased before it was complete. Export the others again."),
}


def _export_of(job: Job) -> ContactExport:
    return ContactExport.objects.get(site=job.site_id, job=job)


def _start(job: Job) -> Start:
    export = _export_of(job)
    if was_withdrawn(export):
        raise JobStopped("file_withdrawn")
    columns = _columns(export, job.site)
    ids = _sorted_ids(job)
    expected = job.params["expectedCount"]
    if expected is not None and len(ids) > expected:
        raise JobStopped("grown", {"expected": expected, "found": len(ids)})
    if export.format == ContactExport.Format.XLSX and len(ids) > MAX_ROWS:
        raise JobStopped("too_many_for_xlsx", {"limit": number(MAX_ROWS), "found": len(ids)})
    state = files.begin(path_of(export), export.format, [column.header for column in columns])
    slices = fix_set(job, ids, size=_batch(len(columns)))
    ContactExport.objects.filter(pk=export.pk).update(state=state)
    return Start(len(ids), 0 if slices else None)


def _batch(columns: int) -> int:
    """How many people are written at a time: fewer when each has many columns."""
    most, cells = (SQLITE_BATCH, SQLITE_CELLS) if connection.vendor == "sqlite" else (BATCH, CELLS)
    return max(1, min(most, cells // max(columns, 1)))


def _columns(export: ContactExport, site: Site) -> list[ExportColumn]:
    try:
        return export_columns(site, export.columns)
    except UnknownColumn as error:
        raise JobStopped("column_gone", {"column": error.name}) from None


def _sorted_ids(job: Job) -> "array[int]":
    """The people in the order of the list, 8 bytes each."""
    # How many were expected is compared when all are found; a caller that expected nothing takes them all.
    selection = parse_selection(job.params["selection"], expected_count=job.params["expectedCount"] or 0)
    try:
        # Whoever asked was allowed to name these segments; the job goes on with what was accepted.
        people = selection.queryset(job.site, now=timezone.now())
        with time_limit(SECONDS_TO_FIND):
            ids = _in_order(people, job.site, job.params["sort"]).values_list("pk", flat=True)
            return array("q", ids.iterator(chunk_size=20_000))
    except FilterError as error:
        raise JobStopped("refused", {"reason": error.problems[0].message}) from None
    except TookTooLong:
        raise JobStopped("too_slow") from None


def _in_order(people: QuerySet[Contact], site: Site, sort: str) -> QuerySet[Contact]:
    """As the list shows them: without a value last, whichever the direction; the id so that no two are equal."""
    columns = columns_of(site)
    column = columns.get(sort.removeprefix("-")) or columns[DEFAULT_SORT.removeprefix("-")]
    order = Order(column, sort.startswith("-"))
    people = people.annotate(**{f"key{place}": key.resolvable for place, key in enumerate(order.keys)})
    keys = [F(f"key{place}") for place in range(len(order.keys))]
    return people.order_by(
        *(key.desc(nulls_last=True) if order.descending else key.asc(nulls_last=True) for key in keys)
    )


def _step(job: Job, place: int) -> Step:
    ids = chunk_ids(job, place)
    if ids is None:
        return Step(None)
    export = _export_of(job)
    if was_withdrawn(export):
        raise JobStopped("file_withdrawn")
    columns = _columns(export, job.site)
    people = _read(job.site, ids, columns)
    rows = rows_of(job.site, people, columns, masked=export.masked)
    try:
        export.state = dict(files.add_rows(path_of(export), export.format, export.state, rows))
    except files.FileLost:
        raise JobStopped("file_lost") from None
    export.rows += len(rows)
    export.save(update_fields=["state", "rows"])
    there = {contact.pk for contact in people}
    gone = tuple(Refused("gone", pk) for pk in ids if pk not in there) if len(there) < len(ids) else ()
    return Step(place + 1, done=len(ids), changed=len(rows), refused=gone)


def _read(site: Site, ids: Sequence[int], columns: Sequence[ExportColumn]) -> list[Contact]:
    """These contacts in this order, with what the columns need and no more."""
    needs = {need for one in columns for need in one.column.needs}
    people = Contact.objects.filter(site=site, managed=True)
    if any(need.startswith("profile__") for need in needs):
        people = people.select_related("profile")
    found = {contact.pk: contact for contact in people.only("id", "site_id", *needs).filter(pk__in=id_rows(ids))}
    return [found[pk] for pk in ids if pk in found]


def _finish(job: Job) -> Mapping[str, Any]:
    export = _export_of(job)
    if export.forgotten_at is not None:
        raise JobStopped("file_withdrawn" if was_withdrawn(export) else "file_lost")
    try:
        size = files.finish(path_of(export), export.format, export.state)
    except files.FileLost:
        raise JobStopped("file_lost") from None
    except WorkbookTooLarge:
        raise JobStopped("too_large_for_xlsx") from None
    ContactExport.objects.filter(pk=export.pk).update(size=size, ready_at=timezone.now())
    return {"export": str(export.pk), "size": {"bytes": size}}


def _label(job: Job) -> str:
    format_ = ContactExport.objects.filter(job=job).values_list("format", flat=True).first()
    people = job.total or 0
    words = ngettext("Export %(n)s person (%(format)s)", "Export %(n)s people (%(format)s)", people)
    return words % {"n": number(people), "format": (format_ or "").upper()}


def _links(job: Job) -> list[tuple[str, str]]:
    export = ContactExport.objects.filter(job=job, ready_at__isnull=False, forgotten_at=None).first()
    if export is None:
        return []
    return [
        (_("Download %(name)s") % {"name": export.name}, reverse("admin:contacts_contactexport_file", args=[export.pk]))
    ]


def _about(job: Job, access: Access) -> list[Fact]:
    export = ContactExport.objects.filter(job=job).first()
    if export is None:
        return []
    facts = [
        Fact(_("Reason"), export.reason),
        Fact(_("Columns"), ", ".join(export.columns)),
        Fact(_("Personal data"), _("masked") if export.masked else _("readable")),
    ]
    if export.forgotten_at is not None:
        why = _("removed because somebody in it was erased") if was_withdrawn(export) else _("deleted after a week")
        facts.append(Fact(_("File"), why))
    return facts


EXPORT = JobKind(
    name="export",
    title=gettext_lazy("Exports"),
    label=_label,
    start=_start,
    step=_step,
    finish=_finish,
    permission=lambda job: PERMISSION,
    sentences=_SENTENCES,
    links=_links,
    about=_about,
)
job_kinds.register(EXPORT.name, EXPORT)
