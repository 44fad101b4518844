"""Flood limits of visitors: how much one session, one person or one address may say, begin and send (API-1)."""

from rest_framework.request import Request
from rest_framework.views import APIView

from contacts.visits import Visitor
from desk.api.throttles import WindowThrottle, address_of, network_of


class _PostThrottle(WindowThrottle):
    """Counts what is sent; looking costs nothing here."""

    def who(self, request: Request, view: APIView) -> str | None:
        visitor = request.user
        if request.method != "POST" or not isinstance(visitor, Visitor):
            return None
        return self.counted(request, visitor)

    def counted(self, request: Request, visitor: Visitor) -> str | None:
        """Whom the call counts for."""
        return str(visitor.contact.pk)


class _AddressThrottle(_PostThrottle):
    def counted(self, request: Request, visitor: Visitor) -> str | None:
        address = address_of(request)
        return None if address is None else network_of(address)


class SessionMessages(_PostThrottle):
    """Messages of one session."""

    setting = "CHAT_MESSAGES_PER_SESSION"

    def counted(self, request: Request, visitor: Visitor) -> str | None:
        return str(visitor.visit.pk)


class ContactMessages(_PostThrottle):
    """Messages of one person in all their browsers."""

    setting = "CHAT_MESSAGES_PER_CONTACT"


class ContactOpenings(_PostThrottle):
    """First messages of one person."""

    setting = "CHAT_OPENINGS_PER_CONTACT"


class AddressOpenings(_AddressThrottle):
    """First messages from one address: a new visitor costs nothing, so a limit for each of them stops nobody."""

    setting = "CHAT_OPENINGS_PER_ADDRESS"


class ContactUploads(_PostThrottle):
    """Files of one person."""

    setting = "ATTACHMENTS_PER_CONTACT"


class AddressUploads(_AddressThrottle):
    """Files from one address."""

    setting = "ATTACHMENTS_PER_ADDRESS"


MESSAGES = (SessionMessages, ContactMessages)
OPENINGS = (ContactOpenings, AddressOpenings)
UPLOADS = (ContactUploads, AddressUploads)
