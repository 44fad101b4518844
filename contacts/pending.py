"""UNI-3: pending unifications, as the desk shows them on either page."""

import datetime
from dataclasses import dataclass

from django.db.models import Q

from contacts.models import Contact, Kind, KnownField, PendingMerge, Source


@dataclass(frozen=True, slots=True)
class Pending:
    """``other`` is the other one of the pair, ``why`` which detail both have, ``since`` when that was seen."""

    other: Contact
    field: KnownField
    value: str
    why: str
    source: Source
    source_label: str
    since: datetime.datetime


def pending_of(contact: Contact) -> list[Pending]:
    """The pairs of ``contact``, a lead's members or a member's leads, newest first; one statement."""
    rows = PendingMerge.objects.filter(Q(contact=contact) | Q(member=contact)).order_by("-at", "-pk")
    # A lead that has become a member of its own waits no longer; the row goes with the next search for suggestions.
    rows = rows.exclude(contact__kind=Kind.MEMBER)
    return [
        Pending(
            other=row.member if row.contact_id == contact.pk else row.contact,
            field=KnownField(row.field),
            value=row.value,
            why=str(KnownField(row.field).label),
            source=Source(row.source),
            source_label=row.source_label,
            since=row.at,
        )
        for row in rows.select_related("contact__profile", "member__profile")[:50]
    ]
