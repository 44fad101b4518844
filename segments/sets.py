"""Segments as sets: who is in one and not in another, as one filter. The conditions stay the interpreter's (FIL-8)."""

import datetime
from collections.abc import Sequence

from django.db.models import Count

from contacts.filters.compile import Purpose, compile_filter
from contacts.filters.document import Branch, Filter, Not, parse_filter
from contacts.filters.errors import FilterError
from contacts.models import Contact
from desk.models import Site
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


def count_each(site: Site, filters: Sequence[Filter | None], *, now: datetime.datetime) -> list[int]:
    """How many managed contacts match each filter at ``now``: one statement, one pass. None matches nobody."""
    aggregates: dict[str, Count] = {}
    for number, filter in enumerate(filters):
        if filter is not None:
            condition = compile_filter(filter, now=now, purpose=Purpose.PASS)
            aggregates[f"n{number}"] = Count("pk", filter=condition) if condition else Count("pk")
    found = Contact.objects.filter(site=site, managed=True).aggregate(**aggregates) if aggregates else {}
    return [found.get(f"n{number}", 0) for number in range(len(filters))]
