"""Identities of browsers and apps: how long they live (BOOT-9), how many a contact may have (BOOT-11), new ones."""

import datetime
import secrets

from contacts.models import Contact, Identity
from contacts.models.identity import MAX_IDENTITIES
from contacts.visits import SESSION_LENGTH, day_of
from desk.models import Site

# BOOT-9: a veil id lives this long from its last boot, as the cookie does.
VEIL_LIFE = datetime.timedelta(days=365)
_WRITTEN_EVERY = datetime.timedelta(days=1)


def new_veil_id() -> str:
    """An unguessable veil id for a browser or app (128 random bits)."""
    return secrets.token_hex(16)


def is_alive(identity: Identity, now: datetime.datetime) -> bool:
    """BOOT-9: whether the last boot is under a year ago.

    ``last_boot_at`` may be a day behind; where that matters the visits know the hour.
    """
    age = now - (identity.last_boot_at or identity.created_at)
    if age < VEIL_LIFE:
        return True
    if age >= VEIL_LIFE + _WRITTEN_EVERY:
        return False
    return Identity.objects.filter(pk=identity.pk, visits__expires_at__gt=now - VEIL_LIFE + SESSION_LENGTH).exists()


def note_boot(identity: Identity, *, now: datetime.datetime) -> None:
    """Remember that this browser booted, once a day."""
    if identity.last_boot_at is None or day_of(now) > day_of(identity.last_boot_at):
        identity.last_boot_at = now
        Identity.objects.filter(pk=identity.pk).update(last_boot_at=now)


def is_full(contact: Contact) -> bool:
    """BOOT-11: whether the contact has all the identities it may have. Hold its row, else two may squeeze in."""
    return Identity.objects.filter(contact=contact).count() >= MAX_IDENTITIES


def create_identity(
    site: Site, contact_id: int, channel: str, veil_id: str | None, *, now: datetime.datetime
) -> Identity:
    """Insert an identity under ``veil_id``, or under a new one when that is None.

    The contact may be inserted after it in the same transaction. ``IntegrityError`` when the veil id exists: another
    boot made it meanwhile (BOOT-12).
    """
    identity = Identity(
        site=site,
        contact_id=contact_id,
        channel=channel,
        key=veil_id or new_veil_id(),
        last_boot_at=now,
        created_at=now,
    )
    identity.save(force_insert=True)
    return identity
