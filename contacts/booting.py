"""BOOT-1..14: who is at the door. One attempt is one transaction: one SELECT, a decision, and its writes.

Ties between simultaneous boots are decided by unique constraints (veil id, memberId) and by updates that find their row
changed; the loser's attempt is rolled back and it resolves again, then finding what the winner made (BOOT-12).
Locks are taken contact first, visit after it, as ``contacts.merging`` does.

A known visitor costs at most four statements: the SELECT; the visit, inserted or prolonged; the contact, when last seen
is due; the page view. Once a day per browser a fifth notes the day of the boot.
"""

import datetime
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction

from contacts.boot_request import Arrival, BootRequest, check_boot
from contacts.details import ContactGone, write_details
from contacts.drafts import changes_something
from contacts.events import new_row, page_view
from contacts.identities import is_alive, note_boot
from contacts.junk import is_frozen, is_junk, note_sighting
from contacts.member_ids import hash_is_valid, needs_hash
from contacts.models import Contact, ContactProfile, Identity, Kind, KnownField, Visit
from contacts.resolving import Found, resolve
from contacts.signing_in import LostRace, Person, sign_in, welcome_stranger
from contacts.statements import insert_row
from contacts.visits import is_due, is_live, open_visit, slide, touch
from desk.actors import PLUGIN
from desk.models import Site

_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Booted:
    """The visitor. ``token`` opens the session; ``facts`` are what upper apps tell of the contact."""

    contact: Contact
    identity: Identity
    visit: Visit
    token: str
    site: Site
    facts: dict[str, Any]

    @property
    def tags(self) -> list[str]:
        """The contact's customer tags."""
        return list(self.facts.get("tags") or [])


class BootRefused(Exception):
    """BOOT-1, BOOT-2: the boot is not admitted and nothing was stored. ``path`` names the field of the request."""

    def __init__(self, code: str, path: str | None = None) -> None:
        super().__init__(f"{code}: {path}")
        self.code = code
        self.path = path


def boot(request: BootRequest, *, now: datetime.datetime) -> Booted:
    """Resolve the visitor and open or continue the session.

    Raises ``BootRefused`` and, for a malformed request or profile, ``DetailRefused``; then nothing is stored.
    """
    arrival = check_boot(request, now)
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return _attempt(arrival)
        except (IntegrityError, LostRace, ContactGone):
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _attempt(arrival: Arrival) -> Booted:
    request = arrival.request
    proves = request.member_id is not None
    found = resolve(request.plugin_key, request.platform, request.veil_id, request.session, secrets=proves)
    if found is None:
        raise BootRefused("plugin_key_unknown", "pluginKey")
    _admit(found.site, request)
    arrival = _without_junk(arrival, found.site)
    person = _who(found, arrival)
    if not person.is_new:
        _keep_details(person, arrival)
    visit, token = _continue_or_open(person, arrival)
    if arrival.page:
        event = page_view(arrival.page)
        insert_row(new_row(event, found.site.pk, person.contact.pk, person.identity.pk, now=arrival.now))
    return Booted(person.contact, person.identity, visit, token, found.site, person.facts)


def _admit(site: Site, request: BootRequest) -> None:
    """BOOT-1, BOOT-2: the page's origin and the proof of the memberId."""
    if not origin_is_allowed(site, request.origin):
        raise BootRefused("origin_not_allowed")
    if request.member_id is None or not needs_hash(site):
        return
    if not request.member_hash:
        raise BootRefused("member_hash_required", "memberHash")
    if not hash_is_valid(site, request.member_id, request.member_hash):
        raise BootRefused("member_hash_invalid", "memberHash")


def _without_junk(arrival: Arrival, site: Site) -> Arrival:
    """UNI-14: a page that tells "undefined" as memberId knows nobody: the visitor is served, as without a memberId.

    Not refused as a blank one is (KIND-6): a page sends junk for everybody who is not signed in, and these would all be
    without a messenger. It is on record instead, for whoever looks after the site.
    """
    member_id = arrival.request.member_id
    if member_id is None or not is_junk(site, KnownField.MEMBER_ID, member_id):
        return arrival
    note_sighting(site, KnownField.MEMBER_ID, member_id, now=arrival.now)
    return replace(arrival, request=replace(arrival.request, member_id=None, member_hash=None))


def origin_is_allowed(site: Site, origin: str | None) -> bool:
    """Whether pages of ``origin`` may use the plugin of ``site``: any may while no origin is listed."""
    return not site.allowed_origins or origin in site.allowed_origins


def _who(found: Found, arrival: Arrival) -> Person:
    """The decision of BOOT-3 to BOOT-6."""
    known = _known(found, arrival.now)
    member_id = arrival.request.member_id
    veil_id = None if found.identity else arrival.request.veil_id
    if member_id is not None:
        if known and known.contact.member_id == member_id:
            return known
        if not is_frozen(found.site, KnownField.MEMBER_ID, member_id):
            return sign_in(member_id, known, found.site, veil_id, arrival)
        if known and known.contact.kind == Kind.MEMBER:
            return welcome_stranger(found.site, veil_id, arrival)  # UNI-14: whoever it is, it is not this member
    if known and (known.visit or known.contact.kind != Kind.MEMBER):
        return known  # BOOT-5, BOOT-6
    return welcome_stranger(found.site, veil_id, arrival)


def _known(found: Found, now: datetime.datetime) -> Person | None:
    """The contact of this browser, with its session if that is open; None for an unknown or dead veil id (BOOT-9)."""
    if found.identity is None or found.contact is None:
        return None
    visit = found.visit if found.visit and is_live(found.visit, now) else None
    if visit is None and not is_alive(found.identity, now):
        return None
    return Person(found.contact, found.identity, found.facts, visit)


def _keep_details(person: Person, arrival: Arrival) -> None:
    """BOOT-13: what the page tells of the person, as far as it is news."""
    contact, site = person.contact, person.contact.site
    if any(changes_something(contact, site, changes, once=once) for changes, once in arrival.details):
        person.contact = write_details(contact.pk, arrival.details, origin=arrival.origin, actor=PLUGIN, site=site)
    profile = person.contact.profile
    news: dict[str, Any] = {}
    if arrival.referrer and not profile.referrer:
        news["referrer"] = arrival.referrer
    if arrival.utm and not profile.utm:
        news["utm"] = arrival.utm
    if news:
        ContactProfile.objects.filter(pk=profile.pk).update(**news)


def _continue_or_open(person: Person, arrival: Arrival) -> tuple[Visit, str]:
    """BOOT-8: an open session goes on, else a new visit begins and is counted. ``LostRace`` when the ground moved."""
    contact, now = person.contact, arrival.now
    signed_in = arrival.request.member_id is not None and contact.kind == Kind.MEMBER
    if not person.is_new:
        note_boot(person.identity, now=now)
        is_opened = person.visit is None
        if (is_opened or is_due(contact, now)) and not touch(
            contact, now=now, new_session=is_opened, **_news(contact, arrival.device)
        ):
            raise LostRace
    if person.visit is not None and arrival.request.session is not None:
        columns = {"logged_in": True} if signed_in and not person.visit.logged_in else {}
        if not slide(person.visit, now=now, **columns):
            raise LostRace
        return person.visit, arrival.request.session
    return open_visit(
        person.identity,
        logged_in=signed_in,
        page=arrival.page,
        referrer=arrival.referrer,
        utm=arrival.utm,
        now=now,
    )


def _news(contact: Contact, device: Any) -> dict[str, object]:
    return {column: value for column, value in device.items() if value and value != getattr(contact, column)}
