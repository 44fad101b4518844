"""Reading many filters at once with all the segments that they name, and those that these name (``Together``)."""

from collections.abc import Sequence
from typing import Any

from contacts.filters.limits import MAX_SEGMENTS_DEEP
from contacts.filters.together import Together
from desk.ids import read_id
from desk.models import Site
from segments.models import Segment
from segments.saving import named_segments


def read_together(site: Site, documents: Sequence[Any]) -> Together:
    """For reading these documents; a statement for each level of segments within segments, none without any."""
    found: dict[int, Segment] = {}
    everything = list(documents)
    level = everything
    for _level in range(MAX_SEGMENTS_DEEP + 1):
        written = {name for document in level for name in named_segments(document)}
        named = {pk for pk in map(read_id, written) if pk is not None and pk not in found}
        segments = list(Segment.objects.select_related("owner").filter(site=site, pk__in=named)) if named else []
        if not segments:
            break
        found |= {segment.pk: segment for segment in segments}
        level = [segment.filter for segment in segments]
        everything = [*everything, *level]
    together = Together(everything)
    together.once("segments", lambda documents: found)
    return together
