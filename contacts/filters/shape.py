"""FIL-1: the shape of a filter document. Pure: decides nothing about fields, operators or values, only their places."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from contacts.filters.errors import Problem
from contacts.filters.limits import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_KEY,
    MAX_PROBLEMS,
    MAX_TEXT_DOCUMENT,
    MAX_VALUES,
    MAX_VALUES_IN_ALL,
)

# The edition of the language. A document may carry it as ``version`` at its outermost level.
FILTER_VERSION = 1
_CONNECTORS = ("and", "or", "not")
_PARTS = ("key", "op", "values", "unit", "within", "where")
_FOREIGN_PARTS = ("key", "type", "operator", "values")  # contacts.filters.channel


@dataclass(frozen=True, slots=True)
class RawCondition:
    """A condition whose parts are in their places; ``where`` holds conditions of the same shape.

    A ``foreign`` one is written as ``contacts.filters.channel`` says: its operator and ``type`` are not ours.
    """

    path: str
    key: str
    op: str
    values: list[Any]
    unit: Any = None
    within: Any = None
    where: "tuple[RawCondition, ...] | None" = None
    foreign: bool = False
    type: str = ""


@dataclass(frozen=True, slots=True)
class RawGroup:
    path: str
    all: bool
    members: "tuple[RawNode, ...]"


@dataclass(frozen=True, slots=True)
class RawNot:
    path: str
    node: "RawNode"


RawNode = RawCondition | RawGroup | RawNot


class _Enough(Exception):
    """The document is refused as a whole; looking further would only cost time."""


def read_shape(data: Any, problems: list[Problem]) -> RawNode | None:
    """The tree of ``data``; None for the empty filter (``{}`` or ``{"and": []}``), or when ``problems`` were found."""
    if isinstance(data, dict) and "version" in data:
        version = data["version"]
        if isinstance(version, bool) or version != FILTER_VERSION or not isinstance(version, int):
            message = _("This filter is written in a version of the language that is not known here.")
            problems.append(Problem("version", "unknown_version", message))
            return None
        data = {name: part for name, part in data.items() if name != "version"}
    if isinstance(data, dict) and (not data or (len(data) == 1 and data.get("and") == [])):
        return None
    reader = _Reader(problems)
    try:
        return reader.node(data, "", depth=1)
    except _Enough:
        return None


class _Reader:
    """Walks a document once; counts what is limited."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.conditions = 0
        self.values = 0
        self.characters = 0

    def add(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem(path.lstrip("."), code, message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _Enough

    def stop(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem(path.lstrip("."), code, message))
        raise _Enough

    def node(self, data: Any, path: str, *, depth: int) -> RawNode | None:
        if depth > MAX_DEPTH:
            self.stop(path, "too_deep", _("This filter has groups within too many groups."))
        if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
            self.add(path, "object_expected", _("A group or a condition is expected here."))
            return None
        connectors = [name for name in _CONNECTORS if name in data]
        if not connectors:
            return self.condition(data, path)
        if len(data) > 1:
            self.add(path, "ambiguous", _("A group has exactly one of “and”, “or” and “not”, and nothing beside it."))
            return None
        [name] = connectors
        if name == "not":
            node = self.node(data[name], f"{path}.not", depth=depth + 1)
            return None if node is None else RawNot(path, node)
        return self.group(data[name], f"{path}.{name}", all=name == "and", depth=depth)

    def group(self, data: Any, path: str, *, all: bool, depth: int) -> RawNode | None:
        if not isinstance(data, list):
            self.add(path, "list_expected", _("A list is expected here."))
            return None
        if not data:
            # "any of nothing" would be nobody and "all of nothing" everybody: whoever wrote it meant neither.
            self.add(path, "empty_group", _("This group has no conditions."))
            return None
        if len(data) > MAX_CONDITIONS:
            self.stop(path, "too_many_conditions", self._too_many())
        members = [self.node(member, f"{path}[{index}]", depth=depth + 1) for index, member in enumerate(data)]
        return RawGroup(path, all, tuple(member for member in members if member is not None))

    def condition(self, data: dict[str, Any], path: str, *, nested: bool = False) -> RawCondition | None:
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            self.stop(path, "too_many_conditions", self._too_many())
        if "operator" in data and not nested:
            return self._foreign(data, path)
        known = len(self.problems)
        self._members(data, path, [name for name in _PARTS if not nested or name not in ("within", "where")])
        for name in ("key", "op"):
            self._name(data, name, path)
        values = self._values(data, path)
        where = self._where(data, path)
        if len(self.problems) > known:
            return None
        unit, within = data.get("unit"), data.get("within")
        return RawCondition(path, data["key"], data["op"], values, unit, within, where)

    def _foreign(self, data: dict[str, Any], path: str) -> RawCondition | None:
        known = len(self.problems)
        self._members(data, path, _FOREIGN_PARTS)
        for name in ("key", "operator"):
            self._name(data, name, path)
        values = [] if data.get("values") is None else self._values(data, path)
        if "type" in data:
            self._name(data, "type", path)
        if len(self.problems) > known:
            return None
        return RawCondition(path, data["key"], data["operator"], values, foreign=True, type=data.get("type", ""))

    def _members(self, data: dict[str, Any], path: str, known: Collection[str]) -> None:
        for name in data:
            if name not in known:
                shown = name[:MAX_KEY].encode(errors="replace").decode()
                self.add(f"{path}.{shown}", "unknown_member", _("“%(name)s” has no meaning here.") % {"name": shown})

    def _name(self, data: dict[str, Any], name: str, path: str) -> None:
        value = data.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_KEY:
            self.add(f"{path}.{name}", "name_expected", _("A name is expected here."))
        elif any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value):
            self.add(f"{path}.{name}", "invalid_text", _("This text holds characters that cannot be stored."))

    def _values(self, data: dict[str, Any], path: str) -> list[Any]:
        values = data.get("values", [])
        if not isinstance(values, list):
            self.add(f"{path}.values", "list_expected", _("A list is expected here."))
            return []
        if len(values) > MAX_VALUES:
            message = _("A condition may have at most %(limit)d values.") % {"limit": MAX_VALUES}
            self.stop(f"{path}.values", "too_many_values", message)
        self.values += len(values)
        if self.values > MAX_VALUES_IN_ALL:
            message = _("A filter may have at most %(limit)d values in all.") % {"limit": MAX_VALUES_IN_ALL}
            self.stop(f"{path}.values", "too_many_values", message)
        self.characters += sum(len(value) for value in values if isinstance(value, str))
        if self.characters > MAX_TEXT_DOCUMENT:
            self.stop("", "too_large", _("This filter is too large."))
        return values

    def _where(self, data: dict[str, Any], path: str) -> tuple[RawCondition, ...] | None:
        if "where" not in data:
            return None
        if not isinstance(data["where"], list):
            self.add(f"{path}.where", "list_expected", _("A list is expected here."))
            return None
        found = []
        for index, member in enumerate(data["where"]):
            below = f"{path}.where[{index}]"
            if not isinstance(member, dict) or not all(isinstance(key, str) for key in member):
                self.add(below, "object_expected", _("A condition on a property is expected here."))
            elif (condition := self.condition(member, below, nested=True)) is not None:
                found.append(condition)
        return tuple(found)

    @staticmethod
    def _too_many() -> str:
        return _("A filter may have at most %(limit)d conditions.") % {"limit": MAX_CONDITIONS}
