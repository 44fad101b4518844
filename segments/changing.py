"""SEG-5: what other conditions would do to a segment, before they are saved: who joins and who leaves, with examples.

The fingerprint stands for the conditions the plan started from: saving with it is refused when somebody else has
changed them meanwhile (``segments.saving.change_segment``).
"""

import datetime
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from contacts.filters.document import Filter
from contacts.filters.matching import matching
from contacts.models import Contact
from contacts.time_limit import time_limit
from segments.models import Segment
from segments.sets import count_each, filter_if_valid, without

EXAMPLES = 5
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Change:
    """How many are in the segment ``before`` and ``after``; the examples are those seen last.

    ``was_refused``: the conditions of today cannot be read, so nobody is in it now.
    """

    before: int
    after: int
    joins: int
    leaves: int
    joining: tuple[Contact, ...]
    leaving: tuple[Contact, ...]
    fingerprint: str
    was_refused: bool


def fingerprint_of(document: Any) -> str:
    """Stands for a segment's conditions as they are kept."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def plan_change(segment: Segment, filter: Filter, *, now: datetime.datetime, seconds: float = SECONDS) -> Change:
    """What saving ``filter`` in ``segment`` would change at ``now``. ``TookTooLong`` after ``seconds`` a statement.

    One statement for the numbers, and one for each list of examples that has any.
    """
    old = filter_if_valid(segment)
    joiners, leavers = without(filter, old), without(old, filter)
    with time_limit(seconds):
        before, after, joins = count_each(segment.site, [old, filter, joiners], now=now)
        leaves = before - (after - joins)
        return Change(
            before=before,
            after=after,
            joins=joins,
            leaves=leaves,
            joining=_examples(segment, joiners, now) if joins else (),
            leaving=_examples(segment, leavers, now) if leaves else (),
            fingerprint=fingerprint_of(segment.filter),
            was_refused=old is None,
        )


def _examples(segment: Segment, filter: Filter | None, now: datetime.datetime) -> tuple[Contact, ...]:
    if filter is None:  # nobody; to ``matching`` no filter would be everybody
        return ()
    found = matching(segment.site, filter, now=now)
    return tuple(found.order_by("-last_seen_on", "-last_seen_at", "-pk")[:EXAMPLES])
