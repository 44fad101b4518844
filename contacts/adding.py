"""LIST-4: entering a person. One that exists already is shown instead of added again.

The same person is: the same memberId; without one, the same phone or e-mail among current and known values (QUAL-3).
Junk is nobody's (UNI-14). A program is told of nobody by a value that a visitor only typed (QUAL-2).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from contacts.candidates import Point, candidates_for
from contacts.creating import create_contact
from contacts.customer_numbers import hold_customer_numbers
from contacts.emails import parse_email
from contacts.junk import is_junk
from contacts.known_values import Origin
from contacts.matching import contacts_by
from contacts.member_ids import is_member_id
from contacts.merging import find_contact
from contacts.models import Contact, KnownField, LeadReason, Source
from contacts.phones import parse_phone
from contacts.profile_values import DetailRefused
from contacts.unifying import hold, unify
from desk.actors import Actor
from desk.audit import record
from desk.models import Site


class NothingToFindBy(Exception):
    """Neither a phone, an e-mail nor a memberId was given."""


@dataclass(frozen=True, slots=True)
class Added:
    """``created`` is false when the person was there already; then nothing was changed."""

    contact: Contact
    created: bool


@transaction.atomic
def add_contact(
    site: Site,
    details: Mapping[str, object],
    *,
    actor: Actor,
    source: Source,
    now: datetime.datetime,
    qualified_only: bool = False,
) -> Added:
    """Add a lead, or a member when ``details`` has a ``memberId``; other keys as in ``details.change_details``.

    ``qualified_only``: the same person is only who has the phone or e-mail for sure; of others it is suggested (UNI-4).
    Raises ``NothingToFindBy`` and ``DetailRefused``.
    """
    member_id = details.get("memberId") or None
    if member_id is not None and not (isinstance(member_id, str) and is_member_id(member_id)):
        raise DetailRefused("memberId")
    if member_id is not None and is_junk(site, KnownField.MEMBER_ID, member_id):
        raise DetailRefused("memberId", "junk")
    if not (member_id or _text(details, "mobileNumber") or _text(details, "email")):
        raise NothingToFindBy
    origin = Origin(source, actor.label, now)
    held = hold(site, None, [(details, False)], origin)
    # Of two who enter one person at the same time the second waits here and then finds the first one's entry.
    hold_customer_numbers(site.pk)
    existing = _find(site, member_id, details, qualified_only=qualified_only)
    if existing is not None:
        return Added(existing, created=False)
    changes = {key: value for key, value in details.items() if key != "memberId" and value not in (None, "")}
    contact = create_contact(
        site,
        [(changes, False)],
        origin=origin,
        member_id=member_id,
        lead_reason=LeadReason.ENTERED,
    )
    record("contact.add", actor=actor, site=site, target=contact)
    # A member may be whom a lead turns out to be (UNI-2).
    return Added(unify(contact, held, origin=origin, actor=actor), created=True)


def _find(site: Site, member_id: str | None, details: Mapping[str, object], *, qualified_only: bool) -> Contact | None:
    if member_id is not None:
        return find_contact(site, member_id=member_id)
    phone = parse_phone(_text(details, "mobileNumber"), site.phone_country).norm
    email = parse_email(_text(details, "email")).norm
    for point in (Point(KnownField.MOBILE_NUMBER, phone), Point(KnownField.EMAIL, email)):
        found = contacts_by(site, point.field, point.norm)
        if qualified_only:
            found = found.filter(pk__in=[one.contact_id for one in candidates_for(site, [point]) if one.qualified])
        contact = found.select_related("profile").first()
        if contact is not None:
            return contact
    return None


def _text(details: Mapping[str, object], key: str) -> str:
    value = details.get(key)
    return value.strip() if isinstance(value, str) else ""
