"""CHAT-6: the page of requests: what waits for me, what I asked, all of the site; accept, refuse or withdraw there."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from chats.admin.inbox_rows import customer_name
from chats.errors import ChatRefused
from chats.models import ChatRequest, RequestState
from chats.requesting import (
    MAX_NOTE,
    all_of,
    answer,
    asked_by,
    is_for,
    may_withdraw,
    waiting_for,
    withdraw,
)
from chats.settling import answer_in_words
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.audit_words import audit_words
from desk.admin.navigation import Entry, Section, navigation
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.ids import read_id

PAGE = 50
_VIEWS = {"waiting": gettext_lazy("Waiting for me"), "mine": gettext_lazy("Asked by me"), "all": gettext_lazy("All")}
_BADGES = {
    RequestState.OPEN: "badge-warning",
    RequestState.ACCEPTED: "badge-success",
    RequestState.REFUSED: "badge-danger",
    RequestState.WITHDRAWN: "",
}


@require_GET
def show_requests(request: HttpRequest) -> HttpResponse:
    """One of the lists, ``PAGE`` at a time; ``from`` is the place where a further page begins."""
    access = _viewing(request)
    view = request.GET.get("view", "waiting" if access.may("chats.work") else "all")
    if view not in _VIEWS:
        raise Http404
    rows = _rows(access, view)
    if "from" in request.GET:
        place = read_id(request.GET["from"])
        if place is None:
            raise Http404
        rows = rows.filter(**{"pk__gt" if view == "waiting" else "pk__lt": place})
    found = list(rows[: PAGE + 1])
    here = reverse("admin:chat_requests")
    waiting = waiting_for(access).count()
    context = {
        **desk_site.each_context(request),
        "title": _("Requests"),
        "view": view,
        "tabs": [
            {
                "label": label,
                "url": f"{here}?view={name}",
                "open": name == view,
                "count": waiting if name == "waiting" else None,
            }
            for name, label in _VIEWS.items()
        ],
        "lines": [_line(request, access, row) for row in found[:PAGE]],
        "more_url": f"{here}?{urlencode({'view': view, 'from': found[PAGE - 1].pk})}" if len(found) > PAGE else "",
        "max_note": MAX_NOTE,
    }
    return TemplateResponse(request, "chats/requests.html", context)


@require_POST
def decide(request: HttpRequest, request_id: int) -> HttpResponseBase:
    """``deed``: accept, refuse or withdraw, with a ``note`` to whoever asked."""
    access = _viewing(request)
    if not access.may("chats.work"):
        raise PermissionDenied
    row = all_of(access.site).filter(pk=request_id).first()
    deed = request.POST.get("deed", "")
    if row is None or deed not in ("accept", "refuse", "withdraw"):
        raise Http404
    actor, now = actor_of(request), timezone.now()
    try:
        if deed == "withdraw":
            withdraw(row, actor=actor, now=now)
        else:
            answer(row, deed == "accept", request.POST.get("note", ""), actor=actor, now=now)
    except ChatRefused as refused:
        toast(request, refused.message, level="error")
    else:
        words = {"accept": _("Request accepted."), "refuse": _("Request refused."), "withdraw": _("Request withdrawn.")}
        toast(request, words[deed])
    view = request.POST.get("view", "")
    return HttpResponseRedirect(f"{reverse('admin:chat_requests')}?view={view if view in _VIEWS else 'waiting'}")


def _rows(access: Access, view: str) -> QuerySet[ChatRequest]:
    if view == "waiting":
        return waiting_for(access)
    return asked_by(access) if view == "mine" else all_of(access.site)


def _line(request: HttpRequest, access: Access, row: ChatRequest) -> dict[str, Any]:
    actor, works = actor_of(request), access.may("chats.work")
    return {
        "row": row,
        "customer": customer_name(access, row.chat.contact),
        "url": reverse("admin:inbox_chat", args=[row.chat_id]),
        "to": row.to_name or _("any administrator"),
        "badge": _BADGES[RequestState(row.state)],
        "answer": answer_in_words(row),
        "may_answer": is_for(row, access),
        "may_withdraw": works and may_withdraw(row, actor),
    }


def _viewing(request: HttpRequest) -> Access:
    access = access_of(request)
    if not access.may("chats.view"):
        raise PermissionDenied
    return access


def _entries(request: HttpRequest) -> list[Entry]:
    access = access_of(request)
    if not access.may("chats.work"):
        return []
    title = gettext_lazy("Requests of colleagues that wait for your answer")
    count = waiting_for(access).count
    return [Entry(gettext_lazy("Requests"), reverse("admin:chat_requests"), "swap", count, title=title)]


navigation.register("requests", Section("requests", "", 15, _entries))
for _action, _words in {
    "chat.requestAgent": gettext_lazy("Chat: change of agent asked for"),
    "chat.requestReview": gettext_lazy("Chat: review asked for"),
    "chat.requestAccepted": gettext_lazy("Chat: request accepted"),
    "chat.requestRefused": gettext_lazy("Chat: request refused"),
    "chat.requestWithdrawn": gettext_lazy("Chat: request withdrawn"),
}.items():
    audit_words.register(_action, _words)
desk_site.add_page("requests/", show_requests, "chat_requests")
desk_site.add_page("requests/<int:request_id>/", decide, "chat_request_decide")
