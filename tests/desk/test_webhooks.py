"""API-3: which address hears of which events, and the events put on their way."""

import json
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from desk.actors import SYSTEM, Actor
from desk.ids import made_at
from desk.models import AuditEntry, Operator, Site, Webhook, WebhookDelivery
from desk.registry import UnknownName
from desk.webhooks import (
    MAX_WEBHOOKS,
    WebhookRefused,
    announce,
    change_webhook,
    create_webhook,
    delete_webhook,
    forget_old_deliveries,
    replace_secret,
    send_again,
    send_test,
    webhook_events,
)
from tests.desk.hooks import DAY, MINUTE, NOON, SAID, happen, hook_for

Waiting = WebhookDelivery.State.WAITING


# --- the list --------------------------------------------------------------------------------------------------


def test_a_webhook_is_made_with_a_secret_of_its_own(shop: Site, alice: Operator) -> None:
    """API-3: and the audit log says by whom, without the secret."""
    made = create_webhook(
        shop, name=" Orders ", url="https://hooks.example/a", events=[SAID], actor=Actor.of_operator(alice)
    )
    stored = Webhook.objects.get(pk=made.webhook.pk)
    assert (stored.name, stored.events, stored.active, stored.created_by) == ("Orders", [SAID], True, alice)
    assert (stored.secret, len(made.secret)) == (made.secret, 64)
    entry = AuditEntry.objects.get(action="webhook.create")
    assert made.secret not in str(entry.details)


