"""What the pages of one import have in common: who may, which one it is, its steps, and how far it is (IMP-10)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from contacts.importing.starting import Stage, stage_of
from contacts.importing.storing import was_withdrawn
from contacts.models import ContactImport
from desk.access import Access
from desk.admin import access_of, actor_of, operator_of
from desk.admin.site import desk_site
from desk.disclosing import saw
from desk.jobs.tray import dismiss
from desk.models import Job

TEMPLATES = "admin/contacts/import"

# Translators: the steps of an import, in a row; as short as may be.
STEPS: Mapping[str, str | Promise] = {
    "upload": pgettext_lazy("import step", "File"),
    "file": pgettext_lazy("import step", "Table"),
    "columns": pgettext_lazy("import step", "Columns"),
    "check": pgettext_lazy("import step", "Check"),
    "confirm": pgettext_lazy("import step", "Confirm"),
    "report": pgettext_lazy("import step", "Result"),
}
_RUN = frozenset({Stage.RUNNING, Stage.DONE, Stage.FAILED, Stage.CANCELLED, Stage.UNDOING, Stage.UNDONE})

# Translators: how far an import is.
STAGE_WORDS: Mapping[Stage, str | Promise] = {
    Stage.STORED: pgettext_lazy("import", "not checked yet"),
    Stage.CHECKING: pgettext_lazy("import", "being checked"),
    Stage.CHECK_FAILED: pgettext_lazy("import", "check failed"),
    Stage.CHECKED: pgettext_lazy("import", "checked, not imported"),
    Stage.RUNNING: pgettext_lazy("import", "being imported"),
    Stage.DONE: pgettext_lazy("import", "imported"),
    Stage.FAILED: pgettext_lazy("import", "failed"),
    Stage.CANCELLED: pgettext_lazy("import", "cancelled"),
    Stage.UNDOING: pgettext_lazy("import", "being undone"),
    Stage.UNDONE: pgettext_lazy("import", "undone"),
}
STAGE_LOOKS: Mapping[Stage, tuple[str, str]] = {
    Stage.STORED: ("", "clock"),
    Stage.CHECKING: ("badge-info", "refresh"),
    Stage.CHECK_FAILED: ("badge-danger", "error"),
    Stage.CHECKED: ("badge-accent", "check"),
    Stage.RUNNING: ("badge-info", "refresh"),
    Stage.DONE: ("badge-success", "success"),
    Stage.FAILED: ("badge-danger", "error"),
    Stage.CANCELLED: ("badge-warning", "block"),
    Stage.UNDOING: ("badge-info", "refresh"),
    Stage.UNDONE: ("badge-warning", "undo"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the bar. ``url`` is empty for what cannot be gone to; ``state``: done, current or ahead."""

    label: str | Promise
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Opened:
    """An import as an operator has opened it. ``sees``: personal data of the file is shown as it is.

    Who uploaded the file has it anyway; for everybody else the permission decides (SITE-4).
    """

    access: Access
    row: ContactImport
    stage: Stage
    sees: bool

    def url(self, page: str) -> str:
        """The address of one of its pages."""
        return page_url(page, self.row)

    @property
    def has_run(self) -> bool:
        """From here on file and columns are what they were."""
        return self.stage in _RUN

    @property
    def step(self) -> str:
        """Where somebody who comes back goes on."""
        if self.has_run:
            return "report"
        if self.stage in (Stage.CHECKING, Stage.CHECK_FAILED, Stage.CHECKED):
            return "check"
        return "columns" if "columns" in self.row.mapping else "file"


def importer(request: HttpRequest) -> Access:
    """The operator, who may import; ``PermissionDenied`` else."""
    access = access_of(request)
    if not access.may("contacts.import"):
        raise PermissionDenied
    return access


def open_import(request: HttpRequest, object_id: str) -> Opened:
    """The import of this site, or 404."""
    access = importer(request)
    known = object_id.isascii() and object_id.isdigit() and len(object_id) <= 18
    rows = ContactImport.objects.select_related("site", "check_job", "run_job", "operator").filter(site=access.site)
    row = rows.filter(pk=int(object_id)).first() if known else None
    if row is None:
        raise Http404
    sees = access.sees_personal_data or row.operator_id == operator_of(request).pk
    if request.method == "GET":
        saw(access, row, actor=actor_of(request))  # its pages show rows of the file
    return Opened(access, row, stage_of(row), sees)


def page_url(page: str, row: ContactImport) -> str:
    """The address of a page of the import."""
    return reverse(f"admin:contacts_contactimport_{page}", args=[row.pk])


def seen(opened: Opened, job: Job | None) -> None:
    """Whoever reads here how the job has ended needs no notice of it in the tray."""
    if job is not None and job.finished and job.operator_id == opened.access.operator.pk:
        dismiss(opened.access.operator, [job])


def step_context(request: HttpRequest, opened: Opened, step: str, **more: Any) -> dict[str, Any]:
    """What every step's template gets."""
    return {
        **desk_site.each_context(request),
        "title": opened.row.name,
        "import": opened.row,
        "opened": opened,
        "stage": opened.stage.value,
        "withdrawn": (withdrawn := was_withdrawn(opened.row)),
        # Nothing can become of it any more (RET-4).
        "is_lost": withdrawn and not opened.has_run and opened.stage != Stage.CHECKING,
        "steps": steps_of(opened, step),
        "imports_url": reverse("admin:contacts_contactimport_changelist"),
        "opts": ContactImport._meta,
        **more,
    }


def steps_of(opened: Opened | None, current: str) -> list[Step]:
    """The bar: what was done can be gone back to while nothing was written."""
    names = list(STEPS)
    place = names.index(current)
    return [
        Step(label, _step_url(opened, name, current), _state(names.index(name), place)) for name, label in STEPS.items()
    ]


def _state(number: int, place: int) -> str:
    return "current" if number == place else "done" if number < place else "ahead"


def _step_url(opened: Opened | None, name: str, current: str) -> str:
    if opened is None or name in ("upload", current) or opened.has_run:
        return ""
    order = list(STEPS)
    reached = order.index(opened.step if opened.stage != Stage.CHECKED else "confirm")
    return opened.url(name) if order.index(name) <= reached else ""


def people_url(import_tag: str) -> str:
    """The list of the contacts that carry this import's tag (IMP-7)."""
    document = {"and": [{"key": "importTags", "op": "anyOf", "values": [import_tag]}]}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f"{reverse('admin:contacts_contact_changelist')}?{urlencode({'filter': text})}"
