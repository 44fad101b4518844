"""RET-4, IMP-9: a file that was handed out is taken back when somebody in it is deleted.

A file is not rewritten: what the others stand in would be another file than the one that was asked for, and the audit
log names. It goes as a whole, and the page of exports says why. Who is in it is known from the set that its job was
fixed to, so a file that is just being written goes as well; its job then ends for want of its file.
"""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.erasing import ErasureParticipant, erasure_participants
from contacts.exporting.storing import path_of
from contacts.identifying import earlier_ids
from contacts.left_files import remove_after_commit
from contacts.models import ContactExport
from desk.models import JobChunk, Site


def _erase(site: Site, ids: Sequence[int]) -> int:
    """Answers how many files. One statement where no file is kept."""
    kept = ContactExport.objects.filter(site=site, forgotten_at=None)
    chunks = list(JobChunk.objects.filter(site=site, job__in=kept.values("job")).only("job_id", "packed"))
    if not chunks:
        return 0
    gone = {*ids, *earlier_ids(site, ids)}
    jobs = {chunk.job_id for chunk in chunks if not gone.isdisjoint(chunk.ids())}
    if not jobs:
        return 0
    files = list(kept.filter(job__in=jobs).select_for_update(no_key=True).order_by("pk"))
    kept.filter(pk__in=[one.pk for one in files]).update(forgotten_at=timezone.now(), stored_as="", state={})
    remove_after_commit([path_of(one) for one in files if one.stored_as])
    return len(files)


erasure_participants.register("exports", ErasureParticipant(_("exported files"), (), _erase))
