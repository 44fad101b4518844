"""Whatever a client sends: the error shape with a path, never a 500, nothing stored (BOOT-1, api.md "Errors")."""

import json
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.test.utils import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import Contact, ContactProfile, Event, Identity, KnownValue, ProfileField, Visit
from desk.models import AuditEntry, Site
from tests.contacts.api.conftest import API, Page

pytestmark = pytest.mark.django_db

TABLES = (Contact, ContactProfile, Identity, Visit, Event, KnownValue, ProfileField, AuditEntry)


def stored() -> int:
    return sum(model.objects.count() for model in TABLES)


def post(body: bytes, content_type: str = "application/json") -> tuple[int, Any]:
    answer = Client().post(API + "boot", body, content_type=content_type)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"NaN", "application/json", 400),
        (b'{"pluginKey": NaN}', "application/json", 400),
        (b'{"profile": {"a": Infinity}}', "application/json", 400),
        (b"\xff\xfe{}", "application/json", 400),
        (b'{"pluginKey": "\xff"}', "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "application/json", 400),
        (b'{"n": ' + b"9" * 10_000 + b"}", "application/json", 400),
        (b'{"pluginKey": "' + b"x" * 600_000 + b'"}', "application/json", 413),
        (b'{"pluginKey": "' + b"x" * 3_000_000 + b'"}', "application/json", 413),
        (b"pluginKey=x", "application/x-www-form-urlencoded", 415),
        (b"--x\r\n", "multipart/form-data; boundary=x", 415),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
    ],
)
def test_a_body_that_cannot_be_read(body: bytes, content_type: str, status: int, db: None) -> None:
    """api.md: 400, 413, 415 in the error shape."""
    answered, error = post(body, content_type)
    assert answered == status
    assert set(error) == {"error"}
    assert {"code", "message"} <= set(error["error"])
    assert stored() == 0


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ({"pluginKey": None}, "pluginKey"),
        ({"pluginKey": 5}, "pluginKey"),
        ({"pluginKey": ""}, "pluginKey"),
        ({"pluginKey": ["x"]}, "pluginKey"),
        ({"veilId": 5}, "veilId"),
        ({"veilId": ""}, "veilId"),
        ({"session": {}}, "session"),
        ({"memberId": ""}, "memberId"),
        ({"memberId": " "}, "memberId"),
        ({"memberId": 0}, "memberId"),
        ({"memberId": False}, "memberId"),
        ({"memberId": "\ud800"}, "memberId"),
        ({"memberId": "a\u0000"}, "memberId"),
        ({"memberHash": 5}, "memberHash"),
        ({"profile": "x"}, "profile"),
        ({"profile": ["x"]}, "profile"),
        ({"profile": {"name": "x" * 10_000}}, "profile.name"),
        ({"profile": {"name": "\udfff"}}, "profile.name"),
        ({"profile": {"name": "a\u0000b"}}, "profile.name"),
        ({"profile": {"\ud800": 1}}, "profile"),
        ({"profile": {"a": {"b": 1}}}, "profile.a"),
        ({"profile": {"a": [["b"]]}}, "profile.a"),
        ({"profile": {"a": 1e999}}, "profile.a"),
        ({"profile": {"a": 10**40}}, "profile.a"),
        ({"profile": {"a": 10**400}}, "profile.a"),
        ({"profile": {"id": "x"}}, "profile.id"),
        ({"language": 5}, "language"),
        ({"language": "../../etc"}, "language"),
        ({"unsubscribeEmail": 1}, "unsubscribeEmail"),
        ({"unsubscribeEmail": "false"}, "unsubscribeEmail"),
        ({"page": 5}, "page"),
        ({"page": "\u0000"}, "page"),
        ({"utm": {"source": 5}}, "utm.source"),
        ({"utm": {"colour": "x"}}, "utm.colour"),
        ({"utm": "x"}, "utm"),
        ({"platform": "fax"}, "platform"),
        ({"platform": None}, "platform"),
        ({"platform": ["web"]}, "platform"),
        ({"appVersion": 5}, "appVersion"),
        ({"surprise": 1}, "surprise"),
        ({"plugin_key": "x"}, "plugin_key"),
    ],
)
def test_a_malformed_field_is_named(shop: Site, told: dict[str, object], path: str) -> None:
    """BOOT-1."""
    # 1e999 is how a client writes infinity without naming it; json.dumps would write Infinity.
    body = json.dumps({"pluginKey": shop.plugin_key, **told}).replace("Infinity", "1e999")
    status, answer = post(body.encode())
    assert (status, answer["error"]["code"]) == (400, "invalid")
    assert answer["error"]["path"] == path
    assert stored() == 0


