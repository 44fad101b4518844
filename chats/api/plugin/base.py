"""What the visitor's doors to chats have in common: their chats and nobody else's, and what the rules refuse."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.errors import refused_chat
from chats.errors import ChatRefused
from chats.models import Chat
from chats.visiting import chats_of
from contacts.api.plugin.base import VisitorView
from desk.api.errors import ApiError, Malformed, Problem
from desk.ids import read_id


class VisitorChatView(VisitorView):
    """Base of the visitor's doors to chats. A room of anybody else is not there."""

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(refused_visitor(exc) if isinstance(exc, ChatRefused) else exc)

    @property
    def chats(self) -> QuerySet[Chat]:
        """The visitor's own."""
        return chats_of(self.visitor.contact)

    def found(self, chat_id: str) -> Chat:
        """One of them by its id, or 404."""
        wanted = read_id(chat_id)
        chat = self.chats.filter(pk=wanted).first() if wanted is not None else None
        if chat is None:
            raise NotFound
        return chat


def refused_visitor(refused: ChatRefused) -> ApiError:
    """As in the open API; but who is blocked is not allowed, and waiting does not help (BOOT-14)."""
    if refused.code == "blocked":
        return ApiError(403, "blocked", _("You cannot write here."))
    return refused_chat(refused)


def read_number(request: Request, name: str, most: int | None = None) -> int | None:
    """The whole number that the address gives as ``name``; None when it gives none."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Malformed(Problem(name, "invalid", _("A whole number is expected here.")))
    if most is not None and not 1 <= int(text) <= most:
        message = _("A whole number from %(least)d to %(most)d is expected here.") % {"least": 1, "most": most}
        raise Malformed(Problem(name, "out_of_range", message))
    return int(text)
