"""What is known while a filter document is read, and on whose behalf it is."""

from dataclasses import dataclass, field, replace

from contacts.filters.limits import MAX_CONDITIONS_IN_ALL, MAX_VALUES_IN_ALL
from contacts.filters.together import Together
from desk.access import Access
from desk.models import Operator, Site


@dataclass(slots=True)
class Budget:
    """How many conditions and values may still be read, those of the segments a filter names included."""

    conditions: int = MAX_CONDITIONS_IN_ALL
    values: int = MAX_VALUES_IN_ALL


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf a document is read: it decides which private things the document may name (SEG-6).

    Without an ``operator`` (a program, or what is meant for all of the site) only what is shared. ``everything``: an
    administrator. ``for_all``: the operator's document is to be shared, so what is the operator's alone has no place
    in it, but may be named when it is refused.
    """

    operator: Operator | None = None
    everything: bool = False
    for_all: bool = False

    @classmethod
    def of(cls, access: Access) -> "Asker":
        """Who is signed in."""
        return cls(access.operator, everything=access.may("segments.changeAll"))


PROGRAM = Asker()


@dataclass(frozen=True, slots=True)
class Reading:
    """``trail``: ids of the segments being read, outermost first; a field that reads another filter extends it.

    ``asker`` None: nobody asks. A job or a count goes on with what was accepted when somebody did. ``together``: the
    document is one of many that are read at once.
    """

    site: Site
    trail: tuple[int, ...] = ()
    asker: Asker | None = None
    budget: Budget = field(default_factory=Budget)
    together: Together | None = None

    def within(self, segment_id: int, asker: Asker) -> "Reading":
        """The same reading, one segment deeper: that segment's filter is read on its own behalf."""
        return replace(self, trail=(*self.trail, segment_id), asker=asker)
