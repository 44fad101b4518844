"""How webhooks and their deliveries are shown (API-3)."""

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.models import Webhook, WebhookDelivery
from desk.outbound_errors import words_of_failure
from desk.webhooks import TEST_EVENT, webhook_events

SHOWN_DELIVERIES = 30

# The badge of each state; empty: the plain one.
STATE_LOOKS = {
    Webhook.State.ACTIVE: "success",
    Webhook.State.FAILING: "warning",
    Webhook.State.PAUSED: "",
    Webhook.State.SWITCHED_OFF: "danger",
}
_DELIVERY_LOOKS = {
    WebhookDelivery.State.WAITING: ("info", "clock"),
    WebhookDelivery.State.DELIVERED: ("success", "check"),
    WebhookDelivery.State.FAILED: ("danger", "error"),
}


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """One line: what, when, how it went, what comes next."""

    id: str
    event: str
    at: datetime.datetime
    state_words: str
    look: str
    icon: str
    why: str
    attempts: int
    next_try_at: datetime.datetime | None
    again_url: str


def host_of(webhook: Webhook) -> str:
    """Host and port: the rest of the address may hold a key."""
    return urlsplit(webhook.url).netloc


def told_error(webhook: Webhook, error: str, status: int | None) -> str:
    """Why an attempt failed, as a sentence."""
    if error == "switched_off":
        return _("The webhook was switched off before it could be sent.")
    return words_of_failure(error, host=urlsplit(webhook.url).hostname or "", status=status)


def show_deliveries(webhook: Webhook, *, now: datetime.datetime) -> dict[str, Any]:
    """The latest deliveries, newest first; ``moving``: something is about to be sent."""
    rows = list(WebhookDelivery.objects.filter(webhook=webhook).defer("body").order_by("-pk")[:SHOWN_DELIVERIES])
    waiting = [row for row in rows if row.state == WebhookDelivery.State.WAITING]
    moving = webhook.active and any(row.next_try_at <= now for row in waiting)
    return {"deliveries": [_shown(webhook, row) for row in rows], "moving": moving}


def _shown(webhook: Webhook, row: WebhookDelivery) -> ShownDelivery:
    state = WebhookDelivery.State(row.state)
    look, icon = _DELIVERY_LOOKS[state]
    waits = state == WebhookDelivery.State.WAITING
    if waits and row.error:
        look, icon = "warning", "refresh"
    return ShownDelivery(
        id=str(row.pk),
        event=event_words(row.event),
        at=row.created_at,
        state_words=str(state.label),
        look=look,
        icon=icon,
        why=told_error(webhook, row.error, row.status) if row.error else "",
        attempts=row.attempts,
        next_try_at=row.next_try_at if waits and row.attempts else None,
        again_url="" if waits or not webhook.active else reverse("admin:desk_webhook_again", args=[webhook.pk, row.pk]),
    )


def event_words(name: str) -> str:
    """The event for people; one that a later version no longer has is shown as it is called."""
    if name == TEST_EVENT:
        return _("Test")
    return str(webhook_events.get(name)) if name in webhook_events else name
