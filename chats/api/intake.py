"""``POST intake`` of the open API: messages of other channels come in (CHAT-1, UNI-5)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.shapes import IntakeShape, TakenInShape, chats_data, message_data, read_ids
from chats.api.views import ChatApiView
from chats.intake import Incoming, take_in
from contacts.api.open.shapes import contacts_data
from contacts.api.open.writing import refusal_of
from contacts.models import Channel, Contact
from desk.api.errors import ApiError, Malformed, Problem

_INTAKE = IntakeShape()
_OF_THE_CONTACT = {"name", "email", "mobileNumber", "memberId"}


class IntakeView(ChatApiView):
    """A message from KakaoTalk, Naver TalkTalk, LINE, Instagram, the phone, e-mail or the help centre."""

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(_below_contact(refusal_of(exc)) or exc)

    @extend_schema(
        operation_id="take_in_message",
        tags=["chats"],
        summary="Take in a message of another channel",
        description="The contact is found by the account (`channel`, `key`); the first time by memberId, on the phone "
        "by phone number, elsewhere by e-mail, else made. The same message id twice is accepted once (200).",
        request=IntakeShape,
        responses={201: TakenInShape, 200: TakenInShape},
    )
    def post(self, request: Request) -> Response:
        data, now = _INTAKE.run_validation(self.body()), timezone.now()
        taken = take_in(self.site, _incoming(data), actor=self.actor, now=now)
        contact = Contact.objects.select_related("profile").get(pk=taken.chat.contact_id)
        [shown] = contacts_data([contact], self.site, now=now)
        [chat] = chats_data([self.chats.get(pk=taken.chat.pk)])
        answer = {"contact": shown, "chat": chat, "message": message_data(taken.message)}
        return Response(answer, status=201 if taken.created else 200)


def _incoming(data: dict[str, Any]) -> Incoming:
    message = data["message"]
    return Incoming(
        channel=Channel(data["channel"]),
        key=data["key"],
        account=data.get("account", ""),
        contact={key: value for key, value in data.get("contact", {}).items() if value},
        message_id=message["id"],
        text=message.get("text", ""),
        attachments=read_ids(message.get("attachments", ())),
        at=message.get("at"),
        parameters=data.get("parameters", {}),
    )


def _below_contact(error: ApiError | None) -> ApiError | None:
    """A refused detail stands below ``contact`` here."""
    if error is None or error.status_code != 400:
        return error
    problems = error.problems or (Problem(error.path or "", error.code, error.message),)
    return Malformed(
        *(
            Problem(f"contact.{one.path}" if one.path in _OF_THE_CONTACT else one.path, one.code, one.message)
            for one in problems
        )
    )
