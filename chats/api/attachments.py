"""``attachments`` of the open API: a program adds a file, sends it with a message, and reads those of others."""

from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.files import FILE, FULL, UPLOAD, FileParser, answer_file, read_file
from chats.api.shapes import AttachmentShape, attachment_data
from chats.api.views import ChatApiView
from chats.attaching import attach_file
from chats.models import Attachment
from chats.serving import HEADERS


class AttachmentsView(ChatApiView):
    """Files to be sent."""

    parser_classes = [FileParser]

    @extend_schema(
        operation_id="create_attachment",
        tags=["chats"],
        summary="Add a file that a message will send within a day",
        description="Pictures (PNG, JPEG, GIF, WebP), PDF, office documents, texts, sound and video; what a file is, "
        "its bytes say. Name its id in `attachments` of `POST chats/{id}/messages` or of an intake's message.",
        request=UPLOAD,
        responses={201: AttachmentShape, 507: FULL},
    )
    def post(self, request: Request) -> Response:
        file = read_file(request)
        attachment = attach_file(self.site, file, file.name or "", claimed=file.content_type or "", now=timezone.now())
        return Response(attachment_data(attachment), status=201)


class AttachmentView(ChatApiView):
    """A file of a message."""

    @extend_schema(operation_id="read_attachment", tags=["chats"], summary="A file of a message", responses=FILE)
    def get(self, request: Request, attachment_id: str) -> HttpResponseBase:
        # As with chats: of people nobody manages yet there is nothing (KIND-5).
        said = Attachment.objects.filter(site=self.site, message__isnull=False, chat__contact__managed=True)
        return answer_file(self.found(said, attachment_id))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code == 200:
            answer["Cache-Control"] = HEADERS["Cache-Control"]
        return answer
