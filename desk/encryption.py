"""Secrets at rest: encrypted with a key derived from ``SECRET_KEY``, readable after a key change.

``SECRET_KEY_FALLBACKS`` names earlier keys; what they encrypted stays readable and is encrypted anew on its next
write. Used for what the desk must be able to read back (member-hash secrets, keys of second factors); what only needs
comparing is hashed.
"""

import base64
import functools
import hashlib
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@functools.lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    def derive(key: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"dangol.encryption:" + key.encode()).digest()))

    return MultiFernet([derive(key) for key in keys])


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def encrypt(text: str) -> str:
    """Encrypt ``text`` with the current key; the result is printable."""
    return _cipher(_keys()).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Undo ``encrypt``; ``ImproperlyConfigured`` when no configured key fits."""
    return _decrypted(token, _keys())


@functools.lru_cache(maxsize=256)
def _decrypted(token: str, keys: tuple[str, ...]) -> str:
    """Kept, since every boot of a member reads the same few secrets; the process holds their key anyway."""
    try:
        return _cipher(keys).decrypt(token.encode()).decode()
    except InvalidToken:
        raise _unreadable() from None


def _unreadable() -> ImproperlyConfigured:
    return ImproperlyConfigured(
        "A stored secret cannot be read with SECRET_KEY. Add the earlier key to SECRET_KEY_FALLBACKS."
    )


_NONCE = 12


def seal(secret: bytes, *, of: str) -> str:
    """As ``encrypt``, where a column is too short for that: 64 characters for 20 bytes.

    ``of`` says whose it is; copied to somebody else's row it cannot be read.
    """
    nonce = os.urandom(_NONCE)
    sealed = nonce + _sealer(settings.SECRET_KEY).encrypt(nonce, secret, of.encode())
    return base64.urlsafe_b64encode(sealed).decode()


def unseal(text: str, *, of: str) -> bytes:
    """Undo ``seal``; ``ImproperlyConfigured`` when no configured key fits, or it is somebody else's."""
    sealed = base64.urlsafe_b64decode(text.encode())
    for key in _keys():
        try:
            return _sealer(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], of.encode())
        except InvalidTag:
            continue
    raise _unreadable()


def _sealer(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"dangol.sealing:" + key.encode()).digest())


class EncryptedTextField(models.TextField):
    """Text that only this installation can read; empty text stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text) if text else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value
