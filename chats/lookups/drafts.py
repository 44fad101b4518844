"""LOOK-1, LOOK-2: a lookup as somebody sets it up: checked, with the very place of what is wrong."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chats.lookups.chat_fields import PARAMETERS, is_field
from chats.lookups.errors import LookupRefused
from chats.models import ItemControl, ItemKind
from chats.names import is_storable, one_line
from contacts.models import Channel
from desk.outbound import check_url
from desk.outbound_errors import OutboundFailed

MAX_NAME = 40
MAX_QUERY_ITEMS = 20
MAX_RESULT_ITEMS = 50
MAX_OPTIONS = 100
MAX_OPTION = 100
MAX_VALUE = 1000
_MAX_DEFAULT = 200
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True, slots=True)
class QueryDraft:
    """One variable of the request. Of a chat field ``variable`` is its code, and ``channels`` say where the lookup
    runs by itself; the others are filled in by hand. ``options``: [{"value", "label"}] of a drop-down.
    """

    label: str
    variable: str
    kind: str = ItemKind.GENERAL
    control: str = ItemControl.TEXT
    required: bool = False
    max_length: int = 100
    default: str = ""
    options: Sequence[dict[str, str]] = ()
    channels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ResultDraft:
    """One value of the answer; ``field`` is the field of the person that takes it when empty, or nothing."""

    label: str
    data_name: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class ApiDraft:
    """A lookup as it is wanted."""

    name: str
    url: str
    signed: bool = True
    query_items: Sequence[QueryDraft] = field(default_factory=list)
    result_items: Sequence[ResultDraft] = field(default_factory=list)


def check_draft(draft: ApiDraft) -> ApiDraft:
    """The draft as it is kept, or ``LookupRefused`` with a path like ``query_items.0.variable``.

    Whether the fields of the person exist is for ``chats.lookups.settings``, which asks the database.
    """
    name = one_line(draft.name, MAX_NAME)
    if name is None:
        raise LookupRefused("name", path="name")
    if len(draft.query_items) > MAX_QUERY_ITEMS:
        raise LookupRefused("query_full", path="query_items", most=MAX_QUERY_ITEMS)
    if not draft.result_items:
        raise LookupRefused("results_none", path="result_items")
    if len(draft.result_items) > MAX_RESULT_ITEMS:
        raise LookupRefused("results_full", path="result_items", most=MAX_RESULT_ITEMS)
    query = [_check_query(item, f"query_items.{place}") for place, item in enumerate(draft.query_items)]
    results = [_check_result(item, f"result_items.{place}") for place, item in enumerate(draft.result_items)]
    _check_once([item.variable for item in query], "variable_twice", "query_items.%d.variable")
    _check_once([item.data_name for item in results], "data_name_twice", "result_items.%d.data_name")
    _check_once([item.field for item in results], "field_twice", "result_items.%d.field")
    return ApiDraft(name, _check_url(draft.url), bool(draft.signed), query, results)


def _check_url(url: str) -> str:
    try:
        return str(check_url(url.strip()))
    except OutboundFailed as failed:
        raise LookupRefused(failed.code, path="url", message=failed.message) from None


def _check_once(names: list[str], code: str, path: str) -> None:
    for place, name in enumerate(names):
        if name and name in names[:place]:
            raise LookupRefused(code, path=path % place, name=name)


def _check_query(item: QueryDraft, path: str) -> QueryDraft:
    label = one_line(item.label, MAX_NAME)
    if label is None:
        raise LookupRefused("label", path=f"{path}.label")
    if item.kind not in ItemKind.values:
        raise LookupRefused("kind", path=f"{path}.kind")
    if not isinstance(item.max_length, int) or not 1 <= item.max_length <= MAX_VALUE:
        raise LookupRefused("max_length", path=f"{path}.max_length")
    checked = replace(item, label=label, variable=item.variable.strip(), default=item.default.strip())
    if item.kind == ItemKind.CHAT_FIELD:
        return _check_chat_field(checked, path)
    if not _VARIABLE.fullmatch(checked.variable):
        raise LookupRefused("variable", path=f"{path}.variable")
    checked = replace(checked, channels=[])
    if checked.control not in ItemControl.values:
        raise LookupRefused("kind", path=f"{path}.control")
    options = _check_options(checked, path) if checked.control == ItemControl.DROP_DOWN else []
    if len(checked.default) > min(checked.max_length, _MAX_DEFAULT) or not is_storable(checked.default):
        raise LookupRefused("default_too_long", path=f"{path}.default")
    if options and checked.default and checked.default not in [option["value"] for option in options]:
        raise LookupRefused("default_unknown", path=f"{path}.default")
    return replace(checked, options=options)


def _check_chat_field(item: QueryDraft, path: str) -> QueryDraft:
    is_storable_name = item.variable.isprintable() and is_storable(item.variable)
    if not is_field(item.variable) or len(item.variable) > MAX_NAME or not is_storable_name:
        name = item.variable.removeprefix(PARAMETERS)
        raise LookupRefused("field_of_chat", path=f"{path}.variable", name=name)
    if set(item.channels) - set(Channel.values):
        raise LookupRefused("channel", path=f"{path}.channels")
    channels = [channel for channel in Channel.values if channel in item.channels]
    return replace(item, control=ItemControl.TEXT, default="", options=[], channels=channels)


def _check_options(item: QueryDraft, path: str) -> list[dict[str, str]]:
    if not item.options:
        raise LookupRefused("options_none", path=f"{path}.options")
    if len(item.options) > MAX_OPTIONS:
        raise LookupRefused("options_full", path=f"{path}.options", most=MAX_OPTIONS)
    options = [_check_option(option, item, f"{path}.options.{place}") for place, option in enumerate(item.options)]
    _check_once([option["value"] for option in options], "option_twice", f"{path}.options.%d")
    return options


def _check_option(option: Any, item: QueryDraft, path: str) -> dict[str, str]:
    value, label = str(option.get("value", "")).strip(), str(option.get("label", "")).strip()
    for text in (value, label or value):
        if one_line(text, MAX_OPTION) != text:
            raise LookupRefused("option", path=path)
    if len(value) > item.max_length:
        raise LookupRefused("option_too_long", path=path, name=value)
    return {"value": value, "label": label or value}


def _check_result(item: ResultDraft, path: str) -> ResultDraft:
    label, data_name = one_line(item.label, MAX_NAME), item.data_name.strip()
    if label is None:
        raise LookupRefused("label", path=f"{path}.label")
    if not 1 <= len(data_name) <= MAX_NAME or not data_name.isprintable() or not is_storable(data_name):
        raise LookupRefused("data_name", path=f"{path}.data_name")
    return ResultDraft(label, data_name, item.field)
