"""The one thread that asks the database for all open streams, and fills their outboxes.

For each site with open streams it keeps a number: everything up to it has been handed out. What is behind it is read
once and handed to all. A stream that opens behind an earlier number gets what is in between first; both happen in this
thread, one after the other, so nothing is lost, doubled or out of order.
"""

import asyncio
import logging
import os
import queue
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from chats.api.stream.outbox import MOST_WAITING, Outbox
from chats.api.stream.telling import BEGINNING, Chunk, desk_chunks, position, reset, visitor_chunks
from chats.models import StreamEvent
from chats.stream_address import VisitorTicket
from chats.stream_rights import who_may_look
from chats.streaming import News, last_numbers, news_since

# Seconds between looks: alone, and where Redis says when something happened.
LOOK_EVERY = 0.25
LOOK_EVERY_WHEN_CALLED = 1.0
# Streams let in, and events handed out, in one go.
_AT_ONCE = 500
_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Site:
    """The open streams of a site; everything up to ``position`` has been handed out."""

    position: int
    desks: set[Outbox] = field(default_factory=set)
    visits: dict[int, set[Outbox]] = field(default_factory=lambda: defaultdict(set))

    def add(self, outbox: Outbox) -> None:
        self._place(outbox).add(outbox)

    def discard(self, outbox: Outbox) -> None:
        self._place(outbox).discard(outbox)
        if isinstance(outbox.ticket, VisitorTicket) and not self.visits[outbox.ticket.visit_id]:
            del self.visits[outbox.ticket.visit_id]

    def _place(self, outbox: Outbox) -> set[Outbox]:
        return self.visits[outbox.ticket.visit_id] if isinstance(outbox.ticket, VisitorTicket) else self.desks

    def all(self) -> list[Outbox]:
        return [*self.desks, *(one for few in self.visits.values() for one in few)]


def _events_behind(site_id: int, afters: set[int], last: int) -> tuple[StreamEvent, ...]:
    """Everything behind the earliest of ``afters`` of which nothing is lost; nothing, when all stand at ``last``."""
    for after in sorted(afters):
        if after < last and not (news := news_since(site_id, after, last=last)).lost:
            return news.events
    return ()


