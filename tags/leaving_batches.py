"""The batches behind ``tags.leaving`` and ``tags.returning``: attachments move, and a note of each stays.

The note is a ``ContactChange`` of the job: ``{"was": row, "kept": row or null}``, the attachment of the tag that goes
and the one of the tag that stays, as they were. Called with the site's attachments locked.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from contacts.models import ContactChange
from contacts.moving_rows import as_json
from desk.models import Job, Operator
from tags.models import ContactTag, Tag

# About 100 ms on SQLite, whose only writer waits for it.
BATCH = 2_000
_MADE = ("source", "source_label", "operator_id", "at", "job_id")


def take_off(tag: Tag, *, after: int, job: Job) -> list[int]:
    """Take the tag off the next contacts behind ``after``; answers who they were."""
    rows = _next(tag, after)
    if rows:
        _note(job, [(pk, {"was": made}) for pk, made in rows])
        _of(tag, [pk for pk, _made in rows]).delete()
    return [pk for pk, _made in rows]


def move_over(tag: Tag, into: Tag, *, after: int, job: Job) -> tuple[list[int], int]:
    """Give the next contacts behind ``after`` the tag ``into`` instead; answers who, and how many carried both."""
    rows = dict(_next(tag, after))
    kept = dict(_made(_of(into, list(rows))))
    if rows:
        _note(job, [(pk, {"was": made, "kept": kept.get(pk)}) for pk, made in rows.items()])
        earlier = [pk for pk, made in kept.items() if rows[pk][3] < made[3]]
        _of(into, earlier).delete()
        _of(tag, sorted(kept.keys() - set(earlier))).delete()
        _of(tag, list(rows)).update(tag=into)
    return list(rows), len(kept)


def forget_detached(tag: Tag) -> bool:
    """Delete a batch of what earlier jobs noted when they took this tag off somebody; False when there is none.

    They go with the tag, and there may be more of them than one statement should delete.
    """
    one = "SELECT job_id, tag_id, contact_id FROM tags_detachedtag WHERE tag_id = %s LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM tags_detachedtag WHERE (job_id, tag_id, contact_id) IN ({one})", [tag.pk, BATCH])
        return cursor.rowcount > 0


def noted(job: Job, *, after: int) -> list[tuple[int, dict[str, Any]]]:
    """The next notes of ``job`` behind the contact ``after``."""
    rows = ContactChange.objects.filter(job_id=job.pk, contact_id__gt=after).order_by("contact_id")
    return list(rows.values_list("contact_id", "before")[:BATCH])


def attach_as_noted(tag: Tag, notes: Mapping[int, Sequence[Any]]) -> None:
    """Attach the tag to these contacts as it was; {contact: how it was made}."""
    operators = {made[2] for made in notes.values() if made[2] is not None}
    known = set(Operator.objects.filter(pk__in=operators).values_list("pk", flat=True))
    to_moment = ContactTag._meta.get_field("at").to_python
    rows = []
    for pk, made in notes.items():
        columns = dict(zip(_MADE, made, strict=True))
        columns["at"] = to_moment(columns["at"])
        columns["operator_id"] = made[2] if made[2] in known else None
        rows.append(ContactTag(site_id=tag.site_id, tag_id=tag.pk, contact_id=pk, **columns))
    ContactTag.objects.bulk_create(rows, batch_size=1_000)


def made_now(tag: Tag, ids: Iterable[int]) -> dict[int, list[Any]]:
    """How those of the contacts that carry the tag came to it, as it would be noted."""
    return dict(_made(_of(tag, list(ids))))


def _next(tag: Tag, after: int) -> list[tuple[int, list[Any]]]:
    rows = ContactTag.objects.filter(site_id=tag.site_id, tag=tag, contact_id__gt=after).order_by("contact_id")
    return _made(rows[:BATCH])


def _made(rows: Any) -> list[tuple[int, list[Any]]]:
    return [(pk, [as_json(value) for value in made]) for pk, *made in rows.values_list("contact_id", *_MADE)]


def _of(tag: Tag, ids: Sequence[int]) -> Any:
    return ContactTag.objects.filter(site_id=tag.site_id, tag=tag, contact_id__in=ids)


def _note(job: Job, notes: Iterable[tuple[int, dict[str, Any]]]) -> None:
    # A batch is done once; only who came back behind the cursor has a note already, and the first one counts.
    rows = [ContactChange(site_id=job.site_id, job_id=job.pk, contact_id=pk, before=before) for pk, before in notes]
    ContactChange.objects.bulk_create(rows, batch_size=1_000, ignore_conflicts=True)
