"""CHAT-6: asking a colleague to take a chat over, or an administrator to look over it.

One request of a kind is open per chat; the database decides which of two came first. The one who was asked answers, or
an administrator in their place; never the one who asked, who may withdraw. An accepted change of agent hands the chat
over, and only that tells "before > after". What ends a request by itself is in ``chats.settling``.
"""

import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chats.errors import ChatRefused
from chats.handling import assign
from chats.messaging import check_text
from chats.models import Chat, ChatRequest, Happened, RequestKind, RequestState, TeamMember
from chats.opening import hold_chat
from chats.settling import LEFT, settle
from chats.teams import colleagues_of, workers_of
from chats.telling import tell
from desk.access import Access, access_to
from desk.actors import SYSTEM, Actor
from desk.audit import record
from desk.models import Operator, Role, Site
from desk.teams import place_changes

MAX_NOTE = 1_000


def ask(chat: Chat, kind: str, to: Operator | None, note: str, *, actor: Actor, now: datetime.datetime) -> ChatRequest:
    """Ask ``to`` for ``kind``; a review may be asked of nobody by name: then any administrator answers."""
    if kind not in RequestKind.values:
        raise ChatRefused("request_kind", path="kind")
    note = _check_note(note)
    if not note:
        raise ChatRefused("request_note", path="note")
    _check_asked(chat, kind, to, actor)
    try:
        with transaction.atomic():
            held = hold_chat(chat)
            _check_chat(held, kind, to)
            request = ChatRequest.objects.create(
                site_id=chat.site_id,
                chat=chat,
                kind=kind,
                by=actor.operator,
                by_name=actor.label[:120],
                to=to,
                to_name=str(to or "")[:120],
                note=note,
                at=now,
            )
            _write_down(f"chat.request{kind.capitalize()}", request, actor)
            tell(held, Happened.CHAT, now=now)
    except IntegrityError:
        raise ChatRefused("request_open", path="kind") from None
    return request


@transaction.atomic
def answer(request: ChatRequest, accept: bool, note: str, *, actor: Actor, now: datetime.datetime) -> ChatRequest:
    """Accept or refuse, with a word to whoever asked. Accepting a change of agent hands the chat over."""
    note = _check_note(note)
    held, fresh = _hold(request)
    if not may_answer(fresh, actor):
        raise ChatRefused("request_not_yours")
    state = RequestState.ACCEPTED if accept else RequestState.REFUSED
    # Before the chat is handed over: what is settled no longer counts as handed over otherwise.
    settle(ChatRequest.objects.filter(pk=fresh.pk), state, note, actor=actor, now=now)
    _write_down(f"chat.request{'Accepted' if accept else 'Refused'}", fresh, actor)
    if accept and fresh.kind == RequestKind.AGENT:
        if fresh.to is None:  # the account is gone
            raise ChatRefused("request_to_missing")
        assign(held, fresh.to, actor=actor, now=now)
    tell(held, Happened.CHAT, now=now)
    return _as_it_is(request)


@transaction.atomic
def withdraw(request: ChatRequest, *, actor: Actor, now: datetime.datetime) -> ChatRequest:
    """Whoever asked no longer needs it."""
    held, fresh = _hold(request)
    if not may_withdraw(fresh, actor):
        raise ChatRefused("request_not_yours")
    settle(ChatRequest.objects.filter(pk=fresh.pk), RequestState.WITHDRAWN, "", actor=actor, now=now)
    _write_down("chat.requestWithdrawn", fresh, actor)
    tell(held, Happened.CHAT, now=now)
    return _as_it_is(request)


def may_answer(request: ChatRequest, actor: Actor) -> bool:
    """Whether it is for ``actor`` to accept or refuse: the one asked, an administrator, or a program of the site."""
    operator = actor.operator
    if request.state != RequestState.OPEN:
        return False
    if operator is None:
        return actor.kind == "api"
    access = _access(operator, request.site)
    return access is not None and is_for(request, access)


def is_for(request: ChatRequest, access: Access) -> bool:
    """The same for who is known with what they may do on the request's site: lists ask this for every line."""
    me = access.operator.pk
    if request.state != RequestState.OPEN or request.by_id == me or not access.may("chats.work"):
        return False
    return access.role == Role.ADMIN or request.to_id == me


def may_withdraw(request: ChatRequest, actor: Actor) -> bool:
    """Whether it is ``actor`` who asked."""
    if request.state != RequestState.OPEN:
        return False
    if actor.operator is None:
        return actor.kind == "api" and request.by_id is None
    return request.by_id == actor.operator.pk


def waiting_for(access: Access) -> QuerySet[ChatRequest]:
    """What waits for this operator, oldest first: asked by name, or of any administrator."""
    mine = Q(to=access.operator)
    if access.role == Role.ADMIN:
        mine |= Q(to=None)
    found = _shown(access.site).filter(mine, state=RequestState.OPEN).exclude(by=access.operator)
    return found.order_by("id") if access.may("chats.work") else found.none()


def asked_by(access: Access) -> QuerySet[ChatRequest]:
    """What this operator asked, newest first."""
    return _shown(access.site).filter(by=access.operator).order_by("-id")


def all_of(site: Site) -> QuerySet[ChatRequest]:
    """Every request of the site, newest first."""
    return _shown(site).order_by("-id")


