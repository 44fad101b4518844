"""QUAL-3: every value ever seen for name, phone, e-mail, memberId and address is kept, with where it came from.

Whoever follows values (``contacts.value_followers``) is told here, for this is where they are written.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from contacts.folding import fold
from contacts.models import Contact, KnownField, KnownValue, Source
from contacts.value_followers import values_changed


@dataclass(frozen=True, slots=True)
class Origin:
    """Who says it and when; ``label`` names the operator, file or key (QUAL-1, QUAL-6)."""

    source: Source
    label: str
    now: datetime.datetime

    @property
    def qualified(self) -> bool:
        """QUAL-1: only what the visitor typed is not."""
        return self.source != Source.FORM


@dataclass(frozen=True, slots=True)
class Seen:
    """A value as shown, and the form that matching compares (empty: matches nobody)."""

    field: KnownField
    value: str
    norm: str = ""

    @classmethod
    def member_id(cls, member_id: str) -> "Seen":
        """A memberId, which is known in every spelling."""
        return cls(KnownField.MEMBER_ID, member_id, fold(member_id))


def remember(contact: Contact, seen: Iterable[Seen], origin: Origin, *, appears: bool = False) -> None:
    """Add what is new, refresh what was known. Trust only grows: a typed value stays qualified once it was.

    ``appears``: the contact becomes a lead or a member by this, so whoever follows values hears of it in any case.
    """
    rows = [
        KnownValue(
            site_id=contact.site_id,
            contact=contact,
            field=one.field,
            value=one.value,
            norm=one.norm,
            qualified=origin.qualified,
            source=origin.source,
            source_label=origin.label[:120],
            first_seen_at=origin.now,
            last_seen_at=origin.now,
        )
        for one in dict.fromkeys(seen)
        if one.value
    ]
    refreshed = ["last_seen_at"]
    if origin.qualified:
        refreshed += ["qualified", "source", "source_label", "norm"]
    if rows:
        KnownValue.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["contact", "field", "value"], update_fields=refreshed
        )
    # A name or an address is never compared and has no normal form.
    if appears or any(row.norm for row in rows):
        values_changed(contact.site_id, [contact.pk])
