"""CHAT-3, CHAT-4: a text that somebody writes, as it is kept: of a message, a memo, a note."""

import unicodedata

from chats.errors import ChatRefused

MAX_TEXT = 5_000
# Letters to Unicode, and nothing to the eye: Hangul fillers, the empty braille pattern, joiners of marks.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def check_text(text: str, *, may_be_blank: bool = False) -> str:
    """The text as it is kept: without white space around it. Line ends become one kind.

    Characters that nobody sees are kept, for they hold emoji and scripts together; a text of nothing else is blank.
    """
    body = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not any(map(_is_seen, body)) and "\0" not in body:
        if not may_be_blank:
            raise ChatRefused("text_blank", path="text")
        return ""
    if len(body) > MAX_TEXT:
        raise ChatRefused("text_too_long", path="text")
    # PostgreSQL keeps no NUL, and half a character of two is none.
    if "\0" in body or any("\ud800" <= char <= "\udfff" for char in body):
        raise ChatRefused("text_invalid", path="text")
    return body


def _is_seen(char: str) -> bool:
    category = unicodedata.category(char)
    # Z: spaces; C: controls, zero width, directions, halves of characters; variation selectors are marks (Mn).
    if category[0] in "ZC":
        return category == "Cs"  # refused for itself
    return char not in _BLANK_LETTERS and not "\ufe00" <= char <= "\ufe0f" and not char >= "\U000e0000"