def test_a_secret_is_encrypted_in_the_database(shop: Site) -> None:
    """Whoever reads the table cannot sign."""
    hook = hook_for(shop)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM desk_webhook")
        [[stored]] = cursor.fetchall()
    assert hook.secret not in stored


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"name": "  "}, "name_blank", "name"),
        ({"name": "x" * 81}, "name_too_long", "name"),
        ({"name": "a\nb"}, "name_invalid", "name"),
        ({"events": []}, "events_none", "events"),
        ({"events": ["message.deleted"]}, "event_unknown", "events"),
        ({"url": "http://hooks.example/"}, "https_needed", "url"),
        ({"url": "https://127.0.0.1/"}, "address_refused", "url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "address_refused", "url"),
        ({"url": "https://a:b@hooks.example/"}, "url_user", "url"),
        ({"url": "hooks"}, "url_invalid", "url"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(changes: dict[str, Any], code: str, path: str, shop: Site) -> None:
    """API-3, LOOK-7: the same when it is made and when it is changed."""
    values: dict[str, Any] = {"name": "Orders", "url": "https://hooks.example/", "events": [SAID]}
    with pytest.raises(WebhookRefused) as caught:
        create_webhook(shop, **{**values, **changes}, actor=SYSTEM)
    assert (caught.value.code, caught.value.path) == (code, path)
    assert caught.value.message
    hook = hook_for(shop)
    with pytest.raises(WebhookRefused) as caught:
        change_webhook(hook, **changes, actor=SYSTEM, now=NOON)
    assert caught.value.code == code


def test_a_site_has_at_most_twenty(shop: Site, elsewhere: Site) -> None:
    """A list that a person can still read; another site's do not count."""
    hook_for(elsewhere)
    for _ in range(MAX_WEBHOOKS):
        hook_for(shop)
    with pytest.raises(WebhookRefused, match="20"):
        hook_for(shop)


def test_a_change_is_written_once(shop: Site) -> None:
    """The same again is no change."""
    hook = hook_for(shop)
    assert change_webhook(hook, name="Mail", actor=SYSTEM, now=NOON)
    assert not change_webhook(hook, name="Mail", actor=SYSTEM, now=NOON)
    assert AuditEntry.objects.get(action="webhook.change").details == {"fields": ["name"]}


def test_switching_on_again_begins_with_a_clean_slate(shop: Site) -> None:
    """What failed before it was mended does not count."""
    hook = hook_for(shop)
    Webhook.objects.update(active=False, switched_off_at=NOON, failures=12, failing_since=NOON, rests_until=NOON + DAY)
    change_webhook(Webhook.objects.get(), active=True, actor=SYSTEM, now=NOON)
    hook.refresh_from_db()
    assert (hook.state, hook.failures, hook.failing_since, hook.rests_until) == ("active", 0, None, None)


def test_a_replaced_secret_is_another(shop: Site) -> None:
    """And is in use at once."""
    hook = hook_for(shop)
    before = hook.secret
    after = replace_secret(hook, actor=SYSTEM)
    assert after != before
    assert Webhook.objects.get().secret == after


# --- events -------------------------------------------------------------------------------------------------------


def test_an_event_is_put_on_its_way_to_those_who_want_it(shop: Site, elsewhere: Site) -> None:
    """API-3, SITE-2: active webhooks of the same site that chose the event."""
    wanting = hook_for(shop)
    hook_for(shop, events=["chat.closed"])
    hook_for(shop, active=False)
    hook_for(elsewhere)
    assert happen(shop, subject=7) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.webhook, delivery.subject, delivery.state) == (wanting, 7, Waiting)
    assert json.loads(delivery.body) == {
        "id": str(delivery.pk),
        "event": SAID,
        "at": "2026-11-22T03:00:00Z",
        "site": "SHOP",
        "data": {"number": 1},
    }


def test_nobody_asks_for_the_facts_when_nobody_wants_them(shop: Site) -> None:
    """One statement, for every message of every site."""
    hook_for(shop, events=["chat.closed"])

    def never() -> dict[str, Any]:
        raise AssertionError

    with CaptureQueriesContext(connection) as queries:
        assert announce(shop.pk, SAID, never, now=NOON) == 0
    assert len(queries) == 1


def test_an_event_that_is_rolled_back_did_not_happen(shop: Site) -> None:
    """API-3: it is written in the transaction that causes it."""
    hook_for(shop)
    with transaction.atomic():
        happen(shop)
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_an_unknown_event_is_a_mistake_of_ours(shop: Site) -> None:
    """Never silence."""
    with pytest.raises(UnknownName):
        announce(shop.pk, "message.deleted", dict, now=NOON)


def test_every_event_has_words() -> None:
    """The settings page names them."""
    assert {"message.created", "chat.opened", "chat.closed", "chat.assigned"} <= set(webhook_events.names())
    assert all(str(label) for label in webhook_events)


# --- by hand -----------------------------------------------------------------------------------------------------


def test_a_test_goes_to_the_one_webhook_whatever_it_wants(shop: Site) -> None:
    """The button of the settings page; a rest after failures ends."""
    hook, _other = hook_for(shop, events=["chat.closed"]), hook_for(shop)
    Webhook.objects.filter(pk=hook.pk).update(rests_until=NOON + MINUTE)
    delivery = send_test(hook, now=NOON)
    assert (delivery.event, delivery.webhook) == ("test", hook)
    assert WebhookDelivery.objects.count() == 1
    assert Webhook.objects.get(pk=hook.pk).rests_until is None


def test_a_delivery_is_sent_again_with_all_its_tries(shop: Site) -> None:
    """Same id, same body."""
    hook_for(shop)
    happen(shop)
    WebhookDelivery.objects.update(state="failed", attempts=6)
    before = WebhookDelivery.objects.get()
    send_again(before, now=NOON + DAY)
    after = WebhookDelivery.objects.get()
    assert (after.pk, after.body, after.state, after.attempts) == (before.pk, before.body, Waiting, 0)
    with pytest.raises(WebhookRefused, match="on its way"):
        send_again(after, now=NOON + DAY)


def test_nothing_is_sent_by_hand_while_it_is_paused(shop: Site) -> None:
    """It would not go."""
    hook = hook_for(shop)
    happen(shop)
    WebhookDelivery.objects.update(state="failed")
    change_webhook(hook, active=False, actor=SYSTEM, now=NOON)
    with pytest.raises(WebhookRefused, match="switched off"):
        send_test(hook, now=NOON)
    with pytest.raises(WebhookRefused, match="switched off"):
        send_again(WebhookDelivery.objects.get(), now=NOON)


# --- what goes ----------------------------------------------------------------------------------------------------


def test_a_webhook_goes_with_what_is_on_its_way(shop: Site) -> None:
    """Nothing is sent to an address that nobody wants any more."""
    hook = hook_for(shop)
    happen(shop)
    delete_webhook(hook, actor=SYSTEM)
    assert not WebhookDelivery.objects.exists()
    assert AuditEntry.objects.get(action="webhook.delete").details == {"name": "Orders"}


def test_a_site_goes_with_its_webhooks(shop: Site, elsewhere: Site) -> None:
    """SITE-2: and with no other's."""
    hook_for(shop)
    kept = hook_for(elsewhere)
    happen(shop)
    happen(elsewhere)
    shop.delete()
    assert list(Webhook.objects.all()) == [kept]
    assert WebhookDelivery.objects.get().webhook == kept


def test_deliveries_are_forgotten_after_two_weeks(shop: Site) -> None:
    """They hold what people said."""
    hook_for(shop)
    happen(shop)
    written = made_at(WebhookDelivery.objects.get().pk)
    assert forget_old_deliveries(now=written + 13 * DAY) == 0
    assert forget_old_deliveries(now=written + 15 * DAY) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_made_at_once_only_the_twentieth_is_taken(shop: Site) -> None:
    """The limit holds under a race."""
    for _ in range(MAX_WEBHOOKS - 1):
        hook_for(shop)
    start = threading.Barrier(4)
    refused: list[str] = []

    def make() -> None:
        start.wait()
        try:
            hook_for(shop)
        except WebhookRefused as one:
            refused.append(one.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["site_full"] * 3
    assert Webhook.objects.count() == MAX_WEBHOOKS
