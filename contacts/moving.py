"""What a merge does with everything that points at a contact: the registry, and the part of this app.

``tests/contacts/test_merging.py`` walks all models and fails until every relation to Contact is registered, here or by
the app that has it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model

from contacts.models import Contact, ContactAlias, ContactProfile, KnownValue
from desk.registry import Registry


@dataclass(frozen=True, slots=True)
class MergeParticipant:
    """What a merge does with the rows behind one relation to Contact.

    ``move``: given (survivor, absorbed), both locked, brings the rows over and returns what the journal must remember
    to bring them back (plain JSON: usually the list of ids). After it no row may point at the absorbed contact.
    """

    move: Callable[[Contact, Contact], object]


# By relation: "<app label>.<Model>.<field>", for example "tags.ContactTag.contact". Run in order of registration.
merge_participants: Registry[MergeParticipant] = Registry("merge participants")


def move_rows(relation: str) -> MergeParticipant:
    """The usual participant: every row is pointed at the survivor, the journal keeps the ids."""
    label, field = relation.rsplit(".", 1)

    def move(survivor: Contact, absorbed: Contact) -> list[int]:
        model: type[Model] = apps.get_model(label)
        rows = model._base_manager.filter(**{field: absorbed})
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        rows.update(**{field: survivor})
        return ids

    return MergeParticipant(move)


def _move_visits(survivor: Contact, absorbed: Contact) -> list[int]:
    """UNI-8, UNI-15: the visits move, their sessions end."""
    absorbed.visits.filter(token_digest__isnull=False).update(token_digest=None)
    ids = list(absorbed.visits.order_by("pk").values_list("pk", flat=True))
    absorbed.visits.update(contact=survivor)
    return ids


def _move_known_values(survivor: Contact, absorbed: Contact) -> dict[str, Any]:
    """QUAL-3. A value that both had becomes one row: the longest span of time, trusted if either was."""
    ours = {(row.field, row.value): row for row in survivor.known_values.all()}
    joined: list[dict[str, Any]] = []
    for theirs in absorbed.known_values.all():
        row = ours.get((theirs.field, theirs.value))
        if row is None:
            continue
        joined.append(_as_data(theirs) | {"joined": _as_data(row)})
        if theirs.qualified and not row.qualified:
            row.qualified, row.source, row.source_label = True, theirs.source, theirs.source_label
        row.norm = row.norm or theirs.norm
        row.first_seen_at = min(row.first_seen_at, theirs.first_seen_at)
        row.last_seen_at = max(row.last_seen_at, theirs.last_seen_at)
        row.save()
        theirs.delete()
    rest = KnownValue.objects.filter(contact=absorbed)
    ids = list(rest.order_by("pk").values_list("pk", flat=True))
    rest.update(contact=survivor)
    return {"moved": ids, "joined": joined}


def _as_data(row: KnownValue) -> dict[str, Any]:
    return {
        "id": row.pk,
        "field": row.field,
        "value": row.value,
        "norm": row.norm,
        "qualified": row.qualified,
        "source": row.source,
        "sourceLabel": row.source_label,
        "firstSeenAt": row.first_seen_at.isoformat(),
        "lastSeenAt": row.last_seen_at.isoformat(),
    }


def _drop_profile(survivor: Contact, absorbed: Contact) -> object:
    """Its values were put into the survivor's profile and the whole row into the journal by ``contacts.merging``."""
    ContactProfile.objects.filter(contact=absorbed).delete()
    return []


def _move_aliases(survivor: Contact, absorbed: Contact) -> list[int]:
    """Chains are re-pointed, so that one lookup finds the end; the absorbed contact's own names are added."""
    ids = list(absorbed.aliases.order_by("pk").values_list("pk", flat=True))
    absorbed.aliases.update(contact=survivor)
    names = {
        ContactAlias.Type.ID: str(absorbed.pk),
        ContactAlias.Type.CUSTOMER_NUMBER: str(absorbed.customer_number),
    }
    if absorbed.member_id:
        names[ContactAlias.Type.MEMBER_ID] = absorbed.member_id
    ContactAlias.objects.bulk_create(
        [
            ContactAlias(site_id=survivor.site_id, contact=survivor, type=type_, value=value)
            for type_, value in names.items()
        ]
    )
    return ids


# Visits first: a boot of the absorbed contact that is under way holds its visit's row, and is waited for here.
merge_participants.register("contacts.Visit.contact", MergeParticipant(_move_visits))
merge_participants.register("contacts.Identity.contact", move_rows("contacts.Identity.contact"))
merge_participants.register("contacts.Event.contact", move_rows("contacts.Event.contact"))
merge_participants.register("contacts.KnownValue.contact", MergeParticipant(_move_known_values))
merge_participants.register("contacts.Merge.survivor", move_rows("contacts.Merge.survivor"))
merge_participants.register("contacts.ContactAlias.contact", MergeParticipant(_move_aliases))
merge_participants.register("contacts.ContactProfile.contact", MergeParticipant(_drop_profile))
