"""The doors of the open API that do something to one contact: block, lift the block, touch (BOOT-14, RET-1)."""

from collections.abc import Callable

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.open.base import OpenView, nothing_else
from contacts.api.open.shapes import FoundContactShape
from contacts.api.open.views import found_data
from contacts.api.open.writing import refusal_of
from contacts.blocking import block, unblock
from contacts.merging import find_managed
from contacts.models import Contact
from contacts.touching import touch_contact
from desk.ids import read_id


class _DeedView(OpenView):
    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(refusal_of(exc) or exc)

    def do(self, contact_id: str, deed: Callable[..., object]) -> Response:
        """``deed`` to the contact, or to the survivor of the one that had the id; the answer is the contact then."""
        contact = find_managed(self.site, contact_id)
        if contact is None:
            raise NotFound
        nothing_else(self.body())
        deed(contact, actor=self.actor, now=timezone.now())
        fresh = Contact.objects.select_related("profile").filter(pk=contact.pk).first()
        if fresh is None:
            raise NotFound
        return Response(found_data(fresh, self.site, merged=contact.pk != read_id(contact_id)))


class BlockView(_DeedView):
    """Whether a contact may chat."""

    @extend_schema(
        operation_id="block_contact",
        tags=["contacts"],
        summary="Block: the person goes on visiting but cannot chat",
        request=None,
        responses={200: FoundContactShape},
    )
    def post(self, request: Request, contact_id: str) -> Response:
        return self.do(contact_id, block)

    @extend_schema(
        operation_id="unblock_contact",
        tags=["contacts"],
        summary="Lift the block",
        request=None,
        responses={200: FoundContactShape},
    )
    def delete(self, request: Request, contact_id: str) -> Response:
        return self.do(contact_id, unblock)


class TouchView(_DeedView):
    """Contact that the desk did not see."""

    @extend_schema(
        operation_id="touch_contact",
        tags=["contacts"],
        summary="Say that there was contact just now (a call, a letter): the retention period begins anew",
        request=None,
        responses={200: FoundContactShape},
    )
    def post(self, request: Request, contact_id: str) -> Response:
        return self.do(contact_id, touch_contact)
