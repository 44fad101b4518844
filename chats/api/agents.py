"""``agents`` of the open API: who works with chats, and whether they take any now (API-2, CHAT-10)."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.setting_base import SettingApiView
from chats.availability import set_away, with_state
from chats.models import Availability, TeamMember
from chats.teams import workers_of
from desk.api.open import PAGING
from desk.api.serializers import FlagField, StrictSerializer, TextField, time_text
from desk.models import Operator


class AgentStateShape(serializers.Serializer[Any]):
    """An agent. ``since``: when ``state`` began, null while nothing has changed it. ``teams``: their ids."""

    id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    state = serializers.ChoiceField(choices=Availability.State.values)
    since = serializers.DateTimeField(allow_null=True)
    openChats = serializers.IntegerField()
    teams = serializers.ListField(child=TextField())


class AgentPageShape(serializers.Serializer[Any]):
    """A page of agents; ``next`` is the ``since`` of the next page, null on the last."""

    agents = AgentStateShape(many=True)
    next = serializers.CharField(allow_null=True)


class AgentChangesShape(StrictSerializer):
    """What is to be different. ``away`` false ends being away; who is signed out is back by signing in."""

    away = FlagField()


_CHANGES = AgentChangesShape()


class _AgentApiView(SettingApiView):
    @property
    def agents(self) -> QuerySet[Operator]:
        """Who works with chats of the site, with state and number of open chats."""
        return with_state(self.site, workers_of(self.site))

    def data(self, agents: list[Operator]) -> list[dict[str, Any]]:
        """``AgentStateShape`` of these; one statement for the teams of all."""
        places = TeamMember.objects.filter(site=self.site, operator__in=agents).order_by("team")
        teams: dict[int, list[str]] = {}
        for operator_id, team_id in places.values_list("operator_id", "team_id"):
            teams.setdefault(operator_id, []).append(str(team_id))
        return [agent_data(agent, teams.get(agent.pk, [])) for agent in agents]


class AgentsView(_AgentApiView):
    """All agents."""

    @extend_schema(
        operation_id="list_agents",
        tags=["chats"],
        summary="Who works with chats, and takes any now",
        parameters=PAGING,
        responses=AgentPageShape,
    )
    def get(self, request: Request) -> Response:
        rows, following = self.page_of(self.agents)
        return Response({"agents": self.data(rows), "next": following})


class AgentView(_AgentApiView):
    """One agent."""

    @extend_schema(operation_id="read_agent", tags=["chats"], summary="An agent", responses=AgentStateShape)
    def get(self, request: Request, agent_id: str) -> Response:
        return self._answer(agent_id)

    @extend_schema(
        operation_id="change_agent",
        tags=["chats"],
        summary="Set away, or back",
        request=AgentChangesShape,
        responses=AgentStateShape,
    )
    def patch(self, request: Request, agent_id: str) -> Response:
        agent, data = self.found(self.agents, agent_id), _CHANGES.run_validation(self.body())
        set_away(self.site, agent, data["away"], actor=self.actor, now=timezone.now())
        return self._answer(agent_id)

    def _answer(self, agent_id: str) -> Response:
        [data] = self.data([self.found(self.agents, agent_id)])
        return Response(data)


def agent_data(agent: Any, teams: list[str]) -> dict[str, Any]:
    """``AgentStateShape`` of an operator as ``chats.availability.with_state`` finds them."""
    return {
        "id": str(agent.pk),
        "name": str(agent),
        "email": agent.email,
        "state": agent.availability,
        "since": time_text(agent.since) if agent.since else None,
        "openChats": agent.open_chats,
        "teams": teams,
    }
