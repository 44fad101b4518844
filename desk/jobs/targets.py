"""What the ids in a job's refusals and examples stand for. The desk does not know: the apps that own them say.

A job keeps no names, so that nothing personal outlives its owner; they are looked up when somebody reads.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from desk.access import Access
from desk.registry import Registry


@dataclass(frozen=True, slots=True)
class Target:
    """What an item is called for this reader (masked if need be), its public number if it has one, and its page."""

    label: str
    number: str = ""
    url: str = ""


# A source answers for the ids that it knows on the site of the access and leaves out the others.
target_sources: Registry[Callable[[Access, Sequence[int]], Mapping[int, Target]]] = Registry("job targets")


def find_targets(access: Access, ids: Iterable[int]) -> dict[int, Target]:
    """{id: what it is}; what is gone is missing. One statement or two for all of them."""
    wanted = sorted(set(ids))
    found: dict[int, Target] = {}
    for source in target_sources:
        if not wanted:
            break
        found.update(source(access, wanted))
        wanted = [pk for pk in wanted if pk not in found]
    return found
