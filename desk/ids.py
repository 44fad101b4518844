"""Time-ordered 63-bit ids made by the application (speed.md, "Schema", 1).

41 bits of milliseconds since 2024, 11 bits that differ per process, 11 bits of sequence. Neighbouring rows get
neighbouring ids, so inserts go to the right edge of an index, and a batch can know its ids before it is written.
"""

import datetime
import os
import secrets
import threading
import time

_EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
_SEQUENCE_BITS = 11
_NODE_BITS = 11
_LARGEST = (1 << 63) - 1
_DIGITS = 19

_lock = threading.Lock()
_node = secrets.randbelow(1 << _NODE_BITS)
_last = 0  # milliseconds and sequence of the last id, as one number


def new_id() -> int:
    """Return an id greater than every earlier one of this process; unique among processes by the node bits.

    More than 2,048 ids in one millisecond borrow from the next millisecond, so a bulk insert never waits.
    """
    global _last
    now = (time.time_ns() // 1_000_000 - _EPOCH_MS) << _SEQUENCE_BITS
    with _lock:
        _last = max(_last + 1, now)
        tick = _last
    milliseconds, sequence = tick >> _SEQUENCE_BITS, tick & ((1 << _SEQUENCE_BITS) - 1)
    return (milliseconds << (_NODE_BITS + _SEQUENCE_BITS)) | (_node << _SEQUENCE_BITS) | sequence


def new_ids(count: int) -> list[int]:
    """So many of them at once, in a fraction of the time."""
    global _last
    now = (time.time_ns() // 1_000_000 - _EPOCH_MS) << _SEQUENCE_BITS
    with _lock:
        first = max(_last + 1, now)
        _last = first + count - 1
    high, node, low = _NODE_BITS + _SEQUENCE_BITS, _node << _SEQUENCE_BITS, (1 << _SEQUENCE_BITS) - 1
    return [tick >> _SEQUENCE_BITS << high | node | tick & low for tick in range(first, first + count)]


def read_id(text: str) -> int | None:
    """The id that ``text`` writes out in digits; None for whatever is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        return None
    return int(text) if int(text) <= _LARGEST else None


def made_at(id_: int) -> datetime.datetime:
    """When an id was made, to the millisecond."""
    milliseconds = (id_ >> (_NODE_BITS + _SEQUENCE_BITS)) + _EPOCH_MS
    return datetime.datetime.fromtimestamp(milliseconds / 1000, tz=datetime.UTC)


def id_at(moment: datetime.datetime) -> int:
    """The smallest id that may have been made at ``moment`` or later: the bound of "everything since"."""
    milliseconds = int(moment.timestamp() * 1000) - _EPOCH_MS
    return max(0, milliseconds) << (_NODE_BITS + _SEQUENCE_BITS)


def _renew_node() -> None:
    global _node
    _node = secrets.randbelow(1 << _NODE_BITS)


os.register_at_fork(after_in_child=_renew_node)
