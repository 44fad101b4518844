"""Random conditions and trees over the fields of ``people``, with values that occur, nearly occur, or do not."""

from typing import Any

from hypothesis import strategies as st

from tests.contacts.filters import people as crowd

_TEXT_OPS = ["is", "isNot", "contains", "notContains", "startsWith", "endsWith", "exists", "empty"]
_NUMBER_OPS = ["is", "isNot", "gt", "gte", "lt", "lte", "between", "exists", "empty"]
_DATE_OPS = ["before", "after", "on", "between", "withinLast", "moreThanAgo", "exists", "empty"]
_AHEAD_OPS = [*_DATE_OPS, "withinNext"]
_LIST_OPS = ["anyOf", "allOf", "noneOf", "contains", "notContains", "exists", "empty"]
_EVENT_OPS = ["did", "didNot", "atLeast", "atMost"]
_SEGMENT_OPS = ["in", "notIn"]

_DATES = [
    *("2026-03-31", "2026-03-01", "2025-03-31", "2000-02-29", "1990-04-01", "2026-03-30"),
    *("2026-03-31T02:00:00Z", "2026-03-30T15:00:00+00:00", "2026-03-31T00:00:00+09:00", "2026-03-29T18:00:00.5Z"),
]


def _pieces(texts: list[Any]) -> st.SearchStrategy[str]:
    """Texts that occur, and parts of them, in other case."""
    whole = st.sampled_from(sorted({text for text in texts if text}))
    part = st.tuples(whole, st.integers(0, 3), st.integers(1, 4)).map(lambda cut: cut[0][cut[1] : cut[1] + cut[2]])
    return (whole | part | whole.map(str.upper)).filter(lambda text: bool(text.strip()))


_DAYS_AHEAD = [
    "2026-03-31",
    "2026-04-30",
    "2026-05-30",
    "2026-05-29",
    "2026-05-29T20:00:00Z",
    "2025-12-31",
    "2026-07-10",
]

FIELDS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "member": ("boolean", st.booleans()),
    "kind": ("choice", st.sampled_from(["lead", "member"])),
    "name": ("text", _pieces(crowd.NAMES)),
    "email": ("text", _pieces(crowd.EMAILS)),
    "emailQualified": ("boolean", st.booleans()),
    "mobileNumber": (
        "text",
        st.sampled_from(
            [
                "010-1234-5678",
                "+82 10-8765-4321",
                "+819012345678",
                "0109",
                "0108765",
                "1234",
                "5678",
                "8210",
                "x",
                "０１０１",
            ]
        ),
    ),
    "memberId": (
        "text",
        st.builds(
            lambda text, number: f"{text}{number}", _pieces(crowd.MEMBER_IDS), st.integers(0, crowd.CROWD) | st.just("")
        ),
    ),
    "customerNumber": ("number", st.integers(995, 1045) | st.just(1010.5)),
    "mobileNumberQualified": ("boolean", st.booleans()),
    "birthDate": ("date", st.sampled_from(_DATES)),
    "age": ("number", st.sampled_from([-1, 0, 1, 25, 26, 35, 35.5, 36])),
    "address": ("text", _pieces(crowd.ADDRESSES)),
    "memo": ("text", _pieces(["VIP 손님", "call back"])),
    "language": ("text", _pieces(["ko", "ja", "en-US"])),
    "country": ("text", _pieces(crowd.COUNTRIES)),
    "city": ("text", _pieces(crowd.CITIES)),
    "web.browser": ("text", _pieces(crowd.BROWSERS)),
    "web.os": ("text", _pieces(crowd.SYSTEMS)),
    "web.device": ("text", _pieces(crowd.DEVICES)),
    "mobile.appName": ("text", _pieces(crowd.APPS)),
    "mobile.appVersion": ("text", _pieces(crowd.VERSIONS)),
    "blocked": ("boolean", st.booleans()),
    "unsubscribeEmail": ("boolean", st.booleans()),
    "unsubscribeTexting": ("boolean", st.booleans()),
    "sessionsCount": ("number", st.sampled_from([0, 1, 2.5, 3, 10, -1])),
    "createdAt": ("date", st.sampled_from(_DATES)),
    "lastSeenAt": ("date", st.sampled_from(_DATES)),
    "lastTouchAt": ("date", st.sampled_from(_DATES)),
    "expiresOn": ("date ahead", st.sampled_from(_DAYS_AHEAD)),
    "importTags": ("list", _pieces(["봄 Sale", "old"])),
    "tags": ("list", st.sampled_from(crowd.TAGS)),
    # A grade that is named has to exist.
    "grade": ("text", st.sampled_from([*crowd.GRADES, "gold", "gold plus"])),
    "hasChat": ("boolean", st.booleans()),
    "chatsCount": ("number", st.sampled_from([-1, 0, 0.5, 1, 2])),
    "lastChatAt": ("date", st.sampled_from(_DATES)),
    "segment": ("segment", st.sampled_from(sorted(crowd.SEGMENTS))),
    "profile.textKey": ("text", _pieces(crowd.TEXTS)),
    "profile.numberKey": ("number", st.sampled_from([0, 1, 2.5, -3, 0.1, 10**12, 7])),
    "profile.dateKey": ("date ahead", st.sampled_from(_DATES)),
    "profile.booleanKey": ("custom boolean", st.booleans()),
    "profile.listKey": ("list", _pieces(["red", "blue", "전송완료", "50%"])),
    **{f"profile.{key}": ("text", _pieces(crowd.TEXTS)) for key in crowd.ODD_KEYS},
    "event.Order": ("event", st.nothing()),
    "event.View": ("event", st.nothing()),
}
OPERATORS = {
    "text": _TEXT_OPS,
    "choice": ["is", "isNot"],
    "number": _NUMBER_OPS,
    "date": _DATE_OPS,
    "date ahead": _AHEAD_OPS,
    "boolean": ["is"],
    "custom boolean": ["is", "exists", "empty"],
    "list": _LIST_OPS,
    "event": _EVENT_OPS,
    "segment": _SEGMENT_OPS,
}
# Every contact has a value in these columns, so `exists` is everybody and `empty` nobody, whoever stands in the crowd.
_ALWAYS = ("customerNumber", "sessionsCount", "createdAt", "lastTouchAt", "chatsCount")
SAME_FOR_ALL = {(key, op) for key in _ALWAYS for op in ("exists", "empty")}
PAIRS = [(key, op) for key, (type_, _values) in FIELDS.items() for op in OPERATORS[type_]]

