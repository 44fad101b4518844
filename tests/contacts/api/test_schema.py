"""The OpenAPI description is complete and true for the plugin API (API-2)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
from jsonschema import Draft7Validator

from tests.contacts.api.conftest import API, Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(client: Client) -> Any:
    return client.get("/api/schema/?format=json").json()


def resolved(schema: Any, node: Any) -> Any:
    """``node`` with its references replaced and OpenAPI's nullable told as JSON Schema does."""
    if isinstance(node, list):
        return [resolved(schema, one) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = schema
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return resolved(schema, target)
    plain = {key: resolved(schema, value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") else plain


def check_answer(schema: Any, page: Page, path: str, method: str) -> None:
    """The last answer of ``page`` is one that the description promises."""
    operation = schema["paths"][API + path][method]
    promised = operation["responses"][str(page.answer.status_code)]
    if not page.answer.content:
        assert "content" not in promised
        return
    shape = resolved(schema, promised["content"]["application/json"]["schema"])
    Draft7Validator(shape).validate(json.loads(page.answer.content))


def test_every_address_of_the_plugin_is_described(schema: Any) -> None:
    described = {
        (path.removeprefix(API), method)
        for path, operations in schema["paths"].items()
        for method in operations
        if path.startswith(API)
    }
    assert {
        ("boot", "post"),
        ("shutdown", "post"),
        ("me", "get"),
        ("me", "patch"),
        ("me/contact", "post"),
        ("events", "post"),
    } <= described


def test_answers_are_as_described(shop_page: Page, schema: Any) -> None:
    shop_page.boot(profile={"a": 1, "b": ["x"], "c": True, "d": "text"}, language="ko")
    check_answer(schema, shop_page, "boot", "post")
    for method, path, body in [
        ("get", "me", None),
        ("patch", "me", {"language": "ja"}),
        ("post", "me/contact", {"email": "kim@example.com"}),
        ("post", "events", {"events": [{"name": "Order"}]}),
        ("post", "events", {"events": [{}]}),
        ("patch", "me", {"surprise": 1}),
        ("post", "shutdown", None),
        ("get", "me", None),
    ]:
        shop_page.call(method, path, body)
        check_answer(schema, shop_page, path, method)


@pytest.mark.parametrize(
    ("body", "is_described"),
    [
        ({"pluginKey": "x"}, True),
        ({"pluginKey": "x", "profile": {"a": [1]}}, False),
        ({"pluginKey": "x", "profile": {"a": {"b": 1}}}, False),
        ({"pluginKey": "x", "platform": "fax"}, False),
        ({"pluginKey": "x", "unsubscribeEmail": "yes"}, False),
        ({"pluginKey": "x", "utm": {"source": "a"}}, True),
        ({}, False),
    ],
)
def test_requests_are_as_described(shop_page: Page, schema: Any, body: dict[str, Any], is_described: bool) -> None:
    """What the description allows is served, what it does not is refused."""
    operation = schema["paths"][API + "boot"]["post"]
    shape = resolved(schema, operation["requestBody"]["content"]["application/json"]["schema"])
    assert Draft7Validator(shape).is_valid(body) == is_described
    status, _ = shop_page.call("post", "boot", {**body, **({"pluginKey": shop_page.site.plugin_key} if body else {})})
    assert status == (200 if is_described else 400)


def test_a_session_is_asked_for_where_it_is_needed(schema: Any) -> None:
    assert schema["components"]["securitySchemes"]["session"]["scheme"] == "bearer"
    assert schema["paths"][API + "me"]["get"]["security"] == [{"session": []}]
    assert schema["paths"][API + "boot"]["post"].get("security", []) in ([], [{}])


@pytest.fixture
def _plain_static_files() -> Iterator[None]:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        yield


@pytest.mark.usefixtures("_plain_static_files")
def test_the_browsable_description_asks_nobody_else(client: Client) -> None:
    """api.md: working without internet, under the strict policy of every page."""
    answer = client.get("/api/docs/")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "http://" not in html
    assert "https://" not in html
    assert "<style" not in html
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert 'data-schema="/api/schema/"' in html
