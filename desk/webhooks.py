"""API-3: webhooks: which address hears of which events, and the events put on their way.

An event is written down in the transaction that causes it, one row for each webhook that wants it, so it is lost or
made up by no crash; ``desk.webhook_delivering`` carries it out. Which events there are, apps say in ``webhook_events``.
"""

import datetime
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from desk.actors import Actor
from desk.audit import record
from desk.ids import id_at, new_id
from desk.jobs.running import run_soon
from desk.models import Site, Webhook, WebhookDelivery
from desk.outbound import check_url
from desk.outbound_errors import OutboundFailed
from desk.registry import Registry

MAX_WEBHOOKS = 20
MAX_NAME = 80
KEPT = datetime.timedelta(days=14)
FORGOTTEN_AT_ONCE = 2_000
TEST_EVENT = "test"

# {name: what happened, in words}
webhook_events: Registry[str | Promise] = Registry("webhook events")

_MESSAGES = {
    "name_blank": gettext_lazy("A webhook needs a name."),
    "name_too_long": gettext_lazy("A name has at most 80 characters."),
    "name_invalid": gettext_lazy("The name holds characters that cannot be stored."),
    "events_none": gettext_lazy("Choose at least one event."),
    "event_unknown": gettext_lazy("There is no event “%(name)s”."),
    "site_full": gettext_lazy("A site has at most 20 webhooks."),
    "not_active": gettext_lazy("The webhook is switched off. Switch it on first."),
    "still_waiting": gettext_lazy("This delivery is on its way already."),
}


