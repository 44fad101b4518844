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
    found = _named(site, documents)
    together = Together([*documents, *(segment.filter for segment in found.values())])
    first = [found]
    together.once("segments", lambda _all: first.pop() if first else _named(site, documents), _told)
    return together


def _named(site: Site, documents: Sequence[Any]) -> dict[int, Segment]:
    found: dict[int, Segment] = {}
    level = list(documents)
    for _level in range(MAX_SEGMENTS_DEEP + 1):
        written = {name for document in level for name in named_segments(document)}
        named = {pk for pk in map(read_id, written) if pk is not None and pk not in found}
        if not named:
            break
        segments = list(Segment.objects.select_related("owner").filter(site=site, pk__in=named))
        found |= {segment.pk: segment for segment in segments}
        level = [segment.filter for segment in segments]
    return found


def _told(found: dict[int, Segment]) -> list[Any]:
    """What of the segments decides how a document is read that names them."""
    return sorted((pk, one.name, one.shared, one.owner_id or 0, repr(one.filter)) for pk, one in found.items())
