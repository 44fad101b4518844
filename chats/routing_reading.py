"""CHAT-10: the rules of a site as they are read for a decision: everything about all of them in a few statements.

A rule whose filter can no longer be read (its tag or segment is gone) is broken: it never fires and stops nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.translation import get_language

from chats.models import Distribution, RoutingRule, WhenAway
from contacts.filters.document import Filter, parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.one_contact import Asked
from contacts.filters.reading import PROGRAM, Reading
from contacts.filters.together import Together
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
    """A rule with its filter, also as it is asked of one contact; None: it is broken, and ``broken`` says why."""

    rule: RoutingRule
    filter: Filter | None
    asked: Asked | None = None
    broken: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the filters of a site's rules were read to last time."""

    documents: list[Any]
    together: Together
    read: list[tuple[Asked | None, str]]


# By site and language. Reading filters takes longer than looking up whether what they name is the same as before.
_kept: dict[tuple[int, str], _Kept] = {}
_MOST_KEPT = 100


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


def read_rules(site: Site, rules: Sequence[RoutingRule], *, again: bool = False) -> list[ReadRule]:
    """Each rule with its filter. What all of them name (tags, segments, fields) is looked up once for all.

    ``again``: the same rules are read again and again, for every chat: what was read is kept.
    """
    documents = [rule.filter for rule in rules]
    key = site.pk, get_language() or ""
    kept = _kept.get(key) if again else None
    if kept is None or kept.documents != documents or not kept.together.is_still_so():
        together = read_together(site, documents)
        kept = _Kept(documents, together, [_read(document, site, together) for document in documents])
        if again:
            if len(_kept) >= _MOST_KEPT:
                _kept.clear()
            _kept[key] = kept
    return [
        ReadRule(rule, asked.filter if asked else None, asked, broken)
        for rule, (asked, broken) in zip(rules, kept.read, strict=True)
    ]


def _read(document: Any, site: Site, together: Together) -> tuple[Asked | None, str]:
    try:
        filter = parse_filter(document, site=site, reading=Reading(site, asker=PROGRAM, together=together))
    except FilterError as error:
        return None, error.problems[0].message
    return Asked(filter), ""
