"""TAG-3: what the picker asks for: the tags of a name, a new one with its colour, those that the selected carry."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from contacts.admin.actions_panel import read_selection
from contacts.filters.errors import FilterError
from contacts.filters.reading import Asker
from contacts.folding import fold
from contacts.selection import SelectionChanged, SelectionInvalid
from contacts.time_limit import TookTooLong, time_limit
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.models import Site
from tags.admin.rows import MAX_SEARCH
from tags.catalogue import create_tag, tags_of_site
from tags.errors import TagRefused
from tags.models import ContactTag, Tag
from tags.names import DEFAULT_COLOR

_OPTIONS = 30
# What more people carry is no longer counted tag by tag while somebody waits.
FEW = 1_000
_SECONDS = 1


@require_GET
def tag_options(request: HttpRequest) -> HttpResponse:
    """The tags whose name contains ``q``: the very name first, then those of which a level begins so."""
    access = access_of(request)
    if not access.may("tags.view"):
        raise PermissionDenied
    found = _found(access.site, request.GET.get("q", "")[:MAX_SEARCH])
    tags = [{"id": str(tag.pk), "name": tag.name, "color": tag.color} for tag in found[:_OPTIONS]]
    return JsonResponse({"tags": tags, "more": len(found) > _OPTIONS})


def _found(site: Site, typed: str) -> list[Tag]:
    """A tag that is going is not offered."""
    folded = fold(typed)
    found = [tag for tag in tags_of_site(site) if folded in tag.name_folded and not tag.is_leaving]
    return sorted(found, key=lambda tag: _distance(tag.name_folded, folded)) if folded else found


def _distance(name: str, typed: str) -> int:
    if name == typed:
        return 0
    return 1 if any(level.startswith(typed) for level in (name, *name.split("/"))) else 2


@require_POST
def tag_new(request: HttpRequest) -> HttpResponse:
    """Make the tag ``name`` with ``color``; what is refused is told in words. One that is there already is as good."""
    access = access_of(request)
    if not access.may("tags.add"):
        raise PermissionDenied
    name, color = request.POST.get("name", "")[:200], request.POST.get("color", "") or DEFAULT_COLOR
    try:
        create_tag(access.site, name, color=color, actor=actor_of(request))
    except TagRefused as refused:
        if refused.code != "name_taken":
            return JsonResponse({"problem": refused.message})
    return JsonResponse({})


@require_POST
def tag_carried(request: HttpRequest) -> HttpResponse:
    """Which tags the selected people carry, and whether all of them do; nothing for a selection that is not small."""
    access = access_of(request)
    if not access.may("contacts.tag"):
        raise PermissionDenied
    return TemplateResponse(request, "tags/carried.html", _carried(request, access))


def _carried(request: HttpRequest, access: Access) -> dict[str, Any]:
    try:
        with time_limit(_SECONDS):
            people = read_selection(request).queryset(access.site, asker=Asker.of(access)).order_by()
            ids = list(people.values_list("pk", flat=True)[: FEW + 1])
            if not ids or len(ids) > FEW:
                return {}
            rows = ContactTag.objects.filter(site=access.site, contact__in=ids)
            counts = dict(rows.values_list("tag_id").annotate(n=Count("contact")).order_by("-n")[:_OPTIONS])
    except (SelectionInvalid, SelectionChanged, FilterError, TookTooLong):
        return {}  # a help, not the action: that one says what is wrong with the selection
    tags = Tag.objects.filter(site=access.site).in_bulk(counts)
    return {
        "asked": True,
        "carried": [(tags[pk], count, count == len(ids)) for pk, count in counts.items() if pk in tags],
    }


desk_site.add_page("tag-options/", tag_options, "tag_options")
desk_site.add_page("tag-new/", tag_new, "tag_new")
desk_site.add_page("tag-carried/", tag_carried, "tag_carried")
