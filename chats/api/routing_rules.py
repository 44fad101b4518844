"""``routing-rules`` of the open API: the usual five verbs and the order (API-2, CHAT-10)."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.routing_shapes import (
    NewRoutingRuleShape,
    RoutingOrderShape,
    RoutingRuleChangesShape,
    RoutingRulePageShape,
    RoutingRuleShape,
    RoutingRulesShape,
    rules_data,
)
from chats.api.setting_base import SettingApiView
from chats.models import RoutingRule
from chats.routing_errors import RoutingRefused
from chats.routing_rules import RuleDraft, change_rule, create_rule, delete_rule, move_rule, order_rules, rules_of
from contacts.api.open.base import path_below
from desk.api.errors import ApiError, Malformed, Problem
from desk.api.open import PAGING, read_limit
from desk.ids import read_id

_NEW, _CHANGES, _ORDER = NewRoutingRuleShape(), RoutingRuleChangesShape(), RoutingOrderShape()
_DIGITS = 9


class RoutingApiView(SettingApiView):
    """Base of the doors below ``routing-rules``."""

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(_answer_to(exc) if isinstance(exc, RoutingRefused) else exc)

    def rule(self, rule_id: str) -> RoutingRule:
        """The rule of this site, or 404."""
        return self.found(rules_of(self.site), rule_id)

    def told(self, rules: Sequence[RoutingRule]) -> list[dict[str, Any]]:
        """``RoutingRuleShape`` of each."""
        return rules_data(self.site, rules)


class RoutingRulesView(RoutingApiView):
    """All rules, and new ones."""

    @extend_schema(
        operation_id="list_routing_rules",
        tags=["chats"],
        summary="Routing rules in their order",
        parameters=PAGING,
        responses=RoutingRulePageShape,
    )
    def get(self, request: Request) -> Response:
        limit, since = read_limit(request.query_params), request.query_params.get("since", "0")
        if not (since.isascii() and since.isdecimal() and len(since) <= _DIGITS):
            raise Malformed(Problem("since", "invalid", _("This is no place in the list.")))
        after = int(since)
        rules = list(rules_of(self.site)[after : after + limit + 1])
        following = str(after + limit) if len(rules) > limit else None
        return Response({"routingRules": self.told(rules[:limit]), "next": following})

    @extend_schema(
        operation_id="create_routing_rule",
        tags=["chats"],
        summary="Make a routing rule",
        description="It stands behind all others unless `place` says where.",
        request=NewRoutingRuleShape,
        responses={201: RoutingRuleShape},
    )
    def post(self, request: Request) -> Response:
        data = _NEW.run_validation(self.body())
        place, now = data.pop("place", None), timezone.now()
        with transaction.atomic():
            rule = create_rule(self.site, RuleDraft(**data), actor=self.actor, now=now)
            if place is not None:
                move_rule(rule, place, actor=self.actor, now=now)
        return Response(self.told([self.rule(str(rule.pk))])[0], status=201)


class RoutingOrderView(RoutingApiView):
    """The order in which they are tried."""

    @extend_schema(
        operation_id="order_routing_rules",
        tags=["chats"],
        summary="Put routing rules in order",
        description="Rules that are not named keep their order among themselves, behind those that are.",
        request=RoutingOrderShape,
        responses=RoutingRulesShape,
    )
    def put(self, request: Request) -> Response:
        texts = _ORDER.run_validation(self.body())["ids"]
        ids = [read_id(text) for text in texts]
        order_rules(self.site, [pk if pk is not None else 0 for pk in ids], actor=self.actor, now=timezone.now())
        return Response({"routingRules": self.told(list(rules_of(self.site)))})


class RoutingRuleView(RoutingApiView):
    """One rule."""

    @extend_schema(
        operation_id="read_routing_rule", tags=["chats"], summary="A routing rule", responses=RoutingRuleShape
    )
    def get(self, request: Request, rule_id: str) -> Response:
        return Response(self.told([self.rule(rule_id)])[0])

    @extend_schema(
        operation_id="change_routing_rule",
        tags=["chats"],
        summary="Change, switch on or off, move",
        description="`filter`, `chat` and `actions` are replaced as a whole.",
        request=RoutingRuleChangesShape,
        responses=RoutingRuleShape,
    )
    def patch(self, request: Request, rule_id: str) -> Response:
        rule, data = self.rule(rule_id), _CHANGES.run_validation(self.body())
        place, now = data.pop("place", None), timezone.now()
        with transaction.atomic():
            if data:
                kept = {name: getattr(rule, name) for name in ("name", "filter", "chat", "actions", "active")}
                change_rule(rule, RuleDraft(**{**kept, **data}), actor=self.actor, now=now)
            if place is not None:
                move_rule(rule, place, actor=self.actor, now=now)
        return Response(self.told([self.rule(rule_id)])[0])

    @extend_schema(
        operation_id="delete_routing_rule",
        tags=["chats"],
        summary="Delete a routing rule",
        description="Chats it was done with stay as they are.",
        responses={204: None},
    )
    def delete(self, request: Request, rule_id: str) -> Response:
        delete_rule(self.rule(rule_id), actor=self.actor)
        return Response(status=204)


def _answer_to(refused: RoutingRefused) -> ApiError:
    """What a rule of routing refuses, as an answer; the path in dots as everywhere in the API."""
    if refused.code == "rules_full":
        return ApiError(409, refused.code, refused.message)
    if refused.code == "rule_gone" and not refused.path:
        return ApiError(404, "not_found", refused.message)
    return Malformed(Problem(path_below("", refused.path), refused.code, refused.message))
