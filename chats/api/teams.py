"""``teams`` of the open API: the usual five verbs (API-2, CHAT-10)."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.setting_base import SettingApiView
from chats.api.shapes import AgentShape
from chats.errors import ChatRefused
from chats.models import Team
from chats.teams import change_team, create_team, delete_team, teams_of, with_members
from desk.api.open import PAGING
from desk.api.serializers import StrictSerializer, TextField
from desk.models import Operator


class TeamShape(serializers.Serializer[Any]):
    """A team and who is in it, by name."""

    id = serializers.CharField()
    name = serializers.CharField()
    members = AgentShape(many=True)


class TeamPageShape(serializers.Serializer[Any]):
    """A page of teams; ``next`` is the ``since`` of the next page, null on the last."""

    teams = TeamShape(many=True)
    next = serializers.CharField(allow_null=True)


def _addresses(*, required: bool) -> serializers.ListField:
    return serializers.ListField(child=TextField(max_length=254), required=required, max_length=500)


class NewTeamShape(StrictSerializer):
    """A team to make: a name of 1 to 40 characters, and the e-mail addresses of agents of the site."""

    name = TextField(max_length=200)
    members = _addresses(required=False)


class TeamChangesShape(StrictSerializer):
    """What is to be different. ``members`` are all who are in it then, by e-mail address."""

    name = TextField(required=False, max_length=200)
    members = _addresses(required=False)


_NEW, _CHANGES = NewTeamShape(), TeamChangesShape()


class _TeamApiView(SettingApiView):
    def operators(self, addresses: Sequence[str]) -> list[Operator]:
        """The operators of the site with these addresses."""
        wanted = {address.strip().lower(): address for address in addresses}
        found = Operator.objects.filter(email__in=wanted, memberships__site=self.site)
        known = {operator.email: operator for operator in found}
        for address, written in wanted.items():
            if address not in known:
                raise ChatRefused("not_on_the_team", path="members", name=written)
        return list(known.values())


class TeamsView(_TeamApiView):
    """All teams, and new ones."""

    @extend_schema(
        operation_id="list_teams",
        tags=["chats"],
        summary="Teams of agents",
        parameters=PAGING,
        responses=TeamPageShape,
    )
    def get(self, request: Request) -> Response:
        rows, following = self.page_of(with_members(teams_of(self.site)))
        return Response({"teams": [team_data(row) for row in rows], "next": following})

    @extend_schema(
        operation_id="create_team",
        tags=["chats"],
        summary="Make a team",
        request=NewTeamShape,
        responses={201: TeamShape},
    )
    def post(self, request: Request) -> Response:
        data = _NEW.run_validation(self.body())
        team = create_team(self.site, data["name"], self.operators(data.get("members", [])), actor=self.actor)
        return Response(team_data(with_members(teams_of(self.site)).get(pk=team.pk)), status=201)


class TeamView(_TeamApiView):
    """One team."""

    def team(self, team_id: str) -> Team:
        """The team of this site, or 404."""
        return self.found(with_members(teams_of(self.site)).select_related("site"), team_id)

    @extend_schema(operation_id="read_team", tags=["chats"], summary="A team", responses=TeamShape)
    def get(self, request: Request, team_id: str) -> Response:
        return Response(team_data(self.team(team_id)))

    @extend_schema(
        operation_id="change_team",
        tags=["chats"],
        summary="Rename, or say who is in it",
        request=TeamChangesShape,
        responses=TeamShape,
    )
    def patch(self, request: Request, team_id: str) -> Response:
        team, data = self.team(team_id), _CHANGES.run_validation(self.body())
        members = self.operators(data["members"]) if "members" in data else None
        change_team(team, name=data.get("name"), operators=members, actor=self.actor)
        return Response(team_data(self.team(team_id)))

    @extend_schema(
        operation_id="delete_team",
        tags=["chats"],
        summary="Delete; its chats keep their agents and belong to no team",
        description="Refused with 409 `team_in_use` while a routing rule gives chats to it.",
        responses={204: None},
    )
    def delete(self, request: Request, team_id: str) -> Response:
        delete_team(self.team(team_id), actor=self.actor)
        return Response(status=204)


def team_data(team: Team) -> dict[str, Any]:
    """``TeamShape`` of a team with its members loaded."""
    members = [member.operator for member in team.members.all()]
    return {
        "id": str(team.pk),
        "name": team.name,
        "members": [{"id": str(one.pk), "name": str(one)} for one in members],
    }
