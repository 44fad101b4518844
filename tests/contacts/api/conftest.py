"""A page of the shop that calls the plugin API over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from desk.models import Site

API = "/api/plugin/v1/"


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """Calls of one test do not count against the next."""
    cache.clear()
    yield
    cache.clear()


class Page:
    """A page: it boots, keeps the session and calls with it. Answers are (status, JSON)."""

    def __init__(self, site: Site, **headers: str) -> None:
        self.site = site
        self.client = Client()
        self.headers = headers
        self.token: str | None = None
        self.veil_id: str | None = None

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One call; ``body`` is sent as JSON."""
        sent = {key.replace("_", "-"): value for key, value in {**self.headers, **headers}.items()}
        if self.token and "authorization" not in sent:
            sent["authorization"] = f"Bearer {self.token}"
        options: dict[str, Any] = {} if body is None else {"data": body, "content_type": "application/json"}
        self.answer = getattr(self.client, method)(API + path, headers=sent, **options)
        return self.answer.status_code, self.answer.json() if self.answer.content else None

    def boot(self, **told: Any) -> Any:
        """Boot and keep veil id and session."""
        status, answer = self.call("post", "boot", {"pluginKey": self.site.plugin_key, "veilId": self.veil_id, **told})
        assert status == 200, answer
        self.veil_id, self.token = answer["veilId"], answer["session"]["token"]
        return answer


@pytest.fixture
def shop_page(shop: Site) -> Page:
    return Page(shop)
