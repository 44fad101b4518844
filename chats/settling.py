"""CHAT-6: what becomes of open requests when the chat goes another way before anybody has answered.

Closed: a change of agent is moot and withdrawn; a review stays, for a closed chat can be looked over too. Handed over:
to the one who was asked is an acceptance, to somebody else withdraws. Called under the lock of the chat's row.
"""

import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chats.models import Chat, ChatRequest, RequestKind, RequestState
from desk.actors import Actor
from desk.models import Operator

CLOSED, HANDED_OVER, LEFT = "_closed", "_handedOver", "_left"
_WORDS: dict[str, str | Promise] = {
    CLOSED: _("The chat was closed before."),
    HANDED_OVER: _("The chat was handed over otherwise."),
    LEFT: _("Whoever was asked no longer works with chats here."),
}


def answer_in_words(request: ChatRequest) -> str:
    """The answer for people; what settled by itself is kept as a code and told in the reader's language."""
    if request.state == RequestState.WITHDRAWN and request.answer in _WORDS:
        return str(_WORDS[request.answer])
    return request.answer


def settle_closed(chat: Chat, *, actor: Actor, now: datetime.datetime) -> int:
    """The chat has ended: nobody needs to take it over any more. How many requests that settles."""
    return settle(_open_changes(chat), RequestState.WITHDRAWN, CLOSED, actor=actor, now=now)


def settle_handed_over(chat: Chat, after: Operator | None, *, actor: Actor, now: datetime.datetime) -> int:
    """The chat was given to ``after`` without an answer to the request. How many requests that settles."""
    if after is not None and (done := _open_changes(chat).filter(to=after)):
        return settle(done, RequestState.ACCEPTED, "", actor=actor, now=now)
    return settle(_open_changes(chat), RequestState.WITHDRAWN, HANDED_OVER, actor=actor, now=now)


def settle(requests: QuerySet[ChatRequest], state: str, answer: str, *, actor: Actor, now: datetime.datetime) -> int:
    """Give these open requests their end."""
    return requests.filter(state=RequestState.OPEN).update(
        state=state, answered_by_name=actor.label[:120], answer=answer, answered_at=now
    )


def _open_changes(chat: Chat) -> QuerySet[ChatRequest]:
    return ChatRequest.objects.filter(chat=chat, kind=RequestKind.AGENT, state=RequestState.OPEN)
