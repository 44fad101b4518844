"""API-3: the settings page of webhooks."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk.models import Operator, Site, Webhook, WebhookDelivery
from tests.conftest import client_of
from tests.desk.hooks import NOON, SAID, happen, hook_for

NEW = {"name": "Orders", "url": "https://hooks.example/desk?key=sesame", "events": [SAID, "chat.closed"]}


@pytest.fixture
def client(shop: Site, alice: Operator) -> Client:
    return client_of(alice)


@pytest.fixture
def hook(shop: Site) -> Webhook:
    return hook_for(shop)


def page(client: Client, name: str, /, *ids: int) -> str:
    response = client.get(reverse(f"admin:desk_webhook_{name}", args=ids))
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, name: str, /, *ids: int, **data: Any) -> Any:
    return client.post(reverse(f"admin:desk_webhook_{name}", args=ids), data, follow=True)


def test_a_new_webhook_shows_its_secret_once(client: Client) -> None:
    """API-3: in the answer to this request, which nobody keeps."""
    response = post(client, "add", **NEW)
    hook = Webhook.objects.get()
    assert (hook.name, hook.events) == ("Orders", [SAID, "chat.closed"])
    assert hook.secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert hook.secret not in page(client, "change", hook.pk)


def test_what_is_refused_stands_at_its_field(client: Client) -> None:
    """LOOK-7: with the sentence of the rule."""
    response = post(client, "add", **{**NEW, "url": "https://169.254.169.254/"})
    assert not Webhook.objects.exists()
    assert "private network" in response.context["form"].errors["url"][0]
    assert response.context["form"]["name"].value() == "Orders"


def test_the_list_shows_host_and_state_but_no_key(client: Client, shop: Site) -> None:
    """The rest of an address may hold one."""
    hook_for(shop, NEW["url"])
    hook_for(shop, name="Mail", active=False)
    shown = page(client, "changelist")
    assert "hooks.example" in shown
    assert "sesame" not in shown
    assert "paused" in shown


def test_a_change_is_saved(client: Client, hook: Webhook) -> None:
    """API-3."""
    post(client, "change", hook.pk, **{**NEW, "events": ["chat.opened"]})
    hook.refresh_from_db()
    assert (hook.url, hook.events) == (NEW["url"], ["chat.opened"])


def test_it_is_paused_and_switched_on(client: Client, hook: Webhook) -> None:
    """API-3."""
    for active in ("0", "1"):
        post(client, "switch", hook.pk, active=active)
        hook.refresh_from_db()
        assert hook.active is (active == "1")


def test_a_secret_is_replaced_and_shown(client: Client, hook: Webhook) -> None:
    """API-3."""
    response = post(client, "secret", hook.pk)
    secret = Webhook.objects.get().secret
    assert secret != hook.secret
    assert secret in response.content.decode()


def test_a_test_is_put_on_its_way_and_watched(client: Client, hook: Webhook) -> None:
    """The page asks for its deliveries until it has gone."""
    response = post(client, "test", hook.pk)
    assert "hx-trigger" in response.content.decode()
    WebhookDelivery.objects.update(state="delivered", attempts=1, status=200)
    part = page(client, "deliveries", hook.pk)
    assert "delivered" in part
    assert "hx-trigger" not in part


def test_why_a_delivery_failed_is_told_and_it_is_sent_again(client: Client, hook: Webhook, shop: Site) -> None:
    """API-3: in a sentence."""
    happen(shop)
    WebhookDelivery.objects.update(state="failed", attempts=6, error="tls_expired")
    assert "The certificate of hooks.example has expired." in page(client, "change", hook.pk)
    delivery = WebhookDelivery.objects.get()
    post(client, "again", hook.pk, delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)
    assert "on its way already" in post(client, "again", hook.pk, delivery.pk).content.decode()


def test_a_webhook_that_was_switched_off_says_so(client: Client, hook: Webhook) -> None:
    """API-3: switched off after long failure and shown, with the reason."""
    Webhook.objects.update(
        active=False, switched_off_at=NOON, failures=12, failing_since=NOON, last_error="timeout", last_at=NOON
    )
    shown = page(client, "change", hook.pk)
    assert "Switched off on" in shown
    assert "did not answer within 10 seconds" in shown
    assert re.search(r"<button[^>]*type=\"submit\"[^>]*disabled", shown)
    assert "switched off" in page(client, "changelist")
    assert "switched off" in post(client, "test", hook.pk).content.decode()


def test_deleting_asks_first(client: Client, hook: Webhook) -> None:
    """And says what goes."""
    assert "not delivered" in page(client, "delete", hook.pk)
    post(client, "delete", hook.pk, post="yes")
    assert not Webhook.objects.exists()


def test_a_delivery_of_another_webhook_is_not_sent(client: Client, hook: Webhook, elsewhere: Site) -> None:
    """SITE-2: neither under its own address nor under one of this site."""
    theirs = hook_for(elsewhere)
    happen(elsewhere)
    WebhookDelivery.objects.update(state="failed")
    delivery = WebhookDelivery.objects.get()
    for pk in (hook.pk, theirs.pk):
        assert post(client, "again", pk, delivery.pk).status_code == 404
    assert WebhookDelivery.objects.get().state == "failed"


@pytest.mark.parametrize("name", ["switch", "secret", "test"])
def test_deeds_are_posts(name: str, client: Client, hook: Webhook) -> None:
    """A link that somebody follows does nothing."""
    assert client.get(reverse(f"admin:desk_webhook_{name}", args=[hook.pk])).status_code == 404
    assert Webhook.objects.get().secret == hook.secret


@pytest.mark.parametrize("person", ["bob", "victor"])
def test_only_administrators_get_here(person: str, hook: Webhook, request: pytest.FixtureRequest) -> None:
    """SITE-3: neither see nor do."""
    client = client_of(request.getfixturevalue(person))
    for name in ("changelist", "add"):
        assert client.get(reverse(f"admin:desk_webhook_{name}")).status_code == 403
    for name in ("change", "delete", "deliveries", "history"):
        assert client.get(reverse(f"admin:desk_webhook_{name}", args=[hook.pk])).status_code == 403
    for name in ("switch", "secret", "test", "delete", "change"):
        assert client.post(reverse(f"admin:desk_webhook_{name}", args=[hook.pk])).status_code == 403
    assert Webhook.objects.get().secret == hook.secret


def test_another_sites_webhook_is_not_there(hook: Webhook, charlie: Operator) -> None:
    """SITE-2."""
    client = client_of(charlie)
    for name in ("change", "delete", "deliveries", "history"):
        assert client.get(reverse(f"admin:desk_webhook_{name}", args=[hook.pk])).status_code == 404
    for name in ("switch", "secret", "test", "delete"):
        assert client.post(reverse(f"admin:desk_webhook_{name}", args=[hook.pk])).status_code == 404
    assert Webhook.objects.get().secret == hook.secret


def test_the_statements_do_not_grow_with_the_deliveries(client: Client, hook: Webhook, shop: Site) -> None:
    """The page reads the webhook and its deliveries, without their bodies."""
    happen(shop)
    page(client, "change", hook.pk)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            page(client, "change", hook.pk)
        counts.append(len(queries))
        for number in range(20):
            happen(shop, number)
    assert counts[0] == counts[1]
