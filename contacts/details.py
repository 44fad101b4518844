"""Details of a contact: who says what about a person, and which word counts (QUAL-1..4, 6, BOOT-13).

Loads, locks and saves; which value wins is decided in ``contacts.drafts``.
"""

import datetime
from collections.abc import Mapping, Sequence

from django.db import transaction

from contacts.drafts import PROFILE, Draft
from contacts.known_values import Origin, remember
from contacts.models import Contact, ContactProfile, LeadReason, Source
from contacts.profile_fields import TooManyFields, ensure_fields
from contacts.profile_values import DetailRefused as DetailRefused
from contacts.unifying import hold, unify
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

# Changes by public name, each with whether it writes only where there is no value yet.
Groups = Sequence[tuple[Mapping[str, object], bool]]


class ContactGone(Exception):
    """The contact was absorbed or deleted meanwhile."""


def change_details(
    contact: Contact,
    changes: Mapping[str, object],
    *,
    source: Source,
    source_label: str,
    actor: Actor,
    now: datetime.datetime,
    once: bool = False,
) -> Contact:
    """Write ``changes`` by public name (``profile.<key>`` for custom fields; None clears); returns what is now.

    ``once`` writes only what has no value yet. Raises ``DetailRefused`` or ``ContactGone`` and writes nothing.
    """
    return write_details(
        contact.pk, [(changes, once)], origin=Origin(source, source_label, now), actor=actor, site=contact.site
    )


@transaction.atomic
def write_details(contact_id: int, groups: Groups, *, origin: Origin, actor: Actor, site: Site) -> Contact:
    """Several ``(changes, once)`` groups, one after the other, in one transaction: see ``change_details``.

    Returns who the person is now: a member, when a detail has shown that the contact is one (``contacts.unifying``).
    """
    held = hold(site, contact_id, groups, origin)
    draft = Draft(*lock(contact_id, site), site, origin, types_for(site, groups))
    for changes, once in groups:
        draft.write(changes, once=once)
    draft.finish(lead_reason_of(origin))
    save(draft)
    if draft.changes and actor.kind != "plugin":
        record("contact.change", actor=actor, site=site, target=draft.contact, details={"changes": draft.changes})
    return unify(draft.contact, held, origin=origin, actor=actor)


def lock(contact_id: int, site: Site) -> tuple[Contact, ContactProfile]:
    """The contact as it is now, locked until the end of the transaction, and its profile; ``ContactGone`` if it is not.

    The lock is the one an update takes (``NO KEY``): rows that point at the contact can still be added meanwhile.
    The profile is read after it: joined, it would be the one from before the wait, and another's writes would be lost.
    """
    contact = Contact.objects.select_for_update(no_key=True).filter(site=site, pk=contact_id).first()
    if contact is None:
        raise ContactGone
    contact.site = site
    contact.profile = ContactProfile.objects.get(pk=contact_id)
    return contact, contact.profile


def types_for(site: Site, groups: Groups) -> Mapping[str, str]:
    """The types of the custom fields that ``groups`` write; unknown ones are made, with guessed types."""
    values = {
        key.removeprefix(PROFILE): value
        for changes, _ in groups
        for key, value in changes.items()
        if key.startswith(PROFILE) and value is not None
    }
    try:
        return ensure_fields(site, values) if values else {}
    except TooManyFields as refusal:
        raise DetailRefused(f"{PROFILE}{refusal.key}", "too_many_fields") from None


def lead_reason_of(origin: Origin) -> LeadReason:
    """Why a contact point that came this way makes a lead (KIND-2)."""
    return LeadReason.CONTACT_POINT if origin.source in {Source.FORM, Source.SCRIPT} else LeadReason.ENTERED


def save(draft: Draft) -> None:
    """Write the changed columns and the known values of a contact that is in the database and locked."""
    if draft.contact_columns:
        draft.contact.save(update_fields=draft.contact_columns)
    if draft.profile_columns:
        draft.profile.save(update_fields=draft.profile_columns)
    remember(draft.contact, draft.seen, draft.origin, appears="kind" in draft.contact_columns)
