"""UNI-13: the fingerprint of a plan: whether anything was written since, and which lines of the plan it concerns.

It holds digests only, nothing personal: it travels through pages and programs.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from contacts.merge_values import Line, PlanDifference

_SHORT = 3


def fingerprint_of(lines: Iterable[Line]) -> str:
    """A digest of the whole, and two short ones per line: of its key and of its state."""
    whole, short = hashlib.sha256(), b""
    for line in lines:
        state = hashlib.sha256(json.dumps(line.state, sort_keys=True, default=str).encode()).digest()
        whole.update(line.key.encode() + b"\0" + state)
        short += _short(line.key.encode()) + state[:_SHORT]
    return f"{whole.hexdigest()[:32]}.{base64.urlsafe_b64encode(short).decode()}"


def _short(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:_SHORT]


def differences(fingerprint: str, lines: Sequence[Line], told: Mapping[str, Sequence[str]]) -> list[PlanDifference]:
    """The lines that are not what they were. ``told``: what the preview said, as ``MergePlan.told`` answers it."""
    then, now = _read(fingerprint), _read(fingerprint_of(lines))
    # The time of the last change goes with every other difference, and tells nothing beside it.
    changed = [line for line in lines if then.get(key := _short(line.key.encode())) != now[key]]
    shown = [line for line in changed if line.key != "updatedAt"] or changed
    found = [
        PlanDifference(line.key, line.label, told[line.key][1] if line.key in told else None, line.text)
        for line in shown
    ]
    there = {line.key for line in lines}
    gone = [PlanDifference(key, label, text, "–") for key, (label, text) in told.items() if key not in there]
    return found + gone


def _read(fingerprint: str) -> dict[bytes, bytes]:
    """{digest of the key: digest of the state}; a text that is no fingerprint of ours holds nothing."""
    try:
        short = base64.urlsafe_b64decode(fingerprint.partition(".")[2])
    except ValueError:
        return {}
    step = 2 * _SHORT
    return {short[at : at + _SHORT]: short[at + _SHORT : at + step] for at in range(0, len(short), step)}