def requests_of(chat: Chat) -> QuerySet[ChatRequest]:
    """The requests of a chat, in the order in which they were asked."""
    return _shown(chat.site).filter(chat=chat).order_by("id")


def agents_of(site: Site) -> QuerySet[Operator]:
    """Everybody who works with chats of the site, by name."""
    return workers_of(site)


def agents_for(chat: Chat, asker: Operator | None) -> QuerySet[Operator]:
    """Who can be asked to take the chat over: who is of its team or shares a team with the asker. By name.

    Somebody in no team asks everybody, and so does a program about a chat of no team.
    """
    agents = workers_of(chat.site)
    if asker is None:
        return agents if chat.team_id is None else agents.filter(pk__in=_members(chat))
    colleagues = Q(pk__in=colleagues_of(chat.site, asker).order_by().values("pk"))
    return agents.filter(colleagues | Q(pk__in=_members(chat))).exclude(pk=asker.pk)


def administrators_of(site: Site) -> QuerySet[Operator]:
    """Who can be asked to look over a chat. By name."""
    return workers_of(site).filter(memberships__site=site, memberships__role=Role.ADMIN)


def settle_for(site: Site, operator: Operator, *, now: datetime.datetime) -> int:
    """Somebody has left the site or does less there: what waits for them is settled. How many requests.

    A change of agent to who no longer works with chats is withdrawn; a review goes to any administrator.
    """
    access = _access(operator, site)
    settled = 0
    waiting = ChatRequest.objects.filter(site=site, to=operator, state=RequestState.OPEN)
    for request in waiting.select_related("chat").order_by("id"):
        if request.kind == RequestKind.AGENT:
            still_asked = access is not None and access.may("chats.work")
        else:
            still_asked = access is not None and access.role == Role.ADMIN
        if not still_asked:
            settled += _settle_left(request, now)
    return settled


@transaction.atomic
def _settle_left(request: ChatRequest, now: datetime.datetime) -> int:
    held, one = hold_chat(request.chat), ChatRequest.objects.filter(pk=request.pk, state=RequestState.OPEN)
    if request.kind == RequestKind.AGENT:
        changed = settle(one, RequestState.WITHDRAWN, LEFT, actor=SYSTEM, now=now)
    else:
        changed = one.update(to=None, to_name="")
    if changed:
        tell(held, Happened.CHAT, now=now)
    return changed


def _settle_now(site: Site, operator: Operator) -> None:
    settle_for(site, operator, now=timezone.now())


place_changes.register("chats", _settle_now)


def _access(operator: Operator, site: Site) -> Access | None:
    """What the operator may do on exactly this site."""
    access = access_to(operator, site.pk)
    return access if access is not None and access.site.pk == site.pk else None


def _members(chat: Chat) -> QuerySet[TeamMember]:
    return TeamMember.objects.filter(team=chat.team_id).values("operator")  # type: ignore[return-value]


def _shown(site: Site) -> QuerySet[ChatRequest]:
    return ChatRequest.objects.filter(site=site).select_related("site", "chat", "chat__contact", "by", "to")


def _check_note(note: str) -> str:
    note = check_text(note) if note.strip() else ""
    if len(note) > MAX_NOTE:
        raise ChatRefused("request_note_too_long", path="note")
    return note


def _check_asked(chat: Chat, kind: str, to: Operator | None, actor: Actor) -> None:
    site = chat.site
    if to is None:
        if kind == RequestKind.AGENT:
            raise ChatRefused("request_to_missing", path="to")
        others = administrators_of(site)
        if actor.operator is not None:
            others = others.exclude(pk=actor.operator.pk)
        if not others.exists():
            raise ChatRefused("request_no_administrator", path="to")
        return
    if actor.operator is not None and to.pk == actor.operator.pk:
        raise ChatRefused("request_to_self", path="to")
    access = _access(to, site)
    if access is None or not access.may("chats.work"):
        raise ChatRefused("not_on_the_team", path="to", name=str(to))
    if kind == RequestKind.REVIEW and access.role != Role.ADMIN:
        raise ChatRefused("request_not_administrator", path="to", name=str(to))
    if kind == RequestKind.AGENT and not agents_for(chat, actor.operator).filter(pk=to.pk).exists():
        raise ChatRefused("request_other_team", path="to", name=str(to))


def _check_chat(held: Chat, kind: str, to: Operator | None) -> None:
    if kind != RequestKind.AGENT:
        return
    if not held.is_open:
        raise ChatRefused("closed")
    if to is not None and held.assignee_id == to.pk:
        raise ChatRefused("request_has_it", path="to", name=str(to))


def _hold(request: ChatRequest) -> tuple[Chat, ChatRequest]:
    """The chat's row under lock, as every rule takes it first, then the request as it is now."""
    held = hold_chat(request.chat)
    fresh = ChatRequest.objects.select_related("site", "chat", "to").get(pk=request.pk)
    if fresh.state != RequestState.OPEN:
        raise ChatRefused("request_answered")
    return held, fresh


def _as_it_is(request: ChatRequest) -> ChatRequest:
    request.refresh_from_db(fields=["state", "to", "to_name", "answered_by_name", "answer", "answered_at"])
    return request


def _write_down(action: str, request: ChatRequest, actor: Actor) -> None:
    """Into the chat's own log; the notes stay out of it, for they may tell about the customer."""
    details = {"_kind": request.kind, "to": request.to_name}
    record(action, actor=actor, site=request.chat.site, target=request.chat, details=details)
