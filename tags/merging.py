"""UNI-7, UNI-8: what a unification does with tags: the survivor carries the union.

Where both carry one tag the earlier attachment stays. The union may exceed 20 tags: nothing is lost by a merge, but
no further tag fits until some are taken off.
"""

from typing import Any

from contacts.models import Contact
from contacts.moving import MergeParticipant, merge_participants
from tags.models import ContactTag


def move_tags(survivor: Contact, absorbed: Contact) -> object:
    """Bring the attachments over. The journal gets them as they were, and the survivor's that gave way."""
    theirs = list(ContactTag.objects.filter(site_id=absorbed.site_id, contact=absorbed))
    if not theirs:
        return {"absorbed": [], "replaced": []}
    ours = {row.tag_id: row for row in ContactTag.objects.filter(site_id=survivor.site_id, contact=survivor)}
    moving = [row for row in theirs if row.tag_id not in ours or row.at < ours[row.tag_id].at]
    replaced = [ours[row.tag_id] for row in moving if row.tag_id in ours]
    journal = {"absorbed": [_as_data(row) for row in theirs], "replaced": [_as_data(row) for row in replaced]}
    ContactTag.objects.filter(site_id=absorbed.site_id, contact=absorbed).delete()
    ContactTag.objects.filter(
        site_id=survivor.site_id, contact=survivor, tag_id__in=[row.tag_id for row in replaced]
    ).delete()
    for row in moving:
        row.contact_id = survivor.pk
    ContactTag.objects.bulk_create(moving)
    return journal


def _as_data(row: ContactTag) -> dict[str, Any]:
    return {
        "tag": row.tag_id,
        "source": row.source,
        "sourceLabel": row.source_label,
        "operator": row.operator_id,
        "at": row.at.isoformat(),
    }


merge_participants.register("tags.ContactTag.contact", MergeParticipant(move=move_tags))
