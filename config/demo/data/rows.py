"""From a sample person to rows: what the rules of contacts would have written, without a statement per person.

``search_text``, folded columns and known values are made as ``contacts.drafts`` and ``contacts.search`` make them;
tests/config/test_demo_data.py holds the two together.
"""

import datetime
import json
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

from config.demo.data.people import ANONYMOUS, DAY, MEMBER, Person, Visit
from config.demo.shop.goods import GOODS
from contacts.folding import fold
from contacts.models import Contact, ContactProfile, Event, Identity, KnownValue
from contacts.models import Visit as VisitRow
from contacts.models.event import PAGE_VIEW
from desk.ids import new_id
from tags.models import ContactTag

Row = tuple[Any, ...]
_GOODS = tuple(GOODS.values())
_EPOCH = datetime.date(1970, 1, 1).toordinal()
TABLES = (Contact, ContactProfile, Identity, VisitRow, Event, KnownValue, ContactTag)

COLUMNS: dict[type[Any], tuple[str, ...]] = {
    Contact: (
        "id", "site_id", "customer_number", "kind", "lead_reason", "member_id", "member_id_folded", "name",
        "name_folded", "email", "email_norm", "email_qualified", "mobile_number", "mobile_number_norm",
        "mobile_number_qualified", "landline_number", "birth_date", "language", "country", "city", "web_browser",
        "web_os", "web_device", "blocked", "unsubscribe_email", "unsubscribe_texting", "sessions_count",
        "created_at", "last_seen_at", "last_seen_on", "last_touch_at", "updated_at",
    ),
    ContactProfile: (
        "contact_id", "site_id", "values", "folded", "sources", "memo", "memo_folded", "address", "address_folded",
        "referrer", "utm", "search_text",
    ),
    Identity: ("id", "site_id", "contact_id", "channel", "key", "last_boot_at", "created_at"),
    VisitRow: (
        "id", "site_id", "contact_id", "identity_id", "started_at", "expires_at", "logged_in", "page", "referrer",
        "utm",
    ),
    Event: ("id", "site_id", "contact_id", "identity_id", "name", "at", "property"),
    KnownValue: (
        "id", "site_id", "contact_id", "field", "value", "norm", "qualified", "source", "source_label",
        "first_seen_at", "last_seen_at",
    ),
    ContactTag: ("site_id", "tag_id", "contact_id", "source", "source_label", "operator_id", "at"),
}  # fmt: skip


class RowMaker:
    """Collects the rows of a batch of people. ``events`` bounds the events told of each person."""

    def __init__(self, site_id: int, tag_ids: dict[str, int], *, seed: str, events: int) -> None:
        self._site_id = site_id
        self._tag_ids = tag_ids
        self._random = Random(seed)
        self._events = events
        self.rows: dict[type[Any], list[Row]] = {table: [] for table in TABLES}

    def add(self, person: Person) -> None:
        """Add every row of one person."""
        contact_id = new_id()
        created = moment(person.created)
        seen = person.created if person.last_seen is None else person.last_seen
        email_norm, name_folded = person.email.lower(), fold(person.name)
        member_folded = fold(person.member_id) if person.member_id else ""
        self.rows[Contact].append((
            contact_id, self._site_id, person.number, person.kind, person.lead_reason, person.member_id,
            member_folded, person.name, name_folded, person.email, email_norm, bool(person.email) and person.qualified,
            person.mobile, person.mobile, bool(person.mobile) and person.qualified, person.landline, person.birth_date,
            person.language, person.country, person.city, *person.browser, person.blocked, person.no_mail,
            person.no_texting, person.sessions, created, None if person.last_seen is None else moment(seen), day(seen),
            moment(person.touched), created,
        ))  # fmt: skip
        self._add_profile(person, contact_id)
        if person.visits:
            self._add_visits(person, contact_id)
        if person.kind != ANONYMOUS:
            self._add_known_values(person, contact_id)
            at = moment(seen)
            for name in person.tags:
                row = (self._site_id, self._tag_ids[name], contact_id, "system", "demo", None, at)
                self.rows[ContactTag].append(row)

    def _add_profile(self, person: Person, contact_id: int) -> None:
        values, folded = custom_values(person)
        self.rows[ContactProfile].append((
            contact_id, self._site_id, _json(values), _json(folded), _json(_sources(person, values)),
            person.memo, fold(person.memo) if person.memo else "", person.address,
            fold(person.address) if person.address else "", person.referrer, _json(person.utm), search_text(person),
        ))  # fmt: skip

    def _add_visits(self, person: Person, contact_id: int) -> None:
        identity_id, site_id = new_id(), self._site_id
        key = f"{self._random.getrandbits(128):032x}"
        boot = moment(person.visits[-1].start) if person.channel == "web" else None
        self.rows[Identity].append(
            (identity_id, site_id, contact_id, person.channel, key, boot, moment(person.created))
        )
        if person.channel != "web":
            return
        left = self._events
        for visit in reversed(person.visits):
            self.rows[VisitRow].append((
                new_id(), site_id, contact_id, identity_id, moment(visit.start), moment(visit.end + 1800),
                person.kind == MEMBER, visit.page, visit.referrer, _json(visit.utm),
            ))  # fmt: skip
            for name, at, properties in self._events_of(person, visit, left):
                left -= 1
                self.rows[Event].append((new_id(), site_id, contact_id, identity_id, name, moment(at), properties))

    def _events_of(self, person: Person, visit: Visit, left: int) -> Iterator[tuple[str, int, str]]:
        """What somebody did on a visit: looks at pages and products; perhaps orders."""
        if left <= 0:
            return
        length, chance = visit.end - visit.start, self._random.random
        yield PAGE_VIEW, visit.start, f'{{"url": "{visit.page}"}}'
        ordered = person.last_order is not None and visit.start <= person.last_order <= visit.end
        for step in range(min(left - 1, 1 + int(5 * chance())) - ordered):
            product = _GOODS[int(len(_GOODS) * chance())]
            at = visit.start + length * (step + 1) // 8
            if step % 2 == 0:
                yield PAGE_VIEW, at, f'{{"url": "/shop/goods/{product.slug}/"}}'
            else:
                yield "ProductView", at, _json({"product": product.slug, "price": product.price})
        if ordered and left > 1:
            yield "Order", person.last_order or 0, f'{{"amount": {person.spent // person.orders}}}'

    def _add_known_values(self, person: Person, contact_id: int) -> None:
        source = _source(person)
        first, last = moment(person.created), moment(person.created)
        known = (
            ("name", person.name, ""),
            ("mobileNumber", person.mobile, person.mobile),
            ("email", person.email, person.email.lower()),
            ("memberId", person.member_id or "", person.member_id or ""),
            ("address", person.address, ""),
        )
        qualified = source != "form"
        self.rows[KnownValue].extend(
            (new_id(), self._site_id, contact_id, field, value, norm, qualified, source, "", first, last)
            for field, value, norm in known
            if value
        )


