"""SEG-6: whose segments one sees, and which of them one may change."""

from django.db.models import Q, QuerySet

from desk.access import Access
from desk.models import Operator, Site
from segments.models import Segment


def visible_segments(site: Site, operator: Operator | None) -> QuerySet[Segment]:
    """The shared segments of ``site`` and the operator's own, shared ones first; a program (None) sees the shared."""
    own = Q(owner=operator) if operator is not None else Q(pk__in=[])
    return Segment.objects.filter(Q(shared=True) | own, site=site).order_by("-shared", "position", "name_folded")


def manageable_segments(access: Access) -> QuerySet[Segment]:
    """What the management page lists: for an administrator also the private ones of others."""
    if access.may("segments.changeAll"):
        return Segment.objects.filter(site=access.site).order_by("-shared", "position", "name_folded")
    return visible_segments(access.site, access.operator)


def may_change(segment: Segment, access: Access) -> bool:
    """Administrators change every segment, agents those they own, viewers none."""
    if access.site.pk != segment.site_id or not access.may("segments.change"):
        return False
    return access.may("segments.changeAll") or segment.owner_id == access.operator.pk
