"""CHAT-3, CHAT-4: what operators do in a room, each a door to one rule.

What is said or noted answers with the new line, or with 422 and the reason; what changes the room answers with the
head of the conversation as it is then, and says in it why nothing was changed when something stood against it.
"""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chats.admin.conversation import head_of
from chats.admin.conversation_items import show_items
from chats.admin.inbox_rows import customer_name
from chats.admin.reaching import seen_room, worked_room
from chats.conversation import Item, item_of
from chats.errors import ChatRefused
from chats.handling import assign, assign_team, close, reopen, set_state
from chats.inbox import team_of
from chats.messaging import Text, mark_seen, say
from chats.models import Author, Category, Chat
from chats.noting import add_memo, set_category, set_room_tags
from chats.presence import be_present, leave
from chats.teams import teams_of
from desk.access import Access
from desk.admin import access_of, actor_of, operator_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast, toast_now
from desk.ids import read_id

MOST_FILES = 10


@require_POST
def say_it(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """``text``, ``clientId`` and ``attachment`` (repeatable): 201 with the message, 200 when it was said before."""
    chat = worked_room(request, chat_id)
    files = [found for text in request.POST.getlist("attachment")[:MOST_FILES] if (found := read_id(text)) is not None]
    text = Text(request.POST.get("text", ""), client_id=request.POST.get("clientId", ""), attachments=tuple(files))
    try:
        said = say(chat, text, author=Author.OPERATOR, actor=actor_of(request), now=timezone.now())
    except ChatRefused as refused:
        return _refusal(refused)
    return _line(request, chat, item_of(said.message), status=201 if said.created else 200)


@require_POST
def note_it(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """``text`` as a memo that the customer never sees."""
    chat = worked_room(request, chat_id)
    try:
        memo = add_memo(chat, request.POST.get("text", ""), actor=actor_of(request), now=timezone.now())
    except ChatRefused as refused:
        return _refusal(refused)
    return _line(request, chat, Item("memo", memo.pk, memo.at, memo), status=201)


@require_POST
def assign_it(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """To ``operator``, to ``me``, or empty: to nobody; or with ``team`` to a team, empty: to none."""
    chat, access = worked_room(request, chat_id), access_of(request)
    if "team" in request.POST:
        return _give_to_team(request, access, chat, request.POST["team"])
    wanted = request.POST.get("operator", "")
    if wanted == "me":
        to = operator_of(request)
    elif not wanted:
        to = None
    else:
        to = team_of(access.site).filter(pk=read_id(wanted) or 0).first()
        if to is None:
            raise Http404
    words = _("The chat is %(name)s's now.") % {"name": to} if to else _("Nobody has the chat now.")
    return _changed(request, chat, lambda: assign(chat, to, actor=actor_of(request), now=timezone.now()), words)


def _give_to_team(request: HttpRequest, access: Access, chat: Chat, wanted: str) -> HttpResponseBase:
    """It waits for whoever of them is free; who has it keeps it."""
    team = teams_of(access.site).filter(pk=read_id(wanted) or 0).first() if wanted else None
    if wanted and team is None:
        raise Http404
    words = _("The chat is the team “%(name)s”’s now.") % {"name": team} if team else _("The chat is no team’s now.")
    return _changed(request, chat, lambda: assign_team(chat, team, actor=actor_of(request), now=timezone.now()), words)


@require_POST
def change_state(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """``state``: waiting, received, inProgress, onHold."""
    chat = worked_room(request, chat_id)
    state = request.POST.get("state", "")
    return _changed(request, chat, lambda: set_state(chat, state, actor=actor_of(request), now=timezone.now()))


@require_POST
def close_it(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """End the chat; the toast opens it again."""
    chat = worked_room(request, chat_id)
    return _changed(
        request,
        chat,
        lambda: close(chat, actor=actor_of(request), now=timezone.now()),
        _("Chat #%(number)s is closed.") % {"number": chat.number},
        undo_url=reverse("admin:inbox_reopen", args=[chat.pk]),
    )


@require_POST
def reopen_it(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """Go on with a closed chat."""
    chat = worked_room(request, chat_id)
    words = _("Chat #%(number)s is open again.") % {"number": chat.number}
    return _changed(request, chat, lambda: reopen(chat, actor=actor_of(request), now=timezone.now()), words)


@require_POST
def categorise(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """``category`` (a number, empty: none) and ``note``, the third level."""
    chat, access = worked_room(request, chat_id), access_of(request)
    category = _category(access, request.POST.get("category", ""))
    note = request.POST.get("note", "")

    def change() -> None:
        set_category(chat, category, note=note, actor=actor_of(request), now=timezone.now())

    return _changed(request, chat, change)


def _category(access: Access, number: str) -> Category | None:
    if not number:
        return None
    category = Category.objects.filter(site=access.site, pk=read_id(number) or 0).first()
    if category is None:
        raise Http404
    return category


@require_POST
def tag_it(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """``tag`` (repeatable): all the tags of the room from now on; empty ones count for nothing."""
    chat = worked_room(request, chat_id)
    names = [name for name in request.POST.getlist("tag") if name.strip()]
    names += [name for name in request.POST.get("add", "").split(",") if name.strip()]
    return _changed(request, chat, lambda: set_room_tags(chat, names, actor=actor_of(request), now=timezone.now()))


@require_POST
def see_it(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """The operator has seen what is in the room."""
    chat = worked_room(request, chat_id)
    mark_seen(chat, operator_of(request), now=timezone.now())
    return HttpResponse(status=204)


@require_POST
def be_there(request: HttpRequest, chat_id: int) -> HttpResponseBase:
    """A sign of life, with ``typing=1`` while something is being written; ``left=1`` when the room is closed."""
    chat, operator, now = worked_room(request, chat_id), operator_of(request), timezone.now()
    if request.POST.get("left"):
        leave(chat, operator, now=now)
    else:
        be_present(chat, operator, typing=request.POST.get("typing") == "1", now=now)
    return HttpResponse(status=204)


def _changed(
    request: HttpRequest, chat: Chat, change: Callable[[], object], words: str = "", *, undo_url: str = ""
) -> HttpResponseBase:
    """Do it and answer with the head, or without htmx (an Undo button) with the page."""
    problem, changed = "", True
    try:
        changed = change() is not False
    except ChatRefused as refused:
        problem = refused.message
    if not request.headers.get("HX-Request"):
        if problem or words:
            toast(request, problem or words, level="error" if problem else "success")
        return HttpResponseRedirect(reverse("admin:inbox_chat", args=[chat.pk]))
    response = head_of(request, seen_room(request, chat.pk), problem)
    if changed and words and not problem:
        toast_now(response, words, undo_url=undo_url)
    return response


def _line(request: HttpRequest, chat: Chat, item: Item, *, status: int) -> HttpResponseBase:
    access = access_of(request)
    items = show_items([item], customer=customer_name(access, chat.contact), operator_id=access.operator.pk)
    context = {"items": items, "chat": chat, "alone": True}
    return TemplateResponse(request, "chats/conversation_items.html", context, status=status)


def _refusal(refused: ChatRefused) -> JsonResponse:
    return JsonResponse({"code": refused.code, "path": refused.path, "message": refused.message}, status=422)


for _name, _view in {
    "say": say_it,
    "memo": note_it,
    "assign": assign_it,
    "state": change_state,
    "close": close_it,
    "reopen": reopen_it,
    "category": categorise,
    "tags": tag_it,
    "seen": see_it,
    "presence": be_there,
}.items():
    desk_site.add_page(f"inbox/<int:chat_id>/{_name}/", _view, f"inbox_{_name}")
