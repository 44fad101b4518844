"""CHAT-10: the teams of a site as a list shows them: who is in them and takes chats now, how many chats they have."""

from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from chats.availability import available_agents, with_state
from chats.models import Chat, Team, TeamMember
from chats.teams import teams_of, workers_of
from desk.models import Operator, Site


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works with chats. ``available``: takes new ones now."""

    operator: Operator
    available: bool


@dataclass(slots=True)
class TeamLine:
    """A team. ``people`` carry ``availability``; ``open_chats`` are the team's, ``waiting`` those that nobody has."""

    team: Team
    people: list[Operator] = field(default_factory=list)
    open_chats: int = 0
    waiting: int = 0


def people_of(site: Site, agents: QuerySet[Operator] | None = None) -> list[Person]:
    """These agents, or everybody a chat of the site can be given to, by name; one statement."""
    available = available_agents(site, None).order_by().filter(pk=OuterRef("pk"))
    asked = workers_of(site) if agents is None else agents
    return [Person(one, one.takes_chats) for one in asked.annotate(takes_chats=Exists(available))]


def overview_of(site: Site) -> list[TeamLine]:
    """Every team by name; four statements, however many there are."""
    lines = {team.pk: TeamLine(team) for team in teams_of(site)}
    if not lines:
        return []
    members: dict[int, set[int]] = {}
    for team_id, operator_id in TeamMember.objects.filter(site=site).values_list("team_id", "operator_id"):
        members.setdefault(team_id, set()).add(operator_id)
    people = list(with_state(site, workers_of(site)))
    for team_id, line in lines.items():
        line.people = [one for one in people if one.pk in members.get(team_id, ())]
    chats = Chat.objects.filter(site=site, team__in=list(lines), closed_at=None).order_by().values_list("team_id")
    for team_id, open_chats, waiting in chats.annotate(n=Count("pk"), w=Count("pk", filter=Q(assignee=None))):
        lines[team_id].open_chats, lines[team_id].waiting = open_chats, waiting
    return list(lines.values())
