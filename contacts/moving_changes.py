"""What a merge does with the journals of jobs (JOB-4): they follow the contact, so that a job can still be undone.

Whether the survivor still carries what the job wrote is for the undo of that job to see. Where one job changed both,
the survivor's own journal stays, and the other is put aside until the merge is undone.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, ContactChange
from contacts.moving import MergeParticipant, merge_participants
from contacts.moving_rows import columns_from, data_of, delete_ids, move_back, move_to


def _move(survivor: Contact, absorbed: Contact) -> dict[str, Any]:
    """``moved``: ids; ``aside``: the rows as they were."""
    changed_both = ContactChange.objects.filter(contact=survivor).values("job_id")
    aside = [
        data_of(row) for row in ContactChange.objects.filter(contact=absorbed, job_id__in=changed_both).order_by("pk")
    ]
    delete_ids(ContactChange, [row["id"] for row in aside])
    return {"moved": move_to(ContactChange, "contact", old=absorbed.pk, new=survivor.pk), "aside": aside}


def _restore(survivor: Contact, returned: Contact, journal: dict[str, Any]) -> None:
    move_back(ContactChange, "contact", journal["moved"], old=survivor.pk, new=returned.pk)
    ContactChange.objects.bulk_create(ContactChange(**columns_from(ContactChange, row)) for row in journal["aside"])


merge_participants.register(
    "contacts.ContactChange.contact", MergeParticipant(_("changes by jobs"), _move, _restore, listed=False)
)
