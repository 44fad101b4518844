"""``requests`` of the open API: what is asked about a chat, and its answer (API-2, CHAT-6).

A program answers and withdraws as an administrator would; what it asks is asked in its own name.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.shapes import AgentShape
from chats.api.views import ChatApiView
from chats.errors import ChatRefused
from chats.models import ChatRequest, RequestKind, RequestState
from chats.requesting import all_of, answer, ask, requests_of, withdraw
from chats.settling import answer_in_words
from desk.api.errors import Malformed, Problem
from desk.api.open import PAGING, read_limit
from desk.api.serializers import StrictSerializer, TextField, time_text
from desk.ids import read_id
from desk.models import Operator


class RequestShape(serializers.Serializer[Any]):
    """A request. ``to`` is null where any administrator may answer. ``answer`` of one that is settled by itself says
    why: the chat was closed or handed over, or whoever was asked has left.
    """

    id = serializers.CharField()
    chatId = serializers.CharField()
    kind = serializers.ChoiceField(choices=RequestKind.values)
    state = serializers.ChoiceField(choices=RequestState.values)
    by = serializers.CharField()
    to = AgentShape(allow_null=True)
    note = serializers.CharField()
    at = serializers.DateTimeField()
    answeredBy = serializers.CharField(allow_null=True)
    answer = serializers.CharField()
    answeredAt = serializers.DateTimeField(allow_null=True)


class RequestPageShape(serializers.Serializer[Any]):
    """A page of requests, newest first; ``next`` is the ``since`` of the next page, null on the last."""

    requests = RequestShape(many=True)
    next = serializers.CharField(allow_null=True)


class RequestsShape(serializers.Serializer[Any]):
    """The requests of a chat in the order in which they were asked."""

    requests = RequestShape(many=True)


class NewRequestShape(StrictSerializer):
    """What is asked. ``to`` is an operator's e-mail address; without it any administrator may answer a review."""

    kind = serializers.ChoiceField(choices=RequestKind.values)
    to = TextField(required=False, allow_null=True, max_length=254)
    note = TextField(allow_blank=True, max_length=5_000)


class AnswerToRequestShape(StrictSerializer):
    """How it ends. An accepted change of agent hands the chat over."""

    state = serializers.ChoiceField(choices=["accepted", "refused", "withdrawn"])
    answer = TextField(required=False, allow_blank=True, max_length=5_000)


_NEW, _ANSWER = NewRequestShape(), AnswerToRequestShape()


class _RequestApiView(ChatApiView):
    @property
    def requests(self) -> QuerySet[ChatRequest]:
        """All of the site, without those about people nobody manages (KIND-5)."""
        return all_of(self.site).filter(chat__contact__managed=True)


class RequestsView(_RequestApiView):
    """All requests."""

    query_parameters = frozenset({"limit", "since", "state"})

    @extend_schema(
        operation_id="list_requests",
        tags=["chats"],
        summary="Requests about chats, newest first",
        parameters=[*PAGING, OpenApiParameter("state", str, enum=RequestState.values)],
        responses=RequestPageShape,
    )
    def get(self, request: Request) -> Response:
        limit, rows = read_limit(request.query_params), self.requests
        if (state := request.query_params.get("state")) is not None:
            if state not in RequestState.values:
                message = _("One of these is expected: %(values)s.") % {"values": ", ".join(RequestState.values)}
                raise Malformed(Problem("state", "invalid", message))
            rows = rows.filter(state=state)
        if (since := request.query_params.get("since")) is not None:
            if (before := read_id(since)) is None:
                raise Malformed(Problem("since", "invalid", _("This is no place in the list.")))
            rows = rows.filter(pk__lt=before)
        found = list(rows[: limit + 1])
        following = str(found[limit - 1].pk) if len(found) > limit else None
        return Response({"requests": [request_data(row) for row in found[:limit]], "next": following})


class RequestView(_RequestApiView):
    """One request."""

    @extend_schema(operation_id="read_request", tags=["chats"], summary="A request", responses=RequestShape)
    def get(self, request: Request, request_id: str) -> Response:
        return Response(request_data(self.found(self.requests, request_id)))

    @extend_schema(
        operation_id="answer_request",
        tags=["chats"],
        summary="Accept, refuse or withdraw",
        request=AnswerToRequestShape,
        responses=RequestShape,
    )
    def patch(self, request: Request, request_id: str) -> Response:
        row, data, now = self.found(self.requests, request_id), _ANSWER.run_validation(self.body()), timezone.now()
        if data["state"] == RequestState.WITHDRAWN:
            withdraw(row, actor=self.actor, now=now)
        else:
            answer(row, data["state"] == RequestState.ACCEPTED, data.get("answer", ""), actor=self.actor, now=now)
        return Response(request_data(self.found(self.requests, request_id)))


class ChatRequestsView(_RequestApiView):
    """The requests of one chat, and new ones."""

    @extend_schema(
        operation_id="list_chat_requests", tags=["chats"], summary="Requests about a chat", responses=RequestsShape
    )
    def get(self, request: Request, chat_id: str) -> Response:
        chat = self.found(self.chats, chat_id)
        return Response({"requests": [request_data(row) for row in requests_of(chat)]})

    @extend_schema(
        operation_id="create_request",
        tags=["chats"],
        summary="Ask for another agent, or for a review",
        request=NewRequestShape,
        responses={201: RequestShape},
    )
    def post(self, request: Request, chat_id: str) -> Response:
        chat, data = self.found(self.chats, chat_id), _NEW.run_validation(self.body())
        to = self._operator(data.get("to"))
        made = ask(chat, data["kind"], to, data["note"], actor=self.actor, now=timezone.now())
        return Response(request_data(made), status=201)

    def _operator(self, email: str | None) -> Operator | None:
        if email is None:
            return None
        operator = Operator.objects.filter(email=email.strip().lower(), memberships__site=self.site).first()
        if operator is None:
            raise ChatRefused("not_on_the_team", path="to", name=email)
        return operator


def request_data(row: ChatRequest) -> dict[str, Any]:
    """``RequestShape`` of a request with whom it was asked of."""
    return {
        "id": str(row.pk),
        "chatId": str(row.chat_id),
        "kind": row.kind,
        "state": row.state,
        "by": row.by_name,
        "to": {"id": str(row.to.pk), "name": row.to_name} if row.to else None,
        "note": row.note,
        "at": time_text(row.at),
        "answeredBy": row.answered_by_name or None,
        "answer": answer_in_words(row),
        "answeredAt": time_text(row.answered_at) if row.answered_at else None,
    }
