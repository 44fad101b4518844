"""A crowd that has every kind of value in every kind of field, and a plain Python reading of the filter language.

``matches`` knows nothing of SQL, of the registries or of how a document is parsed: it is what the rules FIL-3..8 say,
written down a second time. ``CROWD`` people of the site are managed; some strangers and people of another site stand
beside them and must never match.
"""

import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt
from typing import Any

from chats.models import ContactChats
from contacts.folding import fold
from contacts.models import Contact, ContactProfile, Event, Hold, Kind, LeadReason, ProfileField
from contacts.search import search_text_of
from desk.models import Site
from tags.models import ContactGrade, ContactTag, Grade, GradeRule, Tag
from tests.factories import SegmentFactory

CROWD = 40
NOW = datetime.datetime(2026, 3, 31, 3, 30, tzinfo=datetime.UTC)  # 12:30 in Seoul, the last of a month

NAMES = [
    "김민준",
    "金민준",
    "이서연",
    "佐藤 花子",
    "ｻﾄｳ ﾊﾅｺ",
    "Alice",
    "ＡＬＩＣＥ",
    "alice%",
    "al_ce",
    "a\\b",
    "Ünal",
    "Ünal",
    "",
    "O'Neil",
]
EMAILS = ["", "", "alice@example.com", "kim.3f@naver.com", "bob_x@example.com", "a%b@example.com"]
PHONES = ["", "", "+821012345678", "+821087654321", "+819012345678", "+14155552671", "0109 x"]
MEMBER_IDS = [None, None, "m-1", "M-1", "회원7", "100%", "a_b"]
COUNTRIES = ["", "KR", "JP", "US"]
CITIES = ["", "Seoul", "서울", "São Paulo", "ＴＯＫＹＯ"]
BROWSERS = ["", "Chrome", "Safari"]
SYSTEMS = ["", "Windows", "iOS"]
DEVICES = ["", "desktop", "mobile"]
APPS = ["", "단골 App", "ＤＡＮＧＯＬ"]
VERSIONS = ["", "1.0", "1.10"]
ADDRESSES = ["", "서울시 중구 1", "１−2−３ Tokyo"]
TEXTS = [None, "", "gold", "Gold", "ｇｏｌｄ", "금색 등급", "0", "false", "50% off", "x_y"]
NUMBERS = [None, 0, 1, 2, 2.5, -3, 10**12, 0.1]
DATES = [
    None,
    "2026-03-31",
    "2026-03-01",
    "2025-03-31",
    "2026-03-30T15:00:00.000Z",
    "2026-03-31T02:00:00.000Z",
    "2026-04-02",
]
BOOLEANS = [None, True, False]
LISTS: list[list[str] | None] = [None, [], ["red"], ["Red", "blue"], ["ｂｌｕｅ", "전송완료"], ["50%"]]
# Every spelling of a day or a time, the same ones among them, and what only looks like one.
MOMENTS: list[Any] = [
    None,
    "2026-03-31",
    "2026-02-28",
    "2024-02-29",
    "2026-03-31T02:00Z",
    "2026-03-31 11:00:00.000000+09:00",
    "2026-03-30T21:00:00-0500",
    "2026-03-31T11:00",
    "2026-03-30T15:00:00.000Z",
    "2026-04-02T00:00:00Z",
    "2026-02-30",
    "2023-02-29T10:00Z",
    "2026-13-01",
    "2026-03-31T24:00Z",
    "2026-03-31T02:00Z later",
    "0000-01-01",
    "soon",
    20260331,
    ["2026-03-31"],
]
TAGS = ["VIP", "vip/gold", "전송완료", "배송/전송완료 후"]
GRADES = ["Gold", "Ｇｏｌｄ Plus", "금색 회원"]
ODD_KEYS = ["size.eu", "키", "a b"]
# Segments by id; one asks for another, one is everybody.
SEGMENTS: dict[str, dict[str, Any]] = {
    "9001": {"and": [{"key": "member", "op": "is", "values": [True]}]},
    "9002": {"or": [{"key": "tags", "op": "contains", "values": ["vip"]}, {"key": "age", "op": "gt", "values": [30]}]},
    "9003": {
        "and": [
            {"key": "segment", "op": "notIn", "values": ["9002"]},
            {"key": "blocked", "op": "is", "values": [False]},
        ]
    },
    "9004": {},
}
TYPES = {"text": TEXTS, "number": NUMBERS, "date": DATES, "boolean": BOOLEANS, "list": LISTS}


