"""API-3: real workers deliver to a real server, over the broker the suite runs on."""

import os
from collections.abc import Iterator
from unittest import mock

import pytest

from desk.models import BrokerMessage, Site, Webhook
from desk.tasks import find_deliveries
from desk.webhooks import send_test
from tests.desk.hooks import happen, hook_for, states
from tests.desk.jobs.plant import Plant, plant, sending_to
from tests.desk.servers import Server, answering, serving

__all__ = ["plant"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(answering()) as one:
        yield one


@pytest.fixture(scope="module")
def module_plant(django_db_setup: None, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """Workers that may call the test's server."""
    with mock.patch.dict(os.environ, {"OUTBOUND_ALLOWED": f"http://127.0.0.1:{server.port}"}):
        one = Plant(tmp_path_factory.mktemp("plant"))
    if one.redis:
        one.redis.start()
    try:
        with sending_to(one):
            yield one
    finally:
        one.close()


@pytest.fixture
def hook(plant: Plant, shop: Site, server: Server, settings: object) -> Webhook:
    settings.OUTBOUND_ALLOWED = [f"http://127.0.0.1:{server.port}"]  # type: ignore[attr-defined]
    server.seen.clear()
    return hook_for(shop, server.url("127.0.0.1", "http"))


def delivered(plant: Plant, hook: Webhook, count: int) -> None:
    plant.wait(lambda: states(hook) == ["delivered"] * count, "the deliveries")


def numbers(server: Server) -> list[str]:
    return [seen.body.rpartition(b'"number":')[2].rstrip(b"}").decode() for seen in server.seen]


@pytest.mark.django_db(transaction=True)
def test_what_happens_arrives(plant: Plant, hook: Webhook, shop: Site, server: Server) -> None:
    """By itself, in its order, once, with two workers."""
    plant.staff(2)
    for number in range(20):
        happen(shop, number)
    delivered(plant, hook, 20)
    assert numbers(server) == [str(number) for number in range(20)]


@pytest.mark.django_db(transaction=True)
def test_what_nobody_was_told_of_is_found(plant: Plant, hook: Webhook, shop: Site, server: Server) -> None:
    """Written while the broker was away; the search that beat starts finds it."""
    with plant.without_broker():
        happen(shop, 7)
    plant.staff(1)
    find_deliveries()
    delivered(plant, hook, 1)
    assert numbers(server) == ["7"]


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_nothing(plant: Plant, hook: Webhook, shop: Site, server: Server) -> None:
    """At least once: what it had in hand is sent again when its lease is over."""
    plant.staff(1)
    for number in range(50):
        happen(shop, number)
    plant.wait(lambda: len(server.seen) >= 3, "the first deliveries")
    plant.kill()
    plant.staff(1)
    Webhook.objects.update(sending_until=None)  # a minute has passed
    BrokerMessage.objects.all().delete()
    find_deliveries()
    delivered(plant, hook, 50)
    assert set(numbers(server)) == {str(number) for number in range(50)}
    assert len(server.seen) <= 51


@pytest.mark.django_db(transaction=True)
def test_a_test_by_hand_arrives(plant: Plant, hook: Webhook, server: Server) -> None:
    """The button of the settings page."""
    plant.staff(1)
    send_test(hook, now=hook.created_at)
    delivered(plant, hook, 1)
    assert server.seen[0].headers["x-dangol-event"] == "test"
