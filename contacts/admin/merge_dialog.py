"""UNI-6, UNI-9, UNI-13: the merge dialog, a page of its own: who is the other one, side by side, choose, confirm.

The page prints the plan, the confirmation carries its fingerprint. When something was written in between nothing
happens: the page comes back with the difference and the new plan.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from contacts.admin.coming_back import asked_back, with_back
from contacts.admin.contact_page import reached
from contacts.admin.merge_search import MAX_FOUND, candidates, kept_first, merge_url, suggested_for
from contacts.admin.merge_words import PlanWords, person_of
from contacts.masking import name_of
from contacts.merge_plans import plan_merge
from contacts.merge_values import ABSORBED, SURVIVOR, MergePlan, MergeRefused, PlanChanged
from contacts.merging import find_managed, merge
from contacts.models import Contact, Kind
from contacts.time_limit import TookTooLong
from contacts.told_plans import keep_told, recall_told
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.disclosing import saw, saw_list

_TEMPLATES = "admin/contacts/merge"
CHOICE = "choice."
# What led into the dialog; the merge remembers it (``contacts.merge_triggers``).
_WHYS = ("suggestion", "memberId")


def _merger(request: HttpRequest) -> Access:
    access = access_of(request)
    if not access.may("contacts.merge"):
        raise PermissionDenied
    return access


def _named(access: Access, text: str) -> Contact:
    """The managed contact of this site with this id, or the survivor of the one that had it."""
    contact = find_managed(access.site, text)
    if contact is None:
        raise Http404
    return contact


@require_GET
def compare_two(request: HttpRequest) -> HttpResponse:
    """The two people ticked in the list, ``?person=…&person=…``: to their comparison, the member kept."""
    access = _merger(request)
    people = [_named(access, text) for text in request.GET.getlist("person")]
    if len(people) != 2:
        raise Http404
    if people[0].pk == people[1].pk:
        return _already_one(request, access, people[0])
    older, newer = sorted(people, key=lambda contact: (contact.created_at, contact.pk))
    return HttpResponseRedirect(merge_url(*kept_first(older, newer)))


def show_merge(request: HttpRequest, object_id: str) -> HttpResponse:
    """``<kept>/merge/?with=<other>``; without ``with`` the search for the other one. POST merges."""
    contact, access = reached(request, object_id, shows=False), _merger(request)
    wanted = request.POST.get("with", "") or request.GET.get("with", "")
    if not wanted:
        return _search(request, access, contact)
    other = _named(access, wanted)
    if contact.pk == other.pk:
        return _already_one(request, access, contact)
    if (str(contact.pk), str(other.pk)) != (object_id, wanted) and request.method != "POST":
        return HttpResponseRedirect(with_back(merge_url(contact, other), asked_back(request)))
    if kept_first(contact, other)[0] is not contact and request.method != "POST":
        return HttpResponseRedirect(with_back(merge_url(other, contact), asked_back(request)))
    if request.method == "POST":
        return _merge(request, access, contact, other)
    return _compare(request, access, contact, other)


def _already_one(request: HttpRequest, access: Access, contact: Contact) -> HttpResponse:
    name = name_of(contact, sees_personal_data=access.sees_personal_data)
    toast(request, _("The two are one person already: here is %(name)s.") % {"name": name}, level="info")
    return HttpResponseRedirect(asked_back(request) or reverse("admin:contacts_contact_change", args=[contact.pk]))


def _search(request: HttpRequest, access: Access, contact: Contact) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:200]
    context: dict[str, Any] = {"contact": contact, "query": query, "most": MAX_FOUND, "url": request.path}
    context["back"] = asked_back(request)
    try:
        context["found"] = candidates(access, contact, query) if query and "\0" not in query else []
        context["suggested"] = [] if query else suggested_for(access, contact)
    except TookTooLong:
        context["problem"] = _("Searching took too long and was stopped. Search for more of the name or number.")
    found = [*context.get("found", ()), *context.get("suggested", ())]
    saw_list(access, "contact.mergeSearch", str(contact.pk), actor=actor_of(request), rows=len(found), target=contact)
    if request.headers.get("hx-request"):
        return TemplateResponse(request, f"{_TEMPLATES}/found.html", context)
    name = name_of(contact, sees_personal_data=access.sees_personal_data)
    frame = {**desk_site.each_context(request), "title": _("Merge"), "name": name, "opts": Contact._meta}
    return TemplateResponse(request, f"{_TEMPLATES}/search.html", {**frame, **context})


def _compare(
    request: HttpRequest, access: Access, kept: Contact, other: Contact, *, problem: str = "", **more: Any
) -> HttpResponse:
    """The page with the plan as it is now, or with the reason why there is none."""
    members = kept.kind == other.kind == Kind.MEMBER
    context = {
        **desk_site.each_context(request),
        "title": _("Merge two people"),
        "opts": Contact._meta,
        "kept": person_of(access, kept),
        "other": person_of(access, other),
        "members": members,
        "member_id": other.member_id if members else "",
        "swap_url": with_back(merge_url(other, kept), asked_back(request))
        if kept_first(other, kept)[0] is other
        else "",
        "why": request.POST.get("why", "") or request.GET.get("why", ""),
        "problem": problem,
        "url": merge_url(kept, other),
        "back": asked_back(request),
        **more,
    }
    try:
        plan = _plan(access, kept, other, _choices(request))
    except MergeRefused as refused:
        return TemplateResponse(request, f"{_TEMPLATES}/refused.html", {**context, "problem": refused.message})
    keep_told(access.site, plan)
    context["plan"] = plan
    context["words"] = PlanWords(access, plan)
    saw(access, kept, other, actor=actor_of(request))
    return TemplateResponse(request, f"{_TEMPLATES}/compare.html", context)


def _plan(access: Access, kept: Contact, other: Contact, choices: dict[str, str]) -> MergePlan:
    """The plan with what was chosen: the radios send every field, a choice is what differs from the rules.

    Without what cannot be chosen any more, because somebody changed it meanwhile.
    """
    members = _may_members(access)
    plan = plan_merge(kept, other, member_into_member=members)
    chosen = {
        field.key: choices[field.key]
        for field in plan.fields
        if field.choosable and choices.get(field.key, field.wins) != field.wins
    }
    return plan_merge(kept, other, choices=chosen, member_into_member=members) if chosen else plan


def _may_members(access: Access) -> bool:
    return access.may("contacts.mergeMembers")


def _choices(request: HttpRequest) -> dict[str, str]:
    """What the radios say; nothing on the first visit."""
    return {
        name.removeprefix(CHOICE): str(value)
        for name, value in request.POST.items()
        if name.startswith(CHOICE) and value in (SURVIVOR, ABSORBED)
    }


def _merge(request: HttpRequest, access: Access, kept: Contact, other: Contact) -> HttpResponse:
    """Carry out what the page printed, or come back with what is in the way."""
    members = kept.kind == other.kind == Kind.MEMBER
    if members and _may_members(access) and not request.POST.get("members"):
        problem = _("Nothing was merged yet: confirm below that the two members are one person.")
        return _compare(request, access, kept, other, problem=problem)
    fingerprint = request.POST.get("fingerprint", "")
    try:
        made = merge(
            kept,
            other,
            actor=actor_of(request),
            trigger=why if (why := request.POST.get("why", "")) in _WHYS else "operator",
            now=timezone.now(),
            choices=_choices(request),
            fingerprint=fingerprint,
            told=recall_told(access.site, fingerprint),
            member_into_member=_may_members(access),
        )
    except PlanChanged as changed:
        return _compare(request, access, kept, other, changed=_changes(access, changed), plan_changed=True)
    except MergeRefused as refused:
        return _compare(request, access, kept, other, problem=refused.message)
    if back := asked_back(request):
        survivor = name_of(kept, sees_personal_data=access.sees_personal_data)
        words = _("Merged: from now on this is %(name)s.") % {"name": survivor}
        toast(request, words, undo_url=reverse("admin:contact_merge_undo", args=[made.pk]))
        return HttpResponseRedirect(back)
    return HttpResponseRedirect(reverse("admin:contact_merge", args=[made.pk]))


def _changes(access: Access, changed: PlanChanged) -> list[tuple[str, str | None, str]]:
    plan: MergePlan = changed.plan
    return PlanWords(access, plan).changes(changed.changes)
