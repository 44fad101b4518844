"""CHAT-10: what becomes of a chat that a visitor opens: the first rule that holds, and else the site's distribution.

A decision is one statement about the contact for all rules, however many contacts there are, beside the few that read
the rules and the names in them. Rules that ask about the chat alone are decided without it.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from chats.distributing import choose
from chats.errors import ChatRefused
from chats.handling import assign
from chats.models import Chat, ChatSettings, Distribution, Routing, RoutingRule
from chats.routing_actions import routing_actions
from chats.routing_conditions import ChatFacts, describe, facts_of, holds
from chats.routing_errors import RoutingRefused, kept_reason
from chats.routing_reading import ReadRule, SiteRouting, read_rules, routing_of
from chats.routing_rules import rules_of
from contacts.filters.explain import Explanation, explain
from contacts.filters.one_contact import which_hold
from contacts.models import Contact
from desk.actors import Actor
from desk.models import Site


@dataclass(frozen=True, slots=True)
class Decision:
    """``rule``: the one that fires; None when none does. ``broken``: {rule's id: why its filter cannot be read}."""

    rule: RoutingRule | None
    broken: dict[int, str]


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule for one chat. ``holds``: all it asks is so; ``fires``: and no rule before it held.

    ``chat``: the conditions on the chat in words, empty without any; ``explanation``: the filter about the contact,
    condition by condition, None where there is none or it is ``broken``.
    """

    rule: RoutingRule
    holds: bool
    fires: bool
    chat: str
    chat_holds: bool
    explanation: Explanation | None
    broken: str = ""


def decide(chat: Chat, contact: Contact, *, now: datetime.datetime) -> Decision:
    """The first rule in use that holds of this chat of this contact."""
    site = contact.site
    return _decided(routing_of(site).rules, facts_of(chat, contact), contact, now=now)


def route(chat: Chat, *, now: datetime.datetime) -> Routing | None:
    """Find who works on a chat that was just opened by its visitor's first message; in that message's transaction.

    Does what the rule says; what cannot be done is noted and never stops the message. None where the site has neither
    rules nor a distribution: nothing was to be decided.
    """
    contact = chat.contact
    chat.site = contact.site  # at hand
    routing = routing_of(chat.site)
    if not routing.rules and routing.distribution == Distribution.MANUAL:
        return None
    decision = _decided(routing.rules, facts_of(chat, contact), contact, now=now)
    told = Routing(chat=chat, site_id=chat.site_id, at=now)
    if decision.rule is not None:
        if routing.distribution != Distribution.MANUAL:
            _hold_distribution(chat.site_id)
        told.rule, told.rule_name = decision.rule, decision.rule.name
        _run(decision.rule, chat, told, now=now)
    _distribute(routing, chat, told, now=now)
    told.operator, told.operator_name = chat.assignee, str(chat.assignee or "")[:120]
    told.team, told.team_name = chat.team, str(chat.team or "")
    told.save(force_insert=True)
    return told


def why(
    site: Site, contact: Contact, facts: ChatFacts, *, now: datetime.datetime, sees_personal_data: bool = False
) -> list[RuleVerdict]:
    """Every rule of the site in order, and why it would fire or not if this contact opened such a chat now.

    Rules that are switched off are told too; they hold or not, and never fire.
    """
    verdicts: list[RuleVerdict] = []
    fired = False
    for read in read_rules(site, list(rules_of(site))):
        rule, chat_holds = read.rule, holds(read.rule.chat, facts, site, now)
        explanation = None
        if read.filter is not None and read.filter.root is not None and contact.managed:
            explanation = explain(read.filter, contact, now=now, sees_personal_data=sees_personal_data)
        of_contact = read.filter is not None and (read.filter.root is None or (explanation and explanation.holds))
        every = bool(chat_holds and of_contact)
        fires = every and rule.active and not fired
        fired = fired or fires
        verdicts.append(RuleVerdict(rule, every, fires, describe(rule.chat), chat_holds, explanation, read.broken))
    return verdicts


def _decided(rules: Sequence[RoutingRule], facts: ChatFacts, contact: Contact, *, now: datetime.datetime) -> Decision:
    """Rules are asked about the contact whose conditions on the chat hold, and none behind one that asks no more."""
    possible = [rule for rule in rules if holds(rule.chat, facts, contact.site, now)]
    for number, rule in enumerate(possible):
        if not rule.filter:
            possible = possible[: number + 1]
            break
    asking = {rule.pk for rule in possible if rule.filter}
    if not asking:
        return Decision(possible[0] if possible else None, {})
    read = read_rules(contact.site, [rule for rule in rules if rule.filter], again=True)
    broken = {one.rule.pk: one.broken for one in read if one.filter is None}
    holding = _holding([one for one in read if one.rule.pk in asking], contact, now=now)
    fires = next((rule for rule in possible if not rule.filter or rule.pk in holding), None)
    return Decision(fires, broken)


def _holding(asking: Sequence[ReadRule], contact: Contact, *, now: datetime.datetime) -> set[int]:
    """The rules whose filter matches the contact: one statement, none where no filter can be asked."""
    asked = [(one.rule.pk, one.asked) for one in asking if one.asked is not None]
    if not asked:
        return set()
    answers = which_hold(contact, [one for _pk, one in asked], now=now)
    return {pk for (pk, _one), answer in zip(asked, answers, strict=True) if answer}


def _run(rule: RoutingRule, chat: Chat, told: Routing, *, now: datetime.datetime) -> None:
    """Do what the rule says, each action whole or not at all."""
    actor = Actor("rule", rule.name)
    for action in rule.actions:
        name = str(action.get("action"))
        try:
            with transaction.atomic():
                routing_actions.get(name).run(chat, action, actor=actor, now=now)
        except (RoutingRefused, ChatRefused) as refused:
            told.refused[name] = kept_reason(refused)
        else:
            told.done.append(name)


def _hold_distribution(site_id: int) -> None:
    """Before the actions tell anybody anything: ``choose`` holds the same row, and is in time behind them."""
    list(ChatSettings.objects.select_for_update(no_key=True).filter(pk=site_id).values("pk"))


def _distribute(routing: SiteRouting, chat: Chat, told: Routing, *, now: datetime.datetime) -> None:
    if chat.assignee_id is not None:
        told.how = Routing.How.RULE if "assignOperator" in told.done else Routing.How.MANUAL
    elif routing.distribution != Distribution.MANUAL:
        choice = choose(chat.site, chat.team, now=now)
        told.how = choice.how
        if choice.operator is not None:
            assign(chat, choice.operator, actor=Actor("rule", told.rule_name), now=now)
