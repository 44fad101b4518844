"""The door of the open API that says how long one contact is kept, and why (RET-5)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.open.base import OpenView
from contacts.merging import find_managed
from contacts.retention import Period
from contacts.told_retention import ToldRetention, tell_retention
from desk.api.serializers import time_text


class HoldShape(serializers.Serializer[Any]):
    """A hold in force: nothing deletes the contact up to and including the day ``until``."""

    id = serializers.CharField()
    reason = serializers.CharField()
    until = serializers.DateField()
    by = serializers.CharField()
    createdAt = serializers.DateTimeField()


class RetentionShape(serializers.Serializer[Any]):
    """How long a contact is kept."""

    expiresOn = serializers.DateField(
        allow_null=True,
        help_text="The day from which the nightly sweep deletes the contact if nothing happens until then, holds "
        "included; null: kept for ever.",
    )
    sentence = serializers.CharField(help_text="The same with its reason, for people.")
    rule = serializers.CharField(help_text="The rule of the site's policy: `twoYears`, `threeYears` or `ownDays`.")
    period = serializers.CharField(
        allow_null=True,
        help_text="How long after the last touch, as an ISO 8601 duration (`P3Y`, `P400D`); null: for ever.",
    )
    lastTouchAt = serializers.DateTimeField()
    lastTouch = serializers.CharField(
        help_text="What the last touch was: `visit`, `chat`, `change`, `entry`, or `contact` where that is not known."
    )
    holds = HoldShape(many=True, help_text="Those in force, the longest first.")


class RetentionView(OpenView):
    """When a contact will be deleted."""

    @extend_schema(
        operation_id="read_contact_retention",
        tags=["contacts"],
        summary="When a contact will be deleted, and why",
        responses=RetentionShape,
    )
    def get(self, request: Request, contact_id: str) -> Response:
        contact = find_managed(self.site, contact_id)
        if contact is None:
            raise NotFound
        return Response(_data(tell_retention(contact, now=timezone.now())))


def _data(told: ToldRetention) -> dict[str, Any]:
    return {
        "expiresOn": told.expires_on.isoformat() if told.expires_on else None,
        "sentence": told.sentence,
        "rule": told.rule,
        "period": _duration(told.period),
        "lastTouchAt": time_text(told.last_touch_at),
        "lastTouch": told.last_touch,
        "holds": [
            {
                "id": str(hold.pk),
                "reason": hold.reason,
                "until": hold.until.isoformat(),
                "by": hold.actor,
                "createdAt": time_text(hold.created_at),
            }
            for hold in told.holds
        ],
    }


def _duration(period: Period | None) -> str | None:
    if period is None:
        return None
    return f"P{period.years}Y" if period.years else f"P{period.days}D"
