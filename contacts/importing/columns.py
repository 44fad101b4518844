"""IMP-2: where the columns of a file go.

A mapping is plain JSON, the same in the desk, the open API and among the saved ones: how the file is read, and per
column its number, its name, the field it goes to (None: left out) and how it is written there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contacts.drafts import PROFILE
from contacts.importing.encodings import ENCODINGS
from contacts.importing.names import FIELDS, KEPT_BY_THE_DESK, field_of, folded, is_general
from contacts.importing.reading import SEPARATORS
from contacts.importing.reasons import Problem
from contacts.importing.rows import MAX_COLUMNS
from contacts.importing.spellings import is_rounded, parse_moment, parse_number, parse_yes_or_no
from contacts.models import FieldType, ProfileField
from contacts.models.profile_field import MAX_PROFILE_FIELDS
from contacts.profile_values import MAX_KEY, DetailRefused, check_profile
from desk.models import Site

MODES = ("overwrite", "fill")
TAG_MODES = ("add", "replace")
FINDING = frozenset({"memberId", "mobileNumber", "email"})
# Read and left out: the desk gives these numbers itself.
_LEFT_OUT = "customerNumber"
_TYPED = re.compile(r"profile\.(?P<key>.+?)(?: \[(?P<type>text|number|date|boolean|list)\])?", re.DOTALL)


def guess_columns(header: Sequence[str], sample: Sequence[Sequence[str]], site: Site) -> list[dict[str, Any]]:
    """A column of a mapping for each column of the file, as far as names and first rows tell.

    A column that no field is meant by is left out; ``key`` and ``type`` say what new field it could become.
    """
    own = {field.key: field for field in ProfileField.objects.filter(site=site)}
    named = {
        folded(name): f"{PROFILE}{field.key}" for field in own.values() for name in (field.label, field.key) if name
    }
    wanted = [_wanted(name, named) for name in header]
    fields = _one_column_each(header, wanted)
    return [
        _column(number, name, fields[number], [row[number] for row in sample if number < len(row)], own)
        for number, name in enumerate(header)
    ]


def _wanted(name: str, named: Mapping[str, str]) -> str | None:
    text = name.strip()
    if text.startswith(PROFILE):
        return text
    if text in KEPT_BY_THE_DESK:
        return None
    return named.get(folded(text)) if folded(text) in named and text not in FIELDS else field_of(text)


def _one_column_each(header: Sequence[str], wanted: Sequence[str | None]) -> list[str | None]:
    """A field takes one column: that which says so most plainly, else the first. A second number is a landline."""
    fields: list[str | None] = [None] * len(header)
    taken: set[str] = set()
    plainest_first = sorted(
        range(len(header)), key=lambda n: (header[n].strip() not in FIELDS, is_general(header[n]), n)
    )
    for number in plainest_first:
        field = wanted[number]
        if field == "mobileNumber" and field in taken and is_general(header[number]):
            field = "landlineNumber"
        if field is not None and field not in taken:
            taken.add(field)
            fields[number] = field
    return fields


def _column(
    number: int, name: str, field: str | None, values: Sequence[str], own: Mapping[str, ProfileField]
) -> dict[str, Any]:
    column: dict[str, Any] = {"column": number, "header": name, "field": field}
    if field is None:
        return column | {"key": suggested_key(name), "type": str(guess_type(values))}
    column["mode"] = "add" if field == "tags" else "overwrite"
    if field.startswith(PROFILE) and (match := _TYPED.fullmatch(field)) is not None:
        whole = field.removeprefix(PROFILE)
        key = whole if whole in own else match["key"]
        column["field"] = f"{PROFILE}{key}"
        if key not in own:
            column |= {"type": match["type"] or str(guess_type(values)), "new": True}
    return column


def suggested_key(name: str) -> str:
    """The key that a new field could have for a column of this name; empty when the name gives none."""
    key = " ".join("".join(char for char in name if char not in '"\\').split())[:MAX_KEY].strip()
    return key if _key_problem(key) is None else ""


def guess_type(values: Iterable[str]) -> FieldType:
    """The type that all of these cells fit; text when they say nothing, or when a number would lose a digit."""
    texts = [text for value in values if (text := value.strip())]
    if not texts:
        return FieldType.TEXT
    if all(_is_number(text) for text in texts):
        return FieldType.NUMBER
    if all(parse_yes_or_no(text) is not None for text in texts):
        return FieldType.BOOLEAN
    if all((moment := parse_moment(text)) is not None and 1900 <= moment.year <= 2200 for text in texts):
        return FieldType.DATE
    return FieldType.LIST if all(text.startswith('["') for text in texts) else FieldType.TEXT


def _is_number(text: str) -> bool:
    """A number to count with: not a phone, not a code with zeros in front, not a day such as 20240131."""
    digits = text.lstrip("+-")
    if (len(digits) > 1 and digits[0] == "0" and digits[1:2].isdigit()) or text[0] == "+" or is_rounded(text):
        return False
    if len(digits) == 8 and digits[:2] in {"19", "20"} and parse_moment(digits) is not None:
        return False
    return len(digits) <= 15 and parse_number(text) is not None


def check_mapping(mapping: object, site: Site, *, width: int = MAX_COLUMNS) -> list[Problem]:
    """Everything that keeps the mapping from being carried out, each naming its column; empty: it can be.

    ``width``: how many columns the file has, where that is known.
    """
    if not isinstance(mapping, Mapping) or not _is_shaped(mapping):
        return [Problem("mapping_invalid")]
    columns = mapping["columns"]
    if len(columns) > MAX_COLUMNS:
        return [Problem("too_many_columns", {"columns": len(columns), "limit": MAX_COLUMNS})]
    existing = set(ProfileField.objects.filter(site=site).values_list("key", flat=True))
    problems = [
        Problem("column_unknown", {"column": column["column"] + 1}, column["column"])
        for column in columns
        if column["column"] >= width
    ]
    problems += [problem for column in columns if (problem := _column_problem(column, existing)) is not None]
    problems += _twice(columns)
    fields = {column["field"] for column in columns}
    if not fields & FINDING:
        problems.append(Problem("nobody_to_find"))
    made = {
        field for field in fields if field and field.startswith(PROFILE) and field.removeprefix(PROFILE) not in existing
    }
    if len(existing) + len(made) > MAX_PROFILE_FIELDS:
        values = {"count": len(existing) + len(made), "limit": MAX_PROFILE_FIELDS}
        problems.append(Problem("too_many_fields", values))
    return problems


def _is_shaped(mapping: Mapping[str, Any]) -> bool:
    columns = mapping.get("columns")
    return (
        mapping.get("encoding") in ENCODINGS
        and mapping.get("separator") in SEPARATORS
        and isinstance(mapping.get("header"), bool)
        and isinstance(mapping.get("sheet"), str | None)
        and isinstance(columns, list)
        and all(isinstance(column, Mapping) and _is_shaped_column(column) for column in columns)
    )


def _is_shaped_column(column: Mapping[str, Any]) -> bool:
    number = column.get("column")
    return (
        isinstance(number, int)
        and not isinstance(number, bool)
        and 0 <= number < MAX_COLUMNS
        and isinstance(column.get("header"), str)
        and isinstance(column.get("field", 0), str | None)
        and isinstance(column.get("mode"), str | None)
        and isinstance(column.get("type"), str | None)
        and isinstance(column.get("new", False), bool)
    )


def _column_problem(column: Mapping[str, Any], existing: set[str]) -> Problem | None:
    field, number, values = column["field"], column["column"], {"header": column["header"]}
    if field is None:
        return None
    modes = TAG_MODES if field == "tags" else MODES
    if column.get("mode") is not None and column["mode"] not in modes:
        return Problem("mode_unknown", values | {"mode": column["mode"]}, number)
    if field in FIELDS:
        return None
    key = field.removeprefix(PROFILE)
    if key == field or (key not in existing and not column.get("new")):
        return Problem("field_unknown", values | {"field": field}, number)
    return None if key in existing else _new_field_problem(key, column)


def _new_field_problem(key: str, column: Mapping[str, Any]) -> Problem | None:
    number, header, type_ = column["column"], column["header"], column.get("type")
    if (code := _key_problem(key)) is not None:
        return Problem(code, {"header": header, "key": key}, number)
    if type_ in FieldType.values:
        return None
    return Problem("type_unknown" if type_ else "type_missing", {"header": header, "type": type_ or ""}, number)


def _key_problem(key: str) -> str | None:
    """Why a custom field cannot be called so."""
    try:
        (path,) = check_profile({key: None}, "profile")
    except DetailRefused as refusal:
        return "key_reserved" if refusal.code == "reserved" else "key_invalid"
    return None if path.startswith(PROFILE) else "key_reserved"


def _twice(columns: Sequence[Mapping[str, Any]]) -> list[Problem]:
    problems = []
    numbers = Counter(column["column"] for column in columns)
    first: dict[str, str] = {}
    for column in columns:
        if numbers[column["column"]] > 1:
            problems.append(Problem("column_twice", {"header": column["header"]}, column["column"]))
        if (field := column["field"]) is None or field == _LEFT_OUT:
            continue
        if field in first:
            values = {"first": first[field], "header": column["header"], "field": field}
            problems.append(Problem("field_twice", values, column["column"]))
        first.setdefault(field, column["header"])
    return problems
