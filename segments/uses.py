"""SEG-6: what uses a segment: other segments here, rules and whatever else an upper app adds. Listed before it goes."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.access import Access
from desk.ids import read_id
from desk.registry import Registry
from segments.models import Segment
from segments.saving import named_segments
from segments.sharing import manageable_segments


@dataclass(frozen=True, slots=True)
class Use:
    """Something that asks for a segment. ``kind`` says what it is; ``page`` is the name of its page's address, which
    takes ``id``, and empty where the operator may not look."""

    kind: str | Promise
    name: str
    page: str = ""
    id: int = 0


# Everything on the site that asks for a segment, by the id of the segment; names only what the operator may see.
segment_users: Registry[Callable[[Access], Mapping[int, Sequence[Use]]]] = Registry("users of segments")


def uses_of_segments(access: Access) -> dict[int, list[Use]]:
    """What uses which segment of the site on show, by the segment's id."""
    found: dict[int, list[Use]] = defaultdict(list)
    for users in segment_users:
        for segment_id, uses in users(access).items():
            found[segment_id] += uses
    return dict(found)


def _segments(access: Access) -> dict[int, list[Use]]:
    """Segments that ask for others. Somebody else's private one is counted, but not named (SEG-6)."""
    seen = set(manageable_segments(access).values_list("pk", flat=True))
    found: dict[int, list[Use]] = defaultdict(list)
    for segment in Segment.objects.filter(site=access.site).order_by("name_folded"):
        for named in named_segments(segment.filter):
            if (segment_id := read_id(named)) is not None:
                found[segment_id].append(_use(segment, visible=segment.pk in seen))
    return found


def _use(segment: Segment, *, visible: bool) -> Use:
    kind = gettext_lazy("Segment")
    if not visible:
        return Use(kind, _("a private segment of somebody else"))
    return Use(kind, segment.name, "admin:segments_segment_change", segment.pk)


segment_users.register("segments", _segments)
