"""Writing the audit log. Call it inside the transaction of what it records, so that neither exists alone."""

from typing import Any

from django.db.models import Model
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
) -> AuditEntry:
    """Add one entry. ``action`` is ``noun.verb`` (``contact.merge``), ``details`` plain JSON without secrets."""
    return AuditEntry.objects.create(
        site=site,
        at=timezone.now(),
        operator=actor.operator,
        actor=actor.label[:120],
        action=action,
        target_type=target._meta.model_name or "" if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        address=actor.address,
        reason=reason,
        details=details or {},
    )
