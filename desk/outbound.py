"""LOOK-7: the one way in which the desk calls servers of others: webhooks, lookups of customer data.

HTTPS only; the name is resolved once, every address it has is checked (``desk.outbound_addresses``) and the connection
goes to one of those, so a name server cannot answer differently between check and call. The certificate is checked for
the name. No redirects, no cookies, no proxies; 3 seconds to connect, 10 in all however slowly bytes drip, 256 KB.
Nothing of what is sent or received is logged.
"""

import ipaddress
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx

from desk.outbound_addresses import Address, allowed, is_odd_spelling, may_be_called
from desk.outbound_connection import Pinned, Transport
from desk.outbound_errors import OutboundFailed

CONNECT_SECONDS = 3.0
SECONDS = 10.0
MAX_BYTES = 256 * 1024
MAX_URL = 1000
_PORTS = {"http": 80, "https": 443}

# What a name stands for; ``OSError`` when nobody knows it.
Resolver = Callable[[str, int], list[Address]]


@dataclass(frozen=True, slots=True)
class Call:
    """What to send. Without ``wants_body`` the answer's body is not read at all."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    wants_body: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; redirects never come this far."""

    host: str
    status: int
    body: bytes
    milliseconds: int

    @property
    def is_success(self) -> bool:
        """Whether the status says so."""
        return 200 <= self.status < 300

    def check(self) -> "Answer":
        """Itself; ``OutboundFailed("status")`` when the other side refused."""
        if not self.is_success:
            raise OutboundFailed("status", host=self.host, status=self.status)
        return self

    def json(self) -> Any:
        """The body as JSON; ``OutboundFailed("not_json")``."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise OutboundFailed("not_json", host=self.host, status=self.status) from None


def look_up(host: str, port: int) -> list[Address]:
    """Every address of the name, as the machine's resolver knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


def check_url(url: str) -> httpx.URL:
    """The address as it will be called, or ``OutboundFailed``. Asks nobody: for forms, and before every call."""
    try:
        # What is behind "#" is not for the server.
        parsed = httpx.URL(url).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError):
        raise OutboundFailed("url_invalid") from None
    plain = len(url) <= MAX_URL and url.isprintable() and " " not in url
    if not (plain and parsed.host and parsed.scheme in _PORTS and 0 < (parsed.port or 443) < 65_536):
        raise OutboundFailed("url_invalid")
    if parsed.userinfo:
        raise OutboundFailed("url_user")
    host, port = _place(parsed)
    if parsed.scheme != "https" and not allowed().may_be_plain(host, port):
        raise OutboundFailed("https_needed")
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        if is_odd_spelling(host):
            raise OutboundFailed("address_refused", host=host) from None
    else:
        _check_addresses(host, port, [literal])
    return parsed


def call(request: Call, *, resolver: Resolver = look_up) -> Answer:
    """Send the request and read the answer. Every failure is an ``OutboundFailed``; it takes 10 seconds at most."""
    began = time.monotonic()
    deadline = began + SECONDS
    url = check_url(request.url)
    host, port = _place(url)
    addresses = _resolve(host, port, resolver, until=began + CONNECT_SECONDS)
    _check_addresses(host, port, addresses)
    transport = Transport(Pinned(addresses, host, connect_until=began + CONNECT_SECONDS, deadline=deadline))
    try:
        status, body = _exchange(transport, url, request, host)
    except (httpcore.TimeoutException, httpx.TimeoutException):
        raise OutboundFailed("timeout", host=host) from None
    except (httpcore.ProtocolError, httpcore.NetworkError, httpx.HTTPError, httpx.InvalidURL):
        raise OutboundFailed("broken", host=host) from None
    return Answer(host, status, body, round((time.monotonic() - began) * 1000))


def _exchange(transport: httpx.BaseTransport, url: httpx.URL, request: Call, host: str) -> tuple[int, bytes]:
    """Status and body."""
    # identity: a small compressed answer may be a huge one. What comes compressed all the same is not unpacked.
    headers = {"user-agent": "Dangol/1", "accept-encoding": "identity", **request.headers}
    with (
        httpx.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
        client.stream(request.method, url, content=request.body, headers=headers) as response,
    ):
        if 300 <= response.status_code < 400:
            raise OutboundFailed("redirect", host=host, status=response.status_code)
        return response.status_code, _read_body(response, host) if request.wants_body else b""


def _place(url: httpx.URL) -> tuple[str, int]:
    """Host (as ASCII, without the dot at the end that changes nothing) and port."""
    return url.raw_host.decode("ascii").lower().rstrip("."), url.port or _PORTS[url.scheme]


def _check_addresses(host: str, port: int, addresses: Iterable[Address]) -> None:
    if not allowed().has_host(host, port) and not all(map(may_be_called, addresses)):
        raise OutboundFailed("address_refused", host=host)


def _resolve(host: str, port: int, resolver: Resolver, *, until: float) -> list[Address]:
    """All addresses of the host. In a thread: the system's resolver knows no time limit of ours."""
    answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError())

    threading.Thread(target=ask, name="outbound-dns", daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        raise OutboundFailed("dns_slow", host=host) from None
    if isinstance(found, OSError) or not found:
        raise OutboundFailed("dns", host=host)
    return found


def _read_body(response: httpx.Response, host: str) -> bytes:
    said = response.headers.get("content-length", "")
    if said.isdigit() and int(said) > MAX_BYTES:
        raise OutboundFailed("too_large", host=host, status=response.status_code)
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise OutboundFailed("too_large", host=host, status=response.status_code)
    return bytes(body)