class Reader(threading.Thread):
    """``is_called``: whether somebody calls ``look`` when something happened, so that looking by itself may be rare."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, is_called: Callable[[], bool]) -> None:
        super().__init__(name="streams-reader", daemon=True)
        self._loop = loop
        self._is_called = is_called
        self._asked: queue.SimpleQueue[tuple[bool, Outbox]] = queue.SimpleQueue()
        self._joining: list[Outbox] = []
        self._sites: dict[int, _Site] = {}
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._check_at = 0.0

    # --- from other threads ------------------------------------------------------------------------------

    def join_in(self, outbox: Outbox) -> None:
        """A stream has been opened; it is ended at once when its people may not look on."""
        self._asked.put((True, outbox))
        self._news.set()

    def leave(self, outbox: Outbox) -> None:
        """A stream is closed."""
        self._asked.put((False, outbox))

    def look(self) -> None:
        """Something has happened."""
        self._news.set()

    def stop(self) -> None:
        self._stopping.set()
        self._news.set()

    # --- this thread -------------------------------------------------------------------------------------

    def run(self) -> None:
        try:
            self._work()
        finally:
            connection.close()
            if not self._stopping.is_set():
                # A fault of ours: a process whose streams are silent is worse than none, and a new one is started.
                os.kill(os.getpid(), signal.SIGTERM)

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            try:
                self._round()
            except DatabaseError:
                _logger.warning("The database did not answer the streams; trying again.", exc_info=True)
                connection.close()
                self._stopping.wait(1)
            self._news.wait(LOOK_EVERY_WHEN_CALLED if self._is_called() else LOOK_EVERY)

    def _round(self) -> None:
        self._take_in()
        self._hand_out()
        while self._joining:
            self._admit(self._joining[:_AT_ONCE])
            del self._joining[:_AT_ONCE]
        if time.monotonic() >= self._check_at:
            self._check()
            self._check_at = time.monotonic() + settings.STREAM_CHECK_EVERY

    def _take_in(self) -> None:
        """Who has come and gone since the last look."""
        while not self._asked.empty():
            comes, outbox = self._asked.get()
            if comes:
                self._joining.append(outbox)
            elif (site := self._sites.get(outbox.ticket.site_id)) is not None:
                site.discard(outbox)
                if not site.desks and not site.visits:
                    del self._sites[outbox.ticket.site_id]

    def _hand_out(self) -> None:
        if not self._sites:
            return
        for site_id, last in last_numbers(self._sites).items():
            site = self._sites[site_id]
            while site.position != last:
                step = last if last < site.position else min(last, site.position + _AT_ONCE)
                self._tell(site, news_since(site_id, site.position, last=step))

    def _tell(self, site: _Site, news: News) -> None:
        now = timezone.now()
        everybody = site.all()
        if news.lost:
            self._deliver([(one, [(news.last, reset(news.last))]) for one in everybody], everybody, news.last)
        else:
            to_desks = desk_chunks(news, now=now) if site.desks else []
            to_visits = visitor_chunks(news.events, site.visits, now=now)
            parcels = [(one, to_desks) for one in site.desks]
            parcels += [(one, chunks) for visit, chunks in to_visits.items() for one in site.visits[visit]]
            self._deliver(parcels, everybody, news.last)
        site.position = news.last

    # --- coming in ---------------------------------------------------------------------------------------

    def _admit(self, outboxes: list[Outbox]) -> None:
        allowed = who_may_look({one.ticket for one in outboxes}, now=timezone.now())
        self._end([one for one in outboxes if one.ticket not in allowed])
        coming: dict[int, list[Outbox]] = defaultdict(list)
        for one in outboxes:
            if one.ticket in allowed and not one.ended:
                coming[one.ticket.site_id].append(one)
        new = last_numbers(site_id for site_id in coming if site_id not in self._sites)
        for site_id, few in coming.items():
            site = self._sites.get(site_id) or _Site(new[site_id])
            self._catch_up(site_id, site.position, few)
            for one in few:
                site.add(one)
            self._sites[site_id] = site

    def _catch_up(self, site_id: int, last: int, outboxes: list[Outbox]) -> None:
        """What happened between where each of them was and where the site stands."""
        now = timezone.now()
        events = _events_behind(site_id, {one.after for one in outboxes if one.after is not None}, last)
        first = events[0].number if events else last + 1
        to_desks = desk_chunks(News(events, last), now=now)
        visits = {one.ticket.visit_id for one in outboxes if isinstance(one.ticket, VisitorTicket)}
        to_visits = visitor_chunks(events, visits, now=now)
        parcels = []
        for one in outboxes:
            after = last if one.after is None else one.after
            own = to_visits.get(one.ticket.visit_id, []) if isinstance(one.ticket, VisitorTicket) else to_desks
            chunks = [chunk for chunk in own if chunk[0] > after]
            # Not known any longer, or more than a reader may leave waiting.
            if not first - 1 <= after <= last or sum(len(data) for _, data in chunks) > MOST_WAITING // 2:
                chunks = [(last, reset(last))]
            parcels.append((one, [(last, BEGINNING), *chunks, (last, position(last))]))
        self._deliver(parcels, outboxes, last)

    # --- and out -----------------------------------------------------------------------------------------

    def _check(self) -> None:
        open_ = [one for site in self._sites.values() for one in site.all()]
        allowed = who_may_look({one.ticket for one in open_}, now=timezone.now())
        self._end([one for one in open_ if one.ticket not in allowed])

    def _deliver(self, parcels: list[tuple[Outbox, list[Chunk]]], everybody: Iterable[Outbox], last: int) -> None:
        everybody = list(everybody)

        def deliver() -> None:
            for outbox, chunks in parcels:
                for chunk in chunks:
                    outbox.put(chunk)
            for outbox in everybody:
                outbox.position = last

        self._call(deliver)

    def _end(self, outboxes: list[Outbox]) -> None:
        if outboxes:
            self._call(lambda: _end_all(outboxes))

    def _call(self, work: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)


def _end_all(outboxes: list[Outbox]) -> None:
    for one in outboxes:
        one.end()
