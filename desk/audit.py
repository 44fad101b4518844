"""Writing the audit log. Call it inside the transaction of what it records, so that neither exists alone.

Entries are added and never changed; the database refuses the rest (migration 0008). Who saw personal data is written
by ``desk.disclosing``, who came in by ``desk.sign_ins``; both end here.
"""

import datetime
import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from desk.actors import Actor
from desk.models import AuditEntry, Site


def record(
    action: str,
    *,
    actor: Actor,
    site: Site | None,
    target: Model | None = None,
    reason: str = "",
    details: dict[str, Any] | None = None,
    now: datetime.datetime | None = None,
) -> AuditEntry:
    """Add one entry. ``action`` is ``noun.verb`` (``contact.merge``), ``details`` plain JSON without secrets."""
    entry = _entry(action, actor=actor, site=site, target=target, details=details, now=now)
    entry.reason = reason
    entry.save(force_insert=True)
    return entry


def record_many(
    action: str,
    *,
    actor: Actor,
    about: Iterable[tuple[Site | None, Model | None]],
    details: dict[str, Any] | None = None,
) -> None:
    """The same done to each of ``about``, (site, target); one statement."""
    AuditEntry.objects.bulk_create(
        _entry(action, actor=actor, site=site, target=target, details=details) for site, target in about
    )


def _entry(
    action: str,
    *,
    actor: Actor,
    site: Site | None,
    target: Model | None,
    details: dict[str, Any] | None,
    now: datetime.datetime | None = None,
) -> AuditEntry:
    return AuditEntry(
        site=site,
        at=now or timezone.now(),
        operator=actor.operator,
        actor=actor.label[:120],
        action=action,
        target_type=target._meta.model_name or "" if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        address=_address(actor),
        details=details or {},
    )


def _address(actor: Actor) -> str | None:
    """None for what is no IP address: a header that anybody may have filled in must not fail the deed."""
    try:
        return str(ipaddress.ip_address(actor.address)) if actor.address else None
    except ValueError:
        return None


def forget_details(site: Site, target_type: str, target_ids: Sequence[str]) -> int:
    """RET-4: what was told about these is gone, and the reasons that were given; how many entries.

    That something was done, by whom and when, stays.
    """
    told = AuditEntry.objects.filter(~Q(details={}) | ~Q(reason=""), site=site, target_type=target_type)
    if connection.vendor == "postgresql":  # a thousand ids as one parameter
        told = told.filter(target_id__in=RawSQL("SELECT unnest(%s::text[])", [list(target_ids)]))
    else:
        told = told.filter(target_id__in=target_ids)
    return told.update(details={}, reason="")


def forget_entries(site: Site, ids: Sequence[int]) -> int:
    """RET-4: the same for single entries, which name somebody in what they tell about something else."""
    if not ids:
        return 0
    return AuditEntry.objects.filter(site=site, pk__in=ids).update(details={}, reason="")
