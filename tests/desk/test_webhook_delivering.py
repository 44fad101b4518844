"""API-3: webhooks carried out to real servers, on a clock that stands."""

import datetime
import hashlib
import hmac
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from desk.actors import SYSTEM
from desk.models import AuditEntry, Site, Webhook, WebhookDelivery
from desk.webhook_delivering import RETRIES, deliver_waiting, signature, webhooks_to_serve
from desk.webhooks import announce, change_webhook, delete_webhook, replace_secret, send_again
from tests.desk.hooks import DAY, HOUR, MINUTE, NOON, SAID, Clock, happen, hook_for, states
from tests.desk.servers import Manner, Server, answering, serving


class Receiver:
    """A server whose answer can be changed while it runs."""

    def __init__(self) -> None:
        self.status = "200 OK"
        self.refuses: Callable[[bytes], bool] = lambda body: False
        self.before_answer: Callable[[], None] = lambda: None
        self.server: Server

    def answer(self, connection_: socket.socket) -> None:
        self.before_answer()
        status = "422 No" if self.refuses(self.server.seen[-1].body) else self.status
        answering(b"thanks", status)(connection_)

    @property
    def numbers(self) -> list[int]:
        """The numbers of the events that came, in order."""
        return [int(seen.body.rpartition(b'"number":')[2].rstrip(b"}")) for seen in self.server.seen]


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    one = Receiver()
    with serving(one.answer) as server:
        one.server = server
        settings.OUTBOUND_ALLOWED = [f"http://127.0.0.1:{server.port}"]
        yield one


