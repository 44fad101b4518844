"""TAG-2, SEG-6, CHAT-10: which routing rules name a tag, a segment or a team; told before it goes."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from chats.models import RoutingRule, Team
from chats.routing_rules import rules_of
from chats.teams import TeamUse, team_users
from desk.access import Access
from desk.ids import read_id
from segments.saving import named_segments
from segments.uses import Use, segment_users
from tags.filter_fields import names_of_tags
from tags.names import fold_name
from tags.uses import TagUse, tag_users

PAGE = "admin:chat_routing_change"
_KIND = gettext_lazy("Routing rule")


def _of_tags(access: Access, names: Sequence[str]) -> list[TagUse]:
    """The rules that ask for one of the tags or attach it."""
    page, wanted = _page(access), set(names)
    return [
        TagUse(_KIND, rule.name, page, rule.pk)
        for rule in rules_of(access.site)
        if wanted & (names_of_tags(rule.filter) | _attached(rule))
    ]


def _attached(rule: RoutingRule) -> set[str]:
    named = (one["tags"] for one in rule.actions if one.get("action") == "tagCustomer")
    return {fold_name(tag) for tags in named for tag in tags}


def _of_segments(access: Access) -> dict[int, list[Use]]:
    page = _page(access)
    found: dict[int, list[Use]] = defaultdict(list)
    for rule in rules_of(access.site):
        for named in named_segments(rule.filter):
            if (segment_id := read_id(named)) is not None:
                found[segment_id].append(Use(_KIND, rule.name, page, rule.pk))
    return found


def _of_team(team: Team) -> list[TeamUse]:
    wanted = {"action": "assignTeam", "team": str(team.pk)}
    rules = RoutingRule.objects.filter(site=team.site_id).order_by("place", "pk")
    return [TeamUse(_KIND, rule.name, PAGE, rule.pk) for rule in rules if wanted in rule.actions]


def _page(access: Access) -> str:
    """Everybody may know that a rule names it; the page of rules is for those who set them up."""
    return PAGE if access.may("settings.change") else ""


tag_users.register("routingRules", _of_tags)
segment_users.register("routingRules", _of_segments)
team_users.register("routingRules", _of_team)
