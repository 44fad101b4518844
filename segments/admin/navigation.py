"""Where segments are found: in the sidebar with their numbers (SEG-2), and by name in the palette."""

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
from desk.palette import MAX_HITS, Hit, palette_sources
from segments.counting import Counted, counts_of, note_use, problems_of, refresh_stale_counts
from segments.models import Segment
from segments.sharing import visible_segments

IN_SIDEBAR = 40  # more than that nobody scans with the eye; the palette and the management page have all


def contacts_url(segment: Segment) -> str:
    """The list of everybody in the segment."""
    return f"{reverse('admin:contacts_contact_changelist')}?segment={segment.pk}"


def edit_url(segment: Segment) -> str:
    """The list with the filter builder open on the segment's conditions."""
    return f"{contacts_url(segment)}&edit=1"


class _LateCounts:
    """The numbers of one late request of the sidebar: counted again at most once, when the first is asked for."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._counted: dict[int, Counted] | None = None

    def of(self, segment: Segment) -> Counted | None:
        if self._counted is None:
            site, now = self._access.site, timezone.now()
            note_use(site, now=now)
            # While somebody else counts, or when it takes too long, the old numbers are shown with their age.
            refresh_stale_counts(site, now=now)
            self._counted = {one.segment.pk: one for one in counts_of(site, self._access.operator, now=now)}
        return self._counted.get(segment.pk)


def _entries(request: HttpRequest) -> list[Entry]:
    access = access_of(request)
    if not access.may("segments.view"):
        return []
    late = _LateCounts(access)
    current = request.GET.get("segment") if request.path == reverse("admin:contacts_contact_changelist") else None
    counted = counts_of(access.site, access.operator)[:IN_SIDEBAR]
    entries = [_entry(one, late, active=str(one.segment.pk) == current) for one in counted]
    return [*entries, Entry(_("All segments"), reverse("admin:segments_segment_changelist"), "filter")]


def _entry(counted: Counted, late: _LateCounts, *, active: bool) -> Entry:
    """A line of the sidebar: at once with the number that is there, which is asked again while the page is open."""
    segment = counted.segment

    def number() -> int | None:
        found = late.of(segment)
        return found.count if found else None

    def age() -> str:
        found = late.of(segment)
        return _age(found) if found else ""

    if counted.refused:
        reason = "; ".join(problem.message for problem in problems_of(segment))
        title = _("%(name)s matches nobody: %(reason)s") % {"name": segment.name, "reason": reason}
        return Entry(segment.name, contacts_url(segment), "warning", number, active, title)
    private = "" if segment.shared else _("only you see it")
    title = " · ".join(filter(None, [segment.name, private]))
    return Entry(segment.name, contacts_url(segment), "segment", number, active, title, counted.count, age)


def _age(counted: Counted) -> str:
    """How old the number is; empty while it is fresh enough to need no word."""
    if counted.fresh or counted.segment.counted_at is None:
        return ""
    return _("counted %(time)s ago") % {"time": timesince(counted.segment.counted_at)}


def _hits(access: Access, query: str) -> list[Hit]:
    """The segments whose name contains what was typed; nothing typed offers none."""
    if not query or not access.may("segments.view"):
        return []
    segments = visible_segments(access.site, access.operator).filter(name_folded__contains=fold(query))[:MAX_HITS]
    return [Hit(segment.name, _("Segment"), contacts_url(segment), "segment") for segment in segments]


navigation.register("segments", Section("segments", gettext_lazy("Segments"), 30, _entries))
palette_sources.register("segments", _hits)
