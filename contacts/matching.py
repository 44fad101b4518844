"""QUAL-3, UNI-5: whom a phone, an e-mail or a memberId belongs to, by current and by known values.

Junk and frozen values belong to nobody (UNI-14). A name never finds anybody.
"""

import datetime

from django.db import transaction
from django.db.models import Exists, QuerySet

from contacts.candidates import Point, candidates_for
from contacts.emails import parse_email
from contacts.junk import frozen_rows, is_junk, matches_nobody
from contacts.merging import find_contact
from contacts.models import Channel, Contact, KnownField, KnownValue
from contacts.phones import parse_phone
from contacts.suggesting import Suggested, suggest
from desk.models import Site

# So many others a single message may bring up.
MOST_SUGGESTED = 5
_COLUMNS = {KnownField.EMAIL: "email_norm", KnownField.MOBILE_NUMBER: "mobile_number_norm"}


def contacts_by(site: Site, field: KnownField, norm: str) -> QuerySet[Contact]:
    """Leads and members who have, or once had, this e-mail or phone; the most recently active first.

    ``norm`` is the normal form; an empty one, of a value that could not be parsed, finds nobody (QUAL-4).
    """
    if not norm or is_junk(site, field, norm):
        return Contact.objects.none()
    current = Contact.objects.filter(site=site, **{_COLUMNS[field]: norm}).values("pk")
    known = KnownValue.objects.filter(site=site, field=field, norm=norm).values("contact_id")
    # Two index look-ups; an OR over both tables would read the whole site.
    found = Contact.objects.filter(~Exists(frozen_rows(site, field, norm)), site=site, managed=True)
    return found.filter(pk__in=current.union(known)).order_by("-last_touch_at", "-pk")


@transaction.atomic
def contact_for_intake(
    site: Site, channel: Channel, *, phone: str = "", email: str = "", member_id: str = "", now: datetime.datetime
) -> Contact | None:
    """UNI-5: who writes or calls without a browser; None: somebody new. Values as they were told.

    A memberId names its member. Else the phone channel finds by phone, every other one by e-mail. Of several the most
    recently active, among those who have it for sure if any do (QUAL-2); the others are suggested as the same person.
    """
    if member_id and not matches_nobody(site, KnownField.MEMBER_ID, member_id):
        return find_contact(site, member_id=member_id)
    if channel == Channel.PHONE:
        point = Point(KnownField.MOBILE_NUMBER, parse_phone(phone, site.phone_country).norm)
    else:
        point = Point(KnownField.EMAIL, parse_email(email).norm)
    found = candidates_for(site, [point])
    found.sort(key=lambda one: (one.qualified, one.last_touch_at, one.contact_id), reverse=True)
    if not found:
        return None
    first, *others = found
    pairs = [Suggested(first.contact_id, one.contact_id, point.field, point.norm) for one in others[:MOST_SUGGESTED]]
    suggest(site, pairs, now=now)
    return Contact.objects.select_related("profile", "site").filter(pk=first.contact_id).first()


def known_values_of(contact: Contact, field: KnownField) -> QuerySet[KnownValue]:
    """What the edit form offers: every value ever seen, newest first."""
    return KnownValue.objects.filter(contact=contact, field=field).order_by("-last_seen_at", "-pk")
