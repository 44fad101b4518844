"""UNI-1..4: what happens when a phone or an e-mail arrives that somebody else has too.

An operator, the API or an import (UNI-2) is answered at once, inside the transaction that writes the detail. A match is
somebody else who has the value, now or earlier (QUAL-3); it is trusted when the value is qualified on both sides.

    who is told about | match                                | result
    ------------------+--------------------------------------+----------------------------------------------------
    lead, no browser  | trusted, exactly one member          | unified into the member at once
    lead with browser | trusted, exactly one member          | pending, until that browser boots as the member (BOOT-3)
    lead              | trusted, several members             | a suggestion for each
    lead              | member, not trusted on both sides    | a suggestion
    lead              | another lead                         | a suggestion, never more
    member            | trusted lead, no other member has it | the lead as above: unified, or pending
    member            | another member; a lead not trusted   | a suggestion

The visitor's doors (the page's ``profile`` at boot, updateUser, the follow-up form) and messengers look nobody up: the
search in the background (``contacts.suggesting``) makes a pending pair of what is trusted and a suggestion of the rest,
within minutes. So nothing anybody types moves a row, and neither the answer nor the time it takes tells what others
have. A boot with a memberId is BOOT-3 (``contacts.signing_in``) and settles what is pending.

Never unified or linked by itself: whom an operator has told apart (dismissed, or undone), values that are junk or
frozen (UNI-14), and what would make a 51st identity (BOOT-11), which is recorded and suggested instead.

Locks: first the values, then every contact that may be unified, in id order; then the customer number, if any.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection

from contacts.candidates import Candidate, Point, candidates_for
from contacts.emails import parse_email
from contacts.junk import count_join, uncount_join
from contacts.known_values import Origin
from contacts.merging import MergeRefused, merge
from contacts.models import Channel, Contact, Identity, Kind, KnownField, PendingMerge, Source
from contacts.pending import Pending as Pending
from contacts.pending import pending_of as pending_of
from contacts.phones import parse_phone
from contacts.suggesting import Suggested, kept_apart, leave_pending, suggest
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

Groups = Iterable[tuple[Mapping[str, object], bool]]
# UNI-2: which doors may unify by themselves, and what the merge calls it.
TRIGGERS = {Source.OPERATOR: "edit", Source.API: "api", Source.IMPORT: "import"}
_COLUMNS = {KnownField.MOBILE_NUMBER: "mobile_number", KnownField.EMAIL: "email"}
# So many people with one value are looked at; more of them are the business of the search in the background.
_MOST_LOCKED = 25


@dataclass(frozen=True, slots=True)
class Held:
    """Values that are about to be written, and the contacts that are locked for it."""

    points: tuple[Point, ...] = ()
    locked: frozenset[int] = frozenset()


def hold(site: Site, contact_id: int | None, groups: Groups, origin: Origin) -> Held:
    """Before ``groups`` are written (see ``details.write_details``): lock their values and whom they may concern.

    ``contact_id``: who is written, None for somebody new. The caller has a transaction and holds no contact yet.
    """
    if origin.source not in TRIGGERS:
        return Held()
    points = _points(site, groups)
    if not points:
        return Held()
    hold_values(site, points)
    found = {one.contact_id: one for one in candidates_for(site, points)}
    first = sorted(found.values(), key=lambda one: (not one.is_member, not one.qualified, one.contact_id))
    ids = {one.contact_id for one in first[:_MOST_LOCKED]} | ({contact_id} if contact_id is not None else set())
    if found.keys() <= {contact_id}:
        return Held(points)
    rows = Contact.objects.select_for_update(no_key=True).filter(site=site, pk__in=ids)
    return Held(points, frozenset(rows.order_by("pk").values_list("pk", flat=True)))


def hold_values(site: Site, points: Iterable[Point]) -> None:
    """Of two who tell the same phone or e-mail at once the second waits here; SQLite has one writer anyhow."""
    if connection.vendor != "postgresql":
        return
    names = sorted(f"{site.pk}:{point.field}:{point.norm}" for point in points)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_lock_key(f"imports:{site.pk}")])
        for name in names:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock_key(name)])


def hold_imports(site: Site) -> None:
    """A batch of an import tells thousands of values: all who tell one, and other imports of the site, wait for it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock_key(f"imports:{site.pk}")])


def _lock_key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def _points(site: Site, groups: Groups) -> tuple[Point, ...]:
    norms = set()
    for changes, _once in groups:
        phone, email = changes.get(KnownField.MOBILE_NUMBER.value), changes.get(KnownField.EMAIL.value)
        if isinstance(phone, str):
            norms.add(Point(KnownField.MOBILE_NUMBER, parse_phone(phone, site.phone_country).norm))
        if isinstance(email, str):
            norms.add(Point(KnownField.EMAIL, parse_email(email).norm))
    return tuple(sorted(point for point in norms if point.norm))


