"""LOOK-3, LOOK-5, LOOK-7: calls by hand and by themselves, to real servers with every kind of malice."""

import datetime
import ipaddress
import json
import logging
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils.connection import BaseConnectionHandler

from chats.lookups import calling
from chats.lookups.calling import Box, look_up, look_up_all, try_out
from chats.lookups.errors import LookupRefused
from chats.lookups.settings import ResultDraft, switch
from chats.lookups.signing import signature
from chats.models import Chat, LookupApi, LookupCall
from desk import outbound
from desk.actors import SYSTEM
from desk.models import Operator, Site
from desk.outbound_addresses import Address
from tests.chats.lookups.company import GRADE, api_at, here, telling
from tests.chats.people import NOON, account, room_of
from tests.desk.servers import Authority, Manner, answering, serving
from tests.factories import ContactFactory

GOLD = telling({"data": {"grade": "gold"}})


@pytest.fixture
def room(shop: Site) -> Chat:
    kim = ContactFactory(site=shop, name="Kim", mobile_number="+821012345678")
    return room_of(kim, "web", account(kim))


def ask(api: LookupApi, room: Chat | None, operator: Operator | None = None, **options: Any) -> Box:
    options = {"resolver": here, "now": NOON} | options
    values = options.pop("values", {} if room else {"phone": "1"})
    return look_up(api, values, chat=room, operator=operator, **options)


def ask_all(room: Chat) -> list[Box]:
    return list(look_up_all(room, operator=None, now=NOON, resolver=here))


# --- what is sent and what is shown ----------------------------------------------------------------------------


def test_a_signed_question_and_its_answer(shop: Site, room: Chat, bob: Operator, certificate: Path) -> None:
    """LOOK-3, LOOK-4: POST, compact JSON, the signature of just these bytes."""
    with serving(GOLD, certificate=certificate) as server:
        api = api_at(shop, server.url(path="/customers?x=1"))
        box = ask(api, room, bob)
    [seen] = server.seen
    assert (seen.line, seen.body) == ("POST /customers?x=1 HTTP/1.1", b'{"phone":"+821012345678"}')
    assert seen.headers["content-type"].startswith("application/json")
    at = seen.headers["x-tc-timestamp"]
    assert at == str(int(NOON.timestamp() * 1000))
    secret = LookupApi.objects.get().secret
    assert seen.headers["authorization"] == signature(secret, seen.body, at)
    assert (box.outcome, box.sentence, box.values, box.cached) == ("ok", "", [("Grade", "gold")], False)