@dataclass
class Person:
    """What one contact is, in Python."""

    contact: Contact
    profile: ContactProfile
    tags: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    chats: int = 0
    last_chat_at: datetime.datetime | None = None
    grade: str = ""
    expires_on: datetime.date | None = None


def crowd(site: Site, elsewhere: Site) -> list[Person]:
    """Make the crowd, the same one every time; answers the managed people of ``site``."""
    dice = random.Random(7)
    for type_ in TYPES:
        ProfileField.objects.create(site=site, key=f"{type_}Key", type=type_)
    for key in ODD_KEYS:
        ProfileField.objects.create(site=site, key=key, type="text")
    tags = [Tag.objects.create(site=site, name=name, name_folded=fold(name)) for name in TAGS]
    people = [_person(site, number, dice) for number in range(CROWD)]
    strangers = [_person(site, 500 + number, dice, stranger=True) for number in range(4)]
    others = [_person(elsewhere, number, dice) for number in range(4)]
    everybody = people + strangers + others
    Contact.objects.bulk_create(person.contact for person in everybody)
    ContactProfile.objects.bulk_create(person.profile for person in everybody)
    Event.objects.bulk_create(event for person in everybody for event in person.events)
    for person in people:
        for tag in dice.sample(tags, dice.choice([0, 0, 1, 2, 4])):
            ContactTag.objects.create(site=site, tag=tag, contact=person.contact, source="operator", at=NOW)
            person.tags.append(tag.name)
    for person in people[::3]:
        person.chats = dice.choice([1, 1, 2, 7])
        person.last_chat_at = NOW - datetime.timedelta(days=dice.choice([0, 1, 28, 31, 366]), minutes=3)
        ContactChats.objects.create(site=site, contact=person.contact, count=person.chats, last_at=person.last_chat_at)
    _give_grades(site, people)
    _hold_some(site, people)
    for pk, document in SEGMENTS.items():
        SegmentFactory(id=int(pk), site=site, name=pk, filter=document)
    return people


def _give_grades(site: Site, people: list[Person]) -> None:
    """Every second person in turn carries a grade; dice of its own, so that the crowd stays the one it was."""
    dice = random.Random(11)
    rules = []
    for rank, name in enumerate(GRADES, 1):
        grade = Grade.objects.create(site=site, name=name, name_folded=fold(name), rank=rank)
        rule = {"criterion": "email", "value": f"{rank}@example.com", "norm": f"{rank}@example.com"}
        rules.append(GradeRule.objects.create(site=site, grade=grade, source="operator", created_at=NOW, **rule))
    for person in people:
        if dice.random() < 0.5:
            rule_of_person = dice.choice(rules)
            person.grade = rule_of_person.grade.name
            ContactGrade.objects.create(
                site=site, contact=person.contact, grade=rule_of_person.grade, rule=rule_of_person
            )


