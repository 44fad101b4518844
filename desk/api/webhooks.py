"""``webhooks`` of the open API: the usual five verbs (API-2, API-3)."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from desk.api.errors import ApiError, Malformed, Problem
from desk.api.open import PAGING, OpenApiView, read_limit
from desk.api.serializers import FlagField, StrictSerializer, TextField, time_text
from desk.ids import read_id
from desk.models import Webhook
from desk.webhooks import WebhookRefused, change_webhook, create_webhook, delete_webhook, replace_secret


class EventNamesField(serializers.ListField):
    """Names of events; which there are is the rule's to say."""

    child = TextField(max_length=40, allow_blank=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=50, **options)


class NewWebhookShape(StrictSerializer):
    """A webhook to make. ``url`` begins with https://; ``events`` as in the documentation of webhooks."""

    name = TextField(max_length=200)
    url = TextField(max_length=1000)
    events = EventNamesField()
    active = FlagField(required=False)


class WebhookChangesShape(StrictSerializer):
    """What is to be different. ``replaceSecret``: true makes a new secret, which stands in this answer only."""

    name = TextField(required=False, max_length=200)
    url = TextField(required=False, max_length=1000)
    events = EventNamesField(required=False)
    active = FlagField(required=False)
    replaceSecret = FlagField(required=False)


class LastDeliveryShape(serializers.Serializer[Any]):
    """How the last attempt ended. ``error`` is null when it arrived."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True)


class WebhookShape(serializers.Serializer[Any]):
    """A webhook. ``state`` is switchedOff after a long run of failures: ``active`` true switches it on again."""

    id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    active = serializers.BooleanField()
    state = serializers.ChoiceField(choices=Webhook.State.values)
    failingSince = serializers.DateTimeField(allow_null=True)
    lastDelivery = LastDeliveryShape(allow_null=True)
    createdAt = serializers.DateTimeField()


class WebhookWithSecretShape(WebhookShape):
    """A webhook with the secret that signs; shown when it is new and never again."""

    secret = serializers.CharField(required=False)


class WebhookPageShape(serializers.Serializer[Any]):
    """A page of webhooks, the oldest first; ``next`` is the ``since`` of the next page, null on the last."""

    webhooks = WebhookShape(many=True)
    next = serializers.CharField(allow_null=True)


_NEW, _CHANGES = NewWebhookShape(), WebhookChangesShape()


class _WebhookApiView(OpenApiView):
    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(_api_error_of(exc) if isinstance(exc, WebhookRefused) else exc)

    def webhook(self, webhook_id: str) -> Webhook:
        """The webhook of this site, or 404."""
        return self.found(Webhook.objects.select_related("site").filter(site=self.site), webhook_id)


class WebhooksView(_WebhookApiView):
    """All webhooks, and new ones."""

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset({"limit", "since"}) if self.request.method == "GET" else frozenset()

    @extend_schema(
        operation_id="list_webhooks",
        tags=["webhooks"],
        summary="Webhooks, the oldest first",
        parameters=PAGING,
        responses=WebhookPageShape,
    )
    def get(self, request: Request) -> Response:
        limit, since = read_limit(request.query_params), request.query_params.get("since")
        rows = Webhook.objects.filter(site=self.site).order_by("pk")
        if since is not None:
            if (after := read_id(since)) is None:
                raise Malformed(Problem("since", "invalid", _("This is no place in the list.")))
            rows = rows.filter(pk__gt=after)
        page = list(rows[: limit + 1])
        following = str(page[limit - 1].pk) if len(page) > limit else None
        return Response({"webhooks": [webhook_data(row) for row in page[:limit]], "next": following})

    @extend_schema(
        operation_id="create_webhook",
        tags=["webhooks"],
        summary="Make a webhook",
        description="The answer is the only one that holds the `secret`, with which every delivery is signed.",
        request=NewWebhookShape,
        responses={201: WebhookWithSecretShape},
    )
    def post(self, request: Request) -> Response:
        made = create_webhook(self.site, **_NEW.run_validation(self.body()), actor=self.actor)
        return Response({**webhook_data(made.webhook), "secret": made.secret}, status=201)


class WebhookView(_WebhookApiView):
    """One webhook."""

    @extend_schema(operation_id="read_webhook", tags=["webhooks"], summary="A webhook", responses=WebhookShape)
    def get(self, request: Request, webhook_id: str) -> Response:
        return Response(webhook_data(self.webhook(webhook_id)))

    @extend_schema(
        operation_id="change_webhook",
        tags=["webhooks"],
        summary="Name, address, events, pause, new secret",
        request=WebhookChangesShape,
        responses=WebhookWithSecretShape,
    )
    def patch(self, request: Request, webhook_id: str) -> Response:
        webhook, changes = self.webhook(webhook_id), _CHANGES.run_validation(self.body())
        replaces = changes.pop("replaceSecret", False)
        change_webhook(webhook, **changes, actor=self.actor, now=timezone.now())
        shown = {"secret": replace_secret(webhook, actor=self.actor)} if replaces else {}
        return Response({**webhook_data(self.webhook(webhook_id)), **shown})

    @extend_schema(
        operation_id="delete_webhook",
        tags=["webhooks"],
        summary="Delete the webhook with what is on its way",
        responses={204: None},
    )
    def delete(self, request: Request, webhook_id: str) -> Response:
        delete_webhook(self.webhook(webhook_id), actor=self.actor)
        return Response(status=204)


def webhook_data(webhook: Webhook) -> dict[str, Any]:
    """``WebhookShape`` of a webhook."""
    last = None
    if webhook.last_at:
        error = webhook.last_error or None
        last = {"at": time_text(webhook.last_at), "status": webhook.last_status, "error": error}
    return {
        "id": str(webhook.pk),
        "name": webhook.name,
        "url": webhook.url,
        "events": webhook.events,
        "active": webhook.active,
        "state": webhook.state.value,
        "failingSince": time_text(webhook.failing_since) if webhook.failing_since else None,
        "lastDelivery": last,
        "createdAt": time_text(webhook.created_at),
    }


def _api_error_of(refused: WebhookRefused) -> ApiError:
    if refused.code == "site_full":
        return ApiError(409, refused.code, refused.message)
    return Malformed(Problem(refused.path, refused.code, refused.message))
