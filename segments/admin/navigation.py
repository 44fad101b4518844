"""Where segments are found: in the sidebar with their numbers (SEG-2), and by name in the palette."""

from collections.abc import Callable

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.folding import fold
from desk.access import Access
from desk.admin import access_of
from desk.admin.navigation import Entry, Section, navigation
from desk.models import Site
from desk.palette import MAX_HITS, Hit, palette_sources
from segments.counting import Counted, counts_of, note_use, problems_of, refresh_stale_counts
from segments.models import Segment
from segments.sharing import visible_segments

IN_SIDEBAR = 40  # more than that nobody scans with the eye; the palette and the management page have all


def contacts_url(segment: Segment) -> str:
    """The list of everybody in the segment."""
    return f"{reverse('admin:contacts_contact_changelist')}?segment={segment.pk}"


class _LateCounts:
    """The numbers of one late request of the sidebar: counted again at most once, when the first is asked for."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._counts: dict[int, int | None] | None = None

    def of(self, segment: Segment) -> int | None:
        if self._counts is None:
            now = timezone.now()
            note_use(self._site, now=now)
            refresh_stale_counts(self._site, now=now)
            self._counts = dict(Segment.objects.filter(site=self._site).values_list("pk", "count"))
        return self._counts.get(segment.pk)


def _entries(request: HttpRequest) -> list[Entry]:
    access = access_of(request)
    if not access.may("segments.view"):
        return []
    late = _LateCounts(access.site)
    current = request.GET.get("segment") if request.path == reverse("admin:contacts_contact_changelist") else None
    counted = counts_of(access.site, access.operator)[:IN_SIDEBAR]
    entries = [_entry(one, late, active=str(one.segment.pk) == current) for one in counted]
    return [*entries, Entry(_("All segments"), reverse("admin:segments_segment_changelist"), "filter")]


def _entry(counted: Counted, late: _LateCounts, *, active: bool) -> Entry:
    segment = counted.segment
    if counted.refused:
        reason = "; ".join(problem.message for problem in problems_of(segment))
        title = _("%(name)s matches nobody: %(reason)s") % {"name": segment.name, "reason": reason}
        return Entry(segment.name, contacts_url(segment), "warning", _of(late, segment), active, title)
    count = counted.count if counted.fresh else _of(late, segment)
    return Entry(segment.name, contacts_url(segment), "segment", count, active, _title(counted))


def _of(late: _LateCounts, segment: Segment) -> Callable[[], int | None]:
    return lambda: late.of(segment)


def _title(counted: Counted) -> str:
    """The name in full, whose it is, and how old the number is."""
    parts = [counted.segment.name]
    if not counted.segment.shared:
        parts.append(_("only you see it"))
    if counted.segment.counted_at and not counted.fresh:
        parts.append(_("counted %(time)s ago") % {"time": timesince(counted.segment.counted_at)})
    return " · ".join(parts)


def _hits(access: Access, query: str) -> list[Hit]:
    """The segments whose name contains what was typed; nothing typed offers none."""
    if not query or not access.may("segments.view"):
        return []
    segments = visible_segments(access.site, access.operator).filter(name_folded__contains=fold(query))[:MAX_HITS]
    return [Hit(segment.name, _("Segment"), contacts_url(segment), "segment") for segment in segments]


navigation.register("segments", Section("segments", gettext_lazy("Segments"), 30, _entries))
palette_sources.register("segments", _hits)
