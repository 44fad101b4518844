"""SEG-1: a tag that gets another name keeps its place in the segments that name it."""

from desk.models import Site
from segments.models import Segment
from tags.catalogue import rename_participants
from tags.filter_fields import with_renamed_tag


def follow_rename(site: Site, before: str, after: str) -> None:
    """Write the new name into every segment of the site that names the old one; runs in the rename's transaction."""
    for segment in Segment.objects.select_for_update().filter(site=site):
        filter = with_renamed_tag(segment.filter, before=before, after=after)
        if filter != segment.filter:
            segment.filter = filter
            segment.save(update_fields=["filter", "updated_at"])


rename_participants.register("segments", follow_rename)
