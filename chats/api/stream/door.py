"""The ASGI application of the process that holds the open streams (CHAT-4).

``GET /streams/desk`` and ``/streams/visitor`` with ``ticket`` (``chats.stream_address``) and ``after`` (or the header
``Last-Event-ID``) answer server-sent events until the reader goes, the people may look on no longer, or the process
stops. Pages of any origin may read: the ticket says whose stream it is, and no cookie counts here.
"""

import asyncio
import contextlib
import faulthandler
import json
import logging
import os
import random
import resource
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.utils.translation import gettext as _

from chats.api.stream.calling import Caller
from chats.api.stream.outbox import Outbox
from chats.api.stream.reading import Reader
from chats.stream_address import PREFIX, NoTicket, OperatorTicket, Ticket, VisitorTicket, read_ticket
from desk.api.throttles import network_of

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SIGN_OF_LIFE = 15.0
# Tabs of one visitor, and of one operator's browser.
MOST_PER_VISIT = 10
MOST_PER_SESSION = 30
# Seconds for the streams to end after the process was told to; then for its threads; and for all of it, after which the
# process says where it stands and is gone. The server would wait longer than whoever waits for the server.
_FAREWELL = 2.0
_LAST_ROUND = 1.0
_AT_MOST = 4.5
_HIGHEST = 2**63 - 1

_HEADERS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"retry-after"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, accept, accept-language, last-event-id, cache-control",
    ),
    (b"access-control-max-age", b"86400"),
]
# Proxies that keep back answers until they are whole would keep back streams for ever (nginx heeds this).
_OF_A_STREAM = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]

_logger = logging.getLogger(__name__)


class Refused(Exception):
    """An answer other than a stream, in the error shape of api.md."""

    def __init__(self, status: int, code: str, message: str, *, wait: int = 0) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.wait = wait


