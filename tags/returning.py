"""TAG-2, JOB-4: the undo of ``tags.leaving``: the tag is back, and on whom the job took it from.

What somebody has changed since stays: who lost the merged tag meanwhile gets neither of the two, who attached the tag
anew keeps that, and who carries 20 tags by now is refused and named. A name that another tag has taken, or a site that
is full, refuses the whole.
"""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count

from contacts.models import ContactChange
from contacts.moving_rows import columns_from
from desk.audit import record
from desk.jobs.kinds import JobStopped, Refused, Start, Step
from desk.jobs.queueing import actor_of
from desk.models import Job
from tags.attachments import lock_attachments
from tags.catalogue import MAX_TAGS_PER_SITE, lock_site, restore_names
from tags.leaving_batches import attach_as_noted, made_now, noted
from tags.models import ContactTag, Tag
from tags.tagging import MAX_TAGS_PER_CONTACT

FULL = "contact_full"


def start(job: Job) -> Start:
    """The tag comes back under its id; ``JobStopped`` when it cannot."""
    undone = _undone(job)
    _return_tag(job, undone)
    return Start(ContactChange.objects.filter(job_id=undone.pk).count(), {"after": 0})


def _return_tag(job: Job, undone: Job) -> None:
    data = undone.params["tag"]
    with transaction.atomic():
        lock_site(job.site)
        if Tag.objects.filter(pk=int(data["id"])).exists():
            return  # the job was cancelled half-way, or this start is repeated
        if Tag.objects.filter(site_id=job.site_id).count() >= MAX_TAGS_PER_SITE:
            raise JobStopped("site_full", {"tag": data["name"]})
        try:
            with transaction.atomic():
                tag = Tag(**columns_from(Tag, {**data, "leaving_id": None}))
                made = tag.created_at
                tag.save(force_insert=True)
                Tag.objects.filter(pk=tag.pk).update(created_at=made)
        except IntegrityError:
            raise JobStopped("name_taken", {"tag": data["name"]}) from None


def step_undelete(job: Job, cursor: dict[str, int]) -> Step:
    """A batch of contacts carries the tag again, as it was attached."""
    return _step(job, cursor, _put_back)


def step_unmerge(job: Job, cursor: dict[str, int]) -> Step:
    """A batch of contacts carries what it carried before the merge; filters get their names back at the end."""
    return _step(job, cursor, _part)


def _step(job: Job, cursor: dict[str, int], put: Callable[[Job, Tag, dict[int, Any]], tuple[int, list[int]]]) -> Step:
    undone = _undone(job)
    tag = _tag(job, undone.params["tag"])
    lock_attachments(job.site)
    notes = dict(noted(undone, after=cursor["after"]))
    if not notes:
        return _finished(job, undone, tag)
    changed, full = put(undone, tag, notes)
    return Step(
        {"after": max(notes)},
        done=len(notes),
        changed=changed,
        unchanged=len(notes) - changed - len(full),
        refused=tuple(Refused(FULL, pk) for pk in full),
    )


def _put_back(undone: Job, tag: Tag, notes: dict[int, Any]) -> tuple[int, list[int]]:
    again = made_now(tag, notes).keys()
    full = _full([pk for pk in notes if pk not in again])
    back = {pk: note["was"] for pk, note in notes.items() if pk not in again and pk not in full}
    attach_as_noted(tag, back)
    return len(back), sorted(full)


def _part(undone: Job, tag: Tag, notes: dict[int, Any]) -> tuple[int, list[int]]:
    """Who still carries the survivor as the merge left it: moved back, or both as they were."""
    into = _tag(undone, undone.params["into"])
    again, now = made_now(tag, notes).keys(), made_now(into, notes)
    as_left = {pk for pk, made in now.items() if made == _left_by_merge(notes[pk]) and pk not in again}
    two = _full([pk for pk in as_left if notes[pk]["kept"] is not None])
    back = sorted(as_left.difference(two))
    ContactTag.objects.filter(site_id=tag.site_id, tag=into, contact_id__in=back).delete()
    attach_as_noted(tag, {pk: notes[pk]["was"] for pk in back})
    attach_as_noted(into, {pk: notes[pk]["kept"] for pk in back if notes[pk]["kept"] is not None})
    return len(back), sorted(two)


def _left_by_merge(note: Any) -> Any:
    """Of two attachments the earlier one was kept."""
    was, kept = note["was"], note["kept"]
    return was if kept is None or was[3] < kept[3] else kept


def _full(ids: list[int]) -> set[int]:
    """Those who carry as many tags as one may."""
    rows = ContactTag.objects.filter(contact_id__in=ids).values("contact_id").annotate(n=Count("tag_id"))
    return set(rows.filter(n__gte=MAX_TAGS_PER_CONTACT).values_list("contact_id", flat=True))


def _finished(job: Job, undone: Job, tag: Tag) -> Step:
    if followed := undone.params.get("followed"):
        restore_names(job.site, {tag.name_folded: _tag(job, undone.params["into"]).name}, followed)
    details = {"name": tag.name, "contacts": job.changed}
    record("job.undo", actor=actor_of(job), site=job.site, target=undone, details=details)
    return Step(None)


def _undone(job: Job) -> Job:
    assert job.undo_of is not None  # made by desk.jobs.queueing.undo_job
    return job.undo_of


def _tag(job: Job, data: dict[str, Any]) -> Tag:
    tag = Tag.objects.filter(pk=int(data["id"]), site_id=job.site_id).first()
    if tag is None:
        raise JobStopped("gone", {"tag": data["name"]})
    return tag
