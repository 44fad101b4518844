"""TAG-3, TAG-5: attach tags to contacts and detach them, for one or for a batch of many, by the same code.

A batch is one look at what the contacts carry and one ``INSERT … SELECT … ON CONFLICT DO NOTHING`` or one ``DELETE``.
Doing it twice changes nothing the second time. With a ``job_id`` an attachment says which job made it, and what is
taken off is kept, so that exactly that can be undone (JOB-4).

A tag is the desk's label on a person, not a fact about the person: it is no touch (RET-1) and does not move
``updated_at``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from contacts.actions import Outcome
from contacts.models import Contact
from desk.actors import Actor
from desk.audit import record
from desk.jobs.kinds import Refused
from desk.models import Site
from tags.attachments import (
    carried_by,
    delete_attachments,
    insert_attachments,
    keep_attachments,
    lock_attachments,
    put_back_attachments,
    still_there,
    too_full_for,
)
from tags.errors import TagRefused
from tags.models import ContactTag, Tag

MAX_TAGS_PER_CONTACT = 20
FULL = "contact_full"


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A batch by what attaching would do to each contact. ``missing``: attachments that ``todo`` lacks in all."""

    todo: list[int]
    missing: int
    unchanged: list[int]
    over: list[int]


@transaction.atomic
def attach_tags(
    ids: Sequence[int],
    tags: Sequence[Tag],
    *,
    site: Site,
    actor: Actor,
    now: datetime,
    job_id: int | None = None,
) -> Outcome:
    """Attach every tag to every contact. One that would carry more than 20 is left as it is and refused (TAG-1)."""
    lock_attachments(site)
    split = _sort(ids, tags)
    todo = split.todo
    if todo and insert_attachments(todo, tags, site=site, actor=actor, now=now, job_id=job_id) != split.missing:
        # Fewer than planned: somebody deleted contacts, or a tag, since they were chosen.
        if Tag.objects.filter(site=site, pk__in=[tag.pk for tag in tags]).count() != len(tags):
            raise TagRefused("unknown", tag=", ".join(tag.name for tag in tags))
        todo = still_there(todo, site=site)
    return Outcome(todo, split.unchanged, tuple(Refused(FULL, pk) for pk in split.over))


def plan_attach(ids: Sequence[int], tags: Sequence[Tag], *, site: Site, new: int = 0) -> Outcome:
    """What ``attach_tags`` would answer now; nothing is written (JOB-4). ``new`` more tags do not exist yet."""
    split = _sort(ids, tags, new=new)
    return Outcome(
        still_there(split.todo, site=site) if split.todo else [],
        split.unchanged,
        tuple(Refused(FULL, pk) for pk in split.over),
    )


@transaction.atomic
def detach_tags(ids: Sequence[int], tags: Sequence[Tag], *, site: Site, job_id: int | None = None) -> Outcome:
    """Detach every tag from every contact; a contact that carries none of them is unchanged."""
    lock_attachments(site)
    if job_id is not None:
        keep_attachments(ids, tags, site=site, job_id=job_id)
    return _split(ids, delete_attachments(ids, tags, site=site), site)


def plan_detach(ids: Sequence[int], tags: Sequence[Tag], *, site: Site) -> Outcome:
    """What ``detach_tags`` would answer now; nothing is written (JOB-4)."""
    return _split(ids, set(carried_by(ids, tags)), site)


@transaction.atomic
def undo_attach(ids: Sequence[int], tags: Sequence[Tag], *, site: Site, job_id: int) -> Outcome:
    """Take off exactly what ``job_id`` attached; what was there before, or was attached again since, stays."""
    lock_attachments(site)
    return Outcome(sorted(delete_attachments(ids, tags, site=site, made_by_job=job_id)))


@transaction.atomic
def undo_detach(ids: Sequence[int], *, site: Site, job_id: int) -> Outcome:
    """Put back exactly what ``job_id`` took off, as it was; a contact that is full by now is refused."""
    lock_attachments(site)
    full = too_full_for(ids, job_id=job_id, most=MAX_TAGS_PER_CONTACT)
    changed = put_back_attachments(ids, site=site, job_id=job_id, full=full)
    return Outcome(sorted(changed), (), tuple(Refused(FULL, pk) for pk in full))


@transaction.atomic
def set_tags(contact: Contact, tags: Sequence[Tag], *, actor: Actor, now: datetime) -> bool:
    """Make ``tags`` the whole list of this contact (TAG-6, open API); attachments that stay keep who made them.

    False when it was so already.
    """
    if len(tags) > MAX_TAGS_PER_CONTACT:
        raise TagRefused(FULL, contact=str(contact))
    site, wanted = contact.site, {tag.pk for tag in tags}
    lock_attachments(site)
    attached = ContactTag.objects.filter(site=site, contact=contact)
    before = set(attached.values_list("tag_id", flat=True))
    if before == wanted:
        return False
    attached.exclude(tag_id__in=wanted).delete()
    if added := [tag for tag in tags if tag.pk not in before]:
        insert_attachments([contact.pk], added, site=site, actor=actor, now=now)
    details = {"tags": [tag.name for tag in tags], "contacts": 1}
    record("contact.tags", actor=actor, site=site, target=contact, details=details)
    return True


def _sort(ids: Sequence[int], tags: Sequence[Tag], *, new: int = 0) -> _Sorted:
    """One look at what the contacts of the batch carry. ``new`` more tags are carried by nobody yet."""
    wanted = len(tags) + new
    carried = carried_by(ids, tags, at_least=MAX_TAGS_PER_CONTACT - wanted + 1)
    unchanged = [pk for pk, (_all, already) in carried.items() if already == wanted]
    over = [pk for pk, (all_, already) in carried.items() if all_ + wanted - already > MAX_TAGS_PER_CONTACT]
    # A merge may have left somebody with more than 20; who carries all of these already is not refused.
    over = sorted(set(over).difference(unchanged))
    left_alone = {*unchanged, *over}
    todo = [pk for pk in ids if pk not in left_alone]
    missing = len(todo) * wanted - sum(already for pk, (_all, already) in carried.items() if pk not in left_alone)
    return _Sorted(todo, missing, sorted(unchanged), over)


def _split(ids: Sequence[int], changed: set[int], site: Site) -> Outcome:
    rest = [pk for pk in ids if pk not in changed]
    return Outcome(sorted(changed), still_there(rest, site=site) if rest else [])
