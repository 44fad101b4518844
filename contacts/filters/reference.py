"""docs/filter-language.md: the language as the registries have it. Written by ``manage.py write_filter_language``."""

from collections.abc import Iterator

from django.utils.text import capfirst
from django.utils.translation import override

from contacts.filters import channel, limits, values
from contacts.filters.fields import GROUP_LABELS, FilterField, Group, field_families, filter_fields
from contacts.filters.operators import OPERATORS, Operator, Takes, ValueType
from contacts.filters.shape import FILTER_VERSION

INTRODUCTION = """\
# The filter language

A filter is one JSON document that says which contacts are meant. The list, segments, bulk actions, the open API and
everything else that chooses people read the same document and find the same people. It always speaks of the managed
contacts (leads and members) of one site; anonymous visitors are never found.

*Written by `manage.py write_filter_language` from the registered fields; do not edit it by hand.*

```json
{"and": [{"key": "member", "op": "is", "values": [true]},
         {"key": "sessionsCount", "op": "gte", "values": [3]},
         {"or": [{"key": "lastSeenAt", "op": "withinLast", "values": [6], "unit": "month"},
                 {"not": {"key": "name", "op": "contains", "values": ["test"]}}]},
         {"key": "event.Order", "op": "atLeast", "values": [2], "within": {"value": 30, "unit": "day"},
          "where": [{"key": "amount", "op": "gte", "values": [10000]}]}]}
```

## Groups

| document | matches |
| --- | --- |
| `{}` | everybody managed |
| `{"and": [a, b, …]}` | who matches all of them |
| `{"or": [a, b, …]}` | who matches any of them |
| `{"not": a}` | everybody whom `a` does not match |

Groups are nested freely. A group without members is refused, except the outermost `{"and": []}`, which is `{}`. What is
not known here, a key, an operator, a member of a condition, is refused with its place; nothing is ever ignored.

## Version

A document may say beside its outermost group or condition which edition of the language it is written in:
`"version": %(version)d`, the only one there is. Another one is refused. Documents are kept and given out without it;
what holds one tells the version beside it (`filterVersion` of a segment, `version` of `filters/validate`). What was
kept once is read for ever.

## Conditions

`{"key": …, "op": …, "values": […]}`: a field, one of the operators of its type, and as many values as that takes.

- Negative operators are the exact complement of their positive twins: who has no value *is not* anything, *does not
  contain* anything and has *none of* any list.
- An empty text and an empty list are no value. `0` and `false` are values.
- Several values: any of them will do. Equal ones count once.
- Text is compared without regard to case, width and Unicode form (`ＶＩＰ` is `vip`), everywhere in the text: two
  characters are enough.
- Phone numbers are compared in any spelling of the site's country; numbers and e-mail addresses that are not valid
  have a value but are equal to nothing.
- A date is a day (`2026-03-01`) on the calendar of the site, or a time (`2026-03-01T09:00:00+09:00`; without a zone it
  is the site's). `before` and `after` a day leave that day out; `between` includes both ends.
- `withinLast`, `withinNext` and `moreThanAgo` take one whole number and a `unit` (`day`, `week`, `month`, `year`). They
  count on the calendar of the site from the moment of use: a month before 31 March is the last day of February, a day
  before is the same time of day however the clocks were changed.
- `expiresOn` is the day from which the nightly sweep deletes somebody if nothing happens until then, holds included.
  Whom the site keeps for ever has none.
- Events take `within`: `{"value": 30, "unit": "day"}` and `where`: conditions on properties of the event, all of which
  must hold. A property is compared with values of its own kind: texts with texts, numbers with numbers; `before`,
  `after`, `on`, `withinLast`, `moreThanAgo`, and `between` two dates, with texts that are a day or a time in ISO 8601.
- A segment is named by its id. Segments may ask for segments, but not in a circle. Who asks may name the segments they
  see: shared ones and their own, administrators all of the site, programs the shared ones. A shared segment may ask for
  shared ones only, a private one also for others of its owner, so that it means the same people whoever uses it. A
  segment of which something is gone (a tag, a field, another segment) is refused wherever it is named.

## Terms that match nobody

Of a condition with several texts it can be told which of them match none of the managed contacts: the open API does so
in `filters/validate`, and in `contacts/search` with `"unmatched": true`, as
`[{"path": "filter.and.0", "key": "memberId", "values": ["m-7"]}]`. Each condition is judged by itself, whatever else
the filter asks, and a negative one like its positive twin.
"""

CHANNEL = """\
## Documents in the style of Channel

Wherever a document is read it may also be written as other systems keep it, and comes back in our own language:

```json
{"and": [{"or": [{"key": "user.member", "type": "boolean", "operator": "$eq", "values": [true]}]},
         {"or": [{"key": "user.profile.grade", "type": "string", "operator": "$in", "values": ["gold", "silver"]},
                 {"key": "user.lastSeenAt", "type": "datetime", "operator": "$gte", "values": [1772290800000]}]}]}
```

A key is ours with `user.` before it; `user.profile.` leads to custom fields and to the details that a profile has. The
negatives are exact complements here too. Times are ISO texts or milliseconds since 1970, with `"type": "date"` the day
at the site. `type` may be left out; one that does not fit the field is refused (not for `$exist` and `$nexist`). What
has no twin here, such as relative times, is refused with its place in the document as it was sent. Conditions of both
kinds may stand in one document.
"""

