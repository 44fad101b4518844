"""TAG-3, TAG-5: attach tags to contacts and detach them, for one or for very many, by the same code.

The set is fixed first (an array of ids), then worked off in chunks (``contacts.bulk``): one look at
what they carry, one ``INSERT … SELECT … ON CONFLICT DO NOTHING`` or one ``DELETE``. Each chunk commits by itself, so
that nobody waits longer than for one chunk and SQLite's only writer is free in between. Doing it twice changes
nothing the second time.

A tag is the desk's label on a person, not a fact about the person: it is no touch (RET-1) and does not move
``updated_at``.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from contacts.actions import NAMED_REFUSALS, Outcome, refusal_of
from contacts.bulk import chunks, fixed_ids
from contacts.models import Contact
from desk.actors import Actor
from desk.audit import record
from desk.models import Site
from tags.attachments import carried_by, delete_attachments, insert_attachments, lock_attachments
from tags.catalogue import create_tag, delete_tag, find_or_create_tags, find_tags, rename_tag
from tags.errors import TagRefused
from tags.models import ContactTag, Tag

__all__ = [
    "MAX_TAGS_PER_CONTACT",
    "TagRefused",
    "attach_tags",
    "create_tag",
    "delete_tag",
    "detach_tags",
    "find_or_create_tags",
    "find_tags",
    "plan_attach",
    "plan_detach",
    "rename_tag",
    "set_tags",
]

MAX_TAGS_PER_CONTACT = 20


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A chunk by what attaching would do to each contact. ``missing``: attachments that ``todo`` lacks in all."""

    todo: list[int]
    missing: int
    unchanged: int
    over: list[int]

    def outcome(self, changed: int) -> Outcome:
        named = Contact.objects.in_bulk(self.over[:NAMED_REFUSALS])
        refused = tuple(
            refusal_of(contact, TagRefused("contact_full", contact=str(contact)).message) for contact in named.values()
        )
        return Outcome(changed, self.unchanged, len(self.over), refused)


def attach_tags(
    contacts: QuerySet[Contact], tags: Sequence[Tag], *, site: Site, actor: Actor, now: datetime
) -> Outcome:
    """Attach every tag to every contact. A contact that would carry more than 20 is left as it is and named."""

    def attach(chunk: Sequence[int]) -> Outcome:
        split = _sort(chunk, tags)
        inserted = insert_attachments(split.todo, tags, site=site, actor=actor, now=now) if split.todo else 0
        # Fewer than planned: somebody deleted contacts since the set was fixed.
        gone = 0 if inserted == split.missing else len(split.todo) - _still_there(split.todo, site)
        return split.outcome(len(split.todo) - gone)

    return _in_chunks(contacts, tags, attach, action="contact.tag", site=site, actor=actor)


def detach_tags(
    contacts: QuerySet[Contact], tags: Sequence[Tag], *, site: Site, actor: Actor, now: datetime
) -> Outcome:
    """Detach every tag from every contact; a contact that carries none of them is unchanged."""

    def detach(chunk: Sequence[int]) -> Outcome:
        changed = len(delete_attachments(chunk, tags, site=site))
        return Outcome(changed, len(chunk) - changed)

    return _in_chunks(contacts, tags, detach, action="contact.untag", site=site, actor=actor)


def _in_chunks(
    contacts: QuerySet[Contact],
    tags: Sequence[Tag],
    change: Callable[[Sequence[int]], Outcome],
    *,
    action: str,
    site: Site,
    actor: Actor,
) -> Outcome:
    """``change`` chunk by chunk, each in its own transaction; the first one also writes the audit entry of all."""
    outcome = Outcome()
    ids = fixed_ids(contacts, site)
    for first, chunk in chunks(ids):
        with transaction.atomic():
            if first:
                _record(action, ids, tags, site=site, actor=actor)
            lock_attachments(site)
            outcome += change(chunk)
    return outcome


def plan_attach(contacts: QuerySet[Contact], tags: Sequence[Tag], *, site: Site, new: int = 0) -> Outcome:
    """What ``attach_tags`` would answer now; nothing is written (JOB-4). ``new`` more tags do not exist yet."""
    outcome = Outcome()
    for _first, chunk in chunks(fixed_ids(contacts, site)):
        split = _sort(chunk, tags, new=new)
        outcome += split.outcome(len(split.todo))
    return outcome


def plan_detach(contacts: QuerySet[Contact], tags: Sequence[Tag], *, site: Site) -> Outcome:
    """What ``detach_tags`` would answer now; nothing is written (JOB-4)."""
    outcome = Outcome()
    for _first, chunk in chunks(fixed_ids(contacts, site)):
        changed = len(carried_by(chunk, tags))
        outcome += Outcome(changed, len(chunk) - changed)
    return outcome


def set_tags(contact: Contact, tags: Sequence[Tag], *, actor: Actor, now: datetime) -> Outcome:
    """Make ``tags`` the whole list of this contact (TAG-6, open API); attachments that stay keep who made them."""
    if len(tags) > MAX_TAGS_PER_CONTACT:
        raise TagRefused("contact_full", contact=str(contact))
    site, wanted = contact.site, {tag.pk for tag in tags}
    with transaction.atomic():
        lock_attachments(site)
        attached = ContactTag.objects.filter(site=site, contact=contact)
        before = set(attached.values_list("tag_id", flat=True))
        if before == wanted:
            return Outcome(unchanged=1)
        attached.exclude(tag_id__in=wanted).delete()
        if added := [tag for tag in tags if tag.pk not in before]:
            insert_attachments([contact.pk], added, site=site, actor=actor, now=now)
        _record("contact.tags", array("q", [contact.pk]), tags, site=site, actor=actor)
    return Outcome(changed=1)


def _still_there(ids: Sequence[int], site: Site) -> int:
    return Contact.objects.filter(site=site, pk__in=ids).count()


def _sort(chunk: Sequence[int], tags: Sequence[Tag], *, new: int = 0) -> _Sorted:
    """One look at what the contacts of the chunk carry. ``new`` more tags are carried by nobody yet."""
    wanted = len(tags) + new
    carried = carried_by(chunk, tags, at_least=MAX_TAGS_PER_CONTACT - wanted + 1)
    unchanged = {pk for pk, (_all, already) in carried.items() if already == wanted}
    over = [pk for pk, (all_, already) in carried.items() if all_ + wanted - already > MAX_TAGS_PER_CONTACT]
    left_alone = unchanged.union(over)
    todo = [pk for pk in chunk if pk not in left_alone]
    missing = len(todo) * wanted - sum(already for pk, (_all, already) in carried.items() if pk not in left_alone)
    return _Sorted(todo, missing, len(unchanged), over)


def _record(action: str, ids: "array[int]", tags: Sequence[Tag], *, site: Site, actor: Actor) -> None:
    """One audit entry per call, before the first change. A page's own calls are told by the attachment itself."""
    if actor.kind == "plugin":
        return
    target = Contact.objects.filter(pk=ids[0]).first() if len(ids) == 1 else None
    details = {"tags": [tag.name for tag in tags], "contacts": len(ids)}
    record(action, actor=actor, site=site, target=target, details=details)
