"""UNI-10: a merge is taken back from its journal: exactly what moved goes back, what happened since stays.

One transaction under the survivor's lock: whatever fails, the merge stands. Merges that follow one another are undone
last first. A person is brought back with id, customer number, memberId and every row that still exists; what was
deleted since stays deleted, and sessions that the merge ended stay ended (UNI-15).
"""

import datetime
from collections.abc import Iterator
from typing import Any

from contacts.columns import OWN_COLUMNS
from contacts.merge_rules import PROFILE
from contacts.merge_values import SURVIVOR, FieldPlan, MovePlan, Why
from contacts.merge_values import UndoPlan as UndoPlan
from contacts.merge_values import UndoRefused as UndoRefused
from contacts.models import Contact, ContactProfile, Merge
from contacts.models.merge import UNDO_TIME
from contacts.moving import merge_participants
from contacts.moving_rows import columns_from
from contacts.undoing_fields import Return, plan_return
from contacts.value_followers import values_changed
from contacts.whole import as_a_whole
from desk.actors import Actor
from desk.audit import record

UNDO_DAYS = UNDO_TIME.days
_LABELS = {column.name: column.label for column in OWN_COLUMNS}


def plan_undo(merge: Merge, *, now: datetime.datetime) -> UndoPlan:
    """What ``undo_merge`` would do now; raises ``UndoRefused``."""
    survivor, merge = _read(merge)
    _refuse_the_impossible(survivor, merge, now)
    back = plan_return(survivor, merge.journal)
    return UndoPlan(
        merge_id=merge.pk,
        survivor_id=survivor.pk,
        returned_id=merge.absorbed_id,
        returned_customer_number=merge.absorbed_customer_number,
        moves=tuple(_moves(merge.journal)),
        stays=tuple(_stays(back)),
    )


def undo_merge(merge: Merge, *, actor: Actor, now: datetime.datetime) -> Contact:
    """Take the merge back; returns the contact that is there again. Raises ``UndoRefused``."""

    def undo() -> Contact:
        survivor, locked = _lock(merge)
        _refuse_the_impossible(survivor, locked, now)
        returned = _bring_back(survivor, locked.journal)
        back = plan_return(survivor, locked.journal)
        Contact.objects.filter(pk=survivor.pk).update(**back.contact)
        ContactProfile.objects.filter(pk=survivor.pk).update(**back.profile)
        for relation, moved in _in_order(locked.journal):
            merge_participants.get(relation).restore(survivor, returned, moved)
        values_changed(survivor.site_id, [survivor.pk, returned.pk])
        _close(locked, actor=actor, now=now)
        details = {"returned": returned.pk, "returnedCustomerNumber": returned.customer_number}
        record("merge.undo", actor=actor, site=survivor.site, target=survivor, details=details)
        return returned

    return as_a_whole(undo)


def _lock(merge: Merge) -> tuple[Contact, Merge]:
    """The survivor's row is what merges and undos of it wait for; both rows are read after that."""
    owner = Merge.objects.filter(pk=merge.pk).values_list("survivor_id", flat=True)
    list(Contact.objects.select_for_update(no_key=True).filter(pk__in=list(owner)).values_list("pk", flat=True))
    return _read(merge)


def _read(merge: Merge) -> tuple[Contact, Merge]:
    found = Merge.objects.filter(pk=merge.pk).select_related("survivor__profile", "survivor__site").first()
    if found is None:
        raise UndoRefused("gone")
    return found.survivor, found


def _refuse_the_impossible(survivor: Contact, merge: Merge, now: datetime.datetime) -> None:
    if merge.undone_at is not None:
        raise UndoRefused("undone")
    if not merge.can_undo(now):
        raise UndoRefused("too_old")
    # Ids are given in order of time. An absorbed survivor's merges are its survivor's now, so this sees both sides.
    if survivor.merges.filter(pk__gt=merge.pk, undone_at=None).exists():
        raise UndoRefused("merged_again")
    member_id = merge.journal["absorbed"]["member_id"]
    if member_id and Contact.objects.filter(site_id=merge.site_id, member_id=member_id).exists():
        raise UndoRefused("member_id_taken")


def _bring_back(survivor: Contact, journal: dict[str, Any]) -> Contact:
    returned = Contact(**columns_from(Contact, journal["absorbed"]))
    returned.site = survivor.site
    returned.save(force_insert=True)
    returned.profile = ContactProfile(**columns_from(ContactProfile, journal["profile"]))
    returned.profile.save(force_insert=True)
    return returned


def _close(merge: Merge, *, actor: Actor, now: datetime.datetime) -> None:
    """The journal has done its work; it would keep a person's data with another person (RET-4)."""
    merge.undone_at, merge.undone_operator, merge.undone_by = now, actor.operator, actor.label[:120]
    merge.journal = {}
    merge.save(update_fields=["undone_at", "undone_operator", "undone_by", "journal"])


def _in_order(journal: dict[str, Any]) -> list[tuple[str, Any]]:
    """As the merge went; a database may keep the keys in an order of its own. An unknown relation is an error."""
    order = {relation: number for number, relation in enumerate(merge_participants.names())}
    return sorted(journal["moved"].items(), key=lambda one: order[one[0]])


def _moves(journal: dict[str, Any]) -> Iterator[MovePlan]:
    for relation, moved in _in_order(journal):
        participant = merge_participants.get(relation)
        count = len(moved["moved"]) + len(moved.get("joined", [])) if isinstance(moved, dict) else len(moved)
        if participant.listed and count:
            yield MovePlan(relation, str(participant.label), count)


def _stays(back: Return) -> Iterator[FieldPlan]:
    """``kept``: before the merge; ``absorbed``: what the merge made of it; ``result``: now."""
    for key, (before, after, now) in back.stays.items():
        label = str(_LABELS.get(key) or key.removeprefix(PROFILE))
        yield FieldPlan(key, label, before, after, now, SURVIVOR, Why.NEWER)
