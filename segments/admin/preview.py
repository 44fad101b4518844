"""SEG-5: the door of the preview: what other conditions would do to a segment, before they are saved.

``POST segments/segment/<pk>/preview/`` with a filter document as its JSON body → 200 ``{"before", "after", "joins",
"leaves", "joining": [{"id", "name", "number", "url"}], "leaving": [...], "sentence", "fingerprint"}``, or 400
``{"problems": [{"path", "code", "message"}]}``, or 503 ``{"slow": true}``. The segment's own page posts its form and
gets the same as a piece of the page. Nothing is written.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from contacts.filters.describe import describe
from contacts.filters.document import Filter, parse_filter_text
from contacts.filters.errors import FilterError, Problem
from contacts.masking import name_of
from contacts.models import Contact
from contacts.time_limit import TookTooLong
from desk.access import Access
from desk.admin import access_of
from segments.admin.saving import changeable
from segments.changing import Change, plan_change
from segments.filter_fields import reading_of
from segments.models import Segment


@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Who would join and who would leave."""
    segment = changeable(request, str(pk))
    as_json = request.content_type == "application/json"
    now = timezone.now()
    try:
        filter = _sent(request, segment, as_json=as_json)
        change = plan_change(segment, filter, now=now)
    except FilterError as error:
        return _refused(request, error.problems, as_json=as_json)
    except TookTooLong:
        return JsonResponse({"slow": True}, status=503) if as_json else _piece(request, {"slow": True})
    data = _data(change, filter, access_of(request))
    return JsonResponse(data) if as_json else _piece(request, {"change": data})


def _sent(request: HttpRequest, segment: Segment, *, as_json: bool) -> Filter:
    reading = reading_of(segment)
    if not as_json:
        return parse_filter_text(request.POST.get("conditions", ""), site=segment.site, reading=reading)
    text = request.body.decode(errors="replace")
    return parse_filter_text(text, site=segment.site, reading=reading)


def _refused(request: HttpRequest, problems: tuple[Problem, ...], *, as_json: bool) -> HttpResponse:
    if not as_json:
        return _piece(request, {"problems": problems})
    found = [{"path": one.path, "code": one.code, "message": one.message} for one in problems]
    return JsonResponse({"problems": found}, status=400)


def _piece(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, "segments/preview.html", context)


def _data(change: Change, filter: Filter, access: Access) -> dict[str, Any]:
    return {
        "before": change.before,
        "after": change.after,
        "joins": change.joins,
        "leaves": change.leaves,
        "joining": [_example(contact, access) for contact in change.joining],
        "leaving": [_example(contact, access) for contact in change.leaving],
        "sentence": describe(filter),
        "fingerprint": change.fingerprint,
        "wasRefused": change.was_refused,
    }


def _example(contact: Contact, access: Access) -> dict[str, str]:
    """An example as a link; a handle that stands for a missing name is masked (SITE-4)."""
    return {
        "id": str(contact.pk),
        "name": name_of(contact, sees_personal_data=access.sees_personal_data),
        "number": str(contact.customer_number),
        "url": reverse("admin:contacts_contact_change", args=[contact.pk]),
    }