def _hold_some(site: Site, people: list[Person]) -> None:
    """Leads are kept for ever and members sixty days, or as long as a hold lasts; some holds are over or were ended."""
    site.retention_policy, site.retention_days_member, site.retention_days_lead = "custom", 60, None
    site.save()
    dice, today = random.Random(13), NOW.astimezone(site.zone).date()
    for person in people:
        until = [today + datetime.timedelta(days=dice.choice([-1, 0, 30, 59, 100])) for _ in range(dice.randrange(3))]
        ended = dice.random() < 0.2
        for day in until:
            over = {"ended_at": NOW, "ended_by": "Alice"} if ended else {}
            row = {"reason": "dispute", "until": day, "actor": "Alice", "created_at": NOW, **over}
            Hold.objects.create(site=site, contact=person.contact, **row)
        if person.contact.kind == Kind.MEMBER:
            touched = person.contact.last_touch_at.astimezone(site.zone).date()
            held = [day + datetime.timedelta(days=1) for day in until if day >= today and not ended]
            person.expires_on = max([touched + datetime.timedelta(days=60), *held])


def _person(site: Site, number: int, dice: random.Random, *, stranger: bool = False) -> Person:
    member_id = None if stranger else dice.choice(MEMBER_IDS)
    member_id = member_id and f"{member_id}{number}"
    kind = Kind.ANONYMOUS if stranger else Kind.MEMBER if member_id else Kind.LEAD
    name, email, phone = dice.choice(NAMES), dice.choice(EMAILS), dice.choice(PHONES)
    email, phone = ("", "") if stranger else (email, phone)
    seen = dice.choice(
        [None, *(NOW - datetime.timedelta(hours=hours) for hours in (0, 3, 11, 13, 24, 40, 700, 9000, 20000))]
    )
    created = NOW - datetime.timedelta(days=dice.choice([0, 1, 27, 31, 59, 365, 366, 900]), minutes=dice.randrange(600))
    contact = Contact(
        site=site,
        customer_number=1000 + number,
        kind=kind,
        lead_reason=LeadReason.ENTERED if kind == Kind.LEAD else "",
        member_id=member_id,
        member_id_folded=fold(member_id or ""),
        name=name,
        name_folded=fold(name),
        email=email or ("not an address" if kind == Kind.LEAD and dice.random() < 0.1 else ""),
        email_norm=email,
        email_qualified=bool(email) and dice.random() < 0.5,
        mobile_number=phone,
        mobile_number_norm=phone if phone.startswith("+") else "",
        birth_date=dice.choice(
            [None, datetime.date(2000, 2, 29), datetime.date(1990, 4, 1), datetime.date(2026, 3, 30)]
        ),
        language=dice.choice(["", "ko", "ja", "en-US"]),
        country=dice.choice(COUNTRIES),
        city=dice.choice(CITIES),
        web_browser=dice.choice(BROWSERS),
        blocked=dice.random() < 0.3,
        unsubscribe_email=dice.random() < 0.3,
        sessions_count=dice.choice([0, 1, 2, 3, 10]),
        created_at=created,
        last_seen_at=seen,
        last_seen_on=(seen or created).astimezone(datetime.UTC).date(),
        last_touch_at=seen or created,
        updated_at=created,
        mobile_number_qualified=bool(phone) and dice.random() < 0.5,
        unsubscribe_texting=dice.random() < 0.3,
        web_os=dice.choice(SYSTEMS),
        web_device=dice.choice(DEVICES),
        mobile_app_name=dice.choice(APPS),
        mobile_app_version=dice.choice(VERSIONS),
    )
    return Person(contact, _profile(contact, dice), [], _events(contact, dice))


def _profile(contact: Contact, dice: random.Random) -> ContactProfile:
    values: dict[str, Any] = {}
    for type_, pool in TYPES.items():
        value = dice.choice(pool)
        if value is not None:
            values[f"{type_}Key"] = value
    for key in ODD_KEYS:
        if value := dice.choice(TEXTS):
            values[key] = value
    memo = dice.choice(["", "", "VIP 손님", "call back"])
    address = dice.choice(ADDRESSES)
    return ContactProfile(
        contact=contact,
        site=contact.site,
        values=values,
        folded={
            key: fold(value) if isinstance(value, str) else [fold(item) for item in value]
            for key, value in values.items()
            if isinstance(value, str | list)
        },
        memo=memo,
        memo_folded=fold(memo),
        search_text=search_text_of(contact),
        address=address,
        address_folded=fold(address),
        import_tags=dice.choice([[], ["봄 Sale"], ["봄 sale", "old"]]),
    )


