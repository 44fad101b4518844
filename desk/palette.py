"""The command palette (Ctrl-K): apps register sources that answer hits for what was typed."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from desk.access import Access
from desk.registry import Registry

MAX_HITS = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """Somewhere to go. ``detail`` tells two hits of one label apart; ``icon`` names a drawing of the sprite.

    ``is_person``: shows somebody's data, unmasked to whoever may see it (SITE-4). ``presses``: the id of a control of
    the frame that is pressed; ``url`` is where to go from a page that does not have it.
    """

    label: str | Promise
    detail: str | Promise
    url: str
    icon: str
    is_person: bool = False
    presses: str = ""


# A source answers at most MAX_HITS hits on the site of the access, best first; for "" it answers what is handy.
palette_sources: Registry[Callable[[Access, str], list[Hit]]] = Registry("palette")


def hits(access: Access, query: str) -> list[Hit]:
    """At most ``MAX_HITS`` hits, each source in the order of registration."""
    found: list[Hit] = []
    for source in palette_sources:
        if len(found) >= MAX_HITS:
            break
        found.extend(source(access, query.strip())[: MAX_HITS - len(found)])
    return found
