"""CHAT-4: how the process that holds the streams learns that there is news: through Redis where there is one.

Without Redis it looks by itself a few times a second. A lost call is made good by its next look.
"""

import functools
import logging
import time

import redis
from django.conf import settings

CHANNEL = "dangol:streams"
# Seconds without a call after one that failed: nobody who says something waits for a Redis that does not answer.
SILENT_FOR = 5.0
_logger = logging.getLogger(__name__)
_silent_until = 0.0


def wake(site_id: int) -> None:
    """Call after the commit. Redis being away delays the news by a second or two and breaks nothing."""
    global _silent_until
    if not settings.REDIS_URL or time.monotonic() < _silent_until:
        return
    try:
        _redis(settings.REDIS_URL).publish(CHANNEL, str(site_id))
    except redis.RedisError:
        _silent_until = time.monotonic() + SILENT_FOR
        _logger.warning("Redis did not take the news of site %s; streams find it by looking.", site_id)


@functools.cache
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
