"""What a merge does with everything that points at a contact: the registry, and the part of this app.

``tests/contacts/test_merging.py`` walks all models and fails until every relation to Contact is registered, here or by
the app that has it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from contacts.merge_values import DropPlan, MergeWarning
from contacts.merge_values import Told as Told
from contacts.models import Contact, ContactAlias, ContactProfile, Identity, KnownValue, Visit
from contacts.moving_known_values import (
    move_known_values,
    restore_known_values,
    state_of_known_values,
    tell_known_values,
)
from contacts.moving_rows import data_of, insert_rows, move_back, move_to
from desk.registry import Registry


@dataclass(frozen=True, slots=True)
class MergeParticipant:
    """What a merge and its undo do with the rows behind one relation to Contact.

    ``label``: what the rows are, in words (plural). ``count``: how many rows this contact has.
    ``move``: given (survivor, absorbed), both locked, brings the rows over and returns what the journal must remember
    to bring them back (plain JSON: usually the list of ids). After it no row may point at the absorbed contact.
    ``restore``: given (survivor, returned contact, what ``move`` returned), brings back exactly what moved and is still
    there, as it was; what happened since stays with the survivor.
    ``tell``: the clashes, what is dropped, warnings. ``state``: what the fingerprint covers beside the count.
    All in a number of statements that does not depend on the number of rows.
    """

    label: str | Promise
    count: Callable[[Contact], int]
    move: Callable[[Contact, Contact], object]
    restore: Callable[[Contact, Contact, Any], None]
    tell: Callable[[Contact, Contact], Told] = lambda survivor, absorbed: Told()
    state: Callable[[Contact], object] = lambda contact: None
    # Whether the preview lists how many move; not for rows that are part of the contact itself.
    listed: bool = True


# By relation: "<app label>.<Model>.<field>", for example "tags.ContactTag.contact". Run in order of registration.
merge_participants: Registry[MergeParticipant] = Registry("merge participants")


def _number_of(model: type[Model], field: str) -> Callable[[Contact], int]:
    return lambda contact: model._base_manager.filter(**{field: contact.pk}).count()


def move_rows(
    relation: str, *, label: str | Promise, state: Callable[[Contact], object] = lambda contact: None
) -> MergeParticipant:
    """The usual participant: every row is pointed at the survivor, the journal keeps the ids."""
    name, field = relation.rsplit(".", 1)

    def move(survivor: Contact, absorbed: Contact) -> list[int]:
        return move_to(apps.get_model(name), field, old=absorbed.pk, new=survivor.pk)

    def restore(survivor: Contact, returned: Contact, moved: list[int]) -> None:
        move_back(apps.get_model(name), field, moved, old=survivor.pk, new=returned.pk)

    def count(contact: Contact) -> int:
        return _number_of(apps.get_model(name), field)(contact)

    return MergeParticipant(label, count, move, restore, state=state)


# --- visits ---------------------------------------------------------------------------------------------


def _move_visits(survivor: Contact, absorbed: Contact) -> list[int]:
    """UNI-8, UNI-15: the visits move, their sessions end."""
    return move_to(Visit, "contact", old=absorbed.pk, new=survivor.pk, also=", token_digest = NULL")


def _restore_visits(survivor: Contact, returned: Contact, moved: list[int]) -> None:
    """The ended sessions stay ended (UNI-15)."""
    move_back(Visit, "contact", moved, old=survivor.pk, new=returned.pk)


def _open_sessions(contact: Contact) -> int:
    return contact.visits.filter(token_digest__isnull=False).count()


def _tell_sessions(survivor: Contact, absorbed: Contact) -> Told:
    ending = _open_sessions(absorbed)
    if not ending:
        return Told()
    words = ngettext(
        "%(n)d session of the absorbed contact ends.", "%(n)d sessions of the absorbed contact end.", ending
    ) % {"n": ending}
    return Told(
        dropped=(DropPlan("sessions", str(_("open sessions")), ending, "ended", words),),
        warnings=(MergeWarning("sessionsEnd", words),),
    )


# --- identities -----------------------------------------------------------------------------------------


def _restore_identities(survivor: Contact, returned: Contact, moved: list[int]) -> None:
    """A browser that goes back is no longer signed in as the survivor (UNI-15); its later visits stay there."""
    if not moved:
        return
    move_back(Identity, "contact", moved, old=survivor.pk, new=returned.pk)
    Visit.objects.filter(contact=survivor, token_digest__isnull=False, identity__contact=returned).update(
        token_digest=None
    )


def _identity_ids(contact: Contact) -> list[int]:
    return list(contact.identities.order_by("pk").values_list("pk", flat=True))


# --- other names ----------------------------------------------------------------------------------------


def _own_names(contact: Contact) -> dict[str, str]:
    names = {
        str(ContactAlias.Type.ID): str(contact.pk),
        str(ContactAlias.Type.CUSTOMER_NUMBER): str(contact.customer_number),
    }
    if contact.member_id:
        names[str(ContactAlias.Type.MEMBER_ID)] = contact.member_id
    return names


def _aliases_named(contact: Contact) -> QuerySet[ContactAlias]:
    named = Q(pk=None)
    for type_, value in _own_names(contact).items():
        named |= Q(type=type_, value=value)
    return ContactAlias.objects.filter(named, site_id=contact.site_id)


def _move_aliases(survivor: Contact, absorbed: Contact) -> dict[str, Any]:
    """Chains are re-pointed, so that one lookup finds the end; the absorbed contact's own names are added.

    An earlier alias of the same memberId gives way: from now on the name means the later of the two.
    """
    replaced = [data_of(alias) for alias in _aliases_named(absorbed)] if absorbed.member_id else []
    if replaced:
        _aliases_named(absorbed).delete()
    moved = move_to(ContactAlias, "contact", old=absorbed.pk, new=survivor.pk)
    ContactAlias.objects.bulk_create(
        ContactAlias(site_id=survivor.site_id, contact=survivor, type=type_, value=value)
        for type_, value in _own_names(absorbed).items()
    )
    return {"moved": moved, "replaced": replaced}


def _restore_aliases(survivor: Contact, returned: Contact, journal: dict[str, Any]) -> None:
    _aliases_named(returned).filter(contact=survivor).delete()
    move_back(ContactAlias, "contact", journal["moved"], old=survivor.pk, new=returned.pk)
    owners = set(
        Contact.objects.filter(pk__in=[row["contact_id"] for row in journal["replaced"]]).values_list("pk", flat=True)
    )
    insert_rows(ContactAlias, [row for row in journal["replaced"] if row["contact_id"] in owners])


# --- the wide half of the contact itself ------------------------------------------------------------------


def _drop_profile(survivor: Contact, absorbed: Contact) -> object:
    """Its values were put into the survivor's profile and the whole row into the journal by ``contacts.merging``."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {ContactProfile._meta.db_table} WHERE contact_id = %s", [absorbed.pk])
    return []


