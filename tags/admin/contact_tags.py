"""TAG-3 for one contact: the box on the contact's page, and the picker's options."""

from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contacts.actions import ActionRefused, actions, run
from contacts.admin.formats import moment
from contacts.admin.header_boxes import HeaderBox, header_boxes
from contacts.models import Contact
from contacts.selection import Selection
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast, toast_now
from tags.admin.navigation import contacts_url
from tags.filter_fields import suggest
from tags.history import maker_of
from tags.models import ContactTag

_OPTIONS = 30


@require_GET
def tag_options(request: HttpRequest) -> HttpResponse:
    """The tags whose name contains ``q``, for the picker."""
    access = access_of(request)
    if not access.may("tags.view"):
        raise PermissionDenied
    tags = suggest(access.site, request.GET.get("q", "")[:80])[:_OPTIONS]
    return JsonResponse({"tags": [{"id": str(tag.pk), "name": tag.name, "color": tag.color} for tag in tags]})


@require_POST
def contact_tags(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Attach the ``tags`` named, or take off ``remove``; answers with the box as it is now."""
    access = access_of(request)
    contact = Contact.objects.filter(site=access.site, managed=True, pk=contact_id).first()
    if contact is None:
        raise Http404
    remove = request.POST.getlist("remove")
    action = actions.get("detachTags" if remove else "attachTags")
    if not action.may_run(access):
        raise PermissionDenied
    form = action.form_class({"tags": remove or request.POST.getlist("tags")}, site=access.site, access=access)
    problem = "" if form.is_valid() else " ".join(str(error) for error in form.errors["tags"])
    if not problem:
        selection = Selection(ids=(contact.pk,))
        try:
            outcome = run(action, selection, form.params(), site=access.site, actor=actor_of(request))
            problem = " ".join(refusal.reason for refusal in outcome.refused)
        except ActionRefused as refused:
            problem = refused.message
    return _answer(request, contact, problem)


def _answer(request: HttpRequest, contact: Contact, problem: str) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        if problem:
            toast(request, problem, level="error")
        return redirect("admin:contacts_contact_change", contact.pk)
    response = TemplateResponse(request, "tags/contact_tags.html", box_of(request, contact)).render()
    if problem:
        toast_now(response, problem, level="error")
    return response


def box_of(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """What ``tags/contact_tags.html`` prints: each tag with who attached it and when (TAG-5). One statement."""
    access = access_of(request)
    rows = (
        ContactTag.objects.filter(site_id=contact.site_id, contact=contact)
        .select_related("tag")
        .order_by("tag__name_folded")
    )
    return {
        "contact": contact,
        "tags": [_shown(row, access.site.zone) for row in rows],
        "may_tag": access.may("contacts.tag"),
        "may_create": access.may("tags.add"),
        "url": reverse("admin:contact_tags", args=[contact.pk]),
    }


def _shown(row: ContactTag, zone: ZoneInfo) -> dict[str, str]:
    """One chip; who attached it and when is its title."""
    at = moment(row.at, zone)
    title = _("%(tag)s – attached by %(who)s, %(when)s") % {"tag": row.tag.name, "who": maker_of(row), "when": at}
    return {"name": row.tag.name, "color": row.tag.color, "url": contacts_url(row.tag), "title": title}


desk_site.add_page("tag-options/", tag_options, "tag_options")
desk_site.add_page("contact-tags/<int:contact_id>/", contact_tags, "contact_tags")
header_boxes.register("tags", HeaderBox("tags/contact_tags.html", box_of))