class WebhookRefused(Exception):
    """``code`` is one of the reasons above, or one of an address (``desk.outbound_errors``); ``path`` the field."""

    def __init__(self, code: str, *, path: str = "", message: str = "", **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.path = path
        self._message = message
        self._values = values

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return self._message or str(_MESSAGES[self.code]) % self._values

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook just made; its secret is shown with this answer and never again."""

    webhook: Webhook
    secret: str


# --- the list of a site --------------------------------------------------------------------------------------


@transaction.atomic
def create_webhook(
    site: Site, *, name: str, url: str, events: Iterable[str], actor: Actor, active: bool = True
) -> NewWebhook:
    """A new webhook of the site."""
    values = _checked({"name": name, "url": url, "events": events})
    # Of two at once only one may be the last: the site's row decides.
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    if Webhook.objects.filter(site=site).count() >= MAX_WEBHOOKS:
        raise WebhookRefused("site_full")
    secret = _new_secret()
    webhook = Webhook.objects.create(site=site, secret=secret, active=active, created_by=actor.operator, **values)
    record("webhook.create", actor=actor, site=site, target=webhook, details={"name": webhook.name})
    return NewWebhook(webhook, secret)


@transaction.atomic
def change_webhook(webhook: Webhook, *, actor: Actor, now: datetime.datetime, **changes: Any) -> bool:
    """Change name, url, events, active; False when nothing is different. Switched on, it begins with a clean slate."""
    active = changes.pop("active", None)
    held = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
    wanted: dict[str, Any] = _checked(changes)
    if active is not None and active != held.active:
        wanted |= {"active": active, "switched_off_at": None, "failures": 0, "failing_since": None, "rests_until": None}
    changed = {name: value for name, value in wanted.items() if getattr(held, name) != value}
    if "url" in changed:
        # What went wrong with the address before says nothing of the new one.
        changed |= {"failures": 0, "failing_since": None, "rests_until": None}
    if not changed:
        return False
    Webhook.objects.filter(pk=webhook.pk).update(**changed)
    for name, value in changed.items():
        setattr(webhook, name, value)
    fields = sorted({"name", "url", "events", "active"} & set(changed))
    record("webhook.change", actor=actor, site=webhook.site, target=webhook, details={"fields": fields})
    if webhook.active:
        run_soon("desk.deliver_webhook", webhook.pk)
    return True


@transaction.atomic
def replace_secret(webhook: Webhook, *, actor: Actor) -> str:
    """A new secret, shown with this answer only. What is sent from now on, also a second try, is signed with it."""
    secret = _new_secret()
    Webhook.objects.filter(pk=webhook.pk).update(secret=secret)
    webhook.secret = secret
    record("webhook.replaceSecret", actor=actor, site=webhook.site, target=webhook, details={"name": webhook.name})
    return secret


@transaction.atomic
def delete_webhook(webhook: Webhook, *, actor: Actor) -> None:
    """The webhook goes with everything that is on its way."""
    record("webhook.delete", actor=actor, site=webhook.site, target=webhook, details={"name": webhook.name})
    webhook.delete()


def _new_secret() -> str:
    return secrets.token_hex(32)


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept; ``WebhookRefused`` names the field that is wrong."""
    checks: dict[str, Callable[[Any], Any]] = {"name": _check_name, "url": _check_url, "events": _check_events}
    return {name: checks[name](value) for name, value in values.items()}


def _check_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise WebhookRefused("name_blank", path="name")
    if len(name) > MAX_NAME:
        raise WebhookRefused("name_too_long", path="name")
    if not name.isprintable():
        raise WebhookRefused("name_invalid", path="name")
    return name


def _check_url(url: str) -> str:
    try:
        return str(check_url(url.strip()))
    except OutboundFailed as failed:
        raise WebhookRefused(failed.code, path="url", message=failed.message) from None


def _check_events(events: Iterable[str]) -> list[str]:
    wanted = set(events)
    if unknown := sorted(wanted - set(webhook_events.names())):
        raise WebhookRefused("event_unknown", path="events", name=unknown[0])
    if not wanted:
        raise WebhookRefused("events_none", path="events")
    return [name for name in webhook_events.names() if name in wanted]


# --- events ---------------------------------------------------------------------------------------------------


def announce(
    site_id: int,
    event: str,
    data: Callable[[], Mapping[str, Any]],
    *,
    now: datetime.datetime,
    subject: int | None = None,
) -> int:
    """Something has happened: put it on its way to every webhook that wants it. Answers how many.

    Called inside the transaction of what happened. ``data`` is asked only when somebody wants it; ``subject`` is the
    contact it tells of. One statement when nobody does.
    """
    return announce_each(site_id, event, lambda: [(subject, data())], now=now)


def announce_each(
    site_id: int,
    event: str,
    told: Callable[[], Iterable[tuple[int | None, Mapping[str, Any]]]],
    *,
    now: datetime.datetime,
) -> int:
    """As ``announce`` for many of one kind: ``told`` answers (subject, data) of each."""
    webhook_events.get(event)  # a typing error is not silence
    hooks = Webhook.objects.select_related("site").filter(site=site_id, active=True).order_by("pk")
    wanting = [hook for hook in hooks if event in hook.events]
    if not wanting:
        return 0
    deliveries = [
        _delivery(hook, event, data, subject=subject, now=now) for subject, data in told() for hook in wanting
    ]
    WebhookDelivery.objects.bulk_create(deliveries, batch_size=500)
    for hook in wanting:
        run_soon("desk.deliver_webhook", hook.pk)
    return len(deliveries)


@transaction.atomic
def send_test(webhook: Webhook, *, now: datetime.datetime) -> WebhookDelivery:
    """An event that says nothing, to see whether it arrives."""
    if not webhook.active:
        raise WebhookRefused("not_active")
    delivery = _delivery(webhook, TEST_EVENT, {"webhook": webhook.name}, subject=None, now=now)
    delivery.save(force_insert=True)
    _try_at_once(webhook)
    return delivery


@transaction.atomic
def send_again(delivery: WebhookDelivery, *, now: datetime.datetime) -> None:
    """Put an ended delivery on its way once more: same id, same body, all its tries anew."""
    webhook = delivery.webhook
    if not Webhook.objects.filter(pk=webhook.pk, active=True).exists():
        raise WebhookRefused("not_active")
    ended = WebhookDelivery.objects.filter(~Q(state=WebhookDelivery.State.WAITING), pk=delivery.pk)
    if not ended.update(state=WebhookDelivery.State.WAITING, attempts=0, next_try_at=now):
        raise WebhookRefused("still_waiting")
    _try_at_once(webhook)


def _try_at_once(webhook: Webhook) -> None:
    """Somebody looks on: a rest after a failure ends."""
    Webhook.objects.filter(pk=webhook.pk).update(rests_until=None)
    run_soon("desk.deliver_webhook", webhook.pk)


def _delivery(
    webhook: Webhook, event: str, data: Mapping[str, Any], *, subject: int | None, now: datetime.datetime
) -> WebhookDelivery:
    number = new_id()
    told = {
        "id": str(number),
        "event": event,
        "at": now.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z"),
        "site": webhook.site.code,
        "data": data,
    }
    return WebhookDelivery(
        id=number,
        site_id=webhook.site_id,
        webhook=webhook,
        event=event,
        subject=subject,
        body=json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        next_try_at=now,
        created_at=now,
    )


def forget_old_deliveries(*, now: datetime.datetime) -> int:
    """Delete what is older than two weeks, a few at a time; how many. What still waited then was for a webhook that is
    switched off."""
    old = WebhookDelivery.objects.filter(pk__lt=id_at(now - KEPT)).order_by("pk").values_list("pk", flat=True)
    forgotten = 0
    while batch := list(old[:FORGOTTEN_AT_ONCE]):
        forgotten += WebhookDelivery.objects.filter(pk__in=batch).delete()[0]
    return forgotten
