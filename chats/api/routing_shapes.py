"""What the open API says of routing rules, and takes; what stands inside one is checked by ``chats.routing_rules``."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chats.models import RoutingRule
from chats.routing_actions import names_for, routing_actions, told
from chats.routing_conditions import DAYS, PAGE_SENTENCES, names_of_categories
from chats.routing_conditions import describe as describe_chat
from chats.routing_problems import problems_of_rules
from chats.routing_reading import read_rules
from contacts.api.open.shapes import FilterDocumentField
from contacts.filters.describe import describe
from contacts.models import Channel
from desk.api.serializers import FlagField, ObjectField, StrictSerializer, TextField, WholeNumberField, time_text
from desk.models import Site

_TIME = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", "example": "09:00"}
_IDS = {"type": "array", "items": {"type": "string"}}
_CHAT = {
    "type": "object",
    "description": "What the chat has to be; what is left out does not matter. Hours are those of the site's time zone "
    "and may go over midnight; with `outside` they are when the rule does not hold.",
    "properties": {
        "channels": {"type": "array", "items": {"type": "string", "enum": list(Channel.values)}},
        "categories": {**_IDS, "description": "Ids of categories; one of level 1 holds for those below it too."},
        "page": {
            "type": "object",
            "properties": {"op": {"type": "string", "enum": list(PAGE_SENTENCES)}, "text": {"type": "string"}},
            "required": ["op", "text"],
            "additionalProperties": False,
        },
        "languages": {"type": "array", "items": {"type": "string", "example": "ko"}},
        "hours": {
            "type": "object",
            "properties": {
                "days": {"type": "array", "items": {"type": "string", "enum": list(DAYS)}},
                "from": _TIME,
                "to": _TIME,
                "outside": {"type": "boolean"},
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
_ACTION = {
    "type": "object",
    "description": "`assignOperator` {operator}, `assignTeam` {team}, `setCategory` {category}, `tagRoom` {tags}, "
    "`tagCustomer` {tags}; ids of operators, teams and categories, names of tags.",
    "properties": {
        "action": {"type": "string", "example": "assignOperator"},
        "operator": {"type": "string"},
        "team": {"type": "string"},
        "category": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["action"],
}


@extend_schema_field(_CHAT)
class ConditionsField(ObjectField):
    """The conditions on the chat."""


@extend_schema_field(_ACTION)
class RoutingActionField(ObjectField):
    """One action."""


class RoutingRuleShape(serializers.Serializer[Any]):
    """A routing rule. ``place`` counts from 1. ``sentence`` says whose chats it is about, ``chatSentence`` which of
    them (empty: all), ``does`` what is done. One that is not ``valid`` never fires, for something its filter names is
    gone; ``problems`` says so, and what of its actions can no longer be done and is left out.
    """

    id = serializers.CharField()
    place = serializers.IntegerField()
    name = serializers.CharField()
    active = serializers.BooleanField()
    filter = FilterDocumentField()
    chat = ConditionsField()
    actions = serializers.ListField(child=RoutingActionField())
    sentence = serializers.CharField(allow_null=True)
    chatSentence = serializers.CharField()
    does = serializers.ListField(child=serializers.CharField())
    valid = serializers.BooleanField()
    problems = serializers.ListField(child=serializers.CharField())
    updatedAt = serializers.DateTimeField()


class RoutingRulePageShape(serializers.Serializer[Any]):
    """A page of rules in their order; ``next`` is the ``since`` of the next page, null on the last."""

    routingRules = RoutingRuleShape(many=True)
    next = serializers.CharField(allow_null=True)


class RoutingRulesShape(serializers.Serializer[Any]):
    """All rules in their order."""

    routingRules = RoutingRuleShape(many=True)


class NewRoutingRuleShape(StrictSerializer):
    """A rule to make: a name of up to 80 characters and at least one action; an empty filter is everybody."""

    name = TextField(max_length=400)
    filter = FilterDocumentField(required=False)
    chat = ConditionsField(required=False)
    actions = serializers.ListField(child=RoutingActionField(), max_length=100)
    active = FlagField(required=False)
    place = WholeNumberField(required=False, min_value=1, max_value=1_000_000)


class RoutingRuleChangesShape(StrictSerializer):
    """What is to be different."""

    name = TextField(required=False, max_length=400)
    filter = FilterDocumentField(required=False)
    chat = ConditionsField(required=False)
    actions = serializers.ListField(required=False, child=RoutingActionField(), max_length=100)
    active = FlagField(required=False)
    place = WholeNumberField(required=False, min_value=1, max_value=1_000_000)


class RoutingOrderShape(StrictSerializer):
    """The ids of rules in the order in which they are to be tried."""

    ids = serializers.ListField(child=TextField(max_length=20), max_length=1_000)


def rules_data(site: Site, rules: Sequence[RoutingRule]) -> list[dict[str, Any]]:
    """``RoutingRuleShape`` of each; statements are as many however many rules there are."""
    names = names_for([rule.actions for rule in rules])
    ids = {pk for rule in rules for pk in rule.chat.get("categories", [])}
    categories = names_of_categories(ids) if ids else {}
    problems = problems_of_rules(site, rules)
    return [
        {
            "id": str(read.rule.pk),
            "place": read.rule.place,
            "name": read.rule.name,
            "active": read.rule.active,
            "filter": read.rule.filter,
            "chat": read.rule.chat,
            "actions": read.rule.actions,
            "sentence": describe(read.filter) if read.filter else None,
            "chatSentence": describe_chat(read.rule.chat, categories),
            "does": [told(one, names) for one in read.rule.actions if one["action"] in routing_actions],
            "valid": read.filter is not None,
            "problems": problems.get(read.rule.pk, []),
            "updatedAt": time_text(read.rule.updated_at),
        }
        for read in read_rules(site, rules)
    ]
