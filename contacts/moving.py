"""What a merge does with everything that points at a contact: the registry, and the part of this app.

``tests/contacts/test_merging.py`` walks all models and fails until every relation to Contact is registered, here or by
the app that has it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import CharField, Count, Model, Q, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from contacts.merge_values import DropPlan, MergeWarning
from contacts.merge_values import Told as Told
from contacts.models import Contact, ContactAlias, ContactProfile, Identity, Visit
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

    ``label``: what the rows are, in words (plural); how many there are ``count_rows`` tells.
    ``move``: given (survivor, absorbed), both locked, brings the rows over and returns what the journal must remember
    to bring them back (plain JSON: usually the list of ids). After it no row may point at the absorbed contact.
    ``restore``: given (survivor, returned contact, what ``move`` returned), brings back exactly what moved and is still
    there, as it was; what happened since stays with the survivor.
    ``tell``: the clashes, what is dropped, warnings. ``state``: what of both the fingerprint covers beside
    their counts.
    All in a number of statements that does not depend on the number of rows.
    """

    label: str | Promise
    move: Callable[[Contact, Contact], object]
    restore: Callable[[Contact, Contact, Any], None]
    tell: Callable[[Contact, Contact], Told] = lambda survivor, absorbed: Told()
    state: Callable[[Contact, Contact], object] = lambda survivor, absorbed: None
    # Whether the preview lists how many move; not for rows that are part of the contact itself.
    listed: bool = True


# By relation: "<app label>.<Model>.<field>", for example "tags.ContactTag.contact". Run in order of registration.
merge_participants: Registry[MergeParticipant] = Registry("merge participants")


def count_rows(*contacts: Contact) -> dict[str, list[int]]:
    """How many rows each of ``contacts`` has behind every relation, in their order; one statement."""
    counts = {
        relation: dict.fromkeys((contact.pk for contact in contacts), 0) for relation in merge_participants.names()
    }
    parts = [_counted(relation, [contact.pk for contact in contacts]) for relation in counts]
    for relation, pk, count in parts[0].union(*parts[1:], all=True):
        counts[relation][pk] = count
    return {relation: list(found.values()) for relation, found in counts.items()}


def _counted(relation: str, ids: Sequence[int]) -> QuerySet[Any, tuple[str, int, int]]:
    model, field = _named(relation)
    rows = model._base_manager.filter(**{f"{field}__in": ids}).order_by()
    rows = rows.annotate(relation=Value(relation, CharField())).values("relation", f"{field}_id")
    return rows.annotate(rows=Count("*")).values_list("relation", f"{field}_id", "rows")


def _named(relation: str) -> tuple[type[Model], str]:
    name, field = relation.rsplit(".", 1)
    return apps.get_model(name), field


def move_rows(relation: str, *, label: str | Promise) -> MergeParticipant:
    """The usual participant: every row is pointed at the survivor, the journal keeps the ids."""

    def move(survivor: Contact, absorbed: Contact) -> list[int]:
        model, field = _named(relation)
        return move_to(model, field, old=absorbed.pk, new=survivor.pk)

    def restore(survivor: Contact, returned: Contact, moved: list[int]) -> None:
        model, field = _named(relation)
        move_back(model, field, moved, old=survivor.pk, new=returned.pk)

    return MergeParticipant(label, move, restore)


# --- visits ---------------------------------------------------------------------------------------------


def _move_visits(survivor: Contact, absorbed: Contact) -> list[int]:
    """UNI-8, UNI-15: the visits move, their sessions end."""
    return move_to(Visit, "contact", old=absorbed.pk, new=survivor.pk, also=", token_digest = NULL")


def _restore_visits(survivor: Contact, returned: Contact, moved: list[int]) -> None:
    """The ended sessions stay ended (UNI-15)."""
    move_back(Visit, "contact", moved, old=survivor.pk, new=returned.pk)


def _open_sessions(*contacts: Contact) -> dict[int, int]:
    ids = [contact.pk for contact in contacts]
    rows = Visit.objects.filter(contact__in=ids, token_digest__isnull=False).order_by().values("contact_id")
    return dict(rows.annotate(rows=Count("*")).values_list("contact_id", "rows"))


def _tell_sessions(survivor: Contact, absorbed: Contact) -> Told:
    ending = _open_sessions(absorbed).get(absorbed.pk, 0)
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


def _move_identities(survivor: Contact, absorbed: Contact) -> list[int]:
    return move_to(Identity, "contact", old=absorbed.pk, new=survivor.pk)


def _restore_identities(survivor: Contact, returned: Contact, moved: list[int]) -> None:
    """A browser that goes back is no longer signed in as the survivor (UNI-15); its later visits stay there."""
    if not moved:
        return
    move_back(Identity, "contact", moved, old=survivor.pk, new=returned.pk)
    Visit.objects.filter(contact=survivor, token_digest__isnull=False, identity__contact=returned).update(
        token_digest=None
    )


def _identity_ids(survivor: Contact, absorbed: Contact) -> object:
    both = Identity.objects.filter(contact__in=[survivor, absorbed])
    return list(both.order_by("pk").values_list("pk", "contact_id"))


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
_PARTICIPANTS = {
    "contacts.Visit.contact": MergeParticipant(
        _("visits"), _move_visits, _restore_visits, tell=_tell_sessions, state=_open_sessions
    ),
    "contacts.Identity.contact": MergeParticipant(
        _("identities"), _move_identities, _restore_identities, state=_identity_ids
    ),
    "contacts.Event.contact": move_rows("contacts.Event.contact", label=_("events")),
    "contacts.KnownValue.contact": MergeParticipant(
        _("known values"),
        move_known_values,
        restore_known_values,
        tell=tell_known_values,
        state=state_of_known_values,
    ),
    # RET-5: whoever was held goes on being held as part of the survivor.
    "contacts.Hold.contact": move_rows("contacts.Hold.contact", label=_("holds")),
    "contacts.Merge.survivor": move_rows("contacts.Merge.survivor", label=_("earlier unifications")),
    "contacts.ContactAlias.contact": MergeParticipant(_("old numbers and links"), _move_aliases, _restore_aliases),
    "contacts.ContactProfile.contact": MergeParticipant(_("profile"), _drop_profile, _leave, listed=False),
}
for _relation, _participant in _PARTICIPANTS.items():
    merge_participants.register(_relation, _participant)
