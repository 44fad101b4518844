"""The doors of the open API for contacts: list, search, read, check a filter."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.open.base import OpenView
from contacts.api.open.searching import (
    DESCRIBED,
    PARAMETERS,
    page_of,
    search_in_body,
    search_in_query,
    unmatched_data,
)
from contacts.api.open.shapes import (
    CheckedFilterShape,
    ContactPageShape,
    FilterShape,
    FoundContactShape,
    SearchShape,
    contacts_data,
)
from contacts.filters.compile import Purpose
from contacts.filters.describe import describe
from contacts.filters.document import FILTER_VERSION, parse_filter
from contacts.filters.matching import matching
from contacts.filters.reading import PROGRAM, Reading
from contacts.filters.unmatched import unmatched_terms
from contacts.merging import find_contact, find_managed
from contacts.models import Contact, ContactAlias, Kind
from contacts.time_limit import TookTooLong, time_limit
from desk.ids import read_id
from desk.models import Site

T = TypeVar("T")
_FILTER = FilterShape()
COUNT_SECONDS = 5.0


class ContactsView(OpenView):
    """All leads and members, page by page."""

    discloses = "contacts"
    query_parameters = frozenset(PARAMETERS)

    @extend_schema(
        operation_id="list_contacts",
        tags=["contacts"],
        summary="Find contacts",
        parameters=DESCRIBED,
        responses=ContactPageShape,
    )
    def get(self, request: Request) -> Response:
        return Response(page_of(search_in_query(self.site, request.query_params), now=timezone.now()))


class ContactSearchView(OpenView):
    """The same with a JSON body, for filters that are too long for an address."""

    discloses = "contacts"

    @extend_schema(
        operation_id="search_contacts",
        tags=["contacts"],
        summary="Find contacts by a filter of any length",
        request=SearchShape,
        responses=ContactPageShape,
    )
    def post(self, request: Request) -> Response:
        return Response(page_of(search_in_body(self.site, self.body()), now=timezone.now()))


class ContactView(OpenView):
    """One contact by id."""

    discloses = "contact"

    @extend_schema(
        operation_id="read_contact", tags=["contacts"], summary="A contact by its id", responses=FoundContactShape
    )
    def get(self, request: Request, contact_id: str) -> Response:
        contact = find_managed(self.site, contact_id)
        return self.answer(contact, merged=contact is not None and contact.pk != read_id(contact_id))

    def answer(self, contact: Contact | None, *, merged: bool) -> Response:
        """The contact, with whom it absorbed when that is how it was found; anonymous ones are not there (KIND-5)."""
        if contact is None or contact.kind == Kind.ANONYMOUS:
            raise NotFound
        return Response(found_data(contact, self.site, merged=merged))


class MemberView(ContactView):
    """One member by memberId."""

    @extend_schema(
        operation_id="read_member", tags=["contacts"], summary="A member by memberId", responses=FoundContactShape
    )
    def get(self, request: Request, member_id: str) -> Response:
        contact = find_contact(self.site, member_id=member_id) if "\0" not in member_id else None
        return self.answer(contact, merged=contact is not None and contact.member_id != member_id)


class FilterCheckView(OpenView):
    """Is this a filter, what does it say, and how many does it match?"""

    @extend_schema(
        operation_id="validate_filter",
        tags=["filters"],
        summary="Check a filter: in words, and how many match",
        request=FilterShape,
        responses=CheckedFilterShape,
    )
    def post(self, request: Request) -> Response:
        data = _FILTER.run_validation(self.body())
        filter = parse_filter(data["filter"], site=self.site, reading=Reading(self.site, asker=PROGRAM))
        now = timezone.now()
        return Response(
            {
                "valid": True,
                "version": FILTER_VERSION,
                "filter": filter.data,
                "sentence": describe(filter),
                "count": _in_time(lambda: matching(self.site, filter, now=now, purpose=Purpose.COUNT).count()),
                "unmatched": _in_time(lambda: unmatched_data(unmatched_terms(filter, now=now))),
            }
        )


def found_data(contact: Contact, site: Site, *, merged: bool) -> dict[str, Any]:
    """``FoundContactShape``; ``merged``: with whom it absorbed."""
    [data] = contacts_data([contact], site, now=timezone.now())
    if merged:
        ids = ContactAlias.objects.filter(site=site, contact=contact, type=ContactAlias.Type.ID)
        data["mergedFrom"] = list(ids.order_by("id").values_list("value", flat=True))
    return data


def _in_time(find_out: Callable[[], T]) -> T | None:
    """None when it took too long."""
    try:
        with time_limit(COUNT_SECONDS):
            return find_out()
    except TookTooLong:
        return None
