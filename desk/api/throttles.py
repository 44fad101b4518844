"""Rate limits per address and per key, counted on the cache in windows of fixed length.

A window costs one counter however many calls it has (REST framework's own throttles keep a list of call times). Without
Redis the cache, and so the limit, is that of one process.
"""

import hashlib
import ipaddress
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How a call stands: ``reset`` is the moment (seconds since 1970) at which the count begins anew."""

    limit: int
    remaining: int
    reset: int


class WindowThrottle(BaseThrottle):
    """So many calls in each second, minute, hour or day; ``setting`` names the rate (``300/min``)."""

    setting: str

    def who(self, request: Request, view: APIView) -> str | None:
        """Whom the call counts for; None when it does not count."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        who = self.who(request, view)
        if who is None:
            return True
        limit, seconds = parse_rate(getattr(settings, self.setting))
        now = time.time()
        window = int(now // seconds)
        digest = hashlib.sha256(who.encode("utf-8", "replace")).hexdigest()[:32]
        count = _count(f"rate:{self.setting}:{window}:{digest}", seconds)
        self._wait = (window + 1) * seconds - now
        state = RateLimit(limit, max(0, limit - count), (window + 1) * seconds)
        request.rate_limits = [*getattr(request, "rate_limits", ()), state]  # type: ignore[attr-defined]
        return count <= limit

    def wait(self) -> float:
        return self._wait


class AddressThrottle(WindowThrottle):
    """Plugin API: ``PLUGIN_RATE_PER_ADDRESS`` calls from one IP address."""

    setting = "PLUGIN_RATE_PER_ADDRESS"

    def who(self, request: Request, view: APIView) -> str | None:
        address = address_of(request)
        return None if address is None else network_of(address)


class ApiKeyThrottle(WindowThrottle):
    """Open API: ``API_RATE_PER_KEY`` calls of one access key."""

    setting = "API_RATE_PER_KEY"

    def who(self, request: Request, view: APIView) -> str | None:
        return str(request.auth.pk) if request.auth is not None else None


def parse_rate(rate: str) -> tuple[int, int]:
    """Calls and seconds of a rate such as ``300/min``."""
    count, period = rate.split("/")
    return int(count), _SECONDS[period.strip()[0]]


def address_of(request: Request) -> str | None:
    """The caller's IP address; behind ``TRUSTED_PROXIES`` proxies the one that the outermost of them saw."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.TRUSTED_PROXIES and forwarded:
        hops = [hop.strip() for hop in forwarded.split(",")]
        candidate = hops[-min(settings.TRUSTED_PROXIES, len(hops))]
    else:
        candidate = request.META.get("REMOTE_ADDR") or ""
    try:
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return None


def network_of(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 that one IPv6 subscriber commands."""
    parsed = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


def _count(key: str, seconds: int) -> int:
    if cache.add(key, 1, timeout=seconds + 1):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # the window's counter was dropped between the two calls
        cache.set(key, 1, timeout=seconds + 1)
        return 1
