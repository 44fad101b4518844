"""LOOK-3: the contract of answers: 200 with ``{"data": {…}}``, anything else with ``{"error": {…}}``.

Whatever comes back becomes a ``Reply`` with a code that has its own sentence; nothing a stranger sends is an exception.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy

from chats.lookups.texts import as_text, cut, is_nested, read_json, trimmed
from desk.outbound import Answer
from desk.outbound_errors import words_of_failure

OK = "ok"
NO_RESULT = "no_result"
MAX_SAID = 300

_MESSAGES = {
    NO_RESULT: gettext_lazy("There is no result."),
    "not_allowed": gettext_lazy("%(host)s does not allow this request (403)."),
    "not_found": gettext_lazy("%(host)s does not know the address of this lookup (404). The fault is on its side."),
    "fault": gettext_lazy("%(host)s has a fault of its own (%(status)s). Try again later."),
    "signature": gettext_lazy("%(host)s does not accept the signature (401)."),
    "too_often": gettext_lazy("%(host)s is asked too often (429). Try again in a while."),
    "empty": gettext_lazy("The answer of %(host)s is empty."),
    "web_page": gettext_lazy("%(host)s answered with a web page instead of JSON."),
    "too_deep": gettext_lazy("The answer of %(host)s is nested too deeply to be read."),
    "not_an_object": gettext_lazy("The answer of %(host)s is JSON, but no object."),
    "error_as_success": gettext_lazy("%(host)s reports an error in an answer that says all is well (%(status)s)."),
    "no_data": gettext_lazy("The answer of %(host)s has no “data”."),
    "data_not_an_object": gettext_lazy("“data” in the answer of %(host)s is no object."),
    "key_unreadable": gettext_lazy("The key of this lookup cannot be read any more. Replace it."),
    "crowded": gettext_lazy("Too many lookups are under way just now. Try again."),
    "left": gettext_lazy("Nobody waited for the answer."),
    "unexpected": gettext_lazy("The lookup failed on our side. It was written down for the administrator."),
}
_BY_STATUS = {400: NO_RESULT, 401: "signature", 403: "not_allowed", 404: "not_found", 429: "too_often"}


@dataclass(frozen=True, slots=True)
class Reply:
    """How a call ended. ``data``: what was asked for of the answer, by data name; ``said``: the other side's words."""

    outcome: str
    status: int | None = None
    said: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    milliseconds: int = 0
    cached: bool = False


def sentence_of(outcome: str, *, host: str, status: int | None) -> str:
    """How a call ended, in the active language; nothing when all is well."""
    if outcome == OK:
        return ""
    if outcome in _MESSAGES:
        return str(_MESSAGES[outcome]) % {"host": host, "status": status}
    return words_of_failure(outcome, host=host, status=status)


def read_answer(answer: Answer, names: list[str]) -> Reply:
    """What the answer says, of its data only the values of these ``names``."""
    try:
        told, outcome = _read_body(answer.body)
    except ValueError:
        told, outcome = None, "not_json"
    except RecursionError:
        told, outcome = None, "too_deep"
    if not answer.is_success:
        # The status says it all; the body only may say more.
        fault = "fault" if answer.status >= 500 else "status"
        return _reply(answer, _BY_STATUS.get(answer.status, fault), said=_said(told))
    if outcome:
        return _reply(answer, outcome)
    if not isinstance(told, dict):
        return _reply(answer, "not_an_object")
    data = told.get("data")
    if "data" not in told or (data is None and "error" in told):
        return _reply(answer, "error_as_success" if "error" in told else "no_data", said=_said(told))
    if not isinstance(data, dict):
        return _reply(answer, "data_not_an_object")
    return _reply(answer, OK, data={name: trimmed(data[name]) for name in names if name in data})


def _read_body(body: bytes) -> tuple[Any, str]:
    """The JSON, or the code of what it is instead."""
    if not body.strip():
        return None, "empty"
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None, "web_page"
    return read_json(body), ""


def _reply(answer: Answer, outcome: str, *, said: str = "", data: dict[str, Any] | None = None) -> Reply:
    return Reply(outcome, answer.status, said, data or {}, answer.milliseconds)


def _said(told: Any) -> str:
    """The message and detail of the other side, or at least its code; as text, and not too much of it."""
    error = told.get("error") if isinstance(told, dict) else None
    if isinstance(error, str):
        error = {"message": error}
    if not isinstance(error, dict):
        return ""
    parts = {name: trimmed(error.get(name)) for name in ("message", "detail", "code")}
    texts = {name: as_text(part) for name, part in parts.items() if part not in (None, "") and not is_nested(part)}
    words = [texts[name] for name in ("message", "detail") if name in texts] or list(texts.values())
    return cut(" ".join(" – ".join(words).split()), MAX_SAID)
