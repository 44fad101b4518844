"""BOOT-3, BOOT-4, BOOT-6: a memberId arrives, or a stranger does. Everything runs inside the boot's transaction."""

from dataclasses import dataclass
from typing import Any

from contacts.boot_request import Arrival
from contacts.creating import create_contact
from contacts.details import lock
from contacts.identities import create_identity, is_full
from contacts.junk import count_join, is_frozen, uncount_join
from contacts.kinds import become_member
from contacts.merging import MergeRefused, find_contact, merge
from contacts.models import Contact, Identity, Kind, KnownField, Visit
from contacts.visitor_facts import facts_of, read_facts, visitor_facts
from contacts.visits import day_of
from desk.actors import PLUGIN
from desk.audit import record
from desk.ids import new_id
from desk.models import Site


class LostRace(Exception):
    """Somebody else changed the row first; resolve again."""


@dataclass(slots=True)
class Person:
    """Who it is. ``visit``: the open session to go on with; ``is_new``: made by this boot, with everything it told."""

    contact: Contact
    identity: Identity
    facts: dict[str, Any]
    visit: Visit | None = None
    is_new: bool = False


def sign_in(member_id: str, known: Person | None, site: Site, veil_id: str | None, arrival: Arrival) -> Person:
    """BOOT-3, BOOT-4: the person who boots with ``member_id``.

    ``known``: whose browser it was so far; ``veil_id``: what a new identity may be called, None for a new name.
    """
    visitor = known if known and known.contact.kind != Kind.MEMBER else None
    member = find_contact(site, member_id=member_id)
    if member is None:
        return _promote(member_id, visitor, arrival) if visitor else _create(site, member_id, veil_id, arrival)
    if known and member.pk == known.contact.pk:
        return known  # the memberId of somebody who was unified into this contact
    if member.member_id != member_id and is_frozen(site, KnownField.MEMBER_ID, member.member_id or ""):
        return visitor or welcome_stranger(site, veil_id, arrival)  # UNI-14: by another of the member's names
    if visitor:
        return _unify(member, visitor, arrival)
    member, _profile = lock(member.pk, site)
    if is_full(member):
        _note_limit(member)
        return welcome_stranger(site, veil_id, arrival)
    identity = create_identity(site, member.pk, arrival.request.platform, veil_id, now=arrival.now)
    return Person(member, identity, facts_of(member.pk))


def welcome_stranger(site: Site, veil_id: str | None, arrival: Arrival) -> Person:
    """BOOT-6: a new anonymous contact (a lead, if the page tells a contact point) behind a new identity."""
    return _create(site, None, veil_id, arrival)


def _promote(member_id: str, visitor: Person, arrival: Arrival) -> Person:
    """BOOT-4: the visitor becomes the member, keeping number, history and session."""
    contact = become_member(visitor.contact.pk, visitor.contact.site, member_id, arrival.origin)
    if contact is None:
        raise LostRace
    return Person(contact, visitor.identity, visitor.facts, visitor.visit)


def _unify(member: Contact, visitor: Person, arrival: Arrival) -> Person:
    """BOOT-3: what this browser did before belongs to the member; its sessions end (UNI-8)."""
    site = visitor.contact.site
    if not count_join(site, KnownField.MEMBER_ID, member.member_id or "", now=arrival.now):
        return visitor  # UNI-14: too many people claim to be this member today
    try:
        merge(member, visitor.contact, actor=PLUGIN, trigger="boot", now=arrival.now)
    except MergeRefused as refusal:
        if refusal.code != "too_many_identities":
            raise LostRace from refusal
        uncount_join(site, KnownField.MEMBER_ID, member.member_id or "", now=arrival.now)
        if visitor.visit is None:
            _note_limit(member)
        return visitor
    contact, _profile = lock(member.pk, site)
    identity = visitor.identity
    identity.contact = contact
    return Person(contact, identity, facts_of(contact.pk))


def _create(site: Site, member_id: str | None, veil_id: str | None, arrival: Arrival) -> Person:
    contact_id = new_id()
    # The identity first: its unique key decides who of several first boots makes the contact (BOOT-12).
    identity = create_identity(site, contact_id, arrival.request.platform, veil_id, now=arrival.now)
    identity.contact = create_contact(
        site,
        arrival.details,
        origin=arrival.origin,
        contact_id=contact_id,
        member_id=member_id,
        referrer=arrival.referrer,
        utm=arrival.utm,
        language=arrival.request.language or "",
        last_seen_at=arrival.now,
        last_seen_on=day_of(arrival.now),
        sessions_count=1,
        **arrival.device,
    )
    nothing = read_facts((None,) * len(visitor_facts.names()))
    return Person(identity.contact, identity, nothing, is_new=True)


def _note_limit(member: Contact) -> None:
    """BOOT-11: the visitor is served as a separate contact, and that is on record."""
    record("identity.refused", actor=PLUGIN, site=member.site, target=member, details={"reason": "too_many_identities"})
