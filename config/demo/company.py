"""LOOK-3, LOOK-4: the company's side of a lookup, as its developer would write it after docs/customer-lookup.md.

``answer`` is the whole of it and needs nothing of the desk: it checks the signature and the age of the timestamp,
reads the JSON object, and finds a customer or says what is wrong. It knows its few customers and, by ``memberId``,
whoever has an account in the demo shop. Some customers play what goes wrong. Who serves it waits ``Reply.seconds``.
"""

import base64
import datetime
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.demo.shop.goods import GOODS

# A signature is worth nothing to whoever finds it later.
MAX_AGE = datetime.timedelta(minutes=5)
MAX_BODY = 64 * 1024
_TIERS = ("실버", "골드", "VVIP")
_FAULTS = {
    403: ("notAllowed", "This customer is looked after elsewhere."),
    404: ("notHere", "The order system has moved."),
    500: ("broken", "The order system is being serviced."),
}
_MANAGERS = ("김하늘", "이도윤", "박서아")


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer with; ``seconds``: how long this company takes for it."""

    status: int
    document: dict[str, Any]
    seconds: float = 0.0

    @property
    def body(self) -> bytes:
        """The document as it is sent."""
        return json.dumps(self.document, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody the company knows. ``fault``: the status it answers with instead, where one is to be played."""

    member_id: str
    name: str = ""
    phone: str = ""
    email: str = ""
    tier: str = _TIERS[0]
    points: int = 0
    last_order: str = ""
    manager: str = ""
    address: str = ""
    fault: int = 200
    seconds: float = 0.0

    def told(self) -> dict[str, Any]:
        """What the company tells of the customer."""
        return {
            "memberId": self.member_id,
            "name": self.name,
            "phone": self.phone,
            "email": self.email,
            "tier": self.tier,
            "points": self.points,
            "lastOrder": self.last_order,
            "manager": self.manager,
            "address": self.address,
        }


CUSTOMERS = (
    Customer(
        member_id="seoyeon",
        name="이서연",
        phone="010-2345-6789",
        email="seoyeon@example.com",
        tier="VVIP",
        points=48_200,
        last_order="2026-11-14 달항아리 찻잔",
        manager="김하늘",
        address="서울 종로구 북촌로 12",
    ),
    Customer(
        member_id="haruto",
        name="佐藤 陽翔",
        phone="+81 90-1234-5678",
        email="haruto@example.com",
        tier="골드",
        points=12_750,
        last_order="2026-10-30 무쇠 찻주전자",
        manager="박서아",
        address="東京都台東区浅草 2-3-1",
    ),
    Customer(member_id="slow", name="느린 손님", points=300, seconds=2.0),
    Customer(member_id="secret", fault=403),
    Customer(member_id="moved", fault=404),
    Customer(member_id="broken", fault=500),
)


def answer(body: bytes, headers: Mapping[str, str], key: str, now: datetime.datetime) -> Reply:
    """Answer one request. ``key`` is what both sides know; with an empty one the request need not be signed."""
    sent = {name.lower(): value for name, value in headers.items()}
    if key and (why := _unbelieved(body, sent, key, now)):
        return _error(403, "notAllowed", why)
    asked = _read(body)
    if asked is None:
        return _error(400, "notUnderstood", "The request is no JSON object of texts.")
    customer = _find(asked)
    if customer is None:
        return _error(400, "noResult", "We know nobody like that.")
    if customer.fault in _FAULTS:
        return _error(customer.fault, *_FAULTS[customer.fault])
    return Reply(200, {"data": customer.told()}, customer.seconds)


def signature(body: bytes, timestamp: str, key: str) -> str:
    """LOOK-4: base64(HMAC-SHA256(key, body + timestamp))."""
    return base64.b64encode(hmac.new(key.encode(), body + timestamp.encode(), hashlib.sha256).digest()).decode()


def _unbelieved(body: bytes, sent: Mapping[str, str], key: str, now: datetime.datetime) -> str:
    """Why this was not sent by the desk, or not just now; empty when it was."""
    timestamp = sent.get("x-tc-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 15):
        return "The timestamp is missing."
    if not hmac.compare_digest(signature(body, timestamp, key).encode(), sent.get("authorization", "").encode()):
        return "The signature is wrong."
    if abs(now.timestamp() - int(timestamp) / 1000) > MAX_AGE.total_seconds():
        return "The timestamp is too old."
    return ""


def _read(body: bytes) -> dict[str, str] | None:
    try:
        read = json.loads(body) if len(body) <= MAX_BODY else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        return None
    return read


def _find(asked: Mapping[str, str]) -> Customer | None:
    """By the surest thing that is asked with, never by less than a whole one."""
    member_id = asked.get("memberId", "").strip()
    phone, email = _digits(asked.get("phone", "")), asked.get("email", "").strip().lower()
    for customer in CUSTOMERS:
        if member_id:
            found = customer.member_id == member_id
        else:
            found = bool(phone and _digits(customer.phone) == phone) or bool(email and customer.email == email)
        if found:
            return customer
    return _account(member_id) if member_id and not member_id.startswith("nobody") else None


def _account(member_id: str) -> Customer:
    """Whoever has an account in the demo shop: always told the same of one memberId."""
    dice = hashlib.blake2b(member_id.encode("utf-8", "replace"), digest_size=8).digest()
    goods = list(GOODS.values())
    return Customer(
        member_id=member_id,
        tier=_TIERS[dice[0] % len(_TIERS)],
        points=int.from_bytes(dice[1:3]),
        last_order=f"2026-{1 + dice[3] % 10:02}-{1 + dice[4] % 28:02} {goods[dice[5] % len(goods)].name('ko')}",
        manager=_MANAGERS[dice[6] % len(_MANAGERS)],
    )


def _digits(text: str) -> str:
    """A phone number as one compares it here: national and international spelling are the same."""
    digits = "".join(filter(str.isdecimal, text))
    for code in ("82", "81"):
        if digits.startswith(code):
            return "0" + digits[2:].lstrip("0")
    return digits


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message, "detail": ""}})
