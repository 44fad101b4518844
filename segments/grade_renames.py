"""SEG-1: segments name grades by name; a grade that is renamed keeps its place in them."""

from desk.models import Site
from segments.models import Segment
from tags.grade_catalogue import grade_renames
from tags.grade_filter import with_renamed_grade


def follow_rename(site: Site, before: str, after: str) -> None:
    """Write the new name into every segment of the site that names the grade; runs in the rename's transaction."""
    for segment in Segment.objects.select_for_update().filter(site=site):
        filter = with_renamed_grade(segment.filter, before=before, after=after)
        if filter != segment.filter:
            segment.filter = filter
            segment.save(update_fields=["filter", "updated_at"])


grade_renames.register("segments", follow_rename)