def _events(contact: Contact, dice: random.Random) -> list[Event]:
    return [
        Event(
            site=contact.site,
            contact=contact,
            name=dice.choice(["Order", "Order", "View"]),
            at=NOW - datetime.timedelta(days=dice.choice([0, 5, 29, 31, 32, 400]), minutes=1),
            property={
                key: value
                for key, pool in (
                    ("amount", [None, 0, 9999, 10000, 10000.5, "10000"]),
                    ("item", [None, "", "사과", "Ａpple", ["apple", "배"], True]),
                    ("when", MOMENTS),
                )
                if (value := dice.choice(pool)) is not None
            },
        )
        for _ in range(dice.choice([0, 0, 1, 2, 3, 5]))
    ]


# --- the language in plain Python ----------------------------------------------------------------------


def matches(document: dict[str, Any], person: Person, site: Site) -> bool:
    """Whether the person is meant by ``document`` at ``NOW``."""
    if not document:
        return True
    if "and" in document:
        return all(matches(node, person, site) for node in document["and"])
    if "or" in document:
        return any(matches(node, person, site) for node in document["or"])
    if "not" in document:
        return not matches(document["not"], person, site)
    return _condition(document, person, site)


_NEGATIVE = {"isNot": "is", "notContains": "contains", "noneOf": "anyOf", "empty": "exists", "didNot": "did"}
_NEGATIVE["notIn"] = "in"


def _condition(condition: dict[str, Any], person: Person, site: Site) -> bool:
    op = condition["op"]
    if op in _NEGATIVE:
        return not _condition({**condition, "op": _NEGATIVE[op]}, person, site)
    key = condition["key"]
    if key.startswith("event."):
        return _event(condition, person, site)
    if key == "segment":
        return any(matches(SEGMENTS[pk], person, site) for pk in condition["values"])
    kind, value = _value(key, person)
    if op == "exists":
        # An address or a number that is none is there, but compares with nothing (QUAL-4).
        shown = {"email": person.contact.email, "mobileNumber": person.contact.mobile_number}
        return shown.get(key, value) not in (None, "", [])
    return kind(op, condition.get("values", []), condition.get("unit", ""), value, site)


def _value(key: str, person: Person) -> tuple[Callable[..., bool], Any]:
    """How a field is compared, and the person's value."""
    contact, profile = person.contact, person.profile
    plain: dict[str, tuple[Callable[..., bool], Any]] = {
        "member": (_boolean, contact.member_id is not None),
        "kind": (_text, str(contact.kind)),
        "name": (_text, contact.name),
        "email": (_text, contact.email_norm),
        "emailQualified": (_boolean, contact.email_qualified),
        "mobileNumber": (_phone, contact.mobile_number_norm),
        "mobileNumberQualified": (_boolean, contact.mobile_number_qualified),
        "memberId": (_text, contact.member_id),
        "customerNumber": (_number, contact.customer_number),
        "birthDate": (_date, contact.birth_date),
        "age": (_number, _age(contact.birth_date)),
        "address": (_text, profile.address),
        "memo": (_text, profile.memo),
        "language": (_text, contact.language),
        "country": (_text, contact.country),
        "city": (_text, contact.city),
        "web.browser": (_text, contact.web_browser),
        "web.os": (_text, contact.web_os),
        "web.device": (_text, contact.web_device),
        "mobile.appName": (_text, contact.mobile_app_name),
        "mobile.appVersion": (_text, contact.mobile_app_version),
        "blocked": (_boolean, contact.blocked),
        "unsubscribeEmail": (_boolean, contact.unsubscribe_email),
        "unsubscribeTexting": (_boolean, contact.unsubscribe_texting),
        "sessionsCount": (_number, contact.sessions_count),
        "createdAt": (_date, contact.created_at),
        "lastSeenAt": (_date, contact.last_seen_at),
        "lastTouchAt": (_date, contact.last_touch_at),
        "expiresOn": (_date, person.expires_on),
        "importTags": (_list, profile.import_tags),
        "tags": (_list, person.tags),
        "grade": (_text, person.grade),
        "hasChat": (_boolean, person.chats > 0),
        "chatsCount": (_number, person.chats),
        "lastChatAt": (_date, person.last_chat_at),
    }
    if key in plain:
        return plain[key]
    name = key.removeprefix("profile.")
    by_type = {"numberKey": _number, "dateKey": _date, "booleanKey": _boolean, "listKey": _list}
    return by_type.get(name, _text), profile.values.get(name)


