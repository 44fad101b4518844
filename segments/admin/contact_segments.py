"""SEG-5: the card of segments on a person's page: in which the person is, and for each why, or why not.

The card loads after the page, and each explanation when it is unfolded: neither holds up the page.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from contacts.admin.contact_page import reached
from contacts.admin.header_boxes import HeaderBox, contact_cards
from contacts.filters.errors import FilterError
from contacts.filters.explain import explain
from contacts.models import Contact
from contacts.time_limit import TookTooLong
from desk.admin import access_of
from desk.admin.site import desk_site
from segments.admin.rows import reason_of
from segments.membership import memberships
from segments.models import Segment
from segments.sets import filter_of
from segments.sharing import visible_segments


@require_GET
def contact_segments(request: HttpRequest, contact_id: str) -> HttpResponse:
    """The segments the operator sees, those the person is in first."""
    contact, segments = _person(request, contact_id), _segments(request)
    context: dict[str, Any] = {"contact": contact}
    try:
        inside = memberships(contact, segments, now=timezone.now())
    except TookTooLong:
        return TemplateResponse(request, "segments/contact_segments.html", {**context, "slow": True})
    context["groups"] = [(wanted, [one for one in segments if inside[one.pk] is wanted]) for wanted in (True, False)]
    context["any"] = bool(segments)
    return TemplateResponse(request, "segments/contact_segments.html", context)


@require_GET
def why(request: HttpRequest, contact_id: str, segment_id: int) -> HttpResponse:
    """The conditions of one segment with the person's values."""
    contact, access = _person(request, contact_id), access_of(request)
    segment = next((one for one in _segments(request) if one.pk == segment_id), None)
    if segment is None:
        raise Http404
    context: dict[str, Any] = {"contact": contact, "segment": segment}
    try:
        filter = filter_of(segment)
        sees = access.sees_personal_data
        context["tree"] = explain(filter, contact, now=timezone.now(), sees_personal_data=sees)
    except FilterError as error:
        context["problem"] = reason_of(error)
    except TookTooLong:
        context["slow"] = True
    return TemplateResponse(request, "segments/why.html", context)


def _person(request: HttpRequest, contact_id: str) -> Contact:
    """The managed contact of this address, or 404; the survivor's own page is where its segments are told."""
    if not access_of(request).may("segments.view"):
        raise PermissionDenied
    contact = reached(request, contact_id)
    if str(contact.pk) != contact_id:
        raise Http404
    return contact


def _segments(request: HttpRequest) -> list[Segment]:
    access = access_of(request)
    return list(visible_segments(access.site, access.operator).select_related("site", "owner"))


def _card(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """What ``segments/contact_card.html`` prints: where its content comes from."""
    may = access_of(request).may("segments.view")
    return {"url": reverse("admin:contact_segments", args=[contact.pk]) if may else ""}


desk_site.add_page("contact-segments/<str:contact_id>/", contact_segments, "contact_segments")
desk_site.add_page("contact-segments/<str:contact_id>/<int:segment_id>/", why, "contact_segment_why")
contact_cards.register("segments", HeaderBox("segments/contact_card.html", _card))
