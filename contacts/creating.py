"""New rows: a contact with its profile, an identity with its key. Who needs one is decided elsewhere."""

import datetime
from collections.abc import Mapping
from typing import Any

from contacts.announcing import announce_created
from contacts.customer_numbers import next_customer_number
from contacts.details import Groups, lead_reason_of, types_for
from contacts.drafts import Draft
from contacts.folding import fold
from contacts.known_values import Origin, Seen, remember
from contacts.models import Contact, ContactProfile, Kind, LeadReason
from contacts.visits import day_of
from desk.ids import new_id
from desk.models import Site


def create_contact(
    site: Site,
    groups: Groups,
    *,
    origin: Origin,
    contact_id: int | None = None,
    member_id: str | None = None,
    lead_reason: LeadReason | None = None,
    utm: Mapping[str, str] | None = None,
    referrer: str = "",
    **columns: Any,
) -> Contact:
    """Insert a contact with the details of ``groups`` (as in ``details.write_details``); the caller has a transaction.

    A member with ``member_id``, else a lead with ``lead_reason`` or a contact point among the details, else anonymous.
    Raises ``DetailRefused``; ``IntegrityError`` when the memberId is taken.
    """
    now: datetime.datetime = origin.now
    contact = Contact(id=contact_id or new_id(), site=site, created_at=now, updated_at=now, last_touch_at=now)
    contact.last_seen_on = day_of(now)
    for column, value in columns.items():
        setattr(contact, column, value)
    if member_id is not None:
        contact.kind, contact.member_id, contact.member_id_folded = Kind.MEMBER, member_id, fold(member_id)
    elif lead_reason is not None:
        contact.kind, contact.lead_reason = Kind.LEAD, lead_reason
    profile = ContactProfile(contact=contact, site=site, referrer=referrer, utm=dict(utm or {}))
    draft = Draft(contact, profile, site, origin, types_for(site, groups))
    for changes, once in groups:
        draft.write(changes, once=once)
    # Late: from here to the end of the transaction nobody else of this site gets a number.
    contact.customer_number = next_customer_number(site.pk)
    draft.set("updated_at", now)
    draft.finish(lead_reason_of(origin))
    contact.save(force_insert=True)
    profile.save(force_insert=True)
    if member_id is not None:
        draft.seen.append(Seen.member_id(member_id))
    remember(contact, draft.seen, origin, appears=contact.kind != Kind.ANONYMOUS)
    if contact.kind != Kind.ANONYMOUS:
        announce_created(contact, now=now)
    return contact