def _text(op: str, values: list[str], unit: str, value: str | None, site: Site) -> bool:
    if not value:
        return False
    mine = fold(value)
    test = {"is": mine.__eq__, "contains": mine.__contains__, "startsWith": mine.startswith, "endsWith": mine.endswith}[
        op
    ]
    return any(test(fold(term)) for term in values)


def _phone(op: str, values: list[str], unit: str, value: str, site: Site) -> bool:
    """Korean spelling inside the country, E.164 from outside."""
    if not value:
        return False
    spellings = [value, value.lstrip("+")] + (["0" + value.removeprefix("+82")] if value.startswith("+82") else [])
    terms = ["".join(char for char in fold(term) if char in "+0123456789") for term in values]
    for term in filter(lambda term: term.strip("+"), terms):
        if op == "is" and term in (value, *spellings[2:]):
            return True
        if op == "contains" and any(term in spelling for spelling in spellings):
            return True
        if op == "startsWith" and any(spelling.startswith(term) for spelling in spellings):
            return True
        if op == "endsWith" and any(spelling.endswith(term) for spelling in spellings):
            return True
    return False


def _number(op: str, values: list[float], unit: str, value: Any, site: Site) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if op == "between":
        return values[0] <= value <= values[1]
    test = {"is": eq, "gt": gt, "gte": ge, "lt": lt, "lte": le}[op]
    return any(test(value, term) for term in values)


def _age(born: datetime.date | None) -> int | None:
    today = NOW.astimezone(datetime.timezone(datetime.timedelta(hours=9))).date()
    return born and today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _date(op: str, values: list[Any], unit: str, value: Any, site: Site) -> bool:
    if not value:
        return False
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value) if "T" in value else datetime.date.fromisoformat(value)
    if op == "withinNext":
        return _ahead(values[0], unit, value, site)
    if op in ("withinLast", "moreThanAgo"):
        return _relative(op, values[0], unit, value, site)
    is_day = not isinstance(value, datetime.datetime)
    # A day is a stretch of time: its first instant to its last.
    mine = _stretch(value.isoformat() if is_day else value, site)[0]
    first, last = _stretch(values[0], site)[0], _stretch(values[-1], site)[1]
    return {
        "before": mine < first,
        "after": mine > last,
        "on": first <= mine <= last,
        "between": first <= mine <= last,
    }[op]


def _stretch(value: Any, site: Site) -> tuple[datetime.datetime, datetime.datetime]:
    if isinstance(value, str) and len(value) > 10:
        value = datetime.datetime.fromisoformat(value)
    if isinstance(value, datetime.datetime):
        return value, value
    midnight = datetime.datetime.combine(datetime.date.fromisoformat(value), datetime.time(), site.zone)
    return midnight, midnight + datetime.timedelta(days=1) - datetime.timedelta(microseconds=1)


