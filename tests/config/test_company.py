"""LOOK-3, LOOK-4: the example of the company's side, which other tests and the demo ask."""

import datetime
import json

import pytest

from config.demo.company import CUSTOMERS, MAX_AGE, answer, signature

NOW = datetime.datetime(2026, 11, 22, 3, 0, tzinfo=datetime.UTC)
KEY = "bf7769e5321448de88838cdb"


def signed(body: bytes, *, at: datetime.datetime = NOW, key: str = KEY) -> dict[str, str]:
    timestamp = str(round(at.timestamp() * 1000))
    return {"X-TC-Timestamp": timestamp, "Authorization": signature(body, timestamp, key)}


def asked(**variables: str) -> bytes:
    return json.dumps(variables, ensure_ascii=False).encode()


def test_the_signature_is_that_of_the_contract() -> None:
    """LOOK-4: its vector."""
    body = b'{"callNum":"1","nation":"korea"}'
    assert signature(body, "1660095873001", KEY) == "/TblySsDWigxDfrd92nxehhWHpMoH5zZ+/cpwdPJNko="


@pytest.mark.parametrize("how", ["unsigned", "other key", "other body", "old", "early", "no number"])
def test_nobody_else_is_told_anything(how: str) -> None:
    """LOOK-3, LOOK-4: 403 without a signature of this body at about this time."""
    body = asked(memberId="seoyeon")
    minute = datetime.timedelta(minutes=1)
    headers = {
        "unsigned": {},
        "other key": signed(body, key="another"),
        "other body": signed(asked(memberId="haruto")),
        "old": signed(body, at=NOW - MAX_AGE - minute),
        "early": signed(body, at=NOW + MAX_AGE + minute),
        "no number": signed(body) | {"X-TC-Timestamp": "now"},
    }[how]
    reply = answer(body, headers, KEY, NOW)
    assert (reply.status, reply.document["error"]["code"]) == (403, "notAllowed")
    assert "data" not in reply.document


@pytest.mark.parametrize(
    "variables",
    [{"memberId": "seoyeon"}, {"phone": "+821023456789"}, {"phone": "010 2345 6789"}, {"email": "Seoyeon@example.com"}],
)
def test_a_customer_is_found_by_each_contact_point(variables: dict[str, str]) -> None:
    """LOOK-3: 200 and flat data; header names in any case, as proxies write them."""
    body = asked(**variables)
    headers = {name.lower(): value for name, value in signed(body, at=NOW - MAX_AGE).items()}
    reply = answer(body, headers, KEY, NOW)
    assert (reply.status, reply.document["data"]["name"]) == (200, "이서연")
    assert json.loads(reply.body) == reply.document


@pytest.mark.parametrize(
    ("variables", "status"),
    [
        ({"memberId": "nobody"}, 400),
        ({"phone": "010-9999-9999"}, 400),
        ({}, 400),
        ({"memberId": "secret"}, 403),
        ({"memberId": "moved"}, 404),
        ({"memberId": "broken"}, 500),
    ],
)
def test_what_goes_wrong_is_said_as_the_contract_says(variables: dict[str, str], status: int) -> None:
    """LOOK-3: an error has code, message and detail."""
    body = asked(**variables)
    reply = answer(body, signed(body), KEY, NOW)
    assert reply.status == status
    assert set(reply.document["error"]) == {"code", "message", "detail"}


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'{"memberId": {"a": 1}}', b"\xff", b"[" * 100_000])
def test_what_is_no_object_of_texts_is_refused(body: bytes) -> None:
    """LOOK-3"""
    assert answer(body, signed(body), KEY, NOW).status == 400


def test_a_slow_customer_says_how_slow_and_accounts_of_the_shop_are_known() -> None:
    """The demo: whoever signed up in the shop is told the same each time; with no key nothing need be signed."""
    assert answer(asked(memberId="slow"), {}, "", NOW).seconds > 0
    first, second = (answer(asked(memberId="mina77"), {}, "", NOW) for _ in range(2))
    assert first == second
    assert first.document["data"]["lastOrder"] < "2026-11"
    assert all(customer.fault in (200, 403, 404, 500) for customer in CUSTOMERS)
