"""TAG-2: how a tag goes: deleted, or merged into another that then stands for both. Each is a job with an undo.

A tag may be on 400,000 people. Their attachments are moved or taken off batch by batch, each noted first
(``tags.leaving_batches``); the tag itself goes in the same transaction that finds no attachment left. Until then it is
``is_leaving``: nobody attaches, renames or deletes it. A job that is cancelled leaves the tag with what is left of it.

No limit of TAG-1 stands in the way: a merge gives nobody a tag more. Filters that name the absorbed tag follow; those
that name a deleted one match nobody and say so (SEG-1).
"""

from typing import Any

from django.db import transaction

from contacts.moving_rows import data_of
from desk.actors import Actor
from desk.audit import record
from desk.jobs.kinds import JobStopped, Start, Step
from desk.jobs.queueing import actor_of, add_job
from desk.jobs.running import run_here
from desk.jobs.working import OPEN
from desk.models import Job, Site
from tags.attachments import lock_attachments
from tags.catalogue import follow_renames, lock_tags, refuse_leaving
from tags.errors import TagRefused
from tags.leaving_batches import forget_detached, move_over, take_off
from tags.models import ContactTag, Tag

# Up to so many attachments are done within the request; more of them wait for the worker.
AT_ONCE = 1_000


def delete_tag(tag: Tag, *, actor: Actor) -> Job:
    """Delete the tag and take it off everybody; the job is finished when few carried it.

    ``TagRefused`` when it is going already, or another is being merged into it.
    """
    with transaction.atomic():
        now = _lock(tag)[0]
        job = _begin("deleteTag", now, {"tag": data_of(now)}, actor)
    return _do(job)


def merge_tags(absorbed: Tag, survivor: Tag, *, actor: Actor) -> Job:
    """Everybody with ``absorbed`` carries ``survivor`` from now on; the job is finished when few carried it.

    Who carries both keeps the earlier attachment. ``TagRefused`` when one of them is going already.
    """
    if absorbed.pk == survivor.pk:
        raise TagRefused("merge_self", tag=absorbed.name)
    with transaction.atomic():
        gone, kept = _lock(absorbed, survivor)
        into = {"id": str(kept.pk), "name": kept.name}
        job = _begin("mergeTags", gone, {"tag": data_of(gone), "into": into}, actor)
    return _do(job)


def _lock(*tags: Tag) -> list[Tag]:
    """The tags as they are now; nothing else is under way with them."""
    now = {tag.pk: tag for tag in lock_tags([tag.pk for tag in tags])}
    for tag in tags:
        if tag.pk not in now:
            raise TagRefused("gone", tag=tag.name)
    refuse_leaving(now.values())
    # The first may be no other's survivor: its merge would look for it in vain.
    if str(tags[0].pk) in _targets(tags[0].site):
        raise TagRefused("merge_target", tag=tags[0].name)
    return [now[tag.pk] for tag in tags]


def _targets(site: Site) -> set[str]:
    jobs = Job.objects.filter(site=site, state__in=OPEN, kind="mergeTags")
    return {params["into"]["id"] for params in jobs.values_list("params", flat=True)}


def _begin(kind: str, tag: Tag, params: dict[str, Any], actor: Actor) -> Job:
    attached = ContactTag.objects.filter(site_id=tag.site_id, tag=tag).count()
    job = add_job(kind, site=tag.site, actor=actor, params=params, total=attached, background=attached > AT_ONCE)
    Tag.objects.filter(pk=tag.pk).update(leaving=job)
    return job


def _do(job: Job) -> Job:
    if not job.background:
        job = run_here(job)
    return job


# --- the jobs ---------------------------------------------------------------------------------------------


def start(job: Job) -> Start:
    """Both begin with the first contact by id."""
    tag = _tag(job)
    return Start(ContactTag.objects.filter(site_id=job.site_id, tag=tag).count(), {"after": 0})


def step_delete(job: Job, cursor: dict[str, int]) -> Step:
    """A batch of attachments goes; the tag with the last."""
    tag = _tag(job)
    lock_attachments(job.site)
    if ids := take_off(tag, after=cursor["after"], job=job):
        return Step({"after": ids[-1]}, done=len(ids), changed=len(ids))
    if (again := _again(tag, cursor)) is not None:
        return again
    details = {"name": tag.name, "attachments": job.changed, "job": str(job.pk)}
    record("tag.delete", actor=actor_of(job), site=job.site, target=tag, details=details)
    tag.delete()
    return Step(None)


def step_merge(job: Job, cursor: dict[str, int]) -> Step:
    """A batch of attachments becomes the survivor's; the absorbed tag goes with the last, and filters follow."""
    tag, into = _tag(job), _into(job)
    lock_attachments(job.site)
    ids, both = move_over(tag, into, after=cursor["after"], job=job)
    if ids:
        return Step({"after": ids[-1]}, done=len(ids), changed=len(ids), result={"both": both})
    if (again := _again(tag, cursor)) is not None:
        return again
    # For the undo. Not part of the result, which is shown: filters may be somebody's own.
    followed = follow_renames(job.site, {tag.name_folded: into.name})
    Job.objects.filter(pk=job.pk).update(params={**job.params, "followed": followed})
    details = {"name": tag.name, "into": into.name, "attachments": job.changed, "job": str(job.pk)}
    record("tag.merge", actor=actor_of(job), site=job.site, target=into, details=details)
    tag.delete()
    return Step(None)


def _again(tag: Tag, cursor: dict[str, int]) -> Step | None:
    """What is left to do before the tag can go: what came in behind the cursor, and the notes of earlier jobs."""
    if ContactTag.objects.filter(site_id=tag.site_id, tag=tag).exists():
        return Step({"after": 0})
    return Step(cursor) if forget_detached(tag) else None


def _tag(job: Job) -> Tag:
    tag = Tag.objects.select_related("site").filter(pk=int(job.params["tag"]["id"]), site_id=job.site_id).first()
    if tag is None:
        raise JobStopped("gone", {"tag": job.params["tag"]["name"]})
    return tag


def _into(job: Job) -> Tag:
    # Held: it cannot be deleted while this batch gives it attachments.
    tags = lock_tags([int(job.params["into"]["id"])])
    if not tags or tags[0].site_id != job.site_id:
        raise JobStopped("gone", {"tag": job.params["into"]["name"]})
    return tags[0]
