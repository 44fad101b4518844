"""UNI-8: two contacts become one. Nothing is lost: everything moves, and the journal remembers how it was.

One transaction, both rows locked in id order (UNI-11): whatever fails, the old state stands. What is written is the
plan of ``contacts.merge_plans``, made under the locks; when its fingerprint is not the one that was confirmed, nothing
is written (UNI-13). ``contacts.undoing`` takes a merge back from its journal.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from contacts.announcing import announce_merged
from contacts.combining import Combination, combine
from contacts.merge_fingerprints import differences
from contacts.merge_plans import check_choices, make_plan, read_both, refuse_the_impossible, values_to_keep
from contacts.merge_rules import GROUPS
from contacts.merge_values import MergeRefused as MergeRefused
from contacts.merge_values import PlanChanged as PlanChanged
from contacts.models import Contact, ContactAlias, ContactProfile, Merge
from contacts.moving import MergeParticipant as MergeParticipant
from contacts.moving import merge_participants as merge_participants
from contacts.moving_known_values import RELATION as KNOWN_VALUES
from contacts.moving_known_values import keep_values
from contacts.moving_rows import as_json, data_of
from contacts.value_followers import values_changed
from contacts.whole import as_a_whole
from desk.actors import Actor
from desk.audit import record
from desk.ids import read_id
from desk.models import Site


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

    ``choices``: as for ``plan_merge``. ``fingerprint``: of the plan that was confirmed, None when nobody was asked;
    ``told``: what that plan told, for the difference. ``member_into_member``: the door has asked for the permission.
    Raises ``MergeRefused`` (also when one is gone since it was read, or has become a member) and ``PlanChanged``.
    """

    def unify() -> Merge:
        both = _lock_both(survivor, absorbed)
        refuse_the_impossible(*both, member_into_member=member_into_member)
        decided = _decide(*both, choices or {}, fingerprint, told or {})
        return _carry_out(decided, actor=actor, trigger=trigger, now=now)

    return as_a_whole(unify)


def _lock_both(survivor: Contact, absorbed: Contact) -> tuple[Contact, Contact]:
    """Both as they are now, locked in id order so that two merges never wait for each other in a circle.

    ``no_key``: rows that point at a contact may still be added; a visitor's writes wait for the visit or contact row
    instead (``contacts.visits``), and the foreign keys catch whatever else came in between. Read after they are
    locked: a statement that waited for its lock would show the profiles as they were before.
    """
    ids = [survivor.pk, absorbed.pk]
    rows = Contact.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    list(rows.values_list("pk", flat=True))
    return read_both(survivor, absorbed)


def _decide(
    survivor: Contact,
    absorbed: Contact,
    choices: Mapping[str, str],
    fingerprint: str | None,
    told: Mapping[str, Sequence[str]],
) -> Combination:
    """What both are together; ``PlanChanged`` when that is not what was confirmed."""
    if fingerprint is not None:
        plan = make_plan(survivor, absorbed, choices=choices)
        if plan.fingerprint != fingerprint:
            raise PlanChanged(differences(fingerprint, plan.lines, told), plan)
    both = combine(survivor, absorbed, choices=choices)
    check_choices(both.fields, choices)
    return both


def _carry_out(both: Combination, *, actor: Actor, trigger: str, now: datetime.datetime) -> Merge:
    survivor, absorbed = both.survivor, both.absorbed
    both.set({"updated_at": now})
    journal: dict[str, Any] = {
        "absorbed": data_of(absorbed),
        "profile": data_of(absorbed.profile),
        "survivor": _changes(survivor, both.contact),
        "survivorProfile": _changes(survivor.profile, both.profile),
    }
    moved: dict[str, Any] = {}
    for relation in merge_participants.names():
        moved[relation] = merge_participants.get(relation).move(survivor, absorbed)
    moved[KNOWN_VALUES]["kept"] = keep_values(survivor, values_to_keep(both))
    _delete_emptied(absorbed)
    Contact.objects.filter(pk=survivor.pk).update(**both.contact)
    ContactProfile.objects.filter(pk=survivor.pk).update(**both.profile)
    made = Merge.objects.create(
        site_id=survivor.site_id,
        survivor=survivor,
        absorbed_id=absorbed.pk,
        absorbed_customer_number=absorbed.customer_number,
        trigger=trigger,
        at=now,
        operator=actor.operator,
        actor=actor.label[:120],
        journal=journal | {"moved": moved},
    )
    values_changed(survivor.site_id, [survivor.pk])
    details = {"absorbed": absorbed.pk, "absorbedCustomerNumber": absorbed.customer_number, "trigger": trigger}
    record("contact.merge", actor=actor, site=survivor.site, target=survivor, details=details)
    announce_merged(survivor, absorbed, trigger=trigger, now=now)
    return made


def _changes(row: Contact | ContactProfile, columns: Mapping[str, Any]) -> dict[str, list[Any]]:
    """{column: [before, after]}; columns that belong together are told together."""
    names = dict.fromkeys(columns)
    for group in GROUPS:
        if not names.keys().isdisjoint(group):
            names |= dict.fromkeys(group)
    before = data_of(row)
    return {name: [before[name], as_json(columns[name]) if name in columns else before[name]] for name in names}


def _delete_emptied(contact: Contact) -> None:
    """Only the row itself, past Django's collector: what was not moved must stop the merge, not vanish with it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {Contact._meta.db_table} WHERE id = %s", [contact.pk])


def find_managed(site: Site, id_text: str) -> Contact | None:
    """The lead or member whose id, or old id, ``id_text`` writes out; nobody else is shown (KIND-5)."""
    wanted = read_id(id_text)
    contact = find_contact(site, id=wanted) if wanted is not None else None
    if contact is None or not contact.managed:
        return None
    contact.site = site
    return contact


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
