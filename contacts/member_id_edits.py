"""UNI-9, KIND-4: an operator or a program gives a contact a memberId. One that another contact has is a merge, which is
asked for.

Nothing is merged here: whoever calls is told who has the memberId and leads the operator to the merge dialog.
"""

import datetime
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from contacts.details import ContactGone, change_details, lock
from contacts.folding import fold
from contacts.junk import is_junk
from contacts.known_values import Origin, Seen, remember
from contacts.member_ids import is_member_id
from contacts.merging import find_contact
from contacts.models import Contact, Kind, KnownField, Source
from contacts.profile_values import DetailRefused
from contacts.search import search_text_of
from contacts.unifying import hold
from desk.actors import Actor
from desk.audit import record


class MemberIdTaken(Exception):
    """Another contact has the memberId, or absorbed who had it: giving it away would unify the two (UNI-9)."""

    def __init__(self, other: Contact) -> None:
        super().__init__(other.pk)
        self.other = other


@transaction.atomic
def edit_contact(
    contact: Contact,
    changes: Mapping[str, object],
    *,
    actor: Actor,
    now: datetime.datetime,
    source: Source = Source.OPERATOR,
) -> Contact:
    """What an operator typed or a program sent, perhaps ``memberId`` among it: all of it is written or nothing.

    Raises ``MemberIdTaken``, and what ``change_details`` raises.
    """
    rest = {key: value for key, value in changes.items() if key != "memberId"}
    if "memberId" in changes:
        # The locks of what the other details may join come first, as everywhere (``contacts.unifying``).
        hold(contact.site, contact.pk, [(rest, False)], Origin(source, actor.label, now))
        member_id = str(changes["memberId"] or "").strip()
        contact = change_member_id(contact, member_id, actor=actor, now=now, source=source)
    if not rest:
        return contact
    return change_details(contact, rest, source=source, source_label=actor.label, actor=actor, now=now)


@transaction.atomic
def change_member_id(
    contact: Contact, member_id: str, *, actor: Actor, now: datetime.datetime, source: Source = Source.OPERATOR
) -> Contact:
    """A lead becomes this member (KIND-4), a member gets another memberId; the one before stays a known value.

    Raises ``MemberIdTaken`` (UNI-9), ``DetailRefused`` or ``ContactGone`` and writes nothing.
    """
    site, origin = contact.site, Origin(source, actor.label, now)
    contact, profile = lock(contact.pk, site)
    old = contact.member_id or ""
    if member_id == old:
        return contact
    if not member_id:
        raise DetailRefused("memberId", "member_stays")
    if not is_member_id(member_id):
        raise DetailRefused("memberId", "member_id")
    if is_junk(site, KnownField.MEMBER_ID, member_id):
        raise DetailRefused("memberId", "junk")
    other = find_contact(site, member_id=member_id)
    if other is not None and other.pk == contact.pk:
        raise DetailRefused("memberId", "own_alias")
    if other is not None:
        raise MemberIdTaken(other)
    contact.kind, contact.member_id, contact.member_id_folded = Kind.MEMBER, member_id, fold(member_id)
    contact.updated_at, contact.last_touch_at = now, max(contact.last_touch_at, now)
    try:
        with transaction.atomic():
            contact.save(update_fields=["kind", "member_id", "member_id_folded", "updated_at", "last_touch_at"])
    except IntegrityError:
        # Somebody signed up with it between the look and the write.
        other = find_contact(site, member_id=member_id)
        raise (MemberIdTaken(other) if other is not None else ContactGone()) from None
    profile.search_text = search_text_of(contact, site)
    profile.sources = {**profile.sources, "memberId": [origin.source, now.isoformat(), origin.label]}
    profile.save(update_fields=["search_text", "sources"])
    remember(contact, [Seen.member_id(member_id)], origin)
    record(
        "contact.change", actor=actor, site=site, target=contact, details={"changes": {"memberId": [old, member_id]}}
    )
    return contact
