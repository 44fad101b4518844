"""An import from end to end: a file in memory, its check, its run and its undo, as the doors ask for them."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contacts.bulk import run_now
from contacts.importing.columns import guess_columns
from contacts.importing.starting import start_check, start_run
from contacts.importing.storing import store_upload
from contacts.models import ContactImport
from desk.actors import SYSTEM, Actor
from desk.jobs.queueing import undo_job
from desk.models import Job, Site

Row = Mapping[str, str]
Wait = Callable[[Job], object]


def csv_of(header: Sequence[str], rows: Sequence[Sequence[str]], *, encoding: str = "utf-8") -> bytes:
    """A file as a spreadsheet saves it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    return text.getvalue().encode(encoding)


def mapping_of(header: Sequence[str], site: Site, *, encoding: str = "utf-8", **modes: str) -> dict[str, Any]:
    """Columns by their public names; ``modes``: {field: mode}. ``profile.x:number`` is a new field of that type."""
    columns = []
    for number, told in enumerate(header):
        name, _colon, type_ = told.partition(":")
        [guessed] = guess_columns([name], [[""]], site)
        column = {**guessed, "column": number, "header": told}
        if type_ and column.get("new"):
            column["type"] = type_
        if name.replace(".", "_") in modes:
            column["mode"] = modes[name.replace(".", "_")]
        columns.append(column)
    return {"format": "csv", "encoding": encoding, "separator": ",", "header": True, "sheet": None, "columns": columns}


def upload(site: Site, header: Sequence[str], rows: Sequence[Sequence[str]], name: str = "people.csv") -> ContactImport:
    """A stored file."""
    return store_upload(site, io.BytesIO(csv_of(header, rows)), name, actor=SYSTEM)


def check(
    site: Site,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    name: str = "people.csv",
    tag: str = "spring",
    actor: Actor = SYSTEM,
    modes: Mapping[str, str] | None = None,
    wait: Wait | None = None,
) -> ContactImport:
    """A file that was looked at. ``wait``: for a job that a worker beside this process may have taken."""
    made = upload(site, header, rows, name)
    job = _through(start_check(made, mapping_of(header, site, **(modes or {})), tag, actor=actor), wait)
    assert job.state == Job.State.DONE, (job.state, job.error, job.error_values)
    return fresh(made)


def _through(job: Job, wait: Wait | None) -> Job:
    job = run_now(job)
    if wait is not None:
        wait(job)
        job.refresh_from_db()
    return job


def run(made: ContactImport, *, actor: Actor = SYSTEM, wait: Wait | None = None) -> ContactImport:
    """Carry out what was checked."""
    job = _through(start_run(made, actor=actor), wait)
    assert job.state == Job.State.DONE, (job.state, job.error, job.error_values)
    return fresh(made)


def load(site: Site, header: Sequence[str], rows: Sequence[Sequence[str]], **options: Any) -> ContactImport:
    """Check and run."""
    return run(check(site, header, rows, **options), wait=options.get("wait"))


def undo(made: ContactImport, *, actor: Actor = SYSTEM) -> Job:
    """Take an import back."""
    assert made.run_job is not None
    job = run_now(undo_job(made.run_job, actor=actor))
    assert job.state == Job.State.DONE, (job.state, job.error, job.error_values)
    return job


def fresh(made: ContactImport) -> ContactImport:
    """The import as it is now."""
    return ContactImport.objects.select_related("site", "check_job", "run_job").get(pk=made.pk)


def counts(made: ContactImport) -> dict[str, int]:
    """Verdicts of the run, or of the check, without zeros."""
    return {verdict: n for verdict, n in sorted((made.ran or made.checked).get("verdicts", {}).items()) if n}
