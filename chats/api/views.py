"""``chats`` of the open API: list, read, change, messages and memos (API-2, CHAT-3)."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.errors import refused_chat
from chats.api.shapes import (
    ChatChangesShape,
    ChatPageShape,
    ChatShape,
    MemoShape,
    MessagePageShape,
    MessageShape,
    NewMemoShape,
    NewMessageShape,
    chats_data,
    memo_data,
    message_data,
    read_ids,
)
from chats.errors import ChatRefused
from chats.handling import assign, assign_team, close, reopen, set_state
from chats.messaging import Text, say
from chats.models import Author, Category, Chat, State, Team
from chats.noting import add_memo, set_category, set_room_tags
from contacts.merging import find_managed
from desk.api.errors import Malformed, Problem
from desk.api.open import PAGING, OpenApiView, read_limit
from desk.ids import read_id
from desk.models import Operator

_CHANGES, _MESSAGE, _MEMO = ChatChangesShape(), NewMessageShape(), NewMemoShape()
_AFTER = OpenApiParameter("after", int, description="Messages behind this number; default 0")


class ChatApiView(OpenApiView):
    """Base of the doors to chats of the key's site. Chats of people nobody manages yet do not exist here (KIND-5)."""

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(refused_chat(exc) if isinstance(exc, ChatRefused) else exc)

    @property
    def chats(self) -> QuerySet[Chat]:
        """All of the site, with what their shape needs: three statements for any number of them."""
        return (
            Chat.objects.filter(site=self.site, contact__managed=True)
            .select_related("site", "contact", "identity", "identity__site", "assignee", "team")
            .prefetch_related("tag_attachments__tag")
        )

    def page_of(self, chats: QuerySet[Chat]) -> Response:
        """A page, newest first."""
        limit, since = read_limit(self.request.query_params), self.request.query_params.get("since")
        if since is not None:
            if (before := read_id(since)) is None:
                raise Malformed(Problem("since", "invalid", _("This is no place in the list.")))
            chats = chats.filter(pk__lt=before)
        rows = list(chats.order_by("-id")[: limit + 1])
        following = str(rows[limit - 1].pk) if len(rows) > limit else None
        return Response({"chats": chats_data(rows[:limit]), "next": following})


class ChatsView(ChatApiView):
    """All chats."""

    discloses = "chats"
    query_parameters = frozenset({"limit", "since", "state", "channel"})

    @extend_schema(
        operation_id="list_chats",
        tags=["chats"],
        summary="Chats, newest first",
        parameters=[
            *PAGING,
            OpenApiParameter("state", str, enum=State.values),
            OpenApiParameter("channel", str),
        ],
        responses=ChatPageShape,
    )
    def get(self, request: Request) -> Response:
        chats = self.chats
        for name, known in (("state", State.values), ("channel", Chat._meta.get_field("channel").choices or [])):
            wanted = request.query_params.get(name)
            if wanted is None:
                continue
            allowed = [one if isinstance(one, str) else one[0] for one in known]
            if wanted not in allowed:
                message = _("One of these is expected: %(values)s.") % {"values": ", ".join(map(str, allowed))}
                raise Malformed(Problem(name, "invalid", message))
            chats = chats.filter(**{name: wanted})
        return self.page_of(chats)


class ContactChatsView(ChatApiView):
    """The chats of one contact."""

    discloses = "chats"
    query_parameters = frozenset({"limit", "since"})

    @extend_schema(
        operation_id="list_contact_chats",
        tags=["chats"],
        summary="Chats of a contact, newest first",
        parameters=PAGING,
        responses=ChatPageShape,
    )
    def get(self, request: Request, contact_id: str) -> Response:
        contact = find_managed(self.site, contact_id)
        if contact is None:
            raise NotFound
        return self.page_of(self.chats.filter(contact=contact))


