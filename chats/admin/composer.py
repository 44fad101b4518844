"""CHAT-4: what the composer asks for while somebody writes: saved answers, filled for this room, and room for files."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from chats.admin.conversation_items import show_file
from chats.admin.reaching import worked_room
from chats.answers import fill_all, find_answers
from chats.attaching import attach_file, not_received
from chats.errors import ChatRefused
from chats.models import Chat
from chats.storing import max_bytes
from contacts.importing.uploading import ImportUploadHandler
from desk.admin import access_of, operator_of
from desk.admin.site import desk_site

MOST_OFFERED = 30


@require_GET
def offer_answers(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """The saved answers whose name or text contains ``q``, each with its placeholders filled."""
    chat, access = worked_room(request, chat_id), access_of(request)
    query, operator = request.GET.get("q", "")[:100], operator_of(request)
    answers = list(find_answers(access.site, query)[:MOST_OFFERED])
    found = list(zip(answers, fill_all(answers, chat, operator), strict=True))
    context = {
        "answers": found,
        "query": query,
        "settings_url": reverse("admin:chat_answer_add") if access.may("settings.change") else "",
    }
    return TemplateResponse(request, "chats/composer_answers.html", context)


@csrf_exempt
@require_POST
def attach(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """Take in ``file``; a message names it afterwards. 422 with the reason when it is not taken.

    Called before anything has looked at the body: that it ends where a file is too large has to be said first.
    """
    chat = worked_room(request, chat_id)
    handler = ImportUploadHandler(request, max_bytes=max_bytes())
    request.upload_handlers = [handler]
    return _attach(request, chat, handler)


@csrf_protect
def _attach(request: HttpRequest, chat: Chat, handler: ImportUploadHandler) -> HttpResponseBase:
    upload = request.FILES.get("file")
    try:
        if handler.problem:
            raise not_received(handler.problem, handler.file_name or "")
        if upload is None:
            raise ChatRefused("file_missing", path="file")
        file = attach_file(
            chat.site,
            upload,
            upload.name or "",
            operator=operator_of(request),
            claimed=upload.content_type or "",
            now=timezone.now(),
        )
    except ChatRefused as refused:
        return JsonResponse({"code": refused.code, "path": refused.path, "message": refused.message}, status=422)
    shown = show_file(file)
    return JsonResponse({"id": str(file.pk), "name": shown.name, "size": shown.size}, status=201)


desk_site.add_page("inbox/<int:chat_id>/answers/", offer_answers, "inbox_answers")
desk_site.add_page("inbox/<int:chat_id>/attach/", attach, "inbox_attach")
