"""IMP-9, SITE-4: asking for an export, and who may have its file.

Asking is written to the audit log with the reason, in the transaction that makes the job; so is each download. A file
with personal data is handed only to who may see personal data, also when the right was taken away since.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from contacts.exporting.columns import export_columns
from contacts.exporting.storing import path_of
from contacts.models import ContactExport
from contacts.selection import Selection
from desk.access import Access
from desk.actors import Actor
from desk.audit import record
from desk.jobs.queueing import add_job
from desk.models import Job, Site

PERMISSION = "contacts.export"
MAX_REASON = 200
DEFAULT_SORT = "-lastSeenAt"


class ExportNotFound(LookupError):
    """There is no such file, not yet, no longer, or not for this person."""


@transaction.atomic
def start_export(
    selection: Selection,
    *,
    site: Site,
    actor: Actor,
    format: str,
    columns: Sequence[str],
    masked: bool,
    reason: str,
    sort: str = DEFAULT_SORT,
    expected: int | None = None,
) -> Job:
    """A job that writes the selected people into a file; ``UnknownColumn`` when the site lacks one of ``columns``."""
    export_columns(site, columns)
    now = timezone.now()
    params: dict[str, Any] = {
        "selection": selection.as_data(),
        "expectedCount": selection.expected_count,
        "sort": sort,
    }
    job = add_job("export", site=site, actor=actor, params=params, total=expected)
    export = ContactExport.objects.create(
        site=site,
        job=job,
        name=_name(site, now, format),
        format=format,
        columns=list(columns),
        masked=masked,
        reason=reason.strip()[:MAX_REASON],
        stored_as=f"{site.pk}-{secrets.token_hex(24)}",
        operator=actor.operator,
        actor=actor.label[:120],
        created_at=now,
    )
    details = {"format": format, "columns": list(columns), "masked": masked, "contacts": expected}
    record("contact.export", actor=actor, site=site, target=export, reason=export.reason, details=details)
    return job


def _name(site: Site, now: datetime, format: str) -> str:
    code = re.sub(r"[^A-Za-z0-9-]", "", site.code)[:40]
    return f"contacts-{code}-{now.astimezone(site.zone):%Y%m%d-%H%M}.{format}"


def may_download(export: ContactExport, access: Access) -> bool:
    """Whether this person may have this file now."""
    return (
        access.site.pk == export.site_id
        and access.may(PERMISSION)
        and (export.masked or access.sees_personal_data)
        and export.ready_at is not None
        and export.forgotten_at is None
    )


@transaction.atomic
def take_file(export_id: int, access: Access, *, actor: Actor) -> ContactExport:
    """The export whose file (``storing.path_of``) is now handed out; ``ExportNotFound`` when it may not be."""
    export = ContactExport.objects.filter(site=access.site, pk=export_id).first()
    if export is None or not may_download(export, access) or not path_of(export).is_file():
        raise ExportNotFound
    details: Mapping[str, Any] = {"name": export.name, "contacts": export.rows}
    record("contactexport.download", actor=actor, site=access.site, target=export, details=dict(details))
    return export
