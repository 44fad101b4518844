"""Pages of a site that carry the plugin, and a way to speak to it from a test."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

from desk.models import Site
from tests.browser.foreign_pages import ForeignOrigin

# What docs/plugin.md tells a site's developer to put before the script.
QUEUE = (
    "window.ContactDesk = window.ContactDesk || function () { (ContactDesk.q = ContactDesk.q || []).push(arguments); };"
)

_ASK = """([method, words]) => new Promise((done) => {
  ContactDesk(method, ...words, (error, result) => done({
    error: error && {code: error.code, path: error.path, message: error.message},
    user: result,
  }));
})"""


class Host:
    """A site of somebody else whose pages load the desk's script."""

    def __init__(self, origin: ForeignOrigin, desk_url: str, site: Site) -> None:
        self.origin = origin
        self.desk_url = desk_url
        self.site = site
        origin.serve("/queue.js", QUEUE, content_type="text/javascript")

    def serve(
        self, path: str = "/", *, inside: str = "", script: str = "", headers: dict[str, str] | None = None
    ) -> str:
        """A page with the queue and the plugin; ``script`` (JavaScript) runs before the plugin has arrived."""
        own = f"{path.rstrip('/')}/own.js"
        self.origin.serve(own, script, content_type="text/javascript")
        return self.origin.serve(
            path,
            f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1"><title>Page {path}</title>
            <script src="/queue.js"></script>
            <script src="{own}"></script>
            <script async src="{self.desk_url}/plugin.js"></script></head>
            <body><main><h1>A page</h1>{inside}</main></body></html>""",
            headers=headers,
        )

    def boot(self, page: Page, **options: Any) -> dict[str, Any]:
        """Boot with the site's plugin key; ``{"error", "user"}`` as the callback got them."""
        return ask(page, "boot", {"pluginKey": self.site.plugin_key, **options})


def ask(page: Page, method: str, *words: Any) -> dict[str, Any]:
    """Call a method that takes a callback, and wait for it."""
    answer: dict[str, Any] = page.evaluate(_ASK, [method, list(words)])
    return answer


def cookies_of(context: BrowserContext, url: str) -> dict[str, Any]:
    """The plugin's cookies on the page's own host, by name."""
    return {cookie["name"]: cookie for cookie in context.cookies(url) if cookie["name"].startswith("ch-")}
