"""RET-1: contact that nobody here sees, such as a call or a letter: whoever knows of it says so."""

import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from contacts.details import ContactGone
from contacts.models import Contact
from desk.actors import Actor
from desk.audit import record


@transaction.atomic
def touch_contact(contact: Contact, *, actor: Actor, now: datetime.datetime) -> None:
    """The person was in contact with us; ``ContactGone`` when there is no such person any more."""
    touched = Contact.objects.filter(pk=contact.pk).update(last_touch_at=Greatest(F("last_touch_at"), now))
    if not touched:
        raise ContactGone
    contact.last_touch_at = max(contact.last_touch_at, now)
    record("contact.touch", actor=actor, site=contact.site, target=contact)
