"""BOOT-14: a blocked contact goes on visiting but cannot start or continue chats."""

import datetime

from django.db import transaction

from contacts.models import Contact
from desk.actors import Actor
from desk.audit import record


@transaction.atomic
def block(contact: Contact, *, actor: Actor, now: datetime.datetime) -> bool:
    """Block; False when the contact was blocked already."""
    return _switch(contact, to=True, action="contact.block", actor=actor, now=now)


@transaction.atomic
def unblock(contact: Contact, *, actor: Actor, now: datetime.datetime) -> bool:
    """Lift the block; False when there was none."""
    return _switch(contact, to=False, action="contact.unblock", actor=actor, now=now)


def _switch(contact: Contact, *, to: bool, action: str, actor: Actor, now: datetime.datetime) -> bool:
    # Compare-and-set: of two operators who press at once, one changes it and one entry is written.
    changed = Contact.objects.filter(pk=contact.pk, blocked=not to).update(
        blocked=to, updated_at=now, last_touch_at=now
    )
    contact.blocked = to
    if changed:
        record(action, actor=actor, site=contact.site, target=contact)
    return bool(changed)
