"""API-3: carrying events to webhooks: signed, in their order, again after a failure, at least once.

One worker at a time has a webhook in hand, for as long as its lease says. A failed delivery steps aside until its next
try. A server that does not answer rests a while with all that waits for it, so that it is neither stormed when it comes
back nor does it hold up the workers; one that refuses a single event does not keep the others waiting. What is sent
while a worker dies is sent again: the receiver knows it by its id.
"""

import datetime
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from desk.actors import SYSTEM
from desk.audit import record
from desk.models import Webhook, WebhookDelivery
from desk.outbound import Call, call
from desk.outbound_errors import OutboundFailed

Clock = Callable[[], datetime.datetime]
Waiting = WebhookDelivery.State.WAITING

_MINUTE = datetime.timedelta(minutes=1)
_HOUR = datetime.timedelta(hours=1)
# How long after a failed try the next one comes: six tries over a day.
RETRIES = (_MINUTE, 10 * _MINUTE, _HOUR, 5 * _HOUR, 18 * _HOUR)
LONGEST_REST = 10 * _MINUTE
# A webhook that has only failed for so long, and so often, is switched off.
PATIENCE = datetime.timedelta(days=3)
LEAST_FAILURES = 10
# More than a call can take.
LEASE = _MINUTE
SLICE = 20.0


@dataclass(frozen=True, slots=True)
class Tried:
    """How an attempt ended: the number of the answer, if there was one; why it failed, or nothing."""

    status: int | None
    error: str = ""


def signature(secret: str, body: bytes, *, at: int) -> str:
    """``x-dangol-signature``: the HMAC-SHA256 of time and body under the secret, so that nobody else can send either.

    ``at``: seconds since 1970; a receiver refuses what is too old.
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def deliver_waiting(webhook_id: int, *, clock: Clock = timezone.now, seconds: float = SLICE) -> bool:
    """Send what is due for the webhook, oldest first, for about ``seconds``. True when more is due now."""
    end = time.monotonic() + seconds
    while (lease := _take(webhook_id, clock())) is not None:
        webhook = Webhook.objects.select_related("site").filter(pk=webhook_id).first()
        delivery = _due(clock()).filter(webhook=webhook_id).order_by("pk").first()
        if webhook is None or delivery is None:
            Webhook.objects.filter(pk=webhook_id, sending_until=lease).update(sending_until=None)
            break
        tried = _try(webhook, delivery, clock())
        _keep(webhook, delivery, tried, lease=lease, now=clock())
        if time.monotonic() >= end:
            break
    # Looked at once more: what came while this worker had the webhook was turned away.
    return webhook_id in webhooks_to_serve(now=clock(), only=webhook_id)


def webhooks_to_serve(*, now: datetime.datetime, only: int | None = None) -> list[int]:
    """The webhooks that have something due and neither rest nor are in a worker's hands."""
    hooks = _free(now).filter(Exists(_due(now).filter(webhook=OuterRef("pk"))))
    return list((hooks.filter(pk=only) if only else hooks).order_by("pk").values_list("pk", flat=True))


def _due(now: datetime.datetime) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(state=Waiting, next_try_at__lte=now)


def _free(now: datetime.datetime) -> QuerySet[Webhook]:
    # One that ends much later than any can was given by a clock that went wrong. Not a little later: ``now`` may have
    # waited for the row while somebody else took it.
    unleased = Q(sending_until=None) | Q(sending_until__lte=now) | Q(sending_until__gt=now + 2 * LEASE)
    rested = Q(rests_until=None) | Q(rests_until__lte=now) | Q(rests_until__gt=now + 2 * LONGEST_REST)
    return Webhook.objects.filter(unleased, rested, active=True)


def _take(webhook_id: int, now: datetime.datetime) -> datetime.datetime | None:
    """The end of the lease that this worker now has; None when another has one, or there is nothing to do."""
    lease = now + LEASE
    # Compare-and-swap: of several workers one finds the webhook free.
    return lease if _free(now).filter(pk=webhook_id).update(sending_until=lease) else None


def _try(webhook: Webhook, delivery: WebhookDelivery, now: datetime.datetime) -> Tried:
    body = delivery.body.encode()
    headers = {
        "content-type": "application/json; charset=utf-8",
        "x-dangol-event": delivery.event,
        "x-dangol-delivery": str(delivery.pk),
        "x-dangol-signature": signature(webhook.secret, body, at=int(now.timestamp())),
    }
    try:
        answer = call(Call(webhook.url, body, headers, wants_body=False)).check()
    except OutboundFailed as failed:
        return Tried(failed.status, failed.code)
    return Tried(answer.status)


@transaction.atomic
def _keep(
    webhook: Webhook, delivery: WebhookDelivery, tried: Tried, *, lease: datetime.datetime, now: datetime.datetime
) -> None:
    """Write down how it went, and give the webhook back. Either may have been deleted meanwhile."""
    state, next_try_at = WebhookDelivery.State.DELIVERED, now
    if tried.error:
        again = delivery.attempts < len(RETRIES)
        state = Waiting if again else WebhookDelivery.State.FAILED
        next_try_at = now + RETRIES[delivery.attempts] if again else now
    # Not when the tries began anew, or another worker was faster, after this one's lease had run out.
    WebhookDelivery.objects.filter(pk=delivery.pk, state=Waiting, attempts=delivery.attempts).update(
        state=state,
        attempts=F("attempts") + 1,
        next_try_at=next_try_at,
        last_at=now,
        status=tried.status,
        error=tried.error,
    )
    held = Webhook.objects.select_for_update(no_key=True).filter(pk=webhook.pk).first()
    if held is None:
        return
    changes: dict[str, object] = {"last_at": now, "last_status": tried.status, "last_error": tried.error}
    if held.sending_until == lease:
        changes["sending_until"] = None
    # One that was paused, mended or pointed elsewhere during the call is judged by what comes next.
    if held.active and held.url == webhook.url:
        changes |= _judged(held, tried, now)
    Webhook.objects.filter(pk=held.pk).update(**changes)
    if changes.get("switched_off_at"):
        _give_up(held)


def _judged(held: Webhook, tried: Tried, now: datetime.datetime) -> dict[str, object]:
    """What an attempt says of the webhook as a whole."""
    if not tried.error:
        return {"failures": 0, "failing_since": None, "rests_until": None}
    failures, since = held.failures + 1, held.failing_since or now
    changes: dict[str, object] = {"failures": failures, "failing_since": since}
    if not _is_about_the_event(tried):
        changes["rests_until"] = now + min(_MINUTE * 2 ** min(failures - 1, 10), LONGEST_REST)
    if failures >= LEAST_FAILURES and now - since >= PATIENCE:
        changes |= {"active": False, "switched_off_at": now}
    return changes


def _is_about_the_event(tried: Tried) -> bool:
    """Whether the server is there and refused this one; others may please it."""
    return tried.error == "status" and tried.status is not None and 400 <= tried.status < 500 and tried.status != 429


def _give_up(webhook: Webhook) -> None:
    """What waits is given up: it can be sent again by hand."""
    waiting = WebhookDelivery.objects.filter(webhook=webhook, state=Waiting)
    given_up = waiting.update(state=WebhookDelivery.State.FAILED, error="switched_off")
    details = {"name": webhook.name, "count": given_up}
    record("webhook.switchOff", actor=SYSTEM, site=webhook.site, target=webhook, details=details)
