"""API-2, API-3: ``webhooks`` of the open API."""

from typing import Any

import pytest
from django.test import Client

from desk.models import Site, Webhook, WebhookDelivery
from tests.contacts.api.open.conftest import Program, program, stranger
from tests.contacts.api.open.test_merges import check
from tests.desk.hooks import NOON, SAID, happen, hook_for

__all__ = ["program", "stranger"]

NEW = {"name": "Orders", "url": "https://hooks.example/desk", "events": [SAID]}


def test_a_webhook_is_made_and_its_secret_is_shown_once(program: Program, client: Client) -> None:
    """API-3: the first answer holds it, no later one does."""
    status, made = program.call("POST", "webhooks", NEW)
    assert status == 201
    check(client, "webhooks", "post", 201, made)
    assert made["secret"] == Webhook.objects.get().secret
    assert (made["state"], made["active"], made["lastDelivery"]) == ("active", True, None)
    status, read = program.get(f"webhooks/{made['id']}")
    check(client, "webhooks/{webhook_id}", "get", 200, read)
    assert "secret" not in read
    assert {**read, "secret": made["secret"]} == made


def test_webhooks_are_listed_in_pages(program: Program, client: Client, shop: Site, elsewhere: Site) -> None:
    """API-2, SITE-2: the oldest first, of this site."""
    hooks = [hook_for(shop, name=f"hook {number}") for number in range(3)]
    hook_for(elsewhere)
    status, first = program.get("webhooks", limit="2")
    check(client, "webhooks", "get", 200, first)
    status, second = program.get("webhooks", limit="2", since=first["next"])
    assert status == 200
    assert [row["id"] for row in first["webhooks"] + second["webhooks"]] == [str(hook.pk) for hook in hooks]
    assert second["next"] is None
    assert program.get("webhooks", since="x")[0] == 400


def test_a_webhook_is_changed(program: Program, client: Client, shop: Site) -> None:
    """API-2: what is not named stays."""
    hook = hook_for(shop)
    changes = {"name": "Mail", "events": ["chat.closed", SAID], "active": False}
    status, answer = program.call("PATCH", f"webhooks/{hook.pk}", changes)
    assert status == 200
    check(client, "webhooks/{webhook_id}", "patch", 200, answer)
    assert (answer["name"], answer["state"], answer["url"]) == ("Mail", "paused", hook.url)
    assert set(answer["events"]) == {"chat.closed", SAID}
    assert "secret" not in answer


def test_a_secret_is_replaced(program: Program, shop: Site) -> None:
    """API-3: and shown in that answer."""
    hook = hook_for(shop)
    status, answer = program.call("PATCH", f"webhooks/{hook.pk}", {"replaceSecret": True})
    assert status == 200
    assert answer["secret"] == Webhook.objects.get().secret != hook.secret


def test_a_webhook_is_deleted(program: Program, shop: Site) -> None:
    """API-2: with what is on its way."""
    hook = hook_for(shop)
    happen(shop)
    assert program.call("DELETE", f"webhooks/{hook.pk}") == (204, None)
    assert program.get(f"webhooks/{hook.pk}")[0] == 404
    assert not WebhookDelivery.objects.exists()


def test_how_the_last_delivery_went_is_told(program: Program, shop: Site) -> None:
    """API-3: also that it was switched off."""
    hook = hook_for(shop)
    Webhook.objects.update(
        active=False, switched_off_at=NOON, failing_since=NOON, last_at=NOON, last_status=500, last_error="status"
    )
    _status, answer = program.get(f"webhooks/{hook.pk}")
    assert answer["lastDelivery"] == {"at": "2026-11-22T03:00:00Z", "status": 500, "error": "status"}
    assert (answer["state"], answer["failingSince"]) == ("switchedOff", "2026-11-22T03:00:00Z")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": 7}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"url": None}, "url"),
        ({"url": "http://hooks.example/"}, "url"),
        ({"url": "https://localhost.localdomain:99999/"}, "url"),
        ({"url": "https://192.168.0.1/"}, "url"),
        ({"url": "https://hooks.example/" + "x" * 1000}, "url"),
        ({"events": []}, "events"),
        ({"events": "message.created"}, "events"),
        ({"events": ["surprise"]}, "events"),
        ({"events": [7]}, "events.0"),
        ({"active": "yes"}, "active"),
        ({"secret": "mine"}, "secret"),
    ],
    ids=str,
)
def test_what_is_malformed_is_refused_at_its_place(program: Program, change: dict[str, Any], path: str) -> None:
    """api.md, Errors: for POST and PATCH alike, and nothing is kept."""
    status, answer = program.call("POST", "webhooks", {**NEW, **change})
    assert (status, answer["error"]["code"], answer["error"]["path"]) == (400, "invalid", path)
    _status, made = program.call("POST", "webhooks", NEW)
    status, answer = program.call("PATCH", f"webhooks/{made['id']}", change)
    assert (status, answer["error"]["path"]) == (400, path)
    assert Webhook.objects.get().name == "Orders"


@pytest.mark.parametrize("missing", ["name", "url", "events"])
def test_what_is_missing_is_named(program: Program, missing: str) -> None:
    """api.md, Errors."""
    status, answer = program.call("POST", "webhooks", {key: NEW[key] for key in NEW if key != missing})
    assert (status, answer["error"]["path"]) == (400, missing)


def test_the_twenty_first_is_a_conflict(program: Program, shop: Site) -> None:
    """api.md: not the request is wrong."""
    for _ in range(20):
        hook_for(shop)
    status, answer = program.call("POST", "webhooks", NEW)
    assert (status, answer["error"]["code"]) == (409, "site_full")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_webhook_of_another_site_does_not_exist(method: str, stranger: Program, shop: Site) -> None:
    """SITE-2."""
    hook = hook_for(shop)
    assert stranger.call(method, f"webhooks/{hook.pk}", {})[0] == 404
    assert Webhook.objects.filter(pk=hook.pk).exists()
