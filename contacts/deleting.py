"""RET-4, RET-8: people are deleted. Every way to delete one comes through here: the desk, the open API, bulk work, the
undo of an import, the end of the retention period.

Why this is safe to run:

- Only ids that were given, of the given site, are looked at, and only those that are still there: nothing here searches
  for people. ``only_if`` is asked again of the locked row, so a touch, an edit or a merge that came in between saves
  the contact.
- RET-5: whom somebody holds stays, whoever asks. That is asked by a statement of its own once the rows are locked, for
  one that waited for a lock sees other tables as they were before. A hold takes the same row: it is there when we ask,
  or it finds nobody.
- Everything happens in the caller's transaction: a batch is gone as a whole, with its count, or not at all.
- Rows are locked in id order, as merges do it. Whoever is at the door at this moment (a boot holds its visit's row) is
  waited for; whoever comes after finds nobody and becomes a new visitor.
- Nothing cascades. ``contacts.erasing`` deletes table by table; a row that nobody declared makes the database refuse
  the batch instead of staying behind.
- What stays is a count by day, reason and kind, and entries of the audit log that no longer say what was changed.

It cannot be undone. Whoever calls asks for permission and confirmation, and writes the audit entry of the whole.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Q

from contacts.announcing import announce_deleted
from contacts.erasing import erase_everything_of
from contacts.holds import held_on
from contacts.id_lists import id_rows
from contacts.models import Contact, DeletionCount, DeletionReason, Visit
from contacts.retention import today_of
from contacts.whole import as_a_whole
from desk.actors import Actor
from desk.audit import record
from desk.ids import new_id
from desk.models import Site

# More in one transaction is slower, not faster (speed.md, "Bulk work"), and holds the people locked for longer.
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Deleted:
    """Who went, how many of each kind, and how many things with them (``erasing.told_what_goes``).

    ``held``: {contact: last day} of those who would have gone, but somebody holds them.
    """

    ids: tuple[int, ...] = ()
    kinds: Mapping[str, int] = field(default_factory=dict)
    things: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[int, datetime.date] = field(default_factory=dict)


class ContactHeld(Exception):
    """RET-5: nothing deletes this person up to and including the day ``until``."""

    def __init__(self, until: datetime.date) -> None:
        super().__init__(until.isoformat())
        self.until = until


def delete_contact(
    contact: Contact, *, actor: Actor, reason: DeletionReason, now: datetime.datetime, note: str = ""
) -> bool:
    """One person, with an entry in the audit log, ``note`` in it; False when somebody else was faster.

    ``ContactHeld`` when somebody holds them.
    """

    def delete() -> bool:
        deleted = delete_contacts([contact.pk], site=contact.site, reason=reason, now=now)
        if deleted.held:
            raise ContactHeld(deleted.held[contact.pk])
        if deleted.ids:
            details = {"kind": contact.kind}
            record("contact.delete", actor=actor, site=contact.site, target=contact, reason=note, details=details)
        return bool(deleted.ids)

    return as_a_whole(delete)


def delete_contacts(
    ids: Iterable[int],
    *,
    site: Site,
    reason: DeletionReason,
    now: datetime.datetime,
    only_if: Q | None = None,
    today: datetime.date | None = None,
) -> Deleted:
    """Those of ``ids`` (at most about ``BATCH``) that are there, meet ``only_if`` and are not held, with all they have.

    ``today``: the day whose holds count, when that is not the site's day at ``now`` (a sweep that goes on after
    midnight, or as if it were another day).

    The caller has a transaction and begins it again when rows that point at one of them came in the last moment
    (``IntegrityError``) or two waited for each other; and it writes the audit entry.
    """
    kinds = _lock(ids, site, only_if)
    held = held_on(site, list(kinds), today or today_of(site, now)) if kinds else {}
    for pk in held:
        del kinds[pk]
    if not kinds:
        return Deleted(held=held)
    _lock_out(kinds)
    things = erase_everything_of(site, list(kinds))
    announce_deleted(site.pk, kinds, now=now)
    counted = Counter(kinds.values())
    _count(counted, site=site, reason=reason, now=now)
    return Deleted(tuple(kinds), dict(counted), things, held)


def _lock(ids: Iterable[int], site: Site, only_if: Q | None) -> dict[int, str]:
    """{id: kind} of who may go, with the lock that lets new rows point at them, but nobody change or hold them."""
    rows = Contact.objects.filter(site=site, pk__in=id_rows(ids))
    if only_if is not None:
        rows = rows.filter(only_if)
    return dict(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", "kind"))


def _lock_out(kinds: Mapping[int, str]) -> None:
    """Nothing can be added to them any more.

    A boot takes the contact and then the visit, or the visit alone, and points new rows at the contact at its very end.
    So after the lock that lets such rows pass come the open visits, whose boots are waited for, and then the lock that
    lets nothing pass.
    """
    if not connection.features.has_select_for_update:
        return
    open_visits = Visit.objects.filter(contact__in=id_rows(kinds), token_digest__isnull=False).order_by("pk")
    list(open_visits.select_for_update().values_list("pk", flat=True))
    people = Contact.objects.filter(pk__in=id_rows(kinds)).order_by("pk")
    list(people.select_for_update().values_list("pk", flat=True))


def _count(kinds: Mapping[str, int], *, site: Site, reason: DeletionReason, now: datetime.datetime) -> None:
    """RET-4. Last of all: whoever deletes for the same reason at the same time waits for this row, and only for it."""
    table = DeletionCount._meta.db_table
    day = today_of(site, now)
    statement = (
        f'INSERT INTO {table} AS counted (id, site_id, day, reason, kind, "count") VALUES (%s, %s, %s, %s, %s, %s) '
        'ON CONFLICT (site_id, day, reason, kind) DO UPDATE SET "count" = counted."count" + excluded."count"'
    )
    with connection.cursor() as cursor:
        for kind, count in sorted(kinds.items()):
            cursor.execute(statement, [new_id(), site.pk, day, str(reason), kind, count])
