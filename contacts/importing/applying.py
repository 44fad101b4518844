"""IMP-3, QUAL-1..6: what a row of the file writes into a person, field by field.

The same rules as ``contacts.drafts`` has for a trusted source, on values that are in their stored form already
(``staging``); a test holds the two together. An empty cell is not among the values: it leaves what is there.

``joins``: the row has no memberId, and its phone or e-mail has shown that it is about this member. It is written as a
merge would (UNI-7): the member's own values stand, what the member lacks is filled, what gives way stays known, also in
a column that only fills: the row makes no contact, so nobody else would be known by it the next time (IMP-8).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contacts.folding import fold
from contacts.importing.people import FIELDS, PROFILE, Person
from contacts.models import KnownField
from contacts.profile_values import MAX_BYTES, MAX_KEYS, DetailRefused, check_size

MAX_MEMO = 500
MAX_TAGS = 20
# Below so many characters no profile can be over its bytes, whatever characters they are.
_SURELY_FITS = MAX_BYTES // 8
_NONE: tuple[Any, ...] = (None, "", [])


class RowRefused(Exception):
    """The row does not fit its person and is left out; ``key`` is the public name of the field."""

    def __init__(self, key: str, code: str, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.key = key
        self.code = code
        self.values = dict(values or {})


@dataclass(frozen=True, slots=True)
class Manner:
    """How the file writes: the fields it only fills, and whether its tags replace those that are there."""

    filled: frozenset[str] = frozenset()
    replaces_tags: bool = False
    names_tags: Callable[[list[str]], frozenset[str]] = field(default=frozenset)


@dataclass(frozen=True, slots=True)
class _Way:
    """``fills``: only where there is nothing; ``joins``: see above."""

    fills: bool
    joins: bool

    def spares(self, old: Any) -> bool:
        """Whether ``old`` stays because something is there."""
        return self.fills and bool(old)


def apply_row(person: Person, values: Mapping[str, Any], manner: Manner, *, joins: bool) -> bool:
    """Write a row into its person; True when that changed something.

    Raises ``RowRefused`` and has written nothing then.
    """
    custom = _custom_values(person, values, manner, joins=joins)
    tags = _tags(person, values, manner, joins=joins)
    person.is_touched = tags != person.tags
    person.tags = tags
    if custom:
        _write_custom(person, custom)
    for key, value in values.items():
        if key in _WRITERS:
            _WRITERS[key](person, key, value, _Way(key in manner.filled, joins))
    return person.is_touched


def fill_new(person: Person, values: Mapping[str, Any], manner: Manner) -> bool:
    """The same as ``apply_row`` for somebody of whom nothing is known yet, sooner; a test holds the two together."""
    now, seen, told = person.now, person.seen, person.was_values
    custom: dict[str, Any] = {}
    for key, value in values.items():
        columns = FIELDS.get(key)
        if columns is None:
            if key.startswith(PROFILE):
                custom[key[len(PROFILE) :]] = value
                told[key] = None
            continue
        if value is False:
            continue
        told[key] = None
        if len(columns) == 3:
            seen[key, value[0]] = value[1]
            now[columns[0]], now[columns[1]] = value
            now[columns[2]] = True
            continue
        now[columns[0]] = value
        if len(columns) == 2:
            now[columns[1]] = fold(value)
            if key in _KNOWN:
                seen[key, value] = ""
    if custom:
        _check_size(custom)
        now["values"], now["folded"] = custom, _folded(custom)
    person.tags = _tags(person, values, manner, joins=False)
    person.is_touched = bool(told or person.tags)
    return person.is_touched


def _tags(person: Person, values: Mapping[str, Any], manner: Manner, *, joins: bool) -> frozenset[str]:
    """TAG-1: the contact that would carry more than 20 is named, and left as it is."""
    if "tags" not in values:
        return person.tags
    told = manner.names_tags(values["tags"])
    tags = told if manner.replaces_tags and not joins else person.tags | told
    if len(tags) > MAX_TAGS and len(tags) > len(person.tags):
        raise RowRefused("tags", "too_many_tags", {"count": len(tags), "limit": MAX_TAGS})
    return tags


# --- custom fields ----------------------------------------------------------------------------------------


def _custom_values(person: Person, values: Mapping[str, Any], manner: Manner, *, joins: bool) -> dict[str, Any]:
    """What the row writes of custom fields."""
    there = person.now["values"]
    custom: dict[str, Any] = {}
    for key, value in values.items():
        if not key.startswith(PROFILE):
            continue
        name = key[len(PROFILE) :]
        old = there.get(name)
        if old not in _NONE and (key in manner.filled or (joins and not person.came_from_form(key))):
            continue
        if name not in there or old != value or isinstance(old, bool) != isinstance(value, bool):
            custom[name] = value
    if custom:
        _check_size(there | custom)
    return custom


def _check_size(values: Mapping[str, Any]) -> None:
    if len(values) > MAX_KEYS:
        raise RowRefused("profile", "too_many")
    lengths = [
        len(value) if isinstance(value, str) else MAX_BYTES if isinstance(value, list) else 30
        for value in values.values()
    ]
    if sum(lengths) > _SURELY_FITS or len(lengths) > 30:
        try:
            check_size(values, "profile")
        except DetailRefused as refused:
            raise RowRefused("profile", refused.code) from None


def _write_custom(person: Person, custom: Mapping[str, Any]) -> None:
    there = person.now["values"]
    for name in custom:
        person.note(f"{PROFILE}{name}", there.get(name))
    person.set("values", there | custom)
    if folded := _folded(custom):
        person.set("folded", person.now["folded"] | folded)


def _folded(custom: Mapping[str, Any]) -> dict[str, Any]:
    """FIL-7: the texts among the values as they are compared."""
    return {
        name: fold(value) if isinstance(value, str) else [fold(item) for item in value]
        for name, value in custom.items()
        if isinstance(value, str | list)
    }


# --- what every contact has -------------------------------------------------------------------------------


def _write_point(person: Person, key: str, value: list[str], way: _Way) -> None:
    """QUAL-2: an e-mail or a mobile number, ``[shown, normal form]``; what a file says is qualified."""
    column, norm_column, flag = FIELDS[key]
    shown, norm = value
    old = person.now[column]
    if not way.spares(old) or way.joins:
        person.seen[key, shown] = norm
    if way.spares(old) or (old == shown and person.now[flag]) or (way.joins and old and person.now[flag]):
        return
    person.note(key, person.value(key))
    person.set(column, shown)
    person.set(norm_column, norm)
    person.set(flag, True)


def _write_text(person: Person, key: str, value: str, way: _Way) -> None:
    """A text; of a name and an address every value stays known (QUAL-3)."""
    columns = FIELDS[key]
    old = person.now[columns[0]]
    if key in _KNOWN and (not way.spares(old) or way.joins):
        person.seen[key, value] = ""
    if way.spares(old) or old == value or (way.joins and old and not person.came_from_form(key)):
        return
    person.note(key, old)
    person.set(columns[0], value)
    if len(columns) == 2:
        person.set(columns[1], fold(value))


def _write_memo(person: Person, key: str, value: str, way: _Way) -> None:
    """UNI-7: of somebody who joins both memos are kept."""
    old = person.now["memo"]
    if way.joins and old:
        if way.fills or value in old:
            return
        value, way = f"{old}\n{value}"[:MAX_MEMO], _Way(fills=False, joins=False)
    _write_text(person, key, value, way)


def _write_flag(person: Person, key: str, value: bool, way: _Way) -> None:
    """UNI-7: whoever joins and has opted out takes the opt-out along, never the opposite."""
    [column] = FIELDS[key]
    old = person.now[column]
    if old is value or way.spares(old) or (way.joins and not value):
        return
    person.note(key, old)
    person.set(column, value)


_KNOWN = frozenset({KnownField.NAME.value, KnownField.ADDRESS.value})
_WRITERS: Mapping[str, Callable[[Person, str, Any, _Way], None]] = {
    **dict.fromkeys(FIELDS, _write_text),
    "email": _write_point,
    "mobileNumber": _write_point,
    "memo": _write_memo,
    "unsubscribeEmail": _write_flag,
    "unsubscribeTexting": _write_flag,
}
