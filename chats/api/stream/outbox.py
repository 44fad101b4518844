"""One open stream: what is still to be sent to it. Everything in here happens in the thread of the event loop."""

import asyncio

from chats.api.stream.telling import Chunk, position
from chats.stream_address import Ticket

# A reader who is further behind than this is cut off, and comes back to where it was.
MOST_WAITING = 1024 * 1024


class Outbox:
    """``after``: behind which number to begin, None: now. ``address`` is whose it counts for."""

    __slots__ = ("_chunks", "_loop", "_size", "_waiter", "address", "after", "ended", "position", "ticket")

    def __init__(self, ticket: Ticket, *, after: int | None, address: str, loop: asyncio.AbstractEventLoop) -> None:
        self.ticket = ticket
        self.after = after
        self.address = address
        self.ended = False
        # Up to which number of the site everything has been sent or does not concern this stream.
        self.position: int | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._loop = loop
        self._waiter: asyncio.Future[None] | None = None

    def put(self, chunk: Chunk) -> None:
        """Send this, as soon as the reader takes it."""
        if self.ended:
            return
        number, data = chunk
        self._chunks.append(data)
        self._size += len(data)
        self.position = number
        if self._size > MOST_WAITING:
            self._chunks.clear()
            self.end()
        self._wake()

    def end(self) -> None:
        """Send what waits, and close."""
        self.ended = True
        self._wake()

    async def take(self, *, patience: float) -> bytes | None:
        """What waits; after ``patience`` seconds with nothing a sign of life; None: it is over."""
        if not self._chunks and not self.ended:
            self._waiter = self._loop.create_future()
            timer = self._loop.call_later(patience, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        if self._chunks:
            waiting = b"".join(self._chunks)
            self._chunks.clear()
            self._size = 0
            return waiting
        if self.ended:
            return None
        return b":\n\n" if self.position is None else position(self.position)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
