"""Webhooks for tests, and a clock that stands until it is moved."""

import datetime
from typing import Any

from desk.actors import SYSTEM
from desk.models import Site, Webhook, WebhookDelivery
from desk.webhooks import announce, create_webhook

NOON = datetime.datetime(2026, 11, 22, 3, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# An event that every desk has.
SAID = "message.created"


class Clock:
    """``clock()`` is the time; ``clock.now += HOUR`` lets one pass."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime.datetime:
        return self.now


def hook_for(site: Site, url: str = "https://hooks.example/desk", **options: Any) -> Webhook:
    """A webhook that wants ``SAID``."""
    name, events = options.pop("name", "Orders"), options.pop("events", [SAID])
    return create_webhook(site, name=name, url=url, events=events, actor=SYSTEM, **options).webhook


def happen(site: Site, number: int = 1, *, now: datetime.datetime = NOON, subject: int | None = None) -> int:
    """Something happens."""
    return announce(site.pk, SAID, lambda: {"number": number}, now=now, subject=subject)


def states(hook: Webhook) -> list[str]:
    """How its deliveries stand, oldest first."""
    return list(WebhookDelivery.objects.filter(webhook=hook).order_by("pk").values_list("state", flat=True))
