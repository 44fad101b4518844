"""The doors of the open API that make, change and delete contacts (API-2, LIST-4, KIND-4, QUAL-1, UNI-2..4,
UNI-9, RET-8).

What a program tells is trusted: a phone or an e-mail that one member has may unify the two within the call. The answer
is who the person is then, with ``mergedFrom``.
"""

import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.adding import Added, NothingToFindBy, add_contact
from contacts.api.errors import api_error_of
from contacts.api.open.base import OpenView, nothing_else
from contacts.api.open.shapes import FoundContactShape
from contacts.api.open.views import ContactsView, ContactView, MemberView, found_data
from contacts.api.open.writing_shapes import (
    ContactDetailsShape,
    DetailsShape,
    check_member_id,
    details_in,
    write_others,
)
from contacts.deleting import ContactHeld, delete_contact
from contacts.details import ContactGone, DetailRefused
from contacts.masking import name_of
from contacts.member_id_edits import MemberIdTaken, edit_contact
from contacts.merging import find_contact, find_managed
from contacts.models import Contact, DeletionReason, Merge, Source
from contacts.whole import as_a_whole
from desk.api.errors import ApiError, Malformed, Problem
from desk.api.idempotency import IDEMPOTENCY, IdempotentView
from desk.ids import read_id

_CONTACT, _DETAILS = ContactDetailsShape(), DetailsShape()
_CONFLICT = OpenApiResponse(
    {"$ref": "#/components/schemas/Error"},
    description="`already_exists`: the memberId is another contact's, whose id is in `contact`; merge the two if they "
    "are one person. `gone`: unified or deleted in this moment; ask again.",
)


_HELD = OpenApiResponse(
    {"$ref": "#/components/schemas/Error"},
    description="`contact_held`: operators keep this person from being deleted, up to and including the day `until`.",
)


class _WritingView(OpenView):
    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(refusal_of(exc) or exc)

    def edit(self, contact: Contact, data: dict[str, Any], now: datetime.datetime) -> Contact:
        """The contact with the changes of the checked body ``data``, or whom they showed it to be."""
        contact.site, changes = self.site, details_in(data)

        def work() -> Contact:
            changed = edit_contact(contact, changes, actor=self.actor, now=now, source=Source.API)
            return write_others(changed, data, actor=self.actor, now=now)

        try:
            return as_a_whole(work)
        except MemberIdTaken as taken:
            raise _conflict(str(changes["memberId"]), taken.other) from None

    def remove(self, contact: Contact | None) -> Response:
        """RET-8: the person goes with everything; whoever absorbed the one that was named is the same person."""
        if contact is None or not contact.managed:
            raise NotFound
        contact.site = self.site
        nothing_else(self.body())
        if not delete_contact(contact, actor=self.actor, reason=DeletionReason.API, now=timezone.now()):
            raise NotFound
        return Response(status=204)

    def add(self, data: dict[str, Any], member_id: str | None, now: datetime.datetime, **options: Any) -> Added:
        """The new contact of the checked body ``data``; one who exists already stays as it is."""
        details = details_in(data) | ({} if member_id is None else {"memberId": member_id})

        def work() -> Added:
            added = add_contact(self.site, details, actor=self.actor, source=Source.API, now=now, **options)
            if added.created:
                write_others(added.contact, data, actor=self.actor, now=now)
            return added

        return as_a_whole(work)

    def written(self, contact: Contact, now: datetime.datetime, *, led: bool, status: int = 200) -> Response:
        """Who the person is now. ``led``: not the one who was named; else whoever was unified just now is told too."""
        merged = led or Merge.objects.filter(site=self.site, survivor=contact, at=now).exists()
        return Response(found_data(contact, self.site, merged=merged), status=status)


