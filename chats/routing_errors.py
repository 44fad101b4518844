"""Why a routing rule was refused, in words; ``path`` names the very place: ``chat.hours.from``, ``actions[1].team``."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from chats.errors import ChatRefused
from chats.names import is_storable
from desk.ids import read_id

_MESSAGES = {
    "name": gettext_lazy("A rule’s name has 1 to 80 characters."),
    "rules_full": gettext_lazy("A site has at most %(most)d routing rules."),
    "rule_gone": gettext_lazy("This rule has been deleted."),
    "place": gettext_lazy("A place is a whole number, counted from 1."),
    "not_an_object": gettext_lazy("An object with named members is expected here."),
    "not_a_list": gettext_lazy("A list is expected here."),
    "unknown_member": gettext_lazy("There is nothing called “%(name)s” here."),
    "channel_unknown": gettext_lazy("There is no channel “%(name)s”."),
    "category_unknown": gettext_lazy("There is no such category in use."),
    "category_missing": gettext_lazy("Choose a category."),
    "language_unknown": gettext_lazy("“%(name)s” is no language, such as ko or en-GB."),
    "page_op": gettext_lazy("A page is compared with contains, startsWith or is."),
    "page_text": gettext_lazy("A part of the page’s address has 1 to 500 characters."),
    "day_unknown": gettext_lazy("“%(name)s” is no day: mon, tue, wed, thu, fri, sat, sun."),
    "time_invalid": gettext_lazy("Enter a time from 00:00 to 24:00."),
    "hours_half": gettext_lazy("Enter both, from when and until when."),
    "hours_empty": gettext_lazy("Choose days, or enter from when until when."),
    "outside": gettext_lazy("true or false is expected here."),
    "too_many": gettext_lazy("At most %(most)d are taken here."),
    "actions_none": gettext_lazy("A rule does something: choose what."),
    "action_unknown": gettext_lazy("There is no action “%(name)s”."),
    "action_twice": gettext_lazy("“%(name)s” stands here twice."),
    "operator_unknown": gettext_lazy("Choose somebody who works with chats of this site."),
    "operator_away": gettext_lazy("%(name)s is not there now."),
    "team_unknown": gettext_lazy("There is no such team."),
    "operator_gone": gettext_lazy("The agent of this rule does not work with chats of this site any more."),
    "team_gone": gettext_lazy("The team of this rule is gone."),
    "category_off": gettext_lazy("The category of this rule is not in use any more."),
    "tags_none": gettext_lazy("Choose at least one tag."),
    "tag_name": gettext_lazy("“%(name)s” cannot be the name of a tag."),
    "tag_unknown": gettext_lazy("There is no tag “%(name)s”."),
    "tags_refused": gettext_lazy("These tags cannot be attached now: %(names)s"),
    "tags_full": gettext_lazy("The customer would carry more than 20 tags."),
}


class RoutingRefused(Exception):
    """``code`` is one of the reasons above, or one of what a filter or an action was refused for, with its words."""

    def __init__(self, code: str, *, path: str = "", message: str = "", **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.path = path
        self._message = message
        self.values = values

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return self._message or str(_MESSAGES[self.code]) % self.values

    def __str__(self) -> str:
        return self.message


def kept_reason(refused: "RoutingRefused | ChatRefused") -> dict[str, str]:
    """Why an action was not done, as it is kept beside the chat: to be read in any language."""
    return {**{name: str(value) for name, value in refused.values.items()}, "code": refused.code}


def reason_in_words(kept: Mapping[str, str]) -> str:
    """What ``kept_reason`` kept, in the active language."""
    values = {name: value for name, value in kept.items() if name != "code"}
    kind = RoutingRefused if kept["code"] in _MESSAGES else ChatRefused
    return kind(kept["code"], **values).message


def read_object(data: Any, path: str, known: Sequence[str]) -> dict[str, Any]:
    """A JSON object that has no other members than ``known``; nothing at all is an empty one."""
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise RoutingRefused("not_an_object", path=path)
    for name in data:
        if name not in known:
            place = f"{path}.{name[:40]}" if path else name[:40]
            raise RoutingRefused("unknown_member", path=place, name=name[:40])
    return data


def read_texts(data: Any, path: str, *, most: int) -> list[str]:
    """A list of texts, each once; whole numbers are written out, for they are ids."""
    if data is None:
        return []
    if not isinstance(data, list):
        raise RoutingRefused("not_a_list", path=path)
    if len(data) > most:
        raise RoutingRefused("too_many", path=path, most=most)
    return list(dict.fromkeys(str(item) if _is_plain(item) else "" for item in data))


def read_one_id(value: Any) -> int:
    """The id that a member of a document holds, as a number or written out; 0, which nothing has, for what is none."""
    return (read_id(str(value)) or 0) if _is_plain(value) else 0


def _is_plain(value: Any) -> bool:
    return (isinstance(value, str) and is_storable(value)) or (isinstance(value, int) and not isinstance(value, bool))
