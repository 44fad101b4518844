"""LOOK-7: which addresses the desk may call. Only what the whole internet can reach, unless the installation lists it.

``OUTBOUND_ALLOWED`` is a list with commas: a network (``10.1.0.0/16``), an address, a host name (``erp.example``), each
for https; with ``http://`` in front and perhaps a port a host that may be called without encryption too.
"""

import functools
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# As IANA lists them, here and not by ``is_private``: what that means has changed between versions of Python.
_CLOSED_4 = [
    ipaddress.IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
]
# Of IPv6 only this is given out; loopback, link-local, unique local, multicast and the rest lie outside.
_OPEN_6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_6 = [ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20")]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = {0x00005EFE, 0x02005EFE}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What ``OUTBOUND_ALLOWED`` lists. ``plain``: (host, port or None) that may be called by http."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    plain: frozenset[tuple[str, int | None]] = field(default=frozenset())

    def has_host(self, host: str, port: int) -> bool:
        """Whether the name is listed, whatever addresses it has."""
        return host in self.hosts or self.may_be_plain(host, port)

    def may_be_plain(self, host: str, port: int) -> bool:
        """Whether the host may be called by http."""
        return (host, port) in self.plain or (host, None) in self.plain


def allowed() -> Allowed:
    """What the installation lists (``OUTBOUND_ALLOWED``)."""
    return _read(tuple(settings.OUTBOUND_ALLOWED))


@functools.lru_cache(maxsize=8)
def _read(entries: tuple[str, ...]) -> Allowed:
    networks: list[Network] = []
    hosts: set[str] = set()
    plain: set[tuple[str, int | None]] = set()
    for entry in entries:
        if entry.startswith("http://"):
            parts = urlsplit(entry)
            if not parts.hostname or parts.path.strip("/"):
                raise ImproperlyConfigured(f"OUTBOUND_ALLOWED: {entry!r} is not of the form http://host:port")
            plain.add((parts.hostname, parts.port))
            continue
        try:
            networks.append(ipaddress.ip_network(entry))
        except ValueError:
            if "/" in entry or ":" in entry:
                raise ImproperlyConfigured(f"OUTBOUND_ALLOWED: {entry!r} is no network, address or name") from None
            hosts.add(entry.lower().rstrip("."))
    return Allowed(tuple(networks), frozenset(hosts), frozenset(plain))


def may_be_called(address: Address) -> bool:
    """Whether the address, and every other one that is hidden in it, is open to the world or listed."""
    networks = allowed().networks
    return any(address in network for network in networks) or all(
        _is_open(one) or any(one in network for network in networks) for one in _meant_by(address)
    )


def _meant_by(address: Address) -> Iterator[Address]:
    """The address, or in place of it the IPv4 address that routers or kernels make of it."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    number = int(address)
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address in _NAT64:
        yield ipaddress.IPv4Address(number & 0xFFFFFFFF)
    else:
        yield address
        if address.sixtofour is not None:
            yield address.sixtofour
        if (number >> 32) & 0xFFFFFFFF in _ISATAP:
            yield ipaddress.IPv4Address(number & 0xFFFFFFFF)


def _is_open(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    return address in _OPEN_6 and not any(address in network for network in _CLOSED_6)


def is_odd_spelling(host: str) -> bool:
    """Whether the host is a number that is no address in its usual form: 2130706433, 0x7f.1, 0177.0.0.1, 127.1.

    Whoever writes one means to hide something; some resolvers read them as addresses.
    """
    last = host.rstrip(".").rpartition(".")[2]
    if not (last.isdigit() or last.startswith("0x")):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False
