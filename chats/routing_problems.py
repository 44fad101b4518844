"""CHAT-10: what is wrong with saved rules now: a tag that is gone, an agent who left, a category switched off.

For a list of all rules in a few statements. A rule whose filter is broken never fires; one with an action that cannot
be done fires, and leaves that action out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chats.models import Category, RoutingRule, Team
from chats.routing_errors import RoutingRefused, read_one_id
from chats.routing_reading import read_rules
from chats.teams import workers_of
from desk.models import Site
from tags.filter_fields import ids_of_names
from tags.names import fold_name


def problems_of_rules(site: Site, rules: Sequence[RoutingRule]) -> dict[int, list[str]]:
    """Sentences by the rule's id, the filter's first; rules in order are missing."""
    found: dict[int, list[str]] = {read.rule.pk: [read.broken] for read in read_rules(site, rules) if read.broken}
    there = _There(site, [action for rule in rules for action in rule.actions])
    for rule in rules:
        if sentences := [problem.message for action in rule.actions if (problem := there.problem_of(action))]:
            found.setdefault(rule.pk, []).extend(sentences)
    return found


class _There:
    """What the actions of many rules name and is still there: one statement for each kind."""

    def __init__(self, site: Site, actions: Sequence[Mapping[str, Any]]) -> None:
        def ids(member: str) -> set[int]:
            return {read_one_id(action[member]) for action in actions if member in action}

        operators, teams, categories = ids("operator"), ids("team"), ids("category")
        tags = {tag for action in actions if action.get("action") == "tagCustomer" for tag in action["tags"]}
        self.operators = (
            set(workers_of(site).filter(pk__in=operators).values_list("pk", flat=True)) if operators else ()
        )
        self.teams = set(Team.objects.filter(site=site, pk__in=teams).values_list("pk", flat=True)) if teams else ()
        used = Category.objects.filter(site=site, active=True, pk__in=categories)
        self.categories = set(used.values_list("pk", flat=True)) if categories else ()
        self.tags = ids_of_names(site, tags) if tags else {}

    def problem_of(self, action: Mapping[str, Any]) -> RoutingRefused | None:
        match action.get("action"):
            case "assignOperator" if read_one_id(action["operator"]) not in self.operators:
                return RoutingRefused("operator_gone")
            case "assignTeam" if read_one_id(action["team"]) not in self.teams:
                return RoutingRefused("team_gone")
            case "setCategory" if read_one_id(action["category"]) not in self.categories:
                return RoutingRefused("category_off")
            case "tagCustomer":
                gone = next((tag for tag in action["tags"] if fold_name(tag) not in self.tags), None)
                return RoutingRefused("tag_unknown", name=gone) if gone is not None else None
        return None
