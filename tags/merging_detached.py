"""UNI-8, JOB-4: attachments that a bulk job took off follow a unification, so that the job can still be undone."""

from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from contacts.moving import MergeParticipant, merge_participants
from contacts.moving_rows import Row, data_of, insert_rows
from tags.models import DetachedTag


def _rows_of(contact: Contact) -> list[Row]:
    rows = DetachedTag.objects.filter(contact=contact).order_by("job_id", "tag_id")
    return [data_of(row) for row in rows]


def _move(survivor: Contact, absorbed: Contact) -> dict[str, list[Row]]:
    """Where one job took one tag off both, the survivor's own row stands; the other waits in the journal."""
    ours = {_key(row) for row in _rows_of(survivor)}
    rows = _rows_of(absorbed)
    moved = [row for row in rows if _key(row) not in ours]
    DetachedTag.objects.filter(contact=absorbed).delete()
    insert_rows(DetachedTag, [{**row, "contact_id": survivor.pk} for row in moved])
    return {"moved": moved, "kept": [row for row in rows if _key(row) in ours]}


def _restore(survivor: Contact, returned: Contact, journal: dict[str, list[Row]]) -> None:
    theirs = {_key(row) for row in journal["moved"]}
    still_there = {_key(row) for row in _rows_of(survivor)} & theirs
    for job_id in {job_id for job_id, _tag in still_there}:
        tags = [tag_id for job, tag_id in still_there if job == job_id]
        DetachedTag.objects.filter(contact=survivor, job_id=job_id, tag__in=tags).delete()
    insert_rows(DetachedTag, [row for row in journal["moved"] if _key(row) in still_there] + journal["kept"])


def _key(row: Row) -> tuple[int, int]:
    return row["job_id"], row["tag_id"]


merge_participants.register(
    "tags.DetachedTag.contact",
    MergeParticipant(label=_("tags that a job took off"), move=_move, restore=_restore),
)
