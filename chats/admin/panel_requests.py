"""CHAT-6 in the panel: the requests about a room, with the forms to ask, answer and withdraw (``chats.requesting``)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chats.errors import ChatRefused
from chats.models import Chat, ChatRequest, RequestKind, RequestState
from chats.panel import find_room
from chats.requesting import (
    administrators_of,
    agents_for,
    agents_of,
    answer,
    ask,
    may_answer,
    may_withdraw,
    requests_of,
    withdraw,
)
from chats.settling import answer_in_words
from chats.team_overview import Person, people_of
from contacts.admin.formats import moment
from desk.access import Access
from desk.actors import Actor
from desk.admin import access_of, actor_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast_now
from desk.models import Operator

_BADGES = {
    RequestState.OPEN: "badge-warning",
    RequestState.ACCEPTED: "badge-success",
    RequestState.REFUSED: "badge-danger",
    RequestState.WITHDRAWN: "",
}


def requests_context(
    request: HttpRequest,
    access: Access,
    chat: Chat,
    rows: list[ChatRequest],
    *,
    refused: ChatRefused | None = None,
    typed: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What ``chats/panel_requests.html`` prints; two statements for whom one may ask."""
    actor, works = actor_of(request), access.may("chats.work")
    open_kinds = {row.kind for row in rows if row.state == RequestState.OPEN}
    return {
        "request_url": reverse("admin:inbox_request", args=[chat.pk]),
        "request_lines": [_line(access, actor, row, works=works) for row in reversed(rows)],
        "asks": _asks(access, chat, open_kinds, refused, typed or {}) if works else [],
        "request_problem": refused.message if refused is not None and not (typed or {}).get("kind") else "",
    }


def _line(access: Access, actor: Actor, row: ChatRequest, *, works: bool) -> dict[str, Any]:
    zone = access.site.zone
    return {
        "id": str(row.pk),
        "kind": str(capfirst(row.get_kind_display())),
        "state": _("unanswered") if row.state == RequestState.OPEN else str(row.get_state_display()),
        "badge": _BADGES[RequestState(row.state)],
        "by": row.by_name,
        "to": row.to_name or _("any administrator"),
        "note": row.note,
        "at": moment(row.at, zone),
        "answer": answer_in_words(row),
        "answered": f"{row.answered_by_name} · {moment(row.answered_at, zone)}" if row.answered_at else "",
        "may_answer": works and may_answer(row, actor),
        "may_withdraw": works and may_withdraw(row, actor),
    }


def _asks(
    access: Access, chat: Chat, open_kinds: set[str], refused: ChatRefused | None, typed: dict[str, str]
) -> list[dict[str, Any]]:
    """The forms to ask by; not for what is asked already, and nobody is asked to take over a chat that has ended."""
    kinds = [(RequestKind.AGENT, _("Ask for a change of agent"), _("Who is to take it over"))]
    kinds.append((RequestKind.REVIEW, _("Ask for a review"), _("Who is to look at it")))
    forms = []
    for kind, heading, to_label in kinds:
        if kind in open_kinds or (kind == RequestKind.AGENT and not chat.is_open):
            continue
        agent = kind == RequestKind.AGENT
        people = people_of(access.site, agents_for(chat, access.operator) if agent else administrators_of(access.site))
        mine = typed.get("kind") == kind
        forms.append(
            {
                "kind": kind.value,
                "heading": heading,
                "to_label": to_label,
                "any": kind == RequestKind.REVIEW,
                "people": [
                    (str(one.operator.pk), _person(one))
                    for one in people
                    if one.operator.pk not in (access.operator.pk, _holder(kind, chat))
                ],
                "to": typed.get("to", "") if mine else "",
                "note": typed.get("note", "") if mine else "",
                "problem": refused.message if mine and refused is not None else "",
            }
        )
    return forms


def _person(person: Person) -> str:
    """The name, and that nobody should wait for them."""
    name = str(person.operator)
    return name if person.available else _("%(name)s (away)") % {"name": name}


def _holder(kind: RequestKind, chat: Chat) -> int | None:
    return chat.assignee_id if kind == RequestKind.AGENT else None


@require_POST
def change_request(request: HttpRequest, chat_id: int) -> HttpResponse:
    """``ask`` with ``kind``, ``to`` and ``note``; or ``accept``, ``refuse``, ``withdraw`` the request ``id``."""
    access = access_of(request)
    if not access.may("chats.work"):
        raise PermissionDenied
    chat = find_room(access.site, chat_id)
    if chat is None:
        raise Http404
    deed, refused = request.POST.get("deed", ""), None
    typed = {name: request.POST.get(name, "") for name in ("kind", "to", "note")} if deed == "ask" else {}
    try:
        words = _do(request, access, chat, deed)
    except ChatRefused as error:
        refused, words = error, ""
    fresh = find_room(access.site, chat_id) or chat
    context = requests_context(request, access, fresh, list(requests_of(fresh)), refused=refused, typed=typed)
    if refused is None:
        context = requests_context(request, access, fresh, list(requests_of(fresh)))
    response = TemplateResponse(request, "chats/panel_requests.html", {"chat": fresh, **context})
    if words:
        toast_now(response, words)
    return response


def _do(request: HttpRequest, access: Access, chat: Chat, deed: str) -> str:
    actor, now, note = actor_of(request), timezone.now(), request.POST.get("note", "")
    if deed == "ask":
        ask(chat, request.POST.get("kind", ""), _asked(access, request.POST.get("to", "")), note, actor=actor, now=now)
        return _("Asked.")
    number = request.POST.get("id", "")
    row = requests_of(chat).filter(pk=int(number)).first() if number.isascii() and number.isdecimal() else None
    if row is None:
        raise Http404
    if deed in ("accept", "refuse"):
        answer(row, deed == "accept", note, actor=actor, now=now)
        return _("Accepted.") if deed == "accept" else _("Refused.")
    if deed == "withdraw":
        withdraw(row, actor=actor, now=now)
        return _("Withdrawn.")
    raise Http404


def _asked(access: Access, number: str) -> Operator | None:
    """Who was chosen; of another site nobody is."""
    if not number:
        return None
    row = agents_of(access.site).filter(pk=int(number)).first() if number.isascii() and number.isdecimal() else None
    if row is None:
        raise Http404
    return row


desk_site.add_page("inbox/<int:chat_id>/request/", change_request, "inbox_request")
