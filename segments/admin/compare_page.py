"""SEG-3: the page on which two segments stand beside each other; each part opens in the list as an ordinary filter."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from contacts.filters.errors import FilterError
from contacts.time_limit import TookTooLong
from desk.admin import access_of
from desk.admin.site import desk_site
from segments.admin.rows import reason_of
from segments.comparing import compare, part_filter
from segments.models import Segment
from segments.sets import filter_of
from segments.sharing import visible_segments


@dataclass(frozen=True, slots=True)
class Part:
    """One of the three parts: ``start`` and ``share`` are per cent of everybody in one of the two."""

    name: str
    label: str
    count: int
    url: str
    start: float
    share: float

    @property
    def per_cent(self) -> int:
        """The share in whole per cent."""
        return round(self.share)


@require_GET
def compare_segments(request: HttpRequest) -> HttpResponse:
    """``?a=&b=``: two segments the operator sees; without them only the choice."""
    access = access_of(request)
    if not access.may("segments.view"):
        raise PermissionDenied
    segments = list(visible_segments(access.site, access.operator).select_related("site", "owner"))
    by_id = {str(segment.pk): segment for segment in segments}
    a, b = by_id.get(request.GET.get("a", "")), by_id.get(request.GET.get("b", ""))
    context = {
        **desk_site.each_context(request),
        "title": _("Compare segments"),
        "opts": Segment._meta,
        "segments": segments,
        "a": a,
        "b": b,
        "choices": [("a", a), ("b", b)],
        "same": a is not None and a is b,
        "gone": any(request.GET.get(name) and not found for name, found in (("a", a), ("b", b))),
    }
    if a is not None and b is not None and a is not b:
        context |= _compared(a, b)
    return TemplateResponse(request, "segments/compare.html", context)


def _compared(a: Segment, b: Segment) -> dict[str, Any]:
    """The parts, or why there are none."""
    filters, problems = [], []
    for segment in (a, b):
        try:
            filters.append(filter_of(segment))
        except FilterError as error:
            problems.append((segment, reason_of(error)))
    if problems:
        return {"problems": problems}
    try:
        found = compare(filters[0], filters[1], now=timezone.now())
    except TookTooLong:
        return {"slow": True}
    names = {"a": a.name, "b": b.name}
    shown = [
        ("a", _("Only in “%(a)s”") % names, found.only_a, part_filter(inside=[a], outside=[b])),
        ("both", _("In both"), found.both, part_filter(inside=[a, b], outside=[])),
        ("b", _("Only in “%(b)s”") % names, found.only_b, part_filter(inside=[b], outside=[a])),
    ]
    parts: list[Part] = []
    for name, label, count, document in shown:
        share = round(100 * count / found.all, 2) if found.all else 0.0
        start = round(parts[-1].start + parts[-1].share, 2) if parts else 0.0
        parts.append(Part(name, label, count, _list_url(document), start, share))
    return {"parts": parts, "all": found.all}


def _list_url(document: dict[str, Any]) -> str:
    query = urlencode({"filter": json.dumps(document, separators=(",", ":"))})
    return f"{reverse('admin:contacts_contact_changelist')}?{query}"
