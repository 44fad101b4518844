"""Addresses of webhooks in the open API; ``config.api`` mounts them below /api/v1/."""

from django.urls import URLPattern, path

from desk.api.webhooks import WebhooksView, WebhookView

urlpatterns: list[URLPattern] = [
    path("webhooks", WebhooksView.as_view(), name="api-webhooks"),
    path("webhooks/<str:webhook_id>", WebhookView.as_view(), name="api-webhook"),
]
