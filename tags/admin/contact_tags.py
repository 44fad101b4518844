"""TAG-3, TAG-5 for one contact: the box on the contact's page: its tags, who attached each and when, and the picker."""

from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.actions import ActionRefused, actions
from contacts.admin.formats import moment
from contacts.admin.header_boxes import HeaderBox, header_boxes
from contacts.bulk import start_action
from contacts.models import Contact
from contacts.selection import Selection
from desk.admin import access_of, actor_of
from desk.admin.job_toasts import toast_job
from desk.admin.site import desk_site
from desk.admin.toasts import toast, toast_now
from desk.jobs.permissions import visible_jobs
from desk.jobs.words import shown_label
from desk.models import Job
from tags.admin.navigation import contacts_url
from tags.errors import TagRefused
from tags.history import maker_of
from tags.models import ContactTag
from tags.names import COLORS
from tags.tagging import FULL


@require_POST
def contact_tags(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Attach the ``tags`` named, or take off ``remove``; answers with the box as it is now."""
    access = access_of(request)
    contact = Contact.objects.filter(site=access.site, managed=True, pk=contact_id).first()
    if contact is None:
        raise Http404
    remove, job = request.POST.getlist("remove"), None
    action = actions.get("detachTags" if remove else "attachTags")
    if not action.may_run(access):
        raise PermissionDenied
    form = action.form_class({"tags": remove or request.POST.getlist("tags")}, site=access.site, access=access)
    problem = "" if form.is_valid() else " ".join(str(error) for error in form.errors["tags"])
    if not problem:
        selection = Selection(ids=(contact.pk,))
        try:
            job = start_action(action, selection, form.params(), site=access.site, actor=actor_of(request))
            problem = TagRefused(FULL, contact=str(contact)).message if job.refused else ""
        except ActionRefused as refused:
            problem = refused.message
    return _answer(request, contact, problem, job)


def _answer(request: HttpRequest, contact: Contact, problem: str, job: Job | None) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        if problem:
            toast(request, problem, level="error")
        return redirect("admin:contacts_contact_change", contact.pk)
    response = TemplateResponse(request, "tags/contact_tags.html", box_of(request, contact)).render()
    if problem:
        toast_now(response, problem, level="error")
    elif job is not None:
        toast_job(response, job, shown_label(job))
    return response


def box_of(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """What ``tags/contact_tags.html`` prints: each tag with who attached it and when (TAG-5); two statements."""
    access = access_of(request)
    rows = (
        ContactTag.objects.filter(site_id=contact.site_id, contact=contact)
        .select_related("tag")
        .order_by("tag__name_folded")
    )
    jobs = (
        visible_jobs(access).select_related("undo_of").in_bulk({row.job_id for row in rows if row.job_id is not None})
    )
    return {
        "contact": contact,
        "tags": [_shown(row, jobs.get(row.job_id or 0), access.site.zone) for row in rows],
        "may_tag": access.may("contacts.tag"),
        "may_create": access.may("tags.add"),
        "tag_colors": COLORS,
        "url": reverse("admin:contact_tags", args=[contact.pk]),
    }


def _shown(row: ContactTag, job: Job | None, zone: ZoneInfo) -> dict[str, Any]:
    """One chip; who attached it and when is its title, and stands in the list beside the chips."""
    who, at = maker_of(row), moment(row.at, zone)
    title = _("%(tag)s – attached by %(who)s, %(when)s") % {"tag": row.tag.name, "who": who, "when": at}
    return {
        "name": row.tag.name,
        "color": row.tag.color,
        "url": contacts_url(row.tag),
        "title": title,
        "who": who,
        "when": at,
        "job": shown_label(job) if job is not None else "",
        "job_url": reverse("admin:job", args=[job.pk]) if job is not None else "",
    }


desk_site.add_page("contact-tags/<int:contact_id>/", contact_tags, "contact_tags")
header_boxes.register("tags", HeaderBox("tags/contact_tags.html", box_of))
