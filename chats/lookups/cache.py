"""LOOK-7: the same question within five minutes is answered from memory.

The name of an answer is a keyed hash of the lookup, its last change and the body; what is kept is sealed, so a dump of
the cache tells neither who was asked about nor what was said. After five minutes, which is also the longest that
anything of somebody erased can remain there, it is gone. Whoever asks again is shown it only through a chat or contact
that still exists.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterable
from dataclasses import replace

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured

from chats.lookups.answers import NO_RESULT, OK, Reply
from chats.models import LookupApi
from desk.encryption import seal, unseal

SECONDS = 300
# A larger answer is asked for again; memory is for many.
_MOST = 64 * 1024
_log = logging.getLogger(__name__)


def name_of(api: LookupApi, body: bytes) -> str:
    """The name under which the answer to this question is kept."""
    said = f"{api.pk}:{api.changed_at.timestamp()}:".encode() + body
    key = b"dangol.lookups:" + settings.SECRET_KEY.encode()
    return f"lookup:{hmac.new(key, said, hashlib.sha256).hexdigest()}"


def keep(name: str, reply: Reply) -> None:
    """Remember the answer when it is one: a fault of the other side is none, and asked about again."""
    if reply.outcome not in (OK, NO_RESULT):
        return
    told = json.dumps({"outcome": reply.outcome, "status": reply.status, "said": reply.said, "data": reply.data})
    sealed = seal(told.encode(), of=name)
    if len(sealed) > _MOST:
        return
    try:
        cache.set(name, sealed, timeout=SECONDS)
    except Exception:  # whatever the cache of this installation raises
        _log.warning("The cache does not answer: lookups are asked each time.")


def recall(names: Iterable[str]) -> dict[str, Reply]:
    """What is remembered under these names."""
    try:
        found = cache.get_many(list(names))
    except Exception:
        _log.warning("The cache does not answer: lookups are asked each time.")
        return {}
    replies = {name: _read(name, sealed) for name, sealed in found.items()}
    return {name: reply for name, reply in replies.items() if reply is not None}


def _read(name: str, sealed: str) -> Reply | None:
    try:
        return replace(Reply(**json.loads(unseal(sealed, of=name))), cached=True)
    except (ImproperlyConfigured, ValueError, TypeError):  # by another key, or of another version
        return None
