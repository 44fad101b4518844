"""Programs that call the open API: one of the shop, one of another site."""

import json
from typing import Any

import pytest
from django.test import Client

from desk.actors import SYSTEM
from desk.api_keys import create_api_key
from desk.models import Site


class Program:
    """Calls the open API with a key."""

    def __init__(self, site: Site) -> None:
        made = create_api_key(site, "program", actor=SYSTEM)
        headers = {"x-access-key": made.key.access_key, "x-access-secret": made.secret}
        self.client = Client(headers={**headers, "accept-language": "en"})  # tests read English

    def call(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """Status and answer of one call below /api/v1/."""
        data = json.dumps(body) if method != "GET" else query
        options = {} if method == "GET" else {"content_type": "application/json"}
        response = getattr(self.client, method.lower())(f"/api/v1/{path}", data, **options)
        return response.status_code, response.json() if response.content else None

    def get(self, path: str, **query: str) -> tuple[int, Any]:
        return self.call("GET", path, **query)


@pytest.fixture
def program(shop: Site) -> Program:
    """A program of the shop."""
    return Program(shop)


@pytest.fixture
def stranger(elsewhere: Site) -> Program:
    """A program of another site."""
    return Program(elsewhere)
