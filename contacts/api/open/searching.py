"""Finding contacts for programs: by quick search, segment and filter, page by page (API-2, FIL-8, FIL-11)."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter

from contacts.api.open.base import path_below, refused_filter
from contacts.api.open.shapes import SearchShape, contacts_data
from contacts.filters.compile import Purpose, compile_filter
from contacts.filters.document import Filter, parse_filter, parse_filter_text
from contacts.filters.errors import FilterError
from contacts.filters.matching import matching, matching_near
from contacts.filters.reading import PROGRAM, Reading
from contacts.filters.unmatched import Unmatched, unmatched_terms
from contacts.listing import columns_of
from contacts.models import Contact
from contacts.paging import CursorRefused, Order, fetch_page
from contacts.time_limit import time_limit
from desk.api.errors import Malformed, Problem
from desk.api.open import DEFAULT_LIMIT, PAGING, read_limit
from desk.models import Site

# The order in which contacts were made: nobody changes places in it while a program reads on.
DEFAULT_SORT = "-customerNumber"
SECONDS = 20.0
PARAMETERS = ("q", "segment", "filter", "limit", "since", "sort", "count")
_SEARCH = SearchShape()

DESCRIBED = [
    OpenApiParameter("q", str, description="Quick search: part of a name, phone, e-mail, memberId, customer number"),
    OpenApiParameter("segment", str, description="The id of a segment"),
    OpenApiParameter("filter", str, description="A filter document as JSON text"),
    *PAGING,
    OpenApiParameter(
        "sort", str, description=f"A column of the list, `-` before it: descending. Default `{DEFAULT_SORT}`"
    ),
    OpenApiParameter("count", bool, description="Whether to count all that match"),
]


@dataclass(frozen=True, slots=True)
class Search:
    """A checked search. ``within`` is the segment's filter, if one was named."""

    site: Site
    filter: Filter
    within: Filter | None
    q: str
    order: Order
    since: str
    limit: int
    counts: bool
    tells_unmatched: bool

    def contacts(self, now: datetime.datetime, purpose: Purpose) -> QuerySet[Contact]:
        """Everybody who is meant."""
        found = matching(self.site, self.filter, search=self.q, now=now, purpose=purpose)
        return found.filter(compile_filter(self.within, now=now, purpose=purpose)) if self.within else found


def search_in_query(site: Site, query: QueryDict) -> Search:
    """Read the parameters of ``GET contacts``: texts, with the filter as JSON."""
    data: dict[str, Any] = {name: query[name] for name in PARAMETERS if name in query and name != "filter"}
    if "limit" in data:
        data["limit"] = read_limit(query)
    if "count" in data:
        data["count"] = {"true": True, "false": False}.get(data["count"], data["count"])
    for name, text in data.items():
        if isinstance(text, str) and ("\0" in text or any("\ud800" <= char <= "\udfff" for char in text)):
            raise Malformed(Problem(name, "invalid_text", _("This text contains characters that cannot be stored.")))
    return _search(
        site, data, parse_filter_text(query.get("filter", ""), site=site, reading=Reading(site, asker=PROGRAM))
    )


def search_in_body(site: Site, body: dict[str, Any]) -> Search:
    """Read the body of ``POST contacts/search``."""
    data = _SEARCH.run_validation(body)
    return _search(site, data, parse_filter(data.pop("filter", {}), site=site, reading=Reading(site, asker=PROGRAM)))


def page_of(search: Search, *, now: datetime.datetime) -> dict[str, Any]:
    """``ContactPageShape``: the page by its keys, then the rows whole, then the count if it was asked for."""
    contacts = search.contacts(now, Purpose.PAGE)
    near = None if search.within else matching_near(search.site, search.filter, search=search.q, now=now)
    with time_limit(SECONDS, first_rows=True):
        try:
            page = fetch_page(contacts, search.order, (), after=search.since, size=search.limit, near=near)
        except CursorRefused:
            raise Malformed(Problem("since", "invalid", _("This is not the “next” of such a page."))) from None
        ids = [contact.pk for contact in page.contacts]
        rows = Contact.objects.select_related("profile").in_bulk(ids)
        answer: dict[str, Any] = {
            # One that was merged between the two statements is left out; its survivor is in the list by itself.
            "contacts": contacts_data([rows[pk] for pk in ids if pk in rows], search.site, now=now),
            "next": page.after or None,
        }
    if search.counts or search.tells_unmatched:
        with time_limit(SECONDS):
            if search.counts:
                answer["count"] = search.contacts(now, Purpose.COUNT).count()
            if search.tells_unmatched:
                answer["unmatched"] = unmatched_data(unmatched_terms(search.filter, now=now))
    return answer


def unmatched_data(found: list[Unmatched]) -> list[dict[str, Any]]:
    """``UnmatchedShape`` of each condition that has such terms."""
    return [{"path": path_below("filter", one.path), "key": one.key, "values": list(one.terms)} for one in found]


def _search(site: Site, data: dict[str, Any], filter: Filter) -> Search:
    data = _SEARCH.run_validation(data)
    return Search(
        site=site,
        filter=filter,
        within=_segment(site, data["segment"]) if data.get("segment") else None,
        q=data.get("q", ""),
        order=_order(site, data.get("sort", DEFAULT_SORT)),
        since=data.get("since", ""),
        limit=data.get("limit", DEFAULT_LIMIT),
        counts=data.get("count", False),
        tells_unmatched=data.get("unmatched", False),
    )


def _segment(site: Site, segment: str) -> Filter:
    """The segment as the filter language knows it: contacts do not know segments."""
    try:
        document = {"key": "segment", "op": "in", "values": [segment]}
        return parse_filter(document, site=site, reading=Reading(site, asker=PROGRAM))
    except FilterError as error:
        problem = error.problems[0]
        place = FilterError(type(problem)("", problem.code, problem.message))
        raise refused_filter(place, "segment") from None


def _order(site: Site, sort: str) -> Order:
    column = columns_of(site).get(sort.removeprefix("-"))
    if column is None or not column.sort:
        raise Malformed(Problem("sort", "unknown", _("Contacts cannot be sorted by this.")))
    return Order(column, sort.startswith("-"))
