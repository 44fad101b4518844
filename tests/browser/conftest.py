"""A real Chromium against the real server.

``visitor_page()`` opens a page in a private window of its own, ``desk_page(operator)`` one in which the operator is
signed in, ``sign_in(page, operator)`` goes through the form. Every page is watched: a request that leaves the machine,
a breach of the content policy, an uncaught error or an error in the console fails the test, unless the test said
``watch.expect(pattern)``. Without a Chromium these tests are skipped with one line; with ``CI=true`` they fail.

With ``CI=true`` a test that fails here is tried again (``tests/conftest.py``).
"""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from desk.models import Operator, Site
from tests.browser.foreign_pages import ForeignOrigin
from tests.browser.host_pages import Host
from tests.browser.watching import Watch
from tests.conftest import client_of

CHROMIUM = os.environ.get("CHROMIUM", "") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "a long password, only for tests"
_here = Path(__file__).parent


class OpenPage(Protocol):
    """Opens a page in a new private window; keywords go to Playwright's ``new_context``."""

    def __call__(
        self, path: str = ..., *, language: str = ..., width: int = ..., dark: bool = ..., **options: Any
    ) -> Page: ...


class OpenDesk(Protocol):
    """Opens a page of the desk in a new private window in which ``operator`` is signed in."""

    def __call__(
        self,
        operator: Operator,
        path: str = ...,
        *,
        language: str = ...,
        width: int = ...,
        dark: bool = ...,
        **options: Any,
    ) -> Page: ...


SignIn = Callable[[Page, Operator], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def pytest_runtest_setup(item: pytest.Item) -> None:
    # pytest runs this for tests below this folder only. One place of skipping makes one line in the summary.
    if not Path(CHROMIUM).exists():
        reason = f"browser tests need a Chromium: {CHROMIUM} is not there (CHROMIUM=… names another)"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="package")
def playwright_here() -> Iterator[Playwright]:
    """Playwright for this folder only: while it runs, its event loop makes Django believe that all code is async."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong; a test that passes never waits so long
    with sync_playwright() as running:
        yield running
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture(scope="package")
def chromium(playwright_here: Playwright) -> Iterator[Browser]:
    """One headless Chromium for all tests of this folder."""
    running = playwright_here.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield running
    running.close()


@pytest.fixture(autouse=True)
def _plain_static_files() -> Iterator[None]:
    """Static files by their own names: nothing was collected, so there is no manifest."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**django_settings.STORAGES, "staticfiles": plain}):
        yield


@pytest.fixture
def watch() -> Watch:
    """What went wrong in this test's pages; checked when the test ends."""
    return Watch()


_test_is_over = threading.Event()


@pytest.fixture(scope="package", autouse=True)
def _no_late_requests() -> Iterator[None]:
    """What a page still sends while it is closed meets no database that is just being emptied (a deadlock)."""

    def refuse(**_: Any) -> None:
        if _test_is_over.is_set():
            raise ConnectionAbortedError("the test is over")

    request_started.connect(refuse, weak=False)
    yield
    request_started.disconnect(refuse)
    _test_is_over.clear()


@pytest.fixture
def idle_server() -> Iterator[Callable[[], None]]:
    """Waits (at most 5 s) until the server works on no request; also before the database is emptied."""
    lock, open_requests = threading.Condition(), [0]

    def count(change: int) -> None:
        with lock:
            open_requests[0] += change
            lock.notify_all()

    def started(**_: Any) -> None:
        count(1)

    def finished(**_: Any) -> None:
        count(-1)

    def wait() -> None:
        with lock:
            lock.wait_for(lambda: open_requests[0] <= 0, timeout=5)

    _test_is_over.clear()
    request_started.connect(started, weak=False)
    request_finished.connect(finished, weak=False)
    yield wait
    wait()
    _test_is_over.set()
    wait()  # for who came in between
    request_started.disconnect(started)
    request_finished.disconnect(finished)


@pytest.fixture
def visitor_page(live_server: LiveServer, chromium: Browser, watch: Watch, idle_server: object) -> Iterator[OpenPage]:
    """Opens ``path`` (of the desk's server, or a whole address); "" opens nothing yet."""
    contexts: list[BrowserContext] = []
    cache.clear()  # rate limits count per address, and every test comes from this one

    def open_page(
        path: str = "",
        *,
        language: str = "ko-KR",
        width: int = 1440,
        dark: bool = False,
        cookies: list[Any] | None = None,
        **options: Any,
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            locale=language,
            viewport={"width": width, "height": 900 if width > 500 else 800},
            color_scheme="dark" if dark else "light",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        watch.observe(context)
        if cookies:
            context.add_cookies(cookies)
        page = context.new_page()
        if path:
            page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    watch.check()


@pytest.fixture
def desk_page(live_server: LiveServer, visitor_page: OpenPage) -> OpenDesk:
    """Signed in by cookie, without the form: most tests are not about signing in."""

    def open_desk(operator: Operator, path: str = "/desk/", **options: Any) -> Page:
        session = client_of(operator).cookies[django_settings.SESSION_COOKIE_NAME].value
        cookie = {"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
        return visitor_page(path, cookies=[cookie], **options)

    return open_desk


@pytest.fixture
def sign_in() -> SignIn:
    """Gives the operator a password, fills the sign-in form that ``page`` shows and waits for the desk."""

    def go(page: Page, operator: Operator) -> None:
        operator.set_password(PASSWORD)
        operator.save(update_fields=["password"])
        if "/login/" not in page.url:
            page.goto("/desk/login/")
        page.locator("input[name=username]").fill(operator.email)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/login/" not in url)

    return go


@pytest.fixture
def foreign_origin() -> Iterator[ForeignOrigin]:
    """Another origin on this machine, for pages that are not ours."""
    origin = ForeignOrigin()
    yield origin
    origin.close()


def wait_until(condition: Callable[[], bool], *, page: Page, seconds: float = 15) -> None:
    """Wait for what the server is to have stored; Playwright goes on working meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        page.wait_for_timeout(30)


@pytest.fixture
def host(foreign_origin: ForeignOrigin, live_server: LiveServer, shop: Site) -> Host:
    """A site on another origin whose pages carry the plugin of ``shop``."""
    return Host(foreign_origin, live_server.url, shop)