def custom_values(person: Person) -> tuple[dict[str, Any], dict[str, Any]]:
    """The custom fields of a person, and the folded twins of their texts."""
    values: dict[str, Any] = {}
    folded: dict[str, Any] = {}
    if person.kind == MEMBER:
        values["orderCount"] = person.orders
        values["grade"] = person.grade
        folded["grade"] = fold(person.grade)
        if person.last_order is not None:
            at = day(person.last_order) + "T" + moment(person.last_order)[11:] + ".000Z"
            values["lastCheckoutCompletedAt"] = at
            folded["lastCheckoutCompletedAt"] = fold(at)
            values["totalSpent"] = person.spent
        if person.consent is not None:
            values["marketingConsent"] = person.consent
        if person.interests:
            values["interests"] = list(person.interests)
            folded["interests"] = [fold(interest) for interest in person.interests]
    return values, folded


def search_text(person: Person) -> str:
    """As ``contacts.search.search_text_of``, for the numbers that sample people have."""
    if person.kind == ANONYMOUS:
        return ""
    spellings = [fold(person.name), person.email.lower(), fold(person.member_id or ""), f"#{person.number}"]
    for number in (person.mobile, person.landline):
        if number:
            spellings += [number[1:], number[2:] if number.startswith("+1") else f"0{number[3:]}"]
    return "\n".join(dict.fromkeys(filter(None, spellings)))


def _source(person: Person) -> str:
    if person.kind == MEMBER:
        return "script"
    return "operator" if person.lead_reason == "entered" else "form"


def _sources(person: Person, values: dict[str, Any]) -> dict[str, Any]:
    """Where each value came from (QUAL-6)."""
    details = (("name", person.name), ("email", person.email), ("mobileNumber", person.mobile))
    entry = [_source(person), moment(person.created).replace(" ", "T") + "+00:00", ""]
    sources = {key: entry for key, value in details if value}
    return sources | {f"profile.{key}": entry for key in values}


@cache
def _day_of(number: int) -> str:
    return datetime.date.fromordinal(_EPOCH + number).isoformat()


def day(seconds: int) -> str:
    """``2026-11-22``, UTC."""
    return _day_of(seconds // DAY)


def moment(seconds: int) -> str:
    """``2026-11-22 03:04:05``, UTC: how both databases read and SQLite keeps a time."""
    rest = seconds % DAY
    return f"{_day_of(seconds // DAY)} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


def _json(value: Any) -> str:
    return json.dumps(value) if value else ("[]" if isinstance(value, list) else "{}")
