"""LOOK-7: the connection of an outbound call: to checked addresses only, and over at the deadline.

Whom it may go to is said in ``desk.outbound_addresses``; ``desk.outbound`` is the only user.
"""

import functools
import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any

import certifi
import httpcore
import httpx
from django.conf import settings

from desk.outbound_addresses import Address
from desk.outbound_errors import OutboundFailed


class Pinned(httpcore.NetworkBackend):
    """Connects to the checked addresses whatever it is asked for, until ``connect_until``."""

    def __init__(self, addresses: list[Address], host: str, *, connect_until: float, deadline: float) -> None:
        self._addresses = addresses
        self._host = host
        self._connect_until = connect_until
        self._deadline = deadline
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        for address in self._addresses:
            left = self._connect_until - time.monotonic()
            if left <= 0:
                break
            try:
                stream = self._backend.connect_tcp(str(address), port, left, socket_options=socket_options)
            except httpcore.ConnectError:
                continue
            except httpcore.ConnectTimeout:
                break
            return _Timed(stream, self._host, connect_until=self._connect_until, deadline=self._deadline)
        else:
            raise OutboundFailed("connect", host=self._host)
        raise OutboundFailed("connect_slow", host=self._host)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise OutboundFailed("url_invalid")


class _Timed(httpcore.NetworkStream):
    """A connection each of whose steps ends at the deadline of the whole call, however many steps there are."""

    def __init__(self, stream: httpcore.NetworkStream, host: str, *, connect_until: float, deadline: float) -> None:
        self._stream = stream
        self._host = host
        self._connect_until = connect_until
        self._deadline = deadline

    def _left(self, until: float) -> float:
        left = until - time.monotonic()
        if left <= 0:
            raise OutboundFailed("timeout", host=self._host)
        return left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In pieces: the stream gives each send() the whole time again.
        for start in range(0, len(buffer), 16_384):
            self._stream.write(buffer[start : start + 16_384], self._left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            secure = self._stream.start_tls(ssl_context, server_hostname, self._left(self._connect_until))
        except httpcore.ConnectTimeout:
            raise OutboundFailed("connect_slow", host=self._host) from None
        except httpcore.ConnectError as error:
            raise OutboundFailed(_tls_code(error.__cause__), host=self._host) from None
        return _Timed(secure, self._host, connect_until=self._connect_until, deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


# X509_V_ERR_… of OpenSSL.
_TLS_CODES = {9: "tls_not_yet", 10: "tls_expired", 62: "tls_wrong_host", 64: "tls_wrong_host"}


def _tls_code(error: BaseException | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _TLS_CODES.get(error.verify_code, "tls_unknown")
    return "tls"


class Transport(httpx.BaseTransport):
    """httpx's requests over a connection of ours, used once."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_context(settings.OUTBOUND_CA_FILE),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        content: Any = request.stream
        answer = self._pool.handle_request(
            httpcore.Request(request.method, url, headers=request.headers.raw, content=content)
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@functools.lru_cache(maxsize=4)
def _context(ca_file: str) -> ssl.SSLContext:
    """The machine's own authorities, the usual ones of the web, and the company's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
