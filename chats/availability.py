"""CHAT-10: who is there to be given chats. Whoever is away chose it, and stays away over sign-ins until they are back;
whoever signs out is signed out until they sign in.
"""

import datetime
import functools
from collections.abc import Callable

from django.db import transaction
from django.db.models import Case, CharField, Count, Exists, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from chats.errors import ChatRefused
from chats.models import Availability, Chat, ChatSettings, Team, TeamMember
from chats.teams import workers_of, works_here
from desk.actors import SYSTEM, Actor
from desk.audit import record
from desk.models import Operator, Role, Site
from desk.registry import Registry
from desk.teams import place_changes

AVAILABLE, AWAY, SIGNED_OUT = Availability.State.AVAILABLE, Availability.State.AWAY, Availability.State.SIGNED_OUT
# What follows when somebody is there again (True) or no longer; called after the commit.
availability_changes: Registry[Callable[[Site, Operator, bool, Actor], None]] = Registry("changes of availability")


def state_of(site: Site, operator: Operator) -> str:
    """``available``, ``away`` or ``signedOut``; who has never signed in is signed out."""
    known = Availability.objects.filter(site=site, operator=operator).values_list("state", flat=True).first()
    return known or (AVAILABLE if operator.last_login else SIGNED_OUT)


def with_state(site: Site, agents: QuerySet[Operator]) -> QuerySet[Operator]:
    """The same people, each with ``availability`` (as ``state_of``), ``since`` and the number of ``open_chats``."""
    own = Availability.objects.filter(site=site, operator=OuterRef("pk"))
    unknown = Case(
        When(last_login=None, then=Value(SIGNED_OUT.value)),
        default=Value(AVAILABLE.value),
        output_field=CharField(),
    )
    return agents.annotate(
        availability=Coalesce(Subquery(own.values("state")), unknown),
        since=Subquery(own.values("since")),
        open_chats=open_chats_of(site),
    )


def available_agents(site: Site, team: Team | None) -> QuerySet[Operator]:
    """Who of the team, or of all who work with chats, takes chats now, by name; one statement."""
    gone = Availability.objects.filter(site=site, operator=OuterRef("pk")).exclude(state=AVAILABLE)
    there = workers_of(site).filter(~Exists(gone), last_login__isnull=False)
    if team is None:
        return there
    return there.filter(Exists(TeamMember.objects.filter(team=team, operator=OuterRef("pk"))))


def open_chats_of(site: Site) -> Coalesce:
    """How many open chats an operator has on the site, as part of a statement about operators."""
    own = Chat.objects.filter(site=site, assignee=OuterRef("pk"), assignee__isnull=False, closed_at=None)
    counted = own.order_by().values("assignee").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


@transaction.atomic
def set_away(site: Site, operator: Operator, away: bool, *, actor: Actor, now: datetime.datetime) -> bool:
    """They take no chats from now on, or take them again; False when it is so already.

    Somebody else who says that they are back ends their being away only: who is signed out is back by signing in.
    """
    if not works_here(site, operator):
        raise ChatRefused("not_on_the_team", path="agent", name=str(operator))
    _hold([site.pk])
    before = state_of(site, operator)
    themselves = actor.operator is not None and actor.operator.pk == operator.pk
    if (before == AWAY) == away and not (before == SIGNED_OUT and not away and themselves):
        return False
    _write(site.pk, operator, AWAY if away else AVAILABLE, now=now)
    action = "operator.away" if away else "operator.back"
    record(action, actor=actor, site=site, target=operator, details={"name": str(operator)}, now=now)
    _tell_after_commit(site, operator, not away, actor)
    return True


@transaction.atomic
def came(operator: Operator, *, actor: Actor, now: datetime.datetime) -> None:
    """They have signed in: where they were signed out they are there again. Who is away stays away."""
    Availability.objects.filter(operator=operator, state=SIGNED_OUT).update(state=AVAILABLE, since=now)
    for site in _sites_of(operator):
        _tell_after_commit(site, operator, True, actor)


@transaction.atomic
def went(operator: Operator, *, actor: Actor, now: datetime.datetime) -> None:
    """They have signed out, everywhere. Who is away stays away: signing in again does not end that."""
    sites = list(_sites_of(operator))
    _hold([site.pk for site in sites])
    for site in sites:
        _write(site.pk, operator, SIGNED_OUT, now=now)
        _tell_after_commit(site, operator, False, actor)


@transaction.atomic
def forget(site: Site, operator: Operator) -> None:
    """Somebody has left the site, or does less there."""
    Availability.objects.filter(site=site, operator=operator).delete()


def _forget_if_gone(site: Site, operator: Operator) -> None:
    if works_here(site, operator):
        return
    forget(site, operator)
    for follow in availability_changes:
        follow(site, operator, False, SYSTEM)


place_changes.register("availability", _forget_if_gone)


def _sites_of(operator: Operator) -> QuerySet[Site]:
    """Where they work with chats and have not said that they are away."""
    working = Site.objects.filter(memberships__operator=operator, memberships__role__in=[Role.ADMIN, Role.AGENT])
    away = Availability.objects.filter(operator=operator, site=OuterRef("pk"), state=AWAY)
    return working.filter(~Exists(away)).order_by("pk")


def _hold(site_ids: list[int]) -> None:
    """Whoever is choosing an agent of these sites at this moment has chosen (``chats.distributing``), and the next one
    sees what is written now.
    """
    list(ChatSettings.objects.select_for_update(no_key=True).filter(pk__in=site_ids).order_by("pk").values("pk"))


def _write(site_id: int, operator: Operator, state: str, *, now: datetime.datetime) -> None:
    Availability.objects.bulk_create(
        [Availability(site_id=site_id, operator=operator, state=state, since=now)],
        update_conflicts=True,
        unique_fields=["site", "operator"],
        update_fields=["state", "since"],
    )


def _tell_after_commit(site: Site, operator: Operator, is_there: bool, actor: Actor) -> None:
    for follow in availability_changes:
        transaction.on_commit(functools.partial(follow, site, operator, is_there, actor), robust=True)
