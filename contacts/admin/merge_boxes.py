"""UNI-3, UNI-10: what a person's page tells about merges: who became part of the person, and pending pairs."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from contacts.admin.formats import moment
from contacts.admin.merge_search import kept_first, merge_url
from contacts.admin.merge_words import Person, person_of, shown_detail
from contacts.admin.suggestions import Pair, pairs_of
from contacts.merge_triggers import trigger_words
from contacts.models import Contact, Merge
from contacts.pending import pending_of
from contacts.suggesting import open_suggestions
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


@dataclass(frozen=True, slots=True)
class PendingPair:
    """UNI-3: somebody this person will be merged with when the browser signs in as the member."""

    other: Person
    field: str
    value: str
    since: str
    compare_url: str


def pending_pairs_of(access: Access, contact: Contact) -> list[PendingPair]:
    """On both pages; one statement."""
    return [
        PendingPair(
            other=person_of(access, pending.other),
            field=pending.why,
            value=shown_detail(access, pending.field, pending.value),
            since=moment(pending.since, access.site.zone),
            compare_url=merge_url(*kept_first(contact, pending.other)) if access.may("contacts.merge") else "",
        )
        for pending in pending_of(contact)
    ]


def suggested_pairs_of(access: Access, contact: Contact) -> list[Pair]:
    """UNI-12: who may be the same person; one statement."""
    rows = open_suggestions(access.site).filter(Q(first=contact) | Q(second=contact))
    return pairs_of(access, rows[:_MOST])
