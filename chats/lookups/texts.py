"""LOOK-7: what a stranger's JSON looks like to people: always as text, in one readable form, and never too long.

A text is itself, a number as it was written, yes and no in words, nothing a dash; a list of such its parts with commas,
an object its names and values. What is deeper, longer or more than is shown ends in an ellipsis.
"""

import json
import unicodedata
from typing import Any

from django.utils.translation import gettext as _

MAX_TEXT = 1000
MAX_PARTS = 50
MAX_DEPTH = 4
NOTHING = "–"
MORE = "…"
_LOST = "\N{REPLACEMENT CHARACTER}"
# They turn the direction of what follows around.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def read_json(body: bytes) -> Any:
    """The body as JSON, numbers as the texts they were written as; ``ValueError`` or ``RecursionError`` if it is none.

    NaN and infinity are no JSON. A number never becomes one of ours: it would lose digits, or have thousands.
    """
    return json.loads(body, parse_int=str, parse_float=str, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def trimmed(value: Any, depth: int = 0) -> Any:
    """As much of a value as can be shown, in texts that can be stored and written on a page."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _legible(value)
    if depth >= MAX_DEPTH:
        return MORE
    if isinstance(value, dict):
        pairs = list(value.items())[:MAX_PARTS]
        kept = {_legible(name): trimmed(part, depth + 1) for name, part in pairs}
        return kept | ({MORE: MORE} if len(value) > MAX_PARTS else {})
    return [trimmed(part, depth + 1) for part in value[:MAX_PARTS]] + ([MORE] if len(value) > MAX_PARTS else [])


def as_text(value: Any) -> str:
    """A trimmed value for people, in the active language; cut where it is too long."""
    return cut(_in_words(value), MAX_TEXT)


def cut(text: str, most: int) -> str:
    """The text, or its beginning with a word that it was longer."""
    return text if len(text) <= most else _("%(text)s… (shortened)") % {"text": text[:most].rstrip()}


def is_nested(value: Any) -> bool:
    """Whether the value has parts."""
    return isinstance(value, dict | list)


def _in_words(value: Any, *, inside: bool = False) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if not value:
        return NOTHING
    if isinstance(value, dict):
        told = [MORE if name == MORE else f"{name}: {_in_words(part, inside=True)}" for name, part in value.items()]
        return f"({', '.join(told)})" if inside else "\n".join(told)
    if isinstance(value, list):
        parts = [_in_words(part, inside=True) for part in value]
        on_lines = not inside and any(isinstance(part, dict) for part in value)
        return f"[{', '.join(parts)}]" if inside else ("\n" if on_lines else ", ").join(parts)
    return str(value)


def _legible(text: str) -> str:
    """Without what no page can show, no table can keep, and what turns the direction of the text around."""
    text = text[: MAX_TEXT + 1].replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        char if char in "\n\t" or not _is_odd(char) else "\N{REPLACEMENT CHARACTER}" for char in text
    ).strip()


def _is_odd(char: str) -> bool:
    return (unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t") or char in _TURNS
