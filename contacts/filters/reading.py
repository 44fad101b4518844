"""What is known while a filter document is read."""

from dataclasses import dataclass, field

from contacts.filters.limits import MAX_CONDITIONS_IN_ALL
from desk.models import Site


@dataclass(slots=True)
class Budget:
    """How many conditions may still be read, those of the segments a filter names included."""

    conditions: int


@dataclass(frozen=True, slots=True)
class Reading:
    """``trail``: ids of the segments being read, outermost first; a field that reads another filter extends it."""

    site: Site
    trail: tuple[int, ...] = ()
    budget: Budget = field(default_factory=lambda: Budget(MAX_CONDITIONS_IN_ALL))

    def within(self, segment_id: int) -> "Reading":
        """The same reading, one segment deeper."""
        return Reading(self.site, (*self.trail, segment_id), self.budget)
