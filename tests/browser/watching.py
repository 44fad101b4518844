"""What a page must never do in a test: leave the machine, break the content policy, or fail in its console."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError, WebSocket

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_LOCAL_SCHEMES = {"data", "blob", "about", "chrome-error"}

# A question that is no longer wanted is called off (hx-sync), which htmx tells like a fault. A real one is told by a
# line of its own: htmx:sendError, htmx:responseError, htmx:timeout.
_CALLED_OFF = re.compile(r"console: htmx:(sendAbort|afterRequest), ")

# The browser reports a breach to the page that committed it; said aloud, it arrives with the other console errors.
_TELL_BREACHES = """
addEventListener('securitypolicyviolation', breach => {
  console.error(`content policy: ${breach.violatedDirective} refused ${breach.blockedURI || 'inline'} in ${breach.sourceFile}:${breach.lineNumber}`);
});
"""


class Watch:
    """Collects what went wrong in every page of a test; ``check`` fails the test with all of it."""

    def __init__(self) -> None:
        self._problems: list[str] = []
        self._expected: list[re.Pattern[str]] = [_CALLED_OFF]

    def expect(self, pattern: str) -> None:
        """Let console errors and uncaught exceptions that match ``pattern`` pass: the test provokes them."""
        self._expected.append(re.compile(pattern))

    def observe(self, context: BrowserContext) -> None:
        """Watch every page of ``context`` from here on."""
        context.add_init_script(_TELL_BREACHES)
        context.on("console", self._on_console)
        context.on("weberror", self._on_web_error)
        context.on("request", self._on_request)
        context.on("page", lambda page: page.on("websocket", self._on_websocket))

    def check(self) -> None:
        """Fail when anything unexpected was seen. A request that left the machine is never expected."""
        unexpected = [
            problem
            for problem in self._problems
            if problem.startswith("left the machine") or not any(known.search(problem) for known in self._expected)
        ]
        assert not unexpected, "in the browser:\n" + "\n".join(unexpected)

    def _on_console(self, message: ConsoleMessage) -> None:
        where = message.location
        # A browser asks every host for an icon; a page without one (an API answer, a bare test page) is no mistake.
        if message.type == "error" and not where.get("url", "").endswith("/favicon.ico"):
            self._problems.append(f"console: {message.text} ({where.get('url')}:{where.get('lineNumber')})")

    def _on_web_error(self, error: WebError) -> None:
        self._problems.append(f"uncaught: {error.error}")

    def _on_request(self, request: Request) -> None:
        self._check_address(request.url)

    def _on_websocket(self, socket: WebSocket) -> None:
        self._check_address(socket.url)

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _LOCAL_SCHEMES and parts.hostname not in _LOOPBACK:
            self._problems.append(f"left the machine: {url}")


CheckAccessibility = Callable[[Page], None]


def check_accessibility(page: Page) -> None:
    """Fail with axe's report when the page, open shadow roots included, breaks an accessibility rule."""
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