@pytest.fixture
def hook(shop: Site, receiver: Receiver) -> Webhook:
    return hook_for(shop, receiver.server.url("127.0.0.1", "http"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fresh(hook: Webhook) -> Webhook:
    return Webhook.objects.get(pk=hook.pk)


# --- what arrives ---------------------------------------------------------------------------------------------


def test_the_signature_is_the_one_of_the_documentation() -> None:
    """docs/bridges.md: a vector for those who write a receiver."""
    expected = "0d90d3502c6d7355091eca63f4ffc591c4929aa54eb54a372726f4003cf63f9f"
    assert signature("whisper", b'{"a":1}', at=1763780400) == f"t=1763780400,v1={expected}"


def test_what_arrives_is_the_signed_bytes(shop: Site, hook: Webhook, receiver: Receiver, clock: Clock) -> None:
    """API-3: the receiver checks the bytes it got, before it reads them."""
    announce(shop.pk, SAID, lambda: {"text": "안녕 \U0001f600 </script>"}, now=NOON)
    assert deliver_waiting(hook.pk, clock=clock) is False
    [seen] = receiver.server.seen
    delivery = WebhookDelivery.objects.get()
    assert seen.line == "POST /hook HTTP/1.1"
    assert seen.body == delivery.body.encode()
    at, _, digest = seen.headers["x-dangol-signature"].partition(",")
    at = at.removeprefix("t=")
    expected = hmac.new(hook.secret.encode(), f"{at}.".encode() + seen.body, hashlib.sha256).hexdigest()
    assert (int(at), digest) == (int(NOON.timestamp()), f"v1={expected}")
    assert seen.headers["x-dangol-delivery"] == str(delivery.pk)
    assert seen.headers["x-dangol-event"] == SAID
    assert seen.headers["content-type"] == "application/json; charset=utf-8"
    assert (delivery.state, delivery.attempts, delivery.status) == ("delivered", 1, 200)


def test_events_arrive_in_their_order(shop: Site, hook: Webhook, receiver: Receiver, clock: Clock) -> None:
    """API-3: per webhook one after the other."""
    for number in range(5):
        happen(shop, number)
    deliver_waiting(hook.pk, clock=clock)
    assert receiver.numbers == [0, 1, 2, 3, 4]


def test_what_is_delivered_is_not_sent_again(shop: Site, hook: Webhook, receiver: Receiver, clock: Clock) -> None:
    """A message to the worker too many does nothing."""
    happen(shop)
    deliver_waiting(hook.pk, clock=clock)
    deliver_waiting(hook.pk, clock=clock)
    assert len(receiver.server.seen) == 1


def test_a_second_try_is_signed_with_the_secret_of_its_time(
    shop: Site, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    """A receiver that has the new secret already refuses the old one, and gets it signed anew."""
    receiver.status = "401 No"
    happen(shop)
    deliver_waiting(hook.pk, clock=clock)
    secret = replace_secret(hook, actor=SYSTEM)
    receiver.status = "200 OK"
    clock.now += MINUTE
    deliver_waiting(hook.pk, clock=clock)
    first, second = receiver.server.seen
    assert first.body == second.body
    assert second.headers["x-dangol-signature"] == signature(secret, second.body, at=int(clock.now.timestamp()))
    assert states(hook) == ["delivered"]


# --- failures ---------------------------------------------------------------------------------------------------


def test_a_failure_is_tried_six_times_over_a_day(shop: Site, hook: Webhook, receiver: Receiver, clock: Clock) -> None:
    """API-3: each time later, then given up; always under one id."""
    receiver.status = "500 Oops"
    happen(shop)
    tried: list[datetime.timedelta] = []
    while states(hook) == ["waiting"]:
        deliver_waiting(hook.pk, clock=clock)
        tried.append(clock.now - NOON)
        clock.now = WebhookDelivery.objects.get().next_try_at - datetime.timedelta(seconds=1)
        deliver_waiting(hook.pk, clock=clock)
        assert len(receiver.server.seen) == len(tried)
        clock.now += datetime.timedelta(seconds=1)
    assert tried == [sum(RETRIES[:count], start=0 * MINUTE) for count in range(6)]
    assert DAY <= tried[-1] <= DAY + HOUR
    assert len({seen.headers["x-dangol-delivery"] for seen in receiver.server.seen}) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.status, delivery.error) == ("failed", 6, 500, "status")


@pytest.mark.parametrize(
    ("manner", "error"),
    [
        (answering(status="500 Oops"), "status"),
        (answering(status="404 Gone"), "status"),
        (answering(status="301 Moved", headers="location: https://8.8.8.8/\r\n"), "redirect"),
        (lambda connection_: connection_.sendall(b"hello\r\n\r\n"), "broken"),
        (lambda connection_: None, "broken"),
    ],
)
def test_why_it_failed_is_kept(manner: Manner, error: str, shop: Site, settings: Settings, clock: Clock) -> None:
    """API-3: shown beside the delivery and the webhook; the answer's body is not."""
    with serving(manner) as server:
        settings.OUTBOUND_ALLOWED = [f"http://127.0.0.1:{server.port}"]
        hook = hook_for(shop, server.url("127.0.0.1", "http"))
        happen(shop)
        deliver_waiting(hook.pk, clock=clock)
    assert WebhookDelivery.objects.get().error == error
    assert (fresh(hook).last_error, fresh(hook).failures, fresh(hook).state) == (error, 1, "failing")


def test_an_address_that_is_no_longer_allowed_is_not_called(
    shop: Site, hook: Webhook, receiver: Receiver, settings: Settings, clock: Clock
) -> None:
    """LOOK-7: checked at every call, not only when it was saved."""
    settings.OUTBOUND_ALLOWED = []
    happen(shop)
    deliver_waiting(hook.pk, clock=clock)
    assert receiver.server.connections == 0
    assert fresh(hook).last_error == "https_needed"


def test_a_server_that_is_away_is_not_stormed(shop: Site, hook: Webhook, receiver: Receiver, clock: Clock) -> None:
    """After a failure everything rests; then the oldest goes first, and order is kept where it can be."""
    receiver.status = "503 Away"
    for number in range(3):
        happen(shop, number)
    deliver_waiting(hook.pk, clock=clock)
    assert receiver.numbers == [0]
    assert webhooks_to_serve(now=clock.now) == []
    receiver.status = "200 OK"
    clock.now += MINUTE
    assert webhooks_to_serve(now=clock.now) == [hook.pk]
    deliver_waiting(hook.pk, clock=clock)
    assert receiver.numbers == [0, 0, 1, 2]
    assert fresh(hook).state == "active"


def test_one_event_that_is_refused_does_not_hold_up_the_others(
    shop: Site, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    """The server is there; it is this one it does not like."""
    receiver.refuses = lambda body: b'"number":0' in body
    for number in range(3):
        happen(shop, number)
    deliver_waiting(hook.pk, clock=clock)
    assert receiver.numbers == [0, 1, 2]
    assert states(hook) == ["waiting", "delivered", "delivered"]


def test_the_rest_grows_to_ten_minutes(shop: Site, hook: Webhook, receiver: Receiver, clock: Clock) -> None:
    """However long a server is away, it is looked for six times an hour."""
    receiver.status = "500 Oops"
    rests = []
    for number in range(7):
        happen(shop, number, now=clock.now)
        deliver_waiting(hook.pk, clock=clock)
        rests.append((fresh(hook).rests_until - clock.now) / MINUTE)  # type: ignore[operator]
        clock.now = fresh(hook).rests_until  # type: ignore[assignment]
    assert rests == [1, 2, 4, 8, 10, 10, 10]


def test_a_long_run_of_failures_switches_it_off(shop: Site, hook: Webhook, receiver: Receiver, clock: Clock) -> None:
    """API-3: with an entry in the audit log; what waits is given up and can be sent again."""
    receiver.status = "500 Oops"
    while fresh(hook).active:
        assert clock.now < NOON + 4 * DAY
        if not WebhookDelivery.objects.filter(state="waiting").exists():
            happen(shop, now=clock.now)
        deliver_waiting(hook.pk, clock=clock)
        clock.now += 3 * HOUR
    assert clock.now - NOON >= 3 * DAY
    assert (fresh(hook).state, "waiting" in states(hook)) == ("switchedOff", False)
    entry = AuditEntry.objects.get(action="webhook.switchOff")
    assert (entry.actor, entry.target_id) == ("system", str(hook.pk))
    assert happen(shop) == 0
    # Mended: on again, and the last one once more.
    receiver.status = "200 OK"
    change_webhook(fresh(hook), active=True, actor=SYSTEM, now=clock.now)
    send_again(WebhookDelivery.objects.filter(webhook=hook).latest("pk"), now=clock.now)
    deliver_waiting(hook.pk, clock=clock)
    assert states(hook)[-1] == "delivered"
    assert fresh(hook).state == "active"


def test_a_few_failures_over_days_switch_nothing_off(
    shop: Site, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    """A quiet site has few events; three that failed say little."""
    receiver.status = "500 Oops"
    for number in range(3):
        happen(shop, number, now=clock.now)
        deliver_waiting(hook.pk, clock=clock)
        WebhookDelivery.objects.update(state="failed")
        clock.now += 2 * DAY
    assert fresh(hook).active


# --- what happens meanwhile ------------------------------------------------------------------------------------


def test_a_paused_webhook_gets_what_waited_when_it_goes_on(
    shop: Site, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    """Nothing new is put on its way while it is paused."""
    happen(shop, 0)
    change_webhook(hook, active=False, actor=SYSTEM, now=NOON)
    happen(shop, 1)
    deliver_waiting(hook.pk, clock=clock)
    assert receiver.numbers == []
    change_webhook(hook, active=True, actor=SYSTEM, now=NOON)
    deliver_waiting(hook.pk, clock=clock)
    assert receiver.numbers == [0]


@pytest.mark.parametrize("gone", ["webhook", "site", "delivery"])
@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_during_the_call_stays_deleted(
    gone: str, shop: Site, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    """Neither an error nor a row that comes back."""

    def delete() -> None:
        if gone == "webhook":
            delete_webhook(fresh(hook), actor=SYSTEM)
        elif gone == "site":
            Site.objects.get(pk=shop.pk).delete()
        else:
            WebhookDelivery.objects.all().delete()
        connection.close()

    receiver.before_answer = delete
    happen(shop)
    assert deliver_waiting(hook.pk, clock=clock) is False
    assert not WebhookDelivery.objects.exists()
    assert Webhook.objects.exists() is (gone == "delivery")


@pytest.mark.django_db(transaction=True)
def test_an_address_changed_during_the_call_is_not_blamed(
    shop: Site, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    """The failure was the old one's."""
    receiver.status = "500 Oops"

    def change() -> None:
        change_webhook(fresh(hook), url=receiver.server.url("127.0.0.1", "http", "/new"), actor=SYSTEM, now=NOON)
        connection.close()

    receiver.before_answer = change
    happen(shop)
    deliver_waiting(hook.pk, clock=clock)
    assert (fresh(hook).failures, fresh(hook).sending_until) == (0, None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_everything_once_and_in_order(
    shop: Site, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    """One has the webhook in hand; the other one goes away."""
    for number in range(10):
        happen(shop, number)
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        deliver_waiting(hook.pk, clock=clock)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while deliver_waiting(hook.pk, clock=clock):
        pass
    assert receiver.numbers == list(range(10))


def test_a_webhook_in_the_hands_of_a_dead_worker_is_free_again(
    shop: Site, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    """After a minute; also when that worker's clock ran ahead."""
    happen(shop)
    Webhook.objects.update(sending_until=NOON + MINUTE)
    assert webhooks_to_serve(now=NOON) == []
    assert webhooks_to_serve(now=NOON + MINUTE) == [hook.pk]
    Webhook.objects.update(sending_until=NOON + DAY)
    assert webhooks_to_serve(now=NOON) == [hook.pk]


def test_who_waited_for_the_row_does_not_take_it_from_who_was_faster(
    shop: Site, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    """The lease of somebody who looked at the clock a moment later is a lease."""
    happen(shop)
    Webhook.objects.update(sending_until=NOON + MINUTE + datetime.timedelta(seconds=20))
    assert webhooks_to_serve(now=NOON) == []
    deliver_waiting(hook.pk, clock=clock)
    assert receiver.numbers == []


def test_a_slice_of_work_ends_and_says_that_there_is_more(
    shop: Site, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    """Other work has its turn."""
    for number in range(3):
        happen(shop, number)
    assert deliver_waiting(hook.pk, clock=clock, seconds=0) is True
    assert receiver.numbers == [0]
