"""The visitor's doors to files: one that is to be sent, and those of the conversation (CHAT-9)."""

from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.files import FILE, FULL, UPLOAD, FileParser, answer_file, read_file
from chats.api.plugin.base import VisitorChatView
from chats.api.plugin.shapes import UploadedShape, uploaded_data
from chats.api.plugin.throttles import UPLOADS
from chats.attaching import attach_file
from chats.errors import ChatRefused
from chats.links import is_signed
from chats.models import Attachment
from chats.serving import HEADERS
from contacts.api.plugin.base import PluginKeyThrottle, PluginView
from desk.ids import read_id


class MyFilesView(VisitorChatView):
    """Files to be sent."""

    parser_classes = [FileParser]
    throttle_classes = [PluginKeyThrottle, *UPLOADS]

    @extend_schema(
        operation_id="upload",
        tags=["plugin"],
        summary="Add a file that a message will send within a day",
        description="Pictures (PNG, JPEG, GIF, WebP), PDF, office documents, texts, sound and video; what a file is, "
        "its bytes say. Anything else, and what pretends to be something else, is refused with the reason.",
        request=UPLOAD,
        responses={201: UploadedShape, 507: FULL},
    )
    def post(self, request: Request) -> Response:
        visitor, file = self.visitor, read_file(request)
        # Looked at before the bytes are: who may not write need not add anything (BOOT-14).
        if visitor.contact.blocked:
            raise ChatRefused("blocked")
        attachment = attach_file(
            visitor.site,
            file,
            file.name or "",
            identity=visitor.identity,
            claimed=file.content_type or "",
            now=timezone.now(),
        )
        return Response(uploaded_data(attachment), status=201)


class MyFileView(PluginView):
    """A file of a conversation. The address itself is the permission: see ``chats.links``."""

    query_parameters = frozenset({"until", "key"})

    @extend_schema(
        operation_id="download",
        tags=["plugin"],
        summary="A file of a message, at the address that the message names",
        auth=[],
        parameters=[
            OpenApiParameter("until", int, required=True, description="As in the address"),
            OpenApiParameter("key", str, required=True, description="As in the address"),
        ],
        responses=FILE,
    )
    def get(self, request: Request, attachment_id: str) -> HttpResponseBase:
        wanted, query = read_id(attachment_id), request.query_params
        if wanted is None or not is_signed(wanted, query.get("until", ""), query.get("key", ""), now=timezone.now()):
            raise NotFound
        attachment = Attachment.objects.filter(pk=wanted, message__isnull=False).first()
        if attachment is None:
            raise NotFound
        return answer_file(attachment)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code == 200:
            # A page of the site shows it, also one that asks for leave of everything it shows.
            for name, value in {**HEADERS, "Cross-Origin-Resource-Policy": "cross-origin"}.items():
                answer[name] = value
        return answer
