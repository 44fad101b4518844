"""Saying something once in a while: what was said lately is remembered in the cache.

Where the cache has lost it, or cannot be reached, it is said again.
"""

import logging

from django.core.cache import cache

_log = logging.getLogger(__name__)


def is_new(key: str, *, seconds: int) -> bool:
    """Whether nobody asked for ``key`` in the last ``seconds``; who asks first is answered yes, and nobody else."""
    try:
        return bool(cache.add(key, 1, timeout=seconds))
    except Exception:  # whatever the cache of this installation raises
        _log.warning("The cache does not answer: what is said once in a while is said each time.")
        return True


def was_said(key: str) -> bool:
    """Whether ``is_new`` would be false, without taking the turn."""
    try:
        return bool(cache.get(key))
    except Exception:
        return False


def forget(keys: list[str]) -> None:
    """It was not said after all."""
    try:
        cache.delete_many(keys)
    except Exception:
        _log.warning("The cache does not answer.")
