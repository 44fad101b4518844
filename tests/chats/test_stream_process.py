"""CHAT-4: the process that holds the streams, really running: delivery, resuming, who may look on, and its end."""

import datetime
import re
import socket
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from chats.api.stream.door import MOST_PER_VISIT
from chats.handling import close
from chats.messaging import mark_read_by_visitor
from chats.models import Chat, Happened, Message, StreamCounter, StreamEvent
from chats.noting import add_memo
from chats.presence import be_present
from chats.stream_address import OperatorTicket, VisitorTicket, make_ticket, stream_url
from chats.streaming import FAR_BEHIND, KEPT_FOR, forget_old_events, last_number
from chats.telling import tell
from contacts.boot_request import BootRequest
from contacts.booting import boot
from contacts.merging import merge
from contacts.models import Contact, Visit
from contacts.visits import end_session
from desk.actors import Actor
from desk.models import Membership, Operator, Site
from tests.chats.people import account, operator_says, room_of, visitor_says
from tests.chats.streams import PATIENCE, Listener, Streams, streams_in, until
from tests.conftest import client_of
from tests.desk.jobs.plant import Redis

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture(scope="module")
def running(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[Streams]:
    """One process for the whole module: it starts in seconds, and reads whatever each test writes."""
    with django_db_blocker.unblock(), streams_in(tmp_path_factory.mktemp("streams")) as streams:
        yield streams


@pytest.fixture
def streams(running: Streams, transactional_db: None, settings: Any) -> Streams:
    settings.STREAM_PORT = running.port
    settings.STREAM_URL = ""
    return running


def visit_of(site: Site, **options: Any) -> Visit:
    """A visitor's page has booted."""
    return boot(BootRequest(plugin_key=site.plugin_key, **options), now=timezone.now()).visit


def room(visit: Visit) -> Chat:
    """The room in which the visitor of this visit talks."""
    visit = Visit.objects.select_related("contact", "contact__site", "identity").get(pk=visit.pk)
    return room_of(visit.contact, identity=visit.identity, now=timezone.now())


def visitor_url(visit: Visit, after: int | None = None) -> str:
    return str(stream_url(VisitorTicket(visit.site_id, visit.pk), host="localhost", after=after))


def desk_url(client: Client, operator: Operator, site: Site, after: int | None = None) -> str:
    key = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    return str(stream_url(OperatorTicket(site.pk, operator.pk, key), host="localhost", after=after))


def visitor_stream(streams: Streams, visit: Visit, after: int | None = None) -> Listener:
    return streams.listen(visitor_url(visit, after)).opened()


def desk_stream(streams: Streams, operator: Operator, site: Site, after: int | None = None) -> Listener:
    return streams.listen(desk_url(client_of(operator), operator, site, after)).opened()


def say(chat: Chat, *texts: str) -> None:
    for text in texts:
        visitor_says(chat, text, now=timezone.now())


# --- delivery ---------------------------------------------------------------------------------------------


def test_what_a_visitor_says_reaches_the_desk_within_two_seconds(streams: Streams, shop: Site, alice: Operator) -> None:
    """CHAT-4."""
    chat = room(visit_of(shop))
    desk = desk_stream(streams, alice, shop)
    began = time.monotonic()
    say(chat, "hello")
    [event] = desk.wait_for(1)
    assert time.monotonic() - began < 2
    assert event.name == "message"
    assert event.id == last_number(shop.pk)
    assert event.data == {"chat": str(chat.pk), "contact": str(chat.contact_id), "message": 1}


def test_an_answer_reaches_the_visitor_with_the_number_of_unread_ones(
    streams: Streams, shop: Site, alice: Operator
) -> None:
    """CHAT-4: the message as the plugin API shows it; nothing of it names more than the operator."""
    visit = visit_of(shop)
    chat = room(visit)
    say(chat, "hello")
    mine = visitor_stream(streams, visit)
    operator_says(chat, "How may I help?", alice, now=timezone.now())
    [event] = mine.wait_for(1, "message")
    assert [one.name for one in mine.events[:2]] == ["unread", "message"]
    assert mine.events[0].data == {"unread": 1}
    assert (event.data["text"], event.data["author"], event.data["authorName"]) == (
        "How may I help?",
        "operator",
        "Alice",
    )
    assert event.data["chatId"] == str(chat.pk)
    mark_read_by_visitor(chat, now=timezone.now())
    assert mine.wait_for(2, "unread")[1].data == {"unread": 0}


def test_a_new_room_is_told_before_its_first_message(streams: Streams, shop: Site) -> None:
    """CHAT-4: another tab of the same visitor learns of both."""
    visit = visit_of(shop)
    mine = visitor_stream(streams, visit)
    chat = room(visit)
    visitor_says(chat, "hello", client_id="mine", now=timezone.now())
    mine.wait_for(1, "message")
    assert [(one.name, one.data["id" if one.name == "chat" else "clientId"]) for one in mine.events] == [
        ("chat", str(chat.pk)),
        ("message", "mine"),
    ]


def test_the_end_of_a_chat_is_told_and_a_memo_is_not(streams: Streams, shop: Site, alice: Operator) -> None:
    """CHAT-3: memos are for operators."""
    visit = visit_of(shop)
    chat = room(visit)
    say(chat, "hello")
    mine, desk = visitor_stream(streams, visit), desk_stream(streams, alice, shop)
    actor = Actor.of_operator(alice)
    add_memo(chat, "difficult", actor=actor, now=timezone.now())
    close(chat, actor=actor, now=timezone.now())
    assert mine.wait_for(1)[0].data["state"] == "closed"
    assert [one.name for one in desk.wait_for(2)] == ["memo", "chat"]
    assert [one.name for one in mine.events] == ["chat"]


def test_presence_names_who_is_in_the_room(streams: Streams, shop: Site, alice: Operator, bob: Operator) -> None:
    """CHAT-4: two operators see each other in a room, and that one is typing."""
    chat = room(visit_of(shop))
    desk = desk_stream(streams, alice, shop)
    be_present(chat, bob, typing=True, now=timezone.now())
    [event] = desk.wait_for(1, "presence")
    assert event.data == {
        "chat": str(chat.pk),
        "present": [{"id": str(bob.pk), "name": "Bob", "typing": True}],
    }


def test_every_stream_of_a_site_gets_everything_in_order(streams: Streams, shop: Site, alice: Operator) -> None:
    """CHAT-4: nothing lost, nothing twice, order kept."""
    rooms = [room(visit_of(shop)) for _ in range(3)]
    desks = [desk_stream(streams, alice, shop) for _ in range(5)]
    for n in range(30):
        say(rooms[n % 3], f"message {n}")
    for desk in desks:
        assert [one.id for one in desk.wait_for(30)] == list(range(1, 31))


# --- whose --------------------------------------------------------------------------------------------------


def test_a_visitor_hears_nothing_of_others(
    streams: Streams, shop: Site, elsewhere: Site, alice: Operator, charlie: Operator
) -> None:
    """SITE-2, CHAT-4."""
    mine, other, foreign = visit_of(shop), visit_of(shop), visit_of(elsewhere)
    stream, desk = visitor_stream(streams, mine), desk_stream(streams, charlie, elsewhere)
    say(room(other), "secret")
    say(room(foreign), "also secret")
    say(room(mine), "mine")
    assert [one.data["text"] for one in stream.wait_for(1, "message")] == ["mine"]
    assert [one.data["contact"] for one in desk.wait_for(1)] == [str(foreign.contact_id)]


def test_what_comes_by_another_channel_is_not_told_to_the_browser(streams: Streams, shop: Site) -> None:
    """A visitor sees the chats with pages and apps only."""
    visit = visit_of(shop)
    mine = visitor_stream(streams, visit)
    contact = Contact.objects.select_related("site").get(pk=visit.contact_id)
    call = room_of(contact, "phone", account(contact, "phone"), now=timezone.now())
    say(call, "by telephone")
    say(room(visit), "here")
    assert [one.data["text"] for one in mine.wait_for(1, "message")] == ["here"]


@pytest.mark.parametrize("ticket", ["", "nonsense", "eyJzaXRlIjoxfQ:1v:xx", "🎫"])
def test_a_forged_ticket_opens_nothing(streams: Streams, ticket: str) -> None:
    for kind in ("visitor", "desk"):
        response = streams.ask("GET", f"/streams/{kind}?ticket={quote(ticket)}")
        assert response.status == 401
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_ticket_is_good_for_a_minute(streams: Streams, shop: Site) -> None:
    visit = visit_of(shop)
    with time_machine.travel(timezone.now() - datetime.timedelta(seconds=90)):
        url = visitor_url(visit)
    assert streams.listen(url).status == 401


def test_a_ticket_of_another_installation_opens_nothing(streams: Streams, shop: Site, settings: Any) -> None:
    visit = visit_of(shop)
    settings.SECRET_KEY = "of another desk"
    assert streams.listen(visitor_url(visit)).status == 401


def test_a_visitors_ticket_does_not_open_the_desk(streams: Streams, shop: Site) -> None:
    url = visitor_url(visit_of(shop)).replace("/visitor?", "/desk?")
    assert streams.listen(url).status == 401


def test_the_key_of_an_operators_session_is_not_readable_in_the_ticket(shop: Site, alice: Operator) -> None:
    client = client_of(alice)
    key = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    ticket = make_ticket(OperatorTicket(shop.pk, alice.pk, key))
    assert key not in ticket
    assert key.encode() not in b64decode(ticket.split(":")[0] + "==", altchars=b"-_")


def test_a_ticket_without_a_live_session_gets_an_empty_stream(streams: Streams, shop: Site, alice: Operator) -> None:
    visit = visit_of(shop)
    client = client_of(alice)
    urls = [visitor_url(visit), desk_url(client, alice, shop)]
    end_session(visit)
    client.logout()
    say(room(visit_of(shop)), "secret")
    for url in urls:
        stream = streams.listen(url)
        stream.wait_for_end()
        assert stream.events == []


@pytest.mark.parametrize("way", ["shutdown", "expired", "signed out", "off the team", "new password", "inactive"])
def test_a_stream_ends_with_its_right(streams: Streams, shop: Site, bob: Operator, way: str) -> None:
    """BOOT-8, SITE-3: within some seconds; and from that moment on a visitor is told nothing more."""
    visit, client = visit_of(shop), client_of(bob)
    is_visitors = way in ("shutdown", "expired")
    stream = streams.listen(visitor_url(visit) if is_visitors else desk_url(client, bob, shop)).opened()
    if way == "shutdown":
        end_session(visit)
    elif way == "expired":
        Visit.objects.filter(pk=visit.pk).update(expires_at=timezone.now())
    elif way == "signed out":
        client.logout()
    elif way == "off the team":
        Membership.objects.filter(operator=bob).delete()
    elif way == "new password":
        bob.set_password("another one")
        bob.save()
    else:
        Operator.objects.filter(pk=bob.pk).update(is_active=False)
    if is_visitors:
        say(room(visit), "secret")
    stream.wait_for_end()
    assert stream.events == [] or not is_visitors


def test_a_session_follows_its_contact_into_another(streams: Streams, shop: Site, alice: Operator) -> None:
    """UNI-8: a session that goes over to the survivor hears the survivor's room at once, without a new stream."""
    visit, survivor = visit_of(shop), visit_of(shop)
    stream = visitor_stream(streams, visit)
    Visit.objects.filter(pk=visit.pk).update(contact=survivor.contact_id)
    operator_says(room(survivor), "hello again", alice, now=timezone.now())
    assert [one.data["text"] for one in stream.wait_for(1, "message")] == ["hello again"]


def test_the_session_of_an_absorbed_contact_hears_nothing_more(streams: Streams, shop: Site, alice: Operator) -> None:
    """UNI-8, UNI-15: its session ends with the merge, and so does its stream."""
    absorbed, survivor = visit_of(shop), visit_of(shop)
    say(room(absorbed), "one")
    say(room(survivor), "two")
    gone, stays = visitor_stream(streams, absorbed), visitor_stream(streams, survivor)
    people = [Contact.objects.get(pk=pk) for pk in (survivor.contact_id, absorbed.contact_id)]
    merge(*people, actor=Actor.of_operator(alice), trigger="operator", now=timezone.now())
    operator_says(room(survivor), "to the survivor", alice, now=timezone.now())
    assert [one.data["text"] for one in stays.wait_for(1, "message")] == ["to the survivor"]
    gone.wait_for_end()
    assert gone.of("message") == []


# --- coming back --------------------------------------------------------------------------------------------


def test_who_comes_back_gets_what_is_behind_the_last_number(streams: Streams, shop: Site, alice: Operator) -> None:
    """CHAT-4: exactly; by the address or by the header that browsers send, which is the newer one."""
    visit, other = visit_of(shop), visit_of(shop)
    chat = room(visit)
    first = visitor_stream(streams, visit)
    say(chat, "1", "2")
    last = first.wait_for(2, "message")[-1].id
    first.close()
    say(room(other), "x", "y")
    say(chat, "3")
    say(room(other), "z")
    say(chat, "4")
    mine = visitor_stream(streams, visit, after=last)
    desk = desk_stream(streams, alice, shop, after=last)
    by_header = streams.listen(visitor_url(visit, after=0), headers={"Last-Event-ID": str(last)}).opened()
    say(chat, "5")
    for stream in (mine, by_header):
        assert [one.data["text"] for one in stream.wait_for(3, "message")] == ["3", "4", "5"]
    assert [one.id for one in desk.wait_for(6)] == list(range(last + 1, last + 7))


def test_a_stream_says_how_far_it_has_come(streams: Streams, shop: Site) -> None:
    """Who was told nothing for a while does not begin at the last thing it was told."""
    visit = visit_of(shop)
    say(room(visit_of(shop)), "1", "2", "3")
    assert visitor_stream(streams, visit).positions == [3]
    assert visitor_stream(streams, visit, after=1).positions == [3]


def test_readers_who_come_and_go_while_others_write_miss_nothing(streams: Streams, shop: Site, alice: Operator) -> None:
    """CHAT-4: resumed again and again at any moment, the pieces make the whole."""
    rooms = [room(visit_of(shop)) for _ in range(3)]
    total = 60
    writers = [Thread(target=write, args=(chat, total // 3)) for chat in rooms]
    for writer in writers:
        writer.start()
    client, seen = client_of(alice), list[int]()
    while len(seen) < total:
        stream = streams.listen(desk_url(client, alice, shop, after=seen[-1] if seen else 0)).opened()
        stream.wait_for(1)
        stream.close()
        seen += [one.id for one in stream.of()]
    for writer in writers:
        writer.join()
    assert seen == list(range(1, total + 1))


def write(chat: Chat, count: int) -> None:
    try:
        say(chat, *(str(n) for n in range(count)))
    finally:
        connection.close()


def test_who_was_away_for_too_long_begins_anew(streams: Streams, shop: Site, alice: Operator) -> None:
    """CHAT-4: events are kept for a day."""
    visit = visit_of(shop)
    chat = room(visit)
    say(chat, "1", "2", "3", "4")
    StreamEvent.objects.filter(site=shop, number__lte=2).update(at=timezone.now() - 2 * KEPT_FOR)
    assert forget_old_events(now=timezone.now()) == 2
    late, just_in_time = visitor_stream(streams, visit, after=1), visitor_stream(streams, visit, after=2)
    desk = desk_stream(streams, alice, shop, after=0)
    for stream in (late, desk):
        assert [(one.name, one.id) for one in stream.wait_for(1)] == [("reset", 4)]
    assert [one.data["text"] for one in just_in_time.wait_for(2)] == ["3", "4"]


def test_who_is_too_far_behind_begins_anew(streams: Streams, shop: Site, alice: Operator) -> None:
    chat = room(visit_of(shop))
    say(chat, "hello")
    StreamCounter.objects.filter(site=shop).update(last=FAR_BEHIND + 2)
    assert [one.name for one in desk_stream(streams, alice, shop, after=1).wait_for(1)] == ["reset"]


def test_who_is_ahead_of_a_database_that_was_put_back_begins_anew(
    streams: Streams, shop: Site, alice: Operator
) -> None:
    say(room(visit_of(shop)), "hello")
    assert [(one.name, one.id) for one in desk_stream(streams, alice, shop, after=900).wait_for(1)] == [("reset", 1)]


# --- the door -----------------------------------------------------------------------------------------------


def test_pages_of_any_origin_may_read(streams: Streams, shop: Site) -> None:
    """After a redirect from another origin the browser calls the page's origin “null”, and asks first when it may send
    Last-Event-ID or Authorization."""
    asked = {"Origin": "null", "Access-Control-Request-Method": "GET"}
    allowed = streams.ask("OPTIONS", "/streams/visitor", asked | {"Access-Control-Request-Headers": "last-event-id"})
    assert allowed.status == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == "*"
    assert {"last-event-id", "authorization"} <= set(allowed.headers["Access-Control-Allow-Headers"].split(", "))
    stream = visitor_stream(streams, visit_of(shop))
    assert stream.response.headers["Access-Control-Allow-Origin"] == "*"
    assert stream.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert stream.response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("POST", "/streams/desk", 405),
        ("GET", "/streams/%00", 404),
        ("GET", "/streams/desk?%ff", 401),
    ],
)
def test_anything_else_is_refused(streams: Streams, method: str, path: str, status: int) -> None:
    assert streams.ask(method, path).status == status


def test_one_session_opens_so_many_streams_and_no_more(streams: Streams, shop: Site) -> None:
    visit = visit_of(shop)
    open_ = [visitor_stream(streams, visit) for _ in range(MOST_PER_VISIT)]
    refused = streams.ask("GET", visitor_url(visit).partition(str(streams.port))[2])
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0
    open_[0].close()
    until(lambda: streams.listen(visitor_url(visit)).status == 200)


def test_there_is_a_limit_for_all_and_for_each_address(tmp_path: Path, shop: Site, settings: Any) -> None:
    limits = {"STREAM_LIMIT": "2", "STREAM_LIMIT_PER_ADDRESS": "1", "TRUSTED_PROXIES": "1"}
    with streams_in(tmp_path, **limits) as streams:
        settings.STREAM_PORT = streams.port

        def come(address: str) -> Listener:
            return streams.listen(visitor_url(visit_of(shop)), headers={"X-Forwarded-For": address})

        assert come("192.0.2.1").status == 200
        refused = come("192.0.2.1")
        assert (refused.status, refused.response.headers["Retry-After"].isdecimal()) == (429, True)
        assert come("192.0.2.2").status == 200
        refused = come("192.0.2.3")
        assert (refused.status, refused.response.headers["Retry-After"].isdecimal()) == (503, True)


def test_a_slow_reader_is_cut_off_and_comes_back_to_where_it_was(streams: Streams, shop: Site) -> None:
    """CHAT-4: who does not read costs a bounded amount of memory, and loses nothing."""
    visit = visit_of(shop)
    chat = room(visit)
    url = urlsplit(visitor_url(visit))
    with socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.connect(("127.0.0.1", streams.port))
        lazy.sendall(f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        witness = visitor_stream(streams, visit)
        # More than the system keeps for a connection, and than may wait beside it.
        count = 600
        for first in range(1, count, 30):
            write_at_once(chat, range(first, first + 30))
            witness.wait_for(first + 29, "message")
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)  # now it is in a hurry
        lazy.settimeout(PATIENCE)
        got = b""
        while not got.endswith(b"0\r\n\r\n"):
            received = lazy.recv(1 << 20)
            assert received, "closed without an end"
            got += received
    seen = [int(number) for number in re.findall(rb"event: message\nid: (\d+)\n", got)]
    assert 0 < len(seen) < count
    assert seen == list(range(1, len(seen) + 1))
    # What is more than may wait for a reader it fetches by itself.
    assert visitor_stream(streams, visit, after=seen[-1]).wait_for(1)[0].name == "reset"
    again = visitor_stream(streams, visit, after=count - 10)
    assert [one.id for one in again.wait_for(10)] == list(range(count - 9, count + 1))


def write_at_once(chat: Chat, numbers: range) -> None:
    """Long messages, quicker than they could be said one by one."""
    text, now = "🎈" * 5_000, timezone.now()
    rows = [
        Message(site_id=chat.site_id, chat=chat, number=number, author="visitor", text=text, at=now)
        for number in numbers
    ]
    with transaction.atomic():
        Message.objects.bulk_create(rows)
        for number in numbers:
            tell(chat, Happened.MESSAGE, now=now, message=number)


def test_the_process_stops_at_once_though_streams_are_open(
    tmp_path: Path, shop: Site, alice: Operator, settings: Any
) -> None:
    """They end, and are taken up by the next process where they stood."""
    with streams_in(tmp_path) as streams:
        settings.STREAM_PORT = streams.port
        desk, mine = desk_stream(streams, alice, shop), visitor_stream(streams, visit_of(shop))
        assert streams.stop() == 0
        desk.wait_for_end()
        mine.wait_for_end()
    # Which is what the server does to a process that takes longer.
    assert "Killing" not in streams.log.read_text()
    assert "Traceback" not in streams.log.read_text()


# Without Redis the process looks by itself, as in all the tests above.
if django_settings.REDIS_URL:

    def test_streams_go_on_while_redis_is_away(tmp_path: Path, shop: Site, alice: Operator, settings: Any) -> None:
        """CHAT-4: woken by Redis; without it they look by themselves, and heed it again when it is back."""
        redis = Redis(tmp_path / "redis.log")
        redis.start()
        settings.REDIS_URL = redis.url
        try:
            with streams_in(tmp_path, redis_url=redis.url) as streams:
                settings.STREAM_PORT = streams.port
                until(lambda: "Redis calls the streams" in streams.log.read_text())
                chat, desk = room(visit_of(shop)), desk_stream(streams, alice, shop)
                say(chat, "called")
                desk.wait_for(1)
                redis.stop()
                say(chat, "found")
                desk.wait_for(2)
                redis.start()
                until(lambda: streams.log.read_text().count("Redis calls the streams") == 2)
                say(chat, "called again")
                assert [one.id for one in desk.wait_for(3)] == [1, 2, 3]
        finally:
            redis.stop()
