"""KIND-1..4: anonymous → lead → member, never backwards. Each step is one compare-and-swap on the row.

The update's own condition decides, so of two that promote at once one does it and the other sees that it is done; the
unique constraint on memberId decides between two contacts that want one memberId (``IntegrityError``).
"""

import datetime

from django.db import transaction

from contacts.announcing import announce_created
from contacts.details import lock
from contacts.folding import fold
from contacts.known_values import Origin, Seen, remember
from contacts.models import Contact, Kind, LeadReason
from contacts.search import search_text_of
from contacts.value_followers import values_changed
from desk.models import Site


@transaction.atomic
def become_lead(contact: Contact, reason: LeadReason, *, now: datetime.datetime) -> bool:
    """KIND-2: an anonymous contact becomes a lead; False (and nothing changed) when it no longer is anonymous."""
    swapped = Contact.objects.filter(pk=contact.pk, kind=Kind.ANONYMOUS).update(
        kind=Kind.LEAD, lead_reason=reason, updated_at=now, last_touch_at=now
    )
    if swapped:
        _show(contact.pk, contact.site)
        announce_created(contact, now=now)
        values_changed(contact.site_id, [contact.pk])
    return bool(swapped)


@transaction.atomic
def become_member(contact_id: int, site: Site, member_id: str, origin: Origin) -> Contact | None:
    """KIND-4: an anonymous contact or lead becomes this member, keeping number and history (BOOT-4).

    None (and nothing changed) when it is a member already or gone; ``IntegrityError`` when another contact has the
    memberId.
    """
    swapped = Contact.objects.filter(pk=contact_id, kind__in=[Kind.ANONYMOUS, Kind.LEAD]).update(
        kind=Kind.MEMBER, member_id=member_id, member_id_folded=fold(member_id), updated_at=origin.now
    )
    if not swapped:
        return None
    contact = _show(contact_id, site)
    remember(contact, [Seen.member_id(member_id)], origin)
    if not contact.lead_reason:  # it was anonymous until now
        announce_created(contact, now=origin.now)
    return contact


def _show(contact_id: int, site: Site) -> Contact:
    """KIND-5: from now on the desk finds this contact, with all that was collected before."""
    contact, profile = lock(contact_id, site)
    profile.search_text = search_text_of(contact, site)
    profile.save(update_fields=["search_text"])
    return contact
