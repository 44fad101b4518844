"""JOB-4, RET-4: journals of jobs hold what people had before; once no job can be undone any more, they go."""

import datetime

from contacts.id_lists import delete_rows
from contacts.models import ContactChange
from desk.ids import id_at
from desk.jobs.queueing import UNDO_TIME

# A job is undone within UNDO_TIME of its end, and may have taken a while.
KEPT = UNDO_TIME + datetime.timedelta(days=2)
_BATCH = 5_000


def forget_old_changes(*, now: datetime.datetime) -> int:
    """Delete what no undo needs, in batches, each its own statement; returns how many."""
    old = ContactChange.objects.filter(pk__lt=id_at(now - KEPT)).order_by("pk").values_list("pk", flat=True)
    forgotten = 0
    while ids := list(old[:_BATCH]):
        forgotten += delete_rows(ContactChange, "id", ids)
    return forgotten
