"""CHAT-4: where the desk's pages learn of their stream, and what they may ask instead."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from chats.models import Chat
from chats.presence import be_present
from chats.stream_address import OperatorTicket, read_ticket
from chats.streaming import FAR_BEHIND
from desk.models import Operator, Role, Site
from tests.chats.people import operator_says, room_of, visitor_says
from tests.conftest import client_of
from tests.factories import ContactFactory, MembershipFactory

STREAM, POLL = "/desk/stream/", "/desk/stream/poll/"


@pytest.fixture
def client(alice: Operator) -> Client:
    return client_of(alice)


@pytest.fixture
def room(shop: Site) -> Chat:
    return room_of(ContactFactory(site=shop))


def test_the_page_is_sent_on_with_a_ticket(client: Client, alice: Operator, shop: Site, settings: Any) -> None:
    settings.STREAM_PORT = 8123
    response = client.get(STREAM, {"after": "7"}, headers={"host": "localhost:8000"})
    assert response.status_code == 307
    where = urlsplit(response["Location"])
    assert (where.scheme, where.netloc, where.path) == ("http", "localhost:8123", "/streams/desk")
    query = parse_qs(where.query)
    assert query["after"] == ["7"]
    assert read_ticket(query["ticket"][0]) == OperatorTicket(shop.pk, alice.pk, str(client.session.session_key))
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("url", "public", "host", "expected"),
    [
        (
            "https://live.example.com/streams",
            "https://desk.example.com",
            "testserver",
            "https://live.example.com/streams/",
        ),
        ("", "https://desk.example.com", "testserver", "https://desk.example.com/streams/"),
        ("", "http://127.0.0.1:8000", "testserver:8000", "http://testserver:8123/streams/"),
        ("", "http://127.0.0.1:8000", "[::1]:8000", "http://[::1]:8123/streams/"),
        ("", "http://127.0.0.1:8000", "[::1]", "http://[::1]:8123/streams/"),
    ],
)
def test_where_the_stream_is(client: Client, settings: Any, url: str, public: str, host: str, expected: str) -> None:
    """docs/operations.md: STREAM_URL; with a proxy PUBLIC_URL/streams; else the host the desk was opened by."""
    settings.STREAM_PORT, settings.STREAM_URL, settings.PUBLIC_URL = 8123, url, public
    settings.ALLOWED_HOSTS = ["testserver", "[::1]"]
    assert client.get(STREAM, headers={"host": host})["Location"].startswith(expected)


def test_a_desk_without_streams_says_so_without_an_error(client: Client, settings: Any) -> None:
    settings.STREAM_PORT, settings.STREAM_URL = 0, ""
    response = client.get(STREAM)
    assert (response.status_code, response.content) == (204, b"")


def test_asking_gives_what_happened_behind_a_number(client: Client, room: Chat, alice: Operator) -> None:
    began = client.get(POLL).json()
    assert began == {"site": str(room.site_id), "last": 0, "events": []}
    visitor_says(room, "hello")
    operator_says(room, "Hello!", alice)
    be_present(room, alice, typing=False, now=timezone.now())
    answer = client.get(POLL, {"after": "1"}).json()
    assert answer["last"] == 4
    assert answer["events"] == [
        {"event": "message", "id": 2, "data": {"chat": str(room.pk), "contact": str(room.contact_id), "message": 2}},
        # Nobody had it; now Alice has.
        {"event": "chat", "id": 3, "data": {"chat": str(room.pk), "contact": str(room.contact_id), "message": 0}},
        {
            "event": "presence",
            "id": 4,
            "data": {"chat": str(room.pk), "present": [{"id": str(alice.pk), "name": "Alice", "typing": False}]},
        },
    ]
    assert client.get(POLL, {"after": "4"}).json()["events"] == []


@pytest.mark.parametrize("after", [str(FAR_BEHIND), "99999999999999999999999", "9223372036854775807"])
def test_who_cannot_be_told_begins_anew(client: Client, room: Chat, after: str) -> None:
    visitor_says(room, "hello")
    events = client.get(POLL, {"after": after}).json()["events"]
    assert events in ([{"event": "reset", "id": 1, "data": {}}], [])


@pytest.mark.parametrize("query", ["after=", "after=x", "after=%00", "after=-1", "after=١", "site=x", "site="])
def test_what_is_no_number_counts_as_not_given(client: Client, room: Chat, query: str) -> None:
    visitor_says(room, "hello")
    assert client.get(f"{POLL}?{query}").json() == {"site": str(room.site_id), "last": 1, "events": []}


@pytest.mark.parametrize("path", [STREAM, POLL])
def test_another_sites_stream_is_not_given(client: Client, elsewhere: Site, charlie: Operator, path: str) -> None:
    """SITE-2."""
    assert client.get(path, {"site": elsewhere.pk}).status_code == 403
    assert client.get(path, {"site": 4711}).status_code == 403


def test_a_page_keeps_the_site_it_shows(client: Client, alice: Operator, room: Chat, elsewhere: Site) -> None:
    """SITE-3: also when another site has been chosen in another tab since."""
    MembershipFactory(site=elsewhere, operator=alice, role=Role.VIEWER)
    visitor_says(room, "hello")
    client.post("/desk/site/", {"site": elsewhere.pk})
    assert client.get(POLL).json()["site"] == str(elsewhere.pk)
    assert client.get(POLL, {"site": room.site_id}).json()["last"] == 1


@pytest.mark.parametrize("path", [STREAM, POLL])
def test_strangers_are_sent_to_the_sign_in(path: str, shop: Site) -> None:
    assert Client().get(path).status_code == 302


def test_a_quiet_poll_costs_few_statements(client: Client, room: Chat, django_assert_num_queries: Any) -> None:
    """session, operator, the second factor, membership with its site, the last number"""
    with django_assert_num_queries(5):
        client.get(POLL, {"after": "0"})
