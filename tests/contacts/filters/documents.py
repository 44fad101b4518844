"""Random conditions and trees over the fields of ``people``, with values that occur, nearly occur, or do not."""

from typing import Any

from hypothesis import strategies as st

from tests.contacts.filters import people as crowd

_TEXT_OPS = ["is", "isNot", "contains", "notContains", "startsWith", "endsWith", "exists", "empty"]
_NUMBER_OPS = ["is", "isNot", "gt", "gte", "lt", "lte", "between", "exists", "empty"]
_DATE_OPS = ["before", "after", "on", "between", "withinLast", "moreThanAgo", "exists", "empty"]
_LIST_OPS = ["anyOf", "allOf", "noneOf", "contains", "notContains", "exists", "empty"]
_EVENT_OPS = ["did", "didNot", "atLeast", "atMost"]

_DATES = [
    *("2026-03-31", "2026-03-01", "2025-03-31", "2000-02-29", "1990-04-01", "2026-03-30"),
    *("2026-03-31T02:00:00Z", "2026-03-30T15:00:00+00:00", "2026-03-31T00:00:00+09:00", "2026-03-29T18:00:00.5Z"),
]


def _pieces(texts: list[Any]) -> st.SearchStrategy[str]:
    """Texts that occur, and parts of them, in other case."""
    whole = st.sampled_from(sorted({text for text in texts if text}))
    part = st.tuples(whole, st.integers(0, 3), st.integers(1, 4)).map(lambda cut: cut[0][cut[1] : cut[1] + cut[2]])
    return (whole | part | whole.map(str.upper)).filter(lambda text: bool(text.strip()))


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
    "birthDate": ("date", st.sampled_from(_DATES)),
    "age": ("number", st.sampled_from([-1, 0, 1, 25, 26, 35, 35.5, 36])),
    "memo": ("text", _pieces(["VIP 손님", "call back"])),
    "language": ("text", _pieces(["ko", "ja", "en-US"])),
    "country": ("text", _pieces(crowd.COUNTRIES)),
    "city": ("text", _pieces(crowd.CITIES)),
    "web.browser": ("text", _pieces(crowd.BROWSERS)),
    "blocked": ("boolean", st.booleans()),
    "unsubscribeEmail": ("boolean", st.booleans()),
    "sessionsCount": ("number", st.sampled_from([0, 1, 2.5, 3, 10, -1])),
    "createdAt": ("date", st.sampled_from(_DATES)),
    "lastSeenAt": ("date", st.sampled_from(_DATES)),
    "lastTouchAt": ("date", st.sampled_from(_DATES)),
    "importTags": ("list", _pieces(["봄 Sale", "old"])),
    "tags": ("list", st.sampled_from(crowd.TAGS)),
    "profile.textKey": ("text", _pieces(crowd.TEXTS)),
    "profile.numberKey": ("number", st.sampled_from([0, 1, 2.5, -3, 0.1, 10**12, 7])),
    "profile.dateKey": ("date", st.sampled_from(_DATES)),
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
    "boolean": ["is"],
    "custom boolean": ["is", "exists", "empty"],
    "list": _LIST_OPS,
    "event": _EVENT_OPS,
}
# Columns that every contact has a value in: `exists` is everybody and `empty` nobody, whoever stands in the crowd.
ALWAYS = ("customerNumber", "sessionsCount", "createdAt", "lastTouchAt")
PAIRS = [(key, op) for key, (type_, _values) in FIELDS.items() for op in OPERATORS[type_]]

_amounts = st.sampled_from([0, 9999, 10000, 10000.5])
_items = st.sampled_from(["사과", "apple", "배", "ＡＰＰ"])
_properties = st.one_of(
    st.builds(
        lambda op, value: {"key": "amount", "op": op, "values": [value]},
        st.sampled_from(["gt", "gte", "lt", "lte", "is", "isNot"]),
        _amounts,
    ),
    st.builds(
        lambda op, value: {"key": "item", "op": op, "values": [value]},
        st.sampled_from(["is", "isNot", "contains", "notContains", "startsWith", "endsWith"]),
        _items,
    ),
    st.builds(lambda value: {"key": "item", "op": "is", "values": [value, "apple"]}, st.booleans()),
    st.builds(
        lambda values: {"key": "amount", "op": "between", "values": sorted(values)}, st.tuples(_amounts, _amounts)
    ),
    st.sampled_from([{"key": key, "op": op} for key in ("amount", "item", "none") for op in ("exists", "empty")]),
)


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
    elif op in ("withinLast", "moreThanAgo"):
        data["values"] = [draw(st.sampled_from([1, 6, 12, 26]))]
        data["unit"] = draw(st.sampled_from(["day", "week", "month", "year"]))
    elif op == "between":
        pair = draw(st.tuples(values, values))
        data["values"] = sorted(pair, key=crowd.instant if type_ == "date" else float)
    elif type_ in ("boolean", "custom boolean", "date") or op in ("gt", "gte", "lt", "lte"):
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
