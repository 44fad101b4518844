"""CHAT-10: to whom a chat goes that no rule gives to somebody: who has the fewest open chats, or whose turn it is.

Of many chats that are opened at once one after the other chooses: the row of the site's settings is held until the
commit, so each choice sees the ones before it. It is taken after the chat's own row and before anything is told.
"""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, F, Max, OuterRef, QuerySet, Subquery, When
from django.utils import timezone

from chats.availability import availability_changes, available_agents, open_chats_of
from chats.handling import assign, set_state
from chats.models import Assignment, Availability, Chat, ChatSettings, Distribution, Routing, State, Team, WhenAway
from chats.opening import hold_chat
from chats.teams import colleagues_of
from chats.waiting import look_for_agents
from desk.actors import SYSTEM, Actor
from desk.models import Operator, Site

AT_ONCE = 500
_GIVEN = (Routing.How.FEWEST, Routing.How.ROUND_ROBIN)
_TICK = datetime.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets the chat, or None; ``how`` is one of ``Routing.How``."""

    operator: Operator | None
    how: str


def choose(site: Site, team: Team | None, *, now: datetime.datetime) -> Choice:
    """Who gets a chat of this team, or of none, by the site's distribution. Give it to them in the same transaction.

    Two statements to find them and one to note whose turn it was; one where agents take chats themselves.
    """
    return _choose(site, available_agents(site, team), now=now)


def _choose(site: Site, among: QuerySet[Operator], *, now: datetime.datetime, gave_back: int | None = None) -> Choice:
    """``gave_back``: who had the chat and does not want it; they get it again when nobody else is there."""
    held = ChatSettings.objects.select_for_update(no_key=True).filter(pk=site.pk)
    settings = held.exclude(distribution=Distribution.MANUAL).first()
    if settings is None:
        return Choice(None, Routing.How.MANUAL)
    given = Availability.objects.filter(site=site)
    agents = among.annotate(
        open_chats=open_chats_of(site),
        given_at=Subquery(given.filter(operator=OuterRef("pk")).values("given_at")),
        last_given_at=Subquery(given.order_by().values("site").annotate(last=Max("given_at")).values("last")),
    )
    if settings.most_open_chats is not None:
        agents = agents.filter(open_chats__lt=settings.most_open_chats)
    turn = (F("given_at").asc(nulls_first=True), "pk")
    order = turn if settings.distribution == Distribution.ROUND_ROBIN else ("open_chats", *turn)
    others_first = () if gave_back is None else (Case(When(pk=gave_back, then=1), default=0),)
    agent = agents.order_by(*others_first, *order).first()
    if agent is None:
        return Choice(None, Routing.How.WAITS)
    _note_turn(site, agent, now=now, last=agent.last_given_at)
    return Choice(agent, Routing.How(settings.distribution))


def _note_turn(site: Site, agent: Operator, *, now: datetime.datetime, last: datetime.datetime | None) -> None:
    """Turns go by the order of the choices, not by clocks: ``now`` was read before the lock was waited for."""
    at = now if last is None else max(now, last + _TICK)
    Availability.objects.bulk_create(
        [Availability(site=site, operator=agent, since=now, given_at=at)],
        update_conflicts=True,
        unique_fields=["site", "operator"],
        update_fields=["given_at"],
    )


def distribute_waiting(site: Site, *, now: datetime.datetime, most: int = AT_ONCE) -> int:
    """Chats that wait find who is there now, the oldest first; how many did. Not inside a transaction.

    One that finds nobody keeps waiting, and so do all of its team; the others do not wait for it.
    """
    waiting = Chat.objects.filter(
        site=site, state=State.WAITING, closed_at=None, assignee=None, last_message_at__isnull=False
    )
    given, seen, full = 0, 0, set[int]()
    while given < most:
        chat = waiting.filter(pk__gt=seen).exclude(team__in=full).order_by("pk").first()
        if chat is None:
            break
        seen = chat.pk
        how = _give(chat, now=now)
        given += how in _GIVEN
        if how == Routing.How.MANUAL or (how == Routing.How.WAITS and chat.team_id is None):
            break
        if how == Routing.How.WAITS and chat.team_id is not None:
            full.add(chat.team_id)
    return given


@transaction.atomic
def _give(chat: Chat, *, now: datetime.datetime) -> str:
    """How the chat was given to somebody; empty when it needs nobody any more."""
    held = _hold(chat)
    if held is None or held.state != State.WAITING or held.assignee_id is not None:
        return ""
    gave_back = Assignment.objects.filter(chat=held).order_by("-pk").values_list("before", flat=True).first()
    choice = _choose(held.site, available_agents(held.site, held.team), now=now, gave_back=gave_back)
    if choice.operator is not None:
        assign(held, choice.operator, actor=SYSTEM, now=now)
        found = {"how": choice.how, "operator": choice.operator, "operator_name": str(choice.operator)[:120]}
        Routing.objects.filter(chat=held, how=Routing.How.WAITS).update(**found)
    return choice.how


def hand_over(site: Site, operator: Operator, *, actor: Actor, now: datetime.datetime) -> int:
    """The open chats of somebody who is not there go to colleagues, or wait, where the site has set so; how many.

    What is on hold stays theirs. Not inside a transaction.
    """
    if not ChatSettings.objects.filter(pk=site.pk, when_away=WhenAway.HAND_OVER).exists():
        return 0
    theirs = Chat.objects.filter(site=site, assignee=operator, closed_at=None).exclude(state=State.ON_HOLD)
    return sum(_hand_over(chat, operator, actor=actor, now=now) for chat in theirs.order_by("pk"))


@transaction.atomic
def _hand_over(chat: Chat, operator: Operator, *, actor: Actor, now: datetime.datetime) -> bool:
    held = _hold(chat)
    if held is None or held.assignee_id != operator.pk or held.state in (State.ON_HOLD, State.CLOSED):
        return False
    among = available_agents(held.site, held.team)
    if held.team is None:
        among = among.filter(pk__in=colleagues_of(held.site, operator).order_by().values("pk"))
    choice = _choose(held.site, among, now=now)
    assign(held, choice.operator, actor=actor, now=now)
    if choice.operator is None:
        set_state(held, State.WAITING, actor=actor, now=now)
    return True


def _hold(chat: Chat) -> Chat | None:
    """The row as it is now, under its lock; None when it is gone."""
    try:
        return hold_chat(chat)
    except Chat.DoesNotExist:
        return None


def _follow(site: Site, operator: Operator, is_there: bool, actor: Actor) -> None:
    if is_there:
        look_for_agents(site.pk)
    else:
        hand_over(site, operator, actor=actor, now=timezone.now())


availability_changes.register("chats", _follow)
