"""CHAT-10: teams of agents. Whoever works with chats of a site may be in several; a chat of a team waits for them.

Not to be confused with ``desk.teams``: who works for the site at all. Who leaves the site leaves its teams.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils.functional import Promise

from chats.errors import ChatRefused
from chats.models import Chat, Team, TeamMember
from chats.names import one_line
from chats.waiting import look_for_agents
from contacts.folding import fold
from desk.access import access_to
from desk.actors import SYSTEM, Actor
from desk.audit import record
from desk.models import Operator, Role, Site
from desk.registry import Registry
from desk.teams import place_changes

MAX_NAME = 40
MAX_TEAMS = 100


@dataclass(frozen=True, slots=True)
class TeamUse:
    """Something that names a team. ``kind`` says what it is; ``page`` is the name of its page's address, which takes
    ``id``.
    """

    kind: str | Promise
    name: str
    page: str = ""
    id: int = 0


# What would miss a team that is gone: a team that is named there is not deleted.
team_users: Registry[Callable[[Team], Sequence[TeamUse]]] = Registry("users of teams")


def teams_of(site: Site) -> QuerySet[Team]:
    """The teams by name."""
    return Team.objects.filter(site=site)


def with_members(teams: QuerySet[Team]) -> QuerySet[Team]:
    """The same with ``members`` and their operators at hand, by name: one statement more for all of them."""
    members = TeamMember.objects.select_related("operator").filter(operator__is_active=True)
    return teams.prefetch_related(Prefetch("members", members.order_by("operator__name", "operator")))


def workers_of(site: Site) -> QuerySet[Operator]:
    """Everybody who works with chats of the site, by name."""
    working = Operator.objects.filter(
        is_active=True, memberships__site=site, memberships__role__in=[Role.ADMIN, Role.AGENT]
    )
    return working.order_by("name", "pk")


def members_of(team: Team) -> QuerySet[Operator]:
    """Who is in the team and works with chats, by name."""
    return workers_of(team.site).filter(pk__in=TeamMember.objects.filter(team=team).values("operator"))


def colleagues_of(site: Site, operator: Operator) -> QuerySet[Operator]:
    """Who else is in a team of theirs, by name; for who is in none, everybody else who works with chats."""
    own = TeamMember.objects.filter(site=site, operator=operator)
    shared = TeamMember.objects.filter(team__in=own.values("team"), operator=OuterRef("pk"))
    return workers_of(site).filter(~Exists(own) | Exists(shared)).exclude(pk=operator.pk)


def uses_of(team: Team) -> list[TeamUse]:
    """What names the team."""
    return [use for users in team_users for use in users(team)]


def create_team(site: Site, name: str, operators: Iterable[Operator], *, actor: Actor) -> Team:
    """A team of these people; it may have none yet."""
    name, members = parse_name(name), _unique(operators)
    try:
        with transaction.atomic():
            _hold(site.pk)
            _check_members(site, members)
            if Team.objects.filter(site=site).count() >= MAX_TEAMS:
                raise ChatRefused("teams_full", path="name")
            team = Team.objects.create(site=site, name=name, name_folded=fold(name))
            _add(team, members)
            details = {"name": name, "members": _names(members)}
            record("team.create", actor=actor, site=site, target=team, details=details)
    except IntegrityError:
        raise ChatRefused("team_taken", path="name", name=name) from None
    return team


def change_team(
    team: Team, *, name: str | None = None, operators: Iterable[Operator] | None = None, actor: Actor
) -> bool:
    """Call it otherwise, make these people its members, or both; False when it is so already."""
    wanted = None if name is None else parse_name(name)
    members = None if operators is None else _unique(operators)
    try:
        with transaction.atomic():
            _hold(team.site_id)
            fresh = _fresh(team)
            details = {**_rename(fresh, wanted), **_change_members(fresh, members)}
            if not details:
                return False
            record("team.change", actor=actor, site=team.site, target=team, details={"name": fresh.name, **details})
            look_for_agents(team.site_id)
    except IntegrityError:
        raise ChatRefused("team_taken", path="name", name=wanted) from None
    team.name, team.name_folded = fresh.name, fresh.name_folded
    return True


@transaction.atomic
def delete_team(team: Team, *, actor: Actor) -> int:
    """Take it away; how many open chats were the team's. They keep their agents and belong to no team.

    Refused while something names it (``team_users``).
    """
    _hold(team.site_id)
    fresh = _fresh(team)
    if uses := uses_of(fresh):
        raise ChatRefused("team_in_use", name=fresh.name, uses=", ".join(use.name for use in uses))
    chats = Chat.objects.filter(team=fresh, closed_at=None).count()
    fresh.delete()
    record("team.delete", actor=actor, site=team.site, target=team, details={"name": fresh.name, "count": chats})
    look_for_agents(team.site_id)
    return chats


def parse_name(name: str) -> str:
    """The name as it is kept: 1 to 40 characters on one line."""
    kept = one_line(name, MAX_NAME)
    if kept is None:
        raise ChatRefused("team_name", path="name")
    return kept


@transaction.atomic
def leave_teams(site: Site, operator: Operator) -> int:
    """Somebody does not work with chats of the site any more: they are in no team of it. How many they left."""
    places = TeamMember.objects.filter(site=site, operator=operator)
    left = [place.team for place in places.select_related("team").order_by("team__name_folded")]
    places.delete()
    for team in left:
        details = {"name": team.name, "who": str(operator)}
        record("team.leave", actor=SYSTEM, site=site, target=team, details=details)
    return len(left)


def works_here(site: Site, operator: Operator) -> bool:
    """Whether they work with chats of exactly this site."""
    access = access_to(operator, site.pk)
    return access is not None and access.site.pk == site.pk and access.may("chats.work")


def _leave_if_gone(site: Site, operator: Operator) -> None:
    if not works_here(site, operator):
        leave_teams(site, operator)


place_changes.register("teams", _leave_if_gone)


def _rename(team: Team, name: str | None) -> dict[str, object]:
    if name is None or name == team.name:
        return {}
    before, team.name, team.name_folded = team.name, name, fold(name)
    team.save(update_fields=["name", "name_folded"])
    return {"name": {"from": before, "to": name}}


def _change_members(team: Team, wanted: list[Operator] | None) -> dict[str, object]:
    if wanted is None:
        return {}
    places = TeamMember.objects.filter(team=team)
    before = {one.operator_id: one.operator for one in places.select_related("operator")}
    if before.keys() == {one.pk for one in wanted}:
        return {}
    new = [one for one in wanted if one.pk not in before]
    _check_members(team.site, new)
    places.exclude(operator__in=wanted).delete()
    _add(team, new)
    return {"members": {"from": _names(before.values()), "to": _names(wanted)}}


def _add(team: Team, operators: Iterable[Operator]) -> None:
    TeamMember.objects.bulk_create(TeamMember(site_id=team.site_id, team=team, operator=one) for one in operators)


def _check_members(site: Site, operators: list[Operator]) -> None:
    working = set(workers_of(site).filter(pk__in=[one.pk for one in operators]).values_list("pk", flat=True))
    for operator in operators:
        if operator.pk not in working:
            raise ChatRefused("not_on_the_team", path="members", name=str(operator))


def _unique(operators: Iterable[Operator]) -> list[Operator]:
    return list({operator.pk: operator for operator in operators}.values())


def _names(operators: Iterable[Operator]) -> list[str]:
    return sorted(map(str, operators))


def _fresh(team: Team) -> Team:
    fresh = Team.objects.select_related("site").filter(pk=team.pk).first()
    if fresh is None:
        raise ChatRefused("team_unknown")
    return fresh


def _hold(site_id: int) -> None:
    """One change at a time to the few rows of a site; nobody leaves its team meanwhile (``desk.teams``)."""
    Site.objects.select_for_update(no_key=True).only("id").get(pk=site_id)
