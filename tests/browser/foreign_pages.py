"""A web server of somebody else: pages on another loopback origin that carry the plugin."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class ForeignPage:
    """What is answered at one path."""

    body: str
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class ForeignOrigin:
    """``http://127.0.0.1:<free port>``; the desk under test is ``http://localhost:<port>``: another host, no shared cookie."""

    def __init__(self) -> None:
        self._pages: dict[str, ForeignPage] = {}
        pages = self._pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path.split("?")[0])
                self.send_response(200 if page else 404)
                body = (page.body if page else "").encode()
                self.send_header("Content-Type", page.content_type if page else "text/plain")
                self.send_header("Content-Length", str(len(body)))
                for name, value in page.headers.items() if page else ():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet: the test's own output is what counts."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.serve("/favicon.ico", "", content_type="image/x-icon")
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def serve(
        self,
        path: str,
        body: str,
        *,
        content_type: str = "text/html; charset=utf-8",
        headers: dict[str, str] | None = None,
    ) -> str:
        """Answer ``body`` at ``path`` from now on; returns the page's address."""
        self._pages[path] = ForeignPage(body, content_type, headers or {})
        return self.url + path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