_amounts = st.sampled_from([0, 9999, 10000, 10000.5])
_dates = st.sampled_from(_DATES)
_items = st.sampled_from(["사과", "apple", "배", "ＡＰＰ"])
PROPERTY_OPS = [*_TEXT_OPS, *_NUMBER_OPS[2:7], *(op for op in _DATE_OPS[:6] if op != "between")]


@st.composite
def property_condition(draw: st.DrawFn, op: str) -> dict[str, Any]:
    """A condition on a property of an order, with ``op``."""
    if op in ("exists", "empty"):
        return {"key": draw(st.sampled_from(["amount", "item", "none"])), "op": op}
    if op == "between" and draw(st.booleans()):
        return {"key": "amount", "op": op, "values": sorted(draw(st.tuples(_amounts, _amounts)))}
    if op == "between":
        return {"key": "when", "op": op, "values": sorted(draw(st.tuples(_dates, _dates)), key=crowd.instant)}
    if op in ("before", "after", "on"):
        return {"key": "when", "op": op, "values": [draw(_dates)]}
    if op in ("withinLast", "moreThanAgo"):
        unit = draw(st.sampled_from(["day", "week", "month", "year"]))
        return {"key": "when", "op": op, "values": [draw(st.sampled_from([1, 2, 30]))], "unit": unit}
    if op in ("gt", "gte", "lt", "lte"):
        return {"key": "amount", "op": op, "values": [draw(_amounts)]}
    if op not in ("is", "isNot"):
        return {"key": "item", "op": op, "values": draw(st.lists(_items, min_size=1, max_size=2))}
    values = draw(st.lists(_amounts | _items | st.booleans(), min_size=1, max_size=3))
    return {"key": draw(st.sampled_from(["amount", "item"])), "op": op, "values": values}


_properties = st.sampled_from(PROPERTY_OPS).flatmap(property_condition)


@st.composite
def condition(draw: st.DrawFn, key: str, op: str) -> dict[str, Any]:
    """A condition on ``key`` with ``op``."""
    type_, values = FIELDS[key]
    data: dict[str, Any] = {"key": key, "op": op}
    if type_ == "event":
        if op in ("atLeast", "atMost"):
            data["values"] = [draw(st.integers(0, 4))]
        if draw(st.booleans()):
            data["within"] = draw(st.sampled_from([{"value": 30, "unit": "day"}, {"value": 1, "unit": "month"}]))
        if draw(st.booleans()):
            data["where"] = draw(st.lists(_properties, max_size=2))
    elif op in ("withinLast", "withinNext", "moreThanAgo"):
        data["values"] = [draw(st.sampled_from([1, 6, 12, 26]))]
        data["unit"] = draw(st.sampled_from(["day", "week", "month", "year"]))
    elif op == "between":
        pair = draw(st.tuples(values, values))
        data["values"] = sorted(pair, key=crowd.instant if type_.startswith("date") else float)
    elif type_ in ("boolean", "custom boolean", "date", "date ahead") or op in ("gt", "gte", "lt", "lte"):
        if op not in ("exists", "empty"):
            data["values"] = [draw(values)]
    elif op not in ("exists", "empty"):
        data["values"] = draw(st.lists(values, min_size=1, max_size=3))
    return data


conditions = st.sampled_from(PAIRS).flatmap(lambda pair: condition(*pair))
trees = st.recursive(
    conditions,
    lambda below: st.one_of(
        st.builds(lambda members: {"and": members}, st.lists(below, min_size=1, max_size=3)),
        st.builds(lambda members: {"or": members}, st.lists(below, min_size=1, max_size=3)),
        st.builds(lambda node: {"not": node}, below),
    ),
    max_leaves=8,
)
