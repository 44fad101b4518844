"""UNI-8: two contacts become one. Nothing is lost: everything moves, and the journal remembers how it was.

One transaction, both rows locked in id order (UNI-11). First version: made for merges that happen by themselves, with
the defaults of UNI-7; planning, choosing and undoing come on top of the same journal.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from contacts.combining import combine
from contacts.merge_values import MergeRefused as MergeRefused
from contacts.merge_values import PlanChanged as PlanChanged
from contacts.models import Contact, ContactAlias, Identity, Kind, Merge
from contacts.models.identity import MAX_IDENTITIES
from contacts.moving import MergeParticipant as MergeParticipant
from contacts.moving import merge_participants as merge_participants
from contacts.moving_rows import data_of
from desk.actors import Actor
from desk.audit import record
from desk.models import Site


@transaction.atomic
def merge(
    survivor: Contact,
    absorbed: Contact,
    *,
    actor: Actor,
    trigger: str,
    now: datetime.datetime,
    choices: Mapping[str, str] | None = None,
    fingerprint: str | None = None,
    told: Mapping[str, Sequence[str]] | None = None,
    member_into_member: bool = False,
) -> Merge:
    """Bring everything of ``absorbed`` to ``survivor`` and delete the emptied row; see ``Merge`` for the journal.

    Raises ``MergeRefused``: also when one of them is gone since it was read, or has become a member (UNI-1).
    """
    survivor, absorbed = _lock_both(survivor, absorbed)
    _refuse_the_impossible(survivor, absorbed)
    journal: dict[str, Any] = {
        "absorbed": data_of(absorbed),
        "profile": data_of(absorbed.profile),
        "survivor": data_of(survivor),
        "survivorProfile": data_of(survivor.profile),
    }
    combine(survivor, absorbed, now=now)
    journal["moved"] = {
        name: merge_participants.get(name).move(survivor, absorbed) for name in merge_participants.names()
    }
    _delete_emptied(absorbed)
    survivor.save()
    survivor.profile.save()
    made = Merge.objects.create(
        site_id=survivor.site_id,
        survivor=survivor,
        absorbed_id=absorbed.pk,
        absorbed_customer_number=absorbed.customer_number,
        trigger=trigger,
        at=now,
        operator=actor.operator,
        actor=actor.label[:120],
        journal=journal,
    )
    details = {"absorbed": absorbed.pk, "absorbedCustomerNumber": absorbed.customer_number, "trigger": trigger}
    record("contact.merge", actor=actor, site=survivor.site, target=survivor, details=details)
    return made


def _lock_both(survivor: Contact, absorbed: Contact) -> tuple[Contact, Contact]:
    """Both as they are now, locked in id order so that two merges never wait for each other in a circle.

    ``no_key``: rows that point at a contact may still be added; a visitor's writes wait for the visit or contact row
    instead (``contacts.visits``), and the foreign keys catch whatever else came in between.
    """
    if survivor.pk == absorbed.pk:
        raise MergeRefused("same")
    rows = Contact.objects.select_for_update(no_key=True, of=("self",)).select_related("profile", "site")
    found = {row.pk: row for row in rows.filter(pk__in=[survivor.pk, absorbed.pk]).order_by("pk")}
    if len(found) < 2:
        raise MergeRefused("gone")
    return found[survivor.pk], found[absorbed.pk]


def _refuse_the_impossible(survivor: Contact, absorbed: Contact) -> None:
    if survivor.site_id != absorbed.site_id:
        raise MergeRefused("other_site")
    if absorbed.kind == Kind.MEMBER:
        raise MergeRefused("member")
    if Identity.objects.filter(contact__in=[survivor, absorbed]).count() > MAX_IDENTITIES:
        raise MergeRefused("too_many_identities")


def _delete_emptied(contact: Contact) -> None:
    """Only the row itself, past Django's collector: what was not moved must stop the merge, not vanish with it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {Contact._meta.db_table} WHERE id = %s", [contact.pk])


def find_contact(
    site: Site, *, id: int | None = None, customer_number: int | None = None, member_id: str | None = None
) -> Contact | None:
    """The contact of that name, also when the name is one of a contact that was absorbed; one statement."""
    if id is not None:
        column, type_, value = "id", ContactAlias.Type.ID, str(id)
    elif customer_number is not None:
        column, type_, value = "customer_number", ContactAlias.Type.CUSTOMER_NUMBER, str(customer_number)
    elif member_id is not None:
        column, type_, value = "member_id", ContactAlias.Type.MEMBER_ID, member_id
    else:
        raise ValueError("find_contact needs a name to look for")
    given = id if id is not None else customer_number if customer_number is not None else member_id
    # A union of two index look-ups: an OR over them would make PostgreSQL read the whole site.
    own = Contact.objects.filter(site=site, **{column: given}).values("pk")
    aliases = ContactAlias.objects.filter(site=site, type=type_, value=value).values("contact_id")
    found = list(Contact.objects.filter(site=site, pk__in=own.union(aliases)).select_related("profile"))
    # A living contact's own name goes before the same name of one that was absorbed.
    return next((contact for contact in found if getattr(contact, column) == given), found[0] if found else None)
