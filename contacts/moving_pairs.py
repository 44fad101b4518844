"""What a merge and its undo do with pairs: pending unifications and suggestions (UNI-8, UNI-12).

A pair of the absorbed contact with somebody else becomes the survivor's. One that has nothing left to say goes, and
the journal keeps it: the pair of the two themselves, a second one of the same two people, a pending one of a member.
A dismissal outlives the merge: whoever is not the absorbed contact is not the survivor either.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, Kind, MergeSuggestion, PendingMerge
from contacts.moving import MergeParticipant, merge_participants
from contacts.moving_rows import Row, data_of, delete_ids, insert_rows


def _settle_pending(row: Row, survivor: Contact, absorbed: Contact) -> Row | None:
    """The row as it is after the merge; None when it has nothing left to say."""
    ends = {name: survivor.pk if row[name] == absorbed.pk else row[name] for name in ("contact_id", "member_id")}
    of_member = ends["contact_id"] == survivor.pk and Kind.MEMBER in (survivor.kind, absorbed.kind)
    return None if of_member or ends["contact_id"] == ends["member_id"] else row | ends


def _settle_suggestion(row: Row, survivor: Contact, absorbed: Contact) -> Row | None:
    ends = sorted(survivor.pk if row[name] == absorbed.pk else row[name] for name in ("first_id", "second_id"))
    return None if ends[0] == ends[1] else row | {"first_id": ends[0], "second_id": ends[1]}


def _pairs(
    model: type[Model],
    field: str,
    ends: tuple[str, ...],
    settle: Callable[[Row, Contact, Contact], Row | None],
    label: str | Promise,
) -> MergeParticipant:
    """``ends``: the columns of which no two rows may have the same."""

    def name_of(row: Row) -> tuple[Any, ...]:
        return tuple(row[column] for column in ends)

    def move(survivor: Contact, absorbed: Contact) -> dict[str, Any]:
        """``moved``: the rows as they were; ``gave_way``: those of the survivor that a dismissal replaced."""
        theirs = [data_of(row) for row in model._base_manager.filter(**{field: absorbed.pk}).order_by("pk")]
        if not theirs:
            return {"moved": [], "gaveWay": []}
        delete_ids(model, [row["id"] for row in theirs])
        settled = {name_of(row): row for row in (settle(row, survivor, absorbed) for row in theirs) if row}
        there = {name_of(row): row for row in _rows_of(model, survivor)}
        for name in settled.keys() & there.keys():
            if there[name].get("dismissed_at") or not settled[name].get("dismissed_at"):
                del settled[name]
        gave_way = [there[name] for name in settled.keys() & there.keys()]
        delete_ids(model, [row["id"] for row in gave_way])
        insert_rows(model, list(settled.values()))
        return {"moved": theirs, "gaveWay": gave_way}

    def restore(survivor: Contact, returned: Contact, journal: dict[str, Any]) -> None:
        """As they were, if both people are still there; a dismissal made since is kept."""
        rows = [*journal["moved"], *journal["gaveWay"]]
        if not rows:
            return
        now = {row.pk: row for row in model._base_manager.filter(pk__in=[row["id"] for row in rows])}
        delete_ids(model, list(now))
        owners = [column for column in rows[0] if column in _ENDS]
        people = {row[column] for row in rows for column in owners}
        alive = set(Contact.objects.filter(pk__in=people).values_list("pk", flat=True))
        taken = {name_of(row) for contact in (survivor, returned) for row in _rows_of(model, contact)}
        back = [
            row | _dismissal(now.get(row["id"]))
            for row in rows
            if alive.issuperset(row[column] for column in owners) and name_of(row) not in taken
        ]
        insert_rows(model, back)

    return MergeParticipant(label, move, restore, listed=False)


_ENDS = {"contact_id", "member_id", "first_id", "second_id"}


def _rows_of(model: type[Model], contact: Contact) -> list[Row]:
    fields = [column.removesuffix("_id") for column in _ENDS if hasattr(model, column)]
    rows = {row.pk: row for field in fields for row in model._base_manager.filter(**{field: contact.pk})}
    return [data_of(row) for row in rows.values()]


def _dismissal(row: Model | None) -> Row:
    if not isinstance(row, MergeSuggestion) or row.dismissed_at is None:
        return {}
    return {name: value for name, value in data_of(row).items() if name in {"dismissed_at", "dismissed_by"}}


_PENDING = ("contact_id", "member_id")
_SUGGESTED = ("first_id", "second_id", "reason")
for _relation, _participant in {
    "contacts.PendingMerge.contact": _pairs(
        PendingMerge, "contact", _PENDING, _settle_pending, _("pending unifications")
    ),
    "contacts.PendingMerge.member": _pairs(
        PendingMerge, "member", _PENDING, _settle_pending, _("pending unifications")
    ),
    "contacts.MergeSuggestion.first": _pairs(
        MergeSuggestion, "first", _SUGGESTED, _settle_suggestion, _("merge suggestions")
    ),
    "contacts.MergeSuggestion.second": _pairs(
        MergeSuggestion, "second", _SUGGESTED, _settle_suggestion, _("merge suggestions")
    ),
}.items():
    merge_participants.register(_relation, _participant)
