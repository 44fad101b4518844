"""CHAT-10: the rules of a site as they are read for a decision: everything about all of them in a few statements.

A rule whose filter can no longer be read (its tag or segment is gone) is broken: it never fires and stops nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from chats.models import Distribution, RoutingRule, WhenAway
from contacts.filters.document import Filter, parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.reading import PROGRAM, Reading
from desk.models import Site
from segments.together import read_together

_COLUMNS = ("id", "place", "name", "active", "filter", "chat", "actions", "updated_at")


@dataclass(frozen=True, slots=True)
class SiteRouting:
    """The rules of a site in their order, and how it distributes what no rule gives to somebody."""

    rules: list[RoutingRule]
    distribution: str
    when_away: str


@dataclass(frozen=True, slots=True)
class ReadRule:
    """A rule with its filter; ``filter`` None: it is broken, and ``broken`` says why."""

    rule: RoutingRule
    filter: Filter | None
    broken: str = ""


def routing_of(site: Site) -> SiteRouting:
    """Rules in use and settings of the site: one statement, which most sites answer with a single row."""
    rows = Site.objects.filter(pk=site.pk).order_by("routing_rules__place", "routing_rules__pk")
    found = list(
        rows.values_list(
            F("chat_settings__distribution"),
            F("chat_settings__when_away"),
            *(f"routing_rules__{name}" for name in _COLUMNS),
        )
    )
    distribution, when_away = found[0][:2] if found else (None, None)
    rules = [
        RoutingRule(site=site, **dict(zip(_COLUMNS, row[2:], strict=True)))
        for row in found
        if row[2] is not None and row[2 + _COLUMNS.index("active")]
    ]
    return SiteRouting(rules, distribution or Distribution.MANUAL, when_away or WhenAway.KEEP)


def read_rules(site: Site, rules: Sequence[RoutingRule]) -> list[ReadRule]:
    """Each rule with its filter. What all of them name (tags, segments, fields) is looked up once for all."""
    together = read_together(site, [rule.filter for rule in rules])
    read = []
    for rule in rules:
        try:
            filter = parse_filter(rule.filter, site=site, reading=Reading(site, asker=PROGRAM, together=together))
        except FilterError as error:
            read.append(ReadRule(rule, None, error.problems[0].message))
        else:
            read.append(ReadRule(rule, filter))
    return read
