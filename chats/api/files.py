"""Files of messages at the doors of both APIs: how one comes in, and how one goes out (CHAT-9)."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.exceptions import NotFound
from rest_framework.parsers import BaseParser, DataAndFiles
from rest_framework.request import Request

from chats.api.errors import refused_chat
from chats.attaching import not_received
from chats.models import Attachment
from chats.serving import HEADERS, serve
from chats.storing import max_bytes
from contacts.importing.uploading import ImportUploadHandler
from desk.api.errors import ApiError, Malformed, Problem, too_large

# A body that is not read to its end looks to the browser as if the line were cut, and nobody learns why. So what is too
# large is read and thrown away, unless it is so large that nobody can have meant it.
_READ_AT_MOST = 10  # times the largest file
UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }
}
FULL = OpenApiResponse({"$ref": "#/components/schemas/Error"}, description="`storage_full`: no room for the file.")
FILE = {(200, "*/*"): OpenApiTypes.BINARY}


class FileParser(BaseParser):
    """``multipart/form-data`` with one file, which goes to the disk while it comes, as far as it may be large."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[QueryDict, Any]":
        assert parser_context is not None  # REST framework's
        request = parser_context["request"]
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > _READ_AT_MOST * max_bytes():
            raise too_large()
        handler = ImportUploadHandler(request, max_bytes=max_bytes())
        meta = {**request.META, "CONTENT_TYPE": media_type}
        try:
            data, files = MultiPartParser(meta, stream, [handler], "utf-8").parse()
        except (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent):
            raise ApiError(400, "invalid", _("The body is not a form with one file.")) from None
        if handler.problem:
            raise refused_chat(not_received(handler.problem, handler.file_name or ""))
        return DataAndFiles(data, files)


def read_file(request: Request) -> UploadedFile:
    """The one file of the form; anything else in it is refused."""
    data = request.data
    if not isinstance(data, QueryDict):
        raise ApiError(415, "unsupported_media_type", _("A form (multipart/form-data) with the file is expected."))
    unknown = sorted({*data, *request.FILES} - {"file"})
    if unknown:
        raise Malformed(*(Problem(name, "unknown", _("This field is not known.")) for name in unknown))
    sent = request.FILES.getlist("file")
    # Beside the file there may be a text of that name: REST framework's data hold both.
    if len(data.getlist("file")) > 1:
        raise Malformed(Problem("file", "repeated", _("This parameter stands here twice.")))
    if not sent:
        raise Malformed(Problem("file", "required", _("A file is expected here.")))
    file: UploadedFile = sent[0]
    return file


def answer_file(attachment: Attachment) -> FileResponse:
    """The file itself; 404 when it is gone from the disk."""
    try:
        served = serve(attachment)
    except FileNotFoundError:
        raise NotFound from None
    return FileResponse(
        served.file,
        as_attachment=served.is_download,
        filename=served.name,
        content_type=served.type,
        headers=dict(HEADERS),
    )
