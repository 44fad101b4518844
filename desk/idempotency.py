"""API-2: a program that does not know whether its call arrived sends it again under the same key, and it is done once.

The database decides which of two calls was first (a unique constraint). What is kept is digests and the id of what came
of it: a repeated call is answered with that thing as it is now, and no personal data outlives its owner here.
"""

import datetime
import hashlib
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from desk.models import ApiKey, IdempotencyKey

KEPT_FOR = datetime.timedelta(hours=24)
# A call that has not ended by then died with its server; nobody waits for it any longer.
GIVEN_UP_AFTER = datetime.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The call was made before: what it was about, and the status of its answer."""

    reference: str
    status: int


class KeyReused(Exception):
    """The key stood on another request before."""


class StillAtWork(Exception):
    """The first call with this key has not been answered yet."""


def begin(api_key: ApiKey, key: str, fingerprint: str, *, now: datetime.datetime) -> Earlier | None:
    """None: this call is the first, and ``finish`` or ``give_up`` ends it; otherwise what came of the first."""
    digest = _digest(key)
    mine = IdempotencyKey.objects.filter(api_key=api_key, digest=digest)
    # Long enough ago to mean something new, or begun by a server that is gone.
    mine.filter(created_at__lt=now - KEPT_FOR).delete()
    mine.filter(status=None, created_at__lt=now - GIVEN_UP_AFTER).delete()
    try:
        with transaction.atomic():
            IdempotencyKey.objects.create(
                site_id=api_key.site_id, api_key=api_key, digest=digest, fingerprint=fingerprint, created_at=now
            )
    except IntegrityError:
        earlier = mine.first()
    else:
        return None
    if earlier is None:
        raise StillAtWork  # given up in this very moment; the program asks again
    if earlier.fingerprint != fingerprint:
        raise KeyReused
    if earlier.status is None:
        raise StillAtWork
    return Earlier(earlier.reference, earlier.status)


def finish(api_key: ApiKey, key: str, *, reference: str, status: int) -> None:
    """The first call is done; those that repeat it are answered with ``reference``."""
    IdempotencyKey.objects.filter(api_key=api_key, digest=_digest(key)).update(reference=reference, status=status)


def give_up(api_key: ApiKey, key: str) -> None:
    """The call was refused or failed and is as if it had not been made: the key may be used again."""
    IdempotencyKey.objects.filter(api_key=api_key, digest=_digest(key), status=None).delete()


def forget_old_keys(*, now: datetime.datetime) -> int:
    """Delete the keys nobody repeats any longer."""
    return IdempotencyKey.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