_TAKES = {
    Takes.NOTHING: "—",
    Takes.ONE: "one",
    Takes.TWO: "two",
    Takes.MANY: "one or more",
    Takes.DURATION: "one, with `unit`",
    Takes.TIMES: "one",
}
_TYPES = {
    ValueType.TEXT: "Text",
    ValueType.NUMBER: "Number",
    ValueType.DATE: "Date",
    ValueType.BOOLEAN: "Yes or no",
    ValueType.LIST: "List",
    ValueType.EVENT: "Event",
    ValueType.PROPERTY: "Property of an event (in `where`)",
    ValueType.SEGMENT: "Segment",
}


def filter_language() -> str:
    """The whole page, in English."""
    with override("en"):
        introduction = INTRODUCTION % {"version": FILTER_VERSION}
        return "\n".join([introduction, *_operators(), *_fields(), *_channel(), *_limits()]) + "\n"


def _operators() -> Iterator[str]:
    yield "## Operators\n"
    for type_, name in _TYPES.items():
        yield f"### {name}\n"
        yield "| operator | values | reads as |\n| --- | --- | --- |"
        for operator in OPERATORS[type_].values():
            yield f"| `{operator.name}` | {_TAKES[operator.takes]} | {_sentence(operator)} |"
        yield ""


def _sentence(operator: Operator) -> str:
    words = {"field": "*field*", "values": "*values*", "low": "*low*", "high": "*high*"}
    said = str(operator.sentence) % words
    return f"{said}; the complement of `{operator.negates}`" if operator.negates else said


def _fields() -> Iterator[str]:
    yield "## Fields\n"
    for group in Group:
        fields = [field for field in filter_fields if field.group is group]
        if fields:
            yield f"### {GROUP_LABELS[group]}\n"
            yield "| key | type | meaning |\n| --- | --- | --- |"
            yield from (f"| `{field.key}` | {field.type} | {_meaning(field)} |" for field in fields)
            yield ""
    yield "### Families\n"
    yield "| key | meaning |\n| --- | --- |"
    for family in field_families:
        yield f"| `{family.prefix}…` | {family.note} |"
    yield ""


def _meaning(field: FilterField) -> str:
    """The label, and the operators where they are not all of the type's."""
    label = capfirst(str(field.label))
    if not field.operators:
        return label
    without = [name for name in OPERATORS[field.type] if name not in field.operators]
    if len(without) == 1:
        return f"{label}; without `{without[0]}`"
    return f"{label}; only {', '.join(f'`{name}`' for name in field.operators)}"


def _channel() -> Iterator[str]:
    yield CHANNEL
    yield "| key | is |\n| --- | --- |"
    yield from (f"| `{channel.PREFIX}{theirs}` | `{ours}` |" for theirs, ours in channel.KEYS.items())
    yield f"| `{channel.PREFIX}profile.…` | `profile.…` |"
    yield f"| `{channel.PREFIX}…` | `…` |\n"
    types = {type_: [name for name, known in channel.TYPES.items() if known is type_] for type_ in channel.OPERATORS}
    heads = [f"{_TYPES[type_]} ({', '.join(f'`{name}`' for name in names)})" for type_, names in types.items()]
    yield f"| operator | {' | '.join(heads)} |\n| --- |{' --- |' * len(heads)}"
    for theirs in dict.fromkeys(name for table in channel.OPERATORS.values() for name in table):
        yield _channel_row(f"`{theirs}`", [table.get(theirs, ()) for table in channel.OPERATORS.values()])
        for negative in [name for name, positive in channel.POSITIVE.items() if positive == theirs]:
            yield f"| `{negative}` |{f' the complement of `{theirs}` |' * len(heads)}"
    for theirs, ours in channel.EXISTS.items():
        yield _channel_row(f"`{theirs}`", [(ours,)] * len(heads))
    yield ""


def _channel_row(name: str, cells: list[tuple[str, ...]]) -> str:
    return f"| {name} | {' | '.join(' or '.join(f'`{op}`' for op in ops) or '—' for ops in cells)} |"


def _limits() -> Iterator[str]:
    rows = {
        "groups within groups": limits.MAX_DEPTH,
        "conditions, those on event properties included": limits.MAX_CONDITIONS,
        "conditions with those of the segments it names": limits.MAX_CONDITIONS_IN_ALL,
        "segments that ask for segments, one below the other": limits.MAX_SEGMENTS_DEEP,
        "values of one condition": limits.MAX_VALUES,
        "values in all, with those of the segments it names": limits.MAX_VALUES_IN_ALL,
        "characters of one value": values.MAX_TEXT,
        "characters of all values": limits.MAX_TEXT_DOCUMENT,
    }
    yield "## Limits\n"
    yield "| at most | |\n| --- | ---: |"
    yield from (f"| {name} | {limit:,} |" for name, limit in rows.items())
    yield "\nWhat is larger is refused before the database is asked."
