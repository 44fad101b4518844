"""UNI-3, UNI-10: what a person's page tells about merges: who became part of the person, and pending pairs."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from contacts.admin.formats import moment
from contacts.merge_triggers import trigger_words
from contacts.models import Contact, Merge
from desk.access import Access

_MOST = 20


@dataclass(frozen=True, slots=True)
class Merged:
    """Somebody who became part of the person. ``undo``: whether that can still be offered."""

    number: str
    at: str
    actor: str
    why: str
    url: str
    undo: bool


def merges_of(access: Access, contact: Contact) -> list[Merged]:
    """Those that stand, newest first; one statement."""
    merges = Merge.objects.filter(site_id=contact.site_id, survivor=contact, undone_at=None).defer("journal")
    now = timezone.now()
    return [
        Merged(
            number=str(merge.absorbed_customer_number),
            at=moment(merge.at, access.site.zone),
            actor=merge.actor,
            why=trigger_words(merge.trigger),
            url=reverse("admin:contact_merge", args=[merge.pk]),
            undo=merge.can_undo(now) and access.may("contacts.merge"),
        )
        for merge in merges.order_by("-at", "-pk")[:_MOST]
    ]
