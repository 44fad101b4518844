"""TAG-2: the dialog that merges two tags: which one stays, who carries what, what follows; then it is a job."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect

from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from tags.admin.going import told_going
from tags.catalogue import match_names
from tags.errors import TagRefused
from tags.leaving import merge_tags
from tags.models import Tag
from tags.tree import contacts_with, contacts_with_both
from tags.uses import uses_of


@csrf_protect
def merge_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET: choose the other one and see what would happen. POST: do it."""
    access = access_of(request)
    if not access.may("tags.change"):
        raise PermissionDenied
    tag = Tag.objects.select_related("site", "leaving").filter(site=access.site, pk=pk).first()
    if tag is None:
        raise Http404
    sent = request.POST if request.method == "POST" else request.GET
    other, problem = _other(access, sent.getlist("tags"))
    keeps_this = sent.get("keep") == "this"
    if request.method == "POST" and other is not None and not problem:
        absorbed, survivor = (other, tag) if keeps_this else (tag, other)
        try:
            told_going(request, merge_tags(absorbed, survivor, actor=actor_of(request)))
        except TagRefused as refused:
            toast(request, refused.message, level="error")
        return HttpResponseRedirect(reverse("admin:tags_tag_changelist"))
    return _answer(request, tag, other, problem, keeps_this=keeps_this)


def _answer(request: HttpRequest, tag: Tag, other: Tag | None, problem: str, *, keeps_this: bool) -> HttpResponse:
    context: dict[str, Any] = {"tag": tag, "other": other, "keeps_this": keeps_this, "problem": problem}
    if other == tag:
        context |= {"other": None, "problem": TagRefused("merge_self", tag=tag.name).message}
    elif other is not None:
        context["plan"] = _plan(access_of(request), tag, other, keeps_this=keeps_this)
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "tags/merge_plan.html", context)
    frame = {**desk_site.each_context(request), "title": _("Merge tags"), "opts": Tag._meta}
    chosen = [other] if context["other"] else []
    return TemplateResponse(request, "tags/merge.html", {**frame, **context, "chosen": chosen})


def _plan(access: Access, tag: Tag, other: Tag, *, keeps_this: bool) -> dict[str, Any]:
    """Who carries what today, and how many will carry the one that stays."""
    absorbed, survivor = (other, tag) if keeps_this else (tag, other)
    gone, kept, both = contacts_with(absorbed), contacts_with(survivor), contacts_with_both(absorbed, survivor)
    return {
        "absorbed": absorbed,
        "survivor": survivor,
        "gone": gone,
        "kept": kept,
        "both": both,
        "after": gone + kept - both,
        "uses": uses_of(access, [absorbed]),
    }


def _other(access: Access, names: list[str]) -> tuple[Tag | None, str]:
    """The tag that was chosen by name, or why there is none."""
    try:
        found, missing = match_names(access.site, names[:1])
    except TagRefused as refused:
        return None, refused.message
    if missing:
        return None, TagRefused("unknown", tag=missing[0]).message
    return (found[0] if found else None), ""
