"""``answer-templates`` of the open API: the usual five verbs (API-2, CHAT-4)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chats.answers import change_answer, create_answer, delete_answer
from chats.api.setting_base import SettingApiView
from chats.models import AnswerTemplate
from desk.api.open import PAGING
from desk.api.serializers import StrictSerializer, TextField, time_text


class AnswerShape(serializers.Serializer[Any]):
    """A saved answer. ``text`` as it is written, with its placeholders."""

    id = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField()
    updatedAt = serializers.DateTimeField()


class AnswerPageShape(serializers.Serializer[Any]):
    """A page of saved answers; ``next`` is the ``since`` of the next page, null on the last."""

    answerTemplates = AnswerShape(many=True)
    next = serializers.CharField(allow_null=True)


class NewAnswerShape(StrictSerializer):
    """An answer to keep: a name of up to 40 characters, a text of up to 5,000. Placeholders: ``{name}``, ``{agent}``,
    ``{site}``, ``{customerNumber}``, ``{memberId}``, ``{roomNumber}``, ``{profile.<key>}``, each also with what to say
    where nothing is known: ``{name|customer}``.
    """

    name = TextField(max_length=200)
    text = TextField(max_length=20_000)


class AnswerChangesShape(StrictSerializer):
    """What is to be different."""

    name = TextField(required=False, max_length=200)
    text = TextField(required=False, max_length=20_000)


_NEW, _CHANGES = NewAnswerShape(), AnswerChangesShape()


class AnswersView(SettingApiView):
    """All saved answers, and new ones."""

    @extend_schema(
        operation_id="list_answer_templates",
        tags=["chats"],
        summary="Saved answers",
        parameters=PAGING,
        responses=AnswerPageShape,
    )
    def get(self, request: Request) -> Response:
        rows, following = self.page_of(AnswerTemplate.objects.filter(site=self.site))
        return Response({"answerTemplates": [answer_data(row) for row in rows], "next": following})

    @extend_schema(
        operation_id="create_answer_template",
        tags=["chats"],
        summary="Keep an answer",
        request=NewAnswerShape,
        responses={201: AnswerShape},
    )
    def post(self, request: Request) -> Response:
        data = _NEW.run_validation(self.body())
        answer = create_answer(self.site, **data, actor=self.actor, now=timezone.now())
        return Response(answer_data(answer), status=201)


class AnswerView(SettingApiView):
    """One saved answer."""

    def answer(self, answer_id: str) -> AnswerTemplate:
        """The answer of this site, or 404."""
        return self.found(AnswerTemplate.objects.select_related("site").filter(site=self.site), answer_id)

    @extend_schema(operation_id="read_answer_template", tags=["chats"], summary="A saved answer", responses=AnswerShape)
    def get(self, request: Request, answer_id: str) -> Response:
        return Response(answer_data(self.answer(answer_id)))

    @extend_schema(
        operation_id="change_answer_template",
        tags=["chats"],
        summary="Rename, rewrite",
        request=AnswerChangesShape,
        responses=AnswerShape,
    )
    def patch(self, request: Request, answer_id: str) -> Response:
        answer, data = self.answer(answer_id), _CHANGES.run_validation(self.body())
        wanted = {"name": answer.name, "text": answer.text, **data}
        return Response(answer_data(change_answer(answer, **wanted, actor=self.actor, now=timezone.now())))

    @extend_schema(
        operation_id="delete_answer_template", tags=["chats"], summary="Delete a saved answer", responses={204: None}
    )
    def delete(self, request: Request, answer_id: str) -> Response:
        delete_answer(self.answer(answer_id), actor=self.actor)
        return Response(status=204)


def answer_data(answer: AnswerTemplate) -> dict[str, Any]:
    """``AnswerShape`` of an answer."""
    return {
        "id": str(answer.pk),
        "name": answer.name,
        "text": answer.text,
        "updatedAt": time_text(answer.updated_at),
    }
