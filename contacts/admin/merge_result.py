"""UNI-10: the page of one merge: who became part of whom, why and by whom, and Undo for 30 days."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contacts.admin.formats import moment
from contacts.admin.merge_words import person_of
from contacts.masking import name_of
from contacts.merge_triggers import trigger_words
from contacts.merge_values import UndoRefused
from contacts.models import Contact, Merge
from contacts.models.merge import UNDO_TIME
from contacts.undoing import plan_undo, undo_merge
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast

_TEMPLATE = "admin/contacts/merge/result.html"


def _found(access: Access, merge_id: int) -> Merge:
    """The merge of this site; ``Http404`` when there is none or its survivor is not shown in the desk (KIND-5)."""
    if not access.may("contacts.view"):
        raise PermissionDenied
    merges = Merge.objects.select_related("survivor__profile", "site")
    merge = merges.filter(site=access.site, pk=merge_id, survivor__managed=True).first()
    if merge is None:
        raise Http404
    merge.survivor.site = access.site
    return merge


@require_GET
def show_result(request: HttpRequest, merge_id: int) -> HttpResponse:
    """What was done, and what an undo would bring back."""
    access = access_of(request)
    merge = _found(access, merge_id)
    context: dict[str, Any] = {
        **desk_site.each_context(request),
        "title": _("Merge"),
        "opts": Contact._meta,
        "survivor": person_of(access, merge.survivor),
        "number": str(merge.absorbed_customer_number),
        "merge": merge,
        "at": moment(merge.at, access.site.zone),
        "until": moment(merge.at + UNDO_TIME, access.site.zone),
        "trigger": trigger_words(merge.trigger),
        "may_undo": access.may("contacts.merge"),
        "undo_url": reverse("admin:contact_merge_undo", args=[merge.pk]),
    }
    if merge.undone_at is not None:
        context["undone_at"] = moment(merge.undone_at, access.site.zone)
        context["returned"] = _returned(access, merge)
        return TemplateResponse(request, _TEMPLATE, context)
    try:
        plan = plan_undo(merge, now=timezone.now())
    except UndoRefused as refused:
        context["refused"] = refused.message
    else:
        context["moves"] = [
            (str(capfirst(str(move.label))), formats.number_format(move.count, force_grouping=True))
            for move in plan.moves
            if move.count
        ]
        context["stays"] = [str(capfirst(str(field.label))) for field in plan.stays]
        context["may_be_undone"] = True
    return TemplateResponse(request, _TEMPLATE, context)


def _returned(access: Access, merge: Merge) -> Any:
    """Who is there again; None when he was merged or deleted since."""
    contact = Contact.objects.filter(site=access.site, managed=True, pk=merge.absorbed_id).first()
    return person_of(access, contact) if contact else None


@require_POST
def undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Take it back and show who is there again; a refusal says why and leaves everything as it is."""
    access = access_of(request)
    merge = _found(access, merge_id)
    if not access.may("contacts.merge"):
        raise PermissionDenied
    page = reverse("admin:contact_merge", args=[merge.pk])
    try:
        returned = undo_merge(merge, actor=actor_of(request), now=timezone.now())
    except UndoRefused as refused:
        toast(request, _("The merge was not undone: %(reason)s") % {"reason": refused.message}, level="error")
        return HttpResponseRedirect(page)
    if not returned.managed:
        toast(request, _("The merge was undone. The visitor is anonymous again and not shown in the desk."))
        return HttpResponseRedirect(page)
    name = name_of(returned, sees_personal_data=access.sees_personal_data)
    words = _("The merge was undone: %(name)s (customer %(number)s) is a contact of its own again.")
    toast(request, words % {"name": name, "number": returned.customer_number})
    return HttpResponseRedirect(page)


desk_site.add_page("merges/<int:merge_id>/", show_result, "contact_merge")
desk_site.add_page("merges/<int:merge_id>/undo/", undo, "contact_merge_undo")
