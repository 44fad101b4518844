"""The filter field ``segment``: in, or not in, another segment (FIL-2). The other filter is read when this one is.

A circle is refused, and so is a segment whose own filter is refused: it matches nobody, but "not in" it must not become
everybody. Whoever asks may name the segments they see; a shared segment may name shared ones only, a private one also
those of its owner (SEG-6), so that a segment means the same people to everybody who uses it.
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
from contacts.filters.reading import PROGRAM, Asker, Reading
from contacts.filters.sql import Nobody
from contacts.filters.values import Moment
from contacts.folding import fold
from desk.actors import Actor
from desk.ids import read_id
from desk.models import Site
from segments.models import Segment
from segments.sharing import visible_segments

_SUGGESTED = 50
Named = tuple[str, Filter]  # the name of a segment and its filter


def _resolve(condition: Condition, reading: Reading) -> tuple[Named, ...]:
    return tuple(_read(str(value), index, reading) for index, value in enumerate(condition.values))


def _read(value: str, index: int, reading: Reading) -> Named:
    place = f".values[{index}]"
    segment = _found(value, reading, place)
    names = {"name": segment.name}
    if segment.pk in reading.trail:
        raise Refused("segment_cycle", _("The segment “%(name)s” asks for itself.") % names, place)
    if len(reading.trail) >= MAX_SEGMENTS_DEEP:
        raise Refused("too_deep", _("Segments ask for segments too many times over at “%(name)s”.") % names, place)
    below = reading.within(segment.pk, asker_for(segment))
    try:
        return segment.name, parse_filter(segment.filter, site=reading.site, reading=below)
    except FilterError as error:
        message = _("The segment “%(name)s” cannot be used: %(reason)s")
        code = error.problems[0].code if error.problems[0].code == "segment_cycle" else "segment_refused"
        raise Refused(code, message % {**names, "reason": error.problems[0].message}, place) from None


def asker_for(segment: Segment) -> Asker:
    """On whose behalf the segment's own filter is read, whoever looks at it."""
    return PROGRAM if segment.shared else Asker(segment.owner)


def reading_to_save(segment: Segment, *, shared: bool, actor: Actor) -> Reading:
    """For reading a filter that ``actor`` gives to ``segment``, which is going to be shared or private."""
    asker = Asker(actor.operator, for_all=True) if shared else Asker(segment.owner or actor.operator)
    return Reading(segment.site, (segment.pk,), asker)


def reading_of(segment: Segment) -> Reading:
    """For reading the filter of ``segment``."""
    return Reading(segment.site, (segment.pk,), asker_for(segment))


def _found(value: str, reading: Reading, place: str) -> Segment:
    """The segment of this id, if whoever asks may name it; one they do not see is not there."""
    wanted = read_id(value)
    asker = reading.asker
    segment = _seen(wanted, reading) if wanted is not None else None
    if segment is None:
        raise Refused("unknown_segment", _("There is no segment “%(id)s”.") % {"id": value[:40]}, place)
    if asker is not None and asker.for_all and not segment.shared:
        message = _("The segment “%(name)s” is private: only a private segment of its owner can ask for it.")
        raise Refused("private_segment", message % {"name": segment.name}, place)
    return segment


def _seen(wanted: int, reading: Reading) -> Segment | None:
    asker = reading.asker
    if reading.together is not None:
        known: dict[int, Segment] = reading.together.once("segments", lambda documents: {})
        segment = known.get(wanted)
        return segment if segment is not None and _is_seen(segment, asker) else None
    if asker is None or asker.everything:
        seen = Segment.objects.filter(site=reading.site)
    else:
        seen = visible_segments(reading.site, asker.operator)
    return seen.select_related("owner").filter(pk=wanted).first()


def _is_seen(segment: Segment, asker: Asker | None) -> bool:
    """``visible_segments`` of one that is at hand."""
    if asker is None or asker.everything or segment.shared:
        return True
    return asker.operator is not None and segment.owner_id == asker.operator.pk


def _compile(condition: Condition, moment: Moment) -> Q:
    named: tuple[Named, ...] = condition.resolved
    return reduce(or_, (_whole(filter, moment) for _name, filter in named))


def _whole(filter: Filter, moment: Moment) -> Q:
    # An empty filter compiles to an empty Q, which would not survive being negated.
    return compile_within(filter, moment) or ~Q(Nobody())


def _suggest(site: Site, typed: str, asker: Asker) -> Sequence[Choice]:
    """The segments whoever asks sees, whose name contains what was typed; the shared ones first."""
    segments = visible_segments(site, asker.operator).filter(name_folded__contains=fold(typed))
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