def test_several_problems_are_all_listed(shop: Site) -> None:
    """api.md: ``details``."""
    status, answer = post(json.dumps({"pluginKey": shop.plugin_key, "veilId": 5, "memberId": 7}).encode())
    assert status == 400
    assert {detail["path"] for detail in answer["error"]["details"]} == {"veilId", "memberId"}
    assert all(set(detail) == {"path", "code", "message"} for detail in answer["error"]["details"])


def test_an_unknown_query_parameter_is_refused(shop_page: Page, shop: Site) -> None:
    """api.md: unknown query parameters are refused."""
    status, answer = shop_page.call("post", "boot?debug=1", {"pluginKey": shop.plugin_key})
    assert (status, answer["error"]["path"]) == (400, "debug")


@pytest.mark.parametrize("path", ["nowhere", "me/", "boot/x", ""])
def test_an_address_that_is_none_is_404_in_the_error_shape(shop_page: Page, path: str) -> None:
    """api.md, "Errors"."""
    status, answer = shop_page.call("get", path)
    assert (status, answer["error"]["code"]) == (404, "not_found")


def test_a_wrong_method_is_405_in_the_error_shape(shop_page: Page) -> None:
    assert shop_page.call("delete", "me")[0] == 401
    status, answer = shop_page.call("get", "boot")
    assert (status, answer["error"]["code"]) == (405, "method_not_allowed")
    shop_page.boot()
    assert shop_page.call("delete", "me")[0] == 405


def test_what_the_client_asks_to_accept_does_not_matter(shop_page: Page) -> None:
    """Answers are JSON."""
    shop_page.headers["accept"] = "text/html"
    shop_page.boot()


def test_html_is_kept_and_answered_as_text(shop_page: Page) -> None:
    """Issue, "Bad input": shown as text everywhere, and JSON is never taken for a page."""
    name = "<script>alert(1)</script>"
    assert shop_page.boot(profile={"name": name})["user"]["name"] == name
    assert shop_page.answer["Content-Type"] == "application/json"
    assert shop_page.answer["X-Content-Type-Options"] == "nosniff"


ANY_TEXT = st.text(alphabet=st.characters(), max_size=40) | st.sampled_from(["\ud800", "\0", "x" * 1_500, " ", ""])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "veilId",
        "session",
        "memberId",
        "memberHash",
        "profile",
        "profileOnce",
        "language",
        "unsubscribeEmail",
        "unsubscribeTexting",
        "page",
        "referrer",
        "utm",
        "platform",
        "appName",
        "appVersion",
    ]
)


@override_settings(PLUGIN_RATE_PER_ADDRESS="1000000/min")
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(told=st.dictionaries(FIELDS | ANY_TEXT, ANY_JSON, max_size=4))
def test_no_boot_breaks_the_desk(shop: Site, told: dict[str, Any]) -> None:
    """BOOT-1: it is served, or refused with the error shape and nothing stored."""
    with transaction.atomic():
        status, answer = post(json.dumps({**told, "pluginKey": shop.plugin_key}).encode())
        assert status in {200, 400}
        if status == 400:
            assert answer["error"]["code"] == "invalid"
            assert stored() == 0
        transaction.set_rollback(True)


@override_settings(PLUGIN_RATE_PER_ADDRESS="1000000/min")
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    call=st.sampled_from([("patch", "me"), ("post", "me/contact"), ("post", "events")]),
    body=ANY_JSON
    | st.fixed_dictionaries(
        {},
        optional={
            "profile": st.dictionaries(ANY_TEXT, ANY_JSON, max_size=3),
            "name": ANY_TEXT,
            "email": ANY_TEXT,
            "mobileNumber": ANY_TEXT,
            "events": st.lists(
                st.fixed_dictionaries({"name": ANY_TEXT}, optional={"property": ANY_JSON, "at": ANY_TEXT}), max_size=2
            ),
        },
    ),
)
def test_no_later_call_breaks_the_desk(shop: Site, call: tuple[str, str], body: Any) -> None:
    """api.md: never a 500 for anything a client can send."""
    with transaction.atomic():
        page = Page(shop)
        page.boot()
        status, answer = page.call(*call, json.dumps(body))
        assert status in {200, 202, 400}
        if status == 400:
            assert {"code", "message"} <= set(answer["error"])
        transaction.set_rollback(True)