def test_an_unsigned_question_carries_no_signature(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-1"""
    with serving(GOLD, certificate=certificate) as server:
        assert ask(api_at(shop, server.url(), signed=False), room).is_ok
    assert not {"x-tc-timestamp", "authorization"} & set(server.seen[0].headers)


def test_values_are_texts_and_masked_for_whom_they_must_be(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-7, SITE-4: by the field they go into, by what they look like, and whatever has parts."""
    told = {
        "name": "<b>Kim</b>",
        "home": "Seoul 1",
        "tel": "010-1234-5678",
        "mail": "kim@example.com",
        "orders": [{"to": "Seoul 1"}],
        "points": 12000,
        "vip": True,
    }
    results = [ResultDraft(key, key, {"name": "name", "home": "address"}.get(key, "")) for key in [*told, "gone"]]
    with serving(telling({"data": told}), certificate=certificate) as server:
        box = ask(api_at(shop, server.url(), results=results), room)
    texts = ["<b>Kim</b>", "Seoul 1", "010-1234-5678", "kim@example.com", "(to: Seoul 1)", "12000", "yes", "–"]
    assert [text for _label, text in box.values] == texts
    masked = ["<b>Kim</b>", "••••", "••••5678", "k••••@example.com", "••••", "12000", "yes", "–"]
    assert [text for _label, text in box.masked().values] == masked


def test_a_refusal_is_told_with_the_words_of_the_other_side(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-3: which somebody who may not see personal data does not read."""
    refusal = telling({"error": {"code": "1", "message": "No Kim here"}}, "400 Bad Request")
    with serving(refusal, certificate=certificate) as server:
        box = ask(api_at(shop, server.url()), room)
    assert (box.outcome, box.sentence, box.said) == ("no_result", "There is no result.", "No Kim here")
    assert box.masked().said == ""


def test_a_lookup_that_is_switched_off_asks_nobody(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-1: but can be tried."""
    with serving(GOLD, certificate=certificate) as server:
        api = api_at(shop, server.url())
        switch(api, False, actor=SYSTEM, now=NOON)
        with pytest.raises(LookupRefused):
            ask(api, room)
        assert ask_all(room) == []
        assert try_out(api, {"phone": "1"}, operator=None, now=NOON, resolver=here).box.is_ok


def test_a_key_that_cannot_be_read_is_told(shop: Site, room: Chat, certificate: Path, settings: Any) -> None:
    """LOOK-7: another lookup goes on."""
    with serving(GOLD, certificate=certificate) as server:
        api_at(shop, server.url(), name="signed"), api_at(shop, server.url(), name="plain", signed=False)
        settings.SECRET_KEY = "another"
        boxes = {box.api.name: box.outcome for box in ask_all(room)}
    assert boxes == {"signed": "key_unreadable", "plain": "ok"}


# --- the other side misbehaves ---------------------------------------------------------------------------------


def _flood(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(1024):
        connection.sendall(b"x" * 1_048_576)


def _drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def _long_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"x: " + b"y" * 10_000 + b"\r\n")


def _says(said: bytes) -> Manner:
    return lambda connection: connection.sendall(said)


@pytest.mark.parametrize(
    ("manner", "outcome"),
    [
        (_drip, "timeout"),
        (_flood, "too_large"),
        (_long_head, "broken"),
        (_says(b""), "broken"),
        (_says(b"HTTP/1.1 200 OK\r\ncontent-length: " + b"9" * 5000 + b"\r\n\r\n"), "broken"),
        (_says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), "broken"),
        (_says(b"HTTP/1.1 9999 Oops\r\n\r\n"), "broken"),
        (answering(b"", "302 Found", "location: https://127.0.0.1/\r\n"), "redirect"),
        (answering(b"{"), "not_json"),
        (answering(b"<html>"), "web_page"),
        (answering(b"[" * 100_000), "too_deep"),
        (answering(b'{"data": ' + b'{"grade":' * 200 + b"1" + b"}" * 201), "ok"),
        (telling({"data": {"grade": {"a": [{"b": [1]}]}}}), "ok"),
        (telling({"data": {"grade": "\ud800\0"}}), "ok"),
        (telling({"data": ["gold"]}), "data_not_an_object"),
        (telling([1]), "not_an_object"),
        (answering(b"", "204 No Content"), "empty"),
        (answering(b"gone", "404 Not Found"), "not_found"),
        (answering(b"oops", "500 Oops"), "fault"),
    ],
)
def test_whatever_comes_back_is_a_box(
    manner: Manner, outcome: str, shop: Site, room: Chat, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOOK-7: with its own sentence, that can be written on a page, in the time of a call (here 1 second)."""
    monkeypatch.setattr(outbound, "SECONDS", 1.0)
    began = time.monotonic()
    with serving(manner, certificate=certificate) as server:
        box = ask(api_at(shop, server.url()), room)
    assert time.monotonic() - began < 3
    assert (box.outcome, bool(box.sentence)) == (outcome, outcome != "ok")
    json.dumps([box.values, box.said], ensure_ascii=False).encode()
    assert list(LookupCall.objects.values_list("outcome", flat=True)) == [outcome]


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (["127.0.0.1"], "address_refused"),
        (["8.8.8.8", "::ffff:10.0.0.1"], "address_refused"),
        (["64:ff9b::7f00:1"], "address_refused"),
        ([], "dns"),
    ],
)
def test_a_name_inside_is_not_called(found: list[str], outcome: str, shop: Site, room: Chat) -> None:
    """LOOK-7: whatever the name was when it was set up."""
    api = api_at(shop, "https://inside.example/")
    assert ask(api, room, resolver=lambda *_: [ipaddress.ip_address(one) for one in found]).outcome == outcome


@pytest.mark.parametrize("url", ["https://2130706433/", "https://[::ffff:127.0.0.1]/", "http://shop.test/"])
def test_an_address_that_is_not_allowed_any_more_is_a_box(url: str, shop: Site, room: Chat) -> None:
    """LOOK-7: what the installation listed when it was set up, and lists no longer."""
    api = api_at(shop)
    LookupApi.objects.update(url=url)
    api.url = url
    box = ask(api, room)
    assert box.outcome in {"address_refused", "https_needed"}
    assert box.sentence


def test_a_name_server_that_changes_its_mind(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-7: asked once a call."""
    asked: list[Address] = []

    def turning(host: str, port: int) -> list[Address]:
        asked.append(ipaddress.ip_address("127.0.0.1" if not asked else "10.0.0.1"))
        return asked[-1:]

    with serving(GOLD, certificate=certificate) as server:
        assert ask(api_at(shop, server.url()), room, resolver=turning).is_ok
    assert len(asked) == 1


def test_an_expired_certificate_is_told(shop: Site, room: Chat, certificate: Path, authority: Authority) -> None:
    """LOOK-7"""
    with serving(GOLD, certificate=authority.certificate("shop.test", begins=-3, ends=-1)) as server:
        box = ask(api_at(shop, server.url()), room)
    assert (box.outcome, box.sentence) == ("tls_expired", "The certificate of shop.test has expired.")


def test_a_fault_of_ours_is_a_box_too(shop: Site, room: Chat, caplog: pytest.LogCaptureFixture) -> None:
    """LOOK-7: and the log does not tell what the error says, which may be an address with a key."""

    def broken(host: str, port: int) -> list[Address]:
        raise RuntimeError("https://shop.test/?key=s3cret")

    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.DEBUG):
        patch.setattr(outbound, "_resolve", lambda host, port, resolver, until: broken(host, port))
        assert ask(api_at(shop), room).outcome == "unexpected"
    assert "RuntimeError" in caplog.text
    assert "s3cret" not in caplog.text


# --- many at once ----------------------------------------------------------------------------------------------


def test_all_run_at_once_and_none_touches_the_database(
    shop: Site, room: Chat, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOOK-5: five that take a second each take about one; beside the caller nobody opens a connection."""
    together = threading.Barrier(5)
    touched: list[str] = []
    usual = BaseConnectionHandler.__getitem__

    def noting(self: BaseConnectionHandler, alias: str) -> Any:
        if threading.current_thread().name.startswith("lookup"):
            touched.append(alias)
        return usual(self, alias)

    def slow(connection: socket.socket) -> None:
        together.wait(20)
        GOLD(connection)

    monkeypatch.setattr(BaseConnectionHandler, "__getitem__", noting)
    with serving(slow, certificate=certificate) as server:
        for number in range(5):
            api_at(shop, server.url(), name=str(number))
        boxes = ask_all(room)
    # One after the other they would have waited for each other without end.
    assert [box.outcome for box in boxes] == ["ok"] * 5
    assert touched == []
    assert list(LookupCall.objects.values_list("automatic", flat=True)) == [True] * 5


def test_a_box_comes_when_its_answer_does(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-5: the quick ones do not wait for the slow one."""
    shown = threading.Event()

    def waiting(connection: socket.socket) -> None:
        shown.wait(20)
        GOLD(connection)

    with serving(waiting, certificate=certificate) as slow, serving(GOLD, certificate=certificate) as quick:
        api_at(shop, slow.url(), name="slow"), api_at(shop, quick.url(), name="quick")
        boxes = look_up_all(room, operator=None, now=NOON, resolver=here)
        assert next(boxes).api.name == "quick"
        shown.set()
        assert [box.api.name for box in boxes] == ["slow"]


def test_where_all_threads_are_busy_nobody_waits_longer_than_a_call(
    shop: Site, room: Chat, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOOK-7: a bounded number of threads, and a sentence."""
    monkeypatch.setattr(outbound, "SECONDS", 0.2)
    over = threading.Event()
    for _ in range(calling.MOST_AT_ONCE):
        calling._pool.submit(over.wait, 30)
    try:
        api_at(shop)
        [box] = ask_all(room)
    finally:
        over.set()
    assert (box.outcome, box.sentence) == ("crowded", "Too many lookups are under way just now. Try again.")


def test_who_stops_listening_leaves_a_note(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-7: the log knows of every call."""
    over = threading.Event()

    def waiting(connection: socket.socket) -> None:
        over.wait(20)

    with serving(waiting, certificate=certificate) as slow, serving(GOLD, certificate=certificate) as quick:
        api_at(shop, slow.url(), name="slow"), api_at(shop, quick.url(), name="quick")
        boxes = look_up_all(room, operator=None, now=NOON, resolver=here)
        next(boxes)
        boxes.close()  # type: ignore[attr-defined]
        over.set()
    outcomes = dict(LookupCall.objects.values_list("api__name", "outcome"))
    assert outcomes == {"quick": "ok", "slow": "left"}


def test_the_clock_of_a_call_is_kept(shop: Site, room: Chat, bob: Operator, certificate: Path) -> None:
    """LOOK-7: when, who, how long, how it ended."""
    later = NOON + datetime.timedelta(minutes=3)
    with serving(answering(b"", "503 Busy"), certificate=certificate) as server:
        ask(api_at(shop, server.url()), room, bob, now=later)
    call = LookupCall.objects.get()
    assert (call.at, call.operator_name, call.automatic, call.outcome, call.status) == (
        later,
        "Bob",
        False,
        "fault",
        503,
    )
    assert call.milliseconds > 0
    assert call.chat == room


def test_the_results_that_are_set_up_are_shown(shop: Site, room: Chat, certificate: Path) -> None:
    """LOOK-2: in their order, under their names, also what the answer does not have."""
    results = [ResultDraft("Points", "points"), GRADE]
    with serving(GOLD, certificate=certificate) as server:
        box = ask(api_at(shop, server.url(), results=results), room)
    assert box.values == [("Points", "–"), ("Grade", "gold")]
