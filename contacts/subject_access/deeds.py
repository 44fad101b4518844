"""Subject access: what was done with the person's record, and to whom its data went.

Of the audit log the person gets when, what, and which details were changed. Not by whom: an operator's name and IP
address are the operator's. Not the values before and after: they are told as known values and details, and a change
made while two people were taken for one may show the other's. Not the reasons, which operators write for each other.

Of webhooks the person gets to whom something was sent, when and about what; not the address, and not the signed text,
which repeats the details.
"""

from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.columns import OWN_COLUMNS
from contacts.subject_access.parts import Row, Subject, Word, rows_part, subject_parts
from desk.models import AuditEntry, WebhookDelivery

_DEEDS = {
    "contact.add": _("Added by hand"),
    "contact.change": _("Details changed"),
    "contact.block": _("Blocked"),
    "contact.unblock": _("Unblocked"),
    "contact.merge": _("Joined with another record"),
    "merge.undo": _("Joined records taken apart again"),
    "contact.hold": _("Deletion held"),
    "contact.endHold": _("Hold on the deletion ended"),
    "contact.setField": _("Details changed"),
    "contact.view": _("Personal data read"),
    "contact.touch": _("Contact noted"),
    "contact.tags": _("Customer tags changed"),
    "contact.subjectAccess": _("Personal data prepared for the person"),
}
_FIELDS = {column.name: column.label for column in OWN_COLUMNS}


def _entries(subject: Subject) -> QuerySet[AuditEntry]:
    ids = [str(id_) for id_ in subject.ids]
    rows = AuditEntry.objects.filter(site=subject.site, target_type="contact", target_id__in=ids)
    return rows.order_by("at", "pk")


def _entry(subject: Subject, row: AuditEntry) -> Row:
    changes = row.details.get("changes") if isinstance(row.details, dict) else None
    return {
        "at": row.at,
        "action": Word(row.action, _DEEDS.get(row.action, _("Record used"))),
        "fields": [_field(name) for name in changes] if isinstance(changes, dict) else [],
    }


def _field(name: str) -> Word:
    return Word(name, capfirst(str(_FIELDS.get(name) or name.removeprefix("profile."))))


def _deliveries(subject: Subject) -> QuerySet[WebhookDelivery]:
    rows = WebhookDelivery.objects.filter(site=subject.site, subject__in=subject.ids).select_related("webhook")
    return rows.order_by("pk")


def _delivery(subject: Subject, row: WebhookDelivery) -> Row:
    return {
        "at": row.created_at,
        "recipient": row.webhook.name,
        "event": row.event,
        "state": Word(row.state, row.get_state_display()),
    }


subject_parts.register(
    "changes",
    rows_part(
        _("What was done with the record"),
        {
            "at": _("Time"),
            "action": pgettext_lazy("column of a person's file", "What"),
            "fields": _("Details concerned"),
        },
        rows=_entries,
        tell=_entry,
        covers=["desk.AuditEntry"],
        order=80,
    ),
)
subject_parts.register(
    "passedOn",
    rows_part(
        _("Passed on to other systems"),
        {
            "at": _("Time"),
            "recipient": _("Recipient"),
            "event": pgettext_lazy("column of a person's file", "About"),
            "state": _("Result"),
        },
        rows=_deliveries,
        tell=_delivery,
        covers=["desk.WebhookDelivery"],
        order=82,
        note=_("In the last two weeks; older notes of this kind are deleted."),
    ),
)
