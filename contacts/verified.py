"""QUAL-5: a mobile number that one account of a person has proven: by text message, KakaoSync or Naver.

It belongs to the identity, not to the contact: another browser of the same person has proven nothing. Written here
alone, and replaced only by a new proof; operators, the API, imports, look-ups and merges cannot touch it, and it goes
where its identity goes. The number also becomes a known value, so that it finds its person (QUAL-3).
"""

import datetime

from django.db import transaction

from contacts.known_values import Origin, Seen, remember
from contacts.models import Contact, Identity, KnownField, Source, VerifiedBy
from contacts.phones import parse_phone


class NumberNotVerified(Exception):
    """What was proven is no number that can be called; ``code`` is ``invalid``."""

    code = "invalid"


@transaction.atomic
def verify_mobile(identity: Identity, number: str, method: VerifiedBy, now: datetime.datetime) -> Identity:
    """Note that whoever uses ``identity`` has proven ``number`` by ``method``; only whoever ran the proof may call it.

    Raises ``NumberNotVerified``; ``Identity.DoesNotExist`` when the identity is gone.
    """
    phone = parse_phone(number, identity.site.phone_country)
    if not phone.norm:
        raise NumberNotVerified
    # The contact first: a merge holds it while it moves the identity elsewhere.
    owner = Identity.objects.values("contact").filter(pk=identity.pk)
    contact = Contact.objects.select_for_update(no_key=True).filter(pk__in=owner).first()
    fresh = Identity.objects.select_related("site").get(pk=identity.pk)
    fresh.verified_mobile, fresh.verified_method, fresh.verified_at = phone.norm, VerifiedBy(method), now
    fresh.save(update_fields=["verified_mobile", "verified_method", "verified_at"])
    if contact is not None and contact.pk == fresh.contact_id and contact.managed:
        origin = Origin(Source.MESSENGER, str(VerifiedBy(method).label), now)
        remember(contact, [Seen(KnownField.MOBILE_NUMBER, phone.shown, phone.norm)], origin)
    return fresh
