"""The visitor's doors to chats: list, begin, read, say, seen (API-1, CHAT-2, CHAT-4)."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.plugin.base import VisitorChatView, read_number
from chats.api.plugin.shapes import (
    NewVisitorChatShape,
    NewVisitorMessageShape,
    StartedChatShape,
    VisitorChatPageShape,
    VisitorMessagePageShape,
    VisitorMessageShape,
    visitor_chat_data,
    visitor_message_data,
)
from chats.api.plugin.throttles import MESSAGES, OPENINGS
from chats.api.shapes import read_ids
from chats.messaging import Text, mark_read_by_visitor, say
from chats.models import Author, Chat
from chats.visiting import can_be_reached, read_told, start_chat
from contacts.api.plugin.base import PluginKeyThrottle
from contacts.profile_values import DetailRefused
from desk.actors import PLUGIN
from desk.api.errors import Malformed, Problem
from desk.ids import read_id

MAX_PAGE = 100
DEFAULT_PAGE = 30
_CHAT, _MESSAGE = NewVisitorChatShape(), NewVisitorMessageShape()
_LIMIT = OpenApiParameter("limit", int, description=f"1–{MAX_PAGE}, default {DEFAULT_PAGE}")


class MyChatsView(VisitorChatView):
    """The visitor's chats, and a new one."""

    throttle_classes = [PluginKeyThrottle, *MESSAGES, *OPENINGS]

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset({"limit", "since"}) if self.request.method == "GET" else frozenset()

    @extend_schema(
        operation_id="my_chats",
        tags=["plugin"],
        summary="The visitor's chats, newest first",
        parameters=[_LIMIT, OpenApiParameter("since", str, description="The `next` of the page before")],
        responses=VisitorChatPageShape,
    )
    def get(self, request: Request) -> Response:
        limit, since = read_number(request, "limit", MAX_PAGE) or DEFAULT_PAGE, request.query_params.get("since")
        chats = self.chats
        if since is not None:
            if (before := read_id(since)) is None:
                raise Malformed(Problem("since", "invalid", _("This is no place in the list.")))
            chats = chats.filter(pk__lt=before)
        rows = list(chats.order_by("-id")[: limit + 1])
        following = str(rows[limit - 1].pk) if len(rows) > limit else None
        asks = not can_be_reached(self.visitor.contact)
        shown = [visitor_chat_data(chat) for chat in rows[:limit]]
        return Response({"chats": shown, "next": following, "asksContact": asks})

    @extend_schema(
        operation_id="start_chat",
        tags=["plugin"],
        summary="Say the first message: in the open chat, or in a new one",
        description="Makes an anonymous visitor a lead. `name`, `email` and `mobileNumber` among the parameters are "
        "written to the person; `memberId` is only shown to operators, who signs in is told at boot. "
        "The same `clientId` twice is said once (200). 403 `blocked`: this person may not write.",
        request=NewVisitorChatShape,
        responses={201: StartedChatShape, 200: StartedChatShape},
    )
    def post(self, request: Request) -> Response:
        data = _CHAT.run_validation(self.body())
        told, page = read_told(data.get("parameters") or {}), data.get("page") or ""
        try:
            started = start_chat(self.visitor, _text(data["message"]), told=told, page=page, now=timezone.now())
        except DetailRefused as refused:
            raise Malformed(Problem(f"parameters.{refused.path}", refused.code, refused.message)) from None
        answer = visitor_chat_data(started.chat) | {"message": visitor_message_data(started.said.message)}
        return Response(answer, status=201 if started.said.created else 200)


class MyMessagesView(VisitorChatView):
    """What is said in one of the visitor's chats."""

    throttle_classes = [PluginKeyThrottle, *MESSAGES]

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset({"limit", "after", "before"}) if self.request.method == "GET" else frozenset()

    @extend_schema(
        operation_id="my_messages",
        tags=["plugin"],
        summary="Messages of a chat in their order: the newest, or those after or before a number",
        parameters=[
            _LIMIT,
            OpenApiParameter("after", int, description="Messages behind this number, oldest first"),
            OpenApiParameter("before", int, description="The messages just before this number"),
        ],
        responses=VisitorMessagePageShape,
    )
    def get(self, request: Request, chat_id: str) -> Response:
        chat, limit = self.found(chat_id), read_number(request, "limit", MAX_PAGE) or DEFAULT_PAGE
        after, before = read_number(request, "after"), read_number(request, "before")
        if after is not None and before is not None:
            raise Malformed(Problem("before", "invalid", _("Either “after” or “before” is expected, not both.")))
        return Response(_page(chat, limit, after=after, before=before))

    @extend_schema(
        operation_id="say",
        tags=["plugin"],
        summary="Say something in a chat",
        description="The same `clientId` twice is said once (200). 409 `closed`: begin a new chat. "
        "403 `blocked`: this person may not write.",
        request=NewVisitorMessageShape,
        responses={201: VisitorMessageShape, 200: VisitorMessageShape},
    )
    def post(self, request: Request, chat_id: str) -> Response:
        chat, data = self.found(chat_id), _MESSAGE.run_validation(self.body())
        said = say(chat, _text(data), author=Author.VISITOR, actor=PLUGIN, now=timezone.now())
        return Response(visitor_message_data(said.message), status=201 if said.created else 200)


class MyReadView(VisitorChatView):
    """Seen."""

    @extend_schema(
        operation_id="read_my_chat",
        tags=["plugin"],
        summary="The visitor has seen everything in this chat",
        request=None,
        responses={204: None},
    )
    def post(self, request: Request, chat_id: str) -> Response:
        mark_read_by_visitor(self.found(chat_id), now=timezone.now())
        return Response(status=204)


def _text(data: dict[str, Any]) -> Text:
    return Text(
        data.get("text", ""), client_id=data.get("clientId", ""), attachments=read_ids(data.get("attachments", ()))
    )


def _page(chat: Chat, limit: int, *, after: int | None, before: int | None) -> dict[str, Any]:
    """Numbers have no gaps, so each page is a stretch of the unique index by chat and number."""
    messages = chat.messages.prefetch_related("attachments")
    if after is not None:
        rows = list(messages.filter(number__gt=after).order_by("number")[:limit])
    else:
        if before is not None:
            messages = messages.filter(number__lt=before)
        rows = list(messages.order_by("-number")[:limit])[::-1]
    first, last = (rows[0].number, rows[-1].number) if rows else (1, chat.messages_count)
    return {
        "messages": [visitor_message_data(row) for row in rows],
        "previous": first if first > 1 else None,
        "next": last if last < chat.messages_count else None,
    }
