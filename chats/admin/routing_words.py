"""CHAT-10: routing rules as people read them: who, which chats, what is done, and what is wrong with one by now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from chats.chat_settings import settings_of
from chats.models import Distribution, RoutingRule
from chats.routing_actions import Names, names_for, routing_actions, told
from chats.routing_conditions import describe as describe_chat
from chats.routing_conditions import names_of_categories
from chats.routing_problems import problems_of_rules
from chats.routing_reading import read_rules
from contacts.filters.describe import describe
from desk.models import Site

_OTHERWISE = {
    Distribution.MANUAL: gettext_lazy("a chat waits until an agent takes it."),
    Distribution.FEWEST: gettext_lazy("a chat goes to the available agent who has the fewest open chats."),
    Distribution.ROUND_ROBIN: gettext_lazy("a chat goes to the available agents by turns."),
}


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule in words. ``problem``: why it never fires; ``lost``: why something it does cannot be done any more."""

    rule: RoutingRule
    who: str
    chats: str
    deeds: list[str]
    problem: str = ""
    lost: str = ""


def show_rules(site: Site, rules: Sequence[RoutingRule]) -> list[ShownRule]:
    """The rules in words; statements are as many however many rules there are."""
    names = names_for([rule.actions for rule in rules])
    ids = {pk for rule in rules for pk in rule.chat.get("categories", [])}
    categories = names_of_categories(ids) if ids else {}
    problems = problems_of_rules(site, rules)
    return [
        ShownRule(
            rule=read.rule,
            who=describe(read.filter) if read.filter else "",
            chats=describe_chat(read.rule.chat, categories),
            deeds=[str(capfirst(deed)) for deed in deeds_of(read.rule, names)],
            problem=read.broken,
            lost=" ".join(one for one in problems.get(read.rule.pk, []) if one != read.broken),
        )
        for read in read_rules(site, rules)
    ]


def deeds_of(rule: RoutingRule, names: Names | None = None) -> list[str]:
    """What it does, in its order; an action whose app is gone by its name."""
    return [told(one, names) if one["action"] in routing_actions else one["action"] for one in rule.actions]


def otherwise(site: Site) -> str:
    """What becomes of a chat that no rule gives to somebody."""
    return str(_OTHERWISE[Distribution(settings_of(site).distribution)])


def action_words(names: Collection[str]) -> list[str]:
    """What was done, by the names of the actions."""
    return [str(routing_actions.get(name).label) if name in routing_actions else name for name in names]
