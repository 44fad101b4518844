"""FIL-3, FIL-8: what a date condition asks, as a span of days and a span of instants at the site.

Dates come in two kinds: a day without a time (a birthday) and an instant. Both spans say the same; which one counts
depends on the value it is compared with.
"""

import datetime
from dataclasses import dataclass

from contacts.filters.fields import Condition
from contacts.filters.values import Moment, Operand, is_day, step_back

_DAY = datetime.timedelta(days=1)
_TICK = datetime.timedelta(microseconds=1)  # what both databases resolve


@dataclass(frozen=True, slots=True)
class Span:
    """``first_day`` to ``last_day``, both inside; ``start`` inside to ``end`` outside, in UTC. None: open."""

    first_day: datetime.date | None = None
    last_day: datetime.date | None = None
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None


def span_of(condition: Condition, moment: Moment) -> Span:
    """The span of ``before``, ``after``, ``on``, ``between``, ``withinLast``, ``withinNext`` or ``moreThanAgo``."""
    op, operands = condition.op, condition.operands
    if op == "before":
        return _until(operands[0], moment, inclusive=False)
    if op == "after":
        return _since(operands[0], moment, inclusive=False)
    if op in ("on", "between"):
        since, until = _since(operands[0], moment, inclusive=True), _until(operands[-1], moment, inclusive=True)
        return Span(since.first_day, until.last_day, since.start, until.end)
    amount, unit = operands[0], condition.unit
    assert isinstance(amount, int)
    if op == "withinNext":
        end, day = moment.ago(-amount, unit), step_back(moment.today, -amount, unit)
        return Span(moment.today, day, moment.now.astimezone(datetime.UTC), end + _TICK)
    start, day = moment.ago(amount, unit), step_back(moment.today, amount, unit)
    if op == "withinLast":
        return Span(day, moment.today, start, moment.now.astimezone(datetime.UTC) + _TICK)
    return Span(None, day - _DAY, None, start)


def _since(bound: Operand, moment: Moment, *, inclusive: bool) -> Span:
    """From a day or an instant on."""
    if is_day(bound):
        assert isinstance(bound, datetime.date)
        day = bound if inclusive else bound + _DAY
        return Span(first_day=day, start=moment.start_of(day))
    assert isinstance(bound, datetime.datetime)
    start = bound if inclusive else bound + _TICK
    day = start.astimezone(moment.zone).date()
    return Span(first_day=day if moment.start_of(day) >= start else day + _DAY, start=start)


def _until(bound: Operand, moment: Moment, *, inclusive: bool) -> Span:
    """Up to a day or an instant; a day counts as its first instant."""
    if is_day(bound):
        assert isinstance(bound, datetime.date)
        day = bound if inclusive else bound - _DAY
        return Span(last_day=day, end=moment.start_of(day + _DAY))
    assert isinstance(bound, datetime.datetime)
    end = bound + _TICK if inclusive else bound
    return Span(last_day=(end - _TICK).astimezone(moment.zone).date(), end=end)
