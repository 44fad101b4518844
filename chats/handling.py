"""CHAT-3, CHAT-6, CHAT-10: what operators do with a chat beside talking: take, hand over, give to a team, put on hold,
close, open it again.
Each is one transaction under the lock of the row, with an entry in the audit log.
"""

import datetime

from django.db import IntegrityError, transaction

from chats.announcing import CLOSED, OPENED, announce_assigned, announce_chat
from chats.errors import ChatRefused
from chats.models import Assignment, Chat, Happened, State, Team
from chats.opening import find_open_room, hold_chat
from chats.settling import settle_closed, settle_handed_over
from chats.telling import tell
from chats.waiting import look_for_agents
from desk.access import access_to
from desk.actors import Actor
from desk.audit import record
from desk.models import Operator

# States an operator may choose; closing and opening again are deeds of their own.
CHOSEN = (State.WAITING, State.RECEIVED, State.IN_PROGRESS, State.ON_HOLD)


@transaction.atomic
def assign(chat: Chat, operator: Operator | None, *, actor: Actor, now: datetime.datetime) -> bool:
    """Give the chat to ``operator``, or to nobody; False when it was so already.

    Refused for somebody who does not work with chats of the site. Whoever gets a waiting chat has received it.
    """
    if operator is not None:
        access = access_to(operator, chat.site_id)
        if access is None or access.site.pk != chat.site_id or not access.may("chats.work"):
            raise ChatRefused("not_on_the_team", path="assignee", name=str(operator))
    held = hold_chat(chat)
    if not held.is_open:
        raise ChatRefused("closed")
    if held.assignee_id == (operator.pk if operator else None):
        return False
    before = held.assignee
    state = held.state
    if operator is not None and state in (State.BOT, State.WAITING):
        state = State.RECEIVED
    elif operator is None and state == State.RECEIVED:
        state = State.WAITING
    Chat.objects.filter(pk=chat.pk).update(assignee=operator, state=state)
    Assignment.objects.create(
        site_id=chat.site_id,
        chat=chat,
        before=before,
        before_name=str(before or "")[:120],
        after=operator,
        after_name=str(operator or "")[:120],
        by_kind=actor.kind,
        by=actor.label[:120],
        at=now,
    )
    settle_handed_over(held, operator, actor=actor, now=now)
    chat.assignee, chat.state = operator, state
    details = {"assignee": {"from": str(before or ""), "to": str(operator or "")}}
    record("chat.assign", actor=actor, site=chat.site, target=chat, details=details, now=now)
    announce_assigned(held, before, now=now)
    if operator is None:
        look_for_agents(chat.site_id)
    tell(held, Happened.CHAT, now=now)
    return True


@transaction.atomic
def assign_team(chat: Chat, team: Team | None, *, actor: Actor, now: datetime.datetime) -> bool:
    """The chat is this team's now, or no team's; False when it was so already. Whoever has it keeps it.

    Refused for a team of another site.
    """
    if team is not None and not Team.objects.filter(pk=team.pk, site=chat.site_id).exists():
        raise ChatRefused("team_unknown", path="team")
    held = hold_chat(chat)
    if not held.is_open:
        raise ChatRefused("closed")
    if held.team_id == (team.pk if team else None):
        return False
    before = held.team
    Chat.objects.filter(pk=chat.pk).update(team=team)
    chat.team = held.team = team
    details = {"team": {"from": str(before or ""), "to": str(team or "")}}
    record("chat.team", actor=actor, site=chat.site, target=chat, details=details, now=now)
    if held.assignee_id is None:
        look_for_agents(chat.site_id)
    tell(held, Happened.CHAT, now=now)
    return True


@transaction.atomic
def set_state(chat: Chat, state: str, *, actor: Actor, now: datetime.datetime) -> bool:
    """Put the chat into one of the states of ``CHOSEN``; False when it is there already."""
    if state not in CHOSEN:
        raise ChatRefused("state_unknown", path="state")
    held = hold_chat(chat)
    if not held.is_open:
        raise ChatRefused("closed", path="state")
    if held.state == state:
        return False
    Chat.objects.filter(pk=chat.pk).update(state=state)
    chat.state = state
    details = {"state": {"from": held.state, "to": state}}
    record("chat.state", actor=actor, site=chat.site, target=chat, details=details, now=now)
    tell(held, Happened.CHAT, now=now)
    return True


@transaction.atomic
def close(chat: Chat, *, actor: Actor, now: datetime.datetime) -> bool:
    """End the chat; False when it has ended."""
    held = hold_chat(chat)
    if not held.is_open:
        return False
    ended = {"state": State.CLOSED, "closed_at": now, "closed_by_kind": actor.kind, "closed_by": actor.label[:120]}
    Chat.objects.filter(pk=chat.pk).update(**ended)
    for name, value in ended.items():
        setattr(chat, name, value)
    settle_closed(held, actor=actor, now=now)
    record("chat.close", actor=actor, site=chat.site, target=chat, now=now)
    announce_chat(CLOSED, held, now=now)
    if held.assignee_id is not None:  # who has one chat less may take another
        look_for_agents(chat.site_id)
    tell(held, Happened.CHAT, now=now)
    return True


def reopen(chat: Chat, *, actor: Actor, now: datetime.datetime) -> bool:
    """Go on with a closed chat; False when it is open. Refused while the contact talks in another room (CHAT-2)."""
    try:
        with transaction.atomic():
            held = hold_chat(chat)
            if held.is_open:
                return False
            again = {"state": State.WAITING, "closed_at": None, "closed_by_kind": "", "closed_by": ""}
            if held.assignee_id:
                again["state"] = State.IN_PROGRESS
            Chat.objects.filter(pk=chat.pk).update(**again)
            for name, value in again.items():
                setattr(chat, name, value)
            record("chat.reopen", actor=actor, site=chat.site, target=chat, now=now)
            announce_chat(OPENED, held, now=now)
            if held.assignee_id is None:
                look_for_agents(chat.site_id)
            tell(held, Happened.CHAT, now=now)
            return True
    except IntegrityError:
        other = find_open_room(chat.contact, chat.channel, chat.identity)
        raise ChatRefused("other_room_open", path="state", number=other.number if other else "?") from None
