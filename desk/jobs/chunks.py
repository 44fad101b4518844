"""JOB-2: the set a job works off is fixed when it begins, and kept beside it in slices."""

from array import array
from collections.abc import Sequence

from django.db import transaction

from desk.jobs.kinds import JobTaken
from desk.models import Job, JobChunk

CHUNK = 5_000


@transaction.atomic
def fix_set(job: Job, ids: "Sequence[int] | array[int]", *, size: int = CHUNK) -> int:
    """Keep ``ids`` (ascending) as the set of ``job`` in slices of ``size``; answers how many slices.

    A start that was killed half-way is begun anew: an earlier set of this job is replaced. ``JobTaken`` when the job
    has begun, or is in other hands, since ``job`` was read: a worker that slept must not exchange the set of another.
    """
    held = Job.objects.select_for_update(no_key=True).filter(pk=job.pk, claim=job.claim, started_at=None)
    if held.values_list("pk").first() is None:
        raise JobTaken
    JobChunk.objects.filter(job=job).delete()
    slices = [
        JobChunk(site_id=job.site_id, job=job, number=number, packed=JobChunk.pack(ids[start : start + size]))
        for number, start in enumerate(range(0, len(ids), size))
    ]
    JobChunk.objects.bulk_create(slices, batch_size=50)
    return len(slices)


def chunk_ids(job: Job, number: int) -> list[int] | None:
    """The ids of slice ``number``; None behind the last one."""
    chunk = JobChunk.objects.filter(job=job, number=number).first()
    return chunk.ids() if chunk else None
