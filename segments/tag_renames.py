"""SEG-1: segments name tags by name. A tag that is renamed or merged into another keeps its place in them; before one
goes, the segments that name it are listed (TAG-2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.access import Access
from desk.models import Site
from segments.models import Segment
from segments.sharing import manageable_segments
from tags.catalogue import RenameParticipant, rename_participants
from tags.filter_fields import names_of_tags, with_renamed_tags
from tags.uses import TagUse, tag_users


def follow_renames(site: Site, names: Mapping[str, str]) -> dict[str, Any]:
    """Write the new names into every segment of the site that names an old one; runs in the rename's transaction.

    Answers what they were: {segment: filter}.
    """
    before = {}
    for segment in Segment.objects.select_for_update().filter(site=site):
        filter = with_renamed_tags(segment.filter, names)
        if filter != segment.filter:
            before[str(segment.pk)] = segment.filter
            _write(segment, filter)
    return before


def return_names(site: Site, names: Mapping[str, str], before: Mapping[str, Any]) -> None:
    """Take ``follow_renames`` back where nobody has changed the segment since."""
    for segment in Segment.objects.select_for_update().filter(site=site, pk__in=map(int, before)):
        if segment.filter == with_renamed_tags(before[str(segment.pk)], names):
            _write(segment, before[str(segment.pk)])


def _write(segment: Segment, filter: dict[str, Any]) -> None:
    segment.filter = filter
    segment.save(update_fields=["filter", "updated_at"])


def _uses(access: Access, names: Sequence[str]) -> list[TagUse]:
    """The segments that name one of the tags. Somebody else's private one is counted, but not named (SEG-6)."""
    seen = set(manageable_segments(access).values_list("pk", flat=True))
    wanted = set(names)
    return [
        _use(segment, visible=segment.pk in seen)
        for segment in Segment.objects.filter(site=access.site).order_by("name_folded")
        if wanted & names_of_tags(segment.filter)
    ]


def _use(segment: Segment, *, visible: bool) -> TagUse:
    kind = gettext_lazy("Segment")
    if not visible:
        return TagUse(kind, _("a private segment of somebody else"))
    return TagUse(kind, segment.name, "admin:segments_segment_change", segment.pk)


rename_participants.register("segments", RenameParticipant(follow_renames, return_names))
tag_users.register("segments", _uses)