def _leave(survivor: Contact, returned: Contact, journal: object) -> None:
    """``contacts.undoing`` brings both rows of the contact back itself."""


# Visits first: a boot of the absorbed contact that is under way holds its visit's row, and is waited for here.
merge_participants.register(
    "contacts.Visit.contact",
    MergeParticipant(
        _("visits"),
        _number_of(Visit, "contact"),
        _move_visits,
        _restore_visits,
        tell=_tell_sessions,
        state=_open_sessions,
    ),
)
merge_participants.register(
    "contacts.Identity.contact",
    MergeParticipant(
        _("identities"),
        _number_of(Identity, "contact"),
        move_rows("contacts.Identity.contact", label="").move,
        _restore_identities,
        state=_identity_ids,
    ),
)
merge_participants.register("contacts.Event.contact", move_rows("contacts.Event.contact", label=_("events")))
merge_participants.register(
    "contacts.KnownValue.contact",
    MergeParticipant(
        _("known values"),
        _number_of(KnownValue, "contact"),
        move_known_values,
        restore_known_values,
        tell=tell_known_values,
        state=state_of_known_values,
    ),
)
merge_participants.register(
    "contacts.Merge.survivor", move_rows("contacts.Merge.survivor", label=_("earlier unifications"))
)
merge_participants.register(
    "contacts.ContactAlias.contact",
    MergeParticipant(_("old numbers and links"), _number_of(ContactAlias, "contact"), _move_aliases, _restore_aliases),
)
merge_participants.register(
    "contacts.ContactProfile.contact",
    MergeParticipant(_("profile"), lambda contact: 1, _drop_profile, _leave, listed=False),
)
