"""CHAT-10: the routing rules of a site as they are kept: make, change, switch, put in order, throw away.

Places are counted from 1 without a gap; the row of the site is held while they change, so that no two are the same.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from chats.models import RoutingRule
from chats.names import one_line
from chats.routing_actions import read_actions
from chats.routing_conditions import read_conditions
from chats.routing_errors import RoutingRefused as RoutingRefused
from contacts.filters.document import parse_filter
from contacts.filters.errors import FilterError
from contacts.filters.reading import Asker, Reading
from desk.actors import Actor
from desk.audit import record
from desk.models import Site

MAX_NAME = 80
MAX_RULES = 100


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as it was typed or sent: JSON data, not yet checked."""

    name: str
    filter: Any = field(default_factory=dict)
    chat: Any = field(default_factory=dict)
    actions: Any = field(default_factory=list)
    active: bool = True


def rules_of(site: Site) -> QuerySet[RoutingRule]:
    """All of them in their order, those switched off too."""
    return RoutingRule.objects.select_related("site").filter(site=site).order_by("place", "pk")


def create_rule(site: Site, draft: RuleDraft, *, actor: Actor, now: datetime.datetime) -> RoutingRule:
    """A rule behind all others. ``RoutingRefused`` names the very place that is wrong."""
    columns = read_draft(site, draft, actor=actor)
    with transaction.atomic():
        _hold(site)
        count = RoutingRule.objects.filter(site=site).count()
        if count >= MAX_RULES:
            raise RoutingRefused("rules_full", path="name", most=MAX_RULES)
        rule = RoutingRule.objects.create(site=site, place=count + 1, updated_at=now, **columns)
        record("routingrule.create", actor=actor, site=site, target=rule, details={"name": rule.name}, now=now)
    return rule


def change_rule(rule: RoutingRule, draft: RuleDraft, *, actor: Actor, now: datetime.datetime) -> bool:
    """Make the rule what the draft says, at its place; False when it is so already."""
    columns = read_draft(rule.site, draft, actor=actor)
    with transaction.atomic():
        fresh = _held(rule)
        before = {name: getattr(fresh, name) for name in columns}
        changed = sorted(name for name, value in columns.items() if before[name] != value)
        if not changed:
            return False
        _write(rule, now, **columns)
        # What a filter says may name people, who may be erased one day: the log tells that it changed, not from what.
        plain = [name for name in changed if name in ("name", "active")]
        details: dict[str, Any] = {"name": fresh.name, "changed": changed}
        details |= {name: {"from": before[name], "to": columns[name]} for name in plain}
        record("routingrule.change", actor=actor, site=rule.site, target=rule, details=details, now=now)
    return True


@transaction.atomic
def delete_rule(rule: RoutingRule, *, actor: Actor) -> bool:
    """Throw it away; False when it is gone. Chats it was done with keep its name."""
    _hold(rule.site)
    fresh = RoutingRule.objects.filter(pk=rule.pk).first()
    if fresh is None:
        return False
    fresh.delete()
    RoutingRule.objects.filter(site=rule.site_id, place__gt=fresh.place).update(place=F("place") - 1)
    record("routingrule.delete", actor=actor, site=rule.site, target=rule, details={"name": fresh.name})
    return True


@transaction.atomic
def move_rule(rule: RoutingRule, place: int, *, actor: Actor, now: datetime.datetime) -> bool:
    """Put it at ``place``, counted from 1; beyond the last is the last. False when it stands there."""
    if isinstance(place, bool) or not isinstance(place, int) or place < 1:
        raise RoutingRefused("place", path="place")
    _hold(rule.site)
    rules = list(rules_of(rule.site).only("place", "name", "site"))
    index = next((number for number, one in enumerate(rules) if one.pk == rule.pk), None)
    if index is None:
        raise RoutingRefused("rule_gone")
    place = min(place, len(rules))
    if index == place - 1:
        return False
    rules.insert(place - 1, rules.pop(index))
    _count_anew(rules)
    rule.place = place
    details = {"name": rule.name, "place": {"from": index + 1, "to": place}}
    record("routingrule.move", actor=actor, site=rule.site, target=rule, details=details, now=now)
    return True


@transaction.atomic
def order_rules(site: Site, ids: Sequence[int], *, actor: Actor, now: datetime.datetime) -> bool:
    """Put the rules of ``ids`` into this order; the others keep theirs among themselves, behind them."""
    _hold(site)
    before = list(rules_of(site).only("place", "name", "site"))
    by_id = {rule.pk: rule for rule in before}
    for number, pk in enumerate(ids):
        if pk not in by_id or pk in ids[:number]:
            raise RoutingRefused("rule_gone", path=f"ids[{number}]")
    first = [by_id[pk] for pk in ids]
    after = [*first, *(rule for rule in before if rule not in first)]
    if after == before:
        return False
    _count_anew(after)
    record("routingrule.order", actor=actor, site=site, details={"count": len(after)}, now=now)
    return True


@transaction.atomic
def switch_rule(rule: RoutingRule, active: bool, *, actor: Actor, now: datetime.datetime) -> bool:
    """Use it, or leave it aside at its place; False when it is so already."""
    fresh = _held(rule)
    if fresh.active == active:
        return False
    _write(rule, now, active=active)
    details = {"name": fresh.name, "active": active}
    record("routingrule.switch", actor=actor, site=rule.site, target=rule, details=details, now=now)
    return True


def read_draft(site: Site, draft: RuleDraft, *, actor: Actor) -> dict[str, Any]:
    """What a rule of this draft keeps; ``RoutingRefused`` for the first place that is wrong.

    A rule works for everybody, so its filter names nothing that is somebody's own (SEG-6).
    """
    name = one_line(draft.name, MAX_NAME) if isinstance(draft.name, str) else None
    if name is None:
        raise RoutingRefused("name", path="name")
    reading = Reading(site, asker=Asker(actor.operator, for_all=True))
    try:
        filter = parse_filter(draft.filter if draft.filter is not None else {}, site=site, reading=reading)
    except FilterError as error:
        problem = error.problems[0]
        # ``filter.and[0].values[1]``, ``filter`` for the whole.
        path = f"filter.{problem.path}" if problem.path else "filter"
        raise RoutingRefused(problem.code, path=path, message=problem.message) from None
    return {
        "name": name,
        "active": draft.active,
        "filter": filter.data,
        "chat": read_conditions(draft.chat, site=site),
        "actions": read_actions(draft.actions, site=site),
    }


def _hold(site: Site) -> None:
    """One change at a time to the order of a site's rules."""
    Site.objects.select_for_update(no_key=True).only("id").get(pk=site.pk)


def _held(rule: RoutingRule) -> RoutingRule:
    fresh = RoutingRule.objects.select_for_update(no_key=True).filter(pk=rule.pk).first()
    if fresh is None:
        raise RoutingRefused("rule_gone")
    return fresh


def _write(rule: RoutingRule, now: datetime.datetime, **columns: Any) -> None:
    RoutingRule.objects.filter(pk=rule.pk).update(updated_at=now, **columns)
    for name, value in columns.items():
        setattr(rule, name, value)


def _count_anew(rules: Sequence[RoutingRule]) -> None:
    for place, one in enumerate(rules, start=1):
        one.place = place
    RoutingRule.objects.bulk_update(rules, ["place"])
