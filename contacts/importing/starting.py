"""IMP-4, IMP-8: what a door may ask of an import: check the whole file, carry out what was checked, say how far it is.

What runs is what was previewed: a check notes the fingerprint of file, mapping and tag, and a run is refused when any
of them is another by now. An import runs once; its undo is the undo of its job.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.importing.columns import check_mapping
from contacts.importing.storing import is_unchanged, was_withdrawn, why_gone
from contacts.models import ContactImport
from desk.actors import Actor
from desk.audit import record
from desk.jobs.queueing import add_job
from desk.models import Job

MAX_TAG = 100

REFUSALS: Mapping[str, str | Promise] = {
    "forgotten": _("The file was deleted 30 days after it was uploaded. Upload it again."),
    "withdrawn": _("The file was removed because somebody in it was erased. Upload it again without them."),
    "file_changed": _("The stored file is no longer the one that was uploaded. Upload it again."),
    "mapping_invalid": _("The columns are not mapped in a way that can be imported."),
    "tag_invalid": _("An import needs a tag of 1 to 100 characters."),
    "not_checked": _("The file has to be checked as it is mapped now before it can be imported."),
    "check_running": _("The file is just being checked."),
    "imported_already": _("This upload was imported already. Upload the file again to import it again."),
}


class ImportRefused(Exception):
    """A check or a run cannot begin; ``code`` is a key of ``REFUSALS``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def message(self) -> str:
        """The reason, in the active language."""
        return str(REFUSALS[self.code])


class Stage(StrEnum):
    """How far an import is."""

    STORED = "stored"
    CHECKING = "checking"
    CHECK_FAILED = "checkFailed"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


def fingerprint_of(contact_import: ContactImport) -> str:
    """Names the file, how it is read and mapped, and the tag."""
    told = [contact_import.sha256, contact_import.mapping, contact_import.import_tag]
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_checked(contact_import: ContactImport) -> bool:
    """Whether the last finished check looked at what would be imported now."""
    return bool(contact_import.checked) and contact_import.checked.get("fingerprint") == fingerprint_of(contact_import)


@transaction.atomic
def start_check(
    contact_import: ContactImport,
    mapping: Mapping[str, Any],
    import_tag: str,
    *,
    actor: Actor,
    then_run: bool = False,
) -> Job:
    """Look at every row of the file as ``mapping`` says; no contact is written. Raises ``ImportRefused``.

    ``then_run``: what was checked is imported as soon as the check is done; for programs, which look at no preview.
    """
    held = _hold(contact_import)
    tag = import_tag.strip()
    if not tag or len(tag) > MAX_TAG or not tag.isprintable():
        raise ImportRefused("tag_invalid")
    if check_mapping(mapping, held.site):
        raise ImportRefused("mapping_invalid")
    if held.run_job_id or held.ran:
        raise ImportRefused("imported_already")
    if held.check_job is not None and not held.check_job.finished:
        raise ImportRefused("check_running")
    params = {"import": held.pk, **({"thenRun": True} if then_run else {})}
    job = add_job("importCheck", site=held.site, actor=actor, params=params)
    held.mapping, held.import_tag, held.checked, held.check_job = dict(mapping), tag, {}, job
    held.save(update_fields=["mapping", "import_tag", "checked", "check_job"])
    _copy(held, contact_import)
    return job


@transaction.atomic
def start_run(contact_import: ContactImport, *, actor: Actor, after: Job | None = None) -> Job:
    """Import what was checked. Raises ``ImportRefused``, also when file or mapping are not those of the check.

    ``after``: the check that is just ending.
    """
    held = _hold(contact_import)
    if held.run_job_id or held.ran:
        raise ImportRefused("imported_already")
    if held.check_job is not None and not held.check_job.finished and held.check_job != after:
        raise ImportRefused("check_running")
    if not is_checked(held):
        raise ImportRefused("not_checked")
    if not is_unchanged(held):
        raise ImportRefused("file_changed")
    rows = held.checked["rows"]
    job = add_job("import", site=held.site, actor=actor, params={"import": held.pk}, total=rows)
    held.run_job = job
    held.save(update_fields=["run_job"])
    details = {"name": held.name, "rows": rows, "importTag": held.import_tag}
    record("contactimport.run", actor=actor, site=held.site, target=held, details=details)
    _copy(held, contact_import)
    return job


def links_of(job: Job) -> list[tuple[str, str]]:
    """The pages of the import that a check, a run or an undo is about."""
    about = job.undo_of or job
    return [(gettext("Open the import"), reverse("admin:contacts_contactimport_change", args=[about.params["import"]]))]


def stage_of(contact_import: ContactImport) -> Stage:
    """How far it is, told from its jobs."""
    job = contact_import.run_job
    if job is not None or contact_import.ran:
        return _stage_of_run(job)
    check = contact_import.check_job
    if check is not None and not check.finished:
        return Stage.CHECKING
    if is_checked(contact_import):
        return Stage.CHECKED
    return Stage.CHECK_FAILED if check is not None and check.state == Job.State.FAILED else Stage.STORED


def _stage_of_run(job: Job | None) -> Stage:
    if job is None:  # forgotten, long after it was done
        return Stage.DONE
    undo = job.undos.exclude(state__in=[Job.State.FAILED, Job.State.CANCELLED]).first()
    if undo is not None:
        return Stage.UNDONE if undo.finished else Stage.UNDOING
    ends = {Job.State.DONE: Stage.DONE, Job.State.FAILED: Stage.FAILED, Job.State.CANCELLED: Stage.CANCELLED}
    return ends.get(Job.State(job.state), Stage.RUNNING)


def _hold(contact_import: ContactImport) -> ContactImport:
    """The row as it is now, locked, so that of two who start at once one is refused."""
    held = (
        ContactImport.objects.select_for_update(of=("self",), no_key=True)
        .select_related("site", "check_job", "run_job")
        .get(pk=contact_import.pk)
    )
    if held.forgotten_at is not None or was_withdrawn(held):
        raise ImportRefused(why_gone(held))
    return held


def _copy(held: ContactImport, contact_import: ContactImport) -> None:
    for name in ("mapping", "import_tag", "checked", "check_job", "run_job"):
        setattr(contact_import, name, getattr(held, name))
