"""SITE-2, SITE-3: which room a request is about, and whether the operator may read it or work on it."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from chats.inbox import Asked, InboxRefused, find_room
from chats.models import Chat
from desk.access import Access
from desk.admin import access_of


def viewing(request: HttpRequest) -> Access:
    """``chats.view``: sees inbox, conversations and panel."""
    access = access_of(request)
    if not access.may("chats.view"):
        raise PermissionDenied
    return access


def seen_room(request: HttpRequest, chat_id: int) -> Chat:
    """The room of this address on the site on show; ``Http404`` for any other."""
    chat = find_room(viewing(request), chat_id)
    if chat is None:
        raise Http404
    return chat


def worked_room(request: HttpRequest, chat_id: int) -> Chat:
    """The room, for a deed."""
    chat = seen_room(request, chat_id)
    if not access_of(request).may("chats.work"):
        raise PermissionDenied
    return chat


def asked_list(request: HttpRequest, default: str = "") -> Asked:
    """The list that the address asks for; ``Http404`` for a view that there is not."""
    search = request.GET.get("q", "")[:200]
    view = request.GET.get("view") or default or usual_view(access_of(request))
    try:
        return Asked(view, search)
    except InboxRefused as refused:
        raise Http404 from refused


def usual_view(access: Access) -> str:
    """Where somebody begins: who answers, with what waits; who only reads, with everything."""
    return "waiting" if access.may("chats.work") else "all"
