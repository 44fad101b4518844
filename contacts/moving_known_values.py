"""QUAL-3, UNI-8: known values move with a merge; a value that both had becomes one, and an undo makes it two again."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.merge_values import ClashPlan, Told
from contacts.models import Contact, KnownValue
from contacts.moving_rows import Row, data_of, delete_ids, insert_rows, move_to
from desk.ids import new_id

RELATION = "contacts.KnownValue.contact"


def _key(row: Row) -> tuple[str, str]:
    return row["field"], row["value"]


def _rows_of(*contacts: Contact) -> list[Row]:
    return [data_of(row) for row in KnownValue.objects.filter(contact__in=contacts).order_by("pk")]


def _joined(ours: Row, theirs: Row) -> Row:
    """The longest span of time; trusted if either was, then with the source that makes it so."""
    told_by = theirs if theirs["qualified"] and not ours["qualified"] else ours
    return ours | {
        "norm": ours["norm"] or theirs["norm"],
        "qualified": told_by["qualified"],
        "source": told_by["source"],
        "source_label": told_by["source_label"],
        "first_seen_at": min(ours["first_seen_at"], theirs["first_seen_at"]),
        "last_seen_at": max(ours["last_seen_at"], theirs["last_seen_at"]),
    }


def move_known_values(survivor: Contact, absorbed: Contact) -> dict[str, Any]:
    """Bring them over. The journal has the rows as they were: ``moved``, and ``joined`` as [theirs, ours, result]."""
    rows = _rows_of(survivor, absorbed)
    ours = {_key(row): row for row in rows if row["contact_id"] == survivor.pk}
    theirs = [row for row in rows if row["contact_id"] == absorbed.pk]
    joined = [[row, ours[_key(row)], _joined(ours[_key(row)], row)] for row in theirs if _key(row) in ours]
    if joined:
        delete_ids(KnownValue, [row["id"] for pair in joined for row in pair[:2]])
        insert_rows(KnownValue, [result for _theirs, _ours, result in joined])
    move_to(KnownValue, "contact", old=absorbed.pk, new=survivor.pk)
    return {"moved": [row for row in theirs if _key(row) not in ours], "joined": joined}


def tell_known_values(survivor: Contact, absorbed: Contact) -> Told:
    """How many values both had."""
    all_ = KnownValue.objects.filter(contact__in=[survivor, absorbed]).values_list("field", "value")
    both = len(all_) - len(set(all_))
    if not both:
        return Told()
    words = ngettext(
        "%(n)d value is known of both. It becomes one, with the longer span of time.",
        "%(n)d values are known of both. Each becomes one, with the longer span of time.",
        both,
    ) % {"n": both}
    return Told(clashes=(ClashPlan(RELATION, _("known values"), both, words),))


def state_of_known_values(survivor: Contact, absorbed: Contact) -> object:
    """For the fingerprint: every row."""
    return _rows_of(survivor, absorbed)


def keep_values(survivor: Contact, values: Iterable[Row]) -> list[Row]:
    """QUAL-3: values that no longer stand in their field stay known. ``values``: rows without an id and a contact.

    Answers the rows that were not known already, as they were added.
    """
    wanted = {_key(row): row for row in values}
    if not wanted:
        return []
    known = set(survivor.known_values.values_list("field", "value"))
    owner = {"contact_id": survivor.pk, "site_id": survivor.site_id}
    added = [row | owner | {"id": new_id()} for key, row in wanted.items() if key not in known]
    insert_rows(KnownValue, added)
    return added


def restore_known_values(survivor: Contact, returned: Contact, journal: dict[str, Any]) -> None:
    """Everything as it was before. What was seen again since, or changed, stays known of the survivor too."""
    now = {row["id"]: row for row in _rows_of(survivor)}
    gone: list[int] = []
    made: list[Row] = []
    for row in journal["moved"]:
        if current := now.get(row["id"]):
            gone.append(row["id"])
            made.append(row)
            if current | {"contact_id": returned.pk} != row:
                made.append(current | {"id": new_id(), "first_seen_at": current["last_seen_at"]})
    for theirs, ours, result in journal["joined"]:
        if current := now.get(ours["id"]):
            gone.append(ours["id"])
            changed = {name: value for name, value in current.items() if value != result[name]}
            made += [theirs, ours | changed]
    for row in journal.get("kept", []):
        if now.get(row["id"]) == row:
            gone.append(row["id"])
    delete_ids(KnownValue, gone)
    insert_rows(KnownValue, made)
