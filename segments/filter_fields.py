"""The filter field ``segment``: in, or not in, another segment (FIL-2). The other filter is read when this one is.

A circle is refused, and so is a segment whose own filter is refused: it matches nobody, but "not in" it must not become
everybody.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.filters.compile import compile_within
from contacts.filters.document import Filter, parse_filter
from contacts.filters.errors import FilterError, Refused
from contacts.filters.fields import Choice, Condition, FilterField, Group, filter_fields
from contacts.filters.limits import MAX_SEGMENTS_DEEP
from contacts.filters.operators import ValueType
from contacts.filters.reading import Reading
from contacts.filters.sql import Nobody
from contacts.filters.values import Moment
from contacts.folding import fold
from desk.models import Site
from segments.models import Segment
from segments.sharing import visible_segments

_SUGGESTED = 50
Named = tuple[str, Filter]  # the name of a segment and its filter


def _resolve(condition: Condition, reading: Reading) -> tuple[Named, ...]:
    return tuple(_read(str(value), index, reading) for index, value in enumerate(condition.values))


def _read(value: str, index: int, reading: Reading) -> Named:
    place = f".values[{index}]"
    segment = _found(value, reading.site)
    if segment is None:
        raise Refused("unknown_segment", _("There is no segment “%(id)s”.") % {"id": value[:40]}, place)
    names = {"name": segment.name}
    if segment.pk in reading.trail:
        raise Refused("segment_cycle", _("The segment “%(name)s” asks for itself.") % names, place)
    if len(reading.trail) >= MAX_SEGMENTS_DEEP:
        raise Refused("too_deep", _("Segments ask for segments too many times over at “%(name)s”.") % names, place)
    try:
        return segment.name, parse_filter(segment.filter, site=reading.site, reading=reading.within(segment.pk))
    except FilterError as error:
        message = _("The segment “%(name)s” cannot be used: %(reason)s")
        code = error.problems[0].code if error.problems[0].code == "segment_cycle" else "segment_refused"
        raise Refused(code, message % {**names, "reason": error.problems[0].message}, place) from None


def _found(value: str, site: Site) -> Segment | None:
    if not (value.isascii() and value.isdigit() and len(value) <= 19) or int(value) >= 1 << 63:
        return None
    return Segment.objects.filter(site=site, pk=int(value)).first()


def _compile(condition: Condition, moment: Moment) -> Q:
    named: tuple[Named, ...] = condition.resolved
    return reduce(or_, (_whole(filter, moment) for _name, filter in named))


def _whole(filter: Filter, moment: Moment) -> Q:
    # An empty filter compiles to an empty Q, which would not survive being negated.
    return compile_within(filter, moment) or ~Q(Nobody())


def _suggest(site: Site, typed: str) -> Sequence[Choice]:
    """The shared segments whose name contains what was typed."""
    segments = visible_segments(site, None).filter(name_folded__contains=fold(typed))
    return [Choice(str(segment.pk), segment.name) for segment in segments[:_SUGGESTED]]


SEGMENT = FilterField(
    key="segment",
    label=gettext_lazy("Segment"),
    group=Group.SEGMENTS,
    type=ValueType.SEGMENT,
    compile=_compile,
    resolve=_resolve,
    suggest=_suggest,
    say=lambda condition: [name for name, _filter in condition.resolved],
    unfold=lambda condition: condition.resolved,
)
filter_fields.register(SEGMENT.key, SEGMENT)
