"""CHAT-4: what happened on a site behind a number, for whoever looks on: the streams, and pages that ask now and then.

Numbers are gapless and in the order of commits (``chats.telling``), so a reader who asks for what is behind the last
number it has seen misses nothing and gets nothing twice. Who is too far behind is told to begin anew.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from chats.models import StreamCounter, StreamEvent

# What is older is thrown away, and whoever was away for longer begins anew.
KEPT_FOR = datetime.timedelta(days=1)
# Who is further behind begins anew: looking at everything again is quicker than being told so much.
FAR_BEHIND = 2_000
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class News:
    """What happened behind a number, in order. ``last``: the number to ask behind next time.

    ``lost``: what happened in between is no longer known, or too much: look at everything anew, go on from ``last``.
    """

    events: tuple[StreamEvent, ...]
    last: int
    lost: bool = False


def last_number(site_id: int) -> int:
    """The number of the last thing that happened on the site; 0 before the first."""
    return last_numbers([site_id])[site_id]


def last_numbers(site_ids: Iterable[int]) -> dict[int, int]:
    """The last numbers of these sites, in one statement."""
    wanted = dict.fromkeys(site_ids, 0)
    return wanted | dict(StreamCounter.objects.filter(site__in=list(wanted)).values_list("site_id", "last"))


def news_since(site_id: int, after: int, *, last: int | None = None) -> News:
    """Everything behind ``after`` up to ``last``, which is asked for when it is not given."""
    last = last_number(site_id) if last is None else last
    if after == last:
        return News((), last)
    # Ahead of the site: its database was put back to an earlier day.
    if not 0 <= after < last or last - after > FAR_BEHIND:
        return News((), last, lost=True)
    rows = StreamEvent.objects.filter(site=site_id, number__gt=after, number__lte=last)
    events = tuple(rows.order_by("number"))
    # Fewer than numbers: some of it has been thrown away.
    return News(events, last) if len(events) == last - after else News((), last, lost=True)


def forget_old_events(*, now: datetime.datetime) -> int:
    """Throw away what is older than a day; how many. In batches, so that nobody who tells something waits long."""
    table = StreamEvent._meta.db_table
    forgotten = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE (site_id, number) IN"
                f" (SELECT site_id, number FROM {table} WHERE at < %s ORDER BY at LIMIT {_BATCH})",
                [now - KEPT_FOR],
            )
            count = cursor.rowcount
        forgotten += count
        if count < _BATCH:
            return forgotten
