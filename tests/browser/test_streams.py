"""CHAT-4 in a real browser with the real process: streams that are followed across origins, and shared by tabs."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from chats.models import Chat
from contacts.boot_request import BootRequest
from contacts.booting import Booted, boot
from desk.models import Operator, Site
from tests.browser.conftest import OpenDesk, OpenPage
from tests.browser.foreign_pages import ForeignOrigin
from tests.browser.watching import Watch
from tests.chats.people import operator_says, room_of, visitor_says
from tests.chats.streams import Streams, free_port, streams_in
from tests.factories import ContactFactory

# What a page does to read its stream; what comes is kept in window.got.
READ = """([url, token, headers]) => {
  window.got = "";
  fetch(url, {headers: {Authorization: "Bearer " + token, ...headers}}).then(async (response) => {
    window.answer = {status: response.status, type: response.type, redirected: response.redirected};
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const {done, value} = await reader.read();
      if (done) return;
      window.got += value;
    }
  }).catch((error) => { window.answer = {error: String(error)}; });
}"""

# What a page of the desk does; what it is told is kept in window.told.
OPEN = """async ([site, after]) => {
  const { openStream } = await import("/static/chats/stream.js");
  window.told = []; window.states = [];
  const note = (name) => (data, id) => window.told.push([name, id, data.message ?? null]);
  window.stream = openStream({
    url: "/desk/stream/", site, after,
    on: { message: note("message"), chat: note("chat"), reset: note("reset") },
    state: (connected) => window.states.push(connected),
  });
}"""


def allow(settings: Any, *ports: int) -> None:
    """The settings as a desk has them whose streams are on the first of these ports."""
    settings.STREAM_PORT = ports[0]
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["connect-src"] = ["'self'", *(f"http://localhost:{port}" for port in ports)]
    settings.CONTENT_SECURITY_POLICY = policy


@pytest.fixture(scope="module")
def running(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[Streams]:
    """One process for the whole module."""
    with django_db_blocker.unblock(), streams_in(tmp_path_factory.mktemp("streams")) as streams:
        yield streams


@pytest.fixture
def streams(running: Streams, settings: Any, live_server: LiveServer) -> Streams:
    allow(settings, running.port)
    return running


@pytest.fixture
def booted(shop: Site, live_server: LiveServer) -> Booted:
    return boot(BootRequest(plugin_key=shop.plugin_key), now=timezone.now())


@pytest.fixture
def room(shop: Site, live_server: LiveServer) -> Chat:
    return room_of(ContactFactory(site=shop))


def wait_for_numbers(page: Page, numbers: list[int]) -> None:
    page.wait_for_function("(wanted) => window.told.length >= wanted", arg=len(numbers))
    assert [number for _, number, _ in page.evaluate("window.told")] == numbers


@pytest.mark.parametrize(
    "by_header", [False, True], ids=["after in the address", "Last-Event-ID, which is asked for first"]
)
@pytest.mark.usefixtures("streams")
def test_a_page_of_another_origin_follows_its_stream(
    visitor_page: OpenPage,
    foreign_origin: ForeignOrigin,
    live_server: LiveServer,
    booted: Booted,
    alice: Operator,
    *,
    by_header: bool,
) -> None:
    """The browser asks the desk whether it may, is sent on to a third origin without its Authorization, and reads there."""
    chat = room_of(booted.contact, identity=booted.identity, now=timezone.now())
    visitor_says(chat, "first", now=timezone.now())
    page = visitor_page(foreign_origin.serve("/", "<!DOCTYPE html><title>A shop</title>"))
    url = f"{live_server.url}/api/plugin/v1/stream"
    page.evaluate(
        READ, [url if by_header else f"{url}?after=0", booted.token, {"Last-Event-ID": "0"} if by_header else {}]
    )
    page.wait_for_function("() => window.answer")
    assert page.evaluate("window.answer") == {"status": 200, "type": "cors", "redirected": True}
    page.wait_for_function("() => window.got.includes('first')")
    operator_says(chat, "어서 오세요", alice, now=timezone.now())
    page.wait_for_function("() => window.got.includes('어서 오세요')")


@pytest.mark.usefixtures("streams")
def test_tabs_share_a_stream_and_the_next_one_takes_over(desk_page: OpenDesk, alice: Operator, room: Chat) -> None:
    """CHAT-4: each tab is told everything once and in order, also when the tab that held the stream is closed."""
    visitor_says(room, "1")
    first = desk_page(alice, "/desk/profile/")
    first.evaluate(OPEN, [str(room.site_id), 1])
    first.wait_for_function("() => window.states.includes(true)")
    second = first.context.new_page()
    second.goto("/desk/profile/")
    # Drawn before the first message: it is told what the other tab knows already.
    second.evaluate(OPEN, [str(room.site_id), 0])
    wait_for_numbers(second, [1])
    assert len(second.evaluate("navigator.locks.query().then((all) => all.held)")) == 1
    visitor_says(room, "2")
    visitor_says(room, "3")
    wait_for_numbers(first, [2, 3])
    wait_for_numbers(second, [1, 2, 3])
    first.close()
    visitor_says(room, "4")
    wait_for_numbers(second, [1, 2, 3, 4])
    second.wait_for_function("() => window.states.at(-1) === true")


@pytest.mark.usefixtures("streams")
def test_a_page_that_does_not_say_how_old_it_is_looks_at_everything_first(
    desk_page: OpenDesk, alice: Operator, room: Chat
) -> None:
    visitor_says(room, "1")
    page = desk_page(alice, "/desk/profile/")
    page.evaluate(OPEN, [None, None])
    page.wait_for_function("() => window.told.length === 1")
    visitor_says(room, "2")
    page.wait_for_function("() => window.told.length === 2")
    assert page.evaluate("window.told") == [["reset", 1, None], ["message", 2, 2]]


def test_a_desk_without_streams_is_asked_instead(desk_page: OpenDesk, alice: Operator, room: Chat) -> None:
    """CHAT-4: within two seconds or so all the same, and without an error."""
    page = desk_page(alice, "/desk/profile/")
    page.evaluate(OPEN, [str(room.site_id), 0])
    visitor_says(room, "1")
    wait_for_numbers(page, [1])
    # What there is to tell is told before that all is well.
    page.wait_for_function("() => window.states.length")
    assert page.evaluate("window.states") == [True]


def test_a_page_whose_stream_comes_back_misses_nothing(
    desk_page: OpenDesk, alice: Operator, room: Chat, running: Streams, settings: Any, watch: Watch
) -> None:
    """CHAT-4: while the process is not there the page asks; then it is told, and nothing twice."""
    watch.expect("ERR_CONNECTION_REFUSED")
    nobody = free_port()
    allow(settings, nobody, running.port)
    page = desk_page(alice, "/desk/profile/")
    page.evaluate(OPEN, [str(room.site_id), 0])
    visitor_says(room, "1")
    wait_for_numbers(page, [1])
    with page.expect_response(f"http://localhost:{running.port}/**"):
        settings.STREAM_PORT = running.port
    visitor_says(room, "2")
    wait_for_numbers(page, [1, 2])
    assert page.evaluate("window.states") == [True]


def test_who_is_signed_out_is_told_that_nothing_comes(desk_page: OpenDesk, alice: Operator, room: Chat) -> None:
    page = desk_page(alice, "/desk/profile/")
    page.evaluate(OPEN, [str(room.site_id), 0])
    page.wait_for_function("() => window.states.includes(true)")
    page.context.clear_cookies()
    page.wait_for_function("() => window.states.at(-1) === false")