class StreamDoor:
    """One per process. ``open`` streams are counted here; what is sent to them comes from the reader's thread."""

    def __init__(self) -> None:
        self._outboxes: set[Outbox] = set()
        self._of_address: Counter[str] = Counter()
        self._of_person: Counter[Ticket] = Counter()
        self._reader: Reader | None = None
        self._caller: Caller | None = None
        self._leaving = False

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    # --- the process -------------------------------------------------------------------------------------

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._start()
                await send({"type": "lifespan.startup.complete"})
            else:
                self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        _allow_many_connections()
        self._reader = Reader(loop, is_called=lambda: self._caller is not None and self._caller.is_listening())
        self._reader.start()
        if settings.REDIS_URL:
            self._caller = Caller(settings.REDIS_URL, self._reader.look)
            self._caller.start()
        # The server waits for open answers before it stops, and streams never end by themselves. It stops on SIGINT
        # as on SIGTERM: this one ends the streams and passes it on as the other.
        farewells: list[asyncio.Task[None]] = []
        loop.add_signal_handler(signal.SIGTERM, lambda: farewells.append(loop.create_task(self._leave())))

    async def _leave(self) -> None:
        self._leaving = True
        faulthandler.dump_traceback_later(_AT_MOST, exit=True)
        end = asyncio.get_running_loop().time() + _FAREWELL
        for outbox in list(self._outboxes):
            outbox.end()
        while self._outboxes and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    def _stop(self) -> None:
        threads = [thread for thread in (self._caller, self._reader) if thread is not None]
        for thread in threads:
            thread.stop()
        # A thread that is in the database while the interpreter is taken down can hold it up for ever.
        for thread in threads:
            thread.join(_LAST_ROUND)

    # --- an answer ---------------------------------------------------------------------------------------

    async def _answer(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await _send(send, 204, [*_HEADERS, *_PREFLIGHT])
            return
        try:
            outbox = self._let_in(scope)
        except Refused as refused:
            await _refuse(send, refused)
            return
        if outbox is None:
            await _send(send, 204, _HEADERS)
            return
        try:
            await self._stream(outbox, receive, send)
        finally:
            self._let_out(outbox)

    async def _stream(self, outbox: Outbox, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *_OF_A_STREAM]})
        assert self._reader is not None
        self._reader.join_in(outbox)
        watch = asyncio.create_task(_end_when_gone(outbox, receive))
        try:
            while (chunk := await outbox.take(patience=SIGN_OF_LIFE)) is not None:
                # Waits while the reader takes nothing; meanwhile the outbox fills, and cuts the reader off when full.
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watch.cancel()

    # --- who may come in ---------------------------------------------------------------------------------

    def _let_in(self, scope: Mapping[str, Any]) -> Outbox | None:
        """A new stream; None for the address at which proxies and monitors ask whether the process is there."""
        path, method = scope["path"], scope["method"]
        if path == f"{PREFIX}/" and method == "GET":
            return None
        kinds: dict[str, type[Ticket]] = {f"{PREFIX}/desk": OperatorTicket, f"{PREFIX}/visitor": VisitorTicket}
        if path not in kinds:
            raise Refused(404, "not_found", _("There is nothing here."))
        if method != "GET":
            raise Refused(405, "method_not_allowed", _("Only GET is answered here."))
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qs(scope["query_string"].decode("latin-1"))
        ticket = _ticket(query.get("ticket", [""])[0], kinds[path])
        address = _address(scope, headers)
        self._check_room(ticket, address)
        # A browser that comes back by itself has the old number in the address and the new one in the header.
        after = _number(headers.get(b"last-event-id", "") or query.get("after", [""])[0])
        outbox = Outbox(ticket, after=after, address=address, loop=asyncio.get_running_loop())
        self._outboxes.add(outbox)
        self._of_address[address] += 1
        self._of_person[ticket] += 1
        return outbox

    def _check_room(self, ticket: Ticket, address: str) -> None:
        most = MOST_PER_VISIT if isinstance(ticket, VisitorTicket) else MOST_PER_SESSION
        if self._leaving or len(self._outboxes) >= settings.STREAM_LIMIT:
            # Not all of them again at the same moment.
            raise Refused(503, "busy", _("There are too many open streams."), wait=random.randint(10, 30))
        if self._of_person[ticket] >= most or self._of_address[address] >= settings.STREAM_LIMIT_PER_ADDRESS:
            raise Refused(429, "throttled", _("There are too many open streams."), wait=random.randint(20, 40))

    def _let_out(self, outbox: Outbox) -> None:
        outbox.ended = True
        self._outboxes.discard(outbox)
        _count_down(self._of_address, outbox.address)
        _count_down(self._of_person, outbox.ticket)
        if self._reader is not None:
            self._reader.leave(outbox)


def _count_down(counter: Counter[Any], key: object) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


def _allow_many_connections() -> None:
    """Each stream is an open file; by custom a process may have 1,024, and as many as this when it asks."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.STREAM_LIMIT + 1024
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if most < wanted:
            _logger.warning("This system allows %d open files, for STREAM_LIMIT there should be %d.", most, wanted)


async def _end_when_gone(outbox: Outbox, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    outbox.end()


def _ticket(text: str, kind: type[Ticket]) -> Ticket:
    with contextlib.suppress(NoTicket):
        ticket = read_ticket(text)
        if isinstance(ticket, kind):
            return ticket
    raise Refused(401, "ticket_invalid", _("This address is no longer valid. Ask for the stream again."))


def _number(text: str) -> int | None:
    return min(int(text), _HIGHEST) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def _address(scope: Mapping[str, Any], headers: Mapping[bytes, str]) -> str:
    """Whose the stream is counted for: the peer, or what the outermost trusted proxy saw."""
    hops = [hop.strip() for hop in headers.get(b"x-forwarded-for", "").split(",") if hop.strip()]
    address = scope["client"][0]
    if settings.TRUSTED_PROXIES and hops:
        address = hops[-min(settings.TRUSTED_PROXIES, len(hops))]
    try:
        return network_of(address)
    except ValueError:  # a proxy that writes something else
        return str(address)


async def _refuse(send: Send, refused: Refused) -> None:
    body = json.dumps({"error": {"code": refused.code, "message": refused.message}}).encode()
    headers = [*_HEADERS, (b"content-type", b"application/json")]
    if refused.wait:
        headers.append((b"retry-after", str(refused.wait).encode()))
    await _send(send, refused.status, headers, body)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