def unify(contact: Contact, held: Held, *, origin: Origin, actor: Actor) -> Contact:
    """After the details are written: do what the table above says. Returns who the person is now: perhaps the member.

    ``contact`` is in the database as it is given, and locked or new; the caller has a transaction.
    """
    points = [point for point in held.points if _stands(contact, point)]
    if not points or not held.locked:
        return contact
    found = [
        one
        for one in candidates_for(contact.site, points)
        if one.contact_id != contact.pk and one.contact_id in held.locked
    ]
    if not found:
        return contact
    arrival = _Arrival(contact, origin, actor)
    return arrival.of_member(found) if contact.kind == Kind.MEMBER else arrival.of_lead(found)


def _stands(contact: Contact, point: Point) -> bool:
    """Whether the value was written: it may have been refused for one that was there (``once``)."""
    column = _COLUMNS[point.field]
    return getattr(contact, f"{column}_norm") == point.norm and getattr(contact, f"{column}_qualified")


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A trusted value came to ``contact``."""

    contact: Contact
    origin: Origin
    actor: Actor
    frozen: set[Point] = field(default_factory=set)

    def of_lead(self, found: Sequence[Candidate]) -> Contact:
        """The contact may be one member."""
        contact = self.contact
        members = {one.contact_id for one in found if one.is_member and one.qualified}
        linked = set(PendingMerge.objects.filter(contact=contact).values_list("member_id", flat=True))
        [member] = members if len(members | linked) == 1 and members else [None]
        if member is None or kept_apart(contact.pk, [member]):
            self._suggest(contact.pk, found)
            return contact
        match = next(one for one in found if one.contact_id == member and one.qualified)
        is_unified = self._join(contact.pk, _has_booted(contact), member, match.point)
        known_as = member if is_unified else contact.pk
        self._suggest(known_as, [one for one in found if one.contact_id != member])
        return _fresh(contact.site, member) if is_unified else contact

    def of_member(self, found: Sequence[Candidate]) -> Contact:
        """Leads may be the contact, unless another member has the value too."""
        contact = self.contact
        crowded = {one.point for one in found if one.is_member and one.qualified}
        leads = {
            one.contact_id: one for one in found if not one.is_member and one.qualified and one.point not in crowded
        }
        elsewhere = PendingMerge.objects.filter(contact__in=leads).exclude(member=contact)
        for lead in {*kept_apart(contact.pk, leads), *elsewhere.values_list("contact_id", flat=True)}:
            del leads[lead]
        unified = {
            lead for lead, match in sorted(leads.items()) if self._join(lead, match.booted, contact.pk, match.point)
        }
        self._suggest(contact.pk, [one for one in found if one.contact_id not in leads])
        return _fresh(contact.site, contact.pk) if unified else contact

    def _join(self, lead: int, booted: bool, member: int, point: Point) -> bool:
        """Unify or link the two; True when they are one now."""
        site, now = self.contact.site, self.origin.now
        if point in self.frozen or PendingMerge.objects.filter(contact=lead, member=member).exists():
            return False
        if not count_join(site, point.field, point.norm, now=now):
            self.frozen.add(point)
            return False
        if booted:
            leave_pending(site, [self._pending(lead, member, point)])
            return False
        trigger = TRIGGERS[Source(self.origin.source)]
        try:
            both = Contact.objects.select_related("site").in_bulk([member, lead])
            merge(both[member], both[lead], actor=self.actor, trigger=trigger, now=now)
        except MergeRefused as refusal:
            if refusal.code != "too_many_identities":
                raise
            uncount_join(site, point.field, point.norm, now=now)
            target = Contact(pk=member)
            record("identity.refused", actor=self.actor, site=site, target=target, details={"reason": refusal.code})
            suggest(site, [Suggested(lead, member, point.field, point.norm)], now=now)
            return False
        return True

    def _pending(self, lead: int, member: int, point: Point) -> PendingMerge:
        return PendingMerge(
            site=self.contact.site,
            contact_id=lead,
            member_id=member,
            field=point.field,
            value=point.norm,
            source=self.origin.source,
            source_label=self.origin.label[:120],
            at=self.origin.now,
        )

    def _suggest(self, contact_id: int, found: Sequence[Candidate]) -> None:
        pending = PendingMerge.objects.filter(contact=contact_id).values_list("member_id", flat=True)
        linked = set(pending) | set(PendingMerge.objects.filter(member=contact_id).values_list("contact_id", flat=True))
        pairs = [
            Suggested(contact_id, one.contact_id, one.point.field, one.point.norm)
            for one in found
            if one.contact_id not in linked and one.point not in self.frozen
        ]
        suggest(self.contact.site, pairs, now=self.origin.now)


def _has_booted(contact: Contact) -> bool:
    """UNI-3: whether a browser or an app of its own belongs to the contact."""
    return Identity.objects.filter(contact=contact, channel__in=[Channel.WEB, Channel.APP]).exists()


def _fresh(site: Site, contact_id: int) -> Contact:
    contact = Contact.objects.select_related("profile").get(pk=contact_id)
    contact.site = site
    return contact
