"""SEG-3: two segments beside each other: how many are only in the first, in both, only in the second."""

import datetime
from dataclasses import dataclass
from typing import Any

from contacts.filters.document import Filter
from contacts.time_limit import time_limit
from segments.models import Segment
from segments.sets import count_each, without

SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Three numbers that add up to everybody who is in one of the two."""

    only_a: int
    both: int
    only_b: int

    @property
    def all(self) -> int:
        """Everybody in one of them."""
        return self.only_a + self.both + self.only_b


def compare(a: Filter, b: Filter, *, now: datetime.datetime, seconds: float = SECONDS) -> Comparison:
    """The filters of two segments of one site, in one statement; ``TookTooLong`` after ``seconds``."""
    with time_limit(seconds):
        in_a, in_b, only_a = count_each(a.site, [a, b, without(a, b)], now=now)
    both = in_a - only_a
    return Comparison(only_a, both, in_b - both)


def part_filter(*, inside: list[Segment], outside: list[Segment]) -> dict[str, Any]:
    """The filter document of one part: in these segments, and in none of those."""
    conditions = [("in", segment) for segment in inside] + [("notIn", segment) for segment in outside]
    return {"and": [{"key": "segment", "op": op, "values": [str(segment.pk)]} for op, segment in conditions]}
