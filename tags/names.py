"""TAG-1: what a tag may be called, described and coloured. Pure; asks no database."""

import re
import unicodedata

from contacts.folding import fold
from tags.errors import TagRefused

LEVELS = 3
LEVEL_LENGTH = 20
DESCRIPTION_LENGTH = 128
DEFAULT_COLOR = "#5b6b7f"
# Offered when a tag is made; chosen to be told apart in both themes.
COLORS = (
    "#5b6b7f", "#d64545", "#e07a1f", "#b8860b", "#3f8f3f", "#1f8a8a",
    "#2f6fd0", "#6a52c7", "#a63fa6", "#d0457f", "#7a5a3c", "#333f50",
)  # fmt: skip

_FORBIDDEN = frozenset(".$%\\")
_COLOR = re.compile(r"#[0-9a-f]{6}")


def parse_name(typed: str) -> str:
    """Return the name trimmed level by level (``" a / b "`` is ``"a/b"``) or raise ``TagRefused``.

    Characters are counted after NFC, so that a decomposed Hangul syllable is one (LIST-6).
    """
    name = unicodedata.normalize("NFC", typed)
    if any(
        character in _FORBIDDEN or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name
    ):
        raise TagRefused("forbidden_character", tag=_shown(typed))
    if not name.strip():
        raise TagRefused("blank")
    levels = [level.strip() for level in name.split("/")]
    if len(levels) > LEVELS:
        raise TagRefused("too_many_levels", tag=_shown(typed))
    if not all(fold(level) for level in levels):
        raise TagRefused("empty_level", tag=_shown(typed))
    if any(len(level) > LEVEL_LENGTH for level in levels):
        raise TagRefused("level_too_long", tag=_shown(typed))
    return "/".join(levels)


def fold_name(name: str) -> str:
    """What makes a name unique on its site: full and half width, upper and lower case are the same."""
    return "/".join(fold(level) for level in name.split("/"))


def parse_description(typed: str, *, tag: str) -> str:
    """Return the description trimmed or raise ``TagRefused``."""
    description = typed.strip()
    if len(description) > DESCRIPTION_LENGTH:
        raise TagRefused("description_too_long", tag=tag)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in description):
        raise TagRefused("description_character", tag=tag)
    return description


def parse_color(typed: str, *, tag: str) -> str:
    """Return ``#rrggbb`` in lower case or raise ``TagRefused``."""
    color = typed.strip().lower()
    if not _COLOR.fullmatch(color):
        raise TagRefused("color_invalid", tag=tag)
    return color


def _shown(typed: str) -> str:
    """The typed name, fit to stand in an error: printable and not endless."""
    text = "".join(character if character.isprintable() else "�" for character in typed)
    return text if len(text) <= 70 else text[:69] + "…"
