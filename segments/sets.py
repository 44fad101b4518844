"""Segments as sets: who is in one and not in another, as one filter. The conditions stay the interpreter's (FIL-8)."""

from contacts.filters.document import Branch, Filter, Not, parse_filter
from contacts.filters.errors import FilterError
from segments.filter_fields import reading_of
from segments.models import Segment


def filter_of(segment: Segment) -> Filter:
    """The segment's filter; ``FilterError`` when something it names is gone (SEG-1)."""
    return parse_filter(segment.filter, site=segment.site, reading=reading_of(segment))


def filter_if_valid(segment: Segment) -> Filter | None:
    """The segment's filter; None when it is refused and so matches nobody."""
    try:
        return filter_of(segment)
    except FilterError:
        return None


def without(one: Filter | None, other: Filter | None) -> Filter | None:
    """Whoever is in ``one`` and not in ``other``. None stands for a filter that matches nobody."""
    if one is None or other is None:
        return one
    if other.root is None:
        return None  # nobody is outside of everybody
    outside = Not(other.root)
    # Never shown or saved, so it needs no document.
    return Filter(one.site, outside if one.root is None else Branch(True, (one.root, outside)), {})
