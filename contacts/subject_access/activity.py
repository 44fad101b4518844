"""Subject access: what the person did: visits and events.

Rows of accounts that are not the person's are left out: somebody else's, from when two people were taken for one. They
stay with this contact (UNI-10), so the other one is not told of them either.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.models import Event, Visit
from contacts.models.event import PAGE_VIEW
from contacts.subject_access.parts import Row, Subject, Word, rows_part, subject_parts


def _visits(subject: Subject) -> QuerySet[Visit]:
    return subject.contact.visits.filter(identity__in=list(subject.accounts)).order_by("started_at", "pk")


def _visit(subject: Subject, row: Visit) -> Row:
    """Not the digest of its session, and whether that is still open is told by its end."""
    return {
        "startedAt": row.started_at,
        "endsAt": row.expires_at,
        "identificationNumber": subject.accounts.get(row.identity_id, ""),
        "loggedIn": row.logged_in,
        "page": row.page,
        "referrer": row.referrer,
        "utm": row.utm,
    }


def _events(subject: Subject) -> QuerySet[Event]:
    theirs = Q(identity__in=list(subject.accounts)) | Q(identity=None)
    return subject.contact.events.filter(theirs).order_by("at", "pk")


def _event(subject: Subject, row: Event) -> Row:
    return {
        "at": row.at,
        "name": Word(row.name, _("Page viewed")) if row.name == PAGE_VIEW else row.name,
        "property": row.property,
        "identificationNumber": subject.accounts.get(row.identity_id or 0, ""),
    }


subject_parts.register(
    "visits",
    rows_part(
        _("Visits"),
        {
            "startedAt": _("Begun"),
            "endsAt": _("Ended"),
            "identificationNumber": _("Identification number"),
            "loggedIn": _("Signed in"),
            "page": _("First page"),
            "referrer": _("Came from"),
            "utm": _("Campaign"),
        },
        rows=_visits,
        tell=_visit,
        covers=["contacts.Visit.contact", "contacts.Visit.identity"],
        order=30,
    ),
)
subject_parts.register(
    "events",
    rows_part(
        _("Events"),
        {
            "at": _("Time"),
            "name": _("Event"),
            "property": _("Particulars"),
            "identificationNumber": _("Identification number"),
        },
        rows=_events,
        tell=_event,
        covers=["contacts.Event.contact", "contacts.Event.identity"],
        order=32,
    ),
)
