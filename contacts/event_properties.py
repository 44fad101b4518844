"""FIL-6, FIL-9: what events of one name carried of late, so that a condition on a property need not be guessed.

Only a help for typing: which properties an event may have is nowhere laid down, and any name can be asked for.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from contacts.models import Event
from desk.models import Site

_LOOKED_AT = 200  # the newest events; one range of the index by name
_MOST = 50
_VALUES = 10
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Property:
    """``type`` is text, number, boolean or list: what most of the values were. ``values`` are the usual texts."""

    name: str
    type: str
    values: tuple[str, ...]


def occurring_properties(site: Site, event: str) -> list[Property]:
    """By name; of managed contacts only, what anonymous visitors do is not shown (KIND-5)."""
    newest = Event.objects.filter(site=site, name=event, contact__managed=True).order_by("-at")
    types: dict[str, Counter[str]] = {}
    texts: dict[str, Counter[str]] = {}
    for property_ in newest.values_list("property", flat=True)[:_LOOKED_AT]:
        for name, value in property_.items():
            types.setdefault(name, Counter())[_type_of(value)] += 1
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, str) and 0 < len(item) <= _LONGEST:
                    texts.setdefault(name, Counter())[item] += 1
    return [
        Property(name, types[name].most_common(1)[0][0], _usual(texts.get(name, Counter())))
        for name in sorted(types)[:_MOST]
    ]


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "list" if isinstance(value, list) else "text"


def _usual(texts: Counter[str]) -> tuple[str, ...]:
    return tuple(text for text, _times in texts.most_common(_VALUES))