class ContactsWritingView(IdempotentView, _WritingView, ContactsView):
    """All leads and members, and new ones."""

    def answer_again(self, reference: str) -> Response:
        contact = find_managed(self.site, reference)
        if contact is None:
            raise NotFound
        return Response(found_data(contact, self.site, merged=contact.pk != read_id(reference)))

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return ContactsView.query_parameters if self.request.method == "GET" else frozenset()

    @extend_schema(
        operation_id="create_contact",
        tags=["contacts"],
        summary="Add a lead, or a member by memberId; one who exists is answered (200) and stays as it is",
        parameters=[IDEMPOTENCY],
        request=ContactDetailsShape,
        responses={201: FoundContactShape, 200: FoundContactShape},
    )
    def post(self, request: Request) -> Response:
        data, now = _CONTACT.run_validation(self.body()), timezone.now()
        added = self.add(data, None, now, qualified_only=True)
        led = data.get("memberId") not in (None, added.contact.member_id)
        return self.written(added.contact, now, led=led, status=201 if added.created else 200)


class ContactWritingView(_WritingView, ContactView):
    """One contact by id."""

    @extend_schema(
        operation_id="change_contact",
        tags=["contacts"],
        summary="Change what is named; null clears",
        request=ContactDetailsShape,
        responses={200: FoundContactShape, 409: _CONFLICT},
    )
    def patch(self, request: Request, contact_id: str) -> Response:
        contact = find_managed(self.site, contact_id)
        if contact is None:
            raise NotFound
        data, now = _CONTACT.run_validation(self.body()), timezone.now()
        changed = self.edit(contact, data, now)
        return self.written(changed, now, led=changed.pk != read_id(contact_id))

    @extend_schema(
        operation_id="delete_contact",
        tags=["contacts"],
        summary="Delete the contact with everything the desk knows of it; this cannot be undone",
        request=None,
        responses={204: None, 409: _HELD},
    )
    def delete(self, request: Request, contact_id: str) -> Response:
        return self.remove(find_managed(self.site, contact_id))


class MemberWritingView(_WritingView, MemberView):
    """One member by memberId."""

    @extend_schema(
        operation_id="write_member",
        tags=["contacts"],
        summary="Add the member (201), or change what is named of the one who is there (200)",
        request=DetailsShape,
        responses={200: FoundContactShape, 201: FoundContactShape, 409: _CONFLICT},
    )
    def put(self, request: Request, member_id: str) -> Response:
        check_member_id(member_id)
        data, now = _DETAILS.run_validation(self.body()), timezone.now()
        contact = find_contact(self.site, member_id=member_id)
        if contact is None:
            added = self.add(data, member_id, now)
            if added.created:
                return self.written(added.contact, now, led=False, status=201)
            contact = added.contact  # made by somebody else just now
        changed = self.edit(contact, data, now)
        return self.written(changed, now, led=changed.member_id != member_id)

    @extend_schema(
        operation_id="delete_member",
        tags=["contacts"],
        summary="Delete the member with everything the desk knows of it; this cannot be undone",
        request=None,
        responses={204: None, 409: _HELD},
    )
    def delete(self, request: Request, member_id: str) -> Response:
        return self.remove(find_contact(self.site, member_id=member_id) if "\0" not in member_id else None)


def refusal_of(error: Exception) -> ApiError | None:
    """The answer to what the rules refuse; None for anything else."""
    if isinstance(error, DetailRefused):
        return api_error_of(error)
    if isinstance(error, NothingToFindBy):
        message = _("Enter a phone number, an e-mail or a member ID: one of them at least.")
        return Malformed(*(Problem(path, "required", message) for path in ("email", "mobileNumber", "memberId")))
    if isinstance(error, ContactGone):
        return ApiError(409, "gone", _("This person was unified with another or deleted meanwhile."))
    if isinstance(error, ContactHeld):
        message = _("Somebody holds this person: nothing deletes them until %(until)s.")
        until = error.until.isoformat()
        return ApiError(409, "contact_held", message % {"until": until}, more={"until": until})
    return None


def _conflict(member_id: str, other: Contact) -> ApiError:
    """UNI-9: whose it is, by id: ``POST contacts/{id}/merge`` makes the two one."""
    message = _("The member ID “%(member_id)s” is the one of %(other)s (customer %(number)s).") % {
        "member_id": member_id,
        "other": name_of(other, sees_personal_data=True),
        "number": other.customer_number,
    }
    return ApiError(409, "already_exists", message, path="memberId", contact=str(other.pk))
