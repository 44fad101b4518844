"""API-2: keys of the open API. The secret is shown once and stored as its SHA-256."""

import datetime
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from desk.actors import Actor
from desk.audit import record
from desk.models import ApiKey, Site

# Last use is written when it is older than this: a busy program is not an update per call.
USED_EVERY = datetime.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key just made; ``secret`` exists here and nowhere else."""

    key: ApiKey
    secret: str


@transaction.atomic
def create_api_key(site: Site, name: str, *, actor: Actor) -> NewApiKey:
    """Make a key for one program of ``site``."""
    secret = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        site=site,
        name=name,
        access_key=secrets.token_hex(12),
        secret_digest=_digest(secret),
        created_by=actor.operator,
    )
    record("apiKey.create", actor=actor, site=site, target=key, details={"name": name})
    return NewApiKey(key, secret)


def find_api_key(access_key: str, secret: str, *, now: datetime.datetime) -> ApiKey | None:
    """The key that these open, noted as used; None when they open none or it was revoked.

    An unknown key takes as long as a wrong secret.
    """
    key = ApiKey.objects.select_related("site").filter(access_key=access_key).first()
    expected = key.secret_digest if key else _digest("")
    if not hmac.compare_digest(_digest(secret), expected) or key is None or key.revoked_at is not None:
        return None
    if key.last_used_at is None or now - key.last_used_at >= USED_EVERY:
        due = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
        ApiKey.objects.filter(due, pk=key.pk).update(last_used_at=now)
    return key


@transaction.atomic
def revoke_api_key(key: ApiKey, *, actor: Actor, now: datetime.datetime) -> None:
    """End the key; what it did stays in the audit log."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        record("apiKey.revoke", actor=actor, site=key.site, target=key, details={"name": key.name})


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