class ChatView(ChatApiView):
    """One chat."""

    discloses = "chats"

    @extend_schema(operation_id="read_chat", tags=["chats"], summary="A chat", responses=ChatShape)
    def get(self, request: Request, chat_id: str) -> Response:
        return self._answer(self.found(self.chats, chat_id))

    @extend_schema(
        operation_id="change_chat",
        tags=["chats"],
        summary="State, agent, team, category, tags: all of it or nothing",
        request=ChatChangesShape,
        responses=ChatShape,
    )
    def patch(self, request: Request, chat_id: str) -> Response:
        chat, data = self.found(self.chats, chat_id), _CHANGES.run_validation(self.body())
        with transaction.atomic():
            self._change(chat, data)
        return self._answer(chat)

    def _answer(self, chat: Chat) -> Response:
        [data] = chats_data([self.chats.get(pk=chat.pk)])
        return Response(data)

    def _change(self, chat: Chat, data: dict[str, Any]) -> None:
        now, state = timezone.now(), data.get("state")
        # Tags first: a new one may wait for another chat that gets the same, and what is told is told last.
        if "tags" in data:
            set_room_tags(chat, data["tags"], actor=self.actor, now=now)
        if state is not None and state != State.CLOSED and not chat.is_open:
            reopen(chat, actor=self.actor, now=now)
        if "team" in data:
            assign_team(chat, self._team(data["team"]), actor=self.actor, now=now)
        if "assignee" in data:
            assign(chat, self._operator(data["assignee"]), actor=self.actor, now=now)
        if "category" in data or "categoryNote" in data:
            category = self._category(data["category"]) if "category" in data else chat.category
            note = data.get("categoryNote", chat.category_note)
            set_category(chat, category, note=note, actor=self.actor, now=now)
        if state == State.CLOSED:
            close(chat, actor=self.actor, now=now)
        elif state is not None:
            set_state(chat, state, actor=self.actor, now=now)

    def _operator(self, email: str | None) -> Operator | None:
        if email is None:
            return None
        operator = Operator.objects.filter(email=email.strip().lower(), memberships__site=self.site).first()
        if operator is None:
            raise ChatRefused("not_on_the_team", path="assignee", name=email)
        return operator

    def _team(self, text: str | None) -> Team | None:
        if text is None:
            return None
        wanted = read_id(text)
        team = Team.objects.filter(site=self.site, pk=wanted).first() if wanted is not None else None
        if team is None:
            raise ChatRefused("team_unknown", path="team")
        return team

    def _category(self, text: str | None) -> Category | None:
        if text is None:
            return None
        wanted = read_id(text)
        category = Category.objects.filter(site=self.site, pk=wanted).first() if wanted is not None else None
        if category is None:
            raise ChatRefused("category_unknown", path="category")
        return category


class MessagesView(ChatApiView):
    """What is said in a chat."""

    discloses = "chats"

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset({"limit", "after"}) if self.request.method == "GET" else frozenset()

    @extend_schema(
        operation_id="list_messages",
        tags=["chats"],
        summary="Messages of a chat, oldest first",
        parameters=[PAGING[0], _AFTER],
        responses=MessagePageShape,
    )
    def get(self, request: Request, chat_id: str) -> Response:
        chat, limit = self.found(self.chats, chat_id), read_limit(request.query_params)
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < 10):
            raise Malformed(Problem("after", "invalid", _("A whole number is expected here.")))
        messages = chat.messages.filter(number__gt=int(after)).prefetch_related("attachments")
        rows = list(messages.order_by("number")[: limit + 1])
        following = rows[limit - 1].number if len(rows) > limit else None
        return Response({"messages": [message_data(row) for row in rows[:limit]], "next": following})

    @extend_schema(
        operation_id="create_message",
        tags=["chats"],
        summary="Say something to the visitor",
        request=NewMessageShape,
        responses={201: MessageShape, 200: MessageShape},
    )
    def post(self, request: Request, chat_id: str) -> Response:
        chat, data = self.found(self.chats, chat_id), _MESSAGE.run_validation(self.body())
        files = read_ids(data.get("attachments", ()))
        text = Text(data.get("text", ""), client_id=data.get("id", ""), attachments=files)
        said = say(chat, text, author=Author.API, actor=self.actor, now=timezone.now())
        return Response(message_data(said.message), status=201 if said.created else 200)


class MemosView(ChatApiView):
    """Notes beside a chat."""

    @extend_schema(
        operation_id="create_memo",
        tags=["chats"],
        summary="Note something the visitor does not see",
        request=NewMemoShape,
        responses={201: MemoShape},
    )
    def post(self, request: Request, chat_id: str) -> Response:
        chat, data = self.found(self.chats, chat_id), _MEMO.run_validation(self.body())
        return Response(memo_data(add_memo(chat, data["text"], actor=self.actor, now=timezone.now())), status=201)
