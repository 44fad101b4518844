"""CHAT-4: ``GET stream`` of the plugin API."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from chats.stream_address import VisitorTicket, read_ticket
from contacts.boot_request import BootRequest
from contacts.booting import Booted, boot
from contacts.visits import end_session
from desk.models import Site

STREAM = "/api/plugin/v1/stream"
ORIGIN = "https://shop.example"


@pytest.fixture
def booted(shop: Site) -> Booted:
    return boot(BootRequest(plugin_key=shop.plugin_key), now=timezone.now())


def get(booted: Booted, query: str = "", **headers: str) -> Any:
    return Client().get(f"{STREAM}{query}", headers={"authorization": f"Bearer {booted.token}", **headers})


def test_the_page_is_sent_on_with_a_ticket(booted: Booted, settings: Any) -> None:
    settings.STREAM_PORT = 8123
    response = get(booted, "?after=7", origin=ORIGIN)
    assert response.status_code == 307
    where = urlsplit(response["Location"])
    assert (where.netloc, where.path) == ("testserver:8123", "/streams/visitor")
    query = parse_qs(where.query)
    assert query["after"] == ["7"]
    assert read_ticket(query["ticket"][0]) == VisitorTicket(booted.site.pk, booted.visit.pk)
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "no-store"


def test_the_header_of_browsers_is_heeded(booted: Booted, settings: Any) -> None:
    settings.STREAM_PORT = 8123
    assert "after=9" in get(booted, **{"last-event-id": "9"})["Location"]


def test_a_desk_without_streams_says_so_without_an_error(booted: Booted, settings: Any) -> None:
    settings.STREAM_PORT, settings.STREAM_URL = 0, ""
    assert get(booted).status_code == 204


def test_the_browser_may_ask_with_both_headers() -> None:
    response = Client().options(
        STREAM,
        headers={
            "origin": ORIGIN,
            "access-control-request-method": "GET",
            "access-control-request-headers": "authorization,last-event-id",
        },
    )
    assert response["Access-Control-Allow-Origin"] == "*"
    assert {"authorization", "last-event-id"} <= set(response["Access-Control-Allow-Headers"].split(", "))


def test_a_session_that_is_over_gets_none(booted: Booted, settings: Any) -> None:
    settings.STREAM_PORT = 8123
    end_session(booted.visit)
    response = get(booted)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "session_expired")


def test_pages_of_origins_that_are_not_listed_get_none(booted: Booted, settings: Any) -> None:
    settings.STREAM_PORT = 8123
    Site.objects.filter(pk=booted.site.pk).update(allowed_origins=["https://other.example"])
    assert get(booted, origin=ORIGIN).status_code == 403


@pytest.mark.parametrize("query", ["?after=x", "?after=-1", "?after=%00", "?after=99999999999999999999", "?befor=1"])
def test_what_is_not_understood_is_refused(booted: Booted, query: str) -> None:
    assert get(booted, query).status_code == 400