def _relative(op: str, amount: int, unit: str, value: Any, site: Site) -> bool:
    local = NOW.astimezone(site.zone)
    year, month, day = local.year, local.month, local.day
    if unit in ("day", "week"):
        limit = local.date() - datetime.timedelta(days=amount * (7 if unit == "week" else 1))
    else:
        for _ in range(amount * (12 if unit == "year" else 1)):
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        while True:
            try:
                limit = datetime.date(year, month, day)
                break
            except ValueError:
                day -= 1
    if isinstance(value, datetime.datetime):
        since = datetime.datetime.combine(limit, local.time(), site.zone)
        return since <= value <= NOW if op == "withinLast" else value < since
    return limit <= value <= local.date() if op == "withinLast" else value < limit


def _ahead(amount: int, unit: str, value: Any, site: Site) -> bool:
    local = NOW.astimezone(site.zone)
    limit = local.date()
    if unit in ("day", "week"):
        limit += datetime.timedelta(days=amount * (7 if unit == "week" else 1))
    else:
        months = limit.year * 12 + limit.month - 1 + amount * (12 if unit == "year" else 1)
        first = limit.replace(year=months // 12, month=months % 12 + 1, day=1)
        following = (first + datetime.timedelta(days=31)).replace(day=1)
        limit = first.replace(day=min(limit.day, (following - first).days))
    if isinstance(value, datetime.datetime):
        return NOW <= value <= datetime.datetime.combine(limit, local.time(), site.zone)
    return local.date() <= value <= limit


def _boolean(op: str, values: list[bool], unit: str, value: Any, site: Site) -> bool:
    return value is values[0]


def _list(op: str, values: list[str], unit: str, value: list[str] | None, site: Site) -> bool:
    mine = {fold(item) for item in value or []}
    terms = {fold(term) for term in values}
    if op == "contains":
        return any(term in item for term in terms for item in mine)
    return terms <= mine if op == "allOf" else bool(terms & mine)


def _event(condition: dict[str, Any], person: Person, site: Site) -> bool:
    within = condition.get("within")
    count = sum(
        event.name == condition["key"].removeprefix("event.")
        and (not within or _relative("withinLast", within["value"], within["unit"], event.at, site))
        and all(_property(where, event.property, site) for where in condition.get("where", []))
        for event in person.events
    )
    times = (condition.get("values") or [1])[0]
    return count <= times if condition["op"] == "atMost" else count >= times


def _property(condition: dict[str, Any], properties: dict[str, Any], site: Site) -> bool:
    op, value = condition["op"], properties.get(condition["key"])
    if op in _NEGATIVE:
        return not _property({**condition, "op": _NEGATIVE[op]}, properties, site)
    if op == "exists":
        return value not in (None, "", [])
    if op in ("before", "after", "on", "withinLast", "moreThanAgo") or (
        isinstance(condition["values"][0], str) and op == "between"
    ):
        when = _when(value, site)
        return when is not None and _date(op, condition["values"], condition.get("unit", ""), when, site)
    found = False
    for term in condition["values"]:
        if isinstance(term, bool):
            found |= value is term
        elif isinstance(term, str) and isinstance(value, list):
            found |= op in ("is", "contains") and _list("anyOf" if op == "is" else op, [term], "", value, site)
        elif isinstance(term, str) and isinstance(value, str):
            found |= _text(op, [term], "", value, site)
        elif not isinstance(term, str):
            found |= op != "between" and _number(op, [term], "", value, site)
    return found or (op == "between" and _number(op, condition["values"], "", value, site))


def _when(value: Any, site: Site) -> datetime.date | datetime.datetime | None:
    """The day or time that a property holds as text."""
    if not isinstance(value, str) or not value[:1].isdigit():
        return None
    try:
        if len(value) == 10:
            return datetime.date.fromisoformat(value)
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=site.zone)


def instant(text: str) -> datetime.datetime:
    """The first instant of a day or time in a document, for putting two of them in order; the shop is in Seoul."""
    seoul = datetime.timezone(datetime.timedelta(hours=9))
    value = datetime.datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=seoul)
