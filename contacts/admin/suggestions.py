"""UNI-12, UNI-14: the page of possible duplicates with the reason of each, and of the values that are frozen."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from contacts.admin.formats import moment
from contacts.admin.merge_search import kept_first, merge_url
from contacts.admin.merge_words import Person, person_of, shown_detail
from contacts.junk import frozen_values, junk_sightings, thaw
from contacts.models import FrozenValue, KnownField, MergeSuggestion
from contacts.models.merge_suggestion import SuggestionReason
from contacts.suggesting import count_open, dismiss, open_suggestions, take_back_dismissal
from contacts.timeline import Bound
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.navigation import Entry, Section, navigation
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.disclosing import saw_list

_TEMPLATE = "admin/contacts/merge/suggestions.html"
PAGE_SIZE = 50
_MOST_FROZEN = 200
_FIELDS = {
    SuggestionReason.SAME_PHONE: KnownField.MOBILE_NUMBER,
    SuggestionReason.SAME_EMAIL: KnownField.EMAIL,
    SuggestionReason.SAME_MEMBER_ID_SPELLING: KnownField.MEMBER_ID,
}


@dataclass(slots=True)
class Pair:
    """Two who may be one. ``reasons``: each with the value both have, masked where needed."""

    id: str
    people: tuple[Person, Person]
    reasons: list[tuple[str, str]]
    at: str
    compare_url: str
    dismiss_url: str


@require_GET
def show_suggestions(request: HttpRequest) -> HttpResponse:
    """The pairs, newest first, and what is frozen."""
    access = _viewer(request)
    bound = _read_place(request.GET.get("place", ""))
    rows = open_suggestions(access.site)
    if bound is not None:
        rows = rows.filter(bound.older("at"))
    page = list(rows[: PAGE_SIZE + 1])
    last = page[PAGE_SIZE - 1] if len(page) > PAGE_SIZE else None
    saw_list(access, "mergesuggestion.list", "", actor=actor_of(request), rows=len(page[:PAGE_SIZE]))
    context = {
        **desk_site.each_context(request),
        "title": _("Suggestions"),
        "pairs": pairs_of(access, page[:PAGE_SIZE]),
        "older": f"{last.at.isoformat()}:{last.pk}" if last else "",
        "place": bound is not None,
        "frozen": [_frozen(access, row) for row in frozen_values(access.site)[:_MOST_FROZEN]],
        "junk": [_junk(access, row) for row in junk_sightings(access.site)[:20]],
        "may_merge": access.may("contacts.merge"),
        "may_set": access.may("settings.change"),
    }
    return TemplateResponse(request, _TEMPLATE, context)


def _viewer(request: HttpRequest) -> Access:
    access = access_of(request)
    if not access.may("contacts.view"):
        raise PermissionDenied
    return access


def _merger(request: HttpRequest) -> Access:
    access = access_of(request)
    if not access.may("contacts.merge"):
        raise PermissionDenied
    return access


def _read_place(place: str) -> Bound | None:
    if not place:
        return None
    try:
        at, number = place.rsplit(":", 1)
        bound = Bound(datetime.datetime.fromisoformat(at), int(number))
    except ValueError as error:
        raise Http404 from error
    if bound.at.tzinfo is None or not 0 <= bound.id < 1 << 63:
        raise Http404
    return bound


def pairs_of(access: Access, rows: Iterable[MergeSuggestion]) -> list[Pair]:
    """The suggestions by pair: two who share phone and e-mail are one line with both reasons."""
    pairs: dict[tuple[int, int], Pair] = {}
    for row in rows:
        value = shown_detail(access, _FIELDS[SuggestionReason(row.reason)], row.value)
        reason = (str(capfirst(str(SuggestionReason(row.reason).label))), value)
        pair = pairs.get((row.first_id, row.second_id))
        if pair is not None:
            pair.reasons.append(reason)
            continue
        kept, other = kept_first(row.first, row.second)
        pairs[row.first_id, row.second_id] = Pair(
            id=str(row.pk),
            people=(person_of(access, kept), person_of(access, other)),
            reasons=[reason],
            at=moment(row.at, access.site.zone),
            compare_url=merge_url(kept, other, why="suggestion"),
            dismiss_url=reverse("admin:suggestion_dismiss", args=[row.pk]),
        )
    return list(pairs.values())


def _frozen(access: Access, row: FrozenValue) -> dict[str, Any]:
    return {
        "field": capfirst(str(KnownField(row.field).label)),
        "value": shown_detail(access, row.field, row.value),
        "joins": row.joins,
        "at": moment(row.frozen_at, access.site.zone),
        "thaw_url": reverse("admin:frozen_value_thaw", args=[row.pk]),
    }


def _junk(access: Access, row: Any) -> dict[str, Any]:
    return {
        "field": capfirst(str(KnownField(row.field).label)),
        "value": shown_detail(access, row.field, row.value),
        "at": moment(row.last_at, access.site.zone),
    }


@require_POST
def dismiss_suggestion(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    """These are two people: never suggested again, nor merged by itself."""
    row = _found(_merger(request), suggestion_id)
    if dismiss(row, actor_of(request), timezone.now()):
        words = _("Dismissed: these two stay two people and are not suggested again.")
        toast(request, words, undo_url=reverse("admin:suggestion_undo", args=[row.pk]))
    return HttpResponseRedirect(reverse("admin:suggestions"))


@require_POST
def undo_dismissal(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    """The pair waits again."""
    row = _found(_merger(request), suggestion_id)
    if take_back_dismissal(row, actor_of(request)):
        toast(request, _("The two are suggested again."))
    return HttpResponseRedirect(reverse("admin:suggestions"))


def _found(access: Access, suggestion_id: int) -> MergeSuggestion:
    row = MergeSuggestion.objects.select_related("site").filter(site=access.site, pk=suggestion_id).first()
    if row is None:
        raise Http404
    return row


@require_POST
def thaw_value(request: HttpRequest, value_id: int) -> HttpResponse:
    """The value finds people again."""
    access = _merger(request)
    row = FrozenValue.objects.select_related("site").filter(site=access.site, pk=value_id).first()
    if row is None:
        raise Http404
    if thaw(row, actor=actor_of(request), now=timezone.now()):
        toast(request, _("“%(value)s” finds people again.") % {"value": shown_detail(access, row.field, row.value)})
    return HttpResponseRedirect(reverse("admin:suggestions"))


def _entries(request: HttpRequest) -> list[Entry]:
    access = access_of(request)
    if not access.may("contacts.view"):
        return []
    title = gettext_lazy("People who may be here twice")
    return [
        Entry(
            gettext_lazy("Suggestions"),
            reverse("admin:suggestions"),
            "suggestion",
            lambda: count_open(access.site),
            title=title,
        )
    ]


desk_site.add_page("suggestions/", show_suggestions, "suggestions")
desk_site.add_page("suggestions/<int:suggestion_id>/dismiss/", dismiss_suggestion, "suggestion_dismiss")
desk_site.add_page("suggestions/<int:suggestion_id>/undo/", undo_dismissal, "suggestion_undo")
desk_site.add_page("suggestions/frozen/<int:value_id>/thaw/", thaw_value, "frozen_value_thaw")
navigation.register("suggestions", Section("suggestions", "", 50, _entries))
