"""UNI-6: finding the other one of a merge, by customer number, name, memberId, phone or e-mail; results masked."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contacts.admin.formats import moment, phone
from contacts.filters.matching import matching
from contacts.masking import mask, name_of
from contacts.models import Contact, Kind
from contacts.models.merge_suggestion import SuggestionReason
from contacts.old_names import find_by_old_name
from contacts.suggesting import open_suggestions
from contacts.time_limit import LIST_SECONDS, time_limit
from desk.access import Access

MAX_FOUND = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody the person may be merged with. ``url`` opens the comparison; ``note`` says how he was found."""

    name: str
    kind: str
    kind_label: str
    handles: list[str]
    seen: str
    url: str
    note: str = ""


def candidates(access: Access, contact: Contact, query: str) -> list[Candidate]:
    """Who is found by ``query``, latest activity first; a name of somebody merged earlier finds his survivor.

    ``TookTooLong`` when it does; an anonymous contact is never found (KIND-5).
    """
    with time_limit(LIST_SECONDS):
        rows = matching(access.site, search=query).exclude(pk=contact.pk)
        found = list(rows.order_by("-last_seen_on", "-last_seen_at", "-id")[:MAX_FOUND])
        old = find_by_old_name(access.site, query)
    shown = [candidate_of(access, contact, other) for other in found]
    if old is not None and old.contact.pk not in {contact.pk, *(other.pk for other in found)}:
        note = _("“%(name)s” was merged into this person.") % {"name": old.value}
        shown.insert(0, candidate_of(access, contact, old.contact, note))
    return shown


def suggested_for(access: Access, contact: Contact) -> list[Candidate]:
    """Who is suggested as the same person (UNI-12), offered before anything is typed; one statement."""
    rows = open_suggestions(access.site).filter(Q(first=contact) | Q(second=contact))[:MAX_FOUND]
    reasons: dict[int, list[str]] = {}
    others: dict[int, Contact] = {}
    for row in rows:
        other = row.second if row.first_id == contact.pk else row.first
        others[other.pk] = other
        reasons.setdefault(other.pk, []).append(str(SuggestionReason(row.reason).label))
    return [candidate_of(access, contact, other, str(capfirst(", ".join(reasons[pk])))) for pk, other in others.items()]


def candidate_of(access: Access, contact: Contact, other: Contact, note: str = "") -> Candidate:
    """``other`` as a line of the result, masked for who may not see (SITE-4)."""
    sees = access.sees_personal_data
    email = other.email if sees else str(mask("email", other.email) or "")
    mobile = other.mobile_number
    mobile = phone(mobile, access.site.phone_country) if sees else str(mask("mobileNumber", mobile) or "")
    numbers = [f"#{other.customer_number}", other.member_id or "", email, mobile]
    return Candidate(
        name=name_of(other, sees_personal_data=sees),
        kind=other.kind,
        kind_label=str(other.get_kind_display()),
        handles=[text for text in numbers if text],
        seen=moment(other.last_seen_at, access.site.zone) if other.last_seen_at else "",
        url=merge_url(*kept_first(contact, other)),
        note=note,
    )


def kept_first(first: Contact, second: Contact) -> tuple[Contact, Contact]:
    """Which of two is kept unless the operator swaps them: the member (UNI-1), else the one opened first."""
    if second.kind == Kind.MEMBER != first.kind:
        return second, first
    return first, second


def merge_url(kept: Contact, other: Contact, **more: str) -> str:
    """The page that compares the two, ``kept`` on the left."""
    query = urlencode({"with": other.pk, **more})
    return f"{reverse('admin:contacts_contact_merge', args=[kept.pk])}?{query}"
